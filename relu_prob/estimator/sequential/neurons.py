"""The outputs of k live neurons at the points, given the set of points at which at least one of them fires.

Where most neurons fire only at points of the set, they are drawn as they come, the others again; where their union is
not the set, or most neurons would have to be drawn again, first the patterns of firing are drawn and then the values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relu_prob.estimator.sequential.cones import draw_outputs
from relu_prob.estimator.sequential.unions import draw_patterns

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

SELDOM = 0.2
"""Below this probability of an admissible neuron patterns are drawn first."""


def draw_neurons(
    a: Array, q: Array, f: Array, parents: IntArray, k: IntArray, points: int, n: int, rng: np.random.Generator
) -> Array:
    """relu(y) of n neurons at all points, shape (m, n, Q); from row k on, and at other points, it is 0.

    Parameters
    ----------
    a : unit vectors a[i] of shape (m, N), lower triangular: a[i, l] = 0 for l > i
    q : the probabilities of the patterns of a live neuron, shape (2^m, N)
    f : those of the unions of live neurons, shape (n + 1, 2^m, N)
    parents : for which of the N sets of points, shape (Q,)
    k : how many neurons live, shape (Q,), with f[k, points] > 0
    points : the set of points at which one of them fires, as bits
    """
    m = len(a)
    a = a[:, :, parents]
    inside = q[[c for c in range(1, 2**m) if c & points == c]].sum(axis=0)[parents]
    often = inside >= SELDOM
    if often.all():
        outputs, missed = _as_they_come(a, k, points, n, rng)
    else:
        outputs, missed = np.empty((m, n, len(k))), ~often
        at = np.flatnonzero(often)
        outputs[:, :, at], missed[at] = _as_they_come(a[:, :, at], k[at], points, n, rng)
    again = np.flatnonzero(missed)
    if len(again):
        at = parents[again]
        patterns = draw_patterns(q, f, at, k[again], points, n, rng)
        outputs[:, :, again] = draw_outputs(a[:, :, again], q[:, at], patterns, rng)
    return outputs


def _as_they_come(
    a: Array, k: IntArray, points: int, n: int, rng: np.random.Generator
) -> tuple[Array, NDArray[np.bool_]]:
    """Live neurons that fire only at the given points; and for which particles their union is not all of them."""
    m, size = len(a), len(k)
    y = rng.standard_normal((m, n, size))
    _multiply(a, y)
    live = np.arange(n)[:, None] < k
    left = np.flatnonzero(live & ~_admissible(y, points))
    flat = y.reshape(m, -1)
    while len(left):
        new = rng.standard_normal((m, len(left)))
        _multiply(a[:, :, left % size], new)
        flat[:, left] = new
        left = left[~_admissible(new, points)]
    np.maximum(y, 0.0, out=y)
    y *= live
    missed = np.zeros(size, dtype=bool)
    for i in range(m):
        if points >> i & 1:
            missed |= ~y[i].any(axis=0)
    return y, missed


def _multiply(a: Array, z: Array) -> None:
    """y_i = g.a_i in the place of g; the last first, since a is lower triangular."""
    for i in reversed(range(len(a))):
        z[i] *= a[i, i]
        for l in range(i):
            z[i] += a[i, l] * z[l]


def _admissible(y: Array, points: int) -> NDArray[np.bool_]:
    """Whether neurons fire at one of the points, and at no other."""
    fires = np.zeros(y.shape[1:], dtype=bool)
    elsewhere = np.zeros(y.shape[1:], dtype=bool)
    for i, row in enumerate(y):
        if points >> i & 1:
            fires |= row > 0
        else:
            elsewhere |= row > 0
    return fires & ~elsewhere
