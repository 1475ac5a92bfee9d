"""P(rank m) with one input: exactly where that is short, otherwise in a ball."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from relu_prob.interpolation import rank_chain
from relu_prob.interpolation.unit_laws import GaussianUnits, UnitLaw
from relu_prob.numbers import balls
from relu_prob.numbers.real import ZERO, Ball, ClosedForm, Rational, Real, compute, enclosure

SOURCE = "docs/theory/over_parameterization.md, section 'Rank with one input'"

EXPRESSION_TERMS = 1_000  # of a closed form that is still written out
RATIONAL_TERMS = 10_000
REFINED_TERMS = 20_000  # of a sum of balls with as many digits as are asked for
LIMIT = 3e11  # multiplications: some minutes


def number(points: tuple[Fraction, ...], units: int, law: UnitLaw, progress: bool | None) -> Real:
    """The probability of rank m for m sorted points.

    Raises
    ------
    ValueError
        Where that would take more than some minutes.
    """
    if units < len(points) or len(set(points)) < len(points):
        return ZERO
    if isinstance(law, GaussianUnits) and not law.bias_scale:
        return _zero_bias(points, units)
    classes, (h, r) = law.classes(points), law.counts(len(points), units)
    terms = rank_chain.terms(classes, h, r)
    flat = [p for cells in classes for p in cells if p != ZERO]
    rational = all(isinstance(p, Rational) for p in flat)
    if terms <= (RATIONAL_TERMS if rational else EXPRESSION_TERMS):
        found = compute(lambda *values: rank_chain.polynomial(_arranged(classes, values), h, r), flat)
        return _simplified(found)
    if rank_chain.cost(len(classes), len(classes[0]), h, r) > LIMIT:
        raise ValueError(
            f"units must be few enough for the sum over their places, got {units} for {len(points)} points and {law} "
            "(method='simulation' has no such limit)"
        )

    def refine(digits: int) -> Any:
        values = [enclosure(p, digits + 10) for p in flat]
        with balls.precision(digits + 10):
            return rank_chain.polynomial(_arranged(classes, values), h, r)

    ball = rank_chain.certified(classes, h, r, progress)
    return Ball(ball, refine if terms <= REFINED_TERMS else None)


def _zero_bias(points: tuple[Fraction, ...], units: int) -> Real:
    """All breakpoints are at 0: the features are multiples of max(x, 0) and of max(-x, 0)."""
    signs = {(x > 0) - (x < 0) for x in points}
    if len(points) > 2 or 0 in signs or len(signs) < len(points):
        return ZERO
    return Rational(1 - Fraction(len(points), 2**units))


def _arranged(classes: Sequence[Sequence[Real]], values: Sequence[Any]) -> list[list[Any]]:
    """The values in the places of the cells that are not 0."""
    rest = iter(values)
    return [[None if p == ZERO else next(rest) for p in cells] for cells in classes]


def _simplified(number: Real) -> Real:
    if isinstance(number, ClosedForm):
        expression = number.expression.expand()
        if expression.is_Rational:
            return Rational(Fraction(int(expression.p), int(expression.q)))
        return ClosedForm(expression)
    return number
