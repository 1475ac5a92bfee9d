"""All inputs on one ray from 0, zero biases: p_1 = 1/2."""

from __future__ import annotations

from fractions import Fraction

import sympy

from relu_prob.network import Network
from relu_prob.numbers.real import Rational, Real
from relu_prob.theorems.first_layer.family import SOURCE, FirstLayer, no_zero_weights


class RayDomain(FirstLayer):
    """A neuron fires on the whole ray or nowhere, and w.x is symmetric and not 0: p_1 = 1/2.

    >>> from relu_prob.domains import Interval
    >>> from relu_prob.network import Network
    >>> RAY.dead(Network((1, 5, 1), domain=Interval(0, 1))).fraction
    Fraction(1, 2)
    """

    name = "a first layer on one ray"
    statement = "N_1 ~ Bin(n_1, 1/2)"
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        if not network.zero_bias:
            return f"the biases must be zero, got {network.biases!r}"
        if not network.domain.single_ray(network.input_dimension):
            return f"the domain must lie on one ray from 0, got {network.domain!r}"
        if not network.weights.symmetric:
            return f"the weights must be symmetric under a change of sign of any entry, got {network.weights!r}"
        # in one dimension w.x = 0 only where w = 0; otherwise terms of w.x can cancel unless the weights are continuous
        if not (network.weights.continuous or (network.input_dimension == 1 and no_zero_weights(network.weights))):
            return f"pre-activations must have no ties, got weights {network.weights!r}"
        return None

    def dead(self, network: Network) -> Real:
        return Rational(Fraction(1, 2))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        return sympy.Rational(1, 2), (), "inputs on one ray"


RAY = RayDomain()
