"""The points of a network, as unit vectors that its neurons see; and the images of points under a layer.

What a neuron sees of point i is the vector (sw h_i, sb), h_i the outputs of the layer below, and only its direction
decides whether the neuron fires. So points are kept as unit vectors a_i, in the triangular coordinates of their Gram
matrix, together with their last entries tau_i = sb / |(sw h_i, sb)|, which say how large the output was. With zero
biases tau_i = 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relu_prob.domains import Points
from relu_prob.network import Network
from relu_prob.orthant.cells import norm

Array = NDArray[np.float64]


class Images(NamedTuple):
    """Points as neurons see them: a[i], shape (m, N), unit and triangular (a[i, l] = 0 for l > i); tau, (m, N)."""

    a: Array
    tau: Array


def distinct(network: Network) -> tuple[tuple[Fraction, ...], ...]:
    """The points that differ for the network: with zero biases the rays from 0 through them.

    >>> net = Network((1, 2, 1), domain=Points([[1], [2], [-1], [0]]))
    >>> distinct(net)
    ((Fraction(1, 1),), (Fraction(-1, 1),))
    """
    assert isinstance(network.domain, Points)
    return network.domain.rays if network.zero_bias else tuple(dict.fromkeys(network.domain.points))


def inputs(network: Network) -> Images:
    """The points themselves, N = 1; exactly dependent vectors stay exactly dependent.

    The Gram matrix is factored in rationals, G = L D L^T, and only the entries L_il sqrt(D_l / G_ii) are rounded.

    >>> inputs(Network((2, 2, 1), domain=Points([[1, 0], [0, 2], [-1, -1]]))).a[:, :, 0].round(3)
    array([[ 1.   ,  0.   ,  0.   ],
           [ 0.   ,  1.   ,  0.   ],
           [-0.707, -0.707,  0.   ]])
    """
    fans = network.widths[:2]
    sw2, sb2 = network.weights.variance(*fans), network.biases.variance(*fans)
    x = distinct(network)
    m = len(x)
    gram = [[sw2 * sum(u * v for u, v in zip(x[i], x[k], strict=True)) + sb2 for k in range(m)] for i in range(m)]
    rest = [row.copy() for row in gram]
    a = np.zeros((m, m, 1))
    for l in range(m):
        pivot, column = rest[l][l], [rest[i][l] for i in range(m)]
        if pivot == 0:
            continue
        for i in range(l, m):
            square = column[i] ** 2 / (pivot * gram[i][i])
            a[i, l] = float(square) ** 0.5 * (-1 if column[i] < 0 else 1)
            for k in range(m):
                rest[i][k] -= column[i] * column[k] / pivot
    tau = np.array([[float(sb2 / gram[i][i]) ** 0.5] for i in range(m)])
    return Images(a, tau)


def images(network: Network, layer: int, h: Array, tau: Array, live: NDArray[np.int64]) -> Images:
    """What the neurons of ``layer`` see, given the outputs of the layer below.

    Parameters
    ----------
    h : shape (m, n, N), the outputs at points whose vectors had been scaled to length 1
    tau : shape (m, N), the last entries of those vectors
    live : how many entries of h can differ from 0, shape (N,): as many dimensions the images have
    """
    if network.zero_bias:
        return Images(_triangular(h, live), tau)
    fans = network.widths[layer - 1], network.widths[layer]
    sw = float(network.weights.variance(*fans)) ** 0.5
    # with sb the same in all layers, h sb / tau was the output, and (sw h, tau) has the direction of (sw output, sb)
    rows = np.concatenate([h * min(1.0, sw), tau[:, None] / max(1.0, sw)], axis=1)
    lengths = np.sqrt(np.einsum("mnN,mnN->mN", rows, rows))
    return Images(_triangular(rows, live + 1), rows[:, -1] / lengths)


def _triangular(rows: Array, dimensions: NDArray[np.int64]) -> Array:
    """The unit vectors along rows[i], shape (n, N), in triangular coordinates, by Gram and Schmidt, twice."""
    m, _, size = rows.shape
    a = np.zeros((m, m, size))
    basis: list[Array] = []
    used = np.zeros(size, dtype=np.int64)
    for i, row in enumerate(rows):
        rest = row / norm_of_columns(row)
        for _ in range(2):
            for l, axis in enumerate(basis):
                entry = np.einsum("nN,nN->N", axis, rest)
                a[i, l] += entry
                rest = rest - entry * axis
        length = norm_of_columns(rest)
        # no more axes than dimensions: what is left then is rounding
        a[i, i] = np.where(used < dimensions, length, 0.0)
        used += length > 0
        if i < m - 1:
            basis.append(rest / np.where(length > 0, length, 1.0))
    # what rounding has left of the lengths
    return a / np.stack([norm(vector) for vector in a])[:, None]


def norm_of_columns(row: Array) -> Array:
    """The lengths of the vectors along the first axis, shape (N,)."""
    result: Array = np.sqrt(np.einsum("nN,nN->N", row, row))
    return result
