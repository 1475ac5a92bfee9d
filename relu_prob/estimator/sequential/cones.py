"""Standard normal vectors in a cell: what a neuron with a given pattern of firing puts out at each point.

A neuron is a standard normal g, and its pre-activation at point i is y_i = g.a_i. For one point |y| is half-normal.
For two points at angle theta the plane of a_1 and a_2 is cut into wedges, and g has a uniform angle in its wedge and
a radius with two degrees of freedom. For three points, g is drawn in the wedge of two of them, and again where it has
the wrong sign at the third; the pair is chosen that leaves the wedge least too large. A cell that is a small part of
each of its wedges is a small triangle of the sphere; it is drawn from the flat triangle with its corners.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relu_prob.orthant.cells import angle, determinant, norm

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Patterns = NDArray[np.int8]

SMALL_PART = 2.0**-5
"""A cell that is less than this part of all its wedges is drawn from the flat triangle."""

PAIRS = ((1, 2), (0, 2), (0, 1))
"""The two points that make the wedge when the third is left for rejection."""


def draw_outputs(a: Array, q: Array, patterns: Patterns, rng: np.random.Generator) -> Array:
    """relu(y), shape (m, n, N), for neurons with the given patterns.

    Parameters
    ----------
    a : unit vectors a[i] of shape (m, N), one set for each particle
    q : the probabilities of the 2^m patterns up to a factor, shape (2^m, N); q[0] is not used
    patterns : shape (n, N); 0 for no neuron (its output is 0)
    """
    m = len(a)
    outputs = np.zeros((m, *patterns.shape))
    flat = np.flatnonzero(patterns)
    pattern = patterns.ravel()[flat].astype(np.int64)
    particle = flat % patterns.shape[1]
    values = outputs.reshape(m, -1)
    if m == 1:
        values[0, flat] = np.abs(rng.standard_normal(len(flat)))
    elif m == 2:
        theta, rest = angle(a[0], a[1])
        same = pattern == 3
        width = np.where(same, rest[particle], theta[particle])
        first, second, _, _ = _wedge(width, rng)
        values[0, flat] = np.where(pattern & 1, first, 0.0)
        values[1, flat] = np.where(pattern & 2, second, 0.0)
    else:
        wedges = _Wedges.of(a, q)
        pair = wedges.best[pattern, particle]
        flatly = wedges.small[pattern, particle]
        _by_rejection(wedges, values, flat[~flatly], pattern[~flatly], particle[~flatly], pair[~flatly], rng)
        if flatly.any():
            _from_triangles(a, values, flat[flatly], pattern[flatly], particle[flatly], rng)
    return outputs


def _wedge(width: Array, rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """(|y_i|, |y_k|, radius, angle) of planar normal vectors in wedges of the given widths.

    The angle is measured from the edge where y_i = 0 to the edge where y_k = 0.
    """
    radius = np.sqrt(2 * rng.standard_exponential(len(width)))
    psi = rng.random(len(width)) * width
    return radius * np.sin(psi), radius * np.sin(width - psi), radius, psi


class _Wedges(NamedTuple):
    """The geometry of three points, for each of the three pairs; arrays of shape (3, N) unless said otherwise.

    With the pair (i, k) and the third point e, y_e = r1 z_1 + r2 z_2 + r3 z_3 in orthonormal coordinates in which
    a_i = (1, 0, 0) and a_k = (cos theta, sin theta, 0). ``best`` and ``small``, of shape (8, N), say for each pattern
    which third point to use, and whether the cell is a small part even of that wedge.
    """

    theta: Array
    rest: Array
    r1: Array
    r2: Array
    r3: Array
    best: IntArray
    small: NDArray[np.bool_]

    @classmethod
    def of(cls, a: Array, q: Array) -> _Wedges:
        theta, rest, r1, r2, r3 = (np.empty((3, a.shape[2])) for _ in range(5))
        for e, (i, k) in enumerate(PAIRS):
            theta[e], rest[e] = angle(a[i], a[k])
            second = _unit(a[k] - _dot(a[i], a[k]) * a[i])
            r1[e], r2[e] = _dot(a[e], a[i]), _dot(a[e], second)
            r3[e] = norm(a[e] - r1[e] * a[i] - r2[e] * second)
        # crossing the plane of point e leads from a cell to this neighbour in the same wedge
        # opposite cells have one probability, and q[0] may be left out
        neighbours = np.stack([q[[(c ^ (1 << e)) or 7 for c in range(8)]] for e in range(3)])
        best = neighbours.argmin(axis=0)
        return cls(theta, rest, r1, r2, r3, best, q < SMALL_PART * neighbours.min(axis=0))


def _by_rejection(
    wedges: _Wedges,
    values: Array,
    flat: IntArray,
    pattern: IntArray,
    particle: IntArray,
    third: IntArray,
    rng: np.random.Generator,
) -> None:
    while len(flat):
        at = third * wedges.theta.shape[1] + particle
        i, k = FIRST[third], SECOND[third]
        fires_i, fires_k, fires_e = pattern >> i & 1, pattern >> k & 1, pattern >> third & 1
        same = fires_i == fires_k
        width = np.where(same, wedges.rest.ravel()[at], wedges.theta.ravel()[at])
        first, second, radius, psi = _wedge(width, rng)
        # the wedge with y_i > 0; the opposite one is its image under -1
        z2 = np.where(same, 1.0, -1.0) * radius * np.cos(psi)
        sign = 2.0 * fires_i - 1
        y = sign * (wedges.r1.ravel()[at] * first + wedges.r2.ravel()[at] * z2)
        y += wedges.r3.ravel()[at] * rng.standard_normal(len(flat))
        accepted = (y > 0) == (fires_e == 1)
        done = flat[accepted]
        values[i[accepted], done] = (first * fires_i)[accepted]
        values[k[accepted], done] = (second * fires_k)[accepted]
        values[third[accepted], done] = np.maximum(y, 0.0)[accepted]
        left = ~accepted
        flat, pattern, particle, third = flat[left], pattern[left], particle[left], third[left]


def _from_triangles(
    a: Array, values: Array, flat: IntArray, pattern: IntArray, particle: IntArray, rng: np.random.Generator
) -> None:
    """x = b_1 u_1 + b_2 u_2 + b_3 u_3 uniform in the flat triangle, kept with probability (distance / |x|)^3.

    The u_i are the corners of the cell, a_i.u_k = 0 for i != k; a uniform point of the flat triangle has a direction
    with density proportional to |x|^3 against the uniform one.
    """
    while len(flat):
        points = a[:, :, particle]
        corners = np.stack([_cross(points[i], points[k]) for i, k in ((1, 2), (2, 0), (0, 1))])
        det = determinant(points)
        fires = np.stack([pattern >> i & 1 for i in range(3)])
        lengths = np.stack([norm(corner) for corner in corners])
        corners *= ((2 * fires - 1) * np.sign(det) / lengths)[:, None]
        exponentials = rng.standard_exponential((3, len(flat)))
        b = exponentials / exponentials.sum(axis=0)
        distance = norm(b[0] * corners[0] + b[1] * corners[1] + b[2] * corners[2])
        accepted = rng.random(len(flat)) * distance**3 < _distance(corners) ** 3
        radius = np.sqrt(np.square(rng.standard_normal((3, len(flat)))).sum(axis=0))
        y = fires * (b * np.abs(det) / lengths * (radius / distance))
        values[:, flat[accepted]] = y[:, accepted]
        left = ~accepted
        flat, pattern, particle = flat[left], pattern[left], particle[left]


def _distance(corners: Array) -> Array:
    """A lower bound of the distance of 0 from flat triangles with these unit corners, shape (N,).

    Both the distance of the plane and the root of the smallest scalar product of corners are; rounding spoils the
    first in small triangles and the second in large ones.
    """
    u, v, w = corners
    smallest = np.minimum(np.minimum(_dot(u, v), _dot(u, w)), _dot(v, w))
    normal = _unit(_cross(v - u, w - u))
    return np.where(smallest > 0.25, np.sqrt(np.maximum(smallest, 0.25)), np.abs(_dot(normal, u)) * (1 - 2.0**-30))


def _cross(u: Array, v: Array) -> Array:
    (a, b, c), (x, y, z) = u, v
    return np.stack([b * z - c * y, c * x - a * z, a * y - b * x])


def _dot(u: Array, v: Array) -> Array:
    result: Array = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
    return result


def _unit(u: Array) -> Array:
    """u / |u|, and 0 for 0."""
    length = norm(u)
    result: Array = u / np.where(length > 0, length, 1.0)
    return result


FIRST, SECOND = np.array(PAIRS).T
