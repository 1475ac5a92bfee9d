"""Layer 3 behind a layer of width 2, in rationals, and the moments of p against the table."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from relu_prob import Network, transition_matrix
from relu_prob.theorems.two_ray.laws import last_law
from relu_prob.theorems.two_ray.layers import Values, chances
from relu_prob.theorems.two_ray.precision import EXTENDED, Wide
from relu_prob.theorems.two_ray.rational import chance_of_one, moment_of_p, second_layer, third_layer

MOMENTS = [Fraction(77, 192), Fraction(277, 1536), Fraction(859, 10240), Fraction(817, 20480)]


def exactly(x):
    return Fraction(*x.as_integer_ratio())


def test_moments_of_p():
    assert [moment_of_p(k) for k in range(1, 5)] == MOMENTS


def test_second_layer():
    chances = second_layer()
    assert sum(chances.values()) == 1
    assert chances == {
        "dead": Fraction(1, 16),
        "single": Fraction(1, 2),
        "right": Fraction(1, 8),
        "uniform": Fraction(1, 4),
        "triangular": Fraction(1, 16),
    }
    assert chance_of_one() == 6 * Fraction(1, 16)


def test_third_layer_by_hand():
    """Widths 2, 2, 2, from the moments: half of the networks have a right angle."""
    m1, m2 = MOMENTS[:2]
    alive = Fraction(15, 16)
    right = [Fraction(1, 16) + m2, 2 * (m1 - m2), alive - 2 * m1 + m2]
    lost = [Fraction(1, 4) + Fraction(3, 16), Fraction(3, 8), Fraction(3, 16)]
    assert third_layer(2, 2) == [(a + b) / 2 for a, b in zip(right, lost, strict=True)]
    assert sum(third_layer(5, 4)) == 1


def test_masks_add_up():
    whole = third_layer(3, 4)
    parts = [third_layer(3, 4, None, [j == i for j in range(3)]) for i in range(3)]
    assert [sum(column) for column in zip(*parts, strict=True)] == whole
    assert third_layer(3, 4, [True, True, True, False]) == [0] * 5
    assert third_layer(1, 1)[0] == Fraction(1, 4) + Fraction(3, 4) / 2


def test_bad_widths():
    with pytest.raises(ValueError, match="positive"):
        third_layer(0, 2)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 9])
def test_moments_from_the_table(layers, k):
    """E[p^k; layer 2 alive] for n_2 = 2 by one backward step to the right angle."""
    p, _ = chances(layers.table.theta)
    moment = Values(np.zeros(1, Wide), np.full(1, Wide(0.5) ** k), p[:, None] ** k, np.zeros(1), np.zeros(1))
    before = layers.backward(moment, 2, np.ones(3, bool))
    assert abs(exactly(before.angle[0, 0]) - moment_of_p(k)) <= before.error[0]
    assert before.error[0] < 100 * np.finfo(Wide).eps


MASKS = [None, [True, True, False], [False, True, True], [False, False, True], [True, False, False]]


@pytest.mark.parametrize("n1", [1, 2, 5])
@pytest.mark.parametrize("n3", [1, 3, 6])
@pytest.mark.parametrize("mask", MASKS)
def test_error_bound_is_honest(layers, n1, n3, mask):
    values, errors = last_law([n1, 2, n3], [None, mask, None], layers=layers)
    for value, error, exact in zip(values, errors, third_layer(n1, n3, None, mask), strict=True):
        assert abs(exactly(value) - exact) <= error
        assert error < 1e-16 if EXTENDED else 1e-13


@pytest.mark.parametrize("n1", [1, 2, 4])
def test_the_formula_of_the_transition_gives_the_rows_of_the_matrix(n1):
    for n3 in (1, 3):
        net = Network((1, n1, 2, n3, 1))
        entry = transition_matrix(net, layer=3, symbolic=True)
        matrix = transition_matrix(net, layer=3)
        for i in range(3):
            row = [entry(i=i, n=n3, j=j) for j in range(n3 + 1)]
            assert sum(row) == 1
            assert row == [matrix[i, j].exact for j in range(n3 + 1)]


def test_the_formula_can_be_read():
    entry = transition_matrix(Network((1, 3, 2, 4, 1)), layer=3, symbolic=True)
    assert entry.entry.has(sympy.Integral)
    assert "int" in entry.latex()
    assert entry(i=2, n=4).free_symbols <= set(entry.symbols) | {sympy.Symbol("t", nonnegative=True)}
