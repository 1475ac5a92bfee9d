"""The spherical hull in exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.spatial import ConvexHull

from relu_prob.theorems.first_layer.hull import NotPlanar, polygon


def rows(*values):
    return [tuple(map(Fraction, row)) for row in values]


def test_one_dimension():
    assert polygon(rows([3])) == polygon(rows([3], [5])) == ((1,),)
    assert polygon(rows([3], [-1])) == ()


def test_plane():
    assert set(polygon(rows([1, 0], [2, 1], [5, 5], [0, 3]))) == {(1, 0), (0, 1)}
    assert polygon(rows([1, 0], [-1, 1], [-1, -1])) == ()
    assert polygon(rows([1, 0], [1, 1], [-1, 0])) == ()
    assert set(polygon(rows([1, 0], [1, 1], [-1, Fraction(1, 100)]))) == {(1, 0), (-1, Fraction(1, 100))}


def test_three_rays_in_space():
    independent = rows([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -1])
    assert len(polygon(independent)) == 3
    between = rows([1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0])
    assert set(polygon(between)) == {between[0], between[2]}
    assert polygon(rows([1, 0, 0, 0], [0, 1, 0, 0], [-1, -1, 0, 0])) == ()
    assert polygon(rows([1, 0, 0, 0], [0, 1, 0, 0], [-2, 0, 0, 0])) == ()


def test_half_space_that_is_not_a_coordinate():
    cone = rows([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, 2, 0])
    assert set(polygon(cone)) == set(cone[:3])
    tilted = rows([1, 1, 1], [-1, 1, 1], [0, -1, 1], [0, 1, -1 - Fraction(1, 100)])
    assert polygon(tilted) == ()
    assert len(polygon(rows([1, -2, 2], [-2, 1, 2], [2, 2, -3]))) == 3


def test_planes_in_space():
    assert set(polygon(rows([1, 1, 0, 0], [1, -1, 0, 0], [3, 0, 0, 0], [5, 1, 0, 0]))) == {(1, 1, 0, 0), (1, -1, 0, 0)}
    assert polygon(rows([1, 0, 0], [0, 1, 0], [-1, -1, 0], [-1, 0, 0])) == ()


def test_more_than_three_dimensions():
    with pytest.raises(NotPlanar):
        polygon(rows([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]))


coordinates = st.integers(-6, 6)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=4, max_size=12))
def test_against_qhull(points):
    x = np.array(points, float)
    if np.linalg.matrix_rank(x - x[0]) < 2:
        corners = {(min(points)), (max(points))}
    else:
        corners = {points[k] for k in ConvexHull(x).vertices}
    hull = polygon([(Fraction(a), Fraction(b), Fraction(1)) for a, b in points])
    found = [(u[0] / u[2], u[1] / u[2]) for u in hull]
    assert len(found) == len(set(found))
    assert set(found) == corners
