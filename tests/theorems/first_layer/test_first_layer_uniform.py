"""Uniform laws: exact rationals by hand, the alternating sum for cubes, quadrature, and a simulation."""

from fractions import Fraction
from itertools import pairwise
from math import comb, factorial

import mpmath
import pytest
import sympy
from scipy.integrate import dblquad

from relu_prob.domains import Ball, Box, Interval, Orthant
from relu_prob.initialization import HeUniform, Normal, PyTorchDefault, Uniform
from relu_prob.network import Network
from relu_prob.numbers.real import ClosedForm, Rational
from relu_prob.theorems.first_layer import UNIFORM_BALL, UNIFORM_BOX


def net(domain, d=None, weights=None, biases=None):
    return Network((d or domain.dimension, 3, 1), weights=weights or PyTorchDefault(), biases=biases, domain=domain)


def cube(d, r):
    return net(Box((-r,) * d, (r,) * d))


def alternating_sum(d, r):
    """(r/2) / (d+1)! sum_k (-1)^k C(d,k) (1/r - k)_+^(d+1), the volume of a simplex cut by a cube."""
    terms = ((-1) ** k * comb(d, k) * max(Fraction(0), 1 / r - k) ** (d + 1) for k in range(d + 1))
    return r / 2 * sum(terms, Fraction(0)) / factorial(d + 1)


@pytest.mark.parametrize("r", [Fraction(1, 50), Fraction(1, 3), Fraction(3, 7), Fraction(1), Fraction(5, 2)])
@pytest.mark.parametrize("d", [1, 2, 3, 10])
def test_cubes(d, r):
    p = UNIFORM_BOX.dead(cube(d, r))
    assert p == Rational(alternating_sum(d, r))
    if r >= 1:
        assert p == Rational(1 / (2 * factorial(d + 1) * r**d))


def test_hand_values():
    # [0, 1]^2: the largest w.x is 0, U or U + U' with probability 1/4, 1/2, 1/4
    by_hand = Fraction(1, 2) * (Fraction(1, 4) + Fraction(1, 2) * Fraction(1, 2) + Fraction(1, 4) * Fraction(1, 6))
    assert UNIFORM_BOX.dead(net(Box((0, 0), (1, 1)))) == Rational(by_hand)
    # [1, 2]: it is 2U or -U; P(b <= -2U) = 1/8 and P(b <= U) = 3/4
    assert UNIFORM_BOX.dead(net(Interval(1, 2))) == Rational((Fraction(1, 8) + Fraction(3, 4)) / 2)
    assert UNIFORM_BOX.dead(net(Interval(-2, -1))) == UNIFORM_BOX.dead(net(Interval(1, 2)))


@pytest.mark.parametrize("scale", [Fraction(1, 3), 2])
def test_scale_invariance(scale):
    box = Box((-1, 0, Fraction(1, 2)), (Fraction(1, 3), 2, 1))
    p = UNIFORM_BOX.dead(net(box, weights=Uniform(3), biases=Uniform(2)))
    assert p == UNIFORM_BOX.dead(net(box, weights=Uniform(3 * scale), biases=Uniform(2 * scale)))
    assert p == UNIFORM_BOX.dead(
        net(Box(box.low[::-1], box.high[::-1]), weights=Uniform(Fraction(3, 2)), biases=Uniform(1))
    )


def test_irrational_ratio():
    """HeUniform in d = 2 has bound sqrt 3; the values around it are rational."""
    box = Box((-0.25, -0.25), (0.25, 0.5))
    p = UNIFORM_BOX.dead(net(box, weights=HeUniform(), biases=Uniform(1)))
    assert isinstance(p, ClosedForm)
    bounds = [
        UNIFORM_BOX.dead(net(box, weights=Uniform(Fraction(c, 10**6)), biases=Uniform(1))).fraction
        for c in (1732051, 1732050)
    ]
    low, high = p.ends()
    assert float(bounds[0]) <= low <= high <= float(bounds[1])


def test_all_digits_of_a_small_cube():
    """An alternating sum of huge terms: 1/2 - d r / 4 to first order."""
    p = UNIFORM_BOX.dead(cube(30, Fraction(1, 10**6)))
    assert abs(p.fraction - (Fraction(1, 2) - Fraction(30, 4 * 10**6))) < Fraction(1, 10**40)


@pytest.mark.parametrize("d", [1, 2, 3, 8])
@pytest.mark.parametrize("r", [1, Fraction(5, 2)])
def test_ball_formula(d, r):
    low, high = UNIFORM_BALL.dead(net(Ball(r), d)).ends(25)
    with mpmath.workdps(40):
        volume = mpmath.pi ** (mpmath.mpf(d) / 2) / mpmath.gamma(mpmath.mpf(d) / 2 + 1)
        expected = volume / (mpmath.mpf(2) ** (d + 1) * (d + 1) * (mpmath.mpf(r.numerator) / r.denominator) ** d)
        assert abs(expected / low - 1) < 1e-24
        assert high / low - 1 < 1e-24


def test_ball_by_integrating_over_the_weights():
    """E(1 - r |w|)_+ / 2 over the square (-1, 1)^2."""
    r = 1.5
    value, error = dblquad(lambda x, y: max(0.0, 1 - r * (x * x + y * y) ** 0.5) / 2, 0, 1 / r, 0, lambda y: 1 / r)
    assert abs(float(UNIFORM_BALL.dead(net(Ball(r), 2)).value()) - value) < 1e-7 + error


def test_ball_in_one_dimension_is_an_interval():
    for r in (Fraction(1, 3), 1, 4):
        ball, interval = net(Ball(r), 1), net(Interval(-r, r))
        assert UNIFORM_BOX.dead(ball) == UNIFORM_BOX.dead(interval)
    assert UNIFORM_BALL.dead(net(Ball(4), 1)) == UNIFORM_BOX.dead(net(Interval(-4, 4))) == Rational(Fraction(1, 16))


def test_decreases():
    sizes = [UNIFORM_BOX.dead(cube(4, Fraction(k, 4))).fraction for k in (1, 2, 3, 4, 8)]
    dimensions = [UNIFORM_BOX.dead(cube(d, Fraction(1, 2))).fraction for d in range(1, 9)]
    for chain in (sizes, dimensions):
        assert all(a > b for a, b in pairwise(chain))
    assert UNIFORM_BOX.dead(cube(3, 1)).value() < UNIFORM_BALL.dead(net(Ball(1), 3)).value()


@pytest.mark.parametrize(
    "network",
    [
        cube(3, 0.3),
        net(Box((0.5, -1, -0.2), (1, 0.25, 0.1))),
        net(Box((2, -1), (3, 4)), weights=Uniform(2), biases=Uniform(7)),
        net(Box((0,) * 5, (0.5,) * 5), weights=HeUniform(), biases=Uniform(1)),
    ],
    ids=str,
)
def test_simulated_boxes(network, simulation_agrees):
    assert simulation_agrees(network, UNIFORM_BOX.dead(network))


@pytest.mark.parametrize("d", [2, 3])
def test_simulated_balls(d, simulation_agrees):
    network = net(Ball(1.25), d, weights=Uniform(2), biases=Uniform(2.25))
    assert simulation_agrees(network, UNIFORM_BALL.dead(network))


def test_symbolic():
    entry = UNIFORM_BOX.symbolic(cube(2, 1), 1)
    for r in (Fraction(1, 3), Fraction(1, 2), Fraction(2)):
        p = alternating_sum(2, r)
        assert entry(n=2, j=1, r=sympy.Rational(r.numerator, r.denominator)) == 2 * p * (1 - p)
    entry = UNIFORM_BALL.symbolic(net(Ball(1), 2), 1)
    assert sympy.simplify(entry(n=1, j=0, d=3, r=2) - sympy.pi / (48 * 8)) == 0


def test_hypotheses():
    assert "at least 1" in UNIFORM_BALL.missing(net(Ball(0.5), 2), 1)
    assert "r^2 = 1/4" in UNIFORM_BALL.missing(net(Ball(0.5), 2), 1)
    assert "uniform" in UNIFORM_BALL.missing(net(Ball(1), 2, biases=Normal(1)), 1)
    assert "ball" in UNIFORM_BALL.missing(net(Orthant(), 2), 1)
    assert "uniform" in UNIFORM_BOX.missing(net(Box((0, 0), (1, 1)), weights=HeUniform()), 1)
    assert "box" in UNIFORM_BOX.missing(net(Ball(1), 2), 1)
    lengths = tuple(Fraction(1, 100 + k) for k in range(40))
    assert "few different lengths" in UNIFORM_BOX.missing(net(Box((0,) * 40, lengths)), 1)
