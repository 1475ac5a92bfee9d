"""Every check returns the canonical value or says name, value and what is allowed."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from relu_prob import checks

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)], ids=repr)
def test_integers_of_any_kind_become_ints(value):
    assert checks.integer("n", value, low=1) == 3
    assert type(checks.integer("n", value, low=3, high=3)) is int


@pytest.mark.parametrize(
    ("value", "error"),
    [(0, ValueError), (5, ValueError), (-1, ValueError), (np.int64(9), ValueError)]
    + [(x, TypeError) for x in (True, np.True_, 2.0, np.float64(2), "2", None, Fraction(2), [2], NAN, 2j)],
    ids=repr,
)
def test_not_an_integer_in_range(value, error):
    with pytest.raises(error, match=rf"^n must be an integer from 1 to 4, got {re.escape(repr(value))}$"):
        checks.integer("n", value, low=1, high=4)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (2, 2),
        (0.1, Fraction(3602879701896397, 2**55)),
        (Fraction(1, 3), Fraction(1, 3)),
        (np.float32(0.5), Fraction(1, 2)),
        (np.int8(-7), -7),
        (-0.0, 0),
        (5e-324, Fraction(1, 2**1074)),
    ],
    ids=repr,
)
def test_a_real_number_is_the_rational_that_it_stores(value, result):
    assert checks.real("x", value) == result
    assert type(checks.real("x", value)) is Fraction


@pytest.mark.parametrize(
    ("value", "error"),
    [(x, ValueError) for x in (NAN, INF, -INF, np.float64("nan"))]
    + [(x, TypeError) for x in (True, np.False_, "1", None, [1.0], 1j, Decimal(1), np.array([1.0]))],
    ids=repr,
)
def test_not_a_finite_real_number(value, error):
    with pytest.raises(error, match=re.escape(f"x must be a finite number, got {value!r}")):
        checks.real("x", value)


def test_positive_and_nonzero():
    with pytest.raises(ValueError, match="x must be a positive finite number, got 0"):
        checks.real("x", 0, positive=True)
    with pytest.raises(ValueError, match=r"x must be a non-zero finite number, got -0\.0"):
        checks.real("x", -0.0, nonzero=True)
    assert checks.real("x", -2, nonzero=True) == -2


@pytest.mark.parametrize("value", [0, 1, -0.5, 1.5, 1 - 1e-20, 1e-400])
def test_strictly_between(value):
    with pytest.raises(ValueError, match=re.escape(f"level must be a number strictly between 0 and 1, got {value!r}")):
        checks.fraction_between("level", value, 0, 1)


def test_choice_instance_and_sequence():
    with pytest.raises(ValueError, match="death must be one of 'a', 'b', got 'c'"):
        checks.choice("death", "c", ("a", "b"))
    with pytest.raises(TypeError, match="thing must be a number, got 'x'"):
        checks.instance("thing", "x", int, "a number")
    for value in ("12", b"12", 12, None):
        with pytest.raises(TypeError, match=re.escape(f"need must be integers, got {value!r}")):
            checks.sequence("need", value, "integers")
    assert checks.sequence("need", np.array([1, 2]), "integers") == (1, 2)
    assert checks.sequence("need", iter([1, 2]), "integers") == (1, 2)


@given(st.fractions() | st.floats(allow_nan=False, allow_infinity=False).map(Fraction))
def test_number_text_reads_back_as_the_number(value):
    text = checks.number_text(value)
    assert checks.real("x", eval(text, {"Fraction": Fraction})) == value
