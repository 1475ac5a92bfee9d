"""Networks as piecewise linear functions: against exact forward passes, between the vertices too."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from relu_prob.concrete import exact, pieces
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.concrete.pieces import TimeIsUp, on_path, on_polygons
from relu_prob.initialization import Normal, Rademacher
from relu_prob.network import Network

LAWS = [{}, {"biases": Normal(1)}, {"weights": Rademacher()}]
SQUARE = [tuple(map(Fraction, x)) for x in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def value(v):
    return [Fraction(int(x), int(v[-1])) for x in v[:-1]]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 2**32), st.sampled_from(LAWS))
@settings(max_examples=40)
def test_on_a_path(widths, seed, law):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((2, *widths, 1), **law), rng)
    path = [tuple(map(Fraction, row.tolist())) for row in rng.integers(-3, 4, (3, 2)).astype(float)]
    for layer, (inputs, vertices) in enumerate(on_path(net, path), 1):
        values = list(map(value, vertices))
        assert values == [exact.preactivations(net, x, layer) for x in inputs]
        # linear in between: at a third of every segment
        for (x, y), (u, v) in zip(pairwise(inputs), pairwise(values), strict=True):
            between = tuple((2 * p + q) / 3 for p, q in zip(x, y, strict=True))
            assert exact.preactivations(net, between, layer) == [(2 * p + q) / 3 for p, q in zip(u, v, strict=True)]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 2**32), st.sampled_from(LAWS))
@settings(max_examples=30)
def test_on_a_square(widths, seed, law):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((2, *widths, 1), **law), rng)
    inside = [tuple(map(Fraction, x.tolist())) for x in rng.uniform(-1, 1, (30, 2))]
    for layer, (inputs, vertices) in enumerate(on_polygons(net, [SQUARE]), 1):
        values = list(map(value, vertices))
        assert values == [exact.preactivations(net, x, layer) for x in inputs]
        tops = [max(column) for column in zip(*values, strict=True)]
        for x in inside:
            assert all(z <= top for z, top in zip(exact.preactivations(net, x, layer), tops, strict=True))


def area(cell, inputs):
    corners = [inputs[i] for i in cell]
    turns = (x[0] * y[1] - x[1] * y[0] for x, y in zip(corners, corners[1:] + corners[:1], strict=True))
    return sum(turns) / 2


@pytest.mark.parametrize("seed", range(5))
def test_cuts_lose_no_area_and_leave_one_sign_in_every_cell(seed):
    rng = np.random.default_rng(seed)
    (matrix,) = exact.rows(ConcreteNetwork.draw(Network((2, 6, 1), biases=Normal(1)), rng), 1)
    inputs = list(SQUARE)
    vertices = [matrix @ exact.homogeneous(x) for x in SQUARE]
    cells = [[0, 1, 2, 3]]
    for k in range(6):
        cells = pieces._cut(cells, k, inputs, vertices, lambda: False)
        areas = [area(cell, inputs) for cell in cells]
        assert sum(areas) == 4
        assert min(areas) > 0
        assert all(min(z) >= 0 or max(z) <= 0 for z in ([vertices[i][k] for i in cell] for cell in cells))
    # general position: 1 + lines + crossings inside the square
    assert len(cells) <= 1 + 6 + 15


def test_by_hand():
    """|x| + |y| on the square of half-side 1 is cut into 4 squares, and largest at the corners."""
    net = ConcreteNetwork([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 1, 1]], [[1]]])
    (_, first), (inputs, second) = on_polygons(net, [SQUARE])
    assert len(first) == 4
    assert sorted(map(tuple, inputs)) == [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    assert {x: value(v)[0] for x, v in zip(inputs, second, strict=True)} == {x: abs(x[0]) + abs(x[1]) for x in inputs}


def test_time():
    net = ConcreteNetwork([[[1.0, 1.0]], [[1.0]]])
    for found in (on_path(net, SQUARE, lambda: True), on_polygons(net, [SQUARE], lambda: True)):
        with pytest.raises(TimeIsUp):
            next(found)
