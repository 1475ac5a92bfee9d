"""The spherical convex hull of finitely many rays that span at most three dimensions, in exact rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

Row = tuple[Fraction, ...]


class NotPlanar(ValueError):
    """The rays span more than three dimensions, so that the boundary of their hull is no polygon."""


def polygon(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The corners of the convex hull of the rays through the rows, none of them 0, in cyclic order.

    A single ray has one corner, rays in a plane have the two at the ends; there are none where no open half-space
    holds all rays.

    >>> half = Fraction(1, 2)
    >>> square = [(x, y, Fraction(1)) for x in (0, 1) for y in (0, 1)]
    >>> len(polygon([*square, (half, half, Fraction(1))]))
    4

    Raises
    ------
    NotPlanar
        Where the rows span more than three dimensions.
    """
    columns = _independent_columns(rows)
    rays = _distinct(rows)
    # these entries determine the others linearly, and a linear map keeps hulls
    short = {tuple(ray[k] for k in columns): ray for ray in rays}
    corners = (_of_line, _of_plane, _of_space)[len(columns) - 1](list(short))
    return tuple(short[corner] for corner in corners)


def _inner(u: Row, v: Row) -> Fraction:
    return sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0))


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """One row of largest entry +-1 for each ray, in the order of first appearance."""
    scaled: dict[Row, None] = {}
    for row in rows:
        scale = max(map(abs, row))
        scaled[tuple(v / scale for v in row)] = None
    return list(scaled)


def _independent_columns(rows: Sequence[Row]) -> list[int]:
    """Columns whose entries in a row determine the whole row: the pivots of Gaussian elimination."""
    basis: list[tuple[int, Row]] = []
    for row in rows:
        rest = row
        for k, pivot_row in basis:
            rest = tuple(a - rest[k] * b for a, b in zip(rest, pivot_row, strict=True))
        pivot = next((k for k, a in enumerate(rest) if a), None)
        if pivot is None:
            continue
        if len(basis) == 3:
            raise NotPlanar("the rays span more than three dimensions")
        basis.append((pivot, tuple(a / rest[pivot] for a in rest)))
    return [k for k, _ in basis]


def _of_line(rays: Sequence[Row]) -> Sequence[Row]:
    return rays if len(rays) == 1 else ()


def _of_plane(rays: Sequence[Row]) -> Sequence[Row]:
    """The two rays between which all others lie."""
    origin = (Fraction(0), Fraction(0))
    if any(tuple(-v for v in ray) in rays for ray in rays):
        return ()
    right = [u for u in rays if all(_turn(origin, u, v) >= 0 for v in rays)]
    left = [u for u in rays if all(_turn(origin, u, v) <= 0 for v in rays)]
    return (*right, *left)


def _of_space(rays: Sequence[Row]) -> Sequence[Row]:
    """Central projection on a plane keeps hulls: there, Andrew's monotone chain without collinear points."""
    functional = _positive_functional(rays)
    if functional is None:
        return ()
    k = next(k for k, a in enumerate(functional) if a)
    flat: dict[Row, Row] = {}
    for ray in rays:
        height = _inner(functional, ray)
        flat[tuple(ray[i] / height for i in range(3) if i != k)] = ray
    points = sorted(flat)
    around = (*_chain(points)[:-1], *_chain(points[::-1])[:-1])
    return [flat[point] for point in around]


def _positive_functional(rays: Sequence[Row]) -> Row | None:
    """A vector whose scalar product with every ray is positive, or None where there is none.

    If there is one, those that are not negative form a cone with interior; its edges are orthogonal to two of the rays,
    and the sum of its edges lies in the interior.
    """
    axes = [tuple(Fraction(sign * (i == k)) for i in range(3)) for k in range(3) for sign in (1, -1)]
    for axis in axes:
        if all(_inner(axis, ray) > 0 for ray in rays):
            return axis
    total: Row = (Fraction(0),) * 3
    for u, v in combinations(rays, 2):
        cross = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
        for normal in (cross, tuple(-a for a in cross)):
            if all(_inner(normal, ray) >= 0 for ray in rays):
                total = tuple(a + b for a, b in zip(total, normal, strict=True))
    return total if all(_inner(total, ray) > 0 for ray in rays) else None


def _turn(o: Row, a: Row, b: Row) -> Fraction:
    """Positive where the path o, a, b turns left."""
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def _chain(points: Sequence[Row]) -> list[Row]:
    chain: list[Row] = []
    for point in points:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain
