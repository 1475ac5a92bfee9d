"""How likely a Gaussian neuron is to fire at exactly these of at most three points.

Points are unit vectors a_1, ..., a_m of R^m (their Gram matrix is all that matters), a neuron is a standard normal g,
and it fires at point i if g.a_i > 0. The hyperplanes orthogonal to the a_i cut space into cells, one for each pattern
of firing; patterns are integers whose bit i - 1 says whether point i fires.

With the angles theta_ik between the points, the probabilities are, for two points,

    P(both) = P(none) = (pi - theta)/(2 pi),    P(1 only) = P(2 only) = theta/(2 pi),

and for three, by Girard's theorem, P(pattern) = P(opposite pattern) = x_i/(2 pi) with

    x_0 = pi - (theta_12 + theta_13 + theta_23)/2     (all or none),
    x_1 = (theta_12 + theta_13 - theta_23)/2          (1 alone, or all but 1), and so on,

where sin x_0 sin x_1 sin x_2 sin x_3 = det(a_1, a_2, a_3)^2/4, which knows the smallest of them when it is tiny.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_POINTS = 3

REFINED = 2.0**-6
"""An angle x_i is computed from the determinant where it is this small, also compared with the others."""

ROUNDING = 2.0**-48
"""An angle x_i that is a sum of this size is taken to be 0, so that equal images stay equal."""

ANGLE_OF_PATTERN = (0, 1, 2, 3, 3, 2, 1, 0)
"""Which of x_0, ..., x_3 belongs to each of the eight patterns of three points."""


def angle(u: Array, v: Array) -> tuple[Array, Array]:
    """theta and pi - theta for unit vectors along the first axis, both accurate also where they are tiny (Kahan).

    >>> theta, rest = angle(np.array([1.0, 0.0]), np.array([-1.0, 1e-20]))
    >>> float(rest)
    1e-20
    """
    apart, together = norm(u - v), norm(u + v)
    return 2 * np.arctan2(apart, together), 2 * np.arctan2(together, apart)


def cells(a: Array) -> Array:
    """The probabilities of all 2^m patterns, shape (2^m, N), for unit vectors a[i] of shape (m, N), m <= 3.

    >>> cells(np.eye(2)[:, :, None])[:, 0]
    array([0.25, 0.25, 0.25, 0.25])
    >>> cells(np.eye(3)[:, :, None])[:, 0]
    array([0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125])
    """
    m = len(a)
    if m == 1:
        return np.full((2, a.shape[2]), 0.5)
    if m == 2:
        theta, rest = angle(a[0], a[1])
        both, one = rest / (2 * np.pi), theta / (2 * np.pi)
        return np.stack([both, one, one, both])
    x = excesses(a) / (2 * np.pi)
    return x[list(ANGLE_OF_PATTERN)]


def excesses(a: Array) -> Array:
    """The four angles x_0, ..., x_3 of three unit vectors, shape (4, N)."""
    (t12, _), (t13, r13), (t23, r23) = (angle(a[i], a[k]) for i, k in ((0, 1), (0, 2), (1, 2)))
    x = np.stack([r13 + r23 - t12, t12 + t13 - t23, t12 + t23 - t13, t13 + t23 - t12]) / 2
    x[x < ROUNDING] = 0.0
    small = np.flatnonzero(x.min(axis=0) < REFINED)
    if len(small):
        x[:, small] = _refined(x[:, small], determinant(a[:, :, small]))
    return x


def _refined(x: Array, det: Array) -> Array:
    """The same angles, where one of them is much smaller than the others from the product of the sines."""
    columns = np.arange(x.shape[1])
    at = x.argmin(axis=0)
    others = x.copy()
    others[at, columns] = np.pi / 2
    product = np.prod(np.sin(others), axis=0)
    use = (x[at, columns] < REFINED * others.min(axis=0)) & (product > 0)
    sine = det**2 / 4 / np.where(use, product, 1.0)
    x[at, columns] = np.where(use, np.arcsin(np.minimum(sine, 1.0)), x[at, columns])
    return x


def determinant(a: Array) -> Array:
    """det(a_1, a_2, a_3), shape (N,)."""
    (a1, a2, a3), (b1, b2, b3), (c1, c2, c3) = a
    result: Array = a1 * (b2 * c3 - b3 * c2) + a2 * (b3 * c1 - b1 * c3) + a3 * (b1 * c2 - b2 * c1)
    return result


def norm(u: Array) -> Array:
    """The lengths of vectors along the first axis."""
    square = u[0] * u[0]
    for entry in u[1:]:
        square = square + entry * entry
    result: Array = np.sqrt(square)
    return result
