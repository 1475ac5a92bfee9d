"""A Quantity says its value, its guarantee and where it comes from, and reads back from text."""

import json
import re
from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb, fmpq
from hypothesis import given, settings, strategies as st
from sympy import atan, pi

from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Approximation, Ball, Between, ClosedForm, Rational, Sampled
from relu_prob.results.probability import Probability, Quantity

probabilities = st.fractions(min_value=0, max_value=1)


def probability(number, **more):
    return Probability(number, method="by hand", source="nowhere", **more)


def third(digits=20):
    with balls.precision(digits):
        return arb(1) / 3


EXAMPLES = [
    (Rational(Fraction(5, 32)), "5/32 = 0.15625, exact"),
    (Rational(Fraction(1, 4)), "1/4 = 0.25, exact"),
    (Rational(Fraction(1, 3)), "1/3 ≈ 0.333333333333333, exact"),
    (Rational(0), "0, exact"),
    (Rational(1), "1, exact"),
    (Rational(Fraction(1, 2**10000)), "≈ 5.01237274920645e-3011, exact"),
    (ClosedForm(atan(2) / pi), "atan(2)/pi ≈ 0.352416382349567, exact"),
    (Ball(third()), "≈ 0.333333333333333, certified"),
    (Between(Rational(Fraction(1, 3)), Rational(Fraction(1, 2))), "in [0.333333, 0.5], certified"),
    (Approximation(mpmath.mpf("0.25"), mpmath.mpf("1e-12")), "≈ 0.25000000000, numerical, error <= 1e-12"),
    (
        Sampled(0.5, 0.4, 0.6, 0.99, 100),
        "≈ 0.5, estimate, 99% confidence interval [0.4, 0.6] from 100 networks",
    ),
]


@pytest.mark.parametrize(("number", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_one_line(number, line):
    assert probability(number).describe() == str(probability(number))
    if isinstance(number, Approximation):
        # how many digits flint grants is its own affair, but none of them may be wrong
        assert re.fullmatch(r"≈ 0\.250*, numerical, error <= 1(\.0)?e-12", str(probability(number)))
    else:
        assert str(probability(number)) == line
        assert repr(probability(number)) == f"Probability({line})"


def test_a_bracket_is_part_of_the_line():
    around = probability(Between(Rational(Fraction(1, 4)), Rational(Fraction(3, 4))))
    estimate = probability(Sampled(0.5, 0.4, 0.6, 0.99, 100), bracket=around)
    assert str(estimate).endswith("from 100 networks, certainly in [0.25, 0.75]")
    assert estimate.bracket == around
    assert estimate.level == 0.99
    assert around.level is None


@settings(max_examples=50)
@given(probabilities)
def test_text_json_and_latex_of_a_rational_read_back(value):
    p = probability(Rational(value))
    assert p.fraction == value
    assert p.exact == sympy.Rational(value.numerator, value.denominator)
    data = json.loads(json.dumps(p.to_dict()))
    assert Fraction(data["fraction"]) == value
    assert sympy.sympify(data["exact"], rational=True) == p.exact
    assert Fraction(data["low"]) <= value <= Fraction(data["high"])
    line = re.fullmatch(r"(\S+) [=≈] (\S+), exact|(\S+), exact", str(p))
    assert line, str(p)
    assert Fraction(line[1] or line[3]) == value
    if line[1] and " = " in str(p):
        assert Fraction(line[2]) == value
    latex = re.fullmatch(r"\\frac\{(\d+)\}\{(\d+)\}|(\d+)", p.latex())
    assert (Fraction(int(latex[1]), int(latex[2])) if latex[1] else Fraction(latex[3])) == value


@pytest.mark.parametrize(
    "expression", [atan(2) / pi, (1 - atan(2) / pi) ** 3, sympy.sqrt(5) / 5, 1 - sympy.exp(-2), sympy.log(2)]
)
def test_text_and_json_of_a_closed_form_read_back(expression):
    p = probability(ClosedForm(expression))
    data = json.loads(json.dumps(p.to_dict(digits=30)))
    assert sympy.sympify(data["exact"]) == expression
    assert sympy.sympify(str(p).split(" ≈ ")[0]) == expression
    assert "fraction" not in data
    assert p.latex() == sympy.latex(expression)
    low, value, high = (Fraction(data[key]) for key in ("low", "value", "high"))
    with mpmath.workdps(60):
        truth = balls.mpf_fraction(sympy.lambdify((), expression, "mpmath")())
    assert low <= truth <= high
    assert abs(value - truth) <= Fraction(1, 10**29)


def test_json_of_estimates_and_brackets():
    around = probability(Between(Rational(0), Rational(1)))
    data = json.loads(json.dumps(probability(Sampled(0.5, 0.4, 0.6, 0.99, 100), bracket=around).to_dict()))
    assert data["guarantee"] == "statistical"
    assert (data["level"], data["samples"]) == (0.99, 100)
    assert data["bracket"]["guarantee"] == "certified"
    assert (data["method"], data["source"]) == ("by hand", "nowhere")


@settings(max_examples=50)
@given(probabilities, st.integers(1, 60))
def test_mpf_is_correct_to_its_digits(value, digits):
    x = balls.mpf_fraction(probability(Rational(value)).mpf(digits))
    assert abs(x - value) <= value * Fraction(51, 100) * Fraction(10, 10**digits)


def test_mpf_of_a_closed_form_has_as_many_digits_as_asked():
    x = probability(ClosedForm(atan(2) / pi)).mpf(200)
    with mpmath.workdps(220):
        assert abs(x - mpmath.atan(2) / mpmath.pi) < mpmath.mpf(10) ** -200


def test_mpf_refuses_more_digits_than_are_known():
    p = probability(Ball(third()))
    p.mpf(15)
    with pytest.raises(ValueError, match="digits must be at most what is known, got 60"):
        p.mpf(60)
    with pytest.raises(ValueError, match="statistical"):
        probability(Sampled(0.5, 0.4, 0.6, 0.99, 100)).mpf(3)


@settings(max_examples=50)
@given(probabilities)
def test_float_is_the_nearest(value):
    assert float(probability(Rational(value))) == value.numerator / value.denominator


def test_float_below_its_range_is_zero():
    assert float(probability(Rational(Fraction(1, 2**10000)))) == 0.0


@settings(max_examples=50)
@given(probabilities)
def test_low_and_high_enclose(value):
    p = probability(Rational(value))
    assert balls.mpf_fraction(p.low) <= value <= balls.mpf_fraction(p.high)
    assert p.guarantee is Guarantee.EXACT


def test_quantities_compare_by_value():
    a, b = (probability(Rational(Fraction(1, 3))) for _ in range(2))
    assert a == b
    assert hash(a) == hash(b)
    assert a != Quantity(Rational(Fraction(1, 3)), method="by hand", source="nowhere")
    assert a != Probability(Rational(Fraction(1, 3)), method="otherwise", source="nowhere")
    assert a != probability(Ball(arb(fmpq(1, 3))))
    assert a != Fraction(1, 3)


@pytest.mark.parametrize("verb", ["mpf", "decimal", "describe", "to_dict"])
@pytest.mark.parametrize(("digits", "error"), [(0, ValueError), (-2, ValueError), ("x", TypeError), (2.5, TypeError)])
def test_bad_digits_are_named(verb, digits, error):
    with pytest.raises(error, match=re.escape(f"digits must be an integer >= 1, got {digits!r}")):
        getattr(probability(Rational(Fraction(1, 3))), verb)(digits)


def test_what_is_shown_of_a_probability_lies_between_0_and_1():
    around_0, around_1 = (
        Between(Rational(x - Fraction(1, 8)), Rational(x + Fraction(1, 8))) for x in map(Fraction, (0, 1))
    )
    assert Quantity(around_0, method="m").decimal(6) == "in [-0.125, 0.125]"
    for number, shown in ((around_0, "in [0, 0.125]"), (around_1, "in [0.875, 1]")):
        p = Probability(number, method="m")
        assert p.decimal(6) == p.to_dict()["value"] == shown
        assert str(p).startswith(shown)
        assert p.latex() == "\\" + shown
