"""Layer 2 in one input dimension: the first layer passes on two opposite rays, or one."""

from __future__ import annotations

from fractions import Fraction

import sympy

from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Rational, Real, compute
from relu_prob.theorems.layer_two.hypotheses import zero_bias_missing
from relu_prob.theorems.theorem import Masks, SymbolicEntry, Theorem, allows, binomial, mixture


class LayerTwoOneDimension(Theorem):
    """One input dimension, zero biases, an interval around 0.

    Layer 1 has its n_1 neurons on two opposite rays, all of them active. With probability 1 - 2^(1-n_1) both rays
    have some; then a neuron of layer 2 is dead if it is silent on both, which has probability 1/4 because the two
    pre-activations read different weights. Otherwise there is one ray, and it is dead with probability 1/2.
    """

    name = "layer 2 in one dimension"
    statement = "N_2 ~ (1 - 2^(1-n_1)) Bin(n_2, 3/4) + 2^(1-n_1) Bin(n_2, 1/2)"
    source = "Shin & Karniadakis (arXiv 1907.09696), the one-dimensional case; docs/theory.md, section 'Layer 2'"

    def missing(self, network: Network, layer: int) -> str | None:
        if layer == 2 and network.input_dimension != 1:
            return f"the input dimension must be 1, got {network.input_dimension}"
        return zero_bias_missing(network, layer)

    def _mixture(self, network: Network) -> list[tuple[Fraction, Fraction]]:
        """(weight, probability that a neuron of layer 2 is dead)."""
        same_side = Fraction(2, 2 ** network.hidden_widths[0])
        return [(1 - same_side, Fraction(1, 4)), (same_side, Fraction(1, 2))]

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        first, second = network.hidden_widths[:2]
        if not allows(masks[0], first):
            return (ZERO,) * (second + 1)
        return mixture(*((Rational(w), binomial(second, Rational(p))) for w, p in self._mixture(network)))

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry:
        i, j, n = sympy.symbols("i j n", integer=True, nonnegative=True)
        same_side = 2 ** (1 - i)
        two_rays = sympy.Rational(3, 4) ** j * sympy.Rational(1, 4) ** (n - j)
        entry = sympy.binomial(n, j) * ((1 - same_side) * two_rays + same_side * sympy.Rational(1, 2) ** n)
        return SymbolicEntry(entry, (i, j, n), "i = n_1 >= 1 active neurons in layer 1, n neurons in layer 2")

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(S_1 in A_1, S_2 = s, N_2 > 0), S_l the number of neurons that are not sign-dead.

        A neuron of layer 2 is sign-dead with probability q = 2^-n_1 and dead with probability p >= q given layer 1.
        """
        first, second = network.hidden_widths[:2]
        if not allows(masks[0], first):
            return (ZERO,) * (second + 1)
        q = Fraction(1, 2**first)
        laws = []
        for weight, p in self._mixture(network):
            alive = binomial(second, Rational(q))
            silent = [Fraction(p - q) ** s / (1 - q) ** s for s in range(second + 1)]
            laws.append(
                (Rational(weight), [_times(mass, 1 - share) for mass, share in zip(alive, silent, strict=True)])
            )
        return mixture(*laws)


def _times(mass: Real, factor: Fraction) -> Real:
    return compute(lambda x, y: x * y, [mass, Rational(factor)])


LAYER_TWO_ONE_DIMENSION = LayerTwoOneDimension()
