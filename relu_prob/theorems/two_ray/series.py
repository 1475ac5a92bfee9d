"""Layer 3 to many digits, from the moments of cos(theta) after layer 2, in ball arithmetic.

At a right angle the two rays are independent. Given a neurons of layer 2 that fire on the first ray only, b on the
second only and m on both, with P = a + m, Q = b + m,

    E cos^M theta = M! [z^M] G(z)^m / (E chi_P^M  E chi_Q^M),      G(z) = sum_M (E|Z|^M)^2 z^M / M!,  Z normal,

and a function of the angle that is a power series in cos(theta), as the powers of p = 1/4 + asin(cos theta)/(2 pi)
are, is summed term by term. G^m is singular only at z = 1, in powers of (1 - z)^(1/2), so that the partial sums of N
terms (N even) have errors in N^-1, N^-3/2, N^-2, ...; eliminating these powers gives the digits. The arithmetic is in
balls; the elimination is not proved, and its error is estimated by leaving two partial sums out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial

import flint
from flint import arb, arb_mat, arb_poly, fmpq

POINTS, LARGEST, BITS = 30, 4096, 900
"""Partial sums, the terms of the longest, and the precision: these give 33 to 39 digits for widths up to 10."""

Counts = frozenset[int]


def third_layer(
    n1: int, n2: int, n3: int, first: Counts | None = None, second: Counts | None = None
) -> list[tuple[arb, float]]:
    """P(N_1 in first, N_2 in second, N_3 = j), j = 0..n3, for an interval around 0: (ball, estimate of its error).

    >>> value, error = third_layer(2, 2, 2)[0]
    >>> value.str(25, radius=False), error < 1e-35
    ('0.3401692708333333333333333', True)
    """
    if first is not None and n1 not in first:
        return [(arb(0), 0.0)] * (n3 + 1)
    allowed = frozenset(range(n2 + 1)) if second is None else second
    moments = _moments(n2, n3, allowed)
    lost = Fraction(2, 2**n1)
    dead = Fraction(int(0 in allowed))
    one_ray = sum((Fraction(comb(n2, k), 2**n2) for k in allowed if k), Fraction(0))
    law = []
    with flint.ctx.workprec(BITS):
        for j in range(n3 + 1):
            terms = [(comb(n3, j) * (-1) ** i * comb(j, i), moments[n3 - j + i]) for i in range(j + 1)]
            alive = sum((c * value for c, (value, _) in terms), arb(0))
            error = sum(abs(c) * error for c, (_, error) in terms)
            at_right = dead / 4**n2 if j == 0 else Fraction(0)
            single = one_ray * comb(n3, j) / 2**n3 + (dead / 2**n2 if j == 0 else 0)
            law.append((as_ball(1 - lost) * (alive + as_ball(at_right)) + as_ball(lost * single), error))
    return law


@lru_cache(maxsize=8)
def _moments(width: int, top: int, allowed: Counts) -> list[tuple[arb, float]]:
    """E[p^k; layer 2, of ``width`` neurons, alive and its count allowed] at a right angle, k = 0..top, with errors."""
    with flint.ctx.workprec(BITS):
        sizes = _partial_sizes()
        full, fewer = _elimination_weights(sizes), _elimination_weights(sizes[2:])
        cosines = cosine_moments(width, allowed, sizes[-1])
        # all on one ray (or a single neuron on both): one ray is left; some on either and none on both: a right angle
        single = sum((2 * comb(width, k) + (width if k == 1 else 0) for k in allowed if k), 0)
        right = sum((comb(width, k) * (2**k - 2) for k in allowed if k), 0)
        series, power, found = _dead_chance(sizes[-1]), arb_poly([1]), []
        for k in range(top + 1):
            sums = _partial_sums(power.coeffs(), cosines, sizes)
            # the powers p^k are eliminated from k = 1 on; p^0 is a finite sum
            value = sums[-1] if k == 0 else _dot(full, sums)
            error = 0.0 if k == 0 else abs(float((value - _dot(fewer, sums[2:])).mid()))
            atoms = Fraction(single, 4**width * 2**k) + Fraction(right, 4**width * 4**k)
            found.append((value + as_ball(atoms), error + float(value.rad())))
            power = _truncated(power * series, sizes[-1])
        return found


def cosine_moments(width: int, allowed: Counts, length: int) -> list[arb]:
    """sum over patterns with m >= 1 on both rays and k >= 2 alive of P(pattern) E cos^M theta, M < length."""
    total = [arb(0)] * length
    series, power = _half_normal(length), arb_poly([1])
    for m in range(1, width + 1):
        power = _truncated(power * series, length)
        mixed = [arb(0)] * length
        for a in range(width - m + 1):
            for b in range(a, width - m - a + 1):
                if a + b + m < 2 or a + b + m not in allowed:
                    continue
                ways = factorial(width) // (factorial(a) * factorial(b) * factorial(m) * factorial(width - a - b - m))
                weight = arb(ways * (1 if a == b else 2)) / arb(4) ** width
                mixed = [x + weight * y for x, y in zip(mixed, _chi_ratio(a + m, b + m, length), strict=True)]
        total = [x + y * z for x, y, z in zip(total, mixed, power.coeffs(), strict=True)]
    return total


def _half_normal(length: int) -> arb_poly:
    """G(z): g_0 = 1, g_1 = 2/pi, g_M = g_(M-2) (M-1)/M."""
    g = [arb(1), 2 / arb.pi()]
    for m in range(2, length):
        g.append(g[m - 2] * (m - 1) / m)
    return arb_poly(g)


def _chi_ratio(p: int, q: int, length: int) -> list[arb]:
    """M! / (E chi_P^M E chi_Q^M): the even and the odd M follow one recurrence."""

    def mean(n: int) -> arb:
        return arb(2).sqrt() * (arb(n + 1) / 2).gamma() / (arb(n) / 2).gamma()

    ratios = [arb(1), 1 / (mean(p) * mean(q))]
    for m in range(2, length):
        ratios.append(ratios[m - 2] * (m * (m - 1)) / ((p + m - 2) * (q + m - 2)))
    return ratios


def _dead_chance(length: int) -> arb_poly:
    """p = 1/4 + asin(c)/(2 pi) as a power series in c = cos(theta)."""
    coefficients, value = [arb(0)] * length, arb(1)
    for j in range(length // 2):
        coefficients[2 * j + 1] = value / (2 * j + 1) / (2 * arb.pi())
        value = value * (2 * j + 1) / (2 * j + 2)
    coefficients[0] = arb(1) / 4
    return arb_poly(coefficients)


def _partial_sizes() -> list[int]:
    """Even numbers of terms, geometrically spaced up to the largest."""
    return sorted({2 * round(LARGEST * 1.17 ** (i - POINTS + 1) / 2) for i in range(POINTS)})


def _partial_sums(coefficients: Sequence[arb], cosines: Sequence[arb], sizes: Sequence[int]) -> list[arb]:
    sums, running, done = [], arb(0), 0
    for size in sizes:
        running = running + _dot(coefficients[done:size], cosines[done:size])
        sums.append(running)
        done = size
    return sums


def _elimination_weights(sizes: Sequence[int]) -> list[arb]:
    """w with sum w_i = 1 and sum w_i N_i^(-1-j/2) = 0 for j = 0, 1, ...: the limit is sum w_i S_(N_i)."""
    count = len(sizes)
    rows = [[arb(1)] * count] + [[arb(n) ** (-arb(2 + j) / 2) for n in sizes] for j in range(count - 1)]
    solved = arb_mat(rows).solve(arb_mat([[int(i == 0)] for i in range(count)]))
    return [solved[i, 0] for i in range(count)]


def _dot(xs: Sequence[arb], ys: Sequence[arb]) -> arb:
    """sum x_i y_i over the shorter of the two (a power series may have trailing zeros cut off)."""
    return sum((x * y for x, y in zip(xs, ys, strict=False)), arb(0))


def _truncated(poly: arb_poly, length: int) -> arb_poly:
    return arb_poly(poly.coeffs()[:length])


def as_ball(x: Fraction) -> arb:
    return arb(fmpq(x.numerator, x.denominator))
