"""With which probability ReLU units have independent features at the data, and how many units that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from relu_prob import checks
from relu_prob.interpolation import rank_chain
from relu_prob.interpolation.unit_laws import GaussianUnits, UnitLaw
from relu_prob.numbers import balls
from relu_prob.numbers.real import ZERO, Ball, ClosedForm, Rational, Real, compute, enclosure
from relu_prob.numbers.search import first, goal, goal_text
from relu_prob.results import Probability

SOURCE = "docs/theory/over_parameterization.md, section 'Rank with one input'"

EXPRESSION_TERMS = 1_000  # of a closed form that is still written out
RATIONAL_TERMS = 10_000
REFINED_TERMS = 20_000  # of a sum of balls with as many digits as are asked for
LIMIT = 3e11  # multiplications: some minutes

Points = Sequence[float | Fraction]


def rank_probability(
    x: Points,
    *,
    units: int,
    initialization: UnitLaw | None = None,
    progress: bool | None = None,
) -> Probability:
    """The probability that the features of random ReLU units at m data points with one input have rank m.

    ``P(rank (relu(w_j x_i + b_j))_ij = m)``. It is the probability that a network with one hidden layer can
    interpolate *any* labels by training its output layer alone: the trainability of interpolation with a frozen first
    layer. The rank is decided by which gaps between neighbouring points the breakpoints -b_j/w_j fall into and in which
    direction the units fire, so that the probability is a finite sum.

    Parameters
    ----------
    x : the m >= 1 data points, all different, in any order; floats are the dyadic rationals that they store
    units : the number n of hidden units
    initialization : GaussianUnits() (the default), UniformUnits() or DataDependentUnits()
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Returns
    -------
    Probability
        Exact where all probabilities are rational or the expression is short, otherwise certified.

    Raises
    ------
    TypeError, ValueError
        For bad input, and where the computation would take more than some minutes.

    Possible issues
    ---------------
    The cost of DataDependentUnits grows as (n/m + 1)^m: m = 10 with two units for each point takes seconds, m = 12
    minutes. Full rank says nothing about conditioning: breakpoints that are close together give rank m with nearly
    equal features.

    Examples
    --------
    >>> from relu_prob import DataDependentUnits, UniformUnits, rank_probability
    >>> rank_probability([0, 1], units=2)
    Probability(23/64 = 0.359375, exact)
    >>> rank_probability([0, 1, 3], units=3, initialization=UniformUnits())
    Probability(107/384 ≈ 0.278645833333333, exact)
    >>> rank_probability([-2, -1, 0, 1, 2], units=10, initialization=DataDependentUnits(noise=0.1))
    Probability(≈ 0.99..., certified)
    """
    points = _points(x)
    units = checks.integer("units", units, low=1)
    law = _law(initialization)
    return Probability(_number(points, units, law, progress), method=f"rank with one input, {law}", source=SOURCE)


@dataclass(frozen=True)
class RankWidth:
    """The smallest number of units for a target, the probability of rank m there, and with one unit less."""

    width: int
    probability: Probability
    before: Probability

    def __str__(self) -> str:
        return str(self.width)


def width_for_rank(
    x: Points,
    *,
    target: float | Fraction | None = None,
    failure: float | Fraction | None = None,
    initialization: UnitLaw | None = None,
    limit: int = 1000,
    progress: bool | None = None,
) -> RankWidth:
    """The smallest number of random ReLU units whose features at the data have full rank with the target probability.

    ``min { n : P(rank m with n units) >= target }``; the probability grows with n for every initialization here.

    Parameters
    ----------
    x, initialization, progress : as for rank_probability
    target : the probability to reach, 0 < target < 1; or
    failure : 1 - target, for targets very close to 1. Give exactly one of the two
    limit : the largest width to look at

    Raises
    ------
    TypeError, ValueError
        For bad input, and where the target is not reached by ``limit`` units.

    Examples
    --------
    >>> from relu_prob import width_for_rank
    >>> answer = width_for_rank([-1, 0, 1], target=0.99)
    >>> print(answer)
    10
    >>> float(answer.before) < 0.99 <= float(answer.probability)
    True
    """
    points = _points(x)
    law = _law(initialization)
    wanted = goal(target, failure)
    limit = checks.integer("limit", limit, low=len(points))
    known: dict[int, Probability] = {}

    def reached(n: int) -> bool:
        known[n] = rank_probability(points, units=n, initialization=law, progress=progress)
        return _at_least(known[n], wanted)

    width = first(reached, len(points), limit)
    if width is None:
        raise ValueError(
            f"target must be within reach of limit = {limit} units, got {goal_text(target, failure)}: "
            f"the probability with {limit} units is {known[limit].decimal(8)}"
        )
    before = known.get(width - 1)
    if before is None:  # fewer units than points
        before = Probability(ZERO, method=known[width].method, source=SOURCE)
    return RankWidth(width, known[width], before)


def _number(points: tuple[Fraction, ...], units: int, law: UnitLaw, progress: bool | None) -> Real:
    if units < len(points):
        return ZERO
    if isinstance(law, GaussianUnits) and not law.bias_scale:
        return _zero_bias(points, units)
    classes, (h, r) = law.classes(points), law.counts(len(points), units)
    terms = rank_chain.terms(classes, h, r)
    flat = [p for cells in classes for p in cells if p != ZERO]
    rational = all(isinstance(p, Rational) for p in flat)
    if terms <= (RATIONAL_TERMS if rational else EXPRESSION_TERMS):
        number = compute(lambda *values: rank_chain.polynomial(_arranged(classes, values), h, r), flat)
        return _simplified(number)
    if rank_chain.cost(len(classes), len(classes[0]), h, r) > LIMIT:
        raise ValueError(
            f"units must be few enough for the sum over their places, got {units} for {len(points)} points and {law}"
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


def _points(x: Any) -> tuple[Fraction, ...]:
    allowed = "a non-empty sequence of different finite numbers"
    points = sorted(checks.real("x", value) for value in checks.sequence("x", x, allowed))
    if not points:
        raise ValueError(f"x must be {allowed}, got {x!r}")
    for a, b in pairwise(points):
        if a == b:
            raise ValueError(f"x must be {allowed}, got {checks.number_text(a)} twice")
    return tuple(points)


def _law(initialization: Any) -> UnitLaw:
    if initialization is None:
        return GaussianUnits()
    allowed = "GaussianUnits(), UniformUnits() or DataDependentUnits()"
    return checks.instance("initialization", initialization, UnitLaw, allowed)


def _at_least(probability: Probability, goal: Fraction) -> bool:
    if probability.fraction is not None:
        return probability.fraction >= goal
    for digits in (17, 40):
        low, high = map(balls.mpf_fraction, probability.number.ends(digits))
        if low >= goal or high < goal:
            return low >= goal
    raise ArithmeticError(f"the probability {probability} is too close to the target {float(goal)} to be told apart")
