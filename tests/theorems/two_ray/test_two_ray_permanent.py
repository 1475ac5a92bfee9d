"""Permanent death over two rays: simulation, layer 2, the law of one ray, and the bracket."""

from itertools import pairwise
from math import pi

import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob import Guarantee, Interval, Network, born_dead, simulate, trainability
from relu_prob.domains import Points
from relu_prob.theorems.layer_two import LAYER_TWO_ONE_DIMENSION
from relu_prob.theorems.one_ray import ONE_RAY
from relu_prob.theorems.two_ray.laws import last_event
from relu_prob.theorems.two_ray.permanent import last_law, sign_law

LEVEL = 1e-6


@pytest.mark.parametrize("widths", [(3, 3), (2, 5), (5, 2), (1, 4), (8, 8)])
def test_layer_two_is_the_exact_law(widths, layers):
    exact = LAYER_TWO_ONE_DIMENSION.permanent_masses(Network((1, *widths, 1)), 2, (None,))
    values, errors = last_law(widths, None, layers=layers)
    for value, error, mass in zip(values, errors, exact, strict=True):
        assert abs(float(value) - float(mass.value())) <= error + 2**-53


@pytest.mark.parametrize("widths", [(3, 4, 2), (2, 2, 2, 2), (4, 3, 5, 2, 6), (8,) * 10, (5, 1, 4)])
def test_summed_over_the_counts_some_neuron_is_alive(widths, layers):
    values, errors = last_law(widths, None, layers=layers)
    dead, error = last_event(widths, None, [0], layers=layers)
    assert abs(values.sum() - (1 - dead)) <= errors.sum() + error
    assert errors.sum() < 1e-14


def test_a_single_first_neuron_leaves_the_chain_of_one_ray(layers):
    widths = (1, 3, 4, 2)
    masks = (None, frozenset({1, 3}), frozenset({2, 3, 4}))
    exact = ONE_RAY.permanent_masses(Network((1, *widths, 1)), 4, masks)
    flags = [None if m is None else np.isin(np.arange(n + 1), list(m)) for m, n in zip(masks, widths, strict=False)]
    values, errors = last_law(widths, [*flags, None], layers=layers)
    for value, error, mass in zip(values, errors, exact, strict=True):
        assert abs(float(value) - float(mass.value())) <= error + 2**-53


def _tested(network, start, layers, samples):
    """Exact binomial tests of P(S_1 in A_1, ..., S_L = s, no layer dead), s >= 1, random masks: Bonferroni's p-value.

    A dead layer anywhere freezes all below it, so that only the last layer of a network has the law of the chain.
    """
    runs = simulate(network, samples=samples, rng=99, death="permanent", progress=False)
    rng, widths = np.random.default_rng(3), network.hidden_widths
    p_values = []
    for keep in (1.0, 0.8, 0.8, 0.7, 0.7):
        masks = [rng.random(n + 1) < keep for n in widths[:-1]]
        seen = runs.counts(network.depth, [np.flatnonzero(mask).tolist() for mask in masks])
        law, _ = last_law(widths, [*masks, None], start, layers)
        pairs = list(zip(seen, law, strict=True))[1:]
        p_values += [binomtest(int(k), samples, min(1.0, max(0.0, float(p)))).pvalue for k, p in pairs]
    return min(p_values) * len(p_values)


@pytest.mark.parametrize("widths", [(3, 3, 3), (3, 2, 4), (2, 4, 2, 3), (4, 2, 5, 3, 2, 4), (5, 5, 5, 5)])
def test_simulated_networks(widths, layers):
    assert _tested(Network((1, *widths, 1)), pi, layers, 300_000) > LEVEL


def test_simulated_networks_on_two_points(layers):
    network = Network((2, 3, 4, 2, 3, 1), domain=Points([(1, 0), (1, 1)]))
    assert _tested(network, pi / 4, layers, 300_000) > LEVEL


@pytest.mark.parametrize("widths", [(4, 4, 4, 4), (3, 5, 2, 6, 4), (2, 2, 2)])
@pytest.mark.parametrize("need", [1, 2])
def test_trainability_lies_in_its_bracket(widths, need):
    net = Network((1, *widths, 1))
    answer = trainability(net, need=(need,) * len(widths), death="permanent")
    assert answer.guarantee is Guarantee.NUMERICAL
    assert answer.high - answer.low < 1e-13
    initially = trainability(net, need=(need,) * len(widths))
    assert initially.low <= answer.high
    chain = np.zeros(widths[0] + 1)
    chain[widths[0]] = 1.0
    for below, width in pairwise(widths):
        chain = chain[need:] @ sign_law(below, width).astype(float)[need:]
    upper = chain[need:].sum()
    assert float(answer) <= upper + 1e-14
    assert float(answer) >= upper - float(born_dead(net)) - 1e-14


def test_any_interval_around_zero_and_any_scale():
    wide = Network((1, 3, 4, 3, 1), domain=Interval(-0.1, 7))
    assert trainability(wide, need=(2, 2, 2), death="permanent") == trainability(
        Network((1, 3, 4, 3, 1)), need=(2, 2, 2), death="permanent"
    )
