"""Reducing cones: redundant rays, ranks, groups and half-spaces, by hand and under rotations."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from relu_prob.orthant import cones, known_probability, orthant_probability

EPS = np.finfo(float).eps


def rotation(size, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]


def test_unit_rows_of_any_size():
    rows = np.array([[3e-200, 4e-200], [0.0, 0.0], [3e200, -4e200]])
    assert cones.unit(rows) == pytest.approx(np.array([[0.6, 0.8], [0.6, -0.8]]), abs=2 * EPS)


def test_rank_of_turned_rows():
    flat = np.c_[np.random.default_rng(0).standard_normal((7, 2)), np.zeros((7, 4))] @ rotation(6)
    turned, moved = cones.in_their_span(cones.unit(flat))
    assert turned.shape == (7, 2)
    assert moved < 7 * 16 * EPS
    assert turned @ turned.T == pytest.approx(cones.unit(flat) @ cones.unit(flat).T, abs=16 * EPS)


def test_extreme_rays_of_a_square_with_points_inside():
    corners = np.array([(x, y, 1) for x in (-1, 1) for y in (-1, 1)], float)
    inside = np.random.default_rng(0).dirichlet(np.ones(4), 20) @ corners
    doubled = np.r_[inside, corners, 3 * corners]
    found, moved = cones.extreme(cones.unit(doubled))
    assert {tuple(row) for row in found.round(9)} == {tuple(row) for row in cones.unit(corners).round(9)}
    assert len(found) == 4
    # 4 corners twice and 20 points, each known to a few eps
    assert moved < 24 * 16 * EPS


def test_groups():
    rows = np.array([[1.0, 1, 0, 0], [0, 0, 1, 2], [1, -1, 0, 0], [1, 0, 0, 0], [0, 0, 2, -1]])
    sizes = sorted(len(group) for group in cones.blocks(cones.unit(rows @ rotation(4)))[0])
    assert sizes == [1, 1, 3]


def test_depth_says_whether_a_half_space_holds_the_rays():
    held = cones.unit(np.array([[1.0, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1]]))
    deep, z = cones.depth(held)
    assert deep > 0.5
    assert (held @ z <= -deep).all()
    for rows in ([[1.0, 0], [-1, 1], [-1, -1]], [[1.0, 0], [-1, 0]], np.r_[np.eye(4), -np.ones((1, 4))]):
        assert cones.depth(cones.unit(np.array(rows)))[0] <= EPS


def test_rays_that_no_half_space_holds_have_probability_0():
    for size in (2, 3, 4, 7):
        p = orthant_probability(np.r_[np.eye(size), -np.ones((1, size))] @ rotation(size))
        assert p.value == 0
        assert p.error < 1e-10


def test_a_flat_cone_is_below_its_bound():
    """Four rays around a plane and slightly to one side: the true probability is below the bound."""
    for tiny in (1e-2, 1e-4):
        rows = cones.unit(np.array([[1, 0, tiny], [-1, 0, tiny], [0, 1, tiny], [0, -1, tiny]]))
        deep, _ = cones.depth(rows)
        assert known_probability(rows).value < cones.flat_bound(deep, 3) < 10 * tiny


small = st.integers(-2, 2)


@given(st.lists(st.tuples(small, small, small), min_size=1, max_size=5).filter(lambda rows: any(map(any, rows))))
def test_what_does_not_change_the_probability(rows):
    rows = np.array(rows, float)
    p = known_probability(rows)
    more = np.r_[2 * rows[::-1], rows.sum(axis=0, keepdims=True)]
    q = known_probability(np.c_[more, np.zeros(len(more))] @ rotation(4))
    assert abs(p.value - q.value) <= p.error + q.error
    assert p.error < 1e-11
    assert p.value <= 0.5 or not rows.any()
