"""Boxes, Gaussian weights and Gaussian biases: p_1 is certified by integration in ball arithmetic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache, partial

import sympy
from flint import acb, arb, fmpq

from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import DIGITS, Ball, Real
from relu_prob.theorems.first_layer.family import PAPER, FirstLayer, Sides, rational, sides, variance_ratio

Groups = Sequence[tuple[arb, arb, int]]


def death(box: Sides, ratio: Fraction, digits: int) -> arb:
    """p_1 on a box with ``digits`` certified digits; ``ratio`` = (sigma_w / sigma_b)^2.

    In units of sigma_b a neuron is dead if X = b + sum_i M_i <= 0, where M_i is the larger of h_i w_i and l_i w_i. With
    F(v) = E[e^(vZ); Z > 0] = e^(v^2/2) Phi(v), Z standard normal, and sigma = sigma_w / sigma_b, X has the transform

        phi(u) = E e^(uX) = e^(u^2/2) prod_i [F(sigma h_i u) + F(-sigma l_i u)],

    an entire function, and inverting it (Gil-Pelaez, on the line Re u = -c < 0 instead of Re u = 0) gives

        p_1 = P(X <= 0) = (1/pi) int_0^oo Re[ phi(-c + it) / (c - it) ] dt.

    The c that makes phi(-c)/c smallest keeps the integrand from oscillating, so that also a tiny p_1 has all its
    digits. The integral up to T is enclosed by adaptive quadrature with certified errors; beyond T the integrand is at
    most phi(-c) e^(-t^2/2) / t, because the weights' factor is largest at t = 0.

    Raises
    ------
    ArithmeticError
        Where the quadrature does not get to this accuracy.

    >>> side = (Fraction(-1), Fraction(1))
    >>> death((side, side), Fraction(1), 25).str(25, radius=False)
    '0.1081734479693927298291444'
    """
    for goal in (digits + 8, digits + 20, 2 * digits + 60, 4 * digits + 200):
        with balls.precision(goal):
            result = _integral(_groups(box, ratio), goal)
            if result.is_finite() and result.rel_accuracy_bits() > 3.33 * digits:
                return result
    raise ArithmeticError(f"no {digits} digits of the death probability on the box {box}")


def _groups(box: Sides, ratio: Fraction) -> Groups:
    """(sigma h_i, -sigma l_i) and how many sides have them; a side and its mirror image are the same."""
    sigma = arb(fmpq(ratio.numerator, ratio.denominator)).sqrt()
    counts = Counter((max(-low, high), min(-low, high)) for low, high in box)
    return [(sigma * _ball(a), sigma * _ball(b), k) for (a, b), k in counts.items()]


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def _integral(groups: Groups, goal: int) -> arb:
    c = arb(_saddle(groups))
    peak = _transform(acb(-c), groups).real
    end = math.ceil(math.sqrt(2 * math.log(10) * goal))

    def integrand(t: acb, analytic: bool) -> acb:
        u = acb(0, 1) * t - c
        return _transform(u, groups) / (-u)

    tolerance = peak * arb(10) ** -goal
    body = acb.integral(integrand, 0, end, abs_tol=tolerance, rel_tol=arb(10) ** -goal).real
    tail = (peak * (-(arb(end) ** 2) / 2).exp() / end**2).upper()
    return (body + arb(0, tail)) / arb.pi()


def _transform(u: acb, groups: Groups) -> acb:
    """phi(u)."""
    product = (u * u / 2).exp()
    for a, b, k in groups:
        product *= (_half_moment(a * u) + _half_moment(b * u)) ** k
    return product


def _half_moment(v: acb) -> acb:
    """F(v) = E[e^(vZ); Z > 0] for all v in a ball.

    Enclosures that hardly grow with |Im v|, unlike those of e^(v^2/2) and Phi(v): about the center,
    |F'(v)| <= F'(Re v) = Re v F(Re v) + 1/sqrt(2 pi), which for Re v < 0 is at most min(1, 1/(Re v)^2) / sqrt(2 pi);
    or about 0, |F(v)| <= F(Re v), and for Re v > 0 also |F(v)| = |e^(v^2/2) - F(-v)| <= |e^(v^2/2)| + 1/2.
    """
    if v == 0:
        return acb(1) / 2
    center = acb(v.real.mid(), v.imag.mid())
    radius = abs(v - center).upper()
    value = _half_moment_at(center)
    if radius == 0:
        return value
    right = v.real.upper()
    slope = 1 / (2 * arb.pi()).sqrt()
    if right > 0:
        largest = _half_moment_at(acb(right)).real
        slope += right * largest
        largest = largest.min(((right**2 - v.imag.abs_lower() ** 2) / 2).exp() + arb(0.5))
    else:
        largest = _half_moment_at(acb(right)).real if right < 0 else arb(0.5)
        if right < -1:
            slope /= right**2
    error, largest = (slope * radius).upper(), largest.upper()
    if error > 2 * largest:
        return acb(arb(0, largest), arb(0, largest))
    return value + acb(arb(0, error), arb(0, error))


def _half_moment_at(v: acb) -> acb:
    """F at a single number: U(1/2, 1/2, v^2/2) / (2 sqrt(pi)) to the left of 0, e^(v^2/2) - F(-v) to its right.

    These do not cancel where |Im v| is large; the imaginary axis is the branch cut of U, and left to Phi.
    """
    half = arb(0.5)
    if v.real == 0:
        return (v * v / 2).exp() * (-v * half.sqrt()).erfc() / 2
    left = acb.hypgeom_u(v * v / 2, half, half) / (2 * arb.pi().sqrt())
    return left if v.real < 0 else (v * v / 2).exp() - left


def _saddle(groups: Groups) -> float:
    """Nearly the c > 0 that minimizes the convex function log phi(-c) - log c, by golden section in log c.

    Its derivative is c - 1/c - (mean of sum M_i under a weight e^(-cX)), which puts c between the bounds used.
    """
    mean = sum(k * float(a + b) for a, b, k in groups) / math.sqrt(2 * math.pi)
    square = sum(k * float(max(abs(a), abs(b))) ** 2 for a, b, k in groups)
    low, high = -math.log1p(square) / 2 - 1, math.log1p(max(mean, 0.0)) + 1
    golden = (math.sqrt(5) - 1) / 2
    with balls.precision(15):
        for _ in range(16):
            left, right = high - golden * (high - low), low + golden * (high - low)
            if _exponent(left, groups) < _exponent(right, groups):
                high = right
            else:
                low = left
    return math.exp((low + high) / 2)


def _exponent(log_c: float, groups: Groups) -> arb:
    c = arb(log_c).exp().mid()
    return _transform(acb(-c), groups).real.log() - log_c


@lru_cache(maxsize=256)
def _cached(box: Sides, ratio: Fraction, digits: int) -> arb:
    return death(box, ratio, digits)


class GaussianBox(FirstLayer):
    """Any bounded box, Gaussian weights and biases: P(b + sum_i max(l_i w_i, h_i w_i) <= 0).

    Possible issues: time grows in proportion to the number of different sides; 784 of them take about two minutes,
    784 equal ones 0.1 s.

    >>> from relu_prob.domains import Box
    >>> from relu_prob.initialization import Normal
    >>> from relu_prob.network import Network
    >>> net = Network((3, 5, 1), weights=Normal(1), biases=Normal(1), domain=Box((-1,) * 3, (1,) * 3))
    >>> print(GAUSSIAN_BOX.dead(net).value())  # 1/24: these cones tile space as the cells of a 24-cell do
    0.0416666666666667
    """

    name = "a first layer on a box"
    statement = (
        "N_1 ~ Bin(n_1, 1 - p_1), p_1 = P(b + sum_i max(l_i w_i, h_i w_i) <= 0) by inverting the transform "
        "e^(u^2/2) prod_i [F(h_i u) + F(-l_i u)], F(v) = e^(v^2/2) Phi(v)"
    )
    source = PAPER
    guarantee = Guarantee.CERTIFIED

    def fails(self, network: Network) -> str | None:
        if sides(network.domain, network.input_dimension) is None:
            return f"the domain must be a bounded box or interval, got {network.domain!r}"
        if not network.weights.gaussian:
            return f"the weights must be Gaussian, got {network.weights!r}"
        if not network.biases.gaussian:
            return f"the biases must be Gaussian, got {network.biases!r}"
        return None

    def dead(self, network: Network) -> Real:
        box = sides(network.domain, network.input_dimension)
        assert box is not None
        refine = partial(_cached, tuple(sorted(box)), variance_ratio(network))
        return Ball(refine(DIGITS), refine)

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        box = sides(network.domain, network.input_dimension)
        assert box is not None
        r = sympy.Symbol("r", positive=True)
        largest = max(abs(end) for side in box for end in side)
        meaning = f"input dimension {len(box)}, r = (largest coordinate of the box) sigma_w / sigma_b"
        return _gil_pelaez(tuple((low / largest, high / largest) for low, high in box), r), (r,), meaning


def _gil_pelaez(box: Sides, r: sympy.Symbol) -> sympy.Expr:
    """1/2 - (1/pi) int_0^oo Im phi(it) dt/t, an integral in sympy, with Im phi(it) = (phi(it) - phi(-it)) / (2i)."""
    t, z, x = sympy.Symbol("t", positive=True), sympy.Symbol("z", positive=True), sympy.Symbol("x", real=True)
    density = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    half = sympy.integrate(sympy.exp(sympy.I * x * z) * density, (z, 0, sympy.oo)).rewrite(sympy.erfi)
    counts = Counter((max(-low, high), min(-low, high)) for low, high in box)
    ends = [(r * rational(a), r * rational(b), k) for (a, b), k in counts.items()]

    def transform(s: sympy.Expr) -> sympy.Expr:
        factors = ((half.subs(x, a * s) + half.subs(x, b * s)) ** k for a, b, k in ends)
        return sympy.exp(-(s**2) / 2) * sympy.Mul(*factors)

    imaginary = (transform(t) - transform(-t)) / (2 * sympy.I)
    return sympy.Rational(1, 2) - sympy.Integral(imaginary / t, (t, 0, sympy.oo)) / sympy.pi


GAUSSIAN_BOX = GaussianBox()
