"""Real numbers that know how well they are known.

One class for each way of knowing a number: ``Rational`` and ``ClosedForm`` are exact, ``Ball`` and ``Between`` are
certified, ``Approximation`` has an error bound that is not proved, ``Sampled`` a confidence interval.
All are immutable and compare by value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import sympy
from flint import arb, fmpq

from relu_prob.numbers import balls
from relu_prob.numbers.closed_form import enclose
from relu_prob.numbers.guarantee import Guarantee

DIGITS = 17  # shows a float in full
MANY_DIGITS = 22  # more than printing asks for by itself


class Real(ABC):
    """A real number with its guarantee."""

    guarantee: Guarantee

    @abstractmethod
    def ends(self, digits: int = DIGITS) -> tuple[mpmath.mpf, mpmath.mpf]:
        """An interval with the number in it (a confidence interval where it is sampled), rounded outwards."""

    @abstractmethod
    def _key(self) -> Hashable:
        """What two equal numbers have in common."""

    def value(self, digits: int = DIGITS) -> mpmath.mpf:
        """The best single value."""
        low, high = self.ends(digits)
        with mpmath.workdps(digits + 10):
            return (low + high) / 2

    @property
    def fraction(self) -> Fraction | None:
        """The number as a Fraction, where it is known to be one."""
        return None

    @property
    def expression(self) -> sympy.Expr | None:
        """The number as a sympy expression, where it is exact."""
        return None

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Real) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))


class Rational(Real):
    """A rational number.

    >>> Rational(fmpq(1, 3)).fraction
    Fraction(1, 3)
    """

    guarantee = Guarantee.EXACT

    def __init__(self, value: fmpq | Fraction | int) -> None:
        self.rational = value if isinstance(value, fmpq) else fmpq(value.numerator, value.denominator)

    def ends(self, digits: int = DIGITS) -> tuple[mpmath.mpf, mpmath.mpf]:
        return balls.rational_ends(self.rational, max(53, balls.bits(digits)))

    @property
    def fraction(self) -> Fraction:
        return Fraction(int(self.rational.p), int(self.rational.q))

    @property
    def expression(self) -> sympy.Expr:
        return sympy.Rational(int(self.rational.p), int(self.rational.q))

    def _key(self) -> Hashable:
        return (self.rational.p, self.rational.q)


class ClosedForm(Real):
    """A number given by a sympy expression without free symbols; ``ball(digits)`` encloses it as closely as asked."""

    guarantee = Guarantee.EXACT

    def __init__(self, expression: sympy.Expr) -> None:
        self._expression = expression

    @property
    def expression(self) -> sympy.Expr:
        return self._expression

    def ball(self, digits: int) -> arb:
        """A certified enclosure with ``digits`` correct digits."""
        return enclose(self._expression, digits)

    def ends(self, digits: int = DIGITS) -> tuple[mpmath.mpf, mpmath.mpf]:
        return balls.ends(self.ball(digits))

    def _key(self) -> Hashable:
        return (self._expression,)


class Ball(Real):
    """A number enclosed in a ball; ``refine(digits)``, where it is known, computes a smaller one."""

    guarantee = Guarantee.CERTIFIED

    def __init__(self, ball: arb, refine: Callable[[int], arb] | None = None) -> None:
        self._ball = ball
        self.refine = refine

    def ball(self, digits: int) -> arb:
        """An enclosure with ``digits`` correct digits, or the best there is."""
        if self.refine is None or self._ball.rel_accuracy_bits() >= 3.33 * digits:
            return self._ball
        return self.refine(digits)

    def ends(self, digits: int = DIGITS) -> tuple[mpmath.mpf, mpmath.mpf]:
        return balls.ends(self.ball(digits))

    def _key(self) -> Hashable:
        low, high = balls.ends(self._ball)
        return (low, high)


class Between(Real):
    """A number proved to lie between two others; known no better than the weaker of them."""

    def __init__(self, low: Real, high: Real) -> None:
        self.low, self.high = low, high
        self.guarantee = Guarantee.weakest([Guarantee.CERTIFIED, low.guarantee, high.guarantee])

    def ends(self, digits: int = DIGITS) -> tuple[mpmath.mpf, mpmath.mpf]:
        return self.low.ends(digits)[0], self.high.ends(digits)[1]

    def _key(self) -> Hashable:
        return (self.low, self.high)


class Approximation(Real):
    """A value with a bound on its absolute error that was computed a posteriori, not proved.

    ``refine()``, where it is known, gives another value and its error; it is asked when many digits are, and used
    where its error is the smaller one.
    """

    guarantee = Guarantee.NUMERICAL

    def __init__(
        self,
        value: mpmath.mpf,
        error: mpmath.mpf,
        refine: Callable[[], tuple[mpmath.mpf, mpmath.mpf]] | None = None,
    ) -> None:
        self._value, self.error = mpmath.mpmathify(value), mpmath.mpmathify(error)
        self.refine = refine

    def _best(self, digits: int) -> tuple[mpmath.mpf, mpmath.mpf]:
        known = (self._value, self.error)
        if self.refine is None or digits < MANY_DIGITS:
            return known
        return min(self.refine(), known, key=lambda number: number[1])

    def value(self, digits: int = DIGITS) -> mpmath.mpf:
        return self._best(digits)[0]

    def ends(self, digits: int = DIGITS) -> tuple[mpmath.mpf, mpmath.mpf]:
        value, error = self._best(digits)
        return mpmath.fsub(value, error, exact=True), mpmath.fadd(value, error, exact=True)

    def _key(self) -> Hashable:
        return (self._value, self.error)


class Sampled(Real):
    """An estimate with its confidence interval at confidence ``level``.

    ``effective``, where it is known, is the number of networks that would have to be counted for the same accuracy.
    """

    guarantee = Guarantee.STATISTICAL

    def __init__(
        self, estimate: float, low: float, high: float, level: float, samples: int, effective: float | None = None
    ) -> None:
        self.estimate, self.low, self.high, self.level, self.samples = estimate, low, high, level, samples
        self.effective = effective

    def value(self, digits: int = DIGITS) -> mpmath.mpf:
        return mpmath.mpf(self.estimate)

    def ends(self, digits: int = DIGITS) -> tuple[mpmath.mpf, mpmath.mpf]:
        return mpmath.mpf(self.low), mpmath.mpf(self.high)

    def _key(self) -> Hashable:
        return (self.estimate, self.low, self.high, self.level, self.samples, self.effective)


def enclosure(number: Real, digits: int) -> arb:
    """A ball around an exact or certified number."""
    if isinstance(number, Rational):
        with balls.precision(digits):
            return arb(number.rational)
    if isinstance(number, ClosedForm | Ball):
        return number.ball(digits)
    return balls.from_mpf(*number.ends(digits))


def compute(function: Callable[..., Any], numbers: Sequence[Real]) -> Real:
    """``function(*numbers)`` as exactly as the numbers allow.

    ``function`` is called with rationals (fmpq), with sympy expressions or with balls (arb) and uses what the three
    have in common: + - * / and integer powers. A number with an unproved error bound gives one of its kind.

    Raises
    ------
    TypeError
        For an estimate: the confidence interval of a function of it is no function of its confidence interval.

    >>> third, sixth = Rational(Fraction(1, 3)), Rational(Fraction(1, 6))
    >>> compute(lambda x, y: x + 2 * y, [third, sixth]).fraction
    Fraction(2, 3)
    """
    if all(isinstance(x, Rational) for x in numbers):
        return Rational(fmpq(function(*(x.rational for x in numbers if isinstance(x, Rational)))))
    weakest = Guarantee.weakest(x.guarantee for x in numbers)
    if weakest is Guarantee.STATISTICAL:
        raise TypeError("numbers must be exact, certified or numerical, got an estimate")
    if weakest is Guarantee.EXACT:
        return ClosedForm(function(*(x.expression for x in numbers)))

    def refine(digits: int) -> arb:
        parts = [enclosure(x, digits) for x in numbers]
        with balls.precision(digits):
            return arb(function(*parts))

    if weakest is Guarantee.NUMERICAL:
        ball = refine(DIGITS)
        if not ball.is_finite():
            raise ArithmeticError("a denominator is only known to lie in an interval around 0")
        return Approximation(balls.to_mpf(ball), balls.ends(ball.rad())[1])
    return Ball(refine(DIGITS), refine)


def total(numbers: Sequence[Real], weights: Sequence[int] | None = None) -> Real:
    """sum_i weights_i numbers_i, all weights 1 by default.

    >>> total([Rational(Fraction(1, 3)), Rational(Fraction(1, 6))], [1, 4]).fraction
    Fraction(1, 1)
    """
    weights = [1] * len(numbers) if weights is None else weights
    terms = [(w, x) for w, x in zip(weights, numbers, strict=True) if w != 0 and x != ZERO]
    return compute(lambda *xs: sum(w * x for (w, _), x in zip(terms, xs, strict=True)), [x for _, x in terms])


ZERO = Rational(0)
ONE = Rational(1)
