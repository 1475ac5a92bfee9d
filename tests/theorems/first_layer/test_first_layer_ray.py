"""Inputs on one ray."""

from fractions import Fraction

import pytest

from relu_prob.domains import Ball, Interval, Orthant, Points
from relu_prob.initialization import HeUniform, Normal, Rademacher, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.theorems.first_layer import RAY


@pytest.mark.parametrize(
    "network",
    [
        Network((1, 3, 1), domain=Interval(0, 2)),
        Network((1, 3, 1), domain=Interval(-2, -1)),
        Network((1, 3, 1), weights=Rademacher(), domain=Interval(1, 2)),
        Network((2, 3, 1), weights=HeUniform(), domain=Points([[1, 2], [2, 4], [0, 0]])),
        Network((2, 3, 1), weights=SphereUniform(), biases=Zero(), domain=Points([[1, 2], [2, 4], [0, 0]])),
    ],
    ids=str,
)
def test_half(network, simulation_agrees):
    assert RAY.missing(network, 1) is None
    assert [mass.fraction for mass in RAY.masses(network, 1, ())] == [Fraction(k, 8) for k in (1, 3, 3, 1)]
    assert simulation_agrees(network, RAY.dead(network), samples=20_000)
    assert RAY.symbolic(network, 1)(n=3, j=1) == Fraction(3, 8)


def test_whole_half_line():
    assert RAY.missing(Network((1, 3, 1), domain=Orthant()), 1) is None


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (Network((1, 3, 1), biases=Normal(1), domain=Interval(0, 2)), "biases must be zero"),
        (Network((1, 3, 1), domain=Ball(1)), "one ray"),
        (Network((2, 3, 1), domain=Points([[1, 2], [2, 3]])), "one ray"),
        (Network((2, 3, 1), weights=Rademacher(), domain=Points([[1, 1]])), "no ties"),
    ],
    ids=str,
)
def test_hypotheses(network, why):
    assert why in RAY.missing(network, 1)


def test_ties_matter(simulation_agrees):
    """With weights +1 and -1 the point (1, 1) is silent in 3 of 4 cases."""
    network = Network((2, 3, 1), weights=Rademacher(), domain=Points([[1, 1]]))
    assert not simulation_agrees(network, RAY.dead(network), samples=20_000)
