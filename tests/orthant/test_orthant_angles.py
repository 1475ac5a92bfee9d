"""Angles and solid angles: tiny ones, and three rows against sums of angles and against all sign patterns."""

from itertools import combinations

import numpy as np
import pytest

from relu_prob.orthant.angles import EPS, angle, half_solid_angle
from relu_prob.orthant.cells import cells


@pytest.mark.parametrize("tiny", [1.0, 1e-3, 1e-8, 1e-15])
def test_small_angles_keep_their_digits(tiny):
    u, v, w = np.array([1.0, 0.0]), np.array([3.0, 3 * tiny]), np.array([-1.0, tiny])
    assert float(angle(u, v)) == pytest.approx(np.arctan(tiny), rel=4 * EPS)
    assert float(angle(u, -w)) == pytest.approx(np.arctan(tiny), rel=4 * EPS)


def polar_cone(rows):
    """The share of the sphere in the polar cone of three unit rows, by its edges, which are the planes' normals.

    Near a lune sine and cosine are both small, and their quotient is not known well: there it is nan.
    """
    edges = [np.cross(rows[:, i], rows[:, j]) for i, j in ((1, 2), (2, 0), (0, 1))]
    edges = [edge / np.linalg.norm(edge, axis=-1, keepdims=True) for edge in edges]
    sine, cosine = half_solid_angle(*edges)
    # the edges of the polar cone and their opposites turn the same way as the rows
    return np.where(cosine > 0.5, np.arctan2(np.abs(sine), cosine) / (2 * np.pi), np.nan)


def test_solid_angles_against_sums_of_angles_and_cells():
    rows = np.random.default_rng(1).standard_normal((200, 3, 3))
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    share = polar_cone(rows)
    rows, share = rows[~np.isnan(share)], share[~np.isnan(share)]
    assert len(share) > 100
    angles = sum(angle(rows[:, i], rows[:, j]) for i, j in combinations(range(3), 2))
    assert share == pytest.approx(0.5 - angles / (4 * np.pi), abs=64 * EPS)
    assert share == pytest.approx(cells(np.moveaxis(rows, 0, 2))[0], abs=64 * EPS)
