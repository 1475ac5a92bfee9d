"""Values that were found by other programs, with their standard errors, by the routes of this one: within 4 of both."""

import numpy as np
import pytest
from scipy.stats import norm

from relu_prob import Network, Orthant, Points, first_dead_layer, trainability
from relu_prob.estimator.sign_group import dead_fraction
from relu_prob.orthant import orthant_probability
from relu_prob.simulation.arrangement import rays

THREE = Points([(1, 0), (0.2, 1), (-0.7, -0.5)])
ANTIPODAL = Points([(1,), (-1,)])
LEVEL = 0.99


def standard_error(probability):
    """Of an estimate, from its interval at LEVEL (never too small, since the interval is no narrower than normal's)."""
    return float(probability.high - probability.low) / 2 / norm.ppf((1 + LEVEL) / 2)


def agrees(found, error, value, reference_error):
    return abs(found - value) < 4 * np.hypot(error, reference_error)


@pytest.mark.parametrize(
    ("n", "moments"),
    [
        (4, [(0.013842, 15e-6), (0.001765, 3e-6), (0.000238, 1e-6)]),
        (5, [(0.009282, 12e-6), (0.000961, 2e-6), (0.000105, 1e-6)]),
        (6, [(0.007264, 12e-6), (0.000654, 2e-6), (0.000061, 1e-6)]),
        (8, [(0.005781, 13e-6), (0.000452, 2e-6), (0.000036, 1e-6)]),
    ],
)
def test_several_dead_neurons_of_layer_two(n, moments):
    """E p^k in two dimensions, from how many of 64 neurons are dead above each of many first layers."""
    rng, neurons = np.random.default_rng(n), 64
    w1 = rng.standard_normal((20_000, n, 2))
    h = np.maximum(rays(Network((2, n, 1, 1)), w1)[1], 0.0)
    dead = np.all(h @ rng.standard_normal((len(w1), n, neurons)) <= 0, axis=1).sum(axis=1)
    # C(dead, k) / C(64, k) is an unbiased estimate of p^k
    power = dead / neurons
    for k, (value, reference_error) in enumerate(moments, 2):
        power = power * np.maximum(dead - k + 1, 0) / (neurons - k + 1)
        assert agrees(power.mean(), power.std() / len(power) ** 0.5, value, reference_error), k


@pytest.mark.parametrize(
    ("d", "n", "value", "reference_error"),
    [(2, 3, 0.37009, 28e-5), (2, 4, 0.32778, 33e-5), (3, 2, 0.36345, 34e-5), (3, 3, 0.26803, 36e-5)],
)
def test_layer_two_on_the_orthant(d, n, value, reference_error):
    p = dead_fraction(Network((d, n, 1, 1), domain=Orthant()), samples=20_000, rng=0, level=LEVEL)
    assert agrees(float(p), standard_error(p), value, reference_error)


def test_layer_two_of_infinitely_many_neurons_in_the_plane():
    """A neuron is then a Gaussian process on the circle with the arc-cosine kernel, here at 96 points."""
    angles = 2 * np.pi * np.arange(96) / 96
    apart = np.abs((angles[:, None] - angles + np.pi) % (2 * np.pi) - np.pi)
    kernel = (np.sin(apart) + (np.pi - apart) * np.cos(apart)) / np.pi
    p = orthant_probability(covariance=kernel, relative_error=1e-2, level=LEVEL, rng=0)
    assert agrees(p.value, p.error / norm.ppf((1 + LEVEL) / 2), 0.0736, 4e-4)


@pytest.mark.parametrize(
    ("width", "values"),
    [
        (8, [(4.56571579e-05, 5e-13), (2.2507e-4, 6e-8), (5.227e-4, 13e-7)]),
        (20, [(2.72848237e-12, 5e-21), (2.57e-10, 2e-12), (2.51e-9, 2e-11)]),
    ],
)
def test_first_dead_layer_of_two_opposite_inputs(width, values):
    net = Network((1, *[width] * 4, 1), domain=ANTIPODAL)
    found = first_dead_layer(net, method="estimate", samples=20_000, rng=0, level=LEVEL)
    assert float(found[0]) == 0
    for p, (value, reference_error) in zip(found[1:], values, strict=True):
        assert agrees(float(p), standard_error(p), value, max(reference_error, 1e-9 * value))


@pytest.mark.parametrize(
    ("width", "need", "value", "reference_error"), [(4, 2, 0.73017, 43e-5), (8, 4, 0.89354, 24e-5)]
)
def test_trainability_on_three_points(width, need, value, reference_error):
    net = Network((2, *[width] * 4, 1), domain=THREE)
    p = trainability(net, need=[need] * 4, samples=20_000, rng=0, level=LEVEL)
    assert agrees(float(p), standard_error(p), value, reference_error)
