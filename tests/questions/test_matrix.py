"""Transition matrices in numbers, in symbols and from simulated networks."""

from fractions import Fraction
from itertools import product

import naive
import pytest
import sympy
from scipy.stats import binomtest

from relu_prob import (
    Box,
    Guarantee,
    Interval,
    Network,
    Normal,
    NotCovered,
    Points,
    count_law,
    simulate,
    transition_matrix,
)
from relu_prob.numbers.balls import mpf_fraction

LEVEL = 1e-6
RAY = Interval(0, 1)


def entries(matrix):
    return [None if row is None else [row.pmf(j).fraction for j in row.support] for row in matrix.rows]


def test_one_ray_is_a_markov_chain_of_fair_coins():
    net = Network((1, 2, 3, 4, 1), domain=RAY)
    assert entries(transition_matrix(net, layer=1)) == [naive.binomial(2, Fraction(1, 2))]
    assert entries(transition_matrix(net, layer=2)) == naive.fair_kernel(2, 3)
    assert entries(transition_matrix(net, layer=3)) == naive.fair_kernel(3, 4)


def test_rows_that_never_occur_are_undefined():
    matrix = transition_matrix(Network((1, 2, 2, 1)))
    assert entries(matrix) == [None, None, [Fraction(5, 32), Fraction(14, 32), Fraction(13, 32)]]
    with pytest.raises(ZeroDivisionError, match="row 1 is undefined"):
        matrix[1, 0]


def test_rows_that_never_occur_are_undefined_where_masses_are_known_within_an_error():
    """On two opposite points every neuron of layer 1 fires, and the rest is that of an interval around 0."""
    opposite = transition_matrix(Network((2, 3, 2, 1), domain=Points([[1, 2], [-2, -4]])), layer=2, method="exact")
    line = transition_matrix(Network((1, 3, 2, 1)), layer=2, method="exact")
    assert [row is None for row in opposite.rows] == [True, True, True, False]
    for j in range(3):
        low, high = (mpf_fraction(x) for x in (opposite.rows[3].pmf(j).low, opposite.rows[3].pmf(j).high))
        assert low <= line.rows[3].pmf(j).fraction <= high


def test_the_matrix_carries_one_marginal_law_to_the_next():
    net = Network((2, 3, 4, 3, 1), domain=Points([[1, 1]]))
    for l in (2, 3):
        law = [count_law(net, layer=l - 1).pmf(i).fraction for i in range(net.hidden_widths[l - 2] + 1)]
        matrix = transition_matrix(net, layer=l)
        expected = [count_law(net, layer=l).pmf(j).fraction for j in range(net.hidden_widths[l - 1] + 1)]
        assert naive.times(law, entries(matrix)) == expected


def test_symbols_and_numbers_are_equal():
    for net, layer in (
        (Network((1, 2, 3, 1)), 2),
        (Network((3, 3, 2, 1)), 2),
        (Network((1, 3, 2, 1), domain=RAY), 2),
        (Network((1, 3, 2, 1), domain=RAY), 1),
    ):
        entry, matrix = transition_matrix(net, layer=layer, symbolic=True), transition_matrix(net, layer=layer)
        n = net.hidden_widths[layer - 1]
        for i, j in product(range(matrix.shape[0]), range(n + 1)):
            if matrix.rows[i] is not None:
                values = {"i": i} if layer > 1 else {}
                assert entry(j=j, n=n, **values) == matrix[i, j].exact


def test_symbols_of_a_first_layer_are_those_of_the_closed_form():
    net = Network((2, 3, 1), biases=Normal(1))
    entry, matrix = transition_matrix(net, symbolic=True), transition_matrix(net)
    # He's weights in two dimensions have variance 1
    for j in range(4):
        assert sympy.simplify(entry(j=j, n=3, r=1) - matrix[0, j].exact) == 0


def test_the_law_of_the_formula_sums_to_one():
    entry = transition_matrix(Network((1, 5, 3, 1)), layer=2, symbolic=True)
    assert sympy.simplify(sum(entry(n=3, j=j) for j in range(4))) == 1


def test_simulated_rows_are_tallies_of_their_networks():
    net = Network((2, 3, 2, 2, 1), domain=Points([[1, 0], [0, 1], [1, 1]]))
    matrix = transition_matrix(net, layer=3, method="simulate", samples=5000, rng=2)
    counts = simulate(net, samples=5000, rng=2, space="functions")
    assert matrix.guarantee is Guarantee.STATISTICAL
    for i, row in enumerate(matrix.rows):
        tally = counts.counts(3, [None, {i}])
        assert row.masses.samples == tally.sum()
        assert row.masses.tally == tuple(tally)
    assert matrix[0, 0].number.estimate == 1, "0 is absorbing"


def test_simulated_rows_agree_with_the_theorem():
    net = Network((1, 3, 3, 2, 1), domain=RAY)
    exact, seen = transition_matrix(net), transition_matrix(net, method="simulate", samples=20_000, rng=3)
    cells = [(i, j) for i in range(1, 4) for j in range(3)]
    for i, j in cells:
        tally = seen.rows[i].masses
        assert binomtest(tally.tally[j], tally.samples, float(exact[i, j])).pvalue > LEVEL / len(cells)


def test_rows_of_counts_that_may_be_too_small_bound_nothing_where_the_row_itself_may_be_wrong():
    net = Network((3, 3, 3, 3, 3, 1))
    row = transition_matrix(net, layer=4, samples=300, rng=1).row(2)
    assert (row.sf(0).low, row.sf(0).high) == (0, 1)
    assert (row.cdf(0).low, row.cdf(0).high) == (0, 1)
    row = transition_matrix(net, layer=3, samples=300, rng=1).row(3)
    assert row.sf(0).low > 0
    assert row.sf(0).high == 1


def test_symbols_and_exactness_need_a_theorem():
    net = Network((2, 3, 3, 1), domain=Box((0, 0), (1, 1)))
    for more in ({"symbolic": True}, {"method": "exact"}):
        with pytest.raises(NotCovered, match="no theorem covers layer 2"):
            transition_matrix(net, **more)
