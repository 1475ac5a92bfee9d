"""The chain that follows pairs: every path counted by itself in Fractions, balls, and pairs like any two neurons."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest
from flint import fmpq
from hypothesis import given, strategies as st

from relu_prob.numbers import balls
from relu_prob.numbers.chain import ExactLaw
from relu_prob.numbers.quadrant_chain import exact, in_balls


def binomial(n, dead):
    return [comb(n, j) * (1 - dead) ** j * dead ** (n - j) for j in range(n + 1)]


def mixed(n):
    """A law above a pair that is no binomial law."""
    return [(x + 2 * y) / 3 for x, y in zip(binomial(n, Fraction(1, 2)), binomial(n, Fraction(2, 5)), strict=True)]


def fair(n):
    return binomial(n, Fraction(1, 4))


def naive(first, widths, masks, pairs):
    """States (count, whether it is a pair that reads a pair, whether all is on one ray)."""
    law = {(count, False, count <= 1): mass for count, mass in enumerate(first)}
    for (_, n), mask in zip(pairwise((len(first) - 1, *widths)), masks, strict=True):
        following = Counter()
        for (count, reads_two, on_ray), mass in law.items():
            if mask is not None and count not in mask:
                continue
            if count == 0:
                shares = binomial(n, Fraction(1))
            elif on_ray:
                shares = binomial(n, Fraction(1, 2))
            else:
                shares = pairs(n) if reads_two else binomial(n, Fraction(1, 2**count))
            for j, share in enumerate(shares):
                following[j, j == count == 2 and not reads_two and not on_ray, on_ray or j <= 1] += mass * share
        law = following
    return [sum(mass for (count, *_), mass in law.items() if count == j) for j in range(widths[-1] + 1)]


@st.composite
def problems(draw):
    shares = draw(st.lists(st.integers(0, 5), min_size=2, max_size=5).filter(any))
    first = [Fraction(x, sum(shares)) for x in shares]
    widths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    below = [len(first) - 1, *widths[:-1]]
    masks = [draw(st.none() | st.sets(st.integers(0, n))) for n in below]
    return first, widths, masks


@given(problems())
def test_every_path_in_fractions(problem):
    first, widths, masks = problem
    start = ExactLaw.from_masses([fmpq(x.numerator, x.denominator) for x in first])
    found = [Fraction(int(x.p), int(x.q)) for x in exact(start, widths, masks, mixed).masses()]
    assert found == naive(first, widths, masks, mixed)


@given(problems())
def test_balls_contain_the_exact_law(problem):
    first, widths, masks = problem
    masses = [fmpq(x.numerator, x.denominator) for x in first]
    known = exact(ExactLaw.from_masses(masses), widths, masks, mixed).masses()
    with balls.precision(30):
        found = in_balls([balls.arb(x) for x in masses], widths, masks, mixed)
        assert all((ball * x.q).contains(x.p) for ball, x in zip(found, known, strict=True))
        assert all(ball.rel_accuracy_bits() > 80 for ball, x in zip(found, known, strict=True) if x != 0)


@pytest.mark.parametrize("widths", [[3, 3], [2, 2, 2], [5, 4, 2, 3]])
def test_a_pair_like_any_two_is_the_sign_chain_down_to_a_ray(widths):
    first = [Fraction(0), Fraction(0), Fraction(1, 3), Fraction(2, 3)]
    masks = [None] * len(widths)
    start = ExactLaw.from_masses([fmpq(x.numerator, x.denominator) for x in first])
    with_pairs = exact(start, widths, masks, fair).masses()
    law = {(count, count <= 1): p for count, p in enumerate(first)}
    for n in widths:
        following = Counter()
        for (count, on_ray), p in law.items():
            dead = Fraction(1) if count == 0 else Fraction(1, 2) if on_ray else Fraction(1, 2**count)
            for j, share in enumerate(binomial(n, dead)):
                following[j, on_ray or j <= 1] += p * share
        law = following
    sign_ray = [law[j, True] + law[j, False] for j in range(widths[-1] + 1)]
    assert [Fraction(int(x.p), int(x.q)) for x in with_pairs] == sign_ray
