"""With which probability ReLU units have independent features at the data, and how many units that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks
from relu_prob.interpolation import rank_on_line
from relu_prob.interpolation.rank_simulation import (
    RankWidthRange,
    Rng,
    Sampling,
    simulated_rank_probability,
    simulated_width,
)
from relu_prob.interpolation.unit_laws import GaussianUnits, UnitLaw
from relu_prob.numbers import balls
from relu_prob.numbers.real import ZERO
from relu_prob.numbers.search import first, goal, goal_text
from relu_prob.results import Probability

Floats = NDArray[np.float64]
Points = Sequence[float | Fraction] | Sequence[Sequence[float]] | Floats

METHODS = ("auto", "exact", "simulation")


def rank_probability(
    x: Points,
    *,
    units: int,
    initialization: UnitLaw | None = None,
    method: str = "auto",
    samples: int = 10_000,
    level: float = 0.99,
    rng: Rng = None,
    progress: bool | None = None,
) -> Probability:
    """The probability that the features of random ReLU units at m data points have rank m.

    ``P(rank (relu(w_j x_i + b_j))_ij = m)``. It is the probability that a network with one hidden layer can
    interpolate *any* labels by training its output layer alone: the trainability of interpolation with a frozen first
    layer. With one input the rank is decided by which gaps between neighbouring points the breakpoints -b_j/w_j fall
    into and in which direction the units fire, so that the probability is a finite sum. With several inputs layers are
    drawn, and the rank of each is decided exactly.

    Parameters
    ----------
    x : the m >= 1 data points: numbers, or rows of d numbers. Floats are the dyadic rationals that they store
    units : the number n of hidden units
    initialization : GaussianUnits() (the default), UniformUnits() or DataDependentUnits(); with several inputs the
        entries of w_j are independent
    method : "exact" (one input), "simulation", or "auto": exact with one input and simulation with several
    samples, level, rng : of the simulation: how many layers are drawn, the confidence level of the interval, and a
        Generator, a SeedSequence, an integer seed, or None for fresh entropy
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Returns
    -------
    Probability
        With one input exact where all probabilities are rational or the expression is short, otherwise certified. By
        simulation statistical, with the Clopper-Pearson interval; exactly 0 for n < m and for equal points.

    Raises
    ------
    TypeError, ValueError
        For bad input, and where the computation would take more than some minutes.

    Possible issues
    ---------------
    The cost of DataDependentUnits grows as (n/m + 1)^m: m = 10 with two units for each point takes seconds, m = 12
    minutes; beyond there is the simulation. Full rank says nothing about conditioning: breakpoints that are close
    together give rank m with nearly equal features, which a numerical rank (a tolerance for singular values) would not
    count, nor training in floating-point numbers see. The simulation takes the data and the parameters that it draws as
    the exact numbers that doubles are: points that lie on a line or a plane only up to rounding count as points that
    do not, and where ``noise`` is not far above the rounding errors DataDependentUnits are not what they are called.

    Examples
    --------
    >>> from relu_prob import DataDependentUnits, UniformUnits, rank_probability
    >>> rank_probability([0, 1], units=2)
    Probability(23/64 = 0.359375, exact)
    >>> rank_probability([0, 1, 3], units=3, initialization=UniformUnits())
    Probability(107/384 ≈ 0.278645833333333, exact)
    >>> rank_probability([-2, -1, 0, 1, 2], units=10, initialization=DataDependentUnits(noise=0.1))
    Probability(≈ 0.99..., certified)
    >>> rank_probability([[0, 0], [1, 0], [0, 1]], units=6, samples=1000, rng=0)
    Probability(≈ 0..., estimate, 99% confidence interval [0..., 0...] from 1000 networks, certainly in [0, 0.984375])
    """
    data = _data(x)
    units = checks.integer("units", units, low=1)
    law = _law(initialization)
    sampling = Sampling(samples, level, rng, progress)
    if _exactly(data, method):
        number = rank_on_line.number(data, units, law, progress)
        return Probability(number, method=f"rank with one input, {law}", source=rank_on_line.SOURCE)
    return simulated_rank_probability(_array(data), units, law, sampling)


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
    method: str = "auto",
    samples: int = 10_000,
    level: float = 0.99,
    rng: Rng = None,
    progress: bool | None = None,
) -> RankWidth | RankWidthRange:
    """The smallest number of random ReLU units whose features at the data have full rank with the target probability.

    ``min { n : P(rank m with n units) >= target }``; the probability grows with n for every initialization here.

    Parameters
    ----------
    x, initialization, method, samples, level, rng, progress : as for rank_probability; the points must be different
    target : the probability to reach, 0 < target < 1; or
    failure : 1 - target, for targets very close to 1. Give exactly one of the two
    limit : the largest width to look at

    Returns
    -------
    RankWidth or RankWidthRange
        By simulation a range of widths that contains the smallest one with probability at least ``level``, whose upper
        end has a lower confidence limit of at least the target. All widths are seen in the same draws: units are added
        one by one.

    Raises
    ------
    TypeError, ValueError
        For bad input, and where the target is not reached by ``limit`` units, or not to be confirmed by ``samples``.

    Examples
    --------
    >>> from relu_prob import width_for_rank
    >>> answer = width_for_rank([-1, 0, 1], target=0.99)
    >>> print(answer)
    10
    >>> float(answer.before) < 0.99 <= float(answer.probability)
    True
    >>> print(width_for_rank([[0, 0], [1, 0], [0, 1]], target=0.9, samples=2000, rng=0))
    between ... and ... (99% confidence)
    """
    data = _data(x)
    law = _law(initialization)
    wanted = goal(target, failure)
    limit = checks.integer("limit", limit, low=len(data))
    sampling = Sampling(samples, level, rng, progress)
    if len({row if isinstance(row, Fraction) else tuple(row.tolist()) for row in data}) < len(data):
        raise ValueError(f"x must be different points, as rank m is impossible otherwise, got {x!r}")
    if not _exactly(data, method):
        return simulated_width(_array(data), wanted, law, limit, sampling)
    known: dict[int, Probability] = {}

    def reached(n: int) -> bool:
        known[n] = rank_probability(data, units=n, initialization=law, progress=progress)
        return _at_least(known[n], wanted)

    width = first(reached, len(data), limit)
    if width is None:
        raise ValueError(
            f"target must be within reach of limit = {limit} units, got {goal_text(target, failure)}: "
            f"the probability with {limit} units is {known[limit].decimal(8)}"
        )
    before = known.get(width - 1)
    if before is None:  # fewer units than points
        before = Probability(ZERO, method=known[width].method, source=known[width].source)
    return RankWidth(width, known[width], before)


def _data(x: Any) -> tuple[Fraction, ...] | Floats:
    """Sorted numbers for one input; an array of shape (m, d) for several."""
    allowed = "a non-empty sequence of finite numbers, or of rows of them, all of the same length"
    values = checks.sequence("x", x, allowed)
    rows = [v if isinstance(v, Sequence | np.ndarray) and not isinstance(v, str | bytes) else [v] for v in values]
    if len({len(row) for row in rows}) != 1 or not len(rows[0]):
        raise ValueError(f"x must be {allowed}, got {x!r}")
    exact = [[checks.real("x", v) for v in row] for row in rows]
    if len(exact[0]) == 1:
        return tuple(sorted(v for (v,) in exact))
    return _floats(exact)


def _array(data: tuple[Fraction, ...] | Floats) -> Floats:
    return data if isinstance(data, np.ndarray) else _floats([[v] for v in data])


def _floats(rows: Sequence[Sequence[Fraction]]) -> Floats:
    """Doubles for the simulation, which must tell apart what is different."""
    try:
        array = np.array([[float(v) for v in row] for row in rows])
    except OverflowError:
        raise ValueError("x must be in the range of floats for a simulation, got numbers beyond") from None
    if len(np.unique(array, axis=0)) < len(set(map(tuple, rows))):
        raise ValueError(
            "x must be as different in floats as it is for a simulation, got points that round to the same"
        )
    return array


def _exactly(data: tuple[Fraction, ...] | Floats, method: str) -> TypeGuard[tuple[Fraction, ...]]:
    """Whether the probability is computed, and not simulated."""
    checks.choice("method", method, METHODS)
    if isinstance(data, tuple):
        return method != "simulation"
    if method == "exact":
        raise ValueError(f"method must be 'simulation' or 'auto' with {data.shape[1]} inputs, got 'exact'")
    return False


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
