"""Four coordinates by Plackett's one-dimensional integral, and five by inclusion and exclusion."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import asin, atan2, cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.orthant.angles import EPS, ROW_ERROR, angle
from relu_prob.orthant.result import OrthantProbability

Array = NDArray[np.float64]

QUADRATURE_ERROR = 1e-15


def four(rows: Array) -> OrthantProbability:
    """P(z_1, ..., z_4 <= 0) for four unit rows, pairwise neither equal nor opposite, of any rank.

    Multiply the correlations c_1j by t = sin phi. By Plackett's identity dP/dc_1j is the density of (z_1, z_j) at 0
    times the probability that the other two, k and l, are <= 0 given z_1 = z_j = 0; so with P_3 = P(z_2, z_3, z_4 <= 0)

        P = P_3 / 2 + sum_j int_0^(pi/2) c_1j cos phi / (2 pi sqrt(1 - t^2 c_1j^2)) [1/4 + asin(rho_kl) / (2 pi)] dphi,
        tan asin(rho_kl) = N / sqrt((1 - t^2 c_1j^2) (D_1 cos^2 phi + D sin^2 phi)),
        N = (c_kl - c_jk c_jl) (1 - t^2 c_1j^2) - t^2 (c_1k - c_1j c_jk) (c_1l - c_1j c_jl),

    D the determinant of the correlations and D_1 that of rows 2 to 4. Row 1 is the one that leaves D_1 largest; in phi
    the integrand is smooth also where D = 0. It is integrated adaptively, in pieces around the zeros of N and the end
    that shrink to the widths on which it changes there.

    Shapes: rows (4, r). The error bound is that of the quadrature plus that of rounding, a few eps / sin(angle).

    >>> round(four(np.eye(4)).value, 15)
    0.0625
    """
    value, error, evaluations = _four(rows, _correlations(rows), _sines(rows))
    return OrthantProbability(value, error, Guarantee.NUMERICAL, "four rays (Plackett)", evaluations)


def five(rows: Array) -> OrthantProbability:
    """P(z_1, ..., z_5 <= 0) for five unit rows, pairwise neither equal nor opposite, of any rank.

    The chance that no z_i is positive, by inclusion and exclusion; orthants of all signs changed have equal chances, so

        2 P_5 = sum over proper subsets S of (-1)^|S| P_S.

    >>> round(five(np.eye(5)).value, 15)
    0.03125
    """
    correlations, sines = _correlations(rows), _sines(rows)
    value, error, evaluations = 1 - 5 / 2, 8 * EPS, 0
    for size in (2, 3, 4):
        for subset in combinations(range(5), size):
            part = np.ix_(subset, subset)
            if size == 4:
                p, wrong, points = _four(rows[list(subset)], correlations[part], sines[part])
            else:
                p, wrong = _few(correlations[part], sines[part])
                points = 0
            value, error, evaluations = value + (-1) ** size * p, error + wrong, evaluations + points
    return OrthantProbability(
        max(value / 2, 0.0), error / 2, Guarantee.NUMERICAL, "five rays (inclusion and exclusion)", evaluations
    )


def _correlations(rows: Array) -> Array:
    return rows @ rows.T


def _sines(rows: Array) -> Array:
    """The sines of the angles, accurate also where they are small."""
    sines: Array = np.sin(angle(rows[:, None], rows[None]))
    return sines


def _few(correlations: Array, sines: Array) -> tuple[float, float]:
    """Two or three coordinates: (value, rounding error)."""
    pairs = list(combinations(range(len(correlations)), 2))
    total = sum(atan2(sines[i, j], correlations[i, j]) for i, j in pairs)
    if len(pairs) == 1:
        return (pi - total) / (2 * pi), 2 * EPS
    return 0.5 - total / (4 * pi), 4 * EPS


def _four(rows: Array, correlations: Array, sines: Array) -> tuple[float, float, int]:
    """(value, bound on the error, number of evaluations)."""
    # scipy.integrate takes a while to import
    from scipy.integrate import quad

    volumes = [_volume(np.delete(rows, i, axis=0)) ** 2 for i in range(4)]
    first = int(np.argmax(volumes))
    order = [first, *(i for i in range(4) if i != first)]
    c, s = correlations[np.ix_(order, order)], sines[np.ix_(order, order)]
    three, rounding = _few(c[1:, 1:], s[1:, 1:])
    # relative to this volume the other one is cos^2 of the angle between row 1 and the span of the rest
    d1, d = volumes[first], _volume(rows) ** 2
    terms = [_Term(c, s, j, d1, d) for j in (1, 2, 3)]
    # near the end all changes on the scale of the smaller determinant, each term on that of its own sine
    ends = [(pi / 2, width) for width in (sqrt(d / d1), *(s[0, j] for j in (1, 2, 3)))]
    places = [*ends, *(place for term in terms for place in term.zeros())]
    breaks = sorted({phi for centre, width in places for phi in _around(centre, width)})

    def integrand(phi: float) -> float:
        return sum(term(phi) for term in terms)

    integral, error, evaluations = 0.0, 0.0, 0
    edges = [0.0, *breaks, pi / 2]
    for low, high in pairwise(edges):
        part, wrong, info = quad(
            integrand, low, high, epsabs=QUADRATURE_ERROR, epsrel=1e-14, limit=200, full_output=True
        )[:3]
        integral, error, evaluations = integral + part, error + wrong, evaluations + info["neval"]
    # dP/dc_ij <= 1 / (4 pi sin), and the correlations are rounded to 2 eps; a row that moves by delta moves P by delta
    # / pi
    rounding += sum(2 * EPS / (4 * pi * s[i, j]) for i, j in combinations(range(4), 2)) + 4 * ROW_ERROR / pi
    return max(three / 2 + integral, 0.0), float(error + rounding), evaluations


class _Term:
    """The part of the integrand that belongs to c_1j, as a function of phi; index 0 is row 1."""

    def __init__(self, c: Array, s: Array, j: int, d1: float, d: float) -> None:
        k, l = (i for i in (1, 2, 3) if i != j)
        self.c = float(c[0, j])
        self.sine_square = float(s[0, j]) ** 2
        self.at_rest = float(c[k, l] - c[j, k] * c[j, l])
        self.coupled = float((c[0, k] - c[0, j] * c[j, k]) * (c[0, l] - c[0, j] * c[j, l]))
        self.d1, self.d = d1, d

    def __call__(self, phi: float) -> float:
        square, rest = sin(phi) ** 2, cos(phi) ** 2
        u = rest + self.sine_square * square
        if u == 0:
            return 0.0
        numerator = self.at_rest * u - square * self.coupled
        asin_rho = atan2(numerator, sqrt(u * (self.d1 * rest + self.d * square)))
        return self.c * sqrt(rest / u) * (0.25 + asin_rho / (2 * pi)) / (2 * pi)

    def zeros(self) -> list[tuple[float, float]]:
        """The phi in (0, pi/2) where N = at_rest - sin^2 phi (at_rest c^2 + coupled) is 0, and the width of it."""
        slope = self.at_rest * self.c**2 + self.coupled
        if slope == 0 or not 0 < self.at_rest / slope < 1:
            return []
        square = self.at_rest / slope
        rest = 1 - square
        other = sqrt((rest + self.sine_square * square) * (self.d1 * rest + self.d * square))
        return [(asin(sqrt(square)), other / (2 * abs(slope) * sqrt(square * rest)))]


def _around(centre: float, width: float) -> list[float]:
    """Where to split the integral: at the centre and, where the integrand changes fast, in steps around it."""
    steps = [width * 8**k for k in range(12)] if width > 0 else []
    near = [centre + sign * step for step in steps if step < 0.2 for sign in (-1, 1)]
    return [phi for phi in (centre, *near) if 0 < phi < pi / 2]


def _volume(rows: Array) -> float:
    """The volume of the parallelepiped of the rows, by orthogonal triangularization."""
    if len(rows) > rows.shape[1]:
        return 0.0
    return float(np.prod(np.abs(np.diag(np.linalg.qr(rows.T, mode="r")))))
