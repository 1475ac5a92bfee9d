"""At which points at least one of k neurons fires, and the patterns of neurons given that.

The patterns of k independent neurons have a union: the set of points at which one of them fires, as an integer whose
bits are the points. Its law is a sum of products of probabilities without any subtraction, so that the rarest of
unions keeps its digits; inclusion and exclusion would lose them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Patterns = NDArray[np.int8]


def unions(q: Array, n: int) -> Array:
    """f[k, B] = P(the patterns of k neurons have union B), k = 0..n; shape (n + 1, 2^m, N).

    ``q`` of shape (2^m, N) has the probabilities of the patterns, q[0] = 0; then

        f[k, B] = sum over D of f[k - 1, D] * sum over the patterns c with (D or c) = B of q[c].

    >>> unions(np.array([[0.0], [0.25], [0.25], [0.5]]), 2)[2, :, 0]
    array([0.    , 0.0625, 0.0625, 0.875 ])
    """
    size = len(q)
    f = np.zeros((n + 1, *q.shape))
    f[0, 0] = 1.0
    f[1] = q
    steps = [
        (d, b, sum(q[c] for c in range(1, size) if d | c == b))
        for b in range(1, size)
        for d in range(1, size)
        if d & b == d
    ]
    for k in range(2, n + 1):
        for d, b, probability in steps:
            f[k, b] += f[k - 1, d] * probability
    return f


def draw_patterns(
    q: Array, f: Array, columns: IntArray, k: IntArray, union: int, n: int, rng: np.random.Generator
) -> Patterns:
    """The patterns of k live neurons given that their union is the one given; shape (n, len(columns)).

    Parameters
    ----------
    q, f : probabilities of the patterns and of the unions of all particles
    columns : which particle, shape (Q,)
    k : how many live neurons, shape (Q,), each with f[k, union] > 0 at its particle
    union : the set of points at which one of them fires
    n : the number of rows of the result; rows from k on are 0

    The neurons are drawn independently; where they miss the union, anew by ``_conditional``, which does not try.
    """
    inside = [c for c in range(1, len(q)) if c & union == c]
    levels = np.cumsum(q[:, columns][inside], axis=0)
    u = rng.random((n, len(columns))) * levels[-1]
    index = np.zeros((n, len(columns)), dtype=np.int8)
    for level in levels[:-1]:
        index += u >= level
    patterns = np.array(inside, dtype=np.int8)[index]
    patterns[np.arange(n)[:, None] >= k] = 0
    missed = np.flatnonzero(np.bitwise_or.reduce(patterns, axis=0) != union)
    if len(missed):
        patterns[:, missed] = _conditional(q, f, columns[missed], k[missed], union, n, rng)
    return patterns


def _conditional(
    q: Array, f: Array, columns: IntArray, k: IntArray, union: int, n: int, rng: np.random.Generator
) -> Patterns:
    """The same from the last neuron to the first: its pattern c and the union D of those before it.

    Given that j neurons have union B, the pair (c, D) has probability q[c] f[j - 1, D] / f[j, B] where (D or c) = B.
    """
    patterns = np.zeros((n, len(columns)), dtype=np.int8)
    target = np.full(len(columns), union)
    for j in range(int(k.max()), 0, -1):
        for b in range(1, union + 1):
            chosen = np.flatnonzero((target == b) & (k >= j))
            if len(chosen) == 0:
                continue
            at = columns[chosen]
            pairs = [(c, d) for c in range(1, len(q)) for d in range(len(q)) if c | d == b]
            levels = np.cumsum([q[c, at] * f[j - 1, d, at] for c, d in pairs], axis=0)
            index = (rng.random(len(chosen)) * levels[-1] >= levels[:-1]).sum(axis=0)
            patterns[j - 1, chosen], target[chosen] = np.array(pairs).T[:, index]
    return patterns
