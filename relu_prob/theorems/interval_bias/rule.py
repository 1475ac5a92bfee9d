"""A quadrature rule for the death probability p of a neuron above a single live one, with a certified error.

The live neuron passes on the interval [U_+, V_+], U and V its values at the ends of the domain, and

    p = 1/2 - |atan(K V_+) - atan(K U_+)| / (2 pi).

In polar coordinates c = R cos(phi), w = R sin(phi) the part w > 0 of its expectations is

    E[f(p); w > 0, alive] = 1/(2 pi) int_0^(pi/2 + atan B) int_0^oo f(p) R e^(-R^2/2) dR dphi,

with U <= 0 beyond phi = pi/2 + atan A, where the integrand has its only kink; the part w < 0 is the same for the
interval [-b, -a]. Both pieces are cut into panels, so that f(p) is analytic and bounded on an ellipse around each in
either variable, and a product of Gauss-Legendre rules is used on each (docs/theory/bias.md, section 'One live neuron').
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, partial
from itertools import product
from typing import NamedTuple

from flint import arb, fmpq

from relu_prob.numbers import balls
from relu_prob.theorems.interval_bias.setting import Setting

RHO = 3
"""The sum of the half-axes of the ellipses in units of half a panel."""

LONG, SHORT = fmpq(RHO * RHO + 1, 2 * RHO), fmpq(RHO * RHO - 1, 2 * RHO)
"""The half-axes themselves, along the panel and across it."""

GROWTH = fmpq(6, 5)
"""A bound of |p| + |1 - p|, and of 1/4 + |p - 1/4|, on the ellipses."""

Span = tuple[arb, arb]


class Rule(NamedTuple):
    """E[f(p); one live neuron below] = sum_i weights_i f(points_i), up to ``error`` for the functions of ``rule``."""

    points: tuple[arb, ...]
    weights: tuple[arb, ...]
    error: arb


class _End(NamedTuple):
    """An end of the image, where it is positive: K R sec(atan A) sin(delta + shift), delta the angle from the kink."""

    scale: arb
    shift: arb


@lru_cache(maxsize=64)
def rule(setting: Setting, degree: int, digits: int) -> Rule:
    """The rule for functions f with |f(p)| <= 1 + max(|p| + |1-p|, 1/4 + |p - 1/4|)^degree also for complex p.

    These are, for a layer of n = ``degree`` neurons, the binomial masses C(n, j) p^(n-j) (1-p)^j, which are terms of
    (|p| + |1-p|)^n, and those of permanent death. The error is at most about 10^-digits.

    >>> from fractions import Fraction
    >>> unit = Setting(Fraction(-1), Fraction(1), Fraction(1))  # [-1, 1], all standard deviations 1
    >>> points, weights, error = rule(unit, 1, 20)
    >>> with balls.precision(20):
    ...     print(sum(w * p for w, p in zip(weights, points)) + arb(0, error))
    [0.30165693162509222673 +/- 4.97e-21]
    """
    with balls.precision(digits + 10):
        k, a, b = map(_root, (setting.k, setting.a, setting.b))
        halves = [(a, b)] if setting.a == -setting.b else [(a, b), (-b, -a)]
        points: list[arb] = []
        weights: list[arb] = []
        error = arb(0)
        count = math.ceil((digits * math.log(10) + degree * math.log(1.2) + 9) / (2 * math.log(RHO)))
        # beyond this radius the Gaussian has less than 10^-(digits + 1) of its mass, and |f| <= 2
        radius = arb(math.ceil(8 * math.sqrt(2 * math.log(10) * (digits + 2))) / 8)
        factor = (3 - len(halves)) / (2 * arb.pi())
        for low, high in halves:
            kink, turn = low.atan(), high.atan() - low.atan()
            upper, lower = k * (1 + high * high).sqrt(), k * (1 + low * low).sqrt()
            for ends, angle in (
                ((_End(upper, turn), _End(lower, arb(0))), arb.pi() / 2 + kink),
                ((_End(upper, arb(0)),), turn),
            ):
                for panel in _panels(ends, radius, angle):
                    _add(ends, panel, _gauss(count, digits), points, weights, factor)
                    error += factor * _error(panel, degree, count)
        tail = 2 * (-(radius * radius) / 2).exp()
        return Rule(tuple(points), tuple(weights), (error + tail).upper())


def _root(square: Fraction) -> arb:
    root = arb(fmpq(abs(square.numerator), square.denominator)).sqrt()
    return root if square >= 0 else -root


def _panels(ends: tuple[_End, ...], radius: arb, angle: arb) -> list[tuple[Span, Span]]:
    """Spans of radii and of angles delta, together all of (0, radius) x (0, angle), that are ``good``.

    On a span's ellipse the argument z of an arc tangent shall have |Im z| <= 1/2, or |arg z| <= atan(5/4) < 52 degrees.
    """

    def good_radii(span: Span) -> bool:
        middle, half = _centre(span)
        if not half <= 2:  # so that |e^(-R^2/2)| stays below 36 on the ellipse
            return False
        return bool(middle >= 2 * half) or all(bool(end.scale * SHORT * half <= 0.5) for end in ends)

    def good_angles(largest: arb, span: Span) -> bool:
        middle, half = _centre(span)

        def good(end: _End) -> bool:
            x = middle + end.shift
            flat = end.scale * largest * (SHORT * half).sinh() <= 0.5
            return bool(flat) or bool(x >= 2 * half and arb.pi() - x >= 2 * half)

        return all(map(good, ends))

    return [
        (radii, angles)
        for radii in _split((arb(0), radius), good_radii)
        for angles in _split((arb(0), angle), partial(good_angles, radii[1]))
    ]


def _split(span: Span, good: Callable[[Span], bool]) -> list[Span]:
    """The span, cut until all parts are good: at a third where it begins at 0, otherwise in the middle."""
    if good(span):
        return [span]
    low, high = span
    cut = (high / 3 if low == 0 else (low + high) / 2).mid()
    return _split((low, cut), good) + _split((cut, high), good)


def _centre(span: Span) -> tuple[arb, arb]:
    low, high = span
    return (low + high) / 2, (high - low) / 2


@lru_cache(maxsize=8)
def _gauss(count: int, digits: int) -> tuple[tuple[arb, arb], ...]:
    """Nodes and weights on [-1, 1]; ``digits`` says the current precision, so that the cache can tell."""
    return tuple(arb.legendre_p_root(count, i, weight=True) for i in range(count))


def _add(
    ends: tuple[_End, ...],
    panel: tuple[Span, Span],
    nodes: tuple[tuple[arb, arb], ...],
    points: list[arb],
    weights: list[arb],
    factor: arb,
) -> None:
    """Append the product rule's points p and weights, those of factor R e^(-R^2/2) dR dphi included."""
    (r_middle, r_half), (angle_middle, angle_half) = map(_centre, panel)
    radii = []
    for x, weight in nodes:
        r = r_middle + r_half * x
        radii.append((r, factor * weight * r_half * r * (-(r * r) / 2).exp()))
    slopes = []
    for x, weight in nodes:
        values = [end.scale * (angle_middle + angle_half * x + end.shift).sin() for end in ends]
        high, low = values if len(values) == 2 else (values[0], arb(0))
        slopes.append((high - low, high * low, weight * angle_half))
    turns, half = 1 / (2 * arb.pi()), arb(0.5)
    for (r, w1), (difference, both, w2) in product(radii, slopes):
        # the difference of two arc tangents of numbers >= 0
        points.append(half - turns * (r * difference / (1 + r * r * both)).atan())
        weights.append(w1 * w2)


def _error(panel: tuple[Span, Span], degree: int, count: int) -> arb:
    """A bound of the product rule's error on a panel.

    A rule of N points on [-1, 1] errs by at most (64/15) M rho^-2N / (1 - rho^-2), M the largest absolute value on the
    ellipse of foci -1, 1 and half-axes (rho +- 1/rho)/2 (Trefethen, Approximation Theory and Practice, theorem 19.3).
    """
    (r_middle, r_half), (_, angle_half) = map(_centre, panel)
    largest = (r_middle + LONG * r_half) * ((SHORT * r_half) * (SHORT * r_half) / 2).exp() * (1 + arb(GROWTH) ** degree)
    one = fmpq(64, 15) * largest / (arb(RHO) ** (2 * count) * (1 - fmpq(1, RHO * RHO)))
    return 2 * (2 * r_half * angle_half * one)
