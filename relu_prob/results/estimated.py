"""The masses of a count law as estimated by independent replicates, with intervals from their scatter."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Real, Sampled
from relu_prob.results.masses import BracketMasses, Masses

Array = NDArray[np.float64]


class EstimatedMasses(Masses):
    """Unbiased estimates of all masses, from each of independent replicates.

    Parameters
    ----------
    estimates : shape (replicates, n + 1), at least two replicates
    samples : how many networks all replicates together have drawn
    level : the confidence level of the intervals
    rounding : a bound on the relative error that rounding may have caused, which widens the intervals
    bracket : what is certain
    conditional : the law is that of the masses divided by their total

    Examples
    --------
    >>> masses = EstimatedMasses(np.array([[0.3, 0.7], [0.1, 0.9]]), 100, 0.99)
    >>> masses.event([0]).estimate
    0.2
    """

    guarantee = Guarantee.STATISTICAL

    def __init__(
        self,
        estimates: Array,
        samples: int,
        level: float,
        *,
        rounding: float = 0.0,
        bracket: BracketMasses | None = None,
        conditional: bool = False,
    ) -> None:
        self.estimates = np.array(estimates)
        self.estimates.setflags(write=False)
        self.samples, self.level, self.rounding = samples, level, rounding
        self.bracket, self.conditional = bracket, conditional
        self.n = self.estimates.shape[1] - 1

    def event(self, counts: Collection[int]) -> Sampled:
        values = self.estimates[:, sorted(counts)].sum(axis=1)
        if self.conditional:
            values = self._ratio(values)
        return confidence(values, self.samples, self.level, self.rounding, high=1.0)

    def moments(self) -> tuple[Real, Real]:
        """Estimates of mean and variance given the event, as ratios of unbiased estimates.

        A ratio A/B is linearized: its error is that of the mean of (a - (A/B) b)/B over the replicates (a, b).

        Raises
        ------
        ZeroDivisionError
            Where the estimated total mass is 0.
        """
        j = np.arange(self.n + 1)
        mean = self._ratio(self.estimates @ j)
        center = float(mean.mean())
        # the mean minimizes E (N - c)^2, so that its own error does not count at first order
        variance = self._ratio(self.estimates @ (j - center) ** 2)
        return (
            confidence(mean, self.samples, self.level, self.rounding, high=float(self.n), share=False),
            confidence(variance, self.samples, self.level, self.rounding, high=self.n**2 / 4, share=False),
        )

    def _ratio(self, values: Array) -> Array:
        """Replicates whose mean is that of the values divided by the total mass, and which scatter as it does."""
        totals = self.estimates.sum(axis=1)
        mass = totals.mean()
        if mass == 0:
            raise ZeroDivisionError("the event that the law is restricted to has probability 0, or underflows")
        ratio = values.mean() / mass
        result: Array = ratio + (values - ratio * totals) / mass
        return result

    def given(self) -> EstimatedMasses:
        """The law divided by its total mass."""
        return EstimatedMasses(self.estimates, self.samples, self.level, rounding=self.rounding, conditional=True)

    def key(self) -> Hashable:
        around = self.bracket and self.bracket.key()
        return (self.estimates.tobytes(), self.n, self.samples, self.level, self.rounding, self.conditional, around)


def confidence(
    values: Array, samples: int, level: float, rounding: float = 0.0, *, high: float = inf, share: bool = True
) -> Sampled:
    """The mean of independent estimates of a number >= 0, with its confidence interval.

    Student's interval, made wider on the side of the long tail: where the skewness is g, the quantile t of the
    studentized mean of R values is moved by g (1 + 2 t^2)/(6 sqrt R) (Edgeworth). The other side is left as it is, and
    rounding is added on both. Half of the probability of an error, 1 - level, is kept in reserve for what this
    approximation leaves out. So an interval has the width 0 only where nothing was estimated and nothing rounded.

    The effective number of samples is p (1 - p)/variance: how many networks counted one by one would be as accurate.

    >>> number = confidence(np.array([0.1, 0.2, 0.3, 0.2]), 4000, 0.95)
    >>> number.estimate, round(number.low, 4), round(number.high, 4)
    (0.2, 0.0295, 0.3705)
    """
    # scipy.stats takes half a second to import
    from scipy.stats import t as student

    size = len(values)
    mean = float(values.mean())
    # of numbers far below 1 the squares would underflow
    scale = float(np.abs(values).max()) or 1.0
    residuals = (values - mean) / scale
    deviation = sqrt(float(residuals @ residuals) / (size - 1))
    error = scale * deviation / sqrt(size)
    quantile = float(student.ppf(1 - (1 - level) / 4, size - 1))
    skewness = float(np.mean(residuals**3)) / deviation**3 if deviation else 0.0
    moved = skewness * (1 + 2 * quantile**2) / (6 * sqrt(size))
    allowance = rounding * abs(mean) + np.finfo(float).tiny * (rounding > 0)
    below = mean - error * (quantile + max(0.0, -moved)) - allowance
    above = mean + error * (quantile + max(0.0, moved)) + allowance
    effective: Any = None
    if share:
        effective = max(0.0, mean * (1 - mean)) / error**2 if error > 0 and error**2 > 0 else inf
    return Sampled(mean, max(0.0, float(below)), min(high, float(above)), level, samples, effective)
