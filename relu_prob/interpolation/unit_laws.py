"""Random ReLU units with one input: how likely the breakpoint is where, and in which direction the unit fires.

A cell is a gap together with a direction. The cells of m sorted points, in the order used here: affine (the unit fires
at all points); then for each of the m - 1 gaps between neighbours right and left; then silent (it fires at none).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

import sympy

from relu_prob import checks
from relu_prob.numbers.real import ZERO, ClosedForm, Rational, Real

Points = Sequence[Fraction]
Cells = tuple[Real, ...]


@dataclass(frozen=True)
class UnitLaw(ABC):
    """How the units of a layer are drawn. Units come in classes; those of one class are identically distributed."""

    source: ClassVar[str] = "docs/theory/over_parameterization.md, section 'Where breakpoints fall'"

    @abstractmethod
    def classes(self, points: Points) -> list[Cells]:
        """For each class of units the probabilities of the 2m cells of m sorted points; they add up to 1."""

    @abstractmethod
    def counts(self, m: int, units: int) -> tuple[int, int]:
        """``units`` as (h, r): h units in every class, and one more in r classes drawn without replacement."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{f.name}={checks.number_text(getattr(self, f.name))}" for f in fields(self))
        return f"{type(self).__name__}({shown})"


@dataclass(frozen=True, repr=False)
class _Ratio(UnitLaw):
    """All units alike: w and b independent and symmetric, with the given scales; the breakpoint is -b/w."""

    weight_scale: Fraction
    bias_scale: Fraction

    def __init__(self, weight_scale: float | Fraction = 1, bias_scale: float | Fraction = 1) -> None:
        object.__setattr__(self, "weight_scale", checks.real("weight_scale", weight_scale, positive=True))
        object.__setattr__(self, "bias_scale", checks.real("bias_scale", bias_scale))
        if self.bias_scale < 0:
            raise ValueError(f"bias_scale must be a number >= 0, got {bias_scale!r}")

    def counts(self, m: int, units: int) -> tuple[int, int]:
        return units, 0

    def classes(self, points: Points) -> list[Cells]:
        """The breakpoint does not depend on the sign of w: half the probability of a gap for each direction."""
        if not self.bias_scale:
            raise ValueError("bias_scale must be positive: without biases all breakpoints are at 0")
        below = [self._half_below(x * self.weight_scale / self.bias_scale) for x in points]
        inner = [b - a for a, b in pairwise(below)]
        half = sympy.Rational(1, 2)
        ends = below[0] + half - below[-1]
        return [tuple(map(_real, [ends, *(p for gap in inner for p in (gap, gap)), ends]))]

    @abstractmethod
    def _half_below(self, u: Fraction) -> sympy.Expr:
        """Half the probability that U/V < u, for the standard laws U of the bias and V of the weight."""


@dataclass(frozen=True, repr=False, init=False)
class GaussianUnits(_Ratio):
    """Units relu(w x + b) with w ~ N(0, weight_scale^2) and b ~ N(0, bias_scale^2), all independent.

    The breakpoint is a Cauchy variable of scale bias_scale / weight_scale, independent of the direction. With
    ``bias_scale=0`` all breakpoints are at 0.

    >>> GaussianUnits()
    GaussianUnits(weight_scale=1, bias_scale=1)
    >>> [p.expression for p in GaussianUnits().classes([Fraction(-1), Fraction(1)])[0]]
    [1/4, 1/4, 1/4, 1/4]
    """

    def _half_below(self, u: Fraction) -> sympy.Expr:
        return sympy.Rational(1, 4) + sympy.atan(_rational(u)) / (2 * sympy.pi)


@dataclass(frozen=True, repr=False, init=False)
class UniformUnits(_Ratio):
    """Units relu(w x + b) with w uniform on (-weight_scale, weight_scale) and b on (-bias_scale, bias_scale).

    With equal scales these are the units of PyTorch's ``Linear(1, n)``. ``P(|b/w| <= u)`` is u/2 up to u = 1 (in units
    of the ratio of the scales) and 1 - 1/(2u) beyond: all probabilities are rational.

    >>> [p.fraction for p in UniformUnits().classes([Fraction(0), Fraction(1)])[0]]
    [Fraction(3, 8), Fraction(1, 8), Fraction(1, 8), Fraction(3, 8)]
    """

    def _half_below(self, u: Fraction) -> sympy.Expr:
        size = abs(u)
        within = size / 2 if size <= 1 else 1 - 1 / (2 * size)
        return _rational((1 + (within if u > 0 else -within)) / 4)


@dataclass(frozen=True, repr=False)
class DataDependentUnits(UnitLaw):
    """Units that fire at a data point of their own: ``b = -w x_k + |eps|``, w and eps normal.

    Their deviations are weight_scale and noise. The breakpoint is at the distance ``|eps/w|`` from the point, a
    half-Cauchy variable of scale noise / weight_scale, on either side with probability 1/2, and the unit fires towards
    the point. n = h m + r units are h for each of the m points, and one more for r points drawn without replacement.

    >>> DataDependentUnits(noise=0.5)
    DataDependentUnits(noise=0.5, weight_scale=1)
    >>> [p.expression for p in DataDependentUnits(noise=1).classes([Fraction(0), Fraction(1)])[0]]
    [3/4, 0, 1/4, 0]
    """

    noise: Fraction
    weight_scale: Fraction

    def __init__(self, noise: float | Fraction = Fraction(1, 10), weight_scale: float | Fraction = 1) -> None:
        object.__setattr__(self, "noise", checks.real("noise", noise, positive=True))
        object.__setattr__(self, "weight_scale", checks.real("weight_scale", weight_scale, positive=True))

    def counts(self, m: int, units: int) -> tuple[int, int]:
        return divmod(units, m)

    def classes(self, points: Points) -> list[Cells]:
        return [self._cells(points, own) for own in points]

    def _cells(self, points: Points, own: Fraction) -> Cells:
        # for each point P(the breakpoint lies between it and the own point) = P(half-Cauchy < distance) / 2
        within = [sympy.atan(_rational(abs(x - own) * self.weight_scale / self.noise)) / sympy.pi for x in points]
        cells = [1 - within[0] - within[-1]]
        for x, a, b in zip(points, within, within[1:], strict=False):
            cells += [a - b, sympy.Integer(0)] if x < own else [sympy.Integer(0), b - a]
        return (*map(_real, cells), ZERO)


def _rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def _real(value: sympy.Expr) -> Real:
    if value.is_Rational:
        return Rational(Fraction(int(value.p), int(value.q)))
    return ClosedForm(value)
