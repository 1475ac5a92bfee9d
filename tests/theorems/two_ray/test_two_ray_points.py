"""Points on two rays, through the public questions: against simulated networks and a reference value."""

import pytest

from relu_prob import Network, Points, SphereUniform, agree, count_law
from relu_prob.theorems.two_ray import TWO_RAY


@pytest.mark.parametrize(
    "net",
    [
        Network((2, 3, 4, 3, 1), domain=Points([[1, 0], [2, 2]])),
        Network((3, 3, 4, 3, 1), domain=Points([[1, 0, 0], [-2, 0.5, 0], [2, 0, 0]])),
    ],
    ids=str,
)
def test_simulated_networks_agree(net):
    assert TWO_RAY.missing(net, 3) is None
    assert agree(net, samples=40_000, rng=5).agrees


def test_two_opposite_points_in_the_plane():
    # P(layer 2 is dead) = 2.7284823705953087e-12: (1 - 2^-19) 4^-20 + 2^-19 2^-20, to all digits of a float
    p = count_law(Network((2, 20, 20, 1), domain=Points([[1, 0], [-1, 0]])), layer=2).pmf(0)
    exact = (1 - 2.0**-19) * 4.0**-20 + 2.0**-39
    assert abs(float(p) - exact) <= float(p.number.error) + 1e-15 * exact


def test_rows_must_be_gaussian():
    net = Network((1, 3, 3, 3, 1), weights=SphereUniform(), biases=None)
    assert TWO_RAY.missing(net, 3) is not None
