"""Domains are values, and decide in rationals which directions they have."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace

NAN, INF = float("nan"), float("inf")
small = st.fractions(min_value=-3, max_value=3, max_denominator=7)


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        (Ball(), "Ball(1)"),
        (Ball(np.float64(0.25)), "Ball(0.25)"),
        (Ball(Fraction(1, 3)), "Ball(Fraction(1, 3))"),
        (Interval(-1, 0.5), "Interval(-1, 0.5)"),
        (Box((0, 0), (1, 2)), "Box([0, 0], [1, 2])"),
        (Orthant(), "Orthant()"),
        (WholeSpace(), "WholeSpace()"),
        (Points(np.array([[1.0, 0.5]])), "Points([[1, 0.5]])"),
        (Points([[1]] * 5), "Points(<5 points in dimension 1>)"),
    ],
)
def test_text(domain, text):
    assert repr(domain) == str(domain) == text


@pytest.mark.parametrize(
    "domain", [Ball(0.1), Interval(-1, Fraction(1, 3)), Box((0, -1), (1, 2)), Orthant(), WholeSpace(), Points([[1, 2]])]
)
def test_the_text_of_a_domain_makes_it_again(domain):
    again = eval(repr(domain))
    assert again == domain
    assert hash(again) == hash(domain)


def test_equal_by_value_not_by_how_the_numbers_were_written():
    assert Ball(1) == Ball(1.0) == Ball(np.int64(1)) != Ball(2)
    assert Points([[1, 2]]) == Points(np.array([[1.0, 2.0]])) != Points([[2, 1]])
    assert Orthant() != WholeSpace()
    assert len({Ball(1), Ball(1.0), Interval(-1, 1), Box((-1,), (1,))}) == 3


def test_domains_are_frozen():
    with pytest.raises(AttributeError):
        Ball(1).radius = 2


@pytest.mark.parametrize(
    ("domain", "dimension", "surrounds", "ray", "interval"),
    [
        (Ball(2), 1, True, False, (-2, 2)),
        (Ball(2), 3, True, False, None),
        (Interval(-1, 2), 1, True, False, (-1, 2)),
        (Interval(0, 1), 1, False, True, (0, 1)),
        (Interval(-2, -1), 1, False, True, (-2, -1)),
        (Interval(-1, 0), 1, False, True, (-1, 0)),
        (Box((-1,), (1,)), 1, True, False, (-1, 1)),
        (Box((1,), (2,)), 1, False, True, (1, 2)),
        (Box((0, 0), (1, 1)), 2, False, False, None),
        (Box((-1, -1), (1, 1)), 2, True, False, None),
        (Box((-1, 0), (1, 1)), 2, False, False, None),
        (Orthant(), 1, False, True, (0, math.inf)),
        (Orthant(), 2, False, False, None),
        (WholeSpace(), 1, True, False, (-math.inf, math.inf)),
        (WholeSpace(), 2, True, False, None),
        (Points([[1]]), 1, False, True, None),
        (Points([[1], [2], [0]]), 1, False, True, None),
        (Points([[1], [-1]]), 1, False, False, None),
        (Points([[0]]), 1, False, False, None),
        (Points([[0, 0], [1, -2], [0.5, -1]]), 2, False, True, None),
        (Points([[1, -2], [-1, 2]]), 2, False, False, None),
        (Points([[1, 0], [1, 1e-300]]), 2, False, False, None),
    ],
    ids=str,
)
def test_directions(domain, dimension, surrounds, ray, interval):
    assert domain.surrounds_zero is surrounds
    assert domain.single_ray(dimension) is ray
    assert domain.interval(dimension) == interval


@given(st.lists(small, min_size=1, max_size=4).filter(any), st.lists(st.fractions(0, 5), min_size=1, max_size=5))
def test_non_negative_multiples_of_a_point_lie_on_one_ray(point, scales):
    points = [[s * x for x in point] for s in [1, *scales]]
    assert Points(points).single_ray(len(point))
    assert not Points([*points, [-x for x in point]]).single_ray(len(point))


@given(st.lists(st.tuples(small, small), min_size=1, max_size=4))
def test_single_ray_is_that_all_directions_are_equal(points):
    directions = {
        (Fraction(x, max(abs(x), abs(y))), Fraction(y, max(abs(x), abs(y)))) for x, y in points if (x, y) != (0, 0)
    }
    assert Points(points).single_ray(2) is (len(directions) == 1)


def test_points_as_an_array():
    assert Points([[1, 2], [Fraction(1, 4), 0]]).array.tolist() == [[1.0, 2.0], [0.25, 0.0]]
    assert Points([[1, 2]]).dimension == 2
    assert Points([[1]]).finite
    assert not Ball(1).finite


BAD = [
    (lambda: Ball(0), ValueError, "radius", "0"),
    (lambda: Ball(-1.5), ValueError, "radius", "-1.5"),
    (lambda: Ball(NAN), ValueError, "radius", "nan"),
    (lambda: Ball(INF), ValueError, "radius", "inf"),
    (lambda: Ball("1"), TypeError, "radius", "'1'"),
    (lambda: Ball(True), TypeError, "radius", "True"),
    (lambda: Ball(None), TypeError, "radius", "None"),
    (lambda: Interval(1, 1), ValueError, "low", "low=1"),
    (lambda: Interval(2, 1), ValueError, "high", "high=1"),
    (lambda: Interval(-INF, 1), ValueError, "low", "-inf"),
    (lambda: Interval(0, "1"), TypeError, "high", "'1'"),
    (lambda: Box((0, 0), (1,)), ValueError, "high", "(1,)"),
    (lambda: Box((), ()), ValueError, "low", "()"),
    (lambda: Box((0, 1), (1, 1)), ValueError, "low", "(0, 1)"),
    (lambda: Box((0, NAN), (1, 1)), ValueError, "low", "nan"),
    (lambda: Box(0, 1), TypeError, "low", "0"),
    (lambda: Box("01", "12"), TypeError, "low", "'01'"),
    (lambda: Box((True,), (2,)), TypeError, "low", "True"),
    (lambda: Points([]), ValueError, "points", "0 rows"),
    (lambda: Points([[]]), ValueError, "points", "[0]"),
    (lambda: Points([[1, 2], [3]]), ValueError, "points", "[1, 2]"),
    (lambda: Points([1, 2]), TypeError, "points", "1"),
    (lambda: Points("12"), TypeError, "points", "'12'"),
    (lambda: Points(["12"]), TypeError, "points", "'12'"),
    (lambda: Points(5), TypeError, "points", "5"),
    (lambda: Points([[1, NAN]]), ValueError, "points", "nan"),
    (lambda: Points(np.array([[INF]])), ValueError, "points", "inf"),
    (lambda: Points([[1, "2"]]), TypeError, "points", "'2'"),
    (lambda: Points([[True]]), TypeError, "points", "True"),
    (lambda: Points(np.zeros((2, 2, 2))), TypeError, "points", "array"),
]


@pytest.mark.parametrize(("make", "error", "name", "value"), BAD)
def test_bad_input_is_named_with_its_value(make, error, name, value):
    with pytest.raises(error, match=re.escape(value)) as info:
        make()
    assert name in str(info.value)
