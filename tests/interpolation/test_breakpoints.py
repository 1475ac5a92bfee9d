"""The fewest breakpoints: by hand and against linear programs over the gaps of all breakpoints."""

import numpy as np
import pytest
import unit_types
from flint import fmpq
from hypothesis import given, strategies as st

from relu_prob.interpolation.breakpoints import ALL, Interval, chord, sweep


def points(x, y):
    return [(fmpq(a), fmpq(b)) for a, b in zip(x, y, strict=True)]


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([5], 0),
        ([5, 7], 0),
        ([0, 1, 2, 3], 0),
        ([0, 1, 0], 1),
        ([0, 0, 1, 1], 2),  # one breakpoint would need a piece through two points on each side
        ([0, 1, 1, 0], 1),  # a tent with its top between the points
        ([0, 1, 3, 6], 1),  # convex, and the two lines meet between the middle points
        ([0, 1, 0, 1, 0], 3),
        ([0, 0, 0, 1, 1, 1, 0, 0, 0], 4),
    ],
)
def test_by_hand(y, expected):
    assert sweep(points(range(len(y)), y))[-1] == expected


def test_against_linear_programs():
    rng = np.random.default_rng(4)
    for _ in range(10):
        m = int(rng.integers(2, 6))
        x = sorted(rng.choice(11, m, replace=False).tolist())
        y = rng.integers(-3, 4, m).tolist()
        found = sweep(points(x, y))[-1]
        assert found == unit_types.fewest_breakpoints(x, y, 4), (x, y)


def test_mirror_images_need_the_same_number():
    rng = np.random.default_rng(5)
    for _ in range(200):
        y = rng.integers(-5, 6, int(rng.integers(1, 12))).tolist()
        assert sweep(points(range(len(y)), y))[-1] == sweep(points(range(len(y)), y[::-1]))[-1]


def test_random_labels_need_about_three_breakpoints_for_four_points():
    """The mean over 100 samples of 100 points; the count moves by at most 2 with a label (any slope is reachable with
    one more breakpoint), so by McDiarmid's inequality the mean is off by 0.06 with probability below 1e-6."""
    rng = np.random.default_rng(6)
    shares = [sweep(points(range(100), map(int, rng.normal(scale=1e6, size=100))))[-1] / 100 for _ in range(100)]
    assert abs(np.mean(shares) - 0.77) < 0.06


ends = st.one_of(st.none(), st.fractions(-20, 20, max_denominator=50).map(lambda f: fmpq(f.numerator, f.denominator)))
intervals = st.builds(Interval, ends, ends).filter(lambda i: i.low is None or i.high is None or i.low <= i.high)


@given(intervals)
def test_a_simple_element_lies_inside(interval):
    assert interval.contains(interval.simple())


def test_the_simplest_element():
    assert Interval(fmpq(1, 3), fmpq(1, 2)).simple() == fmpq(1, 2)
    assert Interval(fmpq(-4, 9), fmpq(-3, 8)).simple() == fmpq(-2, 5)
    assert Interval(fmpq(2), fmpq(3)).simple() == 2
    assert Interval(fmpq(7, 3), fmpq(8, 3)).simple() == fmpq(5, 2)
    assert Interval(fmpq(5, 2), None).simple() == 3
    assert Interval(None, fmpq(2)).simple() == 0
    close = Interval(fmpq(355, 113), fmpq(355, 113) + fmpq(1, 10**4000))
    assert close.simple() == fmpq(355, 113)
    assert Interval(close.low + fmpq(1, 10**4001), close.high).simple().q > 10**1990
    assert Interval(fmpq(1, 7), fmpq(1, 7)).simple() == fmpq(1, 7)


@given(intervals, intervals)
def test_intersections(a, b):
    both = a.meet(b)
    assert both == b.meet(a)
    assert a.meet(ALL) == a
    if both is not None:
        value = both.simple()
        assert a.contains(value)
        assert b.contains(value)
    else:
        assert not a.contains(b.simple())
        assert not b.contains(a.simple())


def test_chord():
    assert chord((fmpq(1), fmpq(2)), (fmpq(4), fmpq(1))) == fmpq(-1, 3)
