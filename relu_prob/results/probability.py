"""A number that a question returns: a probability, or a mean or variance of counts."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from functools import cached_property
from math import isfinite
from typing import Any

import mpmath
import sympy

from relu_prob import checks
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Real, Sampled
from relu_prob.results import text


class Quantity:
    """A real number with its guarantee, the method that computed it and the source of the theorem used.

    Immutable; compares by value. ``float(q)`` is the nearest float (0.0 below its range: print it, or use ``mpf``).

    Examples
    --------
    >>> from relu_prob import Network, born_dead
    >>> p = born_dead(Network((1, 4, 4, 1)))
    >>> p
    Probability(23/2048 = 0.01123046875, exact)
    >>> p.fraction, float(p) == 23 / 2048
    (Fraction(23, 2048), True)
    """

    _within = -mpmath.inf, mpmath.inf
    """Where the value lies whatever is known of it."""

    def __init__(self, number: Real, *, method: str, source: str = "", bracket: Quantity | None = None) -> None:
        self._number = number
        self._method = method
        self._source = source
        self._bracket = bracket

    @property
    def number(self) -> Real:
        """The number itself, as ``relu_prob.numbers`` knows it."""
        return self._number

    @property
    def guarantee(self) -> Guarantee:
        """EXACT, CERTIFIED, NUMERICAL or STATISTICAL."""
        return self._number.guarantee

    @property
    def method(self) -> str:
        """How it was computed."""
        return self._method

    @property
    def source(self) -> str:
        """Where the theorem is stated or proved."""
        return self._source

    @property
    def bracket(self) -> Quantity | None:
        """For an estimate: the interval that the true value lies in, where there is one: certified, or numerical."""
        return self._bracket

    @property
    def level(self) -> float | None:
        """For an estimate: the confidence level of [low, high]."""
        return self._number.level if isinstance(self._number, Sampled) else None

    @cached_property
    def _ends(self) -> tuple[mpmath.mpf, mpmath.mpf]:
        low, high = self._number.ends()
        return max(low, self._within[0]), min(high, self._within[1])

    def _decimal(self, digits: int) -> tuple[str, bool]:
        return text.decimal(self._number, checks.integer("digits", digits, low=1), *self._within)

    @property
    def low(self) -> mpmath.mpf:
        """The lower end of what is known, rounded down; for an exact number its neighbour with 56 bits."""
        return self._ends[0]

    @property
    def high(self) -> mpmath.mpf:
        """The upper end of what is known, rounded up."""
        return self._ends[1]

    @property
    def exact(self) -> sympy.Expr | None:
        """The value as a sympy expression if it is exact, otherwise None."""
        return self._number.expression

    @property
    def fraction(self) -> Fraction | None:
        """The value as a Fraction if it is known to be rational, otherwise None."""
        return self._number.fraction

    def mpf(self, digits: int) -> mpmath.mpf:
        """The value rounded to ``digits`` decimal digits.

        Raises
        ------
        ValueError
            Where the number is not known to so many digits.

        >>> from relu_prob import Network, Normal, born_dead
        >>> p = born_dead(Network((1, 3, 1), biases=Normal(1)), layer=1)
        >>> with mpmath.workdps(30):
        ...     print(p.mpf(30))
        0.00751954565593657666252972122588
        """
        digits = checks.integer("digits", digits, low=1)
        low, high = self._number.ends(digits + 3)
        with mpmath.workdps(digits + 5):
            if high - low > abs(low) * mpmath.mpf(10) ** -digits:
                raise ValueError(
                    f"digits must be at most what is known, got {digits}: the value is {self.guarantee} "
                    f"and only known to lie in [{text.outward(low, -1)}, {text.outward(high, 1)}]"
                )
            value = (low + high) / 2
        with mpmath.workdps(digits):
            return +value

    def decimal(self, digits: int = 15) -> str:
        """Up to ``digits`` decimal digits, all of them correct."""
        return self._decimal(digits)[0]

    def __float__(self) -> float:
        return float(self._number.value())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> Hashable:
        return (type(self).__name__, self._number, self._method, self._source, self._bracket)

    def describe(self, digits: int = 15) -> str:
        """The value, exactly and in decimals, and its guarantee, in one line."""
        decimal, is_exact = self._decimal(digits)
        exact = text.short_expression(self._number)
        if exact == decimal:
            value = decimal
        elif exact is not None:
            value = f"{exact} {'=' if is_exact else '≈'} {decimal}"
        elif decimal.startswith("in ") or is_exact:
            value = decimal
        else:
            value = f"≈ {decimal}"
        return f"{value}, {self._guarantee_text(digits)}"

    def _guarantee_text(self, digits: int) -> str:
        number = self._number
        if isinstance(number, Sampled):
            line = (
                f"estimate, {100 * number.level:g}% confidence interval [{text.outward(self.low, -1)}, "
                f"{text.outward(self.high, 1)}] from {number.samples} networks"
            )
            if number.effective is not None and isfinite(number.effective):
                line += f" (worth {number.effective:.2g} counted ones)"
            if self._bracket is not None:
                ends = text.outward(self._bracket.low, -1), text.outward(self._bracket.high, 1)
                if self._bracket.guarantee <= Guarantee.CERTIFIED:
                    line += f", certainly in [{ends[0]}, {ends[1]}]"
                else:
                    line += f", in [{ends[0]}, {ends[1]}] ({text.numerical(self._bracket.number, digits)})"
            return line
        return text.numerical(number, digits) if self.guarantee is Guarantee.NUMERICAL else str(self.guarantee)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.describe()})"

    def __str__(self) -> str:
        return self.describe()

    def latex(self, digits: int = 6) -> str:
        r"""The value in LaTeX math mode: exactly where that is short, otherwise ``digits`` decimals.

        >>> from relu_prob import Network, born_dead
        >>> print(born_dead(Network((1, 4, 4, 1))).latex())
        \frac{23}{2048}
        """
        if text.short_expression(self._number) is not None:
            return str(sympy.latex(self.exact))
        shown, is_exact = self._decimal(digits)
        rounded = not is_exact and not shown.startswith("in ")
        return (r"\approx " if rounded else "") + text.latex_decimal(shown)

    def to_dict(self, digits: int = 15) -> dict[str, Any]:
        """A plain dict for JSON: numbers as text, so that nothing is rounded on the way.

        ``fraction`` (for Fraction) and ``exact`` (for sympy) read back as the value.
        """
        result: dict[str, Any] = {"value": self.decimal(digits), "guarantee": str(self.guarantee)}
        if self.fraction is not None:
            result["fraction"] = result["exact"] = text.fraction_text(self.fraction)
        elif self.exact is not None:
            result["exact"] = str(self.exact)
        result |= {"low": text.outward(self.low, -1, digits), "high": text.outward(self.high, 1, digits)}
        if isinstance(self._number, Sampled):
            result |= {"level": self._number.level, "samples": self._number.samples}
            if self._number.effective is not None and isfinite(self._number.effective):
                result["effective_samples"] = self._number.effective
        if self._bracket is not None:
            result["bracket"] = self._bracket.to_dict(digits)
        return result | {"method": self._method, "source": self._source}


class Probability(Quantity):
    """A Quantity in [0, 1]: what is known of it is cut off there."""

    _within = mpmath.mpf(0), mpmath.mpf(1)
