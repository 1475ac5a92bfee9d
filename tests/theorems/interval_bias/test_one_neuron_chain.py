"""Layers of one neuron with a bias: the step against the certified rule, the chain against explicit networks."""

from fractions import Fraction
from math import atan

import numpy as np
import pytest
from flint import arb

from relu_prob import agree
from relu_prob.domains import Ball, Interval
from relu_prob.initialization import GlorotNormal, HeUniform, Normal
from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO
from relu_prob.theorems.interval_bias import LAYER_TWO_ONE_NEURON, ONE_NEURON_CHAIN
from relu_prob.theorems.interval_bias.operator import COARSE, FINE, dead, functional, intervals, operator
from relu_prob.theorems.interval_bias.rule import rule
from relu_prob.theorems.interval_bias.setting import Setting

UNIT = {"weights": Normal(1), "biases": Normal(1)}


def tower(depth, last=1, **more):
    return Network((1, *[1] * (depth - 1), last, 1), **(UNIT | more))


def floats(masses):
    return np.array([float(x.value()) for x in masses])


def gauss_error(resolution):
    """What Gauss-Legendre rules leave of functions bounded by 1 on ellipses of rho = 3, as around panels [x, 4x]."""
    nodes = min(resolution.radius, resolution.angle)
    return 64 / 15 * 3 ** (-2 * nodes) / (1 - 1 / 9)


@pytest.mark.parametrize(
    ("low", "high", "k"), [(-1, 1, 1), (-2, 3, 1), (0, 0.25, 2), (0.5, 4, 0.25), (-3, -1, 5), (1, 1.125, 1)]
)
def test_one_step_from_any_interval_against_the_certified_rule(low, high, k):
    """E[p^m; alive] for m = 0..3; the rule shares nothing with the functional but the question."""
    where = Setting(*(Fraction(x) * abs(Fraction(x)) for x in (low, high)), Fraction(k) ** 2)
    points, weights, error = rule(where, 3, 15)
    m, p = functional(low, high, k, FINE), dead(FINE)
    for power in range(4):
        with balls.precision(25):
            certified = sum((w * q**power for w, q in zip(weights, points, strict=True)), arb(0))
        assert m @ p**power == pytest.approx(float(certified), abs=gauss_error(FINE))
        coarse = functional(low, high, k, COARSE) @ dead(COARSE) ** power
        assert coarse == pytest.approx(float(certified), abs=gauss_error(COARSE))
    assert float(error) < 1e-14


def test_the_step_keeps_the_probability_of_being_alive():
    """T 1 = 1 - p: from any interval the neuron is alive with the probability that is known in closed form."""
    step, p = operator(1.0, COARSE), dead(COARSE)
    np.testing.assert_allclose(step.sum(axis=1), 1 - p, rtol=0, atol=gauss_error(COARSE))
    low, high = intervals(COARSE)
    assert p[7] == pytest.approx(0.5 - (atan(high[7]) - atan(low[7])) / (2 * np.pi), abs=1e-15)


@pytest.mark.parametrize("n", [1, 3])
def test_layer_3_is_layer_2_averaged_over_the_interval(n):
    """P(N_3 = j, all alive) = E[g_j(interval); alive] with g_j by the certified rule at a few intervals."""
    low, high = intervals(COARSE)
    step, p = operator(1.0, COARSE), dead(COARSE)
    for i in (30, 75, 117, 160):
        where = Setting(Fraction(low[i]) ** 2, Fraction(high[i]) ** 2, Fraction(1))
        points, weights, _ = rule(where, n, 10)
        with balls.precision(20):
            certified = float(sum((w * (1 - q) ** n for w, q in zip(weights, points, strict=True)), arb(0)))
        assert step[i] @ (1 - p) ** n == pytest.approx(certified, abs=gauss_error(COARSE))


@pytest.mark.parametrize(
    ("net", "layer"),
    [
        (tower(3, last=3), 3),
        (tower(5, last=2), 5),
        (tower(4, domain=Interval(0.25, 2)), 4),
    ],
    ids=str,
)
def test_simulated_networks(net, layer):
    assert agree(net, layer=layer, samples=40_000, rng=31).agrees


def test_simulated_networks_with_a_law_that_differs_from_layer_to_layer():
    net = Network((1, 1, 1, 3, 1), weights=GlorotNormal(), biases=Normal(0.5), domain=Interval(-2, 1))
    assert agree(net, layer=3, samples=40_000, rng=32).agrees
    assert agree(net, need=(1, 1, 2), samples=40_000, rng=33).agrees


def test_masks_split_the_law():
    net = tower(3, last=2)
    one, zero = frozenset({1}), frozenset({0})
    free = ONE_NEURON_CHAIN.masses(net, 3, (None, None))
    parts = {
        (i, j): ONE_NEURON_CHAIN.masses(net, 3, (first, second))
        for i, first in ((0, zero), (1, one))
        for j, second in ((0, zero), (1, one))
    }
    assert sum(floats(free)) == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(sum(map(floats, parts.values())), floats(free), rtol=0, atol=1e-12)
    # above a dead layer all is dead
    assert parts[0, 1] == (ZERO,) * 3
    assert parts[0, 0][1:] == (ZERO,) * 2
    assert floats(parts[0, 0])[0] == pytest.approx(0.25, abs=1e-9)
    assert floats(parts[1, 0])[0] == pytest.approx(0.30165693162509222673, abs=1e-9)
    assert all(x.guarantee is Guarantee.NUMERICAL for x in free)


def test_the_layer_below_has_the_certified_law():
    """P(N_2 = 1) through the chain: the mass of N_3 where N_2 = 1."""
    below = floats(LAYER_TWO_ONE_NEURON.masses(tower(2), 2, (None,)))
    alive = ONE_NEURON_CHAIN.masses(tower(3), 3, (None, frozenset({1})))
    assert sum(floats(alive)) == pytest.approx(below[1], abs=float(alive[0].error))


def test_survival_falls_with_depth_and_the_error_is_small():
    survival = [ONE_NEURON_CHAIN.masses(tower(depth), depth, (None,) * (depth - 1))[1] for depth in (3, 4, 5, 6)]
    values = floats(survival)
    assert (np.diff(values) < 0).all()
    # a neuron is alive with probability at least 1/2 above a live one
    assert (values[1:] > values[:-1] / 2).all()
    assert max(float(x.error) for x in survival) < 1e-7


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (tower(3), 2, "the layer must be at least 3, got 2"),
        (Network((1, 1, 2, 3, 1), **UNIT), 3, "must have one neuron, got widths (1, 2)"),
        (tower(3, weights=HeUniform()), 3, "must be Gaussian"),
        (Network((2, 1, 1, 1, 1), **UNIT, domain=Ball(1)), 3, "the input dimension must be 1, got 2"),
    ],
    ids=lambda x: str(x),
)
def test_the_hypothesis_that_fails_is_named(net, layer, why):
    assert why in ONE_NEURON_CHAIN.missing(net, layer)
