"""Convex sets of straight lines, in rationals: sums of segments, rays and lines in the plane.

A straight line a x + b is the point (a, b) of a plane. The lines through a data point with slopes in an interval are a
segment there, and everything that sums and differences of such families can reach is a sum of segments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from flint import fmpq

from relu_prob.interpolation.breakpoints import ALL, Interval, Point

Line = tuple[fmpq, fmpq]
Direction = tuple[fmpq, fmpq]
Part = tuple[Direction, Interval]

NOTHING: Line = (fmpq(0), fmpq(0))
CONSTANT: Direction = (fmpq(0), fmpq(1))


@dataclass(frozen=True)
class LineSet:
    """``{base + sum_j t_j u_j : t_j in [low_j, high_j]}``, in a normal form: no two of the u_j are parallel.

    Intervals start at 0 where they are bounded on one side at least, and where one of them is all of R there is at most
    one other, along an axis.
    """

    base: Line
    parts: tuple[Part, ...] = ()

    @staticmethod
    def of(base: Line, parts: Iterable[Part]) -> LineSet:
        """The set, in normal form."""
        merged: list[Part] = []
        for u, interval in parts:
            unit, scale = _unit(u)
            _merge(merged, unit, _times(interval, scale))
        free = [u for u, interval in merged if interval == ALL]
        if len(free) >= 2:
            return PLANE
        if free:
            (u,) = free
            # modulo multiples of u everything is a multiple of an axis
            axis = CONSTANT if u[0] else (fmpq(1), fmpq(0))
            across: list[Part] = []
            for v, interval in merged:
                if v != u:
                    _merge(across, axis, _times(interval, _cross(u, v) / _cross(u, axis)))
            if any(interval == ALL for _, interval in across):
                return PLANE
            base = _shifted(NOTHING, axis, _cross(u, base) / _cross(u, axis))
            merged = [(u, ALL), *across]
        spread = []
        for u, interval in merged:
            origin = interval.low if interval.low is not None else interval.high
            if origin is not None:
                base = _shifted(base, u, origin)
                interval = _plus(interval, _point(-origin))
            if interval != _point(fmpq(0)):
                spread.append((u, interval))
        return LineSet(base, tuple(sorted(spread)))

    def __neg__(self) -> LineSet:
        minus = fmpq(-1)
        return LineSet.of(_scaled(self.base, minus), [(_scaled(u, minus), interval) for u, interval in self.parts])

    def __add__(self, other: LineSet) -> LineSet:
        return LineSet.of(_shifted(self.base, other.base, fmpq(1)), [*self.parts, *other.parts])

    def __sub__(self, other: LineSet) -> LineSet:
        return self + -other

    @cached_property
    def flat(self) -> bool:
        """Whether it is a point, a straight line or the plane."""
        return all(interval == ALL for _, interval in self.parts)

    def along(self, origin: Line, u: Direction) -> Interval | None:
        """All t with ``origin + t u`` in the set; None where there are none."""
        if len(self.parts) >= 2:
            return self._along_plane(origin, u)
        gap = _shifted(origin, self.base, fmpq(-1))
        direction, interval = self.parts[0] if self.parts else (u, Interval(fmpq(0), fmpq(0)))
        turn = _cross(direction, u)
        if turn:
            t = -_cross(direction, gap) / turn
            place = _ratio(_shifted(gap, u, t), direction)
            return Interval(t, t) if interval.contains(place) else None
        if _cross(direction, gap):
            return None
        return _times(_plus(interval, _point(-_ratio(gap, direction))), 1 / _ratio(u, direction))

    def _along_plane(self, origin: Line, u: Direction) -> Interval | None:
        result: Interval | None = ALL
        for normal, bound in self._sides:
            speed, room = _dot(normal, u), bound - _dot(normal, origin)
            if speed == 0:
                if room < 0:
                    return None
                continue
            end = room / speed
            result = result and result.meet(Interval(None, end) if speed > 0 else Interval(end, None))
        return result

    def __contains__(self, line: Line) -> bool:
        if len(self.parts) >= 2:
            return all(_dot(normal, line) <= bound for normal, bound in self._sides)
        found = self.along(line, (fmpq(1), fmpq(0)))
        return found is not None and found.contains(fmpq(0))

    @cached_property
    def _sides(self) -> list[tuple[Line, fmpq]]:
        """Of a set that is not flat the pairs (n, h) with: it is where n . line <= h for all of them."""
        normals = [normal for u, _ in self.parts for normal in ((-u[1], u[0]), (u[1], -u[0]))]
        bounds = [(normal, self._support(normal)) for normal in normals]
        return [(normal, bound) for normal, bound in bounds if bound is not None]

    @cached_property
    def _inner(self) -> Line:
        """A line in the set."""
        line = self.base
        for u, interval in self.parts:
            line = _shifted(line, u, interval.simple())
        return line

    def _support(self, normal: Line) -> fmpq | None:
        """The supremum of n . line over the set, None for infinity."""
        bound = _dot(normal, self.base)
        for u, interval in self.parts:
            speed = _dot(normal, u)
            if speed:
                end = interval.high if speed > 0 else interval.low
                if end is None:
                    return None
                bound += speed * end
        return bound

    def inside(self, other: LineSet) -> bool:
        """Whether the set is a subset of the other one."""
        if self == other or other == PLANE:
            return True
        if self._inner not in other:
            return False
        if len(other.parts) < 2:
            if not self.parts:
                return True
            if not other.parts or len(self.parts) > 1 or self.parts[0][0] != other.parts[0][0]:
                return False
            (u, own), (_, whole) = self.parts[0], other.parts[0]
            own = _plus(own, _point(_ratio(_shifted(self.base, other.base, fmpq(-1)), u)))
            return own.meet(whole) == own
        # an inner point is inside, so the set is if its closure is
        return all(bound is not None and bound <= h for bound, h in ((self._support(n), h) for n, h in other._sides))


PLANE = LineSet(NOTHING, tuple((u, ALL) for u in ((fmpq(0), fmpq(1)), (fmpq(1), fmpq(0)))))


def through(point: Point, slope: fmpq) -> Line:
    """The line through a point with a slope."""
    return (slope, point[1] - slope * point[0])


def pencil(point: Point, slopes: Interval) -> LineSet:
    """The lines through a point whose slopes lie in an interval."""
    return LineSet.of((fmpq(0), point[1]), [((fmpq(1), -point[0]), slopes)])


def span(*parts: Part) -> LineSet:
    """The sums of multiples of some lines."""
    return LineSet.of(NOTHING, parts)


def _merge(parts: list[Part], u: Direction, interval: Interval) -> None:
    """Add a part to a list in which no two are parallel."""
    for k, (known, other) in enumerate(parts):
        if known == u:
            parts[k] = (u, _plus(other, interval))
            return
    parts.append((u, interval))


def _unit(u: Direction) -> tuple[Direction, fmpq]:
    """A multiple of u whose first entry that is not 0 is 1, and the factor that gives u back."""
    scale = u[0] if u[0] else u[1]
    return (u[0] / scale, u[1] / scale), scale


def _times(interval: Interval, scale: fmpq) -> Interval:
    low, high = (None if end is None else end * scale for end in interval)
    return Interval(low, high) if scale > 0 else Interval(high, low)


def _plus(a: Interval, b: Interval) -> Interval:
    low = None if a.low is None or b.low is None else a.low + b.low
    high = None if a.high is None or b.high is None else a.high + b.high
    return Interval(low, high)


def _point(value: fmpq) -> Interval:
    return Interval(value, value)


def _shifted(line: Line, u: Direction, t: fmpq) -> Line:
    return (line[0] + t * u[0], line[1] + t * u[1])


def _scaled(line: Line, t: fmpq) -> Line:
    return (t * line[0], t * line[1])


def _dot(a: Line, b: Line) -> fmpq:
    return a[0] * b[0] + a[1] * b[1]


def _cross(a: Line, b: Line) -> fmpq:
    return a[0] * b[1] - a[1] * b[0]


def _ratio(a: Line, b: Line) -> fmpq:
    """The t with a = t b, for parallel vectors."""
    return a[0] / b[0] if b[0] else a[1] / b[1]
