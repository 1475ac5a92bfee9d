"""The fewest units: against linear programs over all types of units, by hand, and where it is a subset-sum problem."""

from fractions import Fraction

import numpy as np
import pytest
import unit_types
from hypothesis import given, settings, strategies as st

from relu_prob import Interpolant, neurons_to_interpolate


def interpolates(answer, x, y):
    return all(answer.network(a) == b for a, b in zip(x, y, strict=True)) and answer.network.units <= answer.high


@pytest.mark.parametrize("output_bias", [True, False])
def test_against_linear_programs(output_bias):
    rng = np.random.default_rng(7)
    excess = set()
    for _ in range(16):
        m = int(rng.integers(2, 5))
        x = sorted(rng.choice(9, m, replace=False).tolist())
        y = rng.integers(-2, 3, m).tolist()
        answer = neurons_to_interpolate(x, y, output_bias=output_bias)
        assert interpolates(answer, x, y)
        assert answer.exact == unit_types.fewest_units(x, y, output_bias, 3), (x, y)
        excess.add(answer.exact - answer.breakpoints)
    assert {0, 1} <= excess | {0} <= ({0, 1} if output_bias else {0, 1, 2})


@pytest.mark.parametrize(
    ("x", "y", "breakpoints", "with_bias", "without"),
    [
        ([3], [0], 0, 0, 0),
        ([3], [2], 0, 0, 1),
        ([0, 1], [2, 2], 0, 0, 1),
        ([0, 1], [1, 2], 0, 1, 1),
        ([-1, 1], [-1, 1], 0, 1, 2),
        ([0, 1, 2], [0, 1, 0], 1, 2, 2),  # a peak: no piece can be level
        ([0, 1, 2], [3, 1, 0], 1, 1, 1),  # one slope, to its zero between the last two
        ([0, 1, 2], [2, 1, 1], 1, 1, 2),
    ],
)
def test_by_hand(x, y, breakpoints, with_bias, without):
    for output_bias, expected in ((True, with_bias), (False, without)):
        answer = neurons_to_interpolate(x, y, output_bias=output_bias)
        assert (answer.exact, answer.breakpoints) == (expected, breakpoints)
        assert interpolates(answer, x, y)
        if len(x) > 1:
            assert unit_types.fewest_units(x, y, output_bias, 3) == expected


def test_a_valley_that_nothing_can_move():
    """|x| - 1 on a grid: two units with a bias; without one the lines -x - 1 and x - 1 have zeros at data, hence 3."""
    x = [Fraction(i, 4) for i in range(-12, 13)]
    y = [abs(v) - 1 for v in x]
    answers = [neurons_to_interpolate(x, y, output_bias=bias) for bias in (True, False)]
    assert [(a.exact, a.breakpoints) for a in answers] == [(2, 1), (3, 1)]
    assert all(interpolates(a, x, y) for a in answers)


def test_no_piece_need_be_level():
    """2 relu(x) + 3 relu(1 - x) has the slopes -3, -1, 2, all fixed by the data, and two units for two breakpoints:
    what counts is whether some of the changes of slope add up to minus the first slope."""
    x = [Fraction(i, 4) for i in range(-8, 13)]
    y = [2 * max(v, 0) + 3 * max(1 - v, 0) for v in x]
    for output_bias in (True, False):
        answer = neurons_to_interpolate(x, y, output_bias=output_bias)
        assert (answer.exact, answer.breakpoints) == (2, 2)
        assert interpolates(answer, x, y)


@pytest.mark.parametrize(
    ("changes", "first", "expected"), [((3, 5, 9), -8, 3), ((3, 5, 9), -7, 4), ((3, 5, 9), -17, 3)]
)
def test_subset_sums(changes, first, expected):
    x, y, value, slope = [], [], Fraction(1), first
    for piece in range(len(changes) + 1):
        for step in range(1, 4):
            x.append(piece + Fraction(step, 4))
            y.append(value + slope * Fraction(step, 4))
        value += slope
        slope += changes[piece] if piece < len(changes) else 0
    answer = neurons_to_interpolate(x, y)
    assert (answer.exact, answer.breakpoints) == (expected, 3)
    assert interpolates(answer, x, y)


@pytest.mark.parametrize("seed", range(6))
def test_two_units_in_one_gap(seed):
    """Pieces that nothing can move, but one gap with two units that fire to opposite sides: their common change of
    slope can be shared out in many ways, of which only some get by without another unit."""
    rng = np.random.default_rng(seed)
    pieces = 2 + seed % 2
    units = [(int(rng.choice([-1, 1])), 3 * i + 2 + Fraction(int(rng.integers(1, 8)), 8)) for i in range(pieces - 1)]
    units.append((-units[0][0], 2 + Fraction(int(rng.integers(1, 8)), 8)))
    outputs = rng.choice([-3, -2, -1, 1, 2, 3, 5], len(units)).tolist()
    x = [3 * i + Fraction(step, 2) for i in range(pieces) for step in range(5)]
    y = [sum(v * max(d * (a - at), 0) for v, (d, at) in zip(outputs, units, strict=True)) for a in x]
    answer = neurons_to_interpolate(x, y, output_bias=False)
    assert answer.exact is not None
    assert answer.exact <= len(units)
    assert interpolates(answer, x, y)


def test_a_search_that_is_cut_short_says_so():
    x, y, value = [], [], Fraction(1, 7)
    for piece, slope in enumerate([7, -41, 12, 33, -28, 19, -3, 44]):
        for step in range(1, 4):
            x.append(piece + Fraction(step, 4))
            y.append(value + slope * Fraction(step, 4))
        value += slope
    short = neurons_to_interpolate(x, y, limit=10)
    assert (short.low, short.high, short.exact) == (7, 8, None)
    assert str(short) == "between 7 and 8"
    assert interpolates(short, x, y)
    whole = neurons_to_interpolate(x, y)
    assert whole.exact in (7, 8)
    assert interpolates(whole, x, y)


labels = st.lists(st.integers(-4, 4), min_size=1, max_size=7)


@settings(max_examples=15)
@given(labels, st.booleans())
def test_bounds_and_certificate(y, output_bias):
    x = [v * v + v for v in range(len(y))]
    answer = neurons_to_interpolate(x, y, output_bias=output_bias)
    assert interpolates(answer, x, y)
    assert 0 <= answer.low - answer.breakpoints <= answer.high - answer.breakpoints <= 2 - output_bias
    assert answer.network.output_bias == 0 or output_bias
    with_bias = neurons_to_interpolate(x, y)
    assert with_bias.low <= answer.high <= (with_bias.high + (not output_bias))


@settings(max_examples=15)
@given(labels, st.integers(-3, 3).filter(bool), st.integers(-5, 5))
def test_scaling_and_shifting(y, scale, shift):
    x = list(range(len(y)))
    plain = neurons_to_interpolate(x, y)
    moved = neurons_to_interpolate([scale * v + shift for v in x], [scale * v + shift for v in y])
    assert (plain.exact, plain.breakpoints) == (moved.exact, moved.breakpoints)


def test_floats_are_taken_exactly_and_the_order_does_not_matter():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=12), rng.normal(size=12)
    answer = neurons_to_interpolate(x, y)
    assert interpolates(answer, x.tolist(), [Fraction(v) for v in y])
    order = rng.permutation(12)
    again = neurons_to_interpolate([*x[order], x[0]], [*y[order], y[0]])
    assert again.exact == answer.exact
    assert again.network == answer.network


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        ([], [], ValueError, "x and y must be non-empty"),
        ([1, 2], [1], ValueError, "got 2 and 1 numbers"),
        ([1, 1], [1, 2], ValueError, "y must be equal where x is, got the labels 1 and 2 at x = 1"),
        ([1, float("nan")], [1, 2], ValueError, "x must be a finite number, got nan"),
        ([1, 2], [1, "a"], TypeError, "y must be a finite number, got 'a'"),
        ("ab", [1, 2], TypeError, "x must be a sequence of numbers"),
    ],
)
def test_bad_data(x, y, error, message):
    with pytest.raises(error, match=message):
        neurons_to_interpolate(x, y)


def test_bad_options():
    with pytest.raises(TypeError, match="output_bias must be True or False, got 1"):
        neurons_to_interpolate([1], [1], output_bias=1)
    with pytest.raises(ValueError, match="limit must be an integer >= 10, got 3"):
        neurons_to_interpolate([1], [1], limit=3)


def test_networks_are_values():
    one = Interpolant((Fraction(1),), (Fraction(0),), (Fraction(2),), Fraction(1, 2))
    assert one == Interpolant((Fraction(1),), (Fraction(0),), (Fraction(2),), Fraction(1, 2))
    assert (one(3), one(-3), repr(one)) == (Fraction(13, 2), Fraction(1, 2), "Interpolant(1 units)")
