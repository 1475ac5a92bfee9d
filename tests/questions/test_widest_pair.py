"""The two inputs that are farthest apart."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from relu_prob import Box, HeUniform, Interval, Network, Normal, Orthant, Points, WholeSpace
from relu_prob.questions import widest_pair as module
from relu_prob.questions.widest_pair import has_opposite_rays, widest_pair


def angle(pair):
    u, v = pair.network.domain.array
    return np.arccos(np.clip(u @ v / np.linalg.norm(u) / np.linalg.norm(v), -1, 1))


@pytest.mark.parametrize(
    "net",
    [
        Network((3, 4, 2, 5)),
        Network((3, 4, 2, 5), domain=WholeSpace()),
        Network((3, 4, 2, 5), domain=Box((0, -1, 0), (1, 2, 1))),
        Network((3, 4, 2, 5), domain=Points([[1, 2, 3], [1, 0, 0], [-2, -4, -6]])),
    ],
    ids=str,
)
def test_opposite_inputs_are_one_dimension(net):
    pair = widest_pair(net)
    assert pair.network == Network((1, 4, 2, 5))
    assert (pair.angle, pair.until) == ("opposite inputs", 2)


def test_other_laws_are_those_of_one_dimension_up_to_layer_two_only():
    assert widest_pair(Network((3, 4, 4, 4, 1), weights=HeUniform())).until == 2
    assert widest_pair(Network((3, 4, 4, 4, 1))).until == 3


@pytest.mark.parametrize(
    "net",
    [
        Network((1, 4, 1), domain=Interval(0, 1)),
        Network((2, 4, 1), biases=Normal(1)),
        Network((2, 4, 1), domain=Points([[1, 2], [2, 4], [0, 0]])),
        Network((1, 4, 1), domain=Orthant()),
    ],
    ids=str,
)
def test_there_is_none_on_one_ray_or_with_biases(net):
    assert widest_pair(net) is None


@pytest.mark.parametrize("domain", [Orthant(), Box((0, 0, 0), (1, 2, 1)), Box((-1, 0, 0), (0, 2, 1))], ids=str)
def test_axes_are_at_right_angles(domain):
    pair = widest_pair(Network((3, 4, 1), domain=domain))
    u, v = pair.network.domain.points
    assert sum(a * b for a, b in zip(u, v, strict=True)) == 0
    assert pair.angle == "inputs 90 degrees apart"


boxes = st.lists(st.tuples(st.integers(-4, 4), st.integers(1, 5)), min_size=2, max_size=3).map(
    lambda sides: Box([a for a, _ in sides], [a + b for a, b in sides])
)


@given(boxes)
@settings(max_examples=60)
def test_the_corners_of_a_box_that_are_farthest_apart(box):
    d = box.dimension
    corners = np.array(np.meshgrid(*zip(map(float, box.low), map(float, box.high), strict=True))).reshape(d, -1).T
    pair = widest_pair(Network((d, 4, 1), domain=box))
    if has_opposite_rays(box):
        assert all(a <= 0 <= b for a, b in zip(box.low, box.high, strict=True))
        assert pair.angle == "opposite inputs"
        return
    rays = corners[np.abs(corners).max(axis=1) > 0]
    unit = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    # arccos(x) near x = 1 turns an error of 2^-53 d into its root
    assert angle(pair) == pytest.approx(np.arccos(np.clip((unit @ unit.T).min(), -1, 1)), abs=1e-7)
    for point in pair.network.domain.points:
        assert all(a <= x <= b for a, x, b in zip(box.low, point, box.high, strict=True))


def test_many_points_and_many_corners(monkeypatch):
    points = np.random.default_rng(0).normal(size=(40, 3))
    all_pairs = angle(widest_pair(Network((3, 4, 1), domain=Points(points))))
    monkeypatch.setattr(module, "MOST_CANDIDATES", 10)
    some = angle(widest_pair(Network((3, 4, 1), domain=Points(points))))
    assert 0.8 * all_pairs < some <= all_pairs + 1e-12
    wide = widest_pair(Network((6, 4, 1), domain=Box([1] * 6, [3] * 6)))
    assert all(x in (1, 3) for point in wide.network.domain.points for x in point)


def test_an_angle_in_words():
    pair = widest_pair(Network((2, 4, 1), domain=Points([[1, 0], [1, 1], [Fraction(1, 2), Fraction(1, 4)]])))
    assert pair.angle == "inputs 45 degrees apart"
    assert pair.network.domain == Points([[1, 0], [1, 1]])
