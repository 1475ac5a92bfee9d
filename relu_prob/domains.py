"""Where the inputs of a network live: balls, intervals, boxes, orthants, all of R^d, or finitely many points.

With zero biases a network is positively homogeneous, so that only the *directions* of a domain matter. A domain
therefore says whether its directions are all of R^d (``surrounds_zero``) or a single one (``single_ray``).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks

Endpoints = tuple[Fraction | float, Fraction | float]


@dataclass(frozen=True)
class Domain(ABC):
    """A set of inputs. Immutable; compares by value."""

    finite: ClassVar[bool] = False

    @property
    def dimension(self) -> int | None:
        """The input dimension; None where the same description serves in every dimension."""
        return None

    @property
    @abstractmethod
    def surrounds_zero(self) -> bool:
        """Whether the domain contains a neighbourhood of 0 (so that it has a point in every direction)."""

    def single_ray(self, dimension: int) -> bool:
        """Whether the domain in R^dimension lies on one ray from 0."""
        ends = self.interval(dimension)
        return ends is not None and (ends[0] >= 0 or ends[1] <= 0)

    def interval(self, dimension: int) -> Endpoints | None:
        """For dimension 1 and a connected domain its two ends (maybe infinite), otherwise None."""
        return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_text(getattr(self, f.name)) for f in fields(self))})"


@dataclass(frozen=True, repr=False)
class Ball(Domain):
    """The ball of the given radius around 0 in R^d, any d; for d = 1 the interval [-radius, radius].

    >>> Ball(0.5)
    Ball(0.5)
    """

    radius: Fraction

    def __init__(self, radius: float | Fraction = 1) -> None:
        object.__setattr__(self, "radius", checks.real("radius", radius, positive=True))

    @property
    def surrounds_zero(self) -> bool:
        return True

    def interval(self, dimension: int) -> Endpoints | None:
        return (-self.radius, self.radius) if dimension == 1 else None


@dataclass(frozen=True, repr=False)
class Interval(Domain):
    """The interval [low, high] of the real line, low < high."""

    low: Fraction
    high: Fraction

    def __init__(self, low: float | Fraction, high: float | Fraction) -> None:
        object.__setattr__(self, "low", checks.real("low", low))
        object.__setattr__(self, "high", checks.real("high", high))
        if not self.low < self.high:
            raise ValueError(f"low must be less than high, got low={low!r}, high={high!r}")

    @property
    def dimension(self) -> int:
        return 1

    @property
    def surrounds_zero(self) -> bool:
        return self.low < 0 < self.high

    def interval(self, dimension: int) -> Endpoints | None:
        return (self.low, self.high)


@dataclass(frozen=True, repr=False)
class Box(Domain):
    """The box [low_1, high_1] x ... x [low_d, high_d], low_i < high_i.

    >>> Box((0, 0), (1, 1)).dimension
    2
    """

    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]

    def __init__(self, low: Sequence[float | Fraction], high: Sequence[float | Fraction]) -> None:
        allowed = "a non-empty sequence of numbers, one for each dimension"
        lows, highs = checks.sequence("low", low, allowed), checks.sequence("high", high, allowed)
        if not lows or len(lows) != len(highs):
            raise ValueError(f"low and high must be {allowed}, of equal length, got {low!r} and {high!r}")
        object.__setattr__(self, "low", tuple(checks.real("low", v) for v in lows))
        object.__setattr__(self, "high", tuple(checks.real("high", v) for v in highs))
        if not all(a < b for a, b in zip(self.low, self.high, strict=True)):
            raise ValueError(f"low must be less than high in every dimension, got {low!r} and {high!r}")

    @property
    def dimension(self) -> int:
        return len(self.low)

    @property
    def surrounds_zero(self) -> bool:
        return all(a < 0 < b for a, b in zip(self.low, self.high, strict=True))

    def interval(self, dimension: int) -> Endpoints | None:
        return (self.low[0], self.high[0]) if dimension == 1 else None


@dataclass(frozen=True, repr=False)
class Orthant(Domain):
    """All points of R^d with non-negative coordinates, any d."""

    @property
    def surrounds_zero(self) -> bool:
        return False

    def interval(self, dimension: int) -> Endpoints | None:
        return (Fraction(0), math.inf) if dimension == 1 else None


@dataclass(frozen=True, repr=False)
class WholeSpace(Domain):
    """All of R^d, any d."""

    @property
    def surrounds_zero(self) -> bool:
        return True

    def interval(self, dimension: int) -> Endpoints | None:
        return (-math.inf, math.inf) if dimension == 1 else None


@dataclass(frozen=True, repr=False)
class Points(Domain):
    """Finitely many points: an array of shape (m, d), one point a row, m >= 1.

    Numbers are kept exactly as given: integers and fractions as rationals, floats as the dyadic rationals they store.

    >>> Points([[1, 0], [-1, 0]]).dimension
    2
    """

    points: tuple[tuple[Fraction, ...], ...]
    finite = True

    def __init__(self, points: Any) -> None:
        allowed = "a non-empty array of shape (m, d) of finite numbers"
        rows = [checks.sequence("points", row, allowed) for row in checks.sequence("points", points, allowed)]
        if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
            shape = f"{len(rows)} rows of lengths {sorted({len(row) for row in rows})}"
            raise ValueError(f"points must be {allowed}, got {shape}")
        values = tuple(tuple(checks.real("points", v) for v in row) for row in rows)
        object.__setattr__(self, "points", values)

    @property
    def dimension(self) -> int:
        return len(self.points[0])

    @property
    def array(self) -> NDArray[np.float64]:
        """The points as floats, shape (m, d)."""
        return np.array([[float(v) for v in row] for row in self.points])

    @property
    def surrounds_zero(self) -> bool:
        return False

    @property
    def rays(self) -> tuple[tuple[Fraction, ...], ...]:
        """The different rays from 0 that the points lie on, in order of appearance, scaled to largest entry 1 or -1.

        >>> Points([[1, 2], [2, 4], [0, 0], [-1, 0]]).rays
        ((Fraction(1, 2), Fraction(1, 1)), (Fraction(-1, 1), Fraction(0, 1)))
        """
        found: dict[tuple[Fraction, ...], None] = {}
        for row in self.points:
            scale = max(map(abs, row))
            if scale:
                found[tuple(v / scale for v in row)] = None
        return tuple(found)

    def single_ray(self, dimension: int) -> bool:
        """Whether all points that are not 0 are positive multiples of one of them, decided in rationals.

        >>> Points([[1, 2], [2, 4], [0, 0]]).single_ray(2)
        True
        """
        return len(self.rays) == 1

    def __repr__(self) -> str:
        if len(self.points) > 4:
            return f"Points(<{len(self.points)} points in dimension {self.dimension}>)"
        return f"Points({[[_Bare(v) for v in row] for row in self.points]!r})"


class _Bare:
    """A number that prints as its shortest exact text inside a list."""

    def __init__(self, value: Fraction) -> None:
        self.value = value

    def __repr__(self) -> str:
        return checks.number_text(self.value)


def _text(value: Fraction | tuple[Fraction, ...]) -> str:
    if isinstance(value, tuple) and len(value) > 8:
        return f"<{len(value)} numbers>"
    if isinstance(value, tuple):
        return f"[{', '.join(map(checks.number_text, value))}]"
    return checks.number_text(value)
