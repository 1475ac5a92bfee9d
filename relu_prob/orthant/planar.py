"""Rays that span at most three dimensions: the polar cone is a half-line, a sector, or the cone of a polygon."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.orthant.angles import ROW_ERROR, angle, half_solid_angle
from relu_prob.orthant.result import OrthantProbability

Array = NDArray[np.float64]


def planar(rows: Array, inside: Array) -> OrthantProbability:
    """P(a_i . g <= 0 for all i) for unit rows of rank r <= 3 in R^r, in closed form.

    r = 1:  1/2,        r = 2:  (pi - angle between the outermost rays) / (2 pi),
    r = 3:  1/2 - (perimeter of the spherical convex hull) / (4 pi) = (solid angle of the polar cone) / (4 pi).

    Parameters
    ----------
    rows : shape (m, r), unit rows, pairwise different, held by an open half-space
    inside : shape (r,), a vector z with a_i . z < 0 for all i
    """
    rank = rows.shape[1]
    if rank == 1:
        return OrthantProbability(0.5, 0.0, Guarantee.EXACT, "one ray")
    if rank == 2:
        return _sector(rows, inside)
    corners = hull(rows, inside)
    perimeter = float(np.sum(angle(corners, np.roll(corners, -1, axis=0))))
    # a row that moves by delta changes the perimeter by at most 2 delta
    by_perimeter = (0.5 - perimeter / (4 * np.pi), (len(corners) + 1) * ROW_ERROR / (2 * np.pi))
    value, error = min(by_perimeter, _polar_polygon(corners), key=lambda found: found[1])
    return OrthantProbability(max(value, 0.0), error, Guarantee.NUMERICAL, "three dimensions")


def _sector(rows: Array, inside: Array) -> OrthantProbability:
    """The polar cone of the two rays that make the largest angle with the axis of the half-space, one on each side."""
    axis = -inside / np.linalg.norm(inside)
    turn = np.arctan2(axis[0] * rows[:, 1] - axis[1] * rows[:, 0], rows @ axis)
    first, last = rows[np.argmin(turn)], rows[np.argmax(turn)]
    return OrthantProbability(
        float(angle(first, -last)) / (2 * np.pi), ROW_ERROR / np.pi, Guarantee.NUMERICAL, "two dimensions"
    )


def hull(rows: Array, inside: Array) -> Array:
    """The corners of the convex hull of rays in R^3, counterclockwise around the axis of their half-space.

    The rays meet the plane at distance 1 along the axis in points, whose convex hull is found by a monotone chain.
    Rays that are almost in the hull of others may be taken for corners, which does not change its perimeter.

    Shapes: rows (m, 3), inside (3,) with rows @ inside < 0; the result (corners, 3).
    """
    axis = -inside / np.linalg.norm(inside)
    frame = np.linalg.svd(axis[None, :])[2]
    frame[0] = axis
    frame[2] = np.cross(axis, frame[1])
    heights = rows @ frame.T
    points = heights[:, 1:] / heights[:, :1]
    order = np.lexsort((points[:, 1], points[:, 0]))
    return rows[[*_chain(points, order)[:-1], *_chain(points, order[::-1])[:-1]]]


def _chain(points: Array, order: NDArray[np.intp]) -> list[int]:
    chain: list[int] = []
    for k in map(int, order):
        while len(chain) > 1:
            (ax, ay), (bx, by) = points[chain[-1]] - points[chain[-2]], points[k] - points[chain[-2]]
            if ax * by - ay * bx > 0:
                break
            chain.pop()
        chain.append(k)
    return chain


def _polar_polygon(corners: Array) -> tuple[float, float]:
    """(solid angle of the polar cone) / (4 pi), as a sum of positive terms, and a bound on its rounding error.

    The edges of the polar cone are the normals of neighbouring corners; the triangles from the first of them to the
    others fill it. The bound is the first-order change of atan2(S, C) for errors of the normals that those of the rows
    cause.
    """
    normals = np.cross(corners, np.roll(corners, -1, axis=0))
    lengths = np.linalg.norm(normals, axis=1)
    if len(corners) < 3 or not lengths.all():
        return 0.0, np.inf
    edges = normals / lengths[:, None]
    a, b, c = edges[:1], edges[1:-1], edges[2:]
    wrong = 2 * ROW_ERROR * (1 + 1 / lengths)
    wrong_sum = wrong[0] + wrong[1:-1] + wrong[2:]
    s, t = half_solid_angle(a, b, c)
    square = s**2 + t**2
    if not square.all():
        return 0.0, np.inf
    # a change of the normals by delta changes S by at most delta times the sides of the triangle
    sides = np.linalg.norm(b - a, axis=1) + np.linalg.norm(c - a, axis=1)
    error = (np.abs(t) * wrong_sum * sides + np.abs(s) * 2 * wrong_sum) / square
    return float(np.sum(np.arctan2(s, t))) / (2 * np.pi), float(np.sum(error)) / (2 * np.pi)
