"""Whether a given number of ReLU units can interpolate points, by carrying everything that is reachable past them.

The function is followed from left to right. On the piece after a point it is a straight line; that line is the sum of
the *rise*, what the units passed so far that fire to the right add up to, and the *ground*, what the units still to
come that fire to the left add up to. A breakpoint of a unit that fires to the right leaves the ground as it is, one of
a unit that fires to the left the rise. At the left end there is no rise, at the right end no ground.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from flint import fmpq

from relu_prob.interpolation.breakpoints import ALL, Interval, Point, chord, sweep
from relu_prob.interpolation.interpolant import Interpolant, Unit, assembled, left, right
from relu_prob.interpolation.line_sets import CONSTANT, NOTHING, PLANE, Line, LineSet, pencil, through

Kept = Literal["ground", "rise"]
Event = Literal["start", "straight", "at point", "between"]

POSITIVE = Interval(fmpq(0), None)
NEGATIVE = Interval(None, fmpq(0))


@dataclass(frozen=True)
class Reached:
    """Functions on the points up to one: the slopes they leave it with, and the lines that ground (or rise) can be.

    Every slope in ``slopes`` goes with every line in ``lines``. ``units`` have been used, the last one in ``event``.
    """

    kept: Kept
    slopes: Interval
    lines: LineSet
    units: int
    at: int
    event: Event
    parent: Reached | None

    def other(self, point: Point, slopes: Interval) -> LineSet:
        """What the other of ground and rise can be, for the slopes in an interval."""
        return pencil(point, slopes) - self.lines

    def covers(self, other: Reached) -> bool:
        """Whether everything that the other one can become, this can with no more units."""
        return (
            self.kept == other.kept
            and self.units <= other.units
            and self.slopes.meet(other.slopes) == other.slopes
            and other.lines.inside(self.lines)
        )


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
    for i, point in enumerate(points):
        if i:
            reached = list(_past_gap(reached, points[i - 1], point))
            reached = _essential([r for r in reached if r.units + to_come[i] <= units])
        if 0 < i < len(points) - 1:
            for _ in range(2):  # one unit that fires to the right and one to the left
                more = [new for r in reached if r.units + 1 + to_come[i] <= units for new in _at_point(r, point)]
                reached = _essential([*reached, *more])
        if len(reached) > limit:
            complete, reached = False, sorted(reached, key=lambda r: (r.lines != PLANE, r.units))[:limit]
    for r in reached:
        found = _finished(r, points, units, output_bias)
        if found is not None:
            return found
    if not complete:
        raise Truncated
    return None


def _starts(first: Point, output_bias: bool) -> Iterator[Reached]:
    """No rise, or a constant one with an output bias; or that of one unit with its breakpoint left of the points."""
    constant = [(CONSTANT, ALL)] if output_bias else []
    yield Reached("rise", ALL, LineSet.of(NOTHING, constant), 0, 0, "start", None)
    for cone in _outside(first, 1):
        yield Reached("rise", ALL, LineSet.of(NOTHING, [*cone, *constant]), 1, 0, "start", None)


def _outside(point: Point, side: int) -> list[list[tuple[Line, Interval]]]:
    """The lines without a zero on the inner side of an end point: two cones, and what bounds them."""
    turning = (fmpq(1), -point[0])
    up = (fmpq(0), fmpq(side))
    return [
        [(turning, POSITIVE), (up, POSITIVE)],
        [(turning, NEGATIVE), (up, NEGATIVE)],
        [(turning, ALL)],
        [(up, ALL)],
    ]


def _past_gap(reached: Iterable[Reached], a: Point, b: Point) -> Iterator[Reached]:
    """To the next point: straight, or with one breakpoint between, from one side of the chord's slope to the other."""
    slope = chord(a, b)
    straight = Interval(slope, slope)
    sides = (Interval(slope, None), Interval(None, slope))
    for r in reached:
        if r.slopes.contains(slope):
            ground = r.lines if r.kept == "ground" else r.other(a, straight)
            yield Reached("ground", straight, ground, r.units, r.at + 1, "straight", r)
        for before, after in (sides, sides[::-1]):
            slopes = r.slopes.meet(before)
            if slopes is not None:
                yield Reached(r.kept, after, r.lines, r.units + 1, r.at + 1, "between", r)
                yield Reached(_swapped(r.kept), after, r.other(a, slopes), r.units + 1, r.at + 1, "between", r)


def _at_point(r: Reached, point: Point) -> Iterator[Reached]:
    """A breakpoint at the point."""
    yield Reached(r.kept, ALL, r.lines, r.units + 1, r.at, "at point", r)
    yield Reached(_swapped(r.kept), ALL, r.other(point, r.slopes), r.units + 1, r.at, "at point", r)


def _swapped(kept: Kept) -> Kept:
    return "rise" if kept == "ground" else "ground"


def _essential(reached: list[Reached]) -> list[Reached]:
    """Without those that others cover."""
    result: list[Reached] = []
    # flat sets (points, lines, the plane) are many where data leave no freedom; of two with the same dimension one can
    # only cover the other if they are equal
    alike: dict[tuple[Kept, LineSet], list[Reached]] = defaultdict(list)
    flats: list[list[Reached]] = [[], [], []]
    others: list[Reached] = []
    # sets that are likely to cover others come first
    for r in sorted(reached, key=lambda r: (r.units, -len(r.lines.parts), r.slopes != ALL)):
        flat, dimension = r.lines.flat, len(r.lines.parts)
        larger = [rival for rivals in flats[dimension + flat :] for rival in rivals]
        rivals = [*alike[r.kept, r.lines], *larger, *others]
        if any(rival.covers(r) for rival in rivals):
            continue
        result.append(r)
        if flat:
            flats[dimension].append(r)
            alike[r.kept, r.lines].append(r)
        else:
            others.append(r)
    return result


def _finished(last: Reached, points: Sequence[Point], units: int, output_bias: bool) -> Interpolant | None:
    """The network, if the ground can be nothing at the right end, or that of one unit with its breakpoint beyond it."""
    ground = last.lines if last.kept == "ground" else last.other(points[-1], last.slopes)
    if NOTHING in ground:
        return _network(last, NOTHING, points, output_bias)
    if last.units == units:
        return None
    for cone in _outside(points[-1], -1):
        line = _common(ground, cone)
        if line is not None:
            return _network(last, line, points, output_bias)
    return None


def _common(lines: LineSet, cone: list[tuple[Line, Interval]]) -> Line | None:
    """A line in both sets."""
    line = NOTHING
    for k, (u, interval) in enumerate(cone):
        later = -LineSet.of(NOTHING, cone[k + 1 :])
        found = (lines + later).along(line, u)
        t = found and found.meet(interval)
        if t is None:
            return None
        line = (line[0] + t.simple() * u[0], line[1] + t.simple() * u[1])
    return line


def _network(last: Reached, ground: Line, points: Sequence[Point], output_bias: bool) -> Interpolant:
    """Back from the right end: choose a slope at every step, and read off the units."""
    units = list(_beyond(ground, -1))
    known, value = last, ground
    slope = _slope(known, "ground", value, points[-1], known.slopes)
    if known.kept == "rise":
        value = _difference(through(points[-1], slope), value)
    while known.parent is not None:
        parent, point = known.parent, points[known.parent.at]
        if known.event == "straight":
            before = slope
        else:
            slopes = parent.slopes
            if known.event == "between":
                steep = chord(point, points[known.at])
                slopes = _met(slopes, Interval(steep, None) if slope < steep else Interval(None, steep))
            before = _slope(parent, known.kept, value, point, slopes)
            a, b = through(point, before), through(points[known.at], slope)
            change = slope - before
            at = point[0] if known.event == "at point" else (a[1] - b[1]) / change
            units.append((right if known.kept == "ground" else left)(at, change))
        if parent.kept != known.kept:
            value = _difference(through(point, before), value)
        known, slope = parent, before
    bias = fmpq(0)
    if output_bias:  # takes all that is not due to a slope with its zero at the first point
        bias = value[1] + value[0] * points[0][0]
        value = (value[0], value[1] - bias)
    return assembled([*units, *_beyond(value, 1)], bias)


def _beyond(line: Line, side: int) -> Iterator[Unit]:
    """The unit that is a line on all points, with its breakpoint left of them (side 1) or right of them (-1)."""
    slope, value = line
    if slope:
        yield right(-value / slope, slope) if side > 0 else left(-value / slope, -slope)
    elif value:
        yield (fmpq(0), fmpq(1), value)


def _slope(r: Reached, kept: Kept, value: Line, point: Point, slopes: Interval) -> fmpq:
    """A slope that goes with a line, given as ground or as rise."""
    if kept == r.kept:
        return slopes.simple()
    # the lines through the point, minus the value
    found = r.lines.along(_difference((fmpq(0), point[1]), value), (fmpq(1), -point[0]))
    assert found is not None
    return _met(found, slopes).simple()


def _met(a: Interval, b: Interval) -> Interval:
    both = a.meet(b)
    assert both is not None
    return both


def _difference(a: Line, b: Line) -> Line:
    return (a[0] - b[0], a[1] - b[1])
