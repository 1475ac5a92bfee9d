"""The fewest breakpoints of a continuous piecewise-linear function through points: one sweep, in rationals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from flint import fmpq

Point = tuple[fmpq, fmpq]


class Interval(NamedTuple):
    """The closed interval [low, high] of slopes, None for infinite.

    >>> Interval(None, None).contains(fmpq(3)), Interval(fmpq(1), fmpq(1)).contains(fmpq(1))
    (True, True)
    """

    low: fmpq | None
    high: fmpq | None

    def contains(self, value: fmpq) -> bool:
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def meet(self, other: Interval) -> Interval | None:
        """The intersection, None where it is empty."""
        lows = [x for x in (self.low, other.low) if x is not None]
        highs = [x for x in (self.high, other.high) if x is not None]
        low, high = max(lows, default=None), min(highs, default=None)
        return Interval(low, high) if low is None or high is None or low <= high else None

    def simple(self) -> fmpq:
        """The element with the smallest denominator, so that numbers stay short."""
        if self.contains(fmpq(0)):
            return fmpq(0)
        if self.low is not None and self.low > 0:
            return _simplest(self.low, self.high)
        assert self.high is not None
        return -_simplest(-self.high, None if self.low is None else -self.low)


ALL = Interval(None, None)


def chord(a: Point, b: Point) -> fmpq:
    """The slope of the line through two points."""
    return (b[1] - a[1]) / (b[0] - a[0])


def sweep(points: Sequence[Point]) -> list[int]:
    """For each of the sorted points the fewest breakpoints left of it, of a function through all points up to it.

    The slopes with which such a function can leave the point are all reals, or one slope and up to two half-lines that
    end there; with one breakpoint more (at the point) they are all reals.

    >>> sweep([(fmpq(x), fmpq(y)) for x, y in ((0, 0), (1, 1), (2, 0), (3, 1), (4, 0))])
    [0, 0, 1, 2, 3]
    """
    fewest = [0]
    slopes = [ALL]
    for a, b in pairwise(points):
        slope = chord(a, b)
        straight = Interval(slope, slope)
        above, below = Interval(slope, None), Interval(None, slope)
        if any(part.contains(slope) for part in slopes):
            fewest.append(fewest[-1])
            slopes = [straight]
        else:
            # a breakpoint between the points leads from one side of the chord's slope to the other
            fewest.append(fewest[-1] + 1)
            crossed = [to for by, to in ((above, below), (below, above)) if any(part.meet(by) for part in slopes)]
            slopes = [straight, *crossed]
    return fewest


def _simplest(low: fmpq, high: fmpq | None) -> fmpq:
    """The fraction of smallest denominator in [low, high], 0 < low, by their common continued fraction."""
    if low == high:
        return low
    before, last = (fmpq(0), fmpq(1)), (fmpq(1), fmpq(0))  # numerators and denominators of convergents
    while True:
        whole = fmpq(low.floor())
        above = high is None or whole + 1 <= high
        digit = whole + 1 if above and low != whole else whole
        before, last = last, (digit * last[0] + before[0], digit * last[1] + before[1])
        if high is None or above or low == whole:
            return last[0] / last[1]
        low, high = 1 / (high - whole), 1 / (low - whole)
