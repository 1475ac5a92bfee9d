"""The first layer on finite data: against the exact families, a box's integral, and draws of explicit rows."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob.domains import Ball, Box, Points
from relu_prob.estimator.first_layer import first_layer_death
from relu_prob.initialization import HeNormal, HeUniform, Normal, sample_layer
from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.theorems.first_layer import death_probability

LEVEL = 1 - 1e-6


@pytest.mark.parametrize("biases", [Normal(0.5), None])
def test_few_points_are_those_of_the_theorems(biases):
    network = Network((3, 2, 1), biases=biases, domain=Points([[1, 2, 0], [0, 1, 3], [1, 0, 0], [0, 1, 1]]))
    found = first_layer_death(network)
    low, high = death_probability(network).ends()
    assert found.guarantee is Guarantee.NUMERICAL
    assert found.low <= high
    assert low <= found.high


@pytest.mark.parametrize(("d", "ratio"), [(3, 1), (4, 2)])
def test_corners_of_a_cube_are_the_cube(d, ratio):
    """A box has the death of its corners, and a certified integral of its own."""
    laws = {"weights": Normal(1), "biases": Normal(ratio)}
    corners = Points(list(product((-1, 1), repeat=d)))
    found = first_layer_death(Network((d, 2, 1), domain=corners, **laws), level=LEVEL, rng=0)
    exact = float(death_probability(Network((d, 2, 1), domain=Box((-1,) * d, (1,) * d), **laws)).value())
    assert found.guarantee is Guarantee.STATISTICAL
    assert abs(found.value - exact) <= found.error


def test_a_data_set_against_explicit_rows():
    points = np.random.default_rng(0).standard_normal((40, 6))
    network = Network((6, 4, 1), weights=HeNormal(), biases=Normal(1), domain=Points(points.tolist()))
    found = first_layer_death(network, rng=1)
    w, b = sample_layer(network.weights, network.biases, np.random.default_rng(2), 100_000, 6, 1)
    dead = int(((w[:, 0] @ points.T).max(axis=1) + b[:, 0] <= 0).sum())
    # the estimate is a hundred times better than the draws
    assert binomtest(dead, len(w), found.value).pvalue > 1e-6


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Network((2, 2, 1), domain=Ball(1)), "must live on Points, got Ball"),
        (Network((1, 2, 1), weights=HeUniform(), domain=Points([[1]])), "normal weights and normal or zero biases"),
    ],
    ids=str,
)
def test_bad_input(network, message):
    with pytest.raises(ValueError, match=message):
        first_layer_death(network)
