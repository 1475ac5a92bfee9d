"""Layer 2 behind one input with biases: an integral, published digits, geometry by hand, and simulated networks."""

from itertools import combinations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import binomtest, norm

from relu_prob.domains import Ball, Interval, Points, WholeSpace
from relu_prob.estimator import polyline
from relu_prob.estimator.polyline import death_moments
from relu_prob.initialization import HeNormal, HeUniform, Normal
from relu_prob.network import Network
from relu_prob.orthant import known_probability, orthant_probability
from relu_prob.simulation import simulate

ONE = Normal(1)
LEVEL = 1 - 1e-6


def line(*hidden, domain=None, weights=ONE, biases=ONE):
    return Network((1, *hidden, 1), weights=weights, biases=biases, domain=domain)


def one_neuron(r, weights, biases):
    """P(no output) for n_1 = 1 on [-r, r]: 1/2 - (1/pi) int_0^inf atan(k om s) phi(s) (2 Phi(al s) - 1) ds."""
    k, om, al = weights / biases, np.hypot(biases, r * weights), r * weights / biases

    def integrand(s):
        return np.arctan(k * om * s) * norm.pdf(s) * (2 * ndtr(al * s) - 1)

    return 0.5 - quad(integrand, 0, np.inf, epsabs=1e-12)[0] / np.pi


@pytest.mark.parametrize(("r", "weights", "biases"), [(1, 1, 1), (0.5, 1, 1), (2, 1.5, 0.5)])
def test_one_neuron_against_the_integral(r, weights, biases):
    network = line(1, 1, domain=Ball(r), weights=Normal(weights), biases=Normal(biases))
    (found,) = death_moments(network, constant_is_dead=False, samples=2**13, level=LEVEL, rng=0)
    truth = one_neuron(r, weights, biases)
    assert found.low <= truth <= found.high
    assert found.high - found.low < 2e-3


@pytest.mark.parametrize(
    ("first", "value", "error"),
    [(2, 0.383502, 1.5e-5), (3, 0.35627, 3.4e-4), (4, 0.33840, 3.3e-4), (8, 0.30652, 3.3e-4)],
)
def test_unit_sigmas_on_the_unit_interval(first, value, error):
    """Values with standard errors from long simulations of the output itself."""
    (found,) = death_moments(line(first, 1), constant_is_dead=False, samples=2**15, level=LEVEL, rng=1)
    ours = (found.high - found.low) / 2
    assert abs(found.estimate - value) <= ours + 5 * error
    assert ours < 0.02 * value


@pytest.mark.parametrize(
    "network",
    [
        line(1, 3, domain=Interval(-1, 2), biases=Normal(0.5)),
        line(2, 2, domain=Interval(0.5, 2)),
        line(3, 3, domain=Interval(-2, 1), weights=HeNormal(), biases=Normal(0.3)),
        line(4, 2),
    ],
    ids=str,
)
def test_moments_are_the_chances_that_all_neurons_are_dead(network):
    """E p^n is P(N_2 = 0): exact binomial tests at the two ends of its interval."""
    second = network.hidden_widths[1]
    found = death_moments(network, order=second, samples=2**14, level=LEVEL, rng=2)[-1]
    runs = simulate(network, samples=40_000, rng=3)
    dead = int(runs.counts(2, (None,))[0])
    assert binomtest(dead, runs.samples, found.low, alternative="less").pvalue > 1e-6
    assert binomtest(dead, runs.samples, found.high, alternative="greater").pvalue > 1e-6


def test_first_moment_is_the_mean_share_of_dead_neurons():
    network = line(2, 40)
    (found,) = death_moments(network, samples=2**14, level=LEVEL, rng=0)
    runs = simulate(network, samples=10_000, rng=5)
    counts = np.asarray(runs.counts(2, (None,)))
    shares = 1 - np.arange(41) / 40
    mean = counts @ shares / runs.samples
    error = np.sqrt(counts @ (shares - mean) ** 2 / runs.samples**2)
    assert abs(found.estimate - mean) <= (found.high - found.low) / 2 + norm.isf(0.5e-6) * error


def layer(n, size, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((size, n)), rng.standard_normal((size, n))


def test_vertices_are_on_the_curve_and_no_point_of_it_is_outside_their_hull():
    w, b = layer(3, 50, 0)
    vertices = polyline._vertices(w, b, -1.0, 2.0)
    x = np.linspace(-1, 2, 101)
    curve = np.maximum(w[:, None, :] * x[:, None] + b[:, None, :], 0)
    rows = np.random.default_rng(1).standard_normal((50, 20, 3))
    highest = (rows @ vertices.swapaxes(1, 2)).max(axis=2)
    seen = (rows @ curve.swapaxes(1, 2)).max(axis=2)
    assert (seen <= highest + 1e-13).all()
    # a vertex is on average half a step of the grid away from the nearest point of it, 3/200, times slopes of order 1
    assert (seen >= highest - 0.5).all()


@pytest.mark.parametrize("n", [1, 2])
def test_closed_forms_are_orthant_probabilities(n):
    """Each layer 1 separately: rows (h, 1) of the vertices, by the general code."""
    w, b = layer(n, 60, n)
    vertices = polyline._vertices(w, b, -1.0, 1.0)
    found = polyline._powers(vertices, np.zeros((60, 0, n)), 2, 0.5)
    for p, h in zip(found, vertices, strict=True):
        exact = known_probability(np.c_[h, np.ones(len(h))])
        assert p[0] == pytest.approx(exact.value, abs=exact.error + 1e-14)
        # powers are rounded otherwise on some processors, by a few units in the last place
        assert p[1] == pytest.approx(p[0] ** 2, rel=2**-50)


def test_estimates_of_three_neurons_are_unbiased():
    """One layer 1 with many weight rows, against the orthant probability of its vertices."""
    w, b = np.array([[1.0, -0.5, 0.8]]), np.array([[0.2, 0.6, -0.1]])
    vertices = polyline._vertices(w, b, -1.0, 1.0)
    p = orthant_probability(np.c_[vertices[0], np.ones(5)])
    rows = np.random.default_rng(0).standard_normal((100_000, 2, 3))
    powers = polyline._powers(np.repeat(vertices, len(rows), axis=0), rows, 2, 1.0)
    for k in (1, 2):
        column = powers[:, k - 1]
        error = column.std() / np.sqrt(len(column))
        assert abs(column.mean() - p.value**k) <= norm.isf(0.5e-6) * error + p.error


def test_products_are_elementary_symmetric_means():
    p = np.random.default_rng(0).random((4, 5))
    for row, means in zip(p, polyline._products(p), strict=True):
        for k in range(1, 6):
            assert means[k - 1] == pytest.approx(np.mean([np.prod(s) for s in combinations(row, k)]), rel=1e-14)


def test_conventions_differ_by_half_the_chance_of_an_entirely_dead_layer():
    dead, constant = (
        death_moments(line(1, 1), constant_is_dead=flag, samples=2**12, rng=0)[0] for flag in (True, False)
    )
    # p_1 = atan(1) / pi = 1/4 on [-1, 1]
    assert dead.estimate - constant.estimate == pytest.approx(1 / 8, abs=dead.high - dead.low + 1e-3)


def test_reproducible():
    runs = [death_moments(line(3, 1), samples=500, rng=rng) for rng in (7, np.random.default_rng(7), 8)]
    assert runs[0] == runs[1] != runs[2]
    assert runs[0][0].samples == 24 * 32


@pytest.mark.parametrize(
    ("network", "arguments", "message"),
    [
        (Network((2, 3, 3, 1), weights=ONE, biases=ONE), {}, "input dimension 1"),
        (Network((1, 3, 1), weights=ONE, biases=ONE), {}, "two hidden layers"),
        (line(3, 3, weights=HeUniform()), {}, "normal weights and biases"),
        (Network((1, 3, 3, 1)), {}, "normal weights and biases"),
        (line(3, 3, domain=WholeSpace()), {}, "Ball or an Interval, got WholeSpace"),
        (line(3, 3, domain=Points([[1]])), {}, "Ball or an Interval"),
        (line(3, 3), {"order": 0}, "order must be an integer >= 1, got 0"),
        (line(3, 3), {"samples": 0}, "samples must be"),
        (line(3, 3), {"level": 1.5}, "level must be"),
        (line(3, 3), {"constant_is_dead": 2}, "constant_is_dead must be one of True, False"),
        (line(3, 3), {"rng": -3}, "rng must be a numpy.random.Generator"),
    ],
    ids=str,
)
def test_bad_input(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        death_moments(network, **arguments)
