"""Intervals contain what they promise: every set of counts between two ordered laws, and tallies at their level."""

from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb, log, sqrt

import mpmath
import pytest
from flint import arb, fmpq
from hypothesis import given, settings, strategies as st

from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ONE, ZERO, Ball, Between, Rational
from relu_prob.results.masses import BracketMasses, RealMasses, SampledMasses, proportion

shares = st.fractions(min_value=0, max_value=1, max_denominator=30)


def masses(values):
    return RealMasses([Rational(Fraction(x)) for x in values])


def as_balls(values, digits=20):
    result = []
    for x in values:
        with balls.precision(digits):
            result.append(Ball(arb(fmpq(x.numerator, x.denominator))) if x else ZERO)
    return RealMasses(result)


def interval(number, digits=17):
    return tuple(map(balls.mpf_fraction, number.ends(digits)))


def subsets(n):
    return [set(c) for k in range(1, n + 2) for c in combinations(range(n + 1), k)]


@st.composite
def three_ordered_laws(draw, restricted):
    """Masses of three laws with P_1(N > j) <= P_2(N > j) <= P_3(N > j) for all j >= -1."""
    n = draw(st.integers(1, 4))
    tails = []
    for _ in range(3):
        tail = sorted(draw(st.lists(shares, min_size=n + 1, max_size=n + 1)), reverse=True)
        tails.append(tail if restricted else [Fraction(1), *tail[1:]])
    ordered = [sorted(column) for column in zip(*tails, strict=True)]
    return [[a - b for a, b in zip(t, [*t[1:], Fraction(0)], strict=True)] for t in zip(*ordered, strict=True)]


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("kind", [masses, as_balls])
def test_a_bracket_contains_every_event_of_every_law_between(restricted, kind):
    @settings(max_examples=40)
    @given(three_ordered_laws(restricted))
    def check(laws):
        low, middle, high = laws
        around = BracketMasses(kind(low), kind(high), restricted=restricted)
        for counts in subsets(around.n):
            value = sum(middle[j] for j in counts)
            below, above = interval(around.event(counts))
            assert below <= value <= above
            assert above <= 1 + Fraction(1, 10**15)

    check()


@pytest.mark.parametrize("restricted", [False, True])
def test_a_bracket_gives_thresholds_exactly(restricted):
    @settings(max_examples=40)
    @given(three_ordered_laws(restricted))
    def check(laws):
        low, _, high = laws
        around = BracketMasses(masses(low), masses(high), restricted=restricted)
        for j in range(1, around.n + 1):
            number = around.event(range(j, around.n + 1))
            ends = Rational(sum(low[j:])), Rational(sum(high[j:]))
            assert number == (ends[0] if ends[0] == ends[1] else Between(*ends))
        if not restricted:
            assert around.event(range(around.n + 1)) == ONE

    check()


@settings(max_examples=40)
@given(three_ordered_laws(False))
def test_moments_of_a_bracket_contain_those_of_every_law_between(laws):
    low, middle, high = laws
    mean = sum(j * p for j, p in enumerate(middle))
    variance = sum(j * j * p for j, p in enumerate(middle)) - mean**2
    for kind in (masses, as_balls):
        around = BracketMasses(kind(low), kind(high), restricted=False).moments()
        for number, value in zip(around, (mean, variance), strict=True):
            assert interval(number)[0] <= value <= interval(number)[1]


def test_a_bracket_of_equal_laws_is_exact():
    law = masses([Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)])
    around = BracketMasses(law, law, restricted=False)
    for counts in subsets(2):
        assert around.event(counts) == law.event(counts)


def test_the_events_of_two_distant_laws_stay_below_one():
    """Every count may have probability 1, but not two of them."""
    around = BracketMasses(masses([1, 0, 0, 0, 0]), masses([0, 0, 0, 0, 1]), restricted=False)
    assert interval(around.event({0, 2, 4})) == (0, 1)


def test_small_masses_keep_their_digits():
    tiny = Fraction(1, 2**10000)
    high = as_balls([tiny, 1 - tiny])
    low = as_balls([Fraction(1, 2), Fraction(1, 2)])
    below, _ = BracketMasses(low, high, restricted=False).event({0}).ends()
    with mpmath.workdps(30):
        assert abs(below / mpmath.mpf(2) ** -10000 - 1) < mpmath.mpf(10) ** -19


def test_a_restricted_bracket_has_no_moments():
    law = masses([Fraction(1, 4), Fraction(1, 4)])
    with pytest.raises(ValueError, match="allowed=None"):
        BracketMasses(law, law, restricted=True).moments()


@given(st.lists(shares, min_size=1, max_size=6).filter(any))
def test_moments_of_exact_masses_are_those_of_the_conditional_law(values):
    mass = sum(values)
    mean = sum(j * p for j, p in enumerate(values)) / mass
    variance = sum(j * j * p for j, p in enumerate(values)) / mass - mean**2
    assert masses(values).moments() == (Rational(mean), Rational(variance))
    for number, value in zip(as_balls(values).moments(), (mean, variance), strict=True):
        assert interval(number)[0] <= value <= interval(number)[1]


def test_moments_of_nothing_are_undefined():
    with pytest.raises(ZeroDivisionError):
        masses([0, 0]).moments()
    with pytest.raises(ZeroDivisionError):
        SampledMasses([0, 0], 10, 0.9).moments()


def test_guarantees():
    assert masses([1, 0]).guarantee is Guarantee.EXACT
    assert as_balls([Fraction(1, 3), Fraction(2, 3)]).guarantee is Guarantee.CERTIFIED
    assert SampledMasses([1, 2], 3, 0.9).guarantee is Guarantee.STATISTICAL


def binomial_masses(n, p):
    return [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


@cache
def proportions(n, level):
    """The intervals of all tallies."""
    return [proportion(k, n, level) for k in range(n + 1)]


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("p", [0.0, 1e-4, 0.05, 0.3, 0.5, 0.77, 0.999, 1.0])
def test_the_interval_of_a_proportion_covers_at_its_level(level, p):
    n = 25
    law = binomial_masses(n, p)
    seen = proportions(n, level)
    assert sum(mass for mass, x in zip(law, seen, strict=True) if x.low <= p <= x.high) >= level - 1e-12
    assert all(x.low <= x.estimate <= x.high for x in seen)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("p", [0.0, 0.01, 0.3, 0.5, 0.9, 1.0])
def test_the_intervals_of_mean_and_variance_cover_at_their_level(level, p):
    """Both together, for a count that is 3 with probability p and otherwise 0."""
    size, covered = 40, 0.0
    for k, mass in enumerate(binomial_masses(size, p)):
        mean, variance = SampledMasses([size - k, 0, 0, k], 100, level).moments()
        slack = 1e-12
        inside = mean.low - slack <= 3 * p <= mean.high + slack
        inside &= variance.low - slack <= 9 * p * (1 - p) <= variance.high + slack
        assert mean.low <= mean.estimate <= mean.high
        covered += mass * inside
    assert covered >= level - 1e-12


def test_the_intervals_of_mean_and_variance_are_those_of_hoeffding():
    """Each of the two moments at half the level, for counts in 0..2."""
    mean, variance = SampledMasses([2500, 5000, 2500], 10_000, 0.99).moments()
    radius = sqrt(log(2 / (0.01 / 2)) / (2 * 10_000))
    assert (mean.low, mean.high) == pytest.approx((1 - 2 * radius, 1 + 2 * radius))
    low, high = 1.5 - 4 * radius - (1 + 2 * radius) ** 2, 1.5 + 4 * radius - (1 - 2 * radius) ** 2
    assert (variance.low, variance.high) == pytest.approx((low, high))


def test_a_tally_counts():
    law = SampledMasses([1, 2, 3], 10, 0.9)
    assert law.event({0, 2}) == proportion(4, 10, 0.9)
    mean, variance = law.moments()
    assert mean.estimate == pytest.approx(8 / 6)
    assert variance.estimate == pytest.approx(14 / 6 - (8 / 6) ** 2)
    assert mean.samples == 6


def test_counts_that_may_be_too_small_bound_in_one_direction():
    tally = [10, 20, 70]
    around = BracketMasses(masses([Fraction(1, 2), 0, Fraction(1, 2)]), masses([0, 0, 1]), restricted=False)
    law = SampledMasses(tally, 100, 0.9, bracket=around, undercounts=True)
    above = law.event({1, 2})
    assert (above.low, above.high) == (proportion(90, 100, 0.9).low, 1.0)
    below = law.event({0, 1})
    assert (below.low, below.high) == (0.0, proportion(30, 100, 0.9).high)
    middle = law.event({1})
    assert (middle.low, middle.high) == (0.0, 0.5)
    with pytest.raises(ValueError, match="from below"):
        law.moments()


def test_without_a_bracket_the_other_end_is_open():
    law = SampledMasses([10, 20, 70], 100, 0.9, undercounts=True)
    assert law.event({1, 2}).high == 1.0
    assert law.event({0}).low == 0.0
    assert (law.event({1}).low, law.event({1}).high) == (0.0, 1.0)


def test_masks_on_undercounted_layers_that_are_no_thresholds_bound_nothing():
    law = SampledMasses([10, 20, 70], 100, 0.9, undercounts=True, ordered=False)
    for counts in subsets(2):
        assert (law.event(counts).low, law.event(counts).high) == (0.0, 1.0)


def test_an_interval_is_never_empty():
    """Where the tally contradicts the bracket, which happens with probability 1 - level."""
    high = Fraction(1, 2)
    around = BracketMasses(masses([1, 0]), masses([1 - high, high]), restricted=False)
    law = SampledMasses([10, 90], 100, 0.9, bracket=around, undercounts=True)
    for counts in ({0}, {1}):
        assert law.event(counts).low <= law.event(counts).high


def test_keys_tell_laws_apart():
    one, two = masses([0, 1]), masses([1, 0])
    keys = [
        one.key(),
        two.key(),
        BracketMasses(two, one, restricted=False).key(),
        BracketMasses(two, one, restricted=True).key(),
        SampledMasses([1, 2], 3, 0.9).key(),
        SampledMasses([1, 2], 4, 0.9).key(),
        SampledMasses([1, 2], 3, 0.8).key(),
        SampledMasses([1, 2], 3, 0.9, undercounts=True).key(),
        SampledMasses([1, 2], 3, 0.9, bracket=BracketMasses(two, one, restricted=False)).key(),
    ]
    assert len(set(keys)) == len(keys)
