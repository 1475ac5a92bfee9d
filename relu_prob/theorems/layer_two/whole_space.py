"""Layer 2 over all of R^d with symmetric, continuous biases: n_1 <= d, and one neuron behind n_1 = d + 1."""

from __future__ import annotations

from fractions import Fraction

import sympy

from relu_prob.domains import WholeSpace
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Rational, Real
from relu_prob.theorems.layer_two.hypotheses import weights_missing
from relu_prob.theorems.layer_two.one_neuron import OneNeuron, one_neuron_missing
from relu_prob.theorems.theorem import Masks, SymbolicEntry, Theorem, allows, binomial

SOURCE = (
    "Brownlowe, Cornwell et al., Stably unactivated neurons (arXiv 2412.06829); "
    "docs/theory/layer_two.md, section 'All of space, with biases'"
)


def whole_space_missing(network: Network, layer: int) -> str | None:
    """Why layer 2 is not that of symmetric weights and biases without ties over R^d; None if it is."""
    if layer != 2:
        return f"the layer must be 2, got {layer}"
    if not isinstance(network.domain, WholeSpace):
        return f"the domain must be all of R^d, got {network.domain!r}"
    if network.zero_bias or not (network.biases.symmetric and network.biases.continuous):
        return f"the biases must be symmetric and continuous, got {network.biases!r}"
    return weights_missing(network)


class WholeSpaceNarrow(Theorem):
    """R^d with biases and n_1 <= d: the first layer's outputs fill an orthant.

    A neuron of layer 2 is dead exactly if its weights and its bias are all <= 0.
    """

    name = "layer 2 of a narrow first layer, over R^d with biases"
    statement = "N_2 ~ Bin(n_2, 1 - 2^-(n_1 + 1)) where n_1 <= d"
    source = SOURCE

    def missing(self, network: Network, layer: int) -> str | None:
        first, d = network.hidden_widths[0], network.input_dimension
        wide = f"the first layer must be no wider than the input dimension, got n_1 = {first} > d = {d}"
        return whole_space_missing(network, layer) or (wide if first > d else None)

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        first, second = network.hidden_widths[:2]
        if not allows(masks[0], first):
            return (ZERO,) * (second + 1)
        return binomial(second, Rational(Fraction(1, 2 ** (first + 1))))

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(S_1 in A_1, S_2 = s, N_2 > 0): here a neuron is dead exactly if it is sign-dead, S_2 = N_2."""
        return (ZERO, *self.masses(network, layer, masks)[1:])

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry:
        i, j, n = sympy.symbols("i j n", integer=True, nonnegative=True)
        dead = 2 ** (-i - 1)
        entry = sympy.binomial(n, j) * (1 - dead) ** j * dead ** (n - j)
        return SymbolicEntry(entry, (i, j, n), "i = n_1 <= d active neurons in layer 1, n neurons in layer 2")


class WholeSpaceOneMore(OneNeuron):
    """R^d with biases, n_1 = d + 1 and n_2 = 1: E p = (2^d + 1)/4^(d+1).

    >>> from relu_prob.initialization import Normal
    >>> net = Network((2, 3, 1, 1), biases=Normal(1), domain=WholeSpace())
    >>> WHOLE_SPACE_ONE_MORE.dead(net).fraction
    Fraction(5, 64)
    """

    name = "one neuron of layer 2, n_1 = d + 1, over R^d with biases"
    statement = "P(N_2 = 0) = (2^d + 1) / 4^(d + 1)"
    source = SOURCE

    def missing(self, network: Network, layer: int) -> str | None:
        return whole_space_missing(network, layer) or one_neuron_missing(network, layer, 1)

    def dead(self, network: Network) -> Real:
        d = network.input_dimension
        return Rational(Fraction(2**d + 1, 4 ** (d + 1)))

    def formula(self) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        i = sympy.Symbol("i", integer=True, positive=True)
        dead = (2 ** (i - 1) + 1) / sympy.Integer(4) ** i
        return dead, (i,), "i = n_1 = d + 1 active neurons in layer 1, n = 1 in layer 2"


WHOLE_SPACE_NARROW = WholeSpaceNarrow()
WHOLE_SPACE_ONE_MORE = WholeSpaceOneMore()
