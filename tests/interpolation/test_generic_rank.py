"""The walk over the gaps, against the rank of integer matrices with breakpoints drawn in their cells."""

import itertools

import numpy as np
import pytest
from flint import fmpz_mat

from relu_prob.interpolation.generic_rank import advance, full, has_full_rank, start

WIDE = 10**7


def has_rank_m(rng, affine, gaps):
    """The rank for breakpoints drawn in the cells: a generic one, except with a probability of about 1e-6."""
    m = len(gaps) + 1
    x = [i * WIDE + int(rng.integers(WIDE // 8)) for i in range(m)]
    rows = []
    for at in rng.integers(1, WIDE, affine):
        rows.append([v - x[0] + int(at) for v in x])
    for gap, (right, left) in enumerate(gaps):
        for sign in [1] * right + [-1] * left:
            at = int(rng.integers(x[gap] + 1, x[gap + 1]))
            rows.append([max(sign * (v - at), 0) for v in x])
    return bool(rows) and fmpz_mat(rows).rank() == m


@pytest.mark.parametrize("m", [1, 2, 3])
def test_all_small_cases(m):
    rng = np.random.default_rng(m)
    for affine in range(4):
        for gaps in itertools.product(itertools.product(range(4), repeat=2), repeat=m - 1):
            assert has_full_rank(affine, list(gaps)) == has_rank_m(rng, affine, gaps), (affine, gaps)


def test_random_cases():
    rng = np.random.default_rng(0)
    outcomes = []
    for _ in range(4000):
        m = int(rng.integers(4, 10))
        affine = int(rng.integers(0, 4))
        gaps = [[0, 0] for _ in range(m - 1)]
        for _ in range(m - affine + int(rng.integers(0, 4))):
            gaps[rng.integers(m - 1)][rng.integers(2)] += 1
        gaps = [tuple(gap) for gap in gaps]
        expected = has_rank_m(rng, affine, gaps)
        assert has_full_rank(affine, gaps) == expected, (affine, gaps)
        outcomes.append(expected)
    assert 0.2 < np.mean(outcomes) < 0.8


@pytest.mark.parametrize(
    ("affine", "gaps", "expected"),
    [
        (1, [], True),  # one point
        (0, [], False),
        (2, [(0, 0)], True),  # two points: affine functions
        (1, [(0, 0)], False),
        (0, [(1, 1)], True),
        (0, [(5, 0)], False),  # all 0 at the first point
        (0, [(1, 0), (1, 1)], True),  # at point 1 only the unit that fires to the left
        (0, [(2, 0), (1, 0)], False),  # all 0 at the first point
        (2, [(0, 0), (1, 0)], True),
        (2, [(0, 0), (0, 0), (3, 3)], False),  # affine on the first three points
    ],
)
def test_by_hand(affine, gaps, expected):
    assert has_full_rank(affine, gaps) == has_rank_m(np.random.default_rng(1), affine, gaps) == expected


def test_mirror_images_have_the_same_rank():
    for gaps in itertools.product(itertools.product(range(3), repeat=2), repeat=3):
        mirrored = [(left, right) for right, left in reversed(gaps)]
        assert all(has_full_rank(a, list(gaps)) == has_full_rank(a, mirrored) for a in range(3))


def test_more_units_never_hurt_and_the_third_in_a_cell_never_helps():
    for gaps in itertools.product(itertools.product(range(3), repeat=2), repeat=3):
        for gap, side in itertools.product(range(3), range(2)):
            more = [list(cell) for cell in gaps]
            more[gap][side] += 1
            before, after = (has_full_rank(1, [tuple(cell) for cell in cells]) for cells in (gaps, more))
            assert before <= after
            assert before == after or gaps[gap][side] < 2


def test_there_are_eleven_states_however_many_points():
    reached = {start(affine) for affine in range(3)}
    assert len(reached) == 3
    seen = set(reached)
    for _ in range(40):
        counts = itertools.product(range(3), repeat=2)
        reached = {advance(slack, *count) for count in counts for slack in reached} - {None}
        seen |= reached
    assert len(seen) == 11
    assert any(full(slack) for slack in reached)
