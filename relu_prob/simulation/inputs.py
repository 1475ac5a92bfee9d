"""Which inputs show everything: networks in which finitely many vertices decide death in every layer.

That is so for

- finitely many points;
- one input dimension, any biases: the domain is a line segment, half line or line, and its image a polyline;
- zero biases and a domain in R^1, where the network is linear on each of the two rays;
- zero biases and a domain in R^2: the network is determined by its values on a curve that meets every ray.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from relu_prob.domains import Box, Orthant, Points
from relu_prob.network import Network

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Vertices:
    """Inputs in homogeneous coordinates, shape (vertices, d + 1), or (vertices, d) with zero biases.

    ``joined`` says whether the domain consists of the segments from each vertex to the next, or of the vertices (with
    zero biases: of the rays through them) alone.
    """

    array: Array
    joined: bool


def deciding_vertices(network: Network) -> Vertices | None:
    """The vertices of the domain that decide death in every layer, or None where finitely many do not suffice.

    >>> deciding_vertices(Network((1, 4, 4, 1)))
    Vertices(array=array([[-1.],
           [ 1.]]), joined=False)
    >>> deciding_vertices(Network((3, 4, 4, 1))) is None
    True
    """
    if isinstance(network.domain, Points):
        return _points(network.domain, network.zero_bias)
    ends = network.domain.interval(network.input_dimension)
    if ends is not None:
        return _rays_of_line(*ends) if network.zero_bias else _line(*ends)
    if network.input_dimension == 2 and network.zero_bias:
        return Vertices(np.array(_curve_in_plane(network)), joined=True)
    return None


def _points(domain: Points, zero_bias: bool) -> Vertices:
    points = domain.array
    if zero_bias:
        # all points of one ray give the same signs; at the point 0 no neuron fires
        points = points[np.any(points, axis=1)][: 1 if domain.single_ray(points.shape[1]) else None]
    else:
        points = np.pad(points, ((0, 0), (0, 1)), constant_values=1.0)
    return Vertices(points, joined=False)


def _rays_of_line(low: Fraction | float, high: Fraction | float) -> Vertices:
    """With zero biases the only kink is at 0, where nothing fires; so the two rays need not be joined."""
    return Vertices(np.array([[x] for x, there in ((-1.0, low < 0), (1.0, high > 0)) if there]), joined=False)


def _line(low: Fraction | float, high: Fraction | float) -> Vertices:
    vertices = [_homogeneous(low), _homogeneous(high)]
    if isinstance(low, float) and isinstance(high, float):
        # the segment between two opposite points at infinity needs a finite point
        vertices.insert(1, (0.0, 1.0))
    return Vertices(np.array(vertices), joined=True)


def _homogeneous(x: Fraction | float) -> tuple[float, float]:
    if isinstance(x, float):
        # only the infinite ends are floats
        return (1.0 if x > 0 else -1.0, 0.0)
    scale = max(abs(x), Fraction(1))
    return (float(x / scale), float(1 / scale))


def _curve_in_plane(network: Network) -> list[tuple[float, float]]:
    """A polygon that meets every ray of the domain, and passes through 0 only at a vertex."""
    domain = network.domain
    if isinstance(domain, Orthant):
        return [(1.0, 0.0), (0.0, 1.0)]
    if domain.surrounds_zero:
        return [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)]
    assert isinstance(domain, Box)
    (left, bottom), (right, top) = domain.low, domain.high
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    curve = [corners[0]]
    for a, b in pairwise(corners):
        # at 0 every neuron crosses zero at once, which only an exact 0 in the place of rounded values can show
        if any(a[i] == b[i] == 0 and a[1 - i] * b[1 - i] < 0 for i in (0, 1)):
            curve.append((Fraction(0), Fraction(0)))
        curve.append(b)
    scale = max(abs(v) for corner in corners for v in corner)
    return [(float(x / scale), float(y / scale)) for x, y in curve]
