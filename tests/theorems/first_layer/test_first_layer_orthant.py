"""Inputs without negative coordinates."""

from fractions import Fraction

import pytest

from relu_prob.domains import Box, Interval, Orthant
from relu_prob.initialization import Constant, HeUniform, Normal, PyTorchDefault, Rademacher, SphereUniform
from relu_prob.network import Network
from relu_prob.theorems.first_layer import ORTHANT


@pytest.mark.parametrize(
    ("network", "p"),
    [
        (Network((3, 2, 1), domain=Orthant()), Fraction(1, 8)),
        (Network((3, 2, 1), weights=HeUniform(), biases=Normal(7), domain=Orthant()), Fraction(1, 16)),
        (Network((3, 2, 1), weights=Rademacher(), biases=Normal(7), domain=Orthant()), Fraction(1, 16)),
        (Network((3, 2, 1), weights=Rademacher(), domain=Orthant()), Fraction(1, 8)),
        (Network((2, 2, 1), weights=SphereUniform(), domain=Orthant()), Fraction(1, 8)),
        (Network((2, 2, 1), weights=PyTorchDefault(), domain=Orthant()), Fraction(1, 8)),
        (Network((2, 2, 1), biases=Constant(-3), domain=Orthant()), Fraction(1, 4)),
        (Network((2, 2, 1), biases=Constant(3), domain=Orthant()), Fraction(0)),
        (Network((2, 2, 1), domain=Box((0, 0), (1, 5))), Fraction(1, 4)),
        (Network((2, 2, 1), weights=Rademacher(), domain=Box((0, -3), (1, 0))), Fraction(1, 4)),
        (Network((1, 2, 1), domain=Interval(0, 1)), Fraction(1, 2)),
    ],
    ids=str,
)
def test_powers_of_two(network, p, simulation_agrees):
    assert ORTHANT.missing(network, 1) is None
    assert ORTHANT.dead(network).fraction == p
    assert simulation_agrees(network, ORTHANT.dead(network), samples=50_000)


def test_many_dimensions():
    assert ORTHANT.dead(Network((3000, 2, 1), domain=Orthant())).fraction == Fraction(1, 2**3000)


def test_symbolic_in_the_dimension():
    entry = ORTHANT.symbolic(Network((3, 2, 1), biases=Normal(1), domain=Orthant()), 1)
    assert entry(d=3, n=2, j=1) == Fraction(2 * 15, 16**2)


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (Network((2, 2, 1)), "orthant"),
        (Network((2, 2, 1), domain=Box((0, -1), (1, 1))), "orthant"),
        (Network((2, 2, 1), biases=Normal(1), domain=Box((0, 0), (1, 1))), "biases must be zero"),
    ],
    ids=str,
)
def test_hypotheses(network, why):
    assert why in ORTHANT.missing(network, 1)
