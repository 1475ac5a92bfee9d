"""A CountLaw has scipy's words: each against a sum over its masses."""

import json
import re
from fractions import Fraction

import pytest
import sympy
from flint import arb, fmpq
from hypothesis import given, settings, strategies as st

from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Ball, Between, ClosedForm, Rational
from relu_prob.results.count_law import CountLaw
from relu_prob.results.masses import BracketMasses, RealMasses, SampledMasses

shares = st.fractions(min_value=0, max_value=1, max_denominator=30)
mass_lists = st.lists(shares, min_size=2, max_size=6).filter(any).map(lambda xs: [x / len(xs) for x in xs])


def law(values, layer=2):
    return CountLaw(RealMasses([Rational(Fraction(x)) for x in values]), layer=layer, method="by hand", source="here")


HALF = law([Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)])


@settings(max_examples=50)
@given(mass_lists)
def test_words_of_scipy_are_sums_over_the_masses(values):
    x, n = law(values), len(values) - 1
    assert (x.n, x.support, x.layer) == (n, range(n + 1), 2)
    for j in x.support:
        assert x.pmf(j).fraction == values[j]
        assert x.cdf(j).fraction == sum(values[: j + 1])
        assert x.sf(j).fraction == sum(values[j + 1 :])
    assert x.total.fraction == sum(values)
    assert x.event({0, n}).fraction == values[0] + values[n]
    assert x.event([]).fraction == 0
    mean = sum(j * p for j, p in enumerate(values)) / sum(values)
    assert x.mean.fraction == mean
    assert x.var.fraction == sum((j - mean) ** 2 * p for j, p in enumerate(values)) / sum(values)


@settings(max_examples=50)
@given(mass_lists, st.fractions(min_value=Fraction(1, 60), max_value=Fraction(59, 60), max_denominator=60))
def test_a_quantile_is_decided_in_rationals(values, q):
    sums = [sum(values[: j + 1]) for j in range(len(values))]
    assert law(values).quantile(q) == next(j for j, s in enumerate(sums) if s >= q * sum(values))
    counted = CountLaw(SampledMasses([int(27720 * v * 60) for v in values], 10**9, 0.9), layer=1, method="tally")
    tally = counted.masses.tally
    if sum(tally):
        sums = [sum(tally[: j + 1]) for j in range(len(tally))]
        assert counted.quantile(q) == next(j for j, s in enumerate(sums) if s >= q * sum(tally))


def test_a_quantile_that_is_not_known_is_an_error():
    around = BracketMasses(
        RealMasses([Rational(Fraction(1, 2)), Rational(Fraction(1, 2))]),
        RealMasses([Rational(Fraction(1, 4)), Rational(Fraction(3, 4))]),
        restricted=False,
    )
    x = CountLaw(around, layer=1, method="bracket")
    assert x.quantile(0.25) == 0
    assert x.quantile(0.75) == 1
    with pytest.raises(ArithmeticError, match=re.escape("cdf(0) is only known to lie in [0.25, 0.5]")):
        x.quantile(0.4)


def test_a_quantile_of_a_masked_bracket_does_not_take_its_total_for_known():
    """Total mass in [1/4, 1], mass at 0 in [1/8, 1/2]: half of the total may or may not be at 0."""
    around = BracketMasses(
        RealMasses([Rational(Fraction(1, 8)), Rational(Fraction(1, 8))]),
        RealMasses([Rational(Fraction(3, 8)), Rational(Fraction(5, 8))]),
        restricted=True,
    )
    with pytest.raises(ArithmeticError):
        CountLaw(around, layer=1, method="bracket").quantile(0.5)


@settings(max_examples=50)
@given(mass_lists)
def test_the_conditional_law_has_total_one(values):
    x = law(values).conditional()
    assert x.total.fraction == 1
    assert [x.pmf(j).fraction for j in x.support] == [v / sum(values) for v in values]
    assert (x.mean.fraction, x.var.fraction) == (law(values).mean.fraction, law(values).var.fraction)


def test_what_has_no_conditional_law():
    with pytest.raises(ZeroDivisionError, match="probability 0"):
        law([0, 0]).conditional()
    with pytest.raises(TypeError, match="tally"):
        CountLaw(SampledMasses([1, 2], 3, 0.9), layer=1, method="tally").conditional()


def test_the_guarantee_is_the_weakest():
    mixed = [Rational(Fraction(1, 2)), Ball(arb(fmpq(1, 2)))]
    assert law([1, 0]).guarantee is Guarantee.EXACT
    assert CountLaw(RealMasses(mixed), layer=1, method="m").guarantee is Guarantee.CERTIFIED
    assert CountLaw(SampledMasses([1], 1, 0.9), layer=1, method="m").guarantee is Guarantee.STATISTICAL


def test_an_estimate_carries_its_bracket():
    low, high = ([Rational(Fraction(x)) for x in xs] for xs in (("1/2", "1/2"), ("1/4", "3/4")))
    around = BracketMasses(RealMasses(low), RealMasses(high), restricted=False)
    x = CountLaw(SampledMasses([30, 70], 100, 0.9, bracket=around), layer=1, method="simulation")
    assert x.pmf(0).bracket.number == Between(Rational(Fraction(1, 4)), Rational(Fraction(1, 2)))
    assert x.pmf(0).guarantee is Guarantee.STATISTICAL
    assert law([1, 0]).pmf(0).bracket is None


def test_a_law_is_a_value():
    same = law([Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)])
    assert same == HALF
    assert hash(same) == hash(HALF)
    assert law([Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)], layer=1) != HALF
    assert law([Fraction(1, 2), 0, Fraction(1, 2)]) != HALF
    assert HALF != 1


def test_text():
    assert repr(HALF) == "CountLaw(layer 2, {0: 0.25, 1: 0.5, 2: 0.25}, exact, by hand)"
    assert repr(law([Fraction(1, 8)] * 8)).count(":") == 5
    assert HALF.rows()[1] == {"j": "1", "P(N = j)": "1/2 = 0.5, exact"}
    assert HALF.markdown().splitlines()[2] == "| 0   | 1/4 = 0.25, exact |"


@settings(max_examples=50)
@given(mass_lists)
def test_json_reads_back(values):
    data = json.loads(json.dumps(law(values).to_dict()))
    assert [Fraction(p["fraction"]) for p in data["pmf"]] == values
    assert Fraction(data["total"]["fraction"]) == sum(values)
    assert (data["layer"], data["guarantee"], data["method"], data["source"]) == (2, "exact", "by hand", "here")


@settings(max_examples=50)
@given(mass_lists)
def test_latex_reads_back(values):
    cells = re.findall(r"\$(\d+)\$ +& \$(\S+)\$", law(values).latex())
    assert [int(j) for j, _ in cells] == list(range(len(values)))
    for (_, cell), value in zip(cells, values, strict=True):
        numbers = list(map(int, re.findall(r"\d+", cell)))
        assert Fraction(*numbers) == value


def test_closed_forms_stay_symbolic():
    p = sympy.atan(2) / sympy.pi
    x = CountLaw(RealMasses([ClosedForm(p), ClosedForm(1 - p)]), layer=1, method="m")
    assert x.total.exact == 1
    assert x.mean.exact == 1 - p
    low, high = map(balls.mpf_fraction, x.var.number.ends(30))
    middle = balls.mpf_fraction(ClosedForm(p * (1 - p)).ends(40)[0])
    assert abs(low - middle) < Fraction(1, 10**29)
    assert abs(high - middle) < Fraction(1, 10**29)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: HALF.pmf(3), ValueError, "j must be an integer from 0 to 2, got 3"),
        (lambda: HALF.pmf(-1), ValueError, "j must be an integer from 0 to 2, got -1"),
        (lambda: HALF.cdf(1.0), TypeError, "j must be an integer from 0 to 2, got 1.0"),
        (lambda: HALF.sf("0"), TypeError, "j must be an integer from 0 to 2, got '0'"),
        (lambda: HALF.pmf(True), TypeError, "j must be an integer from 0 to 2, got True"),
        (lambda: HALF.event([0, 5]), ValueError, "counts must be an integer from 0 to 2, got 5"),
        (lambda: HALF.event("01"), TypeError, "counts must be a collection of integers from 0 to 2, got '01'"),
        (lambda: HALF.event(1), TypeError, "counts must be a collection of integers from 0 to 2, got 1"),
        (lambda: HALF.quantile(0), ValueError, "q must be a number strictly between 0 and 1, got 0"),
        (lambda: HALF.quantile(1.5), ValueError, "q must be a number strictly between 0 and 1, got 1.5"),
        (lambda: HALF.quantile(float("nan")), ValueError, "q must be a finite number, got nan"),
        (lambda: HALF.quantile("x"), TypeError, "q must be a finite number, got 'x'"),
    ],
)
def test_bad_input_is_named_with_its_value(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call()
