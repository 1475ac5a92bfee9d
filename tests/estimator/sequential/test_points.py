"""Points as unit vectors: exact dependence, images under a layer, and scales."""

import numpy as np
import pytest

from relu_prob.domains import Points
from relu_prob.estimator.sequential.points import distinct, images, inputs
from relu_prob.initialization import LeCunNormal, Normal
from relu_prob.network import Network
from relu_prob.orthant.cells import determinant


def gram(a):
    return np.einsum("ilN,klN->ikN", a, a)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_points_that_look_the_same_are_one():
    assert len(distinct(Network((2, 3, 1), domain=Points([[1, 2], [2, 4], [0, 0], [-1, -2]])))) == 2
    assert len(distinct(Network((2, 3, 1), domain=Points([[1, 2], [2, 4], [1, 2], [0, 0]]), biases=Normal(1)))) == 3


@pytest.mark.parametrize("points", [[[1, 2], [3, -1]], [[1, 2, 3], [0.1, 0, 1], [-5, 1, 1]], [[1], [-1]]])
def test_zero_biases_see_directions(points):
    found = inputs(Network((len(points[0]), 3, 1), domain=Points(points)))
    x = unit(np.array(points, dtype=float))
    assert gram(found.a)[:, :, 0] == pytest.approx(x @ x.T, abs=1e-15)
    assert not found.tau.any()
    assert not np.triu(found.a[:, :, 0], 1).any()


def test_biases_add_a_coordinate():
    points = [[1, 2], [0, 0], [3, -1]]
    found = inputs(Network((2, 5, 1), domain=Points(points), weights=LeCunNormal(), biases=Normal(0.25)))
    x = unit(np.column_stack([np.array(points) / 2**0.5, [0.25] * 3]))
    assert gram(found.a)[:, :, 0] == pytest.approx(x @ x.T, abs=1e-15)
    assert found.tau[:, 0] == pytest.approx(x[:, 2])


@pytest.mark.parametrize(
    "points",
    [[[1, 0], [0, 1], [-1, -1]], [[0.1, 0.7, 3], [5, -2, 0.3], [10.2, -2.6, 6.6]], [[3, 4], [-3, -4], [1, 7]]],
)
def test_points_in_a_plane_stay_there(points):
    """Rationals decide: 10.2 = 2 * 5 + 2 * 0.1 as decimals is not an equation of the floats that stand for them."""
    a = inputs(Network((len(points[0]), 3, 1), domain=Points(points))).a
    assert (determinant(a)[0] == 0) == (len(points[0]) == 2)
    assert abs(determinant(a)[0]) < 1e-7


def test_huge_and_tiny_inputs():
    a = inputs(Network((2, 3, 1), domain=Points([[1e200, 0], [1e-200, 1e-200]]))).a[:, :, 0]
    assert a == pytest.approx(np.array([[1, 0], [0.5**0.5, 0.5**0.5]]))
    found = inputs(Network((1, 3, 1), domain=Points([[1e200], [0]]), biases=Normal(1e-200)))
    assert found.tau[:, 0].tolist() == [0, 1]


@pytest.mark.parametrize("sigma", [None, 0.5])
def test_images_have_the_right_angles(sigma):
    """Of three points under a layer of five neurons, in sets of their own for every particle."""
    rng = np.random.default_rng(3)
    h = np.maximum(rng.standard_normal((3, 5, 4)), 0)
    h[:, 3:, 1] = 0
    h[:, 1:, 2] = 0
    h[:, 0] += 0.1
    live = np.array([5, 3, 1, 5])
    biases = None if sigma is None else Normal(sigma)
    net = Network((2, 5, 6, 1), domain=Points([[1, 0], [0, 1], [1, 1]]), biases=biases)
    tau = np.full((3, 4), 0.0 if sigma is None else 0.3)
    found = images(net, 2, h, tau, live)
    for k in range(4):
        rows = h[:, :, k] if sigma is None else np.column_stack([(2 / 5) ** 0.5 * h[:, :, k], [0.3] * 3])
        x = unit(rows)
        assert gram(found.a)[:, :, k] == pytest.approx(x @ x.T, abs=1e-14)
        if sigma is not None:
            assert found.tau[:, k] == pytest.approx(x[:, -1], rel=1e-14)
    assert np.linalg.norm(found.a, axis=1) == pytest.approx(np.ones((3, 4)), rel=1e-15)
    if sigma is None:
        # one neuron: one ray, exactly
        assert found.a[:, :, 2].tolist() == [[1, 0, 0]] * 3


def test_two_points_on_one_ray_and_a_third_that_is_not():
    """The first two see the first neuron only, so the third has the other dimension."""
    h = np.zeros((3, 4, 1))
    h[0, 0], h[1, 0], h[2, 1] = 0.9, 0.3, 0.2
    net = Network((2, 4, 4, 1), domain=Points([[1, 0], [0, 1], [1, 1]]))
    found = images(net, 2, h, np.zeros((3, 1)), np.array([2]))
    assert gram(found.a)[:, :, 0].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
