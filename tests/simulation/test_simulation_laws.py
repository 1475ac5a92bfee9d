"""Laws known by hand, as statistical tests at level 1e-6 with fixed seeds."""

from math import atan, log, pi, sqrt

import numpy as np
import pytest
from scipy.stats import binom, binomtest, chisquare

from relu_prob.domains import Ball, Orthant, Points, WholeSpace
from relu_prob.initialization import HeUniform, Normal
from relu_prob.network import Network
from relu_prob.simulation import simulate

LEVEL = 1e-6


def mixture(n, *parts):
    return sum(weight * binom.pmf(np.arange(n + 1), n, alive) for weight, alive in parts)


def agrees(counts, law):
    """Chi-square test; cells of probability 0 must be empty, and all others are large enough for the asymptotic law."""
    counts, law = np.asarray(counts), np.asarray(law)
    assert not counts[law == 0].any()
    expected = counts.sum() * law[law > 0] / law.sum()
    assert expected.min() > 50
    assert law.sum() == pytest.approx(1, abs=1e-9)
    return len(expected) == 1 or chisquare(counts[law > 0], expected).pvalue > LEVEL


def dead_agrees(runs, layer, probability):
    return binomtest(int(runs.counts(layer)[0]), runs.samples, probability).pvalue > LEVEL


@pytest.mark.parametrize(("n1", "n2"), [(1, 3), (2, 2), (4, 4), (6, 3)])
def test_one_dimension_zero_bias_layer_2(n1, n2):
    runs = simulate(Network((1, n1, n2, 1)), samples=100_000, rng=1)
    assert agrees(runs.counts(1), [0] * n1 + [1])
    one_ray = 2.0 ** (1 - n1)
    assert agrees(runs.counts(2), mixture(n2, (1 - one_ray, 3 / 4), (one_ray, 1 / 2)))


def test_one_dimension_zero_bias_layer_3():
    runs = simulate(Network((1, 2, 2, 2, 1)), samples=100_000, rng=2)
    assert agrees(runs.counts(3), [0.3401692708333334, 0.408203125, 0.2516276041666666])
    assert binomtest(runs.joint((2, 2, 2)), runs.samples, 0.1422526041666667).pvalue > LEVEL


@pytest.mark.parametrize(("d", "n1"), [(2, 1), (2, 2), (3, 2), (3, 3), (5, 3)])
def test_ball_with_few_neurons(d, n1):
    runs = simulate(Network((d, n1, 3, 1)), samples=30_000, rng=3)
    assert agrees(runs.counts(2), mixture(3, (1, 1 - 2.0**-n1)))


@pytest.mark.parametrize(
    ("d", "n1", "samples", "law", "expected"),
    [
        (2, 3, 60_000, HeUniform(), 5 / 32),
        (3, 4, 60_000, HeUniform(), 9 / 128),
        (4, 5, 20_000, HeUniform(), 17 / 512),
        (2, 4, 120_000, None, 5 / 32 - 3 * (2 - 2 * log(2) + log(2) ** 2) / (8 * pi**2)),
        (3, 5, 60_000, None, 0.046006085347530455985),
    ],
)
def test_ball_with_more_neurons(d, n1, samples, law, expected):
    runs = simulate(Network((d, n1, 1, 1), weights=law), samples=samples, rng=4)
    assert runs.exact
    assert dead_agrees(runs, 2, expected)


@pytest.mark.parametrize("radius", [0.5, 1, 3])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_first_layer_of_a_ball_with_biases(d, radius):
    r = radius
    dead = {1: atan(1 / r) / pi, 2: (1 - r / sqrt(1 + r * r)) / 2, 3: (atan(1 / r) - r / (1 + r * r)) / pi}[d]
    network = Network((d, 1, 1), weights=Normal(2), biases=Normal(2), domain=Ball(radius))
    assert dead_agrees(simulate(network, samples=100_000, rng=5), 1, dead)


def test_orthant():
    network = Network((2, 2, 1, 1), domain=Orthant())
    runs = simulate(network, samples=100_000, rng=6)
    assert agrees(runs.counts(1), mixture(2, (1, 3 / 4)))
    assert dead_agrees(runs, 2, 29 / 64)
    for n2, expected in ((2, 359 / 1536), (3, 1437 / 10240)):
        assert dead_agrees(simulate(network.with_hidden_widths((2, n2)), samples=100_000, rng=7), 2, expected)
    assert agrees(
        simulate(Network((4, 2, 1), domain=Orthant()), samples=50_000, rng=8).counts(1), mixture(2, (1, 15 / 16))
    )


def test_interval_with_biases():
    """A zero output in layer 2 has probability 0.42665693...; after a dead layer it has 1/2, and death has 1."""
    network = Network((1, 1, 1, 1), weights=Normal(1), biases=Normal(1))
    runs = simulate(network, samples=100_000, rng=9)
    assert dead_agrees(runs, 2, 0.42665693162509222673 + 1 / 8)


@pytest.mark.parametrize(("n1", "expected"), [(1, 1 / 4), (2, 3 / 16)])
def test_whole_line_with_biases(n1, expected):
    network = Network((1, n1, 1, 1), weights=Normal(1), biases=Normal(1), domain=WholeSpace())
    runs = simulate(network, samples=100_000, rng=10)
    assert agrees(runs.counts(1), [0] * n1 + [1])
    assert dead_agrees(runs, 2, expected)


def test_one_point():
    """Every neuron fires at a single input with probability 1/2, as long as the layer below is alive."""
    for network in (Network((3, 2, 2, 1), domain=Points([[1, 2, 3]])), Network((1, 2, 2, 1), domain=Orthant())):
        runs = simulate(network, samples=100_000, rng=11)
        half = np.array([1, 2, 1]) / 4
        assert agrees(runs.counts(2), [1 / 4 + 3 / 4 * half[0], *(3 / 4 * half[1:])])


def test_three_points():
    x = np.array([[1.0, 0, 0], [0, 1, 0], [1, 1, 1]])
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    angles = sum(np.arccos(u[i] @ u[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    runs = simulate(Network((3, 3, 1), domain=Points(x.tolist())), samples=100_000, rng=12)
    assert agrees(runs.counts(1), mixture(3, (1, 1 / 2 + angles / (4 * pi))))


def test_permanent_death_after_three_live_neurons():
    """Sign-dead with probability 1/8, dead with probability 1/4 (two rays) or 1/2 (one); all dead is all frozen."""
    runs = simulate(Network((1, 3, 4, 1)), samples=100_000, rng=13, death="permanent")
    j = np.arange(5)
    all_dead = sum(weight * (p**4) * binom.pmf(j, 4, 1 - 1 / (8 * p)) for weight, p in ((3 / 4, 1 / 4), (1 / 4, 1 / 2)))
    law = binom.pmf(j, 4, 7 / 8) - all_dead
    law[0] = all_dead.sum()
    assert agrees(runs.counts(2), law)
