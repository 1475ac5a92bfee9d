"""The law of psi for Gaussian weights: with n = d + 1 and |a|, |w| the absolute values of standard normal vectors,

    psi = P(|w_i|/|a_i| >= |w_1|/|a_1| for all i >= 2 | a) = 2 int_0^oo phi(s) prod_(i >= 2) erfc(b_i s / sqrt 2) ds

with b_i = |a_i|/|a_1|. Only the direction of |a| matters. Dividing by its largest entry projects the sphere on the
faces of a cube, on which everything is analytic, with no singular corners: the ratios c in [0, 1]^d have the density

    2^d Gamma((d+1)/2) / pi^((d+1)/2) (1 + |c|^2)^(-(d+1)/2)

on each face. On the face |a_1| = 1 psi is symmetric in all d ratios; on the d faces where another entry is the
largest, in all but |a_1|. So a product of Gauss rules with N nodes needs multisets of nodes only, C(N + d - 1, d).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LARGEST_DIMENSION = 40
"""The largest input dimension for which the integrals are computed."""

MULTISETS = 40_000
"""How many multisets the first rules may have."""

MOST_MULTISETS = 100_000
"""How many finer rules may have, where the first ones differ."""

EPS = 2.0**-52
LONGEST = 12.0  # phi(s) and erfc(s / sqrt 2) are below 1e-31 beyond


@dataclass(frozen=True)
class Mean:
    """An expectation and a bound on its error, computed and not proved."""

    value: float
    error: float


@lru_cache(maxsize=4096)
def mean_of(d: int, i: int, j: int, q: Fraction, shift: int = 1) -> Mean:
    """E ((shift + psi)/(1 + shift))^i (1 - q (1 + psi))^j, for shift 0 or 1; the first factor is <= 1.

    The error bound is twice the difference of two rules with different nodes in all variables, the relative errors of
    E 1 = 1 and E psi = 1/n in the finer one, and an allowance for rounding: all terms are positive.

    >>> mean_of(2, 1, 0, Fraction(1, 8), shift=0).value  # E psi = 1/3
    0.33333333333333...
    """
    coarse = _mean(psi_law(d, _nodes(d, MULTISETS) - 1, 5), i, j, q, shift)
    number = _nodes(d, MULTISETS)
    while True:
        law = psi_law(d, number, 6)
        fine = _mean(law, i, j, q, shift)
        difference, rounding = 2 * abs(fine - coarse), (_off(d, law, i + j) + (32 + 4 * (i + j)) * EPS) * fine
        finer = number + max(2, number // 2 if d <= 6 else 0)
        if difference <= max(1e-13 * fine, rounding) or math.comb(finer + d - 1, d) > MOST_MULTISETS:
            return Mean(fine, difference + rounding)
        coarse, number = fine, finer


def _off(d: int, law: tuple[Array, Array], degree: int) -> float:
    """The relative error of E 1 and, once for every power, of E psi."""
    psi, weights = law
    return abs(float(weights.sum()) - 1) + degree * abs((d + 1) * float(weights @ psi) - 1)


def _nodes(d: int, limit: int) -> int:
    """The largest number of nodes, up to 16, with at most so many multisets, but at least 3."""
    number = 16
    while number > 3 and math.comb(number + d - 1, d) > limit:
        number -= 1
    return number


def _mean(law: tuple[Array, Array], i: int, j: int, q: Fraction, shift: int) -> float:
    psi, weights = law
    return float(weights @ (((shift + psi) / (1 + shift)) ** i * (1 - float(q) * (1 + psi)) ** j))


@lru_cache(maxsize=4)
def psi_law(d: int, number: int, panels: int) -> tuple[Array, Array]:
    """Values of psi and their weights: a rule with ``number`` nodes for each ratio, and so many panels for s.

    >>> psi, weights = psi_law(3, 12, 6)
    >>> print(f"{weights.sum():.12f} {weights @ psi:.12f}")
    1.000000000000 0.250000000000
    """
    # scipy.special is only needed here
    from scipy.special import log_ndtr

    x, w = _gauss(number, 1.0)
    s, ds = _panels(panels)
    normal = math.sqrt(2 / math.pi) * ds
    tails = math.log(2) + log_ndtr(-np.outer(x, s))

    counts = _multisets(number, d)
    values = [np.exp(counts @ tails) @ (normal * np.exp(-(s**2) / 2))]
    weights = [_weights(counts, w, d, 1 + counts @ x**2)]
    counts = _multisets(number, d - 1)
    products = np.exp(counts @ tails + math.log(2) + log_ndtr(-s))
    for first, weight in zip(x, w, strict=True):
        # s = |a_1| u, as the largest entry is 1
        values.append(products @ (first * normal * np.exp(-((first * s) ** 2) / 2)))
        weights.append(d * weight * _weights(counts, w, d, 1 + counts @ x**2 + first**2))
    return np.concatenate(values), np.concatenate(weights)


def _weights(counts: NDArray[np.int64], w: Array, d: int, square: Array) -> Array:
    """Multinomial coefficient times the weights of the nodes times the density at 1 + |c|^2 = ``square``."""
    from scipy.special import gammaln

    ways = math.lgamma(int(counts[0].sum()) + 1) - gammaln(counts + 1.0).sum(axis=1)
    constant = d * math.log(2) + math.lgamma((d + 1) / 2) - (d + 1) / 2 * math.log(math.pi)
    weights: Array = np.exp(ways + counts @ np.log(w) + constant - (d + 1) / 2 * np.log(square))
    return weights


def _gauss(number: int, end: float) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on [0, end]."""
    x, w = np.polynomial.legendre.leggauss(number)
    return (x + 1) / 2 * end, w / 2 * end


def _panels(number: int) -> tuple[Array, Array]:
    """16 nodes on each of ``number`` panels of [0, LONGEST]; single rules with many nodes are less accurate."""
    x, w = _gauss(16, LONGEST / number)
    starts = np.arange(number) * (LONGEST / number)
    return np.add.outer(starts, x).ravel(), np.tile(w, number)


def _multisets(number: int, size: int) -> NDArray[np.int64]:
    """How often each of ``number`` nodes is chosen, for all multisets of the given size: one a row.

    >>> _multisets(2, 2)
    array([[0, 2],
           [1, 1],
           [2, 0]])
    """
    bars = np.array(list(combinations(range(size + number - 1), number - 1)), dtype=np.int64)
    ends = np.pad(bars, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, size + number - 1)))
    return np.diff(ends, axis=1) - 1
