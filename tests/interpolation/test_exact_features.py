"""Ranks modulo primes: the features of floating-point units against rationals, and rank by rank against integers."""

from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq, fmpq_mat, fmpz, fmpz_mat
from hypothesis import given, strategies as st

from relu_prob.interpolation.exact_features import columns_for_full_rank, features, firing, random_prime, rank

PRIME = 2**31 - 1


def rational_features(x, w, b):
    def at(row, weights, bias):
        return max(
            Fraction(0), sum(Fraction(p) * Fraction(q) for p, q in zip(row, weights, strict=True)) + Fraction(bias)
        )

    return [[at(row, *unit) for unit in zip(w.tolist(), b.tolist(), strict=True)] for row in x.tolist()]


@given(st.integers(0, 10_000), st.sampled_from([-300, -20, 0, 7, 300]))
def test_features_are_those_of_rationals(seed, exponent):
    """Scales near the ends of the range of doubles, subnormal products, and pre-activations that are exactly 0."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(4, 2)) * 2.0**exponent
    w, b = rng.normal(size=(2, 5, 2)), rng.normal(size=(2, 5)) * 2.0**exponent
    w[0, 0], b[0, 0] = (1.0, 0.0), -x[0, 0]  # 0 at point 0
    found = features(x, w, b, PRIME)
    for k in range(2):
        exact = rational_features(x, w[k], b[k])
        for i in range(4):
            for j in range(5):
                value = exact[i][j]
                assert found[k, i, j] == value.numerator * pow(value.denominator, -1, PRIME) % PRIME
                assert firing(x, w, b)[k, i, j] == (value > 0)
    assert not firing(x, w, b)[0, 0, 0]


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 7), st.integers(1, 3))
def test_rank_against_rationals(seed, m, n, d):
    """Few different weights, so that every rank occurs; the columns one by one."""
    rng = np.random.default_rng(seed)
    x, w = rng.integers(-2, 3, (m, d)) / 4, rng.integers(-1, 2, (1, n, d)) / 8
    b = rng.integers(-1, 2, (1, n)) / 2
    matrix = features(x, w, b, PRIME)[0]
    flat = [v for row in rational_features(x, w[0], b[0]) for v in row]
    exact = fmpq_mat(m, n, [fmpq(v.numerator, v.denominator) for v in flat])

    def exact_rank(columns):
        part = fmpq_mat(m, columns, [exact[i, j] for i in range(m) for j in range(columns)])
        return part.rank()

    assert rank(matrix, PRIME) == exact_rank(n)
    enough = next((k for k in range(1, n + 1) if exact_rank(k) == m), None)
    assert columns_for_full_rank(matrix, PRIME) == enough


def test_full_rank_modulo_a_prime_is_full_rank_and_a_divisor_hides_it():
    matrix = np.array([[7, 0], [0, 1]])
    assert fmpz_mat(matrix.tolist()).rank() == 2
    assert rank(matrix, 11) == 2
    assert rank(matrix, 7) == 1


def test_random_primes():
    rng = np.random.default_rng(0)
    primes = [random_prime(rng) for _ in range(20)]
    assert all(2**30 <= p < 2**31 and fmpz(p).is_prime() for p in primes)
    assert len(set(primes)) == 20


def test_a_nearly_singular_matrix_has_full_rank():
    """Two breakpoints 2^-40 apart: a numerical rank with a tolerance of 1e-9 is 1."""
    x, w, b = np.array([[1.0], [2.0]]), np.ones((1, 2, 1)), np.array([[0.0, 2.0**-40]])
    assert rank(features(x, w, b, PRIME)[0], PRIME) == 2
    floats = np.maximum(x @ w[0].T + b[0], 0)
    assert np.linalg.matrix_rank(floats, tol=1e-9) == 1
    assert np.linalg.det(floats) == pytest.approx(-(2.0**-40))
