"""P(rank m) by simulation: against the exact law with one input, on lines in space, and what is certain."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from relu_prob import (
    DataDependentUnits,
    GaussianUnits,
    Guarantee,
    RankWidth,
    UniformUnits,
    rank_probability,
    width_for_rank,
)
from relu_prob.interpolation.drawn_units import draw_units

LEVEL = 1e-6
LAWS = [GaussianUnits(1, Fraction(1, 2)), UniformUnits(), DataDependentUnits(Fraction(1, 50)), DataDependentUnits(1)]
LINE = [Fraction(v, 8) for v in (-9, -4, -3, 1, 2, 8)]


def agrees(estimate, exact, level):
    samples = estimate.number.samples
    return binomtest(round(float(estimate) * samples), samples, min(1.0, float(exact))).pvalue > level


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_against_the_exact_law_with_one_input(law):
    for m, units in ((2, 2), (3, 5), (4, 4), (6, 6), (6, 11)):
        exact = rank_probability(LINE[:m], units=units, initialization=law)
        options = {"units": units, "initialization": law, "method": "simulation", "samples": 1000}
        drawn = rank_probability(LINE[:m], rng=m + units, **options)
        assert agrees(drawn, exact, LEVEL / 20), (m, units)
        assert drawn.guarantee is Guarantee.STATISTICAL
        assert drawn.level == 0.99
        assert drawn.bracket.low <= drawn.low <= float(drawn) <= drawn.high


def test_on_a_line_in_space():
    """x = p + t v, |v| = 5, with p orthogonal to v: w.x + b = (w.v) t + (w.p + b), two independent normal variables.
    With data-dependent units only distances matter. The points are on the line without rounding."""
    v, p = np.array([3.0, 4.0]), np.array([-4.0, 3.0]) / 8
    t = [float(x) for x in LINE[:5]]
    x = p + np.outer(t, v)
    for law, on_line in (
        (GaussianUnits(2, Fraction(1, 2)), GaussianUnits(2 * 5, sqrt(0.5**2 + (2 * 5 / 8) ** 2))),
        (DataDependentUnits(Fraction(1, 5)), DataDependentUnits(Fraction(1, 5), 5)),
    ):
        exact = rank_probability(t, units=7, initialization=on_line)
        drawn = rank_probability(x, units=7, initialization=law, samples=2000, rng=1)
        assert agrees(drawn, exact, LEVEL / 2)


def test_two_points_in_the_plane_by_hand():
    """Without biases the features at the unit vectors are max(w_1, 0) and max(w_2, 0). Two units have rank 2 unless one
    point is silent (2/4 - 1/16), or one unit fires at both points and the other one at none (2/16)."""
    silent = 2 * Fraction(1, 4) - Fraction(1, 16)
    drawn = rank_probability(np.eye(2), units=2, initialization=GaussianUnits(1, 0), samples=4000, rng=2)
    alone = 2 * Fraction(1, 4) * Fraction(1, 4)
    assert agrees(drawn, 1 - silent - alone, LEVEL)


def test_what_is_certain():
    x = np.random.default_rng(3).normal(size=(4, 3))
    assert rank_probability(x, units=3).fraction == 0
    assert rank_probability([*x, x[0]], units=30).fraction == 0
    assert rank_probability([[0, 0], [1, 1]], units=9, initialization=GaussianUnits(1, 0)).fraction == 0
    assert rank_probability([[2, 2], [1, 1]], units=9, initialization=UniformUnits(1, 0)).fraction == 0
    assert (
        float(rank_probability([[-2, -2], [1, 1]], units=9, initialization=UniformUnits(1, 0), samples=99, rng=4)) > 0
    )
    drawn = rank_probability(x, units=4, samples=50, rng=5)
    assert (drawn.bracket.low, drawn.bracket.high) == (0, 1 - 2**-4)
    assert rank_probability(x, units=4, initialization=DataDependentUnits(), samples=9, rng=6).bracket.high == 1


def test_one_column_is_one_input_and_more_units_than_the_sum_allows():
    exact = rank_probability([[0], [1]], units=2)
    assert exact == rank_probability([0, 1], units=2)
    with pytest.raises(ValueError, match="method='simulation' has no such limit"):
        rank_probability(range(30), units=60, initialization=DataDependentUnits())
    drawn = rank_probability(
        range(30), units=60, initialization=DataDependentUnits(), method="simulation", samples=20, rng=7
    )
    assert 0 <= drawn.low <= drawn.high <= 1


def test_rank_is_nearly_certain_in_five_dimensions():
    """Ten points, one unit for each, and much noise: with one input the probability is 0.0025."""
    x = np.random.default_rng(16).normal(size=(10, 5))
    options = {"units": 10, "samples": 300, "level": 1 - LEVEL, "rng": 17}
    for noise, least in ((1, 0.85), (Fraction(1, 100), 0.94)):
        drawn = rank_probability(x, initialization=DataDependentUnits(noise, 5**-0.5), **options)
        assert drawn.low > least


def test_numbers_that_floats_do_not_tell_apart():
    close = [0, Fraction(1, 10**400), 1]
    assert width_for_rank(close, target=0.5, initialization=DataDependentUnits()).width >= 3
    with pytest.raises(ValueError, match="got points that round to the same"):
        rank_probability(close, units=3, method="simulation")
    with pytest.raises(ValueError, match="got numbers beyond"):
        rank_probability([[0, 0], [10**400, 0]], units=3)


def test_reproducible():
    x = [[0, 0], [1, 0], [0, 1]]
    one, two, other = (rank_probability(x, units=4, samples=300, rng=seed) for seed in (8, 8, 9))
    assert one == two != other


def test_data_dependent_units_are_shared_out_evenly():
    """At its own point a unit's pre-activation is the noise, so small here that the own point of each is seen. The
    first h m + r units: h or h + 1 for each point, and which points have one more is uniform."""
    x = np.arange(3.0)[:, None] * [1.0, 2.0]
    w, b = draw_units(DataDependentUnits(1e-9), x, 3000, 3, 3, np.random.default_rng(10))
    own = np.argmin(np.abs(x @ w.transpose(0, 2, 1) + b[:, None, :]), axis=1)
    counts = np.stack([(own[:, :7] == k).sum(axis=1) for k in range(3)], axis=1)
    assert (np.sort(counts, axis=1) == [2, 2, 3]).all()
    assert chisquare((counts == 3).sum(axis=0)).pvalue > LEVEL
    with pytest.raises(AssertionError):
        draw_units(DataDependentUnits(), x, 1, 1, 7, np.random.default_rng(10))


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_range_of_widths_contains_the_exact_one(law):
    """With one input the smallest width is known; a range of confidence 1 - 1e-6 contains it. It is reproducible."""
    x = LINE[:4]
    exact = width_for_rank(x, target=0.9, initialization=law)
    assert isinstance(exact, RankWidth)
    options = {"target": 0.9, "initialization": law, "method": "simulation", "samples": 400, "level": 1 - LEVEL / 4}
    found = width_for_rank(x, rng=11, **options)
    assert found.low <= exact.width <= found.high == found.width
    # where the lower confidence limit of the probability reaches the target
    limit = found.probability.low
    assert limit >= 0.9
    assert found == width_for_rank(x, rng=11, **options)


def test_the_lower_limit_reaches_the_target_at_the_width_and_not_before():
    x = [[0, 0], [1, 0], [0, 1], [2, 2]]
    found = width_for_rank(x, target=0.8, samples=500, rng=12)
    assert float(found.probability.low) >= 0.8
    assert 4 <= found.low <= found.high
    assert str(found) == f"between {found.low} and {found.high} (99% confidence)"
    drawn = rank_probability(x, units=found.high, samples=2000, rng=13)
    assert drawn.high > 0.8
    everything = width_for_rank([[0, 0], [1, 0]], target=0.5, initialization=DataDependentUnits(), samples=50, rng=14)
    assert (everything.low, everything.high, float(everything.probability)) == (2, 2, 1)
    assert str(everything) == "2 (99% confidence)"


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        ([[0, 0], [0, 0]], {}, "x must be different points"),
        ([[1, 1], [2, 2]], {"initialization": GaussianUnits(1, 0)}, "without biases on different rays"),
        ([[0, 0], [1, 0]], {"failure": 1e-3, "target": None}, "samples must be at least 5296 for the target 0.999"),
        ([[0, 0], [1, 0]], {"limit": 2}, "target must be within reach of limit = 2 units, got 0.9"),
        ([[0, 0], [1, 0]], {"limit": 1}, "limit must be an integer >= 2, got 1"),
    ],
)
def test_widths_that_cannot_be_found(x, options, message):
    with pytest.raises(ValueError, match=message):
        width_for_rank(x, **{"target": 0.9, "samples": 200, "rng": 15} | options)
