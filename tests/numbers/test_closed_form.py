"""Closed forms in balls, against mpmath and against rationals."""

import flint
import mpmath
import pytest
import sympy
from hypothesis import given, settings, strategies as st
from sympy import E, Rational, acos, asin, atan, erf, erfc, exp, gamma, log, pi, sqrt

from relu_prob.numbers import balls
from relu_prob.numbers.closed_form import enclose

CLOSED_FORMS = [
    Rational(22, 7),
    pi,
    E,
    exp(2),
    exp(Rational(-1, 3)),
    atan(Rational(1, 3)) / pi,
    Rational(1, 2) - sqrt(5) / 5,
    -2 * sqrt(6) / (11 * pi) + atan(sqrt(6) / 4) / pi,
    Rational(5, 32) - 3 * (2 - 2 * log(2) + log(2) ** 2) / (8 * pi**2),
    acos(Rational(1, 5)) * asin(Rational(3, 5)),
    erf(sqrt(2)) + erfc(1) / 2,
    gamma(Rational(5, 2)) / gamma(Rational(1, 3)),
    Rational(2, 3) ** Rational(3, 2),
    Rational(2, 3) ** pi,
    1 / sqrt(3) - Rational(1, 3) ** 5,
    (1 - atan(2) / pi) ** 40,
    log(1 + Rational(1, 10**30)),
    atan(10**20) - pi / 2,
]


def by_mpmath(expression, digits):
    """mpmath's value; only numbers and functions of it are used, no evaluation by sympy."""
    with mpmath.workdps(digits):
        return +sympy.lambdify((), expression, "mpmath")()


@pytest.mark.parametrize("expression", CLOSED_FORMS, ids=str)
def test_contains_the_value_of_mpmath(expression):
    digits = 50
    low, high = balls.ends(enclose(expression, digits))
    # mpmath's own error is below 10^-110, times a cancellation of at most 10^40
    value = by_mpmath(expression, 150)
    with mpmath.workdps(160):
        slack = abs(value) * mpmath.mpf(10) ** -100
        assert low - slack <= value <= high + slack
        assert high - low <= 2 * abs(value) * mpmath.mpf(10) ** -digits


@pytest.mark.parametrize("expression", CLOSED_FORMS, ids=str)
@pytest.mark.parametrize("digits", [1, 17, 200])
def test_relative_radius(expression, digits):
    ball = enclose(expression, digits)
    with flint.ctx.workprec(2000):
        assert ball.rad() <= abs(ball.mid()) * flint.arb(10) ** -digits


@given(st.fractions(max_denominator=10**6))
@settings(max_examples=50)
def test_a_rational_is_enclosed_and_zero_exactly(value):
    low, high = balls.ends(enclose(Rational(value.numerator, value.denominator), 40))
    assert balls.mpf_fraction(low) <= value <= balls.mpf_fraction(high)
    assert value or low == high == 0


def test_two_precisions_overlap_and_the_finer_is_inside():
    x = atan(Rational(1, 7)) ** 3 - Rational(1, 350)
    coarse, fine = enclose(x, 20), enclose(x, 80)
    assert fine in coarse
    assert fine.rad() < coarse.rad()


def test_cancellation_costs_precision_not_digits():
    x = sympy.Add(sqrt(2), Rational(1, 10**200), -sqrt(2), evaluate=False)
    low, high = balls.ends(enclose(x, 30))
    with mpmath.workdps(60):
        assert low <= mpmath.mpf(10) ** -200 <= high


def test_an_exact_zero_that_cannot_be_seen_is_an_error():
    zero = sympy.Add(atan(Rational(1, 2)), atan(Rational(1, 3)), -pi / 4, evaluate=False)
    with pytest.raises(ArithmeticError, match="exactly 0"):
        enclose(zero, 5)


def test_outside_of_its_branch_is_an_error():
    with pytest.raises(ArithmeticError, match="branch"):
        enclose(acos(Rational(3, 2), evaluate=False), 5)


@pytest.mark.parametrize(
    "expression",
    [sympy.Symbol("r"), sympy.zeta(3), sympy.I, sympy.Float(0.5), sympy.oo, sympy.nan],
    ids=str,
)
@pytest.mark.parametrize("around", [lambda x: x, lambda x: 1 + 2 * atan(x, evaluate=False)], ids=["bare", "inside"])
def test_what_it_does_not_know_is_named(expression, around):
    with pytest.raises(ValueError, match="closed form of known functions") as error:
        enclose(around(expression), 10)
    assert str(expression.func) in str(error.value)


def test_flints_precision_is_restored():
    before = flint.ctx.prec
    enclose(pi, 300)
    with pytest.raises(ValueError, match="closed form"):
        enclose(sympy.zeta(3), 300)
    assert flint.ctx.prec == before
