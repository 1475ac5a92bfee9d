"""Layer 2: against the enumeration of all signs, hand-computed fractions and its own formula."""

from fractions import Fraction

import naive
import pytest

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import HeNormal, HeUniform, Normal, PyTorchDefault, Rademacher, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.theorems.layer_two import LAYER_TWO_NARROW, LAYER_TWO_ONE_DIMENSION

BOTH = [LAYER_TWO_ONE_DIMENSION, LAYER_TWO_NARROW]


def fractions_of(masses):
    return [x.fraction for x in masses]


def line(first, second, **more):
    return Network((1, first, second, 1), **more)


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, 3), (2, 2), (3, 1), (3, 2), (4, 1)])
def test_one_dimension_against_all_patterns_of_signs(first, second):
    joint = naive.two_rays_by_enumeration(first, second)
    net = line(first, second)
    active = [sum(p for (n, _), p in joint.items() if n == j) for j in range(second + 1)]
    permanent = [sum(p for (n, s), p in joint.items() if n and s == j) for j in range(second + 1)]
    assert fractions_of(LAYER_TWO_ONE_DIMENSION.masses(net, 2, (None,))) == active
    assert fractions_of(LAYER_TWO_ONE_DIMENSION.permanent_masses(net, 2, (None,))) == permanent


def test_one_dimension_by_hand():
    """1-2-2-1: two rays with probability 1/2, then Bin(2, 3/4); one ray with probability 1/2, then Bin(2, 1/2)."""
    masses = fractions_of(LAYER_TWO_ONE_DIMENSION.masses(line(2, 2), 2, (None,)))
    assert masses == [Fraction(5, 32), Fraction(14, 32), Fraction(13, 32)]
    masses = fractions_of(LAYER_TWO_ONE_DIMENSION.masses(line(4, 4), 2, (None,)))
    assert masses[0] == Fraction(23, 2048)
    assert sum(masses[2:]) == Fraction(1877, 2048)


def test_a_wide_layer_by_the_formula():
    n1, n2 = 40, 30
    same = Fraction(2, 2**n1)
    two, one = naive.binomial(n2, Fraction(1, 4)), naive.binomial(n2, Fraction(1, 2))
    expected = [(1 - same) * x + same * y for x, y in zip(two, one, strict=True)]
    assert fractions_of(LAYER_TWO_ONE_DIMENSION.masses(line(n1, n2), 2, (None,))) == expected


@pytest.mark.parametrize(("d", "first", "second"), [(1, 1, 3), (2, 2, 2), (3, 2, 3), (3, 3, 2), (9, 4, 2)])
def test_narrow_first_layers_are_one_sign_step(d, first, second):
    net = Network((d, first, second, 1))
    law = naive.sign_law([Fraction(int(j == first)) for j in range(first + 1)], (first, second), (None,))
    assert fractions_of(LAYER_TWO_NARROW.masses(net, 2, (None,))) == law
    joint = naive.sign_alive_by_enumeration((first, second))
    assert law == [sum(p for c, p in joint.items() if c[-1] == j) for j in range(second + 1)]
    assert fractions_of(LAYER_TWO_NARROW.permanent_masses(net, 2, (None,))) == [0, *law[1:]]


def test_the_two_theorems_agree_where_both_hold():
    net = line(1, 5)
    for masks in ((None,), (frozenset({1}),), (frozenset({0}),)):
        for law in ("masses", "permanent_masses"):
            assert getattr(BOTH[0], law)(net, 2, masks) == getattr(BOTH[1], law)(net, 2, masks)


@pytest.mark.parametrize("theorem", BOTH)
@pytest.mark.parametrize("law", ["masses", "permanent_masses"])
def test_all_neurons_of_layer_1_are_active_so_a_mask_allows_all_or_nothing(theorem, law):
    net = line(1, 3) if theorem is LAYER_TWO_NARROW else line(3, 3)
    n1 = net.hidden_widths[0]
    free = getattr(theorem, law)(net, 2, (None,))
    assert getattr(theorem, law)(net, 2, (frozenset({n1}),)) == free
    assert fractions_of(getattr(theorem, law)(net, 2, (frozenset(range(n1)),))) == [0] * 4


@pytest.mark.parametrize("theorem", BOTH)
def test_permanent_death_is_rarer_and_has_the_mass_of_a_live_layer(theorem):
    net = Network((1, 1, 6, 1)) if theorem is LAYER_TWO_NARROW else line(4, 6)
    alive = fractions_of(theorem.masses(net, 2, (None,)))
    permanent = fractions_of(theorem.permanent_masses(net, 2, (None,)))
    assert permanent[0] == 0
    assert sum(permanent) == 1 - alive[0]
    assert all(sum(permanent[j:]) >= sum(alive[j:]) for j in range(1, 7))


@pytest.mark.parametrize("theorem", BOTH)
def test_the_formula_in_symbols_is_the_law(theorem):
    for widths in ((1, 1, 4, 1), (1, 5, 3, 1), (3, 2, 4, 1)):
        net = Network(widths)
        if theorem.missing(net, 2) is None:
            _, first, second, _ = widths
            entry = theorem.symbolic(net, 2)
            row = [entry(i=first, j=j, n=second) for j in range(second + 1)]
            assert row == fractions_of(theorem.masses(net, 2, (None,)))


COVERED = [
    (line(3, 3), [True, False]),
    (line(1, 3), [True, True]),
    (line(3, 3, domain=Interval(-1, 5)), [True, False]),
    (line(3, 3, domain=WholeSpace(), weights=HeUniform()), [True, False]),
    (line(3, 3, weights=SphereUniform(), biases=Zero()), [True, False]),
    (Network((3, 3, 4, 1)), [False, True]),
    (Network((2, 2, 4, 1), domain=Box((-1, -2), (1, 1)), weights=HeUniform()), [False, True]),
    (Network((2, 3, 4, 1)), [False, False]),
]


@pytest.mark.parametrize(("net", "covered"), COVERED, ids=lambda x: str(x))
def test_covers(net, covered):
    assert [theorem.missing(net, 2) is None for theorem in BOTH] == covered


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (line(1, 3), 1, "the layer must be 2, got 1"),
        (Network((1, 1, 3, 3, 1)), 3, "the layer must be 2, got 3"),
        (line(1, 3, biases=Normal(1)), 2, "the biases must be zero, got Normal(1)"),
        (line(1, 3, weights=PyTorchDefault()), 2, "the biases must be zero"),
        (line(1, 3, domain=Interval(0, 1)), 2, "neighbourhood of 0, got Interval(0, 1)"),
        (line(1, 3, domain=Points([[1], [-1]])), 2, "neighbourhood of 0"),
        (line(1, 3, domain=Orthant()), 2, "neighbourhood of 0"),
        (line(1, 3, weights=Rademacher()), 2, "no ties, got Rademacher()"),
    ],
    ids=lambda x: str(x),
)
@pytest.mark.parametrize("theorem", BOTH)
def test_the_hypothesis_that_fails_is_named(theorem, net, layer, why):
    assert why in theorem.missing(net, layer)


def test_the_dimensions_that_fail_are_named():
    assert LAYER_TWO_ONE_DIMENSION.missing(Network((2, 3, 3, 1)), 2) == "the input dimension must be 1, got 2"
    assert "n_1 = 3 > d = 2" in LAYER_TWO_NARROW.missing(Network((2, 3, 3, 1)), 2)


def test_neither_radius_nor_law_matter():
    nets = [line(3, 3, domain=Ball(r), weights=w) for r in (1, 7) for w in (HeNormal(), HeUniform())]
    assert len({LAYER_TWO_ONE_DIMENSION.masses(net, 2, (None,)) for net in nets}) == 1
