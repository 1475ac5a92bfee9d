"""Layer 2 behind a single neuron with a bias, over an interval: certified to any number of digits."""

from __future__ import annotations

from functools import lru_cache, partial
from math import ceil, comb

import sympy
from flint import arb, fmpq

from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import DIGITS, ZERO, Ball, ClosedForm, Real, compute
from relu_prob.theorems.interval_bias.rule import rule
from relu_prob.theorems.interval_bias.setting import Setting, laws_fail, setting
from relu_prob.theorems.theorem import Masks, Theorem, allows

SILENT = fmpq(1, 4)
"""The probability that the weight from the live neuron and the bias are both <= 0."""


class LayerTwoOneNeuron(Theorem):
    """One input dimension, Gaussian weights and biases, and a first layer of one neuron, n_1 = 1.

    If that neuron is alive, its image of the domain is an interval [lo, hi] with hi > 0, and a neuron of layer 2 is
    dead if it is silent at both ends: with K = sigma_w / sigma_b of layer 2,

        p = 1/2 - (atan(K hi) - atan(K lo)) / (2 pi).

    The law of (lo, hi) follows from that of the neuron's values at the ends of the domain, which are Gaussian, and
    N_2 ~ E[Bin(n_2, 1 - p)] is an integral over two variables that is enclosed with a proved error. If the neuron of
    layer 1 is dead, so is layer 2, although its outputs may be positive constants.

    Possible issues: time grows with the digits asked for and with n_2, to about half a minute for
    n_2 = 100.

    >>> from relu_prob.initialization import Normal
    >>> net = Network((1, 1, 1, 1), weights=Normal(1), biases=Normal(1))
    >>> dead, alive = LAYER_TWO_ONE_NEURON.masses(net, 2, (frozenset({1}),))
    >>> print(dead.value(), alive.value())
    0.301656931625092 0.448343068374908
    """

    name = "layer 2 behind one neuron with a bias"
    statement = (
        "N_2 ~ E Bin(n_2, 1 - p), p = 1/2 - (atan(K hi) - atan(K lo)) / (2 pi), (lo, hi) the image of the interval "
        "under the one neuron of layer 1; N_2 = 0 where that is dead"
    )
    source = "docs/theory/bias.md, section 'One live neuron'"
    guarantee = Guarantee.CERTIFIED

    def missing(self, network: Network, layer: int) -> str | None:
        if layer != 2:
            return f"the layer must be 2, got {layer}"
        if network.hidden_widths[0] != 1:
            return f"the first layer must have one neuron, got {network.hidden_widths[0]}"
        return laws_fail(network)

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        where, second = setting(network), network.hidden_widths[1]
        masses: list[Real] = [ZERO] * (second + 1)
        if allows(masks[0], 1):
            masses = _law(where, second, permanent=False)
        if allows(masks[0], 0):
            masses[0] = compute(lambda x, y: x + y, [masses[0], dead(where)])
        return tuple(masses)

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(N_1 in A_1, S_2 = s, no layer dead), S_2 the number of neurons that are not sign-dead.

        A neuron is sign-dead with probability q = 1/4 and otherwise dead with probability p - q, so that the law is
        E[C(n, s) q^(n-s) ((1-q)^s - (p-q)^s)].
        """
        if not allows(masks[0], 1):
            return (ZERO,) * (network.hidden_widths[1] + 1)
        return tuple(_law(setting(network), network.hidden_widths[1], permanent=True))


def dead(where: Setting) -> Real:
    """The probability that the neuron of layer 1 is dead: 1/2 - (atan B - atan A) / (2 pi).

    >>> from fractions import Fraction
    >>> dead(Setting(Fraction(-1), Fraction(1), Fraction(1))).expression
    1/4
    """
    low, high = (sympy.sign(x) * sympy.sqrt(sympy.Rational(abs(x.numerator), x.denominator)) for x in where[:2])
    return ClosedForm(sympy.Rational(1, 2) - (sympy.atan(high) - sympy.atan(low)) / (2 * sympy.pi))


def _law(where: Setting, n: int, *, permanent: bool) -> list[Real]:
    law = _enclosed(where, n, permanent, DIGITS + 8)  # enough for masses above 1e-6

    def refine(j: int, digits: int) -> arb:
        # the middle of a ball is closer to the mass than its radius says, and so tells how small the mass is
        small = max(0, -int(float(abs(law[j].mid()).log() / arb(10).log()))) if law[j].mid() != 0 else digits
        best = law[j]
        for goal in (digits + small + 3, 2 * (digits + small) + 20):
            # in steps of 20, so that the masses share what is computed
            best = _enclosed(where, n, permanent, 20 * ceil(goal / 20))[j]
            if best.rel_accuracy_bits() > 3.33 * digits:
                break
        return best

    return [ZERO if permanent and j == 0 else Ball(mass, partial(refine, j)) for j, mass in enumerate(law)]


@lru_cache(maxsize=64)
def _enclosed(where: Setting, n: int, permanent: bool, digits: int) -> tuple[arb, ...]:
    """E[f_j(p); N_1 = 1], j = 0..n, each up to about 10^-digits."""
    points, weights, error = rule(where, n, digits)
    with balls.precision(digits + 10):
        sums = _silent(points, weights, n) if permanent else _binomial(points, weights, n)
        return tuple(x + arb(0, error) for x in sums)


def _binomial(points: tuple[arb, ...], weights: tuple[arb, ...], n: int) -> list[arb]:
    """sum_i weights_i C(n, j) p_i^(n-j) (1 - p_i)^j."""
    terms = [w * p**n for w, p in zip(weights, points, strict=True)]
    odds = [1 / p - 1 for p in points]
    sums = []
    for j in range(n + 1):
        sums.append(comb(n, j) * sum(terms, arb(0)))
        if j < n:
            terms = [term * odd for term, odd in zip(terms, odds, strict=True)]
    return sums


def _silent(points: tuple[arb, ...], weights: tuple[arb, ...], n: int) -> list[arb]:
    """sum_i weights_i C(n, s) q^(n-s) ((1-q)^s - (p_i - q)^s)."""
    total = sum(weights, arb(0))
    terms, sums = list(weights), []
    for s in range(n + 1):
        silent = sum(terms, arb(0))
        sums.append(comb(n, s) * arb(SILENT) ** (n - s) * (total * arb(1 - SILENT) ** s - silent))
        terms = [term * (p - SILENT) for term, p in zip(terms, points, strict=True)]
    return sums


LAYER_TWO_ONE_NEURON = LayerTwoOneNeuron()
