"""Unions of patterns: by enumeration in rationals; patterns given their union."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.stats import chisquare

from relu_prob.estimator.sequential.unions import _conditional, draw_patterns, unions

LEVEL = 1e-6
TWO = [Fraction(0), Fraction(1, 8), Fraction(3, 8), Fraction(1, 2)]
THREE = [Fraction(k, 32) for k in (0, 1, 2, 3, 4, 6, 0, 16)]


def enumerated(q, k):
    law = [Fraction(0)] * len(q)
    for patterns in product(range(len(q)), repeat=k):
        probability = Fraction(1)
        union = 0
        for c in patterns:
            probability, union = probability * q[c], union | c
        law[union] += probability
    return law


def column(q):
    return np.array([[float(x)] for x in q])


@pytest.mark.parametrize("q", [TWO, THREE], ids=["two", "three"])
def test_against_enumeration(q):
    f = unions(column(q), 4)
    for k in range(5):
        # products and sums of numbers >= 0: every one is right to some ulps
        assert f[k, :, 0] == pytest.approx([float(x) for x in enumerated(q, k)], rel=1e-14, abs=0)


def test_rare_unions_keep_their_digits():
    """P(all 20 neurons fire at point 1 only) = (1e-10)^20, which a difference of numbers near 1 would lose."""
    q = np.array([[0.0], [1e-10], [1e-10], [1 - 2e-10]])
    f = unions(q, 20)[20, :, 0]
    assert f[1] == pytest.approx(1e-200, rel=1e-13)
    assert f.sum() == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize(("q", "union"), [(TWO, 3), (THREE, 7), (THREE, 3), (THREE, 5), (THREE, 1)])
@pytest.mark.parametrize("draw", [draw_patterns, _conditional])
def test_patterns_given_their_union(q, union, draw):
    """All sequences of three patterns with that union, in their proportions."""
    number = 20_000
    f = unions(column(q), 4)
    zeros = np.zeros(number, dtype=np.int64)
    patterns = draw(column(q), f, zeros, zeros + 3, union, 5, np.random.default_rng(2))
    assert patterns.shape == (5, number)
    assert not patterns[3:].any()
    expected = {
        c: float(q[c[0]] * q[c[1]] * q[c[2]] / enumerated(q, 3)[union])
        for c in product(range(1, len(q)), repeat=3)
        if c[0] | c[1] | c[2] == union and q[c[0]] * q[c[1]] * q[c[2]]
    }
    found = dict.fromkeys(expected, 0)
    for c in zip(*patterns[:3].tolist(), strict=True):
        found[c] += 1
    observed, theory = np.array([(found[c], expected[c] * number) for c in expected]).T
    small = theory < 20
    if small.any():
        observed = np.append(observed[~small], observed[small].sum())
        theory = np.append(theory[~small], theory[small].sum())
    assert len(theory) == 1 or chisquare(observed, theory * observed.sum() / theory.sum()).pvalue > LEVEL
    assert sum(found.values()) == number


def test_every_particle_has_its_own_number_and_probabilities():
    q = np.array([[0, 0], [1.0, 0.2], [0, 0.3], [0, 0.5]])
    f = unions(q, 3)
    columns, k = np.array([0, 1, 1]), np.array([2, 3, 1])
    patterns = draw_patterns(q, f, columns, k, 1, 3, np.random.default_rng(0))
    assert patterns.tolist() == [[1, 1, 1], [1, 1, 0], [0, 1, 0]]
