"""Exact decisions along a line of inputs, against rational arithmetic and against dense grids."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import Constant, Normal, PyTorchDefault, Rademacher, SphereUniform, sample_layer
from relu_prob.network import Network
from relu_prob.simulation.arrangement import rays
from relu_prob.simulation.firing import exact_layers, firing
from relu_prob.simulation.polyline import relu_with_kinks


def draw(network, size, seed):
    rng = np.random.default_rng(seed)
    return [sample_layer(network.weights, network.biases, rng, size, *fans) for fans in pairwise(network.widths[:-1])]


def decisions(network, layers):
    return [layer.fires for layer in firing(network, layers, np.random.default_rng(0))]


def exact_decisions(vertices, layers, net):
    """In rationals: vertices are lists of homogeneous coordinates, whose last entry is the scale s."""
    vertices = [[Fraction(v) for v in vertex] for vertex in vertices]
    for w, b in layers:
        rows = [[Fraction(v) for v in (*row, bias)] for row, bias in zip(w[net], b[net], strict=True)]
        images = [[sum(map(Fraction.__mul__, row, h)) for row in rows] + [h[-1]] for h in vertices]
        yield [any(image[j] > 0 for image in images) for j in range(len(rows))]
        vertices = [images[0]]
        for start, end in pairwise(images):
            times = sorted({a / (a - c) for a, c in zip(start, end, strict=True) if a * c < 0})
            vertices += [[(1 - t) * a + t * c for a, c in zip(start, end, strict=True)] for t in times]
            vertices.append(end)
        vertices = [[max(v, Fraction(0)) for v in vertex] for vertex in vertices]


LINES = [
    (Interval(-1, 1), [[-1, 1], [1, 1]]),
    (Interval(Fraction(1, 3), 2), [[Fraction(1, 3), 1], [2, 1]]),
    (Ball(4), [[-4, 1], [4, 1]]),
    (Orthant(), [[0, 1], [1, 0]]),
    (WholeSpace(), [[-1, 0], [0, 1], [1, 0]]),
]
LAWS = [
    {"biases": Normal(1)},
    {"weights": PyTorchDefault()},
    {"weights": SphereUniform()},
    {"weights": Rademacher(), "biases": Normal(1)},
    # exact ties have positive probability
    {"weights": Rademacher(), "biases": Constant(Fraction(-1, 10))},
    {"weights": Rademacher(), "biases": Constant(Fraction(1, 3))},
]


@pytest.mark.parametrize(("domain", "vertices"), LINES, ids=repr)
@pytest.mark.parametrize("laws", LAWS, ids=repr)
def test_line_against_rationals(domain, vertices, laws):
    network = Network((1, 3, 3, 2, 1), domain=domain, **laws)
    layers = draw(network, 20, seed=1)
    assert exact_layers(network) == 3
    found = decisions(network, layers)
    if isinstance(network.biases, Constant):
        # the rationals that are meant, not those that the floats store
        value = network.biases.value
        layers = [(w, np.full(b.shape, value, dtype=object)) for w, b in layers]
    for net in range(20):
        expected = list(exact_decisions(vertices, layers, net))
        assert [fires[net].tolist() for fires in found] == expected


def forward(layers, net, points):
    h = points
    for w, b in layers:
        h = np.maximum(h @ w[net].T + b[net], 0)
        yield (h > 0).any(axis=0)


BOXES = [
    Box((0, 0), (1, 1)),
    Box((Fraction(-1, 3), 0), (Fraction(7, 10), 1)),
    Box((1, -1), (2, 3)),
    Box((-3, -1), (0, Fraction(3, 7))),
    Box((-1, -1), (3, 1)),
]


def points_of(domain, dimension):
    """20000 points of the domain; if it is unbounded, of a large part of it."""
    count = 20_000
    if dimension == 1:
        low, high = (min(max(float(v), -1e3), 1e3) for v in domain.interval(1))
        near = np.linspace(max(low, -5), min(high, 5), count // 2)
        return np.concatenate([np.linspace(low, high, count // 2), near])[:, None]
    if isinstance(domain, Box):
        low, high = np.array(domain.low, dtype=float), np.array(domain.high, dtype=float)
        return np.random.default_rng(5).uniform(low, high, (count, 2))
    angle = np.linspace(0, np.pi / 2 if isinstance(domain, Orthant) else 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize("box", BOXES, ids=repr)
@pytest.mark.parametrize("weights", [None, Rademacher()], ids=repr)
def test_plane_against_rationals(box, weights):
    network = Network((2, 4, 4, 2, 1), weights=weights, domain=box)
    layers = draw(network, 20, seed=8)
    (left, bottom), (right, top) = box.low, box.high
    loop = [[left, bottom, 1], [right, bottom, 1], [right, top, 1], [left, top, 1], [left, bottom, 1]]
    found = decisions(network, layers)
    for net in range(20):
        assert [fires[net].tolist() for fires in found] == list(exact_decisions(loop, layers, net))


@pytest.mark.parametrize(
    "network",
    [Network((1, 4, 4, 4, 1), domain=domain, biases=Normal(1)) for domain, _ in LINES]
    + [Network((2, 3, 3, 3, 1), domain=domain) for domain in (Ball(1), Orthant(), *BOXES)]
    + [Network((1, 4, 4, 4, 1), domain=domain) for domain in (Ball(1), Interval(0, 1), Orthant())],
    ids=str,
)
def test_no_grid_finds_more_and_nearly_none_less(network):
    size = 20
    layers = draw(network, size, seed=2)
    found = decisions(network, layers)
    points = points_of(network.domain, network.input_dimension)
    missed = firing_neurons = 0
    for net in range(size):
        for layer, seen in enumerate(forward(layers, net, points)):
            fires = found[layer][net]
            assert not (seen & ~fires).any()
            missed += int((fires & ~seen).sum())
            firing_neurons += int(fires.sum())
    assert missed <= 0.01 * firing_neurons


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_curve_around_zero_agrees_with_the_arrangement(n):
    network = Network((2, n, 6, 1))
    (w, b), (w2, b2) = draw(network, 2000, seed=3)
    h = np.maximum(rays(network, w)[1], 0)
    by_rays = (h @ np.swapaxes(w2, 1, 2) > 0).any(axis=1)
    np.testing.assert_array_equal(decisions(network, [(w, b), (w2, b2)])[1], by_rays)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Network((2, 3, 3, 3, 1), domain=Box((0, 0), (2, 3))), Network((2, 3, 3, 3, 1), domain=Orthant())),
        (Network((2, 3, 3, 3, 1), domain=Box((-1, -2), (2, 3))), Network((2, 3, 3, 3, 1), domain=Ball(7))),
        (Network((1, 3, 3, 3, 1), domain=Interval(-1, 3)), Network((1, 3, 3, 3, 1), domain=WholeSpace())),
        (Network((1, 3, 3, 3, 1), domain=Interval(1, 3)), Network((1, 3, 3, 3, 1), domain=Orthant())),
        (Network((1, 3, 3, 3, 1)), Network((1, 3, 3, 3, 1), domain=Points([[5], [-1]]))),
    ],
    ids=str,
)
def test_with_zero_biases_only_directions_matter(one, other):
    layers = draw(one, 500, seed=4)
    for a, b in zip(decisions(one, layers), decisions(other, layers), strict=True):
        np.testing.assert_array_equal(a, b)


def test_points_against_a_forward_pass():
    points = Points(np.random.default_rng(0).normal(size=(5, 3)).tolist())
    network = Network((3, 4, 4, 1), biases=Normal(1), domain=points)
    layers = draw(network, 200, seed=5)
    found = decisions(network, layers)
    for net in range(200):
        for layer, seen in enumerate(forward(layers, net, network.domain.array)):
            assert found[layer][net].tolist() == seen.tolist()


def test_equal_discrete_terms_cancel():
    """0.1 + 0.1 + 0.1 - 0.1 - 0.1 - 0.1 is not 0 in floating point."""
    network = Network((1, 6, 1, 1), weights=Rademacher(), domain=Points([[0.1], [0.7]]))
    w = np.ones((1, 6, 1))
    w2 = np.array([[[1.0, 1, 1, -1, -1, -1]]])
    assert not decisions(network, [(w, np.zeros((1, 6))), (w2, np.zeros((1, 1)))])[1].any()


def test_neurons_that_cross_zero_together_leave_no_gap():
    """In layer 2 three neurons cross zero at one ray, in floating point at three: between those a layer 3 may fire."""
    rows = [
        ["++", "-+", "++", "++"],
        ["-+--", "-++-", "-+--", "-+-+"],
        ["+-+-", "-++-", "+---", "+--+"],
    ]
    layers = [(np.array([[[{"+": 1.0, "-": -1.0}[c] for c in row] for row in w]]), np.zeros((1, 4))) for w in rows]
    box = Box((Fraction(-1, 3), 0), (Fraction(7, 10), 1))
    network = Network((2, 4, 4, 4, 1), weights=Rademacher(), domain=box)
    fires = decisions(network, layers)
    loop = [[-1, 0, 3], [7, 0, 10], [7, 10, 10], [-1, 3, 3], [-1, 0, 3]]
    assert [layer[0].tolist() for layer in fires] == list(exact_decisions(loop, layers, 0))
    assert not fires[2].any()


def test_no_underflow_and_no_overflow_in_deep_networks():
    for sigma in (1e-100, 1e100):
        small, plain = (Network((1,) + (4,) * 30 + (1,), weights=Normal(s)) for s in (sigma, 1))
        layers = draw(plain, 200, seed=6)
        scaled = [(w * sigma, b) for w, b in layers]
        for a, b in zip(decisions(small, scaled), decisions(plain, layers), strict=True):
            np.testing.assert_array_equal(a, b)


def test_networks_of_a_batch_do_not_touch_each_other():
    network = Network((1, 5, 5, 5, 1), biases=Normal(1))
    layers = draw(network, 50, seed=7)
    together = decisions(network, layers)
    for net in range(50):
        alone = decisions(network, [(w[net : net + 1], b[net : net + 1]) for w, b in layers])
        for a, b in zip(alone, together, strict=True):
            np.testing.assert_array_equal(a[0], b[net])


def test_vertices_are_in_order_and_padded_by_the_last():
    z = np.array([[[-1.0, 3.0], [3.0, -1.0]], [[1.0, 1.0], [2.0, 2.0]]])
    h, used = relu_with_kinks(z, np.array([2, 2]))
    np.testing.assert_array_equal(h[0], [[0, 3], [0, 2], [2, 0], [3, 0]])
    np.testing.assert_array_equal(h[1], [[1, 1], [2, 2], [2, 2], [2, 2]])
    assert used.tolist() == [4, 2]
