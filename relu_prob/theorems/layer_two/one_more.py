"""Layer 2 behind a first layer one wider than the input dimension, n_1 = d + 1: one linear dependency decides."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb

import mpmath
import sympy

from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO, Approximation, Between, Rational, Real
from relu_prob.theorems.layer_two.dependency import LARGEST_DIMENSION, Mean, mean_of
from relu_prob.theorems.layer_two.hypotheses import zero_bias_missing
from relu_prob.theorems.layer_two.one_neuron import OneNeuron, one_neuron_missing
from relu_prob.theorems.theorem import Masks, Theorem, allows

SOURCE = "docs/theory/layer_two.md, section 'One neuron more than dimensions'"

WIDEST = 1000
"""The widest second layer for which ((1 + psi)/2)^n_2 stays in the range of float64."""


class LayerTwoOneMore(OneNeuron):
    """Zero biases, n_1 = d + 1 and n_2 = 1: E p = 2^-n (1 + 2^(1-n)), n = n_1, for every symmetric law.

    The rows of the first weight matrix have one linear dependency a, whose signs are fair coins. Unless one entry is
    alone of its sign the outputs of layer 1 span an orthant, p = 2^-n; if entry i is, p = 2^-n (1 + psi_i), where
    psi_i is the probability that |w_i|/|a_i| is the smallest of all |w_j|/|a_j|. Those add up to 1.

    >>> from relu_prob.network import Network
    >>> LAYER_TWO_ONE_MORE.dead(Network((2, 3, 1, 1))).fraction
    Fraction(5, 32)
    """

    name = "one neuron of layer 2, n_1 = d + 1"
    statement = "P(N_2 = 0) = (2^d + 1) / (2 4^d)"
    source = SOURCE

    def missing(self, network: Network, layer: int) -> str | None:
        wider = " (or the weights be Gaussian)"
        return one_neuron_missing(network, layer, 1, wider) or zero_bias_missing(network, layer)

    def dead(self, network: Network) -> Real:
        n = network.hidden_widths[0]
        # d = 1, n = 2, where entries are alone of their sign in pairs, has the same value
        return Rational(Fraction(2**n + 2, 4**n))

    def formula(self) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        i = sympy.Symbol("i", integer=True, positive=True)
        return 2 ** (-i) * (1 + 2 ** (1 - i)), (i,), "i = n_1 = d + 1 active neurons in layer 1, n = 1 in layer 2"


class LayerTwoOneMoreGaussian(Theorem):
    """Zero biases, Gaussian weights, n_1 = d + 1 >= 3: N_2 ~ (1 - c) Bin(n_2, 1 - q) + c E Bin(n_2, 1 - q (1 + psi)).

    q = 2^-n_1 and c = n_1 2^(1 - n_1), the probability that an entry of the dependency a is alone of its sign. For
    Gaussian weights |a| is uniform on its part of the sphere, and E f(psi) an integral over d variables: a Gauss rule
    with two numbers of nodes gives value and error bound (:mod:`dependency`). For d > 40 the masses are certified
    instead, by 0 <= psi <= 1 and E psi = 1/n_1, which leaves a relative width of at most 2^(n_2 + 1 - n_1).

    Possible issues: relative to the mass, the error bound is about 1e-13 for d <= 4, 1e-10 for d = 8 and 1e-7 for
    larger d where n_2 <= 10, and grows with n_2.
    """

    name = "layer 2, n_1 = d + 1"
    statement = "N_2 ~ (1 - c) Bin(n_2, 1 - q) + c E Bin(n_2, 1 - q (1 + psi)), q = 2^-n_1, c = n_1 2^(1-n_1)"
    source = SOURCE
    guarantee = Guarantee.NUMERICAL

    def missing(self, network: Network, layer: int) -> str | None:
        if layer == 2:
            (first, second), d = network.hidden_widths[:2], network.input_dimension
            if first != d + 1 or d == 1:
                return f"the first layer must have width n_1 = d + 1 >= 3, got n_1 = {first}, d = {d}"
            if not network.weights.gaussian:
                return f"the weights must be Gaussian, got {network.weights!r}"
            if second > WIDEST:
                return f"the second layer must be at most {WIDEST} wide, got n_2 = {second}"
        return zero_bias_missing(network, layer)

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        first, second = network.hidden_widths[:2]
        if not allows(masks[0], first):
            return (ZERO,) * (second + 1)
        if network.input_dimension > LARGEST_DIMENSION:
            return tuple(_enclosed(first, second, j) for j in range(second + 1))
        return tuple(_mixed(first, second, j) for j in range(second + 1))

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...] | None:
        """law[s] = P(S_1 in A_1, S_2 = s, N_2 > 0): s neurons are not sign-dead, and not all of them are dead.

        A neuron is sign-dead with probability q and dead but not sign-dead with probability p - q = q psi or 0.
        """
        first, second = network.hidden_widths[:2]
        if not allows(masks[0], first):
            return (ZERO,) * (second + 1)
        if network.input_dimension > LARGEST_DIMENSION:
            return None
        return (ZERO, *(_surviving(first, second, s) for s in range(1, second + 1)))


def _alone(first: int) -> Fraction:
    """c, the probability that one of the n_1 >= 3 fair signs is alone."""
    return Fraction(2 * first, 2**first)


@lru_cache(maxsize=4096)
def _mixed(first: int, second: int, j: int) -> Real:
    """C(n_2, j) q^i [(1 - c)(1 - q)^j + c E (1 + psi)^i (1 - q (1 + psi))^j], i = n_2 - j."""
    q, c, i = Fraction(1, 2**first), _alone(first), second - j
    rest = mean_of(first - 1, i, j, q)
    return _number(comb(second, j) * q**i, (1 - c) * (1 - q) ** j, c * 2**i, rest)


@lru_cache(maxsize=4096)
def _surviving(first: int, second: int, s: int) -> Real:
    """C(n_2, s) q^(n_2 - s) [(1 - q)^s - c q^s E psi^s]."""
    q, c = Fraction(1, 2**first), _alone(first)
    rest = mean_of(first - 1, s, 0, q, shift=0)
    return _number(comb(second, s) * q ** (second - s), (1 - q) ** s, -c * q**s, rest)


def _number(scale: Fraction, exact: Fraction, factor: Fraction, mean: Mean) -> Real:
    """scale (exact + factor mean): all but the mean is rational, so its error is the only one."""
    with mpmath.workdps(60):
        value = _mpf(scale) * (_mpf(exact) + _mpf(factor) * mpmath.mpf(mean.value))
        # the rounding of 60 digits is far below the error of float64
        return Approximation(value, _mpf(scale * abs(factor)) * mpmath.mpf(mean.error))


def _mpf(value: Fraction) -> mpmath.mpf:
    return mpmath.mpf(value.numerator) / value.denominator


@lru_cache(maxsize=4096)
def _enclosed(first: int, second: int, j: int) -> Real:
    """By Jensen's inequality and the chord, (1 + 1/n)^i <= E (1 + psi)^i <= 1 + (2^i - 1)/n, and q <= p <= 2q."""
    q, c, i = Fraction(1, 2**first), _alone(first), second - j
    scale, exact = comb(second, j) * q**i, (1 - c) * (1 - q) ** j
    low = exact + c * (1 + Fraction(1, first)) ** i * (1 - 2 * q) ** j
    high = exact + c * (1 + Fraction(2**i - 1, first)) * (1 - q) ** j
    return Between(Rational(scale * low), Rational(scale * high))


LAYER_TWO_ONE_MORE = LayerTwoOneMore()
LAYER_TWO_ONE_MORE_GAUSSIAN = LayerTwoOneMoreGaussian()
