"""Layer 2 behind a first layer no wider than the input dimension: the first layer passes on an orthant."""

from __future__ import annotations

from fractions import Fraction

import sympy

from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Rational, Real
from relu_prob.theorems.layer_two.hypotheses import zero_bias_missing
from relu_prob.theorems.theorem import Masks, SymbolicEntry, Theorem, allows, binomial


class LayerTwoNarrow(Theorem):
    """Zero biases and a first layer no wider than the input dimension: n_1 <= d.

    The rows of the first weight matrix are linearly independent, so its outputs fill the whole orthant of R^n_1, and
    a neuron of layer 2 is dead exactly if all its weights are <= 0, which has probability 2^-n_1.
    """

    name = "layer 2 of a narrow first layer"
    statement = "N_2 ~ Bin(n_2, 1 - 2^-n_1) where n_1 <= d"
    source = "docs/theory.md, section 'Layer 2'"

    def missing(self, network: Network, layer: int) -> str | None:
        first, d = network.hidden_widths[0], network.input_dimension
        if layer == 2 and first > d:
            return f"the first layer must be no wider than the input dimension, got n_1 = {first} > d = {d}"
        return zero_bias_missing(network, layer)

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        first, second = network.hidden_widths[:2]
        if not allows(masks[0], first):
            return (ZERO,) * (second + 1)
        return binomial(second, Rational(Fraction(1, 2**first)))

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry:
        i, j, n = sympy.symbols("i j n", integer=True, nonnegative=True)
        dead = 2 ** (-i)
        entry = sympy.binomial(n, j) * (1 - dead) ** j * dead ** (n - j)
        return SymbolicEntry(entry, (i, j, n), "i = n_1 <= d active neurons in layer 1, n neurons in layer 2")

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(S_1 in A_1, S_2 = s, N_2 > 0): here a neuron is dead exactly if it is sign-dead, S_2 = N_2."""
        masses = self.masses(network, layer, masks)
        return (ZERO, *masses[1:])


LAYER_TWO_NARROW = LayerTwoNarrow()
