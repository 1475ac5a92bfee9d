"""Real numbers keep the weakest guarantee and contain the value they stand for."""

from fractions import Fraction

import flint
import mpmath
import pytest
import sympy
from flint import arb, fmpq
from hypothesis import given, settings, strategies as st

from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import (
    ONE,
    ZERO,
    Approximation,
    Ball,
    Between,
    ClosedForm,
    Rational,
    Sampled,
    compute,
    enclosure,
    total,
)

rationals = st.fractions(min_value=-2, max_value=2, max_denominator=1000)


def ball(value, digits=20):
    def refine(more):
        with balls.precision(more):
            return arb(fmpq(value.numerator, value.denominator))

    return Ball(refine(digits), refine)


def contains(number, value, digits=17):
    low, high = number.ends(digits)
    return balls.mpf_fraction(low) <= value <= balls.mpf_fraction(high)


@settings(max_examples=50)
@given(rationals, rationals, rationals)
def test_compute_on_rationals_is_fraction_arithmetic(x, y, z):
    number = compute(lambda a, b, c: a * b - 3 * c + b**2, [Rational(x), Rational(y), Rational(z)])
    assert number == Rational(x * y - 3 * z + y**2)
    assert number.fraction == x * y - 3 * z + y**2
    assert number.guarantee is Guarantee.EXACT
    assert number.expression == sympy.Rational(number.fraction.numerator, number.fraction.denominator)


@settings(max_examples=50)
@given(rationals, rationals)
def test_compute_on_balls_contains_the_exact_result(x, y):
    number = compute(lambda a, b: a * b + a - 2 * b, [Rational(x), ball(y)])
    value = x * y + x - 2 * y
    assert number.guarantee is Guarantee.CERTIFIED
    assert number.fraction is None
    for digits in (17, 60):
        assert contains(number, value, digits)
        # each term is known to relative 10^-digits and 32 guard bits, and is at most 4
        assert enclosure(number, digits).rad() <= arb(20) * arb(10) ** -digits


def test_compute_on_closed_forms_is_symbolic():
    number = compute(lambda a, b: 2 * a * b, [ClosedForm(sympy.sqrt(2)), Rational(Fraction(1, 3))])
    assert number == ClosedForm(2 * sympy.sqrt(2) / 3)
    assert number.guarantee is Guarantee.EXACT
    low, high = number.ends(100)
    with mpmath.workdps(120):
        assert low <= 2 * mpmath.sqrt(2) / 3 <= high
        assert high - low < mpmath.mpf(10) ** -99


def test_the_weakest_guarantee_wins():
    exact, certified = Rational(Fraction(1, 3)), ball(Fraction(1, 7))
    numerical = Approximation(mpmath.mpf("0.25"), mpmath.mpf("1e-9"))
    sampled = Sampled(0.5, 0.4, 0.6, 0.99, 100)

    def add(x, y):
        return compute(lambda a, b: a + b, [x, y])

    assert add(exact, exact).guarantee is Guarantee.EXACT
    assert add(exact, certified).guarantee is Guarantee.CERTIFIED
    assert add(certified, numerical).guarantee is Guarantee.NUMERICAL
    assert total([exact, numerical]).guarantee is Guarantee.NUMERICAL
    with pytest.raises(TypeError, match="estimate"):
        add(exact, sampled)
    assert Between(exact, certified).guarantee is Guarantee.CERTIFIED
    assert Between(exact, numerical).guarantee is Guarantee.NUMERICAL


def test_an_unproved_error_bound_is_carried_along():
    x = Approximation(mpmath.mpf("0.25"), mpmath.mpf("1e-9"))
    y = compute(lambda a: 4 * a, [x])
    assert contains(y, Fraction(1) + Fraction(4, 10**9) * Fraction(99, 100))
    assert contains(y, Fraction(1) - Fraction(4, 10**9) * Fraction(99, 100))
    assert 4e-9 <= y.error <= 4.00001e-9


def test_a_denominator_that_may_be_zero_is_an_error():
    x = Approximation(mpmath.mpf("1e-20"), mpmath.mpf("1e-12"))
    with pytest.raises(ArithmeticError, match="around 0"):
        compute(lambda a: 1 / a, [x])


def test_an_approximation_keeps_all_bits_of_its_value():
    with mpmath.workdps(60):
        value = mpmath.sqrt(2)
    low, high = Approximation(value, mpmath.mpf(0)).ends()
    assert low == high == value


@settings(max_examples=50)
@given(rationals, st.integers(1, 80))
def test_ends_of_a_rational(x, digits):
    assert contains(Rational(x), x, digits)
    low, high = map(balls.mpf_fraction, Rational(x).ends(digits))
    assert high - low <= abs(x) * Fraction(1, 10**digits) or high - low <= abs(x) * Fraction(2, 2**53)


@settings(max_examples=50)
@given(rationals, rationals)
def test_between_contains_both(x, y):
    low, high = min(x, y), max(x, y)
    number = Between(Rational(low), Rational(high))
    assert contains(number, low)
    assert contains(number, high)
    below, above = map(balls.mpf_fraction, balls.ends(enclosure(number, 30)))
    assert below <= low <= high <= above


def test_total_weighs_and_skips_zeros():
    numbers = [Rational(Fraction(1, 2)), ZERO, Rational(Fraction(1, 3))]
    assert total(numbers) == Rational(Fraction(5, 6))
    assert total(numbers, [2, 5, 3]) == Rational(2)
    assert total(numbers, [0, 7, 0]) == total([]) == ZERO


def test_equality_and_hash_are_by_value():
    assert Rational(Fraction(2, 4)) == Rational(fmpq(1, 2)) != ball(Fraction(1, 2))
    assert hash(Rational(1)) == hash(ONE)
    assert len({ClosedForm(sympy.pi), ClosedForm(sympy.pi), Rational(3), Rational(3)}) == 2
    assert ball(Fraction(1, 3)) == ball(Fraction(1, 3))
    assert ball(Fraction(1, 3), 30) != ball(Fraction(1, 3), 20)
    assert Rational(1) != 1


def test_a_ball_is_refined_on_demand_and_otherwise_stays():
    third = Fraction(1, 3)
    assert enclosure(ball(third), 200).rel_accuracy_bits() > 3.32 * 200
    fixed = Ball(ball(third).ball(20))
    assert enclosure(fixed, 200) is fixed.ball(20)
    assert contains(fixed, third, 200)


@settings(max_examples=50)
@given(st.fractions(min_value=Fraction(1, 10**6), max_value=1))
def test_value_is_the_nearest_float(x):
    assert float(Rational(x).value()) == x.numerator / x.denominator


def test_precision_of_flint_and_mpmath_is_restored():
    before = flint.ctx.prec, mpmath.mp.dps
    number = compute(lambda a: a * a, [ball(Fraction(1, 3))])
    number.ends(500)
    number.value(500)
    assert (flint.ctx.prec, mpmath.mp.dps) == before
