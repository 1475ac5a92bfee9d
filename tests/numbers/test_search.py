"""Targets, and the first of a monotone row."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from relu_prob.numbers.search import first, goal


@given(st.integers(1, 200), st.integers(1, 60), st.integers(1, 200))
def test_the_first_is_the_first(threshold, low, limit):
    asked = []

    def true(n):
        asked.append(n)
        return n >= threshold

    found = first(true, low, limit)
    assert found == next((n for n in range(low, limit + 1) if n >= threshold), None)
    # doubling and bisection: each at most twice the binary digits of the limit
    assert all(low <= n <= limit for n in asked)
    assert len(asked) <= 2 * limit.bit_length() + 2


def test_goals():
    assert goal(Fraction(1, 3), None) == Fraction(1, 3)
    assert goal(None, Fraction(1, 10**9)) == 1 - Fraction(1, 10**9)


@pytest.mark.parametrize("value", [0, 1, -0.5, 2, float("nan")])
@pytest.mark.parametrize("name", ["target", "failure"])
def test_goals_outside_of_the_unit_interval(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a"):
        goal(**{"target": None, "failure": None, name: value})
