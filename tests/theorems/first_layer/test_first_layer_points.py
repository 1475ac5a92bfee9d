"""Solid angles: by hand, against other families, scipy's normal distribution function, and a simulation."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, strategies as st
from scipy.stats import multivariate_normal

from relu_prob.domains import Ball, Box, Interval, Points
from relu_prob.initialization import Constant, HeUniform, Normal, PyTorchDefault, Rademacher, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Rational
from relu_prob.theorems.first_layer import BALL, POLYGON, RAY, SINGLE_POINT

ONE = Normal(1)


def at(points, weights=ONE, biases=None):
    domain = Points(points)
    return Network((domain.dimension, 3, 1), weights=weights, biases=biases, domain=domain)


def half_angles(vectors):
    """1/2 - (sum of the angles) / (4 pi), in floating point."""
    u = np.array(vectors, float)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    pairs = [(i, j) for i in range(len(u)) for j in range(i)]
    return 0.5 - sum(np.arccos(u[i] @ u[j]) for i, j in pairs) / (4 * np.pi)


@pytest.mark.parametrize(
    ("network", "p"),
    [
        (at([[1, 0], [0, 1]]), Fraction(1, 4)),
        (at([[1, 0], [-1, 1]]), Fraction(1, 8)),
        (at([[1, 0], [1, 1], [0, 0], [5, 5]]), Fraction(3, 8)),
        (at([[1, 0], [-1, 0]]), Fraction(0)),
        (at([[1, 0], [-1, 1], [-1, -1]]), Fraction(0)),
        (at([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), Fraction(1, 8)),
        (at([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0]]), Fraction(1, 8)),
        (at([[1, 0, 0, 0], [0, 1, 0, 0], [-1, -1, 0, 0]]), Fraction(0)),
        (at([[1, 0], [-1, 0]], biases=ONE), Fraction(1, 4)),
        (at([[1], [-1]], biases=ONE), Fraction(1, 4)),
        (at([[1, 0], [-1, 0], [0, 1]], biases=ONE), Fraction(5, 24)),
        (at([[1, 0], [-1, 0], [0, 1], [0, -1]], biases=ONE), Fraction(1, 6)),
        (at([[3, 1, 4], [3, 1, 4]], biases=ONE), Fraction(1, 2)),
        (at([[1, 0], [0, 1]], weights=SphereUniform(), biases=Zero()), Fraction(1, 4)),
        (at([[1], [-1]], weights=SphereUniform()), Fraction(1, 4)),
    ],
    ids=str,
)
def test_hand_values(network, p):
    assert POLYGON.missing(network, 1) is None
    assert POLYGON.dead(network) == Rational(p)


@pytest.mark.parametrize("points", [[[1, 2, 3], [2, -1, 0.5], [0, 1, 1]], [[0.5, 0.25], [3, 1], [-1, 2]]])
@pytest.mark.parametrize("sigma", [None, 2])
def test_against_the_normal_distribution_function(points, sigma):
    network = at(points, biases=None if sigma is None else Normal(sigma))
    v = np.array(points) if sigma is None else np.hstack([points, np.full((3, 1), sigma)])
    p = float(POLYGON.dead(network).value())
    if np.linalg.matrix_rank(v) == 3:
        assert p == pytest.approx(half_angles(v), abs=1e-14)
        covariance = v @ v.T
        estimate = multivariate_normal(np.zeros(3), covariance, seed=0, abseps=1e-8, maxpts=10**6).cdf(np.zeros(3))
        assert abs(p - estimate) < 1e-6
    else:
        u = v / np.linalg.norm(v, axis=1, keepdims=True)
        assert p == pytest.approx(max(0.0, 0.5 - np.arccos((u @ u.T).min()) / (2 * np.pi)), abs=1e-14)


def test_nearly_parallel_and_nearly_opposite():
    """theta = 10^-30 exactly to its digits, where a cosine would have none."""
    tiny = Fraction(1, 10**30)
    with mpmath.workdps(80):
        angle = mpmath.atan(mpmath.mpf(10) ** -30)
        parallel = POLYGON.dead(at([[1, 0], [1, tiny]])).ends(60)
        assert abs((0.5 - parallel[0]) * 2 * mpmath.pi / angle - 1) < mpmath.mpf(10) ** -25
        low, high = POLYGON.dead(at([[1, 0], [-1, tiny]])).ends(40)
        assert abs(low * 2 * mpmath.pi / angle - 1) < mpmath.mpf(10) ** -39
        assert high / low - 1 < mpmath.mpf(10) ** -39


def test_a_domain_has_the_death_of_its_corners():
    laws = {"weights": ONE, "biases": Normal(3)}
    for low, high in ((-2, 1), (1, 3), (0, 1)):
        interval = Network((1, 3, 1), domain=Interval(low, high), **laws)
        assert POLYGON.dead(interval) == POLYGON.dead(at([[low], [high], [(low + high) / 2]], biases=Normal(3)))
    box = Network((2, 3, 1), domain=Box((-1, 0), (2, 1)), **laws)
    corners = [[2, 1], [-1, 0], [1, 1], [-1, 1], [2, 0], [0.5, 0.25], [2, 0.5]]
    low, high = POLYGON.dead(box).ends(30)
    other = POLYGON.dead(at(corners, biases=Normal(3))).ends(30)
    assert low <= other[1]
    assert other[0] <= high


@pytest.mark.parametrize("r", [Fraction(1, 3), 1, 20])
def test_interval_is_the_ball_in_one_dimension(r):
    ball = Network((1, 3, 1), biases=ONE, domain=Ball(r))
    interval = Network((1, 3, 1), biases=ONE, domain=Interval(-r, r))
    (a, b), (c, d) = BALL.dead(ball).ends(30), POLYGON.dead(interval).ends(30)
    assert a <= d
    assert c <= b


def test_many_points_of_a_circle_approach_the_disk():
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    inscribed = POLYGON.dead(at(np.c_[np.cos(angles), np.sin(angles)].tolist(), biases=ONE)).value()
    disk = BALL.dead(Network((2, 3, 1), weights=ONE, biases=ONE)).value()
    assert disk < inscribed < disk + 1e-3


def test_many_points_in_space():
    square = at([[1, 0, 1], [0, 1, 1], [-1, 0, 1], [0, -1, 1], [0, 0, 3]])
    assert POLYGON.dead(square) == Rational(Fraction(1, 6))
    plane = at([[k, k * k, 1 + 2 * k, -k] for k in (-2, -1, 0, 1, 2)])
    assert POLYGON.missing(plane, 1) is None
    corner = Network((3, 3, 1), domain=Box((0, 0, 0), (1, 2, 3)))
    assert POLYGON.dead(corner) == Rational(Fraction(1, 8))


small = st.integers(-4, 4)


@given(st.lists(st.tuples(small, small), min_size=1, max_size=6), st.integers(1, 5), st.randoms())
def test_order_duplicates_and_scale_do_not_matter(points, scale, random):
    p = POLYGON.dead(at(points, biases=ONE))
    shuffled = [*points, points[0]]
    random.shuffle(shuffled)
    q = POLYGON.dead(at(shuffled, weights=Normal(scale), biases=Normal(scale)))
    (a, b), (c, d) = p.ends(30), q.ends(30)
    assert a <= d
    assert c <= b
    assert 0 < b <= 0.5


@pytest.mark.parametrize(
    "network",
    [
        at([[1, 2, 3], [2, -1, 0.5], [0, 1, 1]]),
        at([[1, 2, 3], [2, -1, 0.5], [0, 1, 1]], biases=Normal(2)),
        at([[1, 2, 3], [2, -1, 0.5]], weights=SphereUniform()),
        at([[1, 2], [2, -1], [0, 0.5], [-1, -1], [3, 3]], biases=ONE),
        Network((2, 3, 1), biases=ONE, domain=Box((1, -1), (2, 3))),
        Network((2, 3, 1), domain=Box((1, -1), (2, 3))),
        Network((3, 3, 1), domain=Box((1, -1, 0), (2, 3, 1))),
        at([[k, k * k, 1 + 2 * k, -k] for k in (-2, -1, 0, 1, 2)]),
        Network((1, 3, 1), weights=SphereUniform(), domain=Interval(-1, 3)),
    ],
    ids=str,
)
def test_simulation(network, simulation_agrees):
    assert simulation_agrees(network, POLYGON.dead(network))


def test_single_point(simulation_agrees):
    for network in (
        at([[1, 2]], weights=PyTorchDefault()),
        at([[1, 2]], weights=Rademacher(), biases=ONE),
        at([[0, 0]], biases=Normal(2)),
        at([[1, 2]], weights=SphereUniform(), biases=ONE),
    ):
        assert SINGLE_POINT.missing(network, 1) is None
        assert SINGLE_POINT.dead(network) == Rational(Fraction(1, 2))
        assert simulation_agrees(network, SINGLE_POINT.dead(network), samples=20_000)


def test_zero_bias_ray_agrees():
    network = at([[1, 2], [3, 6]])
    assert POLYGON.dead(network) == RAY.dead(network)


def test_whole_line_of_points_is_never_silent():
    assert POLYGON.dead(at([[1, 2], [-3, -6], [1, 0]])) == ZERO


def test_symbolic():
    entry = POLYGON.symbolic(at([[1, 0], [0, 1]]), 1)
    assert entry(n=2, j=1, theta=sympy.pi) == Fraction(3, 8)
    assert SINGLE_POINT.symbolic(at([[1, 0]], biases=ONE), 1)(n=2, j=1) == Fraction(1, 2)


def test_hypotheses():
    four = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]
    assert "(x, 1) of the inputs must span at most 3 dimensions" in POLYGON.missing(at(four, biases=ONE), 1)
    assert POLYGON.missing(at(four), 1) is None
    assert "span" in POLYGON.missing(Network((4, 3, 1), domain=Points(np.eye(4).tolist())), 1)
    assert "rotation-invariant" in POLYGON.missing(at(four[:2], weights=HeUniform()), 1)
    assert "rotation-invariant" in POLYGON.missing(at(four[:2], biases=Constant(1)), 1)
    assert "rotation-invariant" in POLYGON.missing(at(four[:2], weights=SphereUniform(), biases=ONE), 1)
    assert "finitely many" in POLYGON.missing(Network((2, 3, 1), biases=ONE), 1)
    assert "single point" in SINGLE_POINT.missing(at(four), 1)
    assert "symmetric" in SINGLE_POINT.missing(at([[1, 2]], biases=Constant(1)), 1)
    assert "no ties" in SINGLE_POINT.missing(at([[1, 2]], weights=Rademacher()), 1)
