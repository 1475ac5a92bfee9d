"""How numbers are written: never more digits than are known, and never a rounded number as if it were exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import mpmath
import sympy
import tabulate
from flint import arb, fmpq

from relu_prob.numbers import balls
from relu_prob.numbers.real import Approximation, Between, Real, Sampled, enclosure

SHORT = 40  # characters: what a fraction or an expression may take in a line


def short_expression(number: Real) -> str | None:
    """The exact value as text that sympy (or Fraction) reads back, if it is short."""
    fraction = number.fraction
    if fraction is not None:
        if max(abs(fraction.numerator), fraction.denominator).bit_length() > 3 * SHORT:
            return None
        text = str(fraction)
    elif number.expression is not None and sympy.count_ops(number.expression) <= SHORT:
        text = str(number.expression)
    else:
        return None
    return text if len(text) <= SHORT else None


def fraction_text(value: Fraction) -> str:
    """``value`` as text of any length; Python's integers refuse to be written with more than 4300 digits.

    >>> fraction_text(Fraction(3, 4)), len(fraction_text(Fraction(1, 2**20000)))
    ('3/4', 6023)
    """
    return str(fmpq(value.numerator, value.denominator))


def decimal(number: Real, digits: int, low: float = -mpmath.inf, high: float = mpmath.inf) -> tuple[str, bool]:
    """Up to ``digits`` correct decimal digits, and whether they are the exact value; it lies in [low, high] anyway.

    >>> from relu_prob.numbers.real import Rational
    >>> from fractions import Fraction
    >>> decimal(Rational(Fraction(1, 4)), 6), decimal(Rational(Fraction(1, 3)), 6)
    (('0.25', True), ('0.333333', False))
    >>> decimal(Rational(Fraction(1, 2**10000)), 6)
    ('5.01237e-3011', False)
    """
    fraction = number.fraction
    if fraction is not None and fraction.denominator.bit_length() <= 4 * digits:
        scaled = fraction * 10**digits
        if scaled.denominator == 1 and len(str(abs(scaled.numerator)).rstrip("0")) <= digits + 1:
            text = mpmath.libmp.to_str(mpmath.libmp.from_rational(*_pair(fraction), 20 * digits), digits + 1)
            return text.removesuffix(".0"), True
    if isinstance(number, Sampled):
        return f"{number.estimate:.{min(digits, 6)}g}", False
    ball = enclosure(number, digits + 5)
    if isinstance(number, Between) or ball.rel_accuracy_bits() < 7:  # the interval says more than a rounding of it
        ends = number.ends(digits)
        return f"in [{outward(max(ends[0], low), -1)}, {outward(min(ends[1], high), 1)}]", False
    with balls.precision(digits + 5):
        return _plain(ball, digits), False


def outward(value: mpmath.mpf, direction: int, digits: int = 6) -> str:
    """``value`` with ``digits`` digits, rounded down for direction -1 and up for +1.

    >>> outward(mpmath.mpf("0.123456789"), -1, 3), outward(mpmath.mpf("0.123456789"), 1, 3)
    ('0.123', '0.124')
    """
    text: str = mpmath.nstr(value, digits, min_fixed=-6, max_fixed=16)
    with mpmath.workdps(digits + 40):
        shown = mpmath.mpf(text)
        if (shown - value) * direction < 0:
            step = mpmath.mpf(10) ** (mpmath.floor(mpmath.log10(abs(value))) - digits + 1)
            text = mpmath.nstr(shown + direction * step, digits, min_fixed=-6, max_fixed=16)
    return text.removesuffix(".0")


def numerical(number: Real, digits: int) -> str:
    """The guarantee of a number with an error bound that was computed, not proved; of an interval, that of its ends.

    >>> from relu_prob.numbers.real import Approximation, Rational
    >>> half = Approximation(mpmath.mpf(1) / 2, mpmath.mpf("1e-9"))
    >>> numerical(half, 15), numerical(Between(half, Rational(1)), 15)
    ('numerical, error <= 1.1e-9', 'numerical, error of the ends <= 1.1e-9')
    """
    parts = [number.low, number.high] if isinstance(number, Between) else [number]
    errors = [(high - low) / 2 for low, high in (x.ends(digits + 5) for x in parts if isinstance(x, Approximation))]
    what = "error of the ends" if isinstance(number, Between) else "error"
    return f"numerical, {what} <= {outward(max(errors), 1, 2)}" if errors else "numerical"


def latex_decimal(text: str) -> str:
    r"""A decimal, or an interval of two, as LaTeX.

    >>> print(latex_decimal("5.01e-3011"))
    5.01 \times 10^{-3011}
    >>> print(latex_decimal("in [2e-9, 0.5]"))
    \in [2 \times 10^{-9}, 0.5]
    """
    if text.startswith("in "):
        low, high = text.removeprefix("in [").removesuffix("]").split(", ")
        return rf"\in [{latex_decimal(low)}, {latex_decimal(high)}]"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa} \\times 10^{{{int(exponent)}}}" if exponent else mantissa


def booktabs(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> str:
    r"""A LaTeX tabular with the rules of booktabs; cells are LaTeX already.

    >>> print(booktabs([["$1$"]], ["$j$"]).splitlines()[1])
    \toprule
    """
    table = str(tabulate.tabulate(rows, headers=headers, tablefmt="latex_raw", disable_numparse=True))
    for rule in ("toprule", "midrule", "bottomrule"):
        table = table.replace(r"\hline", f"\\{rule}", 1)
    return table


def _pair(fraction: object) -> tuple[int, int]:
    return int(fraction.numerator), int(fraction.denominator)  # type: ignore[attr-defined]


def _plain(ball: arb, digits: int) -> str:
    """flint's digits, all of them correct, without an exponent where the number is not far from 1."""
    text: str = ball.str(digits, radius=False)
    mantissa, _, exponent = text.partition("e")
    if exponent and -6 <= int(exponent) < 0:
        digits_only = mantissa.replace(".", "").replace("-", "")
        sign = "-" if mantissa.startswith("-") else ""
        return f"{sign}0.{'0' * (-int(exponent) - 1)}{digits_only}"
    return text
