"""n_1 = d + 1: against the count over all signs, its dual integral, digits computed elsewhere, and simulation."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import naive
import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob import Guarantee, agree, born_dead, count_law, simulate, trainability
from relu_prob.domains import Ball, Interval, Points, WholeSpace
from relu_prob.initialization import HeNormal, HeUniform, Normal, Rademacher, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.numbers.balls import mpf_fraction
from relu_prob.simulation.arrangement import rays
from relu_prob.theorems.layer_two import (
    LAYER_TWO_ONE_DIMENSION,
    LAYER_TWO_ONE_MORE,
    LAYER_TWO_ONE_MORE_GAUSSIAN,
    one_more,
)
from relu_prob.theorems.layer_two.dependency import LARGEST_DIMENSION, mean_of, psi_law

LEVEL = 1e-6
EVERYWHERE = (None,)
Q = Fraction(1, 8)


def gaussian(d, second, masks=EVERYWHERE, law="masses"):
    return getattr(LAYER_TWO_ONE_MORE_GAUSSIAN, law)(Network((d, d + 1, second, 1)), 2, masks)


def encloses(number, value):
    low, high = number.ends()
    return mpf_fraction(low) <= value <= mpf_fraction(high)


def overlap(x, y):
    return x.ends()[0] <= y.ends()[1] and y.ends()[0] <= x.ends()[1]


@pytest.mark.parametrize("weights", [HeNormal(), HeUniform(), SphereUniform()], ids=str)
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_the_count_over_all_signs_is_the_same_for_every_draw(d, weights):
    n = d + 1
    net = Network((d, n, 1, 1), weights=weights, biases=Zero())
    rng = np.random.default_rng(d)
    z = rays(net, weights.sample(rng, (20, n, d), d, n))[1]
    w = np.abs(weights.sample(rng, (20, 1, n), n, 1))
    signs = np.array(list(naive.signs(1, n)), dtype=float)[:, 0, :]
    f = np.maximum(z[:, :, None, :] * signs, 0) * w[:, :, None, :] @ signs.T
    count = np.all(f <= 0, axis=1).sum(axis=(1, 2))
    p = LAYER_TWO_ONE_MORE.dead(net).fraction
    assert p == Fraction(2**d + 1, 2 * 4**d)
    assert count.tolist() == [p * 4**n] * 20


def test_one_dimension_has_the_same_value():
    net = Network((1, 2, 1, 1))
    assert LAYER_TWO_ONE_MORE.masses(net, 2, EVERYWHERE) == LAYER_TWO_ONE_DIMENSION.masses(net, 2, EVERYWHERE)


def test_one_neuron_masks_symbols_and_permanent_death():
    net = Network((3, 4, 1, 1))
    masses = [x.fraction for x in LAYER_TWO_ONE_MORE.masses(net, 2, EVERYWHERE)]
    assert masses == [Fraction(9, 128), Fraction(119, 128)]
    entry = LAYER_TWO_ONE_MORE.symbolic(net, 2)
    assert [entry(i=4, j=j) for j in (0, 1)] == masses
    assert [x.fraction for x in LAYER_TWO_ONE_MORE.permanent_masses(net, 2, EVERYWHERE)] == [0, masses[1]]
    for theorem in (LAYER_TWO_ONE_MORE, LAYER_TWO_ONE_MORE_GAUSSIAN):
        assert theorem.masses(net, 2, (frozenset({4}),)) == theorem.masses(net, 2, EVERYWHERE)
        assert [x.fraction for x in theorem.masses(net, 2, (frozenset({0, 3}),))] == [0, 0]
        assert [x.fraction for x in theorem.permanent_masses(net, 2, (frozenset({0, 3}),))] == [0, 0]


@pytest.mark.parametrize(
    ("d", "square", "p_square"),
    [
        (2, "0.163496432503208", "0.025353473818397"),
        (3, "0.0960398696897668", "0.00507039037048783"),
    ],
)
def test_second_moments_against_a_quadrature_in_other_variables(d, square, p_square):
    """The digits given are those of a two-dimensional quadrature over the dual variables, rounded."""
    assert abs(mean_of(d, 2, 0, Q, shift=0).value - float(square)) < 1e-15
    dead = gaussian(d, 2)[0]
    assert abs(dead.value() - mpmath.mpf(p_square)) < mpmath.mpf("1e-15")


@pytest.mark.parametrize(("d", "k"), [(d, k) for d in range(1, 6) for k in range(d, 6)])
def test_moments_are_symmetric_in_dimension_and_power(d, k):
    """E psi_d^k = E psi_k^d: both are P(|w_i^l| |a_1| >= |a_i| |w_1^l| for all i <= d, l <= k)."""
    x, y = mean_of(d, k, 0, Q, shift=0), mean_of(k, d, 0, Q, shift=0)
    assert abs(x.value - y.value) <= x.error + y.error
    assert x.error < 1e-12 * x.value
    if d == 1:  # psi_1 is uniform
        assert abs(x.value - 1 / (k + 1)) <= x.error


@pytest.mark.parametrize("d", [2, 3, 5, 9])
def test_psi_is_a_probability_of_mean_one_over_n(d):
    psi, weights = psi_law(d, 8, 6)
    assert np.all((psi > 0) & (psi < 1))
    assert np.all(weights > 0)
    assert mean_of(d, 0, 0, Q).value == pytest.approx(1, abs=mean_of(d, 0, 0, Q).error)
    assert mean_of(d, 1, 0, Q, shift=0).value == pytest.approx(1 / (d + 1), abs=mean_of(d, 1, 0, Q, shift=0).error)


def test_psi_against_a_cone_seen_from_its_three_edges():
    """d = 2: psi is 4 times the share of the sphere in {w_2 >= b_2 w_1, w_3 >= b_3 w_1, w_1 >= 0}, by its angles."""
    rng = np.random.default_rng(3)
    draws = np.abs(rng.standard_normal((400_000, 3)))
    b2, b3 = 0.7, 1.9
    seen = int(np.sum((draws[:, 1] >= b2 * draws[:, 0]) & (draws[:, 2] >= b3 * draws[:, 0])))
    normals = np.array([[-b2, 1, 0], [-b3, 0, 1], [1, 0, 0]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    angles = [np.pi - np.arccos(normals[i] @ normals[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    share = 8 * (sum(angles) - np.pi) / (4 * np.pi)
    assert binomtest(seen, len(draws), share).pvalue > LEVEL
    s = mpmath.quad(
        lambda s: 2 * mpmath.npdf(s) * mpmath.erfc(b2 * s / mpmath.sqrt(2)) * mpmath.erfc(b3 * s / mpmath.sqrt(2)),
        [0, 2, 10],
    )
    assert float(s) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("d", [2, 3, 6, 11, LARGEST_DIMENSION, LARGEST_DIMENSION + 1, 200])
def test_one_neuron_is_the_rational_and_counts_sum_to_one(d):
    exact = LAYER_TWO_ONE_MORE.dead(Network((d, d + 1, 1, 1))).fraction
    dead, alive = gaussian(d, 1)
    assert encloses(dead, exact)
    assert encloses(alive, 1 - exact)
    law = gaussian(d, 5)
    assert sum(mpf_fraction(x.ends()[0]) for x in law) <= 1 <= sum(mpf_fraction(x.ends()[1]) for x in law)
    assert law[0].guarantee is (Guarantee.NUMERICAL if d <= LARGEST_DIMENSION else Guarantee.CERTIFIED)


@pytest.mark.parametrize(("d", "second"), [(2, 3), (5, 4), (9, 8), (30, 3)])
def test_the_certified_enclosure_holds_the_integral(d, second):
    for j, mass in enumerate(gaussian(d, second)):
        around = one_more._enclosed(d + 1, second, j)
        assert overlap(around, mass)
        assert around.guarantee is Guarantee.CERTIFIED


def test_all_dead_is_likelier_in_fewer_dimensions():
    dead = [gaussian(d, 3)[0].value() for d in range(2, 8)]
    assert all(x > y for x, y in pairwise(dead))


@pytest.mark.parametrize("net", [Network((2, 3, 4, 1)), Network((3, 4, 3, 1)), Network((5, 6, 2, 1))], ids=str)
def test_against_simulation(net):
    assert agree(net, layer=2, samples=60_000, rng=11, level=LEVEL, progress=False).agrees


def test_permanent_death_against_simulation_and_by_its_total():
    net = Network((2, 3, 4, 1))
    law = gaussian(2, 4, law="permanent_masses")
    dead = gaussian(2, 4)[0]
    assert law[0].fraction == 0
    assert sum(float(x.value()) for x in law) == pytest.approx(1 - float(dead.value()), abs=1e-14)
    seen = simulate(net, samples=60_000, rng=5, death="permanent", progress=False).joint((3, 4))
    theory = trainability(net, need=(3, 4), death="permanent")
    assert theory.method == "layer 2, n_1 = d + 1, permanent death"
    assert binomtest(seen, 60_000, float(theory)).pvalue > LEVEL
    assert LAYER_TWO_ONE_MORE_GAUSSIAN.permanent_masses(Network((50, 51, 2, 1)), 2, EVERYWHERE) is None


def test_the_questions_answer():
    assert born_dead(Network((2, 3, 1, 1))).fraction == Fraction(5, 32)
    assert count_law(Network((2, 3, 2, 1))).guarantee is Guarantee.NUMERICAL
    assert float(born_dead(Network((2, 3, 40, 1))).number.value()) > 0


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (Network((2, 3, 1, 1)), 1, "the layer must be 2, got 1"),
        (Network((2, 4, 1, 1)), 2, "n_1 = d + 1, got n_1 = 4, d = 2"),
        (Network((2, 3, 2, 1)), 2, "the second layer must have one neuron"),
        (Network((2, 3, 1, 1), biases=Normal(1)), 2, "the biases must be zero, got Normal(1)"),
        (Network((2, 3, 1, 1), weights=Rademacher()), 2, "no ties, got Rademacher()"),
        (Network((2, 3, 1, 1), domain=Points([[1, 0], [0, 1]])), 2, "neighbourhood of 0"),
    ],
    ids=str,
)
def test_the_hypothesis_that_fails_is_named(net, layer, why):
    assert why in LAYER_TWO_ONE_MORE.missing(net, layer)


@pytest.mark.parametrize(
    ("net", "why"),
    [
        (Network((2, 3, 2, 1), weights=HeUniform()), "the weights must be Gaussian, got HeUniform()"),
        (Network((1, 2, 2, 1), domain=Interval(-1, 1)), "n_1 = d + 1 >= 3, got n_1 = 2, d = 1"),
        (Network((2, 3, 1001, 1)), "at most 1000 wide, got n_2 = 1001"),
        (Network((2, 3, 2, 1), biases=Normal(1), domain=WholeSpace()), "the biases must be zero"),
    ],
    ids=str,
)
def test_the_hypothesis_of_gaussian_weights_that_fails_is_named(net, why):
    assert why in LAYER_TWO_ONE_MORE_GAUSSIAN.missing(net, 2)
    assert LAYER_TWO_ONE_MORE_GAUSSIAN.missing(Network((2, 3, 2, 1), domain=Ball(2)), 2) is None
