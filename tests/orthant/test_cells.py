"""Probabilities of patterns: by hand, in 50 digits, against neurons that were drawn, and where they are tiny."""

from fractions import Fraction
from math import pi

import mpmath
import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import binomtest

from relu_prob.orthant.cells import ROUNDING, angle, cells, determinant, norm

LEVEL = 1e-6


def of(*vectors):
    """The cells of one set of points."""
    return cells(np.array(vectors, dtype=float)[:, :, None])[:, 0]


def reference(vectors):
    """x_i / (2 pi) in 50 digits: from angles between the given vectors, which need not be units."""
    with mpmath.workdps(50):

        def between(u, v):
            u, v = (mpmath.matrix([mpmath.mpf(x) for x in w]) for w in (u, v))
            u, v = u / mpmath.norm(u), v / mpmath.norm(v)
            return 2 * mpmath.atan2(mpmath.norm(u - v), mpmath.norm(u + v))

        (a, b, c) = vectors
        t12, t13, t23 = between(a, b), between(a, c), between(b, c)
        x = [mpmath.pi - (t12 + t13 + t23) / 2, (t12 + t13 - t23) / 2, (t12 + t23 - t13) / 2, (t13 + t23 - t12) / 2]
        return [float(x[k] / (2 * mpmath.pi)) for k in (0, 1, 2, 3, 3, 2, 1, 0)]


def unit(*v):
    return np.array(v) / np.linalg.norm(v)


def test_by_hand():
    assert of((1,)).tolist() == [0.5, 0.5]
    assert of((1, 0), (0, 1)).tolist() == [0.25] * 4
    assert of((1, 0), (1, 0)).tolist() == [0.5, 0, 0, 0.5]
    assert of((1, 0), (-1, 0)).tolist() == [0, 0.5, 0.5, 0]
    assert of(*np.eye(3)) == pytest.approx([1 / 8] * 8, rel=1e-15)
    # at 60 degrees from each other: a share 1/2 - 1/4 of the neurons is silent everywhere
    together = (unit(1, 1, 0), unit(1, 0, 1), unit(0, 1, 1))
    assert of(*together) == pytest.approx([1 / 4, *[1 / 12] * 6, 1 / 4], rel=1e-14)


def test_three_points_in_a_plane_have_empty_cells():
    """At 0, 90 and 225 degrees every neuron fires somewhere; none fires everywhere."""
    p = of((1, 0, 0), (0, 1, 0), (-(0.5**0.5), -(0.5**0.5), 0))
    assert p[0] == p[7] == 0
    assert p[1:7] == pytest.approx([float(Fraction(k, 8)) for k in (1, 1, 2, 2, 1, 1)], rel=1e-14)


def test_equal_and_opposite_points_among_three():
    p = of((1, 0, 0), (1, 0, 0), (0.6, 0.8, 0))
    assert [c for c in range(8) if p[c] == 0] == [1, 2, 5, 6]
    p = of((1, 0, 0), (-1, 0, 0), (0, 1, 0))
    assert [c for c in range(8) if p[c] == 0] == [0, 3, 4, 7]
    assert p[[1, 2, 5, 6]] == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("e", [1e-2, 1e-4, 1e-6, 1e-7])
def test_tiny_cells_keep_their_digits(e):
    """Three directions that nearly surround 0 in a plane: what fires at none of them has the size of e^2."""
    vectors = [(np.cos(t), np.sin(t), e) for t in (0.0, 2.0, 4.0)]
    r = np.linalg.qr(np.array(vectors).T)[1]
    points = (r / np.linalg.norm(r, axis=0)).T
    assert cells(points[:, :, None])[:, 0] == pytest.approx(reference(vectors), rel=1e-9 / e**0.5 * 1e-4 + 1e-12)


@given(st.lists(st.floats(-1, 1), min_size=9, max_size=9))
def test_against_many_digits(entries):
    vectors = np.array(entries).reshape(3, 3)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if (lengths < 1e-3).any():
        return
    points = vectors / lengths
    p = of(*points)
    assert p.sum() == pytest.approx(1, abs=1e-14)
    assert (p >= 0).all()
    assert np.abs(p - reference(points)).max() < 4 * ROUNDING
    # two of the points have the law that is left when the third is not looked at
    r = np.linalg.qr(points[:2].T)[1]
    assert np.abs(p.reshape(2, -1).sum(axis=0) - of(*r.T)).max() < 8 * ROUNDING


def test_against_drawn_neurons():
    points = np.array([unit(1, 0, 0), unit(0.2, 1, 0), unit(-0.7, -0.5, 0.4)])
    y = np.random.default_rng(0).standard_normal((200_000, 3)) @ points.T
    seen = np.bincount((y > 0) @ [1, 2, 4], minlength=8)
    for count, p in zip(seen, of(*points), strict=True):
        assert binomtest(int(count), 200_000, p).pvalue > LEVEL / 8


def test_angles_near_0_and_pi():
    theta, rest = angle(np.array([1.0, 0.0]), np.array([1.0, 1e-200]))
    assert (theta, rest) == (pytest.approx(1e-200), pytest.approx(pi))
    theta, rest = angle(np.array([1.0, 0.0]), np.array([-1.0, 1e-9]))
    assert rest == pytest.approx(1e-9, rel=1e-15)


def test_determinants_and_lengths():
    a = np.random.default_rng(1).standard_normal((3, 3, 5))
    assert determinant(a) == pytest.approx(np.linalg.det(np.moveaxis(a, 2, 0)), rel=1e-12)
    assert norm(a) == pytest.approx(np.linalg.norm(a, axis=0), rel=1e-14)
