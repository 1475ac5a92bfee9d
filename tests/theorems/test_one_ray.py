"""One ray: a chain of fair coins, against Fraction matrices and the enumeration of all signs."""

from fractions import Fraction

import naive
import pytest
from hypothesis import given, strategies as st

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import Constant, HeNormal, Normal, PyTorchDefault, Rademacher, SphereUniform, Uniform
from relu_prob.network import Network
from relu_prob.theorems.one_ray import ONE_RAY

RAY = Interval(0, 1)


def fractions_of(masses):
    return [x.fraction for x in masses]


@st.composite
def masked_chains(draw):
    """(hidden widths, masks of all layers but the last)."""
    hidden = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    return tuple(hidden), tuple(draw(st.none() | st.frozensets(st.integers(0, n))) for n in hidden[:-1])


@given(masked_chains())
def test_the_masked_law_is_a_product_of_fraction_matrices(chain):
    hidden, masks = chain
    net = Network((1, *hidden, 1), domain=RAY)
    assert fractions_of(ONE_RAY.masses(net, len(hidden), masks)) == naive.fair_law(hidden, masks)


@given(masked_chains())
def test_a_point_with_biases_has_the_same_law(chain):
    hidden, masks = chain
    net = Network((2, *hidden, 1), biases=Normal(1), domain=Points([[1, 2], [1, 2]]))
    assert ONE_RAY.missing(net, len(hidden)) is None
    assert fractions_of(ONE_RAY.masses(net, len(hidden), masks)) == naive.fair_law(hidden, masks)


def test_one_neuron_that_certainly_fires():
    net = Network((3, 1, 4, 2, 1))
    assert fractions_of(ONE_RAY.masses(net, 1, ())) == [0, 1]
    assert fractions_of(ONE_RAY.masses(net, 2, (None,))) == naive.binomial(4, Fraction(1, 2))
    assert fractions_of(ONE_RAY.masses(net, 2, (frozenset({0}),))) == [0] * 5
    expected = naive.propagate(naive.binomial(4, Fraction(1, 2)), [naive.fair_kernel(4, 2)], [{1, 3}])
    assert fractions_of(ONE_RAY.masses(net, 3, (None, frozenset({1, 3})))) == expected


@pytest.mark.parametrize("hidden", [(2,), (3, 2), (2, 2, 2), (1, 2, 3), (2, 1, 2)])
def test_active_and_permanently_dead_against_all_patterns_of_signs(hidden):
    joint = naive.one_ray_by_enumeration(hidden)
    net, l = Network((2, *hidden, 1), domain=Points([[3, 4]])), len(hidden)
    active = [sum(p for c, p in joint.items() if c[-1][0] == j) for j in range(hidden[-1] + 1)]
    assert fractions_of(ONE_RAY.masses(net, l, (None,) * (l - 1))) == active
    masks = tuple(frozenset(range(1, n)) for n in hidden[:-1])
    for mask in ((None,) * (l - 1), masks):
        expected = [
            sum(
                p
                for c, p in joint.items()
                if all(n for n, _ in c)
                and c[-1][1] == s
                and all(allowed is None or x in allowed for (_, x), allowed in zip(c, mask, strict=False))
            )
            for s in range(hidden[-1] + 1)
        ]
        assert fractions_of(ONE_RAY.permanent_masses(net, l, mask)) == expected


def test_permanent_death_with_biases_by_hand():
    """One neuron in layer 1, which fires with probability 1/2; then of two the weight and the bias count: q = 1/4."""
    net = Network((1, 1, 2, 1), biases=Normal(1), domain=Points([[1]]))
    # both possible and one fires, or only one possible and it fires
    q, fires = Fraction(1, 4), Fraction(1, 2)
    one = 2 * q * fires
    two = (1 - q) ** 2 - (fires - q) ** 2
    assert fractions_of(ONE_RAY.permanent_masses(net, 2, (None,))) == [0, one / 2, two / 2]
    assert one + two + fires**2 == 1


@given(masked_chains())
def test_no_more_networks_are_alive_than_not_permanently_dead(chain):
    hidden, _ = chain
    net, l = Network((1, *hidden, 1), domain=RAY), len(hidden)
    none = (None,) * (l - 1)
    permanent = fractions_of(ONE_RAY.permanent_masses(net, l, none))
    alive = fractions_of(ONE_RAY.masses(net, l, none))
    assert sum(permanent) == 1 - alive[0], "the event that no layer is dead"
    for j in range(1, hidden[-1] + 1):
        assert sum(permanent[j:]) >= sum(alive[j:])


COVERED = [
    Network((1, 3, 3, 1), domain=RAY),
    Network((1, 3, 3, 1), domain=Interval(-2, -1)),
    Network((1, 3, 3, 1), domain=Box((0,), (1,))),
    Network((1, 3, 3, 1), domain=Orthant()),
    Network((2, 3, 3, 1), domain=Points([[1, 2], [0.5, 1], [0, 0]])),
    Network((2, 3, 3, 1), domain=Points([[1, 2]]), weights=SphereUniform()),
    Network((2, 3, 3, 1), domain=Points([[0, 0]]), biases=Uniform(1)),
    Network((2, 3, 3, 1), domain=Points([[1, 0]]), weights=Rademacher(), biases=Normal(1)),
    Network((3, 1, 3, 1)),
    Network((3, 1, 3, 1), domain=WholeSpace()),
]
NOT_COVERED = [
    (Network((1, 3, 3, 1)), "one ray"),
    (Network((2, 3, 3, 1), domain=Orthant()), "one ray"),
    (Network((2, 1, 3, 1), domain=Orthant()), "one ray"),
    (Network((2, 3, 3, 1), domain=Points([[1, 2], [2, 4.5]])), "one ray"),
    (Network((1, 3, 3, 1), domain=RAY, biases=Normal(1)), "single point"),
    (Network((1, 1, 3, 1), biases=Normal(1)), "single point"),
    (Network((1, 3, 3, 1), domain=Points([[1], [2]]), weights=PyTorchDefault()), "single point"),
    (Network((1, 3, 3, 1), domain=RAY, weights=Rademacher()), "ties"),
    (Network((1, 3, 3, 1), domain=Points([[1]]), biases=Constant(1)), "symmetric"),
]


@pytest.mark.parametrize("net", COVERED, ids=str)
def test_covers(net):
    assert all(ONE_RAY.missing(net, l) is None for l in (1, 2))


@pytest.mark.parametrize(("net", "why"), NOT_COVERED, ids=lambda x: str(x))
def test_the_hypothesis_that_fails_is_named(net, why):
    assert why in ONE_RAY.missing(net, 2)


def test_the_formula_in_symbols_is_the_matrix():
    net = Network((1, 3, 4, 1), domain=RAY)
    entry = ONE_RAY.symbolic(net, 2)
    matrix = naive.fair_kernel(3, 4)
    assert [[entry(i=i, j=j, n=4) for j in range(5)] for i in range(4)] == matrix
    assert [ONE_RAY.symbolic(net, 1)(j=j, n=3) for j in range(4)] == matrix_row(3)


def matrix_row(n):
    return naive.binomial(n, Fraction(1, 2))


def test_the_formula_of_one_certain_neuron():
    entry = ONE_RAY.symbolic(Network((3, 1, 2, 1)), 1)
    assert [entry(j=j, n=1) for j in (0, 1)] == [0, 1]


def test_the_law_of_the_weights_does_not_matter():
    laws = [HeNormal(), Uniform(2), SphereUniform()]
    nets = [Network((2, 3, 4, 1), weights=w, biases=None, domain=Points([[1, 1]])) for w in laws]
    assert len({ONE_RAY.masses(net, 2, (None,)) for net in nets}) == 1
    assert ONE_RAY.missing(Network((2, 3, 4, 1), domain=Ball(1)), 2) is not None
