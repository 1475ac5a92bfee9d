"""Choosing points: spread out or influential ones, all different whatever the data, and shared out evenly."""

import sys

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import binomtest, chisquare

from relu_prob.concrete.data_points import CHOICES, chosen_points, leverage, shares, spread

LEVEL = 1e-6


@given(st.data())
def test_points_are_different_and_there(data):
    """Duplicates, equal points only, offsets and scales that make distances cancel or overflow."""
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    m, d = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 3))
    x = rng.integers(-1, 2, (m, d)) * 10.0 ** data.draw(st.sampled_from([-200, 0, 9, 200]))
    x += data.draw(st.sampled_from([0.0, 1e8]))
    number = data.draw(st.integers(1, m))
    for how in CHOICES:
        chosen = chosen_points(x, number, how, rng)
        assert chosen.shape == (number,)
        assert len(set(chosen.tolist())) == number
        assert set(chosen.tolist()) <= set(range(m))


def test_spread_takes_every_different_point_before_equal_ones():
    x = np.repeat([[0.0], [1.0], [5.0]], [20, 3, 1], axis=0)
    rng = np.random.default_rng(0)
    counts = np.zeros(24)
    for _ in range(300):
        first = spread(x, 3, rng)
        assert sorted(x[first, 0]) == [0, 1, 5]
        counts[first] += 1
    # which one of equal points is uniform
    assert chisquare(counts[:20]).pvalue > LEVEL
    assert sorted(spread(x, 24, rng)) == list(range(24))


def test_the_first_point_is_uniform():
    x = np.array([[0.0], [0.0], [0.0], [9.0]])
    rng = np.random.default_rng(1)
    seen = sum(int(spread(x, 1, rng)[0]) == 3 for _ in range(1000))
    assert binomtest(seen, 1000, 0.25).pvalue > LEVEL


def test_leverage_scores_are_the_diagonal_of_the_hat_matrix():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20, 3)) + 1e3
    x = np.c_[x, x[:, 0] - x[:, 1]]  # a direction that depends on the others counts once
    affine = np.c_[np.ones(20), x[:, :3] - 1e3]
    hat = affine @ np.linalg.solve(affine.T @ affine, affine.T)
    # (1, x - c) has the same columns' span; the condition number of it is below 10, that of x - mean below 1e3
    assert leverage(x) == pytest.approx(np.diag(hat), abs=20 * 1e3 * 1e3 * np.finfo(float).eps)
    assert leverage(np.zeros((4, 2))).tolist() == [0.25] * 4


def test_influential_points_are_drawn_by_their_leverage():
    x = np.array([[0.0], [0.0], [0.0], [1.0]])  # 1/3 each, and 1
    rng = np.random.default_rng(3)
    draws = [chosen_points(x, 2, "leverage", rng).tolist() for _ in range(1000)]
    assert binomtest(sum(3 in pair for pair in draws), 1000, 1 / 2 + 1 / 2 * 1 / (1 + 2 / 3)).pvalue > LEVEL
    assert binomtest(sum(pair[0] == 3 for pair in draws), 1000, 1 / 2).pvalue > LEVEL


def test_neurons_are_shared_out_evenly():
    own = shares(np.array([4, 7, 9]), 11, np.random.default_rng(4))
    counts = np.bincount(own, minlength=10)
    assert sorted(counts[[4, 7, 9]]) == [3, 4, 4]
    assert counts.sum() == 11


def test_without_scikit_learn_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(ImportError, match=r"needs scikit-learn: pip install 'relu_prob\[torch\]'"):
        spread(np.zeros((2, 1)), 1, np.random.default_rng(5))
