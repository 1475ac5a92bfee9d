"""What the room returns: a probability, how wrong it can be, and in which sense."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Approximation, Rational, Real, Sampled


@dataclass(frozen=True)
class OrthantProbability:
    """The probability of an orthant. ``float(p)`` is its value; immutable, compares by value.

    value : the probability
    error : bound on the absolute error; for an estimate, half the width of its confidence interval
    guarantee : EXACT, NUMERICAL (a bound on quadrature and rounding errors), or STATISTICAL
    method : how it was computed
    evaluations : the number of points at which an integrand was evaluated; 0 for a closed form
    level : the confidence level of an estimate, otherwise None
    """

    value: float
    error: float
    guarantee: Guarantee
    method: str
    evaluations: int = 0
    level: float | None = None

    def __float__(self) -> float:
        return self.value

    @property
    def low(self) -> float:
        """value - error, not below 0."""
        return max(self.value - self.error, 0.0)

    @property
    def high(self) -> float:
        """value + error, not above 1."""
        return min(self.value + self.error, 1.0)

    @property
    def number(self) -> Real:
        """The same as a number of ``relu_prob.numbers``.

        >>> OrthantProbability(0.25, 1e-16, Guarantee.NUMERICAL, "two rays").number.guarantee
        <Guarantee.NUMERICAL: 3>
        """
        if self.guarantee is Guarantee.STATISTICAL:
            assert self.level is not None
            return Sampled(self.value, self.low, self.high, self.level, self.evaluations)
        if self.guarantee is Guarantee.EXACT:
            return Rational(Fraction(self.value))
        return Approximation(self.value, self.error)
