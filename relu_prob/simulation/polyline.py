"""The image of a line of inputs under ReLU layers is a polyline; this file follows its vertices exactly.

A vertex is stored in homogeneous coordinates: the values h of the layer's neurons and a scale s. An input x is
(x, 1), the point at infinity in direction x is (x, 0), and any positive multiple of (h, s) stands for the same vertex.
A layer with biases is then linear, ``(h, s) -> (W h + b s, s)``, and so is the way from one vertex to the next.
With zero biases s is left out; the vertices are then rays, and the polyline may go once around the origin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]


def relu_with_kinks(z: Array, used: IntArray, tie: float = 0.0) -> tuple[Array, IntArray]:
    """The polyline relu(z) of each network, with a vertex inserted wherever a coordinate crosses zero.

    Where ``a`` and ``b`` are the values of a neuron at the two ends of a segment and have opposite signs, the crossing
    is at ``t = a / (a - b)`` and the new vertex is ``(1 - t) z(a) + t z(b)``, where that neuron's value is exactly 0.

    Parameters
    ----------
    z : shape (size, vertices, neurons), pre-activations at the vertices; those from number ``used`` on repeat the last
    used : shape (size,), the number of vertices of each network
    tie : crossings of a segment whose t differ by at most this are one. With discrete weights several neurons may
        cross zero together; rounded apart, they would leave a gap in which deeper neurons could seem to fire.

    Returns
    -------
    The new vertices, of shape (size, max(used), neurons) and padded in the same way, and the new ``used``.

    Notes
    -----
    Rounding cannot make a neuron fire that does not: a new vertex is a combination with weights 1 - t and t >= 0, so
    that two values <= 0 give a value <= 0; and a crossing neuron is set to 0 on its whole dead side, which is decided
    by comparing t with its own crossing, never by the sign of a rounded value.

    >>> line = np.array([[[-1.0, 1.0], [1.0, 1.0]]])  # one network, two vertices, two neurons
    >>> relu_with_kinks(line, np.array([2]))[0]
    array([[[0., 1.],
            [0., 1.],
            [1., 1.]]])
    """
    positive, negative = z > 0, z < 0
    crossing = (positive[:, :-1] & negative[:, 1:]) | (negative[:, :-1] & positive[:, 1:])
    net, segment, neuron = np.nonzero(crossing)
    h = np.maximum(z, 0.0)
    if not len(net):
        return h, used
    start, end, crosses = z[net, segment], z[net, segment + 1], crossing[net, segment]
    times = np.divide(start, start - end, where=crosses, out=np.zeros_like(start))
    t = times[np.arange(len(net)), neuron][:, None]
    new = (1.0 - t) * start + t * end
    dead_side = np.where(start > 0, t >= times - tie, t <= times + tie)
    new[crosses & dead_side] = 0.0
    np.maximum(new, 0.0, out=new)

    order = np.lexsort((t[:, 0], segment, net))
    net, segment, new = net[order], segment[order], new[order]
    added = np.bincount(net, minlength=len(z))
    rank = np.arange(len(net)) - (np.cumsum(added) - added)[net]
    used = used + added
    last = int(used.max()) - 1
    old_place = np.arange(z.shape[1]) + np.pad(np.cumsum(crossing.sum(axis=2), axis=1), ((0, 0), (1, 0)))
    result = np.repeat(h[:, -1:], last + 1, axis=1)
    # the padding of one network may lie beyond the last vertex of the longest one
    result[np.arange(len(z))[:, None], np.minimum(old_place, last)] = h
    result[net, segment + 1 + rank] = new
    return result, used
