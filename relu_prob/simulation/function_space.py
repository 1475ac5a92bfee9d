"""Random networks on finitely many points, simulated without their weights.

Given the outputs h_1, ..., h_m of a layer at the m points, the pre-activations of a neuron of the next layer are the
Gaussian vector (w.h_i + b)_i, with the covariances sw^2 h_i.h_k + sb^2, and those of different neurons are independent.
Drawing these vectors instead of the weights gives the same law of everything that happens at the points, for n m^2
operations a layer instead of n^2 m.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from relu_prob.network import Network
from relu_prob.simulation.counts import IntArray, tally
from relu_prob.simulation.inputs import deciding_vertices

Array = NDArray[np.float64]

SLAB = 2**17
"""How many numbers an array holds at a time: few enough to stay in the processor's cache."""

CHUNK_NUMBERS = 2**23
"""The same for a chunk, the networks that one generator draws."""

NEARLY_PARALLEL = 2.0**-20
"""A squared sine below which a factor is computed from the vectors themselves, not from their scalar products."""


def missing(network: Network, death: str) -> str | None:
    """Why a network can not be simulated in function space, in words; None if it can.

    >>> missing(Network((1, 4, 4, 1)), "initial")
    'the domain must be Points, got Ball(1)'
    """
    if not network.domain.finite:
        return f"the domain must be Points, got {network.domain!r}"
    if not network.weights.gaussian:
        return f"the weights must be Gaussian, got {network.weights!r}"
    if not (network.zero_bias or network.biases.gaussian):
        return f"the biases must be zero or Gaussian, got {network.biases!r}"
    if death != "initial":
        return f"death must be 'initial' (who can be revived is written in the weights), got {death!r}"
    return None


def chunk_size(network: Network) -> int:
    """The number of networks in a chunk: a function of the network only, as results depend on it.

    >>> from relu_prob.domains import Points
    >>> chunk_size(Network((1, 4, 4, 1), domain=Points([[1], [-1]])))
    16384
    """
    return max(1, min(2**14, CHUNK_NUMBERS // (len(_points(network)) * max(network.widths))))


def chunk(network: Network, size: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """The distinct combinations (N_1, ..., N_depth) among ``size`` random networks, and how often each was seen.

    >>> from relu_prob.domains import Points
    >>> rows, times = chunk(Network((1, 1, 1, 1), domain=Points([[1], [-1]])), 100, np.random.default_rng(1))
    >>> rows.tolist(), int(times.sum())
    ([[1, 0], [1, 1]], 100)
    """
    points = _points(network)
    numbers = len(points) * max(network.widths)
    slab = min(size, max(1, SLAB // numbers))
    # written over and over: fresh arrays would cost more than the arithmetic
    room = np.empty((2, slab * numbers))
    parts = [_active_counts(network, points, min(slab, size - k), rng, room) for k in range(0, size, slab)]
    return tally(network, np.concatenate(parts))


def _points(network: Network) -> Array:
    """The inputs to look at, shape (m, d); with zero biases one for each ray where there is only one."""
    vertices = deciding_vertices(network)
    assert vertices is not None
    return vertices.array[:, : network.input_dimension]


def _active_counts(network: Network, points: Array, size: int, rng: np.random.Generator, room: Array) -> IntArray:
    """The numbers of active neurons of random networks, shape (size, depth)."""
    counts = []
    alive = np.ones((size, 1), dtype=bool)
    for z in _preactivations(network, points, size, rng, room):
        active = (z.max(axis=1) > 0) & alive
        alive = active.any(axis=1, keepdims=True)
        counts.append(active.sum(axis=1))
    return np.stack(counts, axis=1)


def _preactivations(
    network: Network, points: Array, size: int, rng: np.random.Generator, room: Array
) -> Iterator[Array]:
    """Layer after layer the pre-activations, shape (size, m, n_l), to be read before the next is asked for.

    At every point they are known up to a positive factor only, which decides about no sign: a point is a vector h and
    a number t > 0, and stands for the output h / t.
    """
    h: Array = np.broadcast_to(points, (size, *points.shape))
    t = np.ones(h.shape[:2])
    for fan_in, fan_out in pairwise(network.widths[:-1]):
        sw, sb = _deviations(network, fan_in, fan_out)
        factor, t = _factor(h, t, sw / max(sw, sb), sb / max(sw, sb))
        t = t / max(sw, sb)
        g, z = (_view(row, (size, k, fan_out)) for row, k in zip(room, factor.shape[:0:-1], strict=True))
        np.matmul(factor, rng.standard_normal(out=g), out=z)
        yield z
        h = np.maximum(z, 0.0, out=z)


def _view(row: Array, shape: tuple[int, ...]) -> Array:
    """An array of this shape in memory that is there already."""
    return row[: prod(shape)].reshape(shape)


def _deviations(network: Network, fan_in: int, fan_out: int) -> tuple[float, float]:
    """The standard deviations of weights and biases; with zero biases that of the weights does not matter."""
    if network.zero_bias:
        return 1.0, 0.0
    weights, biases = network.weights.variance(fan_in, fan_out), network.biases.variance(fan_in, fan_out)
    return float(weights) ** 0.5, float(biases) ** 0.5


def _factor(h: Array, t: Array, sw: float, sb: float) -> tuple[Array, Array]:
    """F, shape (size, m, r), with F F^T proportional, point by point, to sw^2 h_i.h_k + sb^2 t_i t_k; and the new t.

    The vectors themselves, (sw h_i, sb t_i), are such a factor where they have few entries, and a triangular one
    comes from their scalar products otherwise; where these would lose the difference of nearly parallel vectors, from
    a QR decomposition. A point at which nothing fires has a row 0, and points with equal outputs have equal rows.
    """
    m, width = h.shape[1:]
    top = np.maximum(h.max(axis=2), t) if sb else np.abs(h).max(axis=2)
    # powers of two round nothing; a row 0 may be divided by anything
    scale = np.ldexp(1.0, -np.frexp(np.where(top > 0, top, 1.0))[1])
    if np.all((scale > 2.0**-100) & (scale < 2.0**100)):
        scale = np.ones_like(scale)
    else:
        h = h * scale[:, :, None]
    t = t * scale
    if width + (sb > 0) <= m:
        rows = sw * h if sb == 0 else np.concatenate([sw * h, sb * t[:, :, None]], axis=2)
        return rows, t
    gram = sw * sw * (h @ np.swapaxes(h, 1, 2))
    if sb:
        gram += sb * sb * t[:, :, None] * t[:, None, :]
    factor, unsafe = _cholesky(gram)
    if unsafe.any():
        rows = np.concatenate([sw * h[unsafe], sb * t[unsafe][:, :, None]], axis=2)
        factor[unsafe] = np.swapaxes(np.linalg.qr(np.swapaxes(rows, 1, 2), mode="r"), 1, 2)
    return factor, t


def _cholesky(gram: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Lower triangular factors of positive semidefinite matrices, and which of them may have lost digits.

    A row 0 gives a row 0, without loss.

    >>> factor, unsafe = _cholesky(np.array([[[4.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 2.0]], np.ones((3, 3))]))
    >>> factor[0]
    array([[2., 0., 0.],
           [0., 0., 0.],
           [1., 0., 1.]])
    >>> unsafe
    array([False,  True])
    """
    rest = gram.copy()
    factor = np.zeros_like(gram)
    unsafe = np.zeros(len(gram), dtype=bool)
    for k in range(gram.shape[1]):
        square, whole = rest[:, k, k], gram[:, k, k]
        unsafe |= square < NEARLY_PARALLEL * whole
        pivot = np.sqrt(np.where(square > 0, square, 1.0))
        column = np.where((square > 0)[:, None], rest[:, k:, k] / pivot[:, None], 0.0)
        factor[:, k:, k] = column
        rest[:, k:, k:] -= column[:, :, None] * column[:, None, :]
    return factor, unsafe
