"""Given networks as piecewise linear functions on polygonal paths and on polygons, exactly.

A path is cut into segments, a polygon into convex polygons, on each of which all pre-activations of a layer are linear.
So a neuron fires somewhere if and only if it fires at a vertex. Where a coordinate k changes its sign between the
vertices u and v, the point ``|v_k| u + |u_k| v`` in homogeneous coordinates has a k-th coordinate of exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from relu_prob.concrete.exact import Integers, Point, homogeneous, reduced, relu, rows
from relu_prob.concrete.network import ConcreteNetwork

Vertices = tuple[list[Point], list[Integers]]
OutOfTime = Callable[[], bool]


class TimeIsUp(Exception):
    """What was allowed to take a certain time has taken it."""


def _never() -> bool:
    return False


def on_path(network: ConcreteNetwork, path: Sequence[Point], out_of_time: OutOfTime = _never) -> Iterator[Vertices]:
    """For each hidden layer the vertices of its pre-activations on a path: inputs in order, homogeneous vectors there.

    Raises
    ------
    TimeIsUp
        As soon as ``out_of_time()``.

    >>> net = ConcreteNetwork([[[1.0], [-1.0]], [[-1.0, -1.0]], [[1.0]]], [[0.0, 0.0], [0.5], [0.0]])
    >>> for inputs, vertices in on_path(net, [(Fraction(-1),), (Fraction(1),)]):
    ...     print([str(x) for (x,) in inputs], [str(Fraction(v[0], v[-1])) for v in vertices])
    ['-1', '1'] ['-1', '1']
    ['-1', '0', '1'] ['-1/2', '1/2', '-1/2']
    """
    inputs, outputs = list(path), [homogeneous(x) for x in path]
    for matrix in rows(network, network.depth):
        vertices = [_product(matrix, v, out_of_time) for v in outputs]
        yield inputs, vertices
        cut_inputs, outputs = [inputs[0]], [relu(vertices[0])]
        for (x, y), (u, v) in zip(pairwise(inputs), pairwise(vertices), strict=True):
            kinks: dict[Fraction, Integers] = {}
            for k in range(len(u) - 1):
                if u[k] * v[k] < 0:
                    share, point = _crossing(u, v, k)
                    kinks.setdefault(share, point)
            for share in sorted(kinks):
                _check(out_of_time)
                cut_inputs.append(_between(x, y, share))
                outputs.append(relu(reduced(kinks[share])))
            cut_inputs.append(y)
            outputs.append(relu(v))
        inputs = cut_inputs


def on_polygons(
    network: ConcreteNetwork, polygons: Sequence[Sequence[Point]], out_of_time: OutOfTime = _never
) -> Iterator[Vertices]:
    """For each hidden layer the vertices of its pre-activations on convex polygons, as ``on_path`` has them on a path.

    Each polygon is given by its corners in cyclic order; they may lie in a space of any dimension.

    >>> net = ConcreteNetwork([[[1.0, -1.0]], [[1.0]]])
    >>> square = [tuple(map(Fraction, x)) for x in ((0, 0), (1, 0), (1, 1), (0, 1))]
    >>> [len(inputs) for inputs, _ in on_polygons(net, [square])]
    [4]
    """
    inputs: list[Point] = list(dict.fromkeys(x for polygon in polygons for x in polygon))
    number = {x: i for i, x in enumerate(inputs)}
    cells = [[number[x] for x in polygon] for polygon in polygons]
    outputs = [homogeneous(x) for x in inputs]
    for matrix in rows(network, network.depth):
        vertices = [_product(matrix, v, out_of_time) for v in outputs]
        yield list(inputs), list(vertices)
        for k in range(len(matrix) - 1):
            cells = _cut(cells, k, inputs, vertices, out_of_time)
        outputs = [relu(v) for v in vertices]


def _cut(
    cells: list[list[int]], k: int, inputs: list[Point], vertices: list[Integers], out_of_time: OutOfTime
) -> list[list[int]]:
    """The cells, those cut in two in which coordinate k has both signs; new vertices are appended to the lists."""
    found: dict[tuple[int, int], int] = {}
    result = []
    for cell in cells:
        _check(out_of_time)
        signs = [vertices[i][k] for i in cell]
        if min(signs) >= 0 or max(signs) <= 0:
            result.append(cell)
            continue
        sides: tuple[list[int], list[int]] = ([], [])
        for i, j in zip(cell, cell[1:] + cell[:1], strict=True):
            u, v = vertices[i], vertices[j]
            for side, sign in zip(sides, (1, -1), strict=True):
                if sign * u[k] >= 0:
                    side.append(i)
            if u[k] * v[k] < 0:
                edge = (min(i, j), max(i, j))
                if edge not in found:
                    share, point = _crossing(u, v, k)
                    found[edge] = len(inputs)
                    inputs.append(_between(inputs[i], inputs[j], share))
                    vertices.append(reduced(point))
                for side in sides:
                    side.append(found[edge])
        result.extend(sides)
    return result


def _crossing(u: Integers, v: Integers, k: int) -> tuple[Fraction, Integers]:
    """Where coordinate k vanishes between u and v: the share of the way from u, and the point there."""
    a, b = abs(v[k]), abs(u[k])
    return Fraction(b * v[-1], a * u[-1] + b * v[-1]), a * u + b * v


def _between(x: Point, y: Point, share: Fraction) -> Point:
    return tuple(p + share * (q - p) for p, q in zip(x, y, strict=True))


def _product(matrix: Integers, v: Integers, out_of_time: OutOfTime) -> Integers:
    _check(out_of_time)
    return reduced(matrix @ v)


def _check(out_of_time: OutOfTime) -> None:
    if out_of_time():
        raise TimeIsUp
