"""What units with breakpoints in one gap do: all ways past the gap between two neighbouring points.

Units that fire to the right add a line to the rise, those that fire to the left add one to the ground. One unit
adds a line with its zero in the gap, two units any line. If the line through point a with slope s becomes one through
point b with slope s', the two changes add up to a line that at a is h (c - s') and at b is h (c - s), with h the length
of the gap and c the slope of the chord.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from relu_prob.interpolation.breakpoints import ALL, Interval, Point, chord
from relu_prob.interpolation.line_sets import LineSet, span, through
from relu_prob.interpolation.reached import Kept, Reached, Step

POSITIVE = Interval(fmpq(0), None)
NEGATIVE = Interval(None, fmpq(0))


def bend(a: Point, b: Point, rising: bool) -> LineSet:
    """The lines with their zero between two points, rising or falling."""
    sign = POSITIVE if rising else NEGATIVE
    return span(((fmpq(1), -a[0]), sign), ((fmpq(1), -b[0]), sign))


def past(r: Reached, b: Point) -> Iterator[Reached]:
    """Everything that functions can be like at the next point, with up to three units in the gap."""
    a, slope = r.point, chord(r.point, b)
    straight = Interval(slope, slope)
    halves = [Interval(slope, None), Interval(None, slope)]

    def reached(kept: Kept, slopes: Interval, lines: LineSet, more: int, step: Step) -> Reached:
        return Reached(kept, slopes, lines, r.units + more, b, slope, step)

    if r.slopes.contains(slope):
        yield reached("ground", straight, r.ground(straight), 0, Step(r, straight))
    line = LineSet(through(a, slope))
    for before in halves:
        s = r.slopes.meet(before)
        if s is None:
            continue
        ground, rise, plain = r.ground(s), r.rise(s), Step(r, s)
        for after in halves:
            bent = bend(a, b, rising=after.low is None)
            if after != before:
                yield reached("ground", after, ground, 1, plain)
                yield reached("rise", after, rise, 1, plain)
                yield reached("split", after, r.spread(s, slope), 2, plain)
                yield reached("ground", after, ground + bent, 2, Step(r, s, bent=bent))
                yield reached("rise", after, rise + bent, 2, Step(r, s, bent=bent))
            else:
                yield reached("ground", after, line - rise + bent, 2, Step(r, s, True, bent))
                yield reached("rise", after, line - ground + bent, 2, Step(r, s, True, bent))
    ground, rise, plain = r.ground(r.slopes), r.rise(r.slopes), Step(r, r.slopes)
    yield reached("ground", ALL, ground, 2, plain)
    yield reached("rise", ALL, rise, 2, plain)
    for rising in (True, False):
        bent = bend(a, b, rising)
        yield reached("ground", ALL, ground + bent, 3, Step(r, r.slopes, bent=bent))
        yield reached("rise", ALL, rise + bent, 3, Step(r, r.slopes, bent=bent))
