"""Balls contain what they say, their ends are rounded outwards, and flint's precision is restored."""

from fractions import Fraction

import flint
import mpmath
import pytest
from flint import arb, fmpq
from hypothesis import given, settings, strategies as st

from relu_prob.numbers import balls

dyadic = st.builds(lambda m, e: Fraction(m) * Fraction(2) ** e, st.integers(-(2**80), 2**80), st.integers(-90, 90))


def as_mpf(value):
    return mpmath.make_mpf(
        mpmath.libmp.from_rational(value.numerator, value.denominator, 400, mpmath.libmp.round_nearest)
    )


@pytest.mark.parametrize("digits", [1, 15, 50, 1000])
def test_precision_gives_the_digits_and_restores_the_setting(digits):
    before = flint.ctx.prec
    with balls.precision(digits):
        third = arb(1) / 3
        assert third.rel_accuracy_bits() * 0.30102 > digits
    assert flint.ctx.prec == before


def test_precision_is_restored_after_an_error():
    before = flint.ctx.prec
    with pytest.raises(RuntimeError), balls.precision(77):
        raise RuntimeError
    assert flint.ctx.prec == before


@settings(max_examples=50)
@given(dyadic)
def test_a_dyadic_number_passes_through_unrounded(value):
    assert balls.mpf_fraction(as_mpf(value)) == value
    point = as_mpf(value)
    assert balls.mpf_fraction(balls.to_mpf(balls.from_mpf(point, point))) == value


@settings(max_examples=50)
@given(st.fractions(min_value=-5, max_value=5), st.integers(1, 60))
def test_ends_of_a_ball_contain_the_rational_and_are_as_close_as_its_digits(value, digits):
    with balls.precision(digits):
        ball = arb(fmpq(value.numerator, value.denominator))
    low, high = map(balls.mpf_fraction, balls.ends(ball))
    assert low <= value <= high
    assert high - low <= abs(value) * Fraction(1, 10**digits), "also where flint's own setting has fewer digits"


def test_ends_of_an_exact_ball_are_the_number():
    low, high = balls.ends(arb(3) / 8)
    assert low == high == mpmath.mpf("0.375")
    assert balls.ends(arb(0)) == (0, 0)


def test_a_ball_without_a_bound_has_no_ends():
    for ball in (arb("nan"), arb(1) / arb(0)):
        with pytest.raises(ArithmeticError, match="more digits are needed"):
            balls.ends(ball)


@settings(max_examples=50)
@given(st.fractions(), st.integers(2, 200))
def test_rational_ends_are_neighbours(value, bits):
    ends = balls.rational_ends(fmpq(value.numerator, value.denominator), bits)
    low, high = map(balls.mpf_fraction, ends)
    assert low <= value <= high
    assert high - low <= abs(value) * Fraction(2, 2**bits)
    if low == value:
        assert high == value


@settings(max_examples=50)
@given(dyadic, dyadic)
def test_a_ball_from_two_ends_contains_them(x, y):
    low, high = min(x, y), max(x, y)
    ball = balls.from_mpf(as_mpf(low), as_mpf(high))
    below, above = map(balls.mpf_fraction, balls.ends(ball))
    assert below <= low
    assert high <= above
