"""P(rank m): by hand, against drawn units with the rank of integer matrices, and the width for a target."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from flint import fmpz_mat
from hypothesis import given, settings, strategies as st
from scipy.stats import binomtest

from relu_prob import DataDependentUnits, GaussianUnits, Guarantee, UniformUnits, rank_probability, width_for_rank

GRID = 2**40  # drawn weights and biases are rounded to multiples of its inverse, so that the rank is that of integers
STEP = 64  # and points to multiples of this one's


def has_rank_m(points, w, b):
    features = np.maximum(np.multiply.outer(points, w) + b * STEP, 0)
    return fmpz_mat(features.tolist()).rank() == len(points)


def drawn(rng, points, units, law):
    if isinstance(law, DataDependentUnits):
        h, r = divmod(units, len(points))
        own = np.concatenate([np.tile(points, h), rng.choice(points, r, replace=False)]) / STEP
        w = rng.normal(scale=float(law.weight_scale), size=units)
        b = -w * own + np.abs(rng.normal(scale=float(law.noise), size=units))
    else:
        draw = rng.normal if isinstance(law, GaussianUnits) else lambda size: rng.uniform(-1, 1, size)
        w, b = draw(size=units) * float(law.weight_scale), draw(size=units) * float(law.bias_scale)
    return np.rint(w * GRID).astype(int), np.rint(b * GRID).astype(int)


# every number of copies, and numbers of units that are no multiple
CASES = [(m, h * m) for m in range(2, 9) for h in (1, 2, 3)] + [(m, h * m + 1) for m in range(4, 9) for h in (1, 2)]
LAWS = [
    GaussianUnits(1, Fraction(1, 2)),
    UniformUnits(),
    DataDependentUnits(Fraction(1, 50)),
    DataDependentUnits(1),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_against_drawn_units(law):
    """All cases together at level 1e-6."""
    rng, samples = np.random.default_rng(9), 400
    for m, units in CASES:
        points = np.sort(rng.choice(4 * STEP, m, replace=False) - 2 * STEP)
        p = rank_probability([Fraction(int(v), STEP) for v in points], units=units, initialization=law)
        seen = sum(has_rank_m(points, *drawn(rng, points, units, law)) for _ in range(samples))
        assert binomtest(seen, samples, min(1.0, float(p))).pvalue > 1e-6 / (len(CASES) * len(LAWS)), (m, units)


def test_by_hand():
    """Two points 0 and 1, Cauchy breakpoints: a unit is affine with probability 3/8, fires at one point only with 1/8
    for each, at none with 3/8. Rank 2 takes two affine ones, an affine and another one that fires, or both singles."""
    a, s = Fraction(3, 8), Fraction(1, 8)
    expected = a * a + 2 * a * 2 * s + 2 * s * s
    assert rank_probability([0, 1], units=2).fraction == expected == Fraction(23, 64)
    for law in (DataDependentUnits(), DataDependentUnits(5, 2)):
        assert rank_probability([0, 1], units=2, initialization=law).fraction == 1
    assert rank_probability([4], units=3).fraction == Fraction(7, 8)
    assert rank_probability([0, 1, 2], units=2).fraction == 0


def test_uniform_units_by_hand():
    """The points -1 and 1: the breakpoint is between them with probability 1/2."""
    law = UniformUnits()
    a, s = Fraction(1, 4), Fraction(1, 4)
    p = rank_probability([-1, 1], units=2, initialization=law)
    assert p.fraction == a * a + 4 * a * s + 2 * s * s
    assert p.guarantee is Guarantee.EXACT


def test_without_biases_all_breakpoints_are_at_zero():
    law = GaussianUnits(1, 0)
    assert rank_probability([2], units=3, initialization=law).fraction == Fraction(7, 8)
    assert rank_probability([-1, 2], units=3, initialization=law).fraction == Fraction(3, 4)
    for points in ([1, 2], [0, 1], [-1, 0, 1], [-2, -1, 1, 2], [0]):
        assert rank_probability(points, units=9, initialization=law).fraction == 0
    rng = np.random.default_rng(10)
    for points, p in (([2], 7 / 8), ([-1, 2], 3 / 4)):
        seen = sum(has_rank_m(np.array(points) * STEP, *drawn(rng, None, 3, law)) for _ in range(2000))
        assert binomtest(seen, 2000, p).pvalue > 1e-6


def test_more_digits_are_the_same_number():
    p = rank_probability([0, 1, 3, 4], units=5)
    assert p.guarantee is Guarantee.CERTIFIED
    doubles, balls = p.number.ball(10), p.number.ball(40)
    assert doubles.contains(balls)
    assert balls.rad() < 1e-40 < 1e-16 < doubles.rad()
    with mpmath.workdps(50):
        assert abs(p.mpf(30) / p.mpf(40) - 1) < mpmath.mpf(10) ** -29


@settings(max_examples=8)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=4, unique=True), st.integers(0, 3), st.sampled_from([-3, 2]))
def test_only_points_in_units_of_the_breakpoints_matter(x, more, scale):
    units = len(x) + more
    for law, scaled in (
        (GaussianUnits(1, 3), GaussianUnits(1, 3 * abs(scale))),
        (DataDependentUnits(3), DataDependentUnits(3, Fraction(1, abs(scale)))),
    ):
        p, q = (
            rank_probability(v, units=units, initialization=i) for v, i in ((x, law), ([scale * a for a in x], scaled))
        )
        assert p.low <= q.high
        assert q.low <= p.high


@settings(max_examples=5)
@given(st.lists(st.integers(-9, 9), min_size=2, max_size=4, unique=True))
def test_more_units_are_better(x):
    for law in (GaussianUnits(1, 2), DataDependentUnits(1)):
        values = [rank_probability(x, units=n, initialization=law) for n in range(len(x) - 1, len(x) + 4)]
        assert all(p.low <= q.high for p, q in pairwise(values))


def test_small_noise_buys_rank():
    """Ten points on [-1, 1], one unit each: nearly never at noise 1, mostly at 0.01; two units each help."""
    x = [Fraction(2 * i - 9, 9) for i in range(10)]
    little, much = (rank_probability(x, units=10, initialization=DataDependentUnits(e)) for e in (Fraction(1, 100), 1))
    assert 0.87 < float(little) < 0.89
    assert 0.002 < float(much) < 0.003


@pytest.mark.parametrize("law", [GaussianUnits(), UniformUnits(), DataDependentUnits(1)], ids=str)
def test_the_width_is_the_smallest_one(law):
    x = [-1, 0, 1]
    answer = width_for_rank(x, target=0.9, initialization=law)
    at = rank_probability(x, units=answer.width, initialization=law)
    before = rank_probability(x, units=answer.width - 1, initialization=law)
    assert (answer.probability, answer.before) == (at, before)
    assert float(before) < 0.9 <= float(at)
    assert str(answer) == str(answer.width)
    assert width_for_rank(x, failure=Fraction(1, 10), initialization=law).width >= answer.width


def test_the_width_where_as_many_units_as_points_are_enough():
    answer = width_for_rank([0, 1], failure=1e-9, initialization=DataDependentUnits())
    assert (answer.width, answer.before.fraction) == (2, 0)


def test_a_tiny_failure_is_resolved():
    answer = width_for_rank([-1, 1], failure=1e-12)
    assert 1 - float(answer.before) > 1e-12
    assert answer.before.high < 1 - 10**-12 <= answer.probability.low


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        ([], {}, ValueError, "x must be a non-empty sequence of finite numbers"),
        ([[1, 2], [3]], {}, ValueError, "or of rows of them, all of the same length"),
        ([[1, 2], 3], {}, ValueError, "or of rows of them, all of the same length"),
        ([[1, 2]], {"method": "exact"}, ValueError, "method must be 'simulation' or 'auto' with 2 inputs, got 'exact'"),
        ([1], {"method": "guess"}, ValueError, "method must be one of"),
        ([1], {"samples": 0}, ValueError, "samples must be an integer >= 1, got 0"),
        ([1], {"level": 1}, ValueError, "level must be a number strictly between 0 and 1, got 1"),
        ([1, float("inf")], {}, ValueError, "x must be a finite number, got inf"),
        ([1], {"units": 0}, ValueError, "units must be an integer >= 1, got 0"),
        ([1], {"initialization": "he"}, TypeError, "initialization must be GaussianUnits"),
        (range(30), {"units": 30, "initialization": DataDependentUnits()}, ValueError, "units must be few enough"),
    ],
)
def test_bad_input(x, options, error, message):
    with pytest.raises(error, match=message):
        rank_probability(x, **{"units": 2} | options)


def test_equal_points_make_rank_m_impossible():
    assert rank_probability([1, 2, 1], units=9).fraction == 0
    with pytest.raises(ValueError, match="x must be different points"):
        width_for_rank([1, 2, 1], target=0.5)


def test_bad_targets():
    with pytest.raises(ValueError, match="exactly one of target and failure"):
        width_for_rank([0, 1])
    with pytest.raises(ValueError, match="target must be a number strictly between 0 and 1, got 1"):
        width_for_rank([0, 1], target=1)
    with pytest.raises(ValueError, match="target must be within reach of limit = 5 units"):
        width_for_rank([0, 1], target=0.999, limit=5)
