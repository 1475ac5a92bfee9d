"""Inputs with non-negative coordinates: a neuron is dead if none of its weights and its bias is positive."""

from __future__ import annotations

from fractions import Fraction

import sympy

from relu_prob.domains import Orthant
from relu_prob.initialization import Constant
from relu_prob.network import Network
from relu_prob.numbers.real import Rational, Real
from relu_prob.theorems.first_layer.family import SOURCE, FirstLayer, no_zero_weights, rational, sides


class OrthantDomain(FirstLayer):
    """p_1 = P(w_1 <= 0, ..., w_d <= 0, b <= 0) = 2^-d P(b <= 0), on the orthant.

    Rows are symmetric under a change of sign of any entry, no weight is 0. With zero biases a box with a corner at 0
    has the directions of an orthant and the same p_1, 2^-d; with biases only the orthant itself, unbounded, does.

    >>> from relu_prob.initialization import PyTorchDefault
    >>> from relu_prob.network import Network
    >>> OrthantDomain().dead(Network((3, 5, 1), weights=PyTorchDefault(), domain=Orthant())).fraction
    Fraction(1, 16)
    """

    name = "a first layer on the orthant"
    statement = "N_1 ~ Bin(n_1, 1 - 2^-d P(b <= 0)): dead if no weight and no bias is positive"
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        weights, biases = network.weights, network.biases
        if not isinstance(network.domain, Orthant):
            if not _has_corner_at_zero(network):
                return f"the domain must be the orthant, or a box with a corner at 0, got {network.domain!r}"
            if not network.zero_bias:
                return f"the biases must be zero unless the domain is the whole orthant, got {biases!r}"
        if not weights.symmetric:
            return f"the weights must be symmetric under a change of sign of any entry, got {weights!r}"
        if not no_zero_weights(weights):
            return f"no weight may be 0, got {weights!r}"
        if not (weights.independent_rows or network.hidden_widths[0] == 1):
            return f"the rows of the weight matrix must be independent, got {weights!r}"
        if not (network.zero_bias or isinstance(biases, Constant) or (biases.symmetric and biases.continuous)):
            return f"the biases must be zero, constant, or symmetric and continuous, got {biases!r}"
        return None

    def dead(self, network: Network) -> Real:
        return Rational(_bias_not_positive(network) / 2**network.input_dimension)

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        d = sympy.Symbol("d", integer=True, positive=True)
        share = rational(_bias_not_positive(network))
        return share * 2 ** (-d), (d,) if share else (), "d is the input dimension"


def _bias_not_positive(network: Network) -> Fraction:
    """P(b <= 0)."""
    if network.zero_bias:
        return Fraction(1)
    if isinstance(network.biases, Constant):
        return Fraction(int(network.biases.value < 0))
    return Fraction(1, 2)


def _has_corner_at_zero(network: Network) -> bool:
    box = sides(network.domain, network.input_dimension)
    return box is not None and all(low == 0 or high == 0 for low, high in box)


ORTHANT = OrthantDomain()
