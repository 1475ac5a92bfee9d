"""Networks none of whose first neurons is dead, and those that just miss the hypotheses."""

import pytest

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import Constant, HeUniform, Normal, PyTorchDefault, Rademacher, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.numbers.real import ONE, ZERO
from relu_prob.theorems.first_layer import ALWAYS_FIRES


def net(d, domain, weights=None, biases=None):
    return Network((d, 4, 1), weights=weights, biases=biases, domain=domain)


COVERED = [
    net(3, Ball(2)),
    net(3, Ball(2), weights=Rademacher()),
    net(3, Ball(2), weights=SphereUniform(), biases=Zero()),
    net(2, Box((-1, -1), (1, 2))),
    net(2, Box((-1, 0), (1, 2)), weights=Rademacher()),
    net(1, Interval(-1, 3)),
    net(2, WholeSpace(), biases=Normal(3)),
    net(2, WholeSpace(), weights=PyTorchDefault()),
    net(2, WholeSpace(), weights=Rademacher(), biases=Constant(-5)),
    net(2, Points([[1, 2], [5, 5], [-2, -4]])),
    net(2, Box((0, 0), (1, 1)), biases=Constant(1)),
    net(2, Orthant(), weights=Rademacher(), biases=Constant(1)),
    net(2, Points([[1, 2], [0, 0]]), biases=Constant(1)),
]


@pytest.mark.parametrize("network", COVERED, ids=str)
def test_always_fires(network, simulation_agrees):
    assert ALWAYS_FIRES.missing(network, 1) is None
    assert ALWAYS_FIRES.masses(network, 1, ()) == (ZERO,) * 4 + (ONE,)
    if not isinstance(network.domain, WholeSpace):
        assert simulation_agrees(network, ZERO, samples=2_000)


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (net(2, Ball(1), biases=Normal(1)), "biases must be zero"),
        (net(2, Box((1, 1), (2, 2)), biases=Constant(1)), "biases must be zero"),
        (net(2, Ball(1), biases=Constant(-1)), "biases must be zero"),
        (net(2, Box((0, 0), (1, 1))), "coordinate axis"),
        (net(2, Box((-1, 1), (1, 2))), "coordinate axis"),
        (net(2, Orthant()), "coordinate axis"),
        (net(2, Points([[1, 2], [-2, -3]])), "opposite rays"),
        (net(2, Points([[1, 1], [-2, -2]]), weights=Rademacher()), "no ties"),
        (net(2, Ball(1), weights=HeUniform(), biases=PyTorchDefault()), "biases must be zero"),
    ],
    ids=str,
)
def test_hypotheses(network, why):
    assert why in ALWAYS_FIRES.missing(network, 1)


def test_symbolic():
    entry = ALWAYS_FIRES.symbolic(COVERED[0], 1)
    assert entry(n=4, j=4) == 1
    assert entry(n=4, j=3) == 0
