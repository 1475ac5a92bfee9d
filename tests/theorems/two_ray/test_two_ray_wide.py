"""Wide layers: known values, the table where both routes work, and simulation."""

from math import comb, pi

import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob import Network, simulate
from relu_prob.theorems.two_ray.laws import last_law, wide_layers_for

LEVEL = 1e-6


@pytest.fixture(scope="module")
def medium():
    """Nodes for layers up to 64 neurons."""
    return wide_layers_for(50)


@pytest.mark.parametrize("allowed", [range(17), [2, 3, 9, 10, 11, 16]], ids=["free", "masked"])
@pytest.mark.parametrize("start", [0.3, 1.2, 2.6])
def test_the_table_agrees_within_both_bounds(medium, layers, start, allowed):
    masks = [np.isin(np.arange(17), allowed), None]
    wide, wide_error = last_law((16, 9), masks, start, layers=medium)
    values, error = last_law((16, 9), masks, start, layers=layers)
    assert np.all(np.abs(wide - values) <= wide_error + error)
    assert wide_error.max() < 1e-10


def test_masks_of_two_layers_agree_with_the_table(medium, layers):
    """The operator of the second layer takes seconds, and serves both angles."""
    masks = [None, np.isin(np.arange(4), [0, 3]), None]
    for start in (0.5, pi):
        wide, wide_error = last_law((5, 3, 4), masks, start, layers=medium)
        values, error = last_law((5, 3, 4), masks, start, layers=layers)
        assert np.all(np.abs(wide - values) <= wide_error + error)
        assert wide_error.max() < 1e-10


def test_wide_layers(medium):
    """One test, since building the operator of a layer of 50 neurons takes seconds."""
    values, errors = last_law((50, 50, 50), None, layers=medium)
    # behind an angle below pi/2, by inverting an Abel transform on the imaginary axis: 14 digits of 0.00215705728694213
    right_angle = 0.75**50 * comb(50, 25) * 0.75**25 * 0.25**25
    assert abs(float(values[25]) - (0.00215705728694213 + right_angle)) <= errors[25] + 1e-16
    assert errors.max() < 1e-10
    assert abs(values.sum() - 1) <= errors.sum()
    widths, samples = (50, 50, 50, 40), 60_000
    values, _ = last_law(widths, None, layers=medium)
    seen = simulate(Network((1, *widths, 1)), samples=samples, rng=12, progress=False).counts(4)
    p_values = [binomtest(int(k), samples, min(1, max(0, float(p)))).pvalue for k, p in zip(seen, values, strict=True)]
    assert min(p_values) * len(p_values) > LEVEL
