"""The chi distribution function: against mpmath's incomplete gamma function and a simulation."""

from fractions import Fraction

import mpmath
import pytest
import sympy

from relu_prob.domains import Ball, Interval, Orthant
from relu_prob.initialization import Constant, HeNormal, HeUniform, Normal
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO
from relu_prob.theorems.first_layer import BALL_CONSTANT_BIAS, death_probability


def biased(d, value, radius=1, weights=None):
    return Network((d, 3, 1), weights=weights or HeNormal(), biases=Constant(value), domain=Ball(radius))


@pytest.mark.parametrize("d", [1, 2, 3, 8, 9, 300])
@pytest.mark.parametrize("value", [-0.25, -1, -3])
def test_against_the_incomplete_gamma_function(d, value):
    low, high = BALL_CONSTANT_BIAS.dead(biased(d, value, radius=2)).ends(25)
    with mpmath.workdps(60):
        x = mpmath.mpf(value) ** 2 * d / 16  # (value / (2 sigma))^2 / 2 with sigma^2 = 2/d
        expected = mpmath.gammainc(mpmath.mpf(d) / 2, 0, x, regularized=True)
        assert abs(expected / low - 1) < mpmath.mpf(10) ** -24
        assert high / low - 1 < mpmath.mpf(10) ** -25


def test_hand_values():
    one = Normal(1)
    assert BALL_CONSTANT_BIAS.dead(biased(2, -1, weights=one)).expression == 1 - sympy.exp(-sympy.Rational(1, 2))
    assert BALL_CONSTANT_BIAS.dead(biased(1, -1, weights=one)).expression == sympy.erf(sympy.sqrt(2) / 2)
    assert BALL_CONSTANT_BIAS.dead(biased(2, -3, radius=3, weights=one)) == BALL_CONSTANT_BIAS.dead(
        biased(2, Fraction(-1, 2), weights=Normal(0.5))
    )


def test_a_positive_constant_kills_no_neuron():
    assert death_probability(biased(3, 2)) == ZERO
    assert BALL_CONSTANT_BIAS.missing(biased(3, 2), 1) == "the biases must be constant and negative, got Constant(2)"


@pytest.mark.parametrize("d", [1, 2, 5])
def test_simulation(d, simulation_agrees):
    network = biased(d, -0.75, radius=0.5)
    assert simulation_agrees(network, BALL_CONSTANT_BIAS.dead(network))


def test_symbolic():
    entry = BALL_CONSTANT_BIAS.symbolic(biased(2, -1), 1)
    p = 1 - sympy.exp(-sympy.Rational(9, 2))
    assert sympy.simplify(entry(n=2, j=1, a=3) - 2 * p * (1 - p)) == 0


def test_hypotheses():
    one_dimensional = Network((1, 3, 1), biases=Constant(-1), domain=Interval(-1, 2))
    assert "ball" in BALL_CONSTANT_BIAS.missing(one_dimensional, 1)
    assert "Gaussian" in BALL_CONSTANT_BIAS.missing(biased(2, -1, weights=HeUniform()), 1)
    assert "ball" in BALL_CONSTANT_BIAS.missing(Network((2, 3, 1), biases=Constant(-1), domain=Orthant()), 1)
