"""Whether a given number of ReLU units can interpolate points: all that functions can be like, from point to point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from flint import fmpq

from relu_prob.interpolation.breakpoints import ALL, Point, sweep
from relu_prob.interpolation.gaps import NEGATIVE, POSITIVE, past
from relu_prob.interpolation.interpolant import Interpolant, Unit, assembled, left, right
from relu_prob.interpolation.line_sets import CONSTANT, NOTHING, PLANE, Line, LineSet, span
from relu_prob.interpolation.path import common, units_of
from relu_prob.interpolation.reached import Reached


class Truncated(Exception):
    """There were more sets of functions than the search was allowed to keep, and none of those kept interpolates."""


def interpolate(points: Sequence[Point], units: int, output_bias: bool, limit: int) -> Interpolant | None:
    """A network with at most so many units through the points, None if there is none.

    At most one of the units has its breakpoint outside of the points, so ``units`` must be at most one more than the
    fewest breakpoints of a piecewise-linear function through them.

    Raises
    ------
    Truncated
        Where more than ``limit`` sets of functions have to be kept at a point, and nothing is found among the first.
    """
    to_come = sweep([(-x, y) for x, y in reversed(points)])[::-1]
    reached = [r for r in _starts(points[0], output_bias) if r.units + to_come[0] <= units]
    complete = True
    for point, fewest in zip(points[1:], to_come[1:], strict=True):
        reached = _essential([new for r in reached for new in past(r, point) if new.units + fewest <= units])
        if len(reached) > limit:
            complete, reached = False, sorted(reached, key=lambda r: (r.lines != PLANE, r.units))[:limit]
    for r in reached:
        ground = _last_ground(r, units)
        if ground is not None:
            inner, rise = units_of(r, ground, points)
            return _network([*inner, *_outside_unit(ground, -1)], rise, points[0], output_bias)
    if not complete:
        raise Truncated
    return None


def _starts(first: Point, output_bias: bool) -> Iterator[Reached]:
    """No rise, or a constant one with an output bias; or that of one unit with its breakpoint left of the points."""
    constant = [(CONSTANT, ALL)] if output_bias else []
    for units, cones in ((0, [span()]), (1, _outside(first, 1))):
        for cone in cones:
            yield Reached("rise", ALL, cone + span(*constant), units, first, fmpq(0), None)


def _outside(point: Point, side: int) -> list[LineSet]:
    """The lines without a zero on the inner side of an end point: two cones."""
    turning, up = (fmpq(1), -point[0]), (fmpq(0), fmpq(side))
    return [span((turning, sign), (up, sign)) for sign in (POSITIVE, NEGATIVE)]


def _last_ground(last: Reached, units: int) -> Line | None:
    """What the ground can be at the right end: nothing, or that of one unit with its breakpoint beyond."""
    ground = last.ground(last.slopes)
    if NOTHING in ground:
        return NOTHING
    cones = _outside(last.point, -1) if last.units < units else []
    return next((line for cone in cones if (line := common(ground, cone)) is not None), None)


def _network(units: list[Unit], rise: Line, first: Point, output_bias: bool) -> Interpolant:
    bias = fmpq(0)
    if output_bias:  # takes all that is not due to a slope with its zero at the first point
        bias = rise[1] + rise[0] * first[0]
        rise = (rise[0], rise[1] - bias)
    return assembled([*units, *_outside_unit(rise, 1)], bias)


def _outside_unit(line: Line, side: int) -> Iterator[Unit]:
    """The unit that is a line on all points, with its breakpoint left of them (side 1) or right of them (-1)."""
    slope, value = line
    if slope:
        yield right(-value / slope, slope) if side > 0 else left(-value / slope, -slope)
    elif value:
        yield (fmpq(0), fmpq(1), value)


def _essential(reached: list[Reached]) -> list[Reached]:
    """Without those that others cover."""
    result: list[Reached] = []
    # flat sets (points, lines, the plane) are many where data leave no freedom; of two with the same dimension one can
    # only cover the other if they are equal
    alike: dict[tuple[object, ...], list[Reached]] = defaultdict(list)
    flats: list[list[Reached]] = [[], [], []]
    others: list[Reached] = []
    # sets that are likely to cover others come first
    for r in sorted(reached, key=lambda r: (r.units, -len(r.lines.parts), r.slopes != ALL)):
        flat, dimension = r.lines.flat, len(r.lines.parts)
        larger = [rival for rivals in flats[dimension + flat :] for rival in rivals]
        rivals = [*alike[r.form, r.lines], *larger, *others]
        if any(rival.covers(r) for rival in rivals):
            continue
        result.append(r)
        if flat:
            flats[dimension].append(r)
            alike[r.form, r.lines].append(r)
        else:
            others.append(r)
    return result
