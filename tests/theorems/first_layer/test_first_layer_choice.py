"""The choice among the families, and what all of them share."""

from fractions import Fraction

import pytest

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import (
    Constant,
    GlorotNormal,
    HeUniform,
    Normal,
    PyTorchDefault,
    Rademacher,
    SphereUniform,
    Uniform,
)
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Rational, total
from relu_prob.theorems.first_layer import FAMILIES, FirstLayer, death_probability, family

LAWS = [
    {},
    {"biases": Normal(1)},
    {"weights": HeUniform()},
    {"weights": PyTorchDefault()},
    {"weights": HeUniform(), "biases": Uniform(1)},
    {"weights": SphereUniform()},
    {"weights": Rademacher(), "biases": Normal(1)},
    {"biases": Constant(-1)},
    {"biases": Constant(1)},
]
DOMAINS = [
    Ball(0.5),
    Ball(3),
    Box((-1, -1), (1, 1)),
    Box((0, 0), (1, 1)),
    Box((1, 1), (2, 3)),
    Orthant(),
    WholeSpace(),
    Points([[1, 2]]),
    Points([[1, 2], [-1, -2]]),
    Points([[1, 2], [3, -1], [0, 1]]),
]
NETWORKS = [Network((2, 3, 2, 1), domain=domain, **laws) for laws in LAWS for domain in DOMAINS]


def test_names_are_different():
    assert len({known.name for known in FAMILIES}) == len(FAMILIES)
    assert all(isinstance(known, FirstLayer) and known.statement and known.source for known in FAMILIES)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_families_that_cover_the_same_network_agree(network, simulation_agrees):
    values = [known.dead(network) for known in FAMILIES if known.missing(network, 1) is None]
    ends = [p.ends(25) for p in values]
    assert all(a <= d for a, _ in ends for _, d in ends)
    if values:
        assert death_probability(network) == values[0]
        if not isinstance(network.domain, WholeSpace):
            assert simulation_agrees(network, values[0], samples=20_000)


@pytest.mark.parametrize("network", NETWORKS[::7], ids=str)
def test_law_of_the_covering_family(network):
    known = family(network)
    if known is None:
        with pytest.raises(ValueError, match="no theorem covers the first layer of 2-3-2-1"):
            death_probability(network)
        return
    masses = known.masses(network, 1, ())
    low, high = total(masses).ends()
    assert low <= 1 <= high
    permanent = known.permanent_masses(network, 1, ())
    assert permanent == (ZERO, *masses[1:])
    assert known.missing(network, 2) == "the layer must be 1, got 2"
    assert {"j", "n"} <= {symbol.name for symbol in known.symbolic(network, 1).symbols}


def test_law_in_full():
    network = Network((1, 2, 1), weights=Normal(1), biases=Normal(1), domain=Interval(-1, 1))
    law = family(network).masses(network, 1, ())
    assert law == tuple(map(Rational, (Fraction(1, 16), Fraction(6, 16), Fraction(9, 16))))


def test_the_width_enters_glorot_weights():
    def dead(n):
        return death_probability(Network((2, n, 1), weights=GlorotNormal(), biases=Normal(1))).value()

    assert dead(2) < dead(20)


def test_what_no_family_covers_is_said():
    with pytest.raises(ValueError, match="must be at least 1"):
        death_probability(Network((2, 3, 1), weights=PyTorchDefault(), domain=Ball(0.5)))
