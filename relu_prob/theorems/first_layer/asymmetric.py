"""One input dimension and randomized asymmetric rows: p_1 by two integrals over the Beta(2, 1) entry."""

from __future__ import annotations

from fractions import Fraction

import sympy

from relu_prob.domains import Points
from relu_prob.initialization import RandomizedAsymmetric
from relu_prob.network import Network
from relu_prob.numbers.real import Real
from relu_prob.theorems.first_layer.family import FirstLayer, exact, rational


def beta_mean(c: sympy.Expr) -> sympy.Expr:
    """E Phi(-c T), T of density 2t on (0, 1): int_0^1 2t Phi(-ct) dt = Phi(-c) + (Phi(c) - 1/2 - c phi(c)) / c^2.

    By parts, and int_0^c u^2 phi(u) du = Phi(c) - 1/2 - c phi(c).

    >>> beta_mean(sympy.Integer(0))
    1/2
    """
    if c == 0:
        return sympy.Rational(1, 2)
    half = sympy.erf(c / sympy.sqrt(2)) / 2  # Phi(c) - 1/2
    density = sympy.exp(-(c**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return sympy.Rational(1, 2) - half + (half - c * density) / c**2


class AsymmetricLine(FirstLayer):
    """One input dimension, a bounded interval or points between lo and hi, randomized asymmetric rows (w, b).

    The positive entry T is the weight or the bias, with probability 1/2 each; the other one is N(0, sigma^2). With
    w = T a neuron is dead if T hi + b <= 0. With b = T it fires at 0, and if the inputs keep a distance m from 0 it is
    dead if w x + T <= 0 at the input nearest to 0. With M(c) = E Phi(-c T),

        p_1 = M(hi / sigma) / 2 + M(1 / (m sigma)) / 2,    without the second term where lo <= 0 <= hi.

    For points on both sides of 0 the second term is missing too, because w x > 0 on one side.

    >>> from relu_prob.network import Network
    >>> net = Network((1, 5, 1), weights=RandomizedAsymmetric())
    >>> print(ASYMMETRIC_LINE.dead(net).value())
    0.0755700224489876
    """

    name = "a first layer on a line, randomized asymmetric rows"
    statement = "N_1 ~ Bin(n_1, 1 - p_1), p_1 = (M(hi/sigma) + M(1/(m sigma))) / 2, M(c) = E Phi(-c T), T ~ Beta(2, 1)"
    source = "docs/theory/weight_laws.md, section 'Randomized asymmetric rows'"

    def fails(self, network: Network) -> str | None:
        if not isinstance(network.weights, RandomizedAsymmetric):
            return f"the weights must be RandomizedAsymmetric, got {network.weights!r}"
        if network.input_dimension != 1:
            return f"the input dimension must be 1, got {network.input_dimension}"
        if _ends(network) is None:
            return f"the domain must be bounded, got {network.domain!r}"
        return None

    def dead(self, network: Network) -> Real:
        ends = _ends(network)
        assert ends is not None
        assert isinstance(network.weights, RandomizedAsymmetric)
        low, high = ends
        sigma = network.weights.sigma
        result = beta_mean(rational(high / sigma)) / 2
        if low > 0 or high < 0:
            result += beta_mean(rational(1 / (min(abs(low), abs(high)) * sigma))) / 2
        return exact(result)


def _ends(network: Network) -> tuple[Fraction, Fraction] | None:
    if isinstance(network.domain, Points):
        values = [x for (x,) in network.domain.points]
        return min(values), max(values)
    interval = network.domain.interval(1)
    if interval is None or not all(isinstance(end, Fraction) for end in interval):
        return None
    return Fraction(interval[0]), Fraction(interval[1])


ASYMMETRIC_LINE = AsymmetricLine()
