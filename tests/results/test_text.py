"""Numbers as text: every digit is correct, and a rounded number is never written as if it were exact."""

import re
from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb, fmpq
from hypothesis import given, settings, strategies as st

from relu_prob.numbers import balls
from relu_prob.numbers.real import Ball, Between, ClosedForm, Rational, Sampled
from relu_prob.results import text

probabilities = st.fractions(min_value=0, max_value=1)
tiny = st.builds(lambda m, e: Fraction(m, 2**e), st.integers(1, 10**6), st.integers(20, 5000))


def last_digit(shown):
    """The value of one unit in the last place of a decimal."""
    mantissa, _, exponent = shown.partition("e")
    places = len(mantissa.partition(".")[2])
    return Fraction(10) ** (int(exponent or 0) - places)


@settings(max_examples=50)
@given(probabilities | tiny, st.integers(1, 30))
def test_all_digits_of_a_decimal_are_correct(value, digits):
    shown, exact = text.decimal(Rational(value), digits)
    if exact:
        assert Fraction(shown) == value
    else:
        assert abs(Fraction(shown) - value) <= last_digit(shown)
        significant = re.sub(r"e.*|\.", "", shown).lstrip("0")
        assert len(significant) <= digits


@settings(max_examples=50)
@given(st.integers(0, 2**20), st.integers(0, 20))
def test_short_decimals_are_exact(m, e):
    value = Fraction(m, 2**e)
    shown, exact = text.decimal(Rational(value), 40)
    assert exact
    assert Fraction(shown) == value


@settings(max_examples=50)
@given(probabilities)
def test_decimals_of_a_ball_have_no_more_digits_than_are_known(value):
    with balls.precision(1):
        ball = arb(fmpq(value.numerator, value.denominator)) + arb(0, 1e-4)
    shown, exact = text.decimal(Ball(ball), 15)
    low, high = map(balls.mpf_fraction, balls.ends(ball))
    assert not exact
    if shown.startswith("in ["):
        below, above = map(Fraction, shown[4:-1].split(", "))
        assert below <= low <= high <= above
    else:
        assert abs(Fraction(shown) - low) <= last_digit(shown)
        assert abs(Fraction(shown) - high) <= last_digit(shown)


def test_an_interval_is_shown_rounded_outwards():
    number = Between(Rational(Fraction(1, 3)), Rational(Fraction(2, 3)))
    assert text.decimal(number, 15) == ("in [0.333333, 0.666667]", False)


@settings(max_examples=50)
@given(st.floats(-1, 1) | st.floats(1e-300, 1e-200), st.integers(1, 15), st.sampled_from([-1, 1]))
def test_outward_rounding(value, digits, direction):
    shown = Fraction(text.outward(mpmath.mpf(value), direction, digits))
    difference = (shown - Fraction(value)) * direction
    assert difference >= 0
    assert difference <= Fraction(10 * abs(value)) / 10**digits * Fraction(11, 10)


@pytest.mark.parametrize(("value", "low", "high"), [("0", "0", "0"), ("0.5", "0.5", "0.5"), ("1", "1", "1")])
def test_outward_leaves_short_numbers_alone(value, low, high):
    assert text.outward(mpmath.mpf(value), -1) == low
    assert text.outward(mpmath.mpf(value), 1) == high


def test_outward_across_a_power_of_ten():
    assert text.outward(mpmath.mpf("0.99999999"), -1, 3) == "0.999"
    assert text.outward(mpmath.mpf("0.99999999"), 1, 3) == "1"
    assert text.outward(mpmath.mpf("1.00000001"), 1, 3) == "1.01"


def test_short_expressions():
    assert text.short_expression(Rational(Fraction(5, 32))) == "5/32"
    assert text.short_expression(Rational(Fraction(1, 3**60))) == str(Fraction(1, 3**60))
    assert text.short_expression(Rational(Fraction(1, 2**200))) is None
    assert text.short_expression(ClosedForm(sympy.atan(2) / sympy.pi)) == "atan(2)/pi"
    assert text.short_expression(ClosedForm(sympy.Add(*(sympy.sqrt(p) for p in (2, 3, 5, 7, 11, 13, 17))))) is None
    assert text.short_expression(Sampled(0.5, 0.4, 0.6, 0.9, 10)) is None


@pytest.mark.parametrize("decimal", ["0.25", "5.01e-3011", "1.5e+20", "1"])
def test_latex_of_a_decimal_reads_back(decimal):
    shown = text.latex_decimal(decimal)
    mantissa, _, exponent = shown.partition(r" \times 10^")
    assert Fraction(mantissa) * Fraction(10) ** int(exponent.strip("{}") or 0) == Fraction(decimal)


def test_booktabs_has_its_three_rules_in_order():
    table = text.booktabs([["$1$", "$2$"], ["$3$", "$4$"]], ["$a$", "$b$"])
    assert [table.index(rf"\{rule}") for rule in ("toprule", "midrule", "bottomrule")] == sorted(
        table.index(rf"\{rule}") for rule in ("toprule", "midrule", "bottomrule")
    )
    assert "hline" not in table
    assert table.count("&") == 3
