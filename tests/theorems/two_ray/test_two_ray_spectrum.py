"""Decay rates: digits found independently, gamma functions by hand, and the rates of the laws themselves."""

from math import gamma, pi, sqrt

import numpy as np
import pytest

from relu_prob.theorems.two_ray.angle import AngleAfter, points_between, to_right_angle
from relu_prob.theorems.two_ray.nodes import theta_nodes
from relu_prob.theorems.two_ray.spectrum import leading_eigenvalue, shrinking, survival_at_zero

# by two other discretisations, with the error that they leave
LAMBDA_1 = {2: (0.2637668, 1e-7), 3: (0.49073078, 1e-8), 4: (0.647791, 2e-6), 5: (0.75205, 5e-5), 6: (0.8223, 5e-4)}
EDGE = {2: 0.21180327119849487, 3: 0.43358457412907814, 6: 0.8173846639758858, 10: 0.9467696970711104}


@pytest.mark.parametrize("width", sorted(LAMBDA_1))
def test_isolated_eigenvalue(width):
    value, error = leading_eigenvalue(width)
    expected, slack = LAMBDA_1[width]
    assert abs(value - expected) <= slack + error
    assert value - error > shrinking(width)


@pytest.mark.parametrize("width", [7, 10])
def test_without_an_isolated_one_it_is_in_the_continuous_spectrum(width):
    value, _ = leading_eigenvalue(width)
    assert value < shrinking(width) < survival_at_zero(width)


@pytest.mark.parametrize("width", sorted(EDGE))
def test_edge_of_the_continuous_spectrum(width):
    assert shrinking(width) == pytest.approx(EDGE[width], rel=1e-14)
    assert shrinking(width, 0) == pytest.approx(survival_at_zero(width), rel=1e-14)
    assert all(shrinking(width) <= shrinking(width, s) for s in (0.2, 0.45, 0.6, 0.9))


def test_two_neurons_by_hand():
    """theta'/theta = |v| / chi_2: E |N|^(1/2) E chi_2^(-1/2) = Gamma(3/4)^2 / sqrt(pi), and both alive: 1/4."""
    assert shrinking(2) == pytest.approx(gamma(0.75) ** 2 / sqrt(pi) / 4, rel=1e-15)


@pytest.mark.parametrize("width", [3, 4])
def test_the_law_decays_at_these_rates(width):
    angle = [AngleAfter((width,) * depth).moment(1) for depth in (39, 40)]
    assert float(angle[1].value() / angle[0].value()) == pytest.approx(leading_eigenvalue(width)[0], rel=3e-4)
    two = [AngleAfter((width,) * depth).two_rays for depth in (39, 40)]
    assert float(two[1].value() / two[0].value()) == pytest.approx(survival_at_zero(width), rel=0.03)


def test_right_angle_by_counting():
    theta = np.array([0.3, 1.1, pi / 2])
    p, q = (pi - theta) / (2 * pi), theta / (2 * pi)
    # one dead, one on A, one on B; or two on one ray, one on the other
    assert to_right_angle(3, theta).astype(float) == pytest.approx(6 * p * q**2 + 6 * q**3, rel=1e-14)


def test_points_between_the_nodes():
    nodes = theta_nodes()
    points = points_between(nodes)
    assert not set(points.tolist()) & set(nodes.tolist())
    inside = np.sort(points[points > nodes.min()])
    assert len(inside) == 3 * (len(nodes) - 1)
    assert inside.max() < nodes.max()
    assert (points[points < nodes.min()] > 0).sum() == len(points) - len(inside)
