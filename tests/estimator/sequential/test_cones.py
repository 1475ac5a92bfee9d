"""Neurons with a given pattern of firing have the law of those that happen to have it."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, kstest

from relu_prob.estimator.sequential import cones
from relu_prob.estimator.sequential.cones import draw_outputs
from relu_prob.orthant.cells import cells

LEVEL = 1e-6
NUMBER = 4_000

SETS = {
    "two": np.array([[1.0, 0], [0.6, 0.8]]),
    "two, nearly opposite": np.array([[1.0, 0], [-np.cos(1e-3), np.sin(1e-3)]]),
    "orthogonal": np.eye(3),
    "generic": np.array([[1, 0, 0], [0.48, 0.6, 0.64], [-0.6, 0.8, 0]]),
    "in a plane": np.array([[1, 0, 0], [0.6, 0.8, 0], [-0.28, -0.96, 0]]),
    "two of them parallel": np.array([[1, 0, 0], [1, 0, 0], [-0.6, 0.8, 0]]),
    "close": np.array([[1, 0, 0], [0.8, 0.6, 0], [0.96, 0, 0.28]]),
}


def drawn(points, pattern, number=NUMBER, seed=0):
    a = np.repeat(points[:, :, None], number, axis=2)
    patterns = np.full((1, number), pattern, dtype=np.int8)
    return draw_outputs(a, cells(a), patterns, np.random.default_rng(seed))[:, 0]


def seen(points, seed=1, number=150_000):
    g = np.random.default_rng(seed).standard_normal((number, len(points)))
    y = g @ points.T
    return y, (y > 0) @ (1 << np.arange(len(points)))


# cells of points in a plane are no triangles
WAYS = [
    (name, small_part)
    for name, points in SETS.items()
    for small_part in (0.0, cones.SMALL_PART, 2.0)
    if small_part < 2.0 or abs(np.linalg.det(points)) > 1e-9
]


@pytest.mark.parametrize(("name", "small_part"), WAYS)
def test_against_neurons_that_happen_to_have_the_pattern(name, small_part, monkeypatch):
    """Each output, and their sum and difference; by wedges, by flat triangles, and by the one that suits."""
    points = SETS[name]
    monkeypatch.setattr(cones, "SMALL_PART", small_part)
    y, pattern = seen(points)
    for c in range(1, 2 ** len(points)):
        some = np.maximum(y[pattern == c], 0.0).T
        if some.shape[1] < 100:
            continue
        ours = drawn(points, c)
        firing = [i for i in range(len(points)) if c >> i & 1]
        assert (ours[firing] > 0).all()
        assert not np.delete(ours, firing, axis=0).any()
        for direction in (*np.eye(len(points))[firing], np.ones(len(points)), np.arange(len(points)) - 1.3):
            assert ks_2samp(direction @ ours, direction @ some).pvalue > LEVEL / 100


def test_one_point_is_half_normal():
    assert kstest(drawn(np.ones((1, 1)), 1)[0], "halfnorm").pvalue > LEVEL


def test_tiny_wedges_and_triangles_have_the_right_scale():
    """In a wedge of angle e, |y_1|/e is the radius times a uniform number: mean sqrt(pi/2)/2."""
    e = 1e-12
    ours = drawn(np.array([[1.0, 0], [np.cos(e), np.sin(e)]]), 1)
    assert ours[0].mean() / e == pytest.approx(np.sqrt(np.pi / 2) / 2, rel=5 / NUMBER**0.5)
    # three directions at 120 degrees, lifted from their plane by e: all fire where g is near its normal
    lift = np.array([[np.cos(t), np.sin(t), e] for t in (0, 2 * np.pi / 3, 4 * np.pi / 3)])
    points = np.linalg.qr(lift.T)[1].T
    points *= np.sign(np.diag(points))
    ours = drawn(points, 7)
    assert (ours > 0).all()
    # y_i = 3 b_i e r: b uniform on a simplex, r with three degrees of freedom
    for row in ours:
        assert row.mean() / e == pytest.approx(2 * np.sqrt(2 / np.pi), rel=5 / NUMBER**0.5)


def test_no_neuron_puts_out_nothing():
    a = np.repeat(np.eye(3)[:, :, None], 4, axis=2)
    assert not draw_outputs(a, cells(a), np.zeros((5, 4), dtype=np.int8), np.random.default_rng(0)).any()
