"""An independent route to p_1: draw rows, look whether the largest pre-activation on the domain is positive."""

import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob.domains import Ball, Orthant, Points
from relu_prob.initialization import sample_layer

LEVEL = 1e-6


def largest_preactivation(network, samples, seed):
    """max over the domain of w.x + b for independent rows, from explicit weights."""
    d, n = network.widths[:2]
    rng = np.random.default_rng(seed)
    w, b = sample_layer(network.weights, network.biases, rng, samples, d, n)
    w, b = w[:, 0], b[:, 0]  # one neuron of each layer
    domain = network.domain
    if isinstance(domain, Orthant):
        return np.where((w > 0).any(axis=1), np.inf, b)
    if isinstance(domain, Points):
        return (w @ domain.array.T).max(axis=1) + b
    if isinstance(domain, Ball):
        return float(domain.radius) * np.linalg.norm(w, axis=1) + b
    low, high = np.array(domain.low, float, ndmin=1), np.array(domain.high, float, ndmin=1)
    return np.maximum(w * low, w * high).sum(axis=1) + b


@pytest.fixture
def simulation_agrees():
    """Whether the number of dead neurons in a simulation passes an exact binomial test of p at level 1e-6."""

    def check(network, p, samples=100_000, seed=0):
        dead = int((largest_preactivation(network, samples, seed) <= 0).sum())
        return binomtest(dead, samples, float(p.value())).pvalue > LEVEL

    return check
