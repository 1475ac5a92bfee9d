"""Which particles of a stratum go on: evenly over what is common, and more than their share of what is rare.

Rare now, but maybe decisive later, are small numbers of active neurons and particles whose neurons are likely to be
dead. They are drawn apart, in groups with draws of their own. Within a group all particles that go on have the same
weight, and the total weight does not change, so that nothing is lost of what is known exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

RARE = 0.02
"""What is rare: the smallest counts, and the highest risks, of this total probability."""

RISKS = (RARE, RARE / 5, RARE / 25)
"""The particles with the highest risks, of these parts of the total weight, are groups of their own."""

EXPLORING = 0.05
"""The part of the draws that the rare groups share."""


def few(law: Array) -> list[IntArray]:
    """The smallest counts, of total probability at most ``RARE`` of the law, as groups {1}, {2}, {3, 4}, {5..8}, ...

    >>> few(np.array([0.0, 0.001, 0.002, 0.003, 0.2, 0.794]))
    [array([1]), array([2]), array([3])]
    """
    small = np.flatnonzero((law.cumsum() <= RARE * law.sum()) & (law > 0))
    bins = np.ceil(np.log2(np.maximum(small, 1))).astype(np.int64)
    return [small[bins == b] for b in np.unique(bins)]


def select(
    pool: Array, risk: Array, group: IntArray, size: int, rng: np.random.Generator
) -> tuple[IntArray, Array, Array]:
    """Which particles go on, their weights (0: none), and a uniform number for each; all of shape (R, size).

    Parameters
    ----------
    pool : weights w_i, shape (R, columns)
    risk : the probability that a neuron is dead, of the same shape
    group : for each column 0, or the number of a rare group that it belongs to; increasing
    size : how many go on in each replicate

    Of a group, particle i is expected a number of times proportional to w_i and then has the weight w_i over that
    number. Group 0 is sorted by risk, so that those that go on represent the law of the risk evenly, and the ``RISKS``
    are split off from it.
    """
    order = np.concatenate([risk[:, group == 0].argsort(axis=1), np.zeros_like(pool[:, group > 0], dtype=int)], axis=1)
    many = int((group == 0).sum())
    order[:, many:] = np.arange(many, pool.shape[1])
    pool = np.take_along_axis(pool, order, axis=1)
    above = pool[:, :many][:, ::-1].cumsum(axis=1)[:, ::-1]
    number = np.broadcast_to(group, pool.shape).copy()
    for k, risky in enumerate(RISKS, 1):
        number[:, :many][above <= risky * above[:, :1]] = -k
    parts = [np.where(number == k, pool, 0.0) for k in (0, *range(-len(RISKS), 0), *range(1, int(group[-1]) + 1))]
    parts = [part for part in parts if part.any()]
    each = max(1, int(EXPLORING * size / max(1, len(parts) - 1)))
    if 2 * each * (len(parts) - 1) > size:
        parts = [pool]
    chosen: list[IntArray] = []
    weights: list[Array] = []
    shares: list[Array] = []
    for k, part in enumerate(parts):
        draws = each if k else size - each * (len(parts) - 1)
        index, weight = _systematic(part, draws, rng)
        chosen.append(np.take_along_axis(order, index, axis=1))
        weights.append(weight)
        shares.append(_spread(len(pool), draws, rng))
    return np.concatenate(chosen, axis=1), np.concatenate(weights, axis=1), np.concatenate(shares, axis=1)


def _systematic(weights: Array, draws: int, rng: np.random.Generator) -> tuple[IntArray, Array]:
    """Systematic resampling of every row: index i is expected draws * w_i / W times, W the total, with weight W/draws.

    >>> index, weight = _systematic(np.array([[0.5, 0.0, 1.5]]), 4, np.random.default_rng(0))
    >>> index, weight
    (array([[0, 2, 2, 2]]), array([[0.5, 0.5, 0.5, 0.5]]))
    """
    levels = weights.cumsum(axis=1)
    total = levels[:, -1:]
    positions = (np.arange(draws) + rng.random((len(weights), 1))) / draws * total
    chosen = np.zeros(positions.shape, dtype=np.int64)
    for row, (level, at) in enumerate(zip(levels, positions, strict=True)):
        # rounding must not take the last position beyond the last particle that has a weight
        chosen[row] = np.minimum(level.searchsorted(at, side="right"), level.searchsorted(level[-1], side="left"))
    return chosen, np.repeat(total / draws, draws, axis=1)


def _spread(replicates: int, draws: int, rng: np.random.Generator) -> Array:
    """Uniform numbers for particles in order of their risk, such that neighbours get different ones: a lattice.

    In a replicate they are the fractional parts of u, u + g, u + 2 g, ..., g the golden ratio and u uniform: each is
    uniform given the particles, which is all that unbiasedness asks for.
    """
    golden = (5**0.5 - 1) / 2
    uniform: Array = (np.arange(draws) * golden + rng.random((replicates, 1))) % 1.0
    return uniform
