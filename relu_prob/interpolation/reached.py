"""What functions through the first points can be like where they leave the last of them.

On the piece after a point the function is a straight line of slope s. That line is the sum of the *rise*, what the
units passed so far that fire to the right add up to, and the *ground*, what the units still to come that fire to the
left add up to. A set of such functions is a set of pairs (s, ground).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flint import fmpq

from relu_prob.interpolation.breakpoints import ALL, Interval, Point
from relu_prob.interpolation.line_sets import PLANE, Direction, Line, LineSet, pencil, span, through

Kept = Literal["ground", "rise", "split"]


@dataclass(frozen=True)
class Step:
    """How a set came about in the gap before its point, from functions whose slopes before it were in ``before``.

    The ground (or rise) of the set is the one before the gap; or, where ``mirrored``, the chord's line minus the rise
    (or ground) before it; plus a line in ``bent``, where there is one. For split sets see ``Reached.spread``.
    """

    parent: Reached
    before: Interval
    mirrored: bool = False
    bent: LineSet | None = None


@dataclass(frozen=True)
class Reached:
    """Pairs of a slope s in ``slopes`` at ``point`` and a ground, after ``units`` units, in one of three forms.

    - *ground*: the ground is in ``lines``, whatever s is;
    - *rise*: the rise is in ``lines``, whatever s is;
    - *split*: the ground is a line in ``lines`` plus any part of what turns a line of slope ``chord`` through the point
      into one of slope s; ``slopes`` then lies on one side of ``chord``.
    """

    kept: Kept
    slopes: Interval
    lines: LineSet
    units: int
    point: Point
    chord: fmpq
    step: Step | None

    @property
    def turning(self) -> Direction:
        """The direction in which a line turns about the point."""
        return (fmpq(1), -self.point[0])

    @property
    def form(self) -> tuple[object, ...]:
        """What two sets must have in common so that one can cover the other."""
        if self.lines == PLANE:
            return ("plane",)
        return ("split", self.chord) if self.kept == "split" else (self.kept,)

    def ground(self, slopes: Interval) -> LineSet:
        """All grounds that go with a slope in an interval."""
        if self.kept == "ground":
            return self.lines
        if self.kept == "rise":
            return pencil(self.point, slopes) - self.lines
        return self.lines + span((self.turning, parts(shifted(slopes, -self.chord))))

    def rise(self, slopes: Interval) -> LineSet:
        """All rises that go with a slope in an interval."""
        if self.kept == "ground":
            return pencil(self.point, slopes) - self.lines
        if self.kept == "rise":
            return self.lines
        turned = span((self.turning, parts(shifted(slopes, -self.chord))))
        return LineSet(through(self.point, self.chord)) - self.lines + turned

    def spread(self, slopes: Interval, chord: fmpq) -> LineSet:
        """All grounds plus any part of what turns the line of slope s into one of slope ``chord``."""
        if self.kept == "ground":
            return self.lines + span((self.turning, parts(negative(shifted(slopes, -chord)))))
        if self.kept == "rise":
            turned = span((self.turning, parts(shifted(slopes, -chord))))
            return LineSet(through(self.point, chord)) - self.lines + turned
        return self.lines + span((self.turning, self.reach(slopes, chord)))

    def reach(self, slopes: Interval, chord: fmpq) -> Interval:
        """For a split set the numbers l (s - own chord) + k (chord - s) with l, k in [0, 1] and s in the interval."""
        if slopes.low is None or slopes.high is None:
            return ALL
        ends = [(parts_of(s - self.chord), parts_of(chord - s)) for s in (slopes.low, slopes.high)]
        return Interval(min(a[0] + b[0] for a, b in ends), max(a[1] + b[1] for a, b in ends))

    def covers(self, other: Reached) -> bool:
        """Whether everything that the other one can become, this can with no more units."""
        return (
            self.units <= other.units
            and self.slopes.meet(other.slopes) == other.slopes
            and (self.lines == PLANE or (self.form == other.form and other.lines.inside(self.lines)))
        )


def shifted(slopes: Interval, by: fmpq) -> Interval:
    """The interval moved."""
    return Interval(*(None if end is None else end + by for end in slopes))


def negative(slopes: Interval) -> Interval:
    """The interval reflected in 0."""
    return Interval(*(None if end is None else -end for end in (slopes.high, slopes.low)))


def parts(changes: Interval) -> Interval:
    """All parts l t, l in [0, 1], of the numbers t in an interval."""
    low = None if changes.low is None else min(changes.low, fmpq(0))
    high = None if changes.high is None else max(changes.high, fmpq(0))
    return Interval(low, high)


def parts_of(change: fmpq) -> tuple[fmpq, fmpq]:
    """The least and the greatest part of a number."""
    return (min(change, fmpq(0)), max(change, fmpq(0)))


def difference(a: Line, b: Line) -> Line:
    """One line minus another."""
    return (a[0] - b[0], a[1] - b[1])
