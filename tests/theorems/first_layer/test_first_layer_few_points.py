"""Few points in any dimension: by hand, against the exact families, and against a simulation."""

from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest

from relu_prob import bracket, count_law
from relu_prob.domains import Ball, Box, Points
from relu_prob.initialization import HeUniform, Normal, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.theorems.first_layer import POLYGON, family
from relu_prob.theorems.first_layer.few_points import FEW_POINTS, MOST_POINTS

ONE = Normal(1)


def at(points, weights=ONE, biases=None):
    domain = Points(points)
    return Network((domain.dimension, 3, 1), weights=weights, biases=biases, domain=domain)


def simplex(d):
    """0 and the unit vectors."""
    return [[0] * d, *np.eye(d, dtype=int).tolist()]


def within(p, value):
    low, high = p.ends()
    return low <= mpmath.mpf(value.numerator) / value.denominator <= high and high - low < 1e-11


@pytest.mark.parametrize(
    ("network", "value"),
    [
        (at(simplex(3), biases=ONE), Fraction(15, 64)),
        (at(simplex(4), biases=ONE), Fraction(31, 160)),
        (at([*simplex(4), [0.25, 0.25, 0.25, 0.125]], biases=ONE), Fraction(31, 160)),
        (at(simplex(3), weights=SphereUniform()), Fraction(15, 64)),
        (at(np.eye(6, dtype=int).tolist()), Fraction(1, 64)),
        (at([[3, 0, 0, 0], [3, 3, 0, 0], [0, 0, 1, 0], [0, 0, -1, 1]]), Fraction(3, 64)),
        (at([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [-1, -1, -1, -1]]), Fraction(0)),
    ],
    ids=str,
)
def test_hand_values(network, value):
    """On 0 and the unit vectors p_1 = P(b <= 0, w_i <= -b for all i) = (1 - 2^-(d+1)) / (d+1)."""
    assert FEW_POINTS.missing(network, 1) is None
    p = FEW_POINTS.dead(network)
    assert within(p, value)
    assert p.guarantee is FEW_POINTS.guarantee is Guarantee.NUMERICAL


@pytest.mark.parametrize(
    "network",
    [
        at([[1, 2, 3], [2, -1, 0.5], [0, 1, 1]], biases=Normal(2)),
        at([[1, 2], [2, -1], [0, 0.5], [-1, -1], [3, 3]], biases=ONE),
        Network((2, 3, 1), biases=ONE, domain=Box((1, -1), (2, 3))),
        Network((3, 3, 1), domain=Box((1, -1, 0), (2, 3, 1))),
        at([[k, k * k, 1 + 2 * k, -k] for k in (-2, -1, 0, 1, 2)]),
    ],
    ids=str,
)
def test_against_the_exact_family(network):
    low, high = POLYGON.dead(network).ends()
    p = FEW_POINTS.dead(network).ends()
    assert p[0] <= high
    assert low <= p[1]
    assert family(network) is POLYGON


@pytest.mark.parametrize(
    "network",
    [
        at([[1, 2, 3], [2, -1, 0.5], [0, 1, 1], [0, 0, -1]], biases=Normal(2)),
        at(np.random.default_rng(0).standard_normal((5, 7)).tolist(), biases=Normal(0.5)),
        at(np.random.default_rng(1).standard_normal((4, 4)).tolist(), weights=SphereUniform(), biases=Zero()),
    ],
    ids=str,
)
def test_simulation(network, simulation_agrees):
    assert family(network) is FEW_POINTS
    assert simulation_agrees(network, FEW_POINTS.dead(network))


def test_questions_use_it():
    network = Network((3, 2, 1), weights=ONE, biases=ONE, domain=Points(simplex(3)))
    law = count_law(network, layer=1)
    assert law.pmf(2).guarantee is Guarantee.NUMERICAL
    assert float(law.pmf(2)) == pytest.approx((49 / 64) ** 2, abs=1e-12)
    assert float(law.pmf(0)) == pytest.approx((15 / 64) ** 2, abs=1e-12)


def test_the_formula_in_symbols():
    entry = FEW_POINTS.symbolic(at(simplex(3), biases=ONE), 1)
    assert entry(n=2, j=1, p_1=Fraction(1, 4)) == Fraction(3, 8)


def test_hypotheses():
    cube = Points(list(product((-1, 1), repeat=3)))
    assert "at most 5 extreme ones" in FEW_POINTS.missing(Network((3, 3, 1), biases=ONE, domain=cube), 1)
    assert "rotation-invariant" in FEW_POINTS.missing(at(simplex(3), weights=HeUniform()), 1)
    assert "finitely many points" in FEW_POINTS.missing(Network((3, 3, 1), biases=ONE, domain=Ball(1)), 1)
    many = at([[k, k * k, k**3] for k in range(MOST_POINTS + 1)], biases=ONE)
    assert f"at most {MOST_POINTS} points" in FEW_POINTS.missing(many, 1)
    assert FEW_POINTS.missing(at(simplex(3)), 2) == "the layer must be 1, got 2"


def test_the_bracket_stays_certain():
    """p_1 with an error bound that is not proved must not start a chain that is called certified."""
    network = Network((3, 2, 2, 1), weights=ONE, biases=ONE, domain=Points(simplex(3)))
    around = bracket(network)
    # all neurons of layer 1 active: a neuron of layer 2 is sign-dead with probability 2^-3
    assert around.high.pmf(0).fraction == Fraction(1, 64)
    assert around.high.guarantee is Guarantee.EXACT
