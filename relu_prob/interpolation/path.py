"""From a set of functions that was reached back to one of them: the slopes and grounds along it, and its units.

Going back over a gap, slope and ground after it are known and those before it are chosen, one number at a time: a
number is chosen from the interval of those for which what is left is in the set it has to be in.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpq

from relu_prob.interpolation.breakpoints import Interval, Point
from relu_prob.interpolation.interpolant import Unit, left, right
from relu_prob.interpolation.line_sets import Direction, Line, LineSet, span, through
from relu_prob.interpolation.reached import Reached, Step, difference, negative, parts, parts_of, shifted

Place = tuple[fmpq, Line]  # the slope with which a function leaves a point, and the ground there


def units_of(last: Reached, ground: Line, points: Sequence[Point]) -> tuple[list[Unit], Line]:
    """The units with breakpoints between the points, and the rise at the first point."""
    units: list[Unit] = []
    slope = slope_with_ground(last, ground, last.slopes)
    r = last
    while r.step is not None:
        before, ground_before = _back(r, r.step, (slope, ground))
        a, b = r.step.parent.point, r.point
        grown = difference(ground, ground_before)
        whole = difference(through(b, slope), through(a, before))
        units += [right(*knot) for knot in _knots(difference(whole, grown), a, b)]
        units += [left(*knot) for knot in _knots(grown, a, b)]
        r, slope, ground = r.step.parent, before, ground_before
    return units, difference(through(points[0], slope), ground)


def slope_with_ground(r: Reached, ground: Line, slopes: Interval) -> fmpq:
    """A slope that goes with a ground."""
    if r.kept == "ground":
        return slopes.simple()
    if r.kept == "rise":
        return _choice(r.lines, difference(through(r.point, fmpq(0)), ground), r.turning, slopes)
    t = _choice(r.lines, ground, _minus(r.turning), parts(shifted(slopes, -r.chord)))
    return _beyond(slopes, r.chord, t)


def slope_with_rise(r: Reached, rise: Line, slopes: Interval) -> fmpq:
    """A slope that goes with a rise."""
    if r.kept == "rise":
        return slopes.simple()
    if r.kept == "ground":
        return _choice(r.lines, difference(through(r.point, fmpq(0)), rise), r.turning, slopes)
    origin = difference(through(r.point, r.chord), rise)
    return _beyond(slopes, r.chord, _choice(r.lines, origin, r.turning, parts(shifted(slopes, -r.chord))))


def common(lines: LineSet, other: LineSet) -> Line | None:
    """A line in both sets, the second a sum of multiples of lines."""
    line = other.base
    for k, (u, interval) in enumerate(other.parts):
        found = (lines - span(*other.parts[k + 1 :])).along(line, u)
        t = found and found.meet(interval)
        if t is None:
            return None
        line = _moved(line, u, t.simple())
    return line if line in lines else None


def _back(r: Reached, step: Step, place: Place) -> Place:
    """Slope and ground before the gap."""
    slope, ground = place
    if r.kept == "split":
        return _back_split(r, step, place)
    value = ground if r.kept == "ground" else difference(through(r.point, slope), ground)
    kept, parent = r.kept, step.parent
    if step.bent is not None:
        chord = LineSet(through(parent.point, r.chord))
        same, other = (parent.ground, parent.rise) if kept == "ground" else (parent.rise, parent.ground)
        origin = chord - other(step.before) if step.mirrored else same(step.before)
        added = common(LineSet(value) - origin, step.bent)
        assert added is not None
        value = difference(value, added)
    if step.mirrored:
        value = difference(through(parent.point, r.chord), value)
        kept = "rise" if kept == "ground" else "ground"
    if kept == "ground":
        return slope_with_ground(parent, value, step.before), value
    before = slope_with_rise(parent, value, step.before)
    return before, difference(through(parent.point, before), value)


def _back_split(r: Reached, step: Step, place: Place) -> Place:
    """Before a gap in which one change of slope was shared out between two units."""
    slope, ground = place
    t = _choice(r.lines, ground, _minus(r.turning), parts(Interval(slope - r.chord, slope - r.chord)))
    spread = _moved(ground, r.turning, -t)
    parent, slopes = step.parent, step.before
    turning = parent.turning
    if parent.kept == "ground":
        v = _choice(parent.lines, spread, _minus(turning), parts(negative(shifted(slopes, -r.chord))))
        return _beyond(slopes, r.chord, -v), _moved(spread, turning, -v)
    if parent.kept == "rise":
        origin = difference(through(parent.point, r.chord), spread)
        v = _choice(parent.lines, origin, turning, parts(shifted(slopes, -r.chord)))
        before = _beyond(slopes, r.chord, v)
        return before, difference(through(parent.point, before), _moved(origin, turning, v))
    v = _choice(parent.lines, spread, _minus(turning), parent.reach(slopes, r.chord))
    before = _reaching(parent, slopes, r.chord, v)
    own, rest = parts_of(before - parent.chord), parts_of(r.chord - before)
    share = Interval(*own).meet(Interval(v - rest[1], v - rest[0]))
    assert share is not None
    return before, _moved(spread, turning, share.simple() - v)


def _reaching(r: Reached, slopes: Interval, chord: fmpq, v: fmpq) -> fmpq:
    """A slope s for which v is a sum of parts of s - own chord and of chord - s, in a split set."""
    ends = sorted((r.chord + v, chord - v))
    sides = (r.chord, chord)
    if all(slopes.low is not None and slopes.low >= side for side in sides):
        return _met(slopes, Interval(ends[1], None)).simple()
    if all(slopes.high is not None and slopes.high <= side for side in sides):
        return _met(slopes, Interval(None, ends[0])).simple()
    return slopes.simple()


def _knots(line: Line, a: Point, b: Point) -> list[tuple[fmpq, fmpq]]:
    """A line as a sum of changes of slope in a gap, at most one where its zero is there: pairs of place and change."""
    slope, value = line
    if slope and a[0] <= -value / slope <= b[0]:
        return [(-value / slope, slope)]
    # those at the two ends: the one at a decides the value at b, and the other way round
    width = b[0] - a[0]
    changes = [(a[0], (slope * b[0] + value) / width), (b[0], -(slope * a[0] + value) / width)]
    return [knot for knot in changes if knot[1]]


def _choice(lines: LineSet, origin: Line, u: Direction, among: Interval) -> fmpq:
    """A number t of an interval with origin + t u in the set; there is one."""
    found = lines.along(origin, u)
    assert found is not None
    return _met(found, among).simple()


def _beyond(slopes: Interval, chord: fmpq, change: fmpq) -> fmpq:
    """A slope in the interval, of which ``change`` is a part of the way from the chord's slope."""
    if change > 0:
        return _met(slopes, Interval(chord + change, None)).simple()
    return _met(slopes, Interval(None, chord + change)).simple() if change < 0 else slopes.simple()


def _met(a: Interval, b: Interval) -> Interval:
    both = a.meet(b)
    assert both is not None
    return both


def _minus(u: Direction) -> Direction:
    return (-u[0], -u[1])


def _moved(line: Line, u: Direction, t: fmpq) -> Line:
    return (line[0] + t * u[0], line[1] + t * u[1])
