"""The spherical convex hull of finitely many rays, in exact rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

Row = tuple[Fraction, ...]


class NotPlanar(ValueError):
    """The hull of the rays has no boundary that is a single closed polygon, or it is not known how to find it."""


def polygon(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The corners of the convex hull of the rays through the rows, none of them 0, in cyclic order.

    Empty where no open half-space holds all rays. Done for at most 3 different rays, in the plane, and in three
    dimensions where one coordinate has the same sign on all rows.

    >>> half = Fraction(1, 2)
    >>> square = [(x, y, Fraction(1)) for x in (0, 1) for y in (0, 1)]
    >>> len(polygon([*square, (half, half, Fraction(1))]))
    4

    Raises
    ------
    NotPlanar
        For any other rows.
    """
    rays = _distinct(rows)
    if any(tuple(-v for v in ray) in rays for ray in rays):
        return ()
    if len(rays) <= 2:
        return tuple(rays)
    dimension = len(rays[0])
    if dimension == 2:
        return _ends(rays)
    if dimension == 3:
        for k in range(3):
            if all(ray[k] > 0 for ray in rays) or all(ray[k] < 0 for ray in rays):
                return _planar(rays, k)
    if len(rays) > 3:
        raise NotPlanar(f"{len(rays)} rays in dimension {dimension}")
    return _triangle(rays)


def inner(u: Row, v: Row) -> Fraction:
    """The scalar product."""
    return sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0))


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """One row of largest entry +-1 for each ray, in the order of first appearance."""
    scaled: dict[Row, None] = {}
    for row in rows:
        scale = max(map(abs, row))
        scaled[tuple(v / scale for v in row)] = None
    return list(scaled)


def _cross(o: Row, a: Row, b: Row) -> Fraction:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def _ends(rays: Sequence[Row]) -> tuple[Row, ...]:
    """The two rays in the plane between which all others lie; none are opposite."""
    origin = (Fraction(0), Fraction(0))
    right = [u for u in rays if all(_cross(origin, u, v) >= 0 for v in rays)]
    left = [u for u in rays if all(_cross(origin, u, v) <= 0 for v in rays)]
    return (right[0], left[0]) if right and left else ()


def _planar(rays: Sequence[Row], k: int) -> tuple[Row, ...]:
    """Central projection on a plane x_k = +-1 keeps hulls: Andrew's monotone chain there, without collinear points."""
    flat: dict[Row, Row] = {}
    for ray in rays:
        others = [ray[i] / abs(ray[k]) for i in range(3) if i != k]
        flat[tuple(others)] = ray
    points = sorted(flat)
    lower, upper = _chain(points), _chain(points[::-1])
    return tuple(flat[point] for point in (*lower[:-1], *upper[:-1]))


def _chain(points: Sequence[Row]) -> list[Row]:
    chain: list[Row] = []
    for point in points:
        while len(chain) > 1 and _cross(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _triangle(rays: Sequence[Row]) -> tuple[Row, ...]:
    """Three rays; where they lie in one plane, the two at the ends, or none if they surround 0."""
    gram = [[inner(u, v) for v in rays] for u in rays]
    for i, j in combinations(range(3), 2):
        k = 3 - i - j
        # v_k = alpha v_i + beta v_j, up to a part orthogonal to both, which are independent as they are not opposite
        determinant = gram[i][i] * gram[j][j] - gram[i][j] ** 2
        alpha = (gram[i][k] * gram[j][j] - gram[j][k] * gram[i][j]) / determinant
        beta = (gram[j][k] * gram[i][i] - gram[i][k] * gram[i][j]) / determinant
        if gram[k][k] != alpha * gram[i][k] + beta * gram[j][k]:
            return tuple(rays)
        if alpha >= 0 and beta >= 0:
            return (rays[i], rays[j])
    return ()
