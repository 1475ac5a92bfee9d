"""Two neurons over a quadrant: fractions by hand, integrals in sympy, the formula, and simulation with masks."""

from fractions import Fraction
from math import comb

import pytest
import sympy
from scipy.stats import binomtest

from relu_prob import agree, count_law, simulate, trainability, transition_matrix
from relu_prob.domains import Box, Orthant, WholeSpace
from relu_prob.initialization import HeUniform, Normal, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.theorems.layer_two import LAYER_THREE_QUADRANT, LAYER_TWO_NARROW, LAYER_TWO_QUADRANT
from relu_prob.theorems.layer_two.quadrant import chances, following, moment_of_p, surviving

LEVEL = 1e-6
HALF = Fraction(1, 2)


def quadrant(second, **more):
    return Network((2, 2, second, 1), **({"domain": Orthant()} | more))


def deep(third, d=2, **more):
    return Network((d, 2, 2, third, 1), **more)


def by_sympy(n, j):
    """P(N_2 = j) from the densities of t, integrated by sympy."""
    t = sympy.Symbol("t")

    def law(t):
        return comb(n, j) * ((2 - t) / 4) ** (n - j) * ((2 + t) / 4) ** j

    total = sympy.Rational(3, 16) * sympy.integrate(sympy.expand(2 * (1 - t) * law(t)), (t, 0, 1))
    total += sympy.Rational(4, 16) * sympy.integrate(sympy.expand(law(t)), (t, 0, 1))
    total += sympy.Rational(2, 16) * law(sympy.Integer(1)) + sympy.Rational(6, 16) * law(sympy.Integer(0))
    return Fraction(str(total + sympy.Rational(int(j == 0), 16)))


def test_moments_by_hand():
    """E t = 1/3, E t^2 = 1/6 (triangular), 1/2, 1/3 (uniform), 1 and 0; p = (2 - t)/4."""
    first = 1 + 3 * (HALF - Fraction(1, 12)) + 4 * (HALF - Fraction(1, 8)) + 2 * Fraction(1, 4) + 6 * HALF
    assert moment_of_p(1) == first / 16 == Fraction(29, 64)
    assert [moment_of_p(k) for k in (0, 2, 3)] == [1, Fraction(359, 1536), Fraction(1437, 10240)]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_law_by_integrals(n):
    masses = [x.fraction for x in LAYER_TWO_QUADRANT.masses(quadrant(n), 2, (None,))]
    assert masses == [by_sympy(n, j) for j in range(n + 1)]
    assert sum(masses) == 1
    assert masses[0] == moment_of_p(n)


def test_the_counts_of_the_two_neurons_are_binomial():
    """Over a quadrant each of two neurons is dead with probability 1/4."""
    for active in (0, 1, 2):
        total = Fraction(comb(2, active) * 3**active, 16)
        assert sum(following(5, active)) == total
        # above a live layer some neuron of 5 is active, or all are dead
        assert sum(surviving(5, active)) == (total - following(5, active)[0] if active else 0)
    assert sum(chances().values()) == 1


def test_masks_add_up():
    net = quadrant(3)
    everything = LAYER_TWO_QUADRANT.masses(net, 2, (None,))
    parts = [LAYER_TWO_QUADRANT.masses(net, 2, (frozenset({i}),)) for i in (0, 1, 2)]
    assert [sum(x.fraction for x in column) for column in zip(*parts, strict=True)] == [x.fraction for x in everything]
    assert [x.fraction for x in parts[1]] == [Fraction(6, 16) * comb(3, j) / 8 for j in range(4)]


def test_layer_three_is_layer_two_with_the_widths_shifted():
    net = deep(4, d=5)
    for mask in (None, frozenset({2}), frozenset({0, 1})):
        shifted = LAYER_TWO_QUADRANT.masses(quadrant(4), 2, (mask,))
        assert LAYER_THREE_QUADRANT.masses(net, 3, (None, mask)) == shifted
        assert LAYER_THREE_QUADRANT.masses(net, 3, (frozenset({2}), mask)) == shifted
        permanent = LAYER_TWO_QUADRANT.permanent_masses(quadrant(4), 2, (mask,))
        assert LAYER_THREE_QUADRANT.permanent_masses(net, 3, (None, mask)) == permanent
    assert {x.fraction for x in LAYER_THREE_QUADRANT.masses(net, 3, (frozenset({1}), None))} == {0}
    # the counts of layer 2 that it is conditioned on are those of the theorem on layer 2
    second = [x.fraction for x in LAYER_TWO_NARROW.masses(net, 2, (None,))]
    assert second == [sum(following(4, i)) for i in (0, 1, 2)]


@pytest.mark.parametrize(("net", "layer"), [(quadrant(3), 2), (deep(2), 3)], ids=str)
def test_the_formula_in_symbols_is_the_matrix(net, layer):
    entry = transition_matrix(net, layer=layer, symbolic=True)
    matrix = transition_matrix(net, layer=layer, method="exact")
    n = net.hidden_widths[-1]
    for i in (0, 1, 2):
        assert [sympy.sympify(entry(i=i, j=j, n=n)).doit() for j in range(n + 1)] == [
            sympy.Rational(str(matrix.row(i).pmf(j).fraction)) for j in range(n + 1)
        ]


@pytest.mark.parametrize(
    ("net", "layer"),
    [
        (quadrant(4), 2),
        (quadrant(2, domain=Box((0, -1), (2, 0))), 2),
        (deep(3), 3),
        (deep(2, domain=WholeSpace()), 3),
    ],
    ids=str,
)
def test_against_simulation(net, layer):
    assert agree(net, layer=layer, samples=60_000, rng=4, level=LEVEL, progress=False).agrees


@pytest.mark.parametrize(("net", "layer"), [(quadrant(2), 2), (deep(2), 3)], ids=str)
def test_joint_counts_and_permanent_death_against_simulation(net, layer):
    samples = 60_000
    counts = simulate(net, samples=samples, rng=7, progress=False)
    for i in (0, 1, 2):
        masks = [None] * (layer - 2) + [{i}]
        seen = counts.counts(layer, masks)
        theory = count_law(net, layer=layer, allowed=masks, method="exact")
        for j in range(3):
            assert binomtest(int(seen[j]), samples, float(theory.pmf(j))).pvalue > LEVEL / 18
    forever = simulate(net, samples=samples, rng=8, death="permanent", progress=False)
    for need in ((1,) * layer, (2,) * layer):
        theory = trainability(net, need=need, death="permanent", method="exact")
        assert theory.fraction is not None
        assert binomtest(forever.joint(need), samples, float(theory)).pvalue > LEVEL / 4


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (quadrant(2), 1, "the layer must be 2, got 1"),
        (Network((3, 2, 2, 1), domain=Orthant()), 2, "the input dimension must be 2, got 3"),
        (Network((2, 3, 2, 1), domain=Orthant()), 2, "the first layer must have width 2, got 3"),
        (quadrant(2, domain=Box((0, -1), (1, 1))), 2, "a rectangle with a corner at 0"),
        (quadrant(2, biases=Normal(1)), 2, "the biases must be zero, got Normal(1)"),
        (quadrant(2, weights=HeUniform()), 2, "the weights must be Gaussian, got HeUniform()"),
        (quadrant(2, weights=SphereUniform(), biases=Zero()), 2, "the weights must be Gaussian"),
    ],
    ids=str,
)
def test_the_hypothesis_that_fails_is_named(net, layer, why):
    assert why in LAYER_TWO_QUADRANT.missing(net, layer)


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (deep(2), 2, "the layer must be 3, got 2"),
        (Network((2, 2, 3, 2, 1)), 3, "the layers below must have width 2, got (2, 3)"),
        (deep(2, d=1), 3, "the input dimension must be at least 2, got 1"),
        (deep(2, domain=Orthant()), 3, "neighbourhood of 0"),
        (deep(2, weights=HeUniform()), 3, "the weights must be Gaussian, got HeUniform()"),
    ],
    ids=str,
)
def test_the_hypothesis_of_layer_three_that_fails_is_named(net, layer, why):
    assert why in LAYER_THREE_QUADRANT.missing(net, layer)
