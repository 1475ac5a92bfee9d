"""Which particles go on: what is expected of each, what stays exact, and uniform numbers."""

import numpy as np
import pytest
from scipy.stats import kstest

from relu_prob.estimator.sequential.selection import _spread, _systematic, few, select


def test_small_counts_are_grouped():
    law = np.array([0, 1, 1, 1, 1, 1, 2, 3, 5, 20, 965]) / 1000
    assert [group.tolist() for group in few(law)] == [[1], [2], [3, 4], [5, 6, 7, 8]]
    assert few(np.array([0.0, 0.5, 0.5])) == []
    assert few(np.zeros(3)) == []


def test_systematic_resampling_expects_the_weights():
    rng = np.random.default_rng(0)
    weights = np.array([[0.3, 0.0, 0.2, 0.5], [0.0, 2.0, 0.0, 0.0]])
    total = np.zeros_like(weights)
    for _ in range(1000):
        index, weight = _systematic(weights, 3, rng)
        assert weight.sum(axis=1) == pytest.approx([1, 2], rel=1e-14)
        for row in range(2):
            np.add.at(total[row], index[row], weight[row])
    assert total / 1000 == pytest.approx(weights, abs=5 * 0.5 / 1000**0.5)
    assert (total[0, 1], total[1, 0], total[1, 3]) == (0, 0, 0)


def test_rows_without_weight_have_none_after_it():
    index, weight = _systematic(np.zeros((2, 3)), 4, np.random.default_rng(0))
    assert index.min() >= 0
    assert index.max() <= 2
    assert not weight.any()


@pytest.mark.parametrize("size", [1, 2, 7, 200])
def test_selection_is_unbiased_and_keeps_the_total(size):
    """Whatever the groups: the mean of (weight, function of the particle) is what it was."""
    rng = np.random.default_rng(1)
    pool = rng.random((1, 60)) ** 4
    risk = rng.random((1, 60)) / 2
    group = np.repeat([0, 1, 2], [40, 15, 5])
    value = rng.random(60) * 10.0 ** np.arange(60) ** 0.2
    repeats = 1000
    found = np.empty(repeats)
    for k in range(repeats):
        chosen, weights, shares = select(pool, risk, group, size, rng)
        assert chosen.shape == weights.shape == shares.shape == (1, size)
        assert weights.sum() == pytest.approx(pool.sum(), rel=1e-12)
        found[k] = weights[0] @ value[chosen[0]]
    error = found.std() / repeats**0.5
    assert abs(found.mean() - pool[0] @ value) < 5 * error + 1e-12


def test_rare_groups_and_high_risks_have_particles_of_their_own():
    pool = np.full((1, 1010), 1e-3)
    pool[0, 1000:] = 1e-30
    risk = np.linspace(0, 0.5, 1010)[None]
    chosen, weights, _ = select(pool, risk, np.repeat([0, 1], [1000, 10]), 400, np.random.default_rng(0))
    assert (chosen >= 1000).sum() >= 2
    assert weights[chosen >= 1000].sum() == pytest.approx(1e-29)
    # 2% of the weight, which would have 8 of 400 particles, has 6 for each of two groups; the third is empty
    assert ((chosen >= 980) & (chosen < 1000)).sum() == 12


def test_the_lattice_is_uniform_for_every_particle_and_even_among_them():
    rng = np.random.default_rng(2)
    shares = _spread(5000, 13, rng)
    for column in shares.T:
        assert kstest(column, "uniform").pvalue > 1e-6 / 13
    many = np.sort(_spread(1, 1000, rng)[0])
    assert np.diff(many).max() < 3 / 1000
