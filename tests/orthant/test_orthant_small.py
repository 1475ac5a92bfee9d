"""Closed forms of few coordinates: by hand, against many digits, against a simulation, and as properties."""

from fractions import Fraction
from itertools import combinations

import mpmath
import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import chisquare

from relu_prob.orthant import small

EPS = small.EPS
HALF = Fraction(1, 2)


def gram_of(rows):
    rows = np.asarray(rows, float)
    return rows @ rows.T


def with_many_digits(rows):
    """1/2 - (sum of the angles) / (4 pi) with 60 digits."""
    with mpmath.workdps(60):
        units = [mpmath.matrix(list(map(float, row))) for row in rows]
        units = [u / mpmath.norm(u) for u in units]
        angles = [2 * mpmath.atan2(mpmath.norm(u - v), mpmath.norm(u + v)) for u, v in combinations(units, 2)]
        return mpmath.mpf(1) / 2 - sum(angles) / (4 * mpmath.pi)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[2]], [HALF, HALF]),
        ([[1, 0], [0, 3]], [Fraction(1, 4)] * 4),
        ([[1, 0], [1, 1]], [Fraction(k, 8) for k in (3, 1, 1, 3)]),
        ([[1, 0], [-2, 0]], [0, HALF, HALF, 0]),
        ([[1, 0], [2, 0]], [HALF, 0, 0, HALF]),
        (np.eye(3), [Fraction(1, 8)] * 8),
        ([[1, 0], [1, 1], [0, 1]], [Fraction(k, 8) for k in (2, 1, 0, 1, 1, 0, 1, 2)]),
        ([[1, 0], [0, 0]], [HALF, HALF, 0, 0]),
        ([[1, 0], [0, 1], [0, 0]], [Fraction(1, 4)] * 4 + [0] * 4),
        ([[0, 0], [0, 0]], [1, 0, 0, 0]),
    ],
    ids=str,
)
def test_cells_by_hand(rows, expected):
    assert small.cells(gram_of(rows)) == pytest.approx([float(p) for p in expected], abs=4 * EPS)


def test_cells_against_draws():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((3, 4))
    patterns = (rng.standard_normal((100_000, 4)) @ rows.T > 0) @ [1, 2, 4]
    seen = np.bincount(patterns, minlength=8)
    assert chisquare(seen, small.cells(gram_of(rows)) * seen.sum()).pvalue > 1e-6


@pytest.mark.parametrize("m", [1, 2, 3])
def test_batches_are_their_members(m):
    rows = np.random.default_rng(m).standard_normal((5, 2, m, 3))
    grams = rows @ rows.swapaxes(-1, -2)
    batch = small.cells(grams)
    assert batch.shape == (5, 2, 2**m)
    assert all((batch[i, j] == small.cells(grams[i, j])).all() for i in range(5) for j in range(2))


matrices = st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=1, max_size=3)


@given(matrices)
def test_cells_are_a_law_that_is_symmetric_and_has_the_law_of_fewer_coordinates(rows):
    cells = small.cells(gram_of(rows))
    # angles of integer vectors up to this size are at least 0.05
    tolerance = 200 * EPS
    assert (cells >= 0).all()
    assert cells.sum() == pytest.approx(1, abs=tolerance)
    if all(map(any, rows)):
        assert (cells == cells[::-1]).all()
    if len(rows) > 1:
        fewer = cells.reshape(2, -1).sum(axis=0)
        assert fewer == pytest.approx(small.cells(gram_of(rows[:-1])), abs=tolerance)


@pytest.mark.parametrize("tiny", [1.0, 1e-3, 1e-8, 1e-15])
def test_small_angles_and_small_probabilities_of_two(tiny):
    u, v, w = np.array([1.0, 0.0]), np.array([1.0, tiny]), np.array([-1.0, tiny])
    assert float(small.angle(u, v)) == pytest.approx(np.arctan(tiny), rel=4 * EPS)
    assert float(small.two_rows(np.array([u, w]))) == pytest.approx(np.arctan(tiny) / (2 * np.pi), rel=4 * EPS)


@pytest.mark.parametrize("tiny", [0.5, 1e-2, 1e-4, 1e-6])
def test_small_probabilities_of_three_keep_their_digits(tiny):
    """Three rays around a plane: the probability is of the order of tiny^2."""
    rows = np.array([[1.0, 0.0, tiny], [-0.5, 0.8, 2 * tiny], [-0.6, -0.7, 0.5 * tiny]])
    exact = with_many_digits(rows)
    # a few eps of the rows, relative to their determinant, which is about tiny
    assert abs(float(small.three_rows(rows)) / exact - 1) < 64 * EPS / tiny


def test_three_rows_against_angles_and_cells():
    rows = np.random.default_rng(1).standard_normal((200, 3, 3))
    direct = small.three_rows(rows)
    pairs = [small.angle(rows[:, i], rows[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    from_cells = small.cells(rows @ rows.swapaxes(-1, -2))[:, 0]
    assert direct == pytest.approx(small.three(*pairs), abs=64 * EPS)
    # a Gram matrix knows its angles to eps / sin
    smallest = min(np.sin(pair).min() for pair in pairs)
    assert from_cells == pytest.approx(direct, abs=16 * EPS / smallest)


def test_parallel_rows_count_once():
    twice = np.array([[1.0, 2, 3], [2, 4, 6], [0, 1, -1]])
    assert small.three_rows(twice) == pytest.approx(small.two_rows(twice[1:]), abs=8 * EPS)


def test_rows_on_a_plane_leave_nothing():
    rows = np.array([[1.0, 0, 0], [-0.5, 1, 0], [-0.5, -1, 0]])
    assert small.three_rows(rows) == pytest.approx(0, abs=4 * EPS)


def test_bad_shapes():
    for shape in ((4, 4), (2, 3), (3,)):
        with pytest.raises(ValueError, match="gram must be an array of shape"):
            small.cells(np.ones(shape))
