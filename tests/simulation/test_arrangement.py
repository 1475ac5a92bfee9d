"""Layer 2 decided on the rays of a hyperplane arrangement, against dense and against complete sets of directions."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from relu_prob.domains import Ball, Box, Orthant, WholeSpace
from relu_prob.initialization import Normal, Rademacher, sample_layer
from relu_prob.network import Network
from relu_prob.simulation.arrangement import MAX_DIMENSION, _orthogonal, number_of_rays, rays
from relu_prob.simulation.firing import exact_layers, firing


def draw(network, size, seed):
    rng = np.random.default_rng(seed)
    d, n1, n2 = network.widths[:3]
    laws = network.weights, network.biases
    return [sample_layer(*laws, rng, size, d, n1), sample_layer(*laws, rng, size, n1, n2)]


def decisions(network, layers):
    return [layer.fires for layer in firing(network, layers, np.random.default_rng(0))]


@pytest.mark.parametrize("domain", [Ball(2), Orthant()], ids=repr)
@pytest.mark.parametrize(("d", "n"), [(3, 2), (3, 3), (3, 4), (3, 6), (4, 6)])
def test_no_direction_finds_more_and_nearly_none_less(d, n, domain):
    network = Network((d, n, 8, 1), domain=domain)
    assert exact_layers(network) == 2
    layers = draw(network, 40, seed=1)
    (w, _), (w2, _) = layers
    x = np.random.default_rng(2).standard_normal((20_000, d))
    if domain == Orthant():
        # faces of the orthant are where most maxima are
        x = np.abs(x) * np.random.default_rng(3).integers(0, 2, x.shape)
    first, second = decisions(network, layers)
    missed = 0
    for net in range(40):
        h = np.maximum(x @ w[net].T, 0)
        assert (h > 0).any(axis=0).tolist() == first[net].tolist()
        seen = (h @ w2[net].T > 0).any(axis=0)
        assert not (seen & ~second[net]).any()
        missed += (second[net] & ~seen).sum()
    assert missed <= 0.02 * second.sum()


def largest_value(w, v, domain):
    """max of sum_j v_j relu(W_j x) over the domain's x in [-1, 1]^d: a linear program for each sign pattern."""
    low = 0 if domain == Orthant() else -1
    best = 0.0
    for signs in product((0, 1), repeat=len(w)):
        on = np.array(signs)
        outside = np.where(on[:, None] == 1, -w, w)
        best = max(best, -linprog(-(v * on) @ w, outside, np.zeros(len(w)), bounds=(low, 1)).fun)
    return best


@pytest.mark.parametrize("domain", [Ball(1), Orthant()], ids=repr)
def test_against_linear_programs(domain):
    network = Network((3, 4, 1, 1), domain=domain)
    layers = draw(network, 15, seed=4)
    second = decisions(network, layers)[1]
    expected = [largest_value(layers[0][0][net], layers[1][0][net, 0], domain) > 1e-7 for net in range(15)]
    assert second[:, 0].tolist() == expected
    assert 0 < sum(expected) < 15 or domain == Ball(1)


@pytest.mark.parametrize("domain", [Ball(1), Orthant()], ids=repr)
@pytest.mark.parametrize("n", [2, 4, 5])
def test_dependent_rows_of_signs(n, domain):
    """Every ray of an arrangement of +-1 rows and coordinate planes in R^3 has entries in -2..2."""
    network = Network((3, n, 5, 1), weights=Rademacher(), domain=domain)
    layers = draw(network, 200, seed=5)
    (w, _), (w2, _) = layers
    x = np.array(list(product(range(0 if domain == Orthant() else -2, 3), repeat=3)), dtype=float)
    h = np.maximum(x @ np.swapaxes(w, 1, 2), 0)
    np.testing.assert_array_equal(decisions(network, layers)[1], (h @ np.swapaxes(w2, 1, 2) > 0).any(axis=1))


def test_rays_are_in_the_domain_and_their_values_are_those_of_the_rows():
    for widths, domain in (((3, 5, 1, 1), Ball(1)), ((3, 5, 1, 1), Orthant()), ((5, 3, 1, 1), Ball(1))):
        network = Network(widths, domain=domain)
        w = draw(network, 20, seed=6)[0][0]
        u, z = rays(network, w)
        np.testing.assert_allclose(z, u @ np.swapaxes(w, 1, 2), atol=1e-9 * np.abs(u).max())
        if domain == Orthant():
            assert (u >= 0).all()
        else:
            assert u.shape[1] == number_of_rays(network)
            assert ((z == 0).sum(axis=2) == min(widths[:2]) - 1).all()


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_orthogonal_vectors(d):
    rows = np.random.default_rng(7).integers(-9, 10, (6, d + 1, d)).astype(float)
    chosen = np.array([range(d - 1), range(1, d)], dtype=int)
    u = _orthogonal(rows, chosen)
    for net, pick in product(range(6), range(2)):
        assert not (rows[net, chosen[pick]] @ u[net, pick]).any()
        square = np.vstack([u[net, pick], rows[net, chosen[pick]]])
        assert np.linalg.det(square) == pytest.approx(u[net, pick] @ u[net, pick])


def test_which_networks_are_decided():
    assert number_of_rays(Network((3, 5, 1))) is None, "a single layer needs no rays"
    assert number_of_rays(Network((3, 5, 5, 1), biases=Normal(1))) is None
    assert number_of_rays(Network((3, 5, 5, 1), domain=Box((0, 0, 0), (1, 1, 1)))) is None
    assert number_of_rays(Network((3, 5, 5, 1), domain=Box((-1,) * 3, (1,) * 3))) == 20
    assert number_of_rays(Network((3, 5, 5, 1), domain=WholeSpace())) == 20
    assert number_of_rays(Network((3, 5, 5, 1), domain=Orthant())) == 28
    assert number_of_rays(Network((3, 500, 5, 1))) is None, "too many"
    assert number_of_rays(Network((MAX_DIMENSION + 1, MAX_DIMENSION + 2, 5, 1))) is None
    assert number_of_rays(Network((784, 30, 5, 1))) == 60
    assert exact_layers(Network((3, 500, 5, 1))) == 1


def test_all_boxes_around_zero_are_the_same():
    ball, box = Network((3, 5, 5, 1)), Network((3, 5, 5, 1), domain=Box((-1, -2, Fraction(-1, 3)), (1, 5, 1)))
    layers = draw(ball, 300, seed=8)
    for a, b in zip(decisions(ball, layers), decisions(box, layers), strict=True):
        np.testing.assert_array_equal(a, b)
