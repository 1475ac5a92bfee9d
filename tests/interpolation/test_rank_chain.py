"""The chain over the cells: against all ways to place the units, in two kinds of arithmetic, and its error bound."""

import itertools
from fractions import Fraction
from math import prod

import pytest
from flint import arb

from relu_prob.interpolation import rank_chain
from relu_prob.interpolation.generic_rank import has_full_rank
from relu_prob.interpolation.unit_laws import DataDependentUnits, GaussianUnits, UniformUnits
from relu_prob.numbers import balls
from relu_prob.numbers.real import ZERO, enclosure

POINTS = {1: [Fraction(1, 2)], 2: [Fraction(-1), Fraction(1)], 3: [Fraction(-1), Fraction(0), Fraction(3)]}


def by_enumeration(classes, beginnings):
    """The sum over all places of all units, as floats."""
    total = 0.0
    for counts in beginnings:
        laws = [[float(p.value()) for p in classes[k]] for k, n in enumerate(counts) for _ in range(n)]
        for places in itertools.product(range(len(classes[0])), repeat=len(laws)):
            cells = [places.count(cell) for cell in range(len(classes[0]))]
            if has_full_rank(cells[0], list(zip(cells[1:-1:2], cells[2:-1:2], strict=True))):
                total += prod(law[place] for law, place in zip(laws, places, strict=True))
    return total / len(beginnings)


def polynomial(classes, h, r, digits):
    values = [[None if p == ZERO else enclosure(p, digits) for p in cells] for cells in classes]
    with balls.precision(digits):
        return arb(rank_chain.polynomial(values, h, r))


@pytest.mark.parametrize(("m", "units"), [(1, 1), (1, 3), (2, 2), (2, 4), (3, 3), (3, 5)])
@pytest.mark.parametrize(
    "law", [GaussianUnits(), UniformUnits(1, Fraction(1, 2)), DataDependentUnits(Fraction(1, 3))], ids=str
)
def test_against_all_places_of_all_units(m, units, law):
    classes, (h, r) = law.classes(POINTS[m]), law.counts(m, units)
    expected = by_enumeration(classes, rank_chain.left_at_start(len(classes), h, r))
    # 6^5 products of 5 floats, each with a rounded factor
    error = 6**5 * 20 * 2.0**-53
    assert abs(float(rank_chain.certified(classes, h, r)) - expected) < error
    assert abs(float(polynomial(classes, h, r, 20)) - expected) < error


@pytest.mark.parametrize(("m", "units"), [(3, 4), (4, 6), (5, 5), (5, 12)])
@pytest.mark.parametrize("law", [GaussianUnits(), DataDependentUnits(Fraction(1, 3))], ids=str)
def test_doubles_with_their_bound_contain_the_sum_of_balls(m, units, law):
    points = [Fraction(k * k, 5) for k in range(m)]
    classes, (h, r) = law.classes(points), law.counts(m, units)
    if rank_chain.terms(classes, h, r) > 200_000:
        h, r = 1, 1
    ball, exact = rank_chain.certified(classes, h, r), polynomial(classes, h, r, 40)
    assert exact.rad() < 1e-30
    assert ball.contains(exact)
    assert float(ball.rad()) < 1e-11 * float(ball)


def test_both_tails_keep_their_digits():
    law = GaussianUnits()
    points = [Fraction(k) for k in range(4)]
    # scattered over 10^30 times the scale of the breakpoints
    rare = rank_chain.certified(law.classes([p * 10**30 for p in points]), 4, 0)
    assert 0 < float(rare) < 1e-20
    assert float(rare.rad()) < 1e-12 * float(rare)
    sure = 1 - rank_chain.certified(law.classes(points), 400, 0)
    assert 0 < float(sure) < 1e-4
    assert float(sure.rad()) < 1e-10 * float(sure)


def test_one_more_unit_at_random_points_is_the_mean_over_the_points():
    law = DataDependentUnits(Fraction(1, 2))
    classes = law.classes(POINTS[3])
    mean = polynomial(classes, 1, 2, 20)
    parts = []
    for counts in rank_chain.left_at_start(3, 1, 2):
        copies = [cells for cells, n in zip(classes, counts, strict=True) for _ in range(n)]
        parts.append(polynomial(copies, 1, 0, 20))
    assert (sum(parts) / 3 - mean).contains(0)
    assert float(mean.rad()) < 1e-15


def test_the_smallest_chains():
    (cell,) = UniformUnits().classes([Fraction(2)])  # one point: fires with probability 1/2
    with balls.precision(20):
        assert rank_chain.certified([cell], 3, 0).contains(arb(7) / 8)
