"""Layer 1 on every domain, and random inputs, which only ever miss activity."""

from itertools import pairwise

import numpy as np
import pytest

from relu_prob.domains import Ball, Box, Orthant, WholeSpace
from relu_prob.initialization import Normal, PyTorchDefault, Rademacher, sample_layer
from relu_prob.network import Network
from relu_prob.simulation import firing as firing_module
from relu_prob.simulation.firing import exact_layers, firing, number_of_inputs
from relu_prob.simulation.sampling import RANDOM_INPUTS, largest, random_inputs

DOMAINS = [Ball(0.5), Box((-1, 0, 1), (2, 1, 3)), Orthant(), WholeSpace()]


def draw(network, size, seed):
    rng = np.random.default_rng(seed)
    return [sample_layer(network.weights, network.biases, rng, size, *fans) for fans in pairwise(network.widths[:-1])]


@pytest.mark.parametrize("domain", DOMAINS, ids=repr)
def test_inputs_are_in_the_domain(domain):
    network = Network((3, 4, 4, 1), biases=Normal(1), domain=domain)
    (w, _), _ = draw(network, 30, seed=1)
    for x in (largest(network, w), random_inputs(network, np.random.default_rng(2), 30)):
        point, s = x[:, :, :3], x[:, :, 3]
        assert x.shape[2] == 4
        assert (s >= 0).all()
        assert x.any(axis=2).all()
        if isinstance(domain, Ball):
            assert (s == 1).all()
            assert (np.linalg.norm(point, axis=2) <= 0.5 * (1 + 1e-15)).all()
        elif isinstance(domain, Box):
            assert (s == 1).all()
            assert ((point >= [-1, 0, 1]) & (point <= [2, 1, 3])).all()
        elif isinstance(domain, Orthant):
            assert (point >= 0).all()


@pytest.mark.parametrize("zero_bias", [True, False])
@pytest.mark.parametrize("domain", DOMAINS, ids=repr)
def test_no_input_is_larger_than_the_largest(domain, zero_bias):
    network = Network((3, 4, 1), biases=None if zero_bias else Normal(1), domain=domain)
    assert exact_layers(network) == 1
    ((w, b),) = draw(network, 60, seed=3)
    fires = next(firing(network, [(w, b)], np.random.default_rng(0))).fires
    x = random_inputs(network, np.random.default_rng(4), 60)
    z = x[:, :, :3] @ np.swapaxes(w, 1, 2)
    if zero_bias:
        assert x.shape[2] == 3
    else:
        z += x[:, :, 3:] * b[:, None, :]
    seen = (z > 0).any(axis=1)
    assert not (seen & ~fires).any()
    assert (fires & ~seen).sum() <= 0.05 * fires.sum()


def test_support_functions():
    w = np.random.default_rng(5).standard_normal((50, 4, 3))
    b = np.random.default_rng(6).standard_normal((50, 4))
    height = {
        Ball(0.5): np.linalg.norm(w, axis=2) / 2,
        Box((-1, 0, 1), (2, 1, 3)): np.maximum(w * [-1, 0, 1], w * [2, 1, 3]).sum(axis=2),
        Orthant(): np.where((w > 0).any(axis=2), np.inf, 0),
        WholeSpace(): np.inf,
    }
    for domain, h in height.items():
        network = Network((3, 4, 1), biases=Normal(1), domain=domain)
        fires = next(firing(network, [(w, b)], np.random.default_rng(0))).fires
        np.testing.assert_array_equal(fires, b + h > 0)


def test_a_tie_at_the_corner_of_a_box_is_death():
    network = Network((3, 1, 1), weights=Rademacher(), biases=PyTorchDefault(), domain=Box((0,) * 3, (0.1,) * 3))
    w, b = np.ones((1, 1, 3)), np.array([[-0.3]])
    assert 0.1 + 0.1 + 0.1 - 0.3 > 0
    assert not next(firing(network, [(w, b)], np.random.default_rng(0))).fires.any()


@pytest.mark.parametrize("domain", [Ball(1), Orthant(), Box((1, -1), (2, 3))], ids=repr)
def test_random_inputs_bound_activity_from_below(domain, monkeypatch):
    network = Network((2, 4, 4, 4, 1), domain=domain)
    layers = draw(network, 500, seed=7)
    exact = [layer.fires for layer in firing(network, layers, np.random.default_rng(0))]
    monkeypatch.setattr(firing_module, "deciding_vertices", lambda network: None)
    decided = 1 if isinstance(domain, Box) else 2
    assert exact_layers(network) == decided
    assert number_of_inputs(network)[0] >= RANDOM_INPUTS
    sampled = [layer.fires for layer in firing(network, layers, np.random.default_rng(0))]
    for layer, (all_, some) in enumerate(zip(exact, sampled, strict=True)):
        assert not (some & ~all_).any()
        if layer < decided:
            np.testing.assert_array_equal(some, all_)
        else:
            assert (all_ & ~some).sum() <= 0.02 * all_.sum()
