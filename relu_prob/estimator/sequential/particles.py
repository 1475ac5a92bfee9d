"""Weighted particles: independent replicates of a population of random networks, layer after layer.

A particle is what neurons see of the points (``points.Images``) after some layers, with a weight; in every replicate
the weighted particles of all strata are an unbiased estimate of the law of the images together with the counts allowed
so far. A layer multiplies weights by the exact probability that its neurons fire at a set of points and that their
number is allowed, draws which particles go on to which set, and then the neurons given both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relu_prob.estimator.sequential.neurons import draw_neurons
from relu_prob.estimator.sequential.points import Images, images
from relu_prob.estimator.sequential.selection import few, select
from relu_prob.estimator.sequential.strata import Stratum
from relu_prob.estimator.sequential.unions import unions
from relu_prob.network import Network
from relu_prob.orthant.cells import cells

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Particles(NamedTuple):
    """The particles of a stratum: images of all of them, one replicate after the other; weights, shape (R, M)."""

    images: Images
    weights: Array


class Layer(NamedTuple):
    """What a layer of n neurons may do to the particles of a stratum.

    dead : the probability that a neuron is dead, shape (N,)
    counts : P(j neurons are active), shape (n + 1, N)
    q, f : the probabilities of the patterns of active neurons, and of the unions of k of them
    """

    dead: Array
    counts: Array
    q: Array
    f: Array

    @classmethod
    def of(cls, particles: Particles, n: int) -> Layer:
        """For a layer that is to be drawn."""
        probabilities = cells(particles.images.a)
        dead = probabilities[0]
        q = probabilities / (1 - dead)
        q[0] = 0.0
        return cls(dead, binomial(n, dead), q, unions(q, n))


Population = Mapping[Stratum, Particles]


def binomial(n: int, dead: Array) -> Array:
    """P(j of n neurons are active), shape (n + 1, N), each dead with the given probability, which is at most 1/2.

    >>> binomial(2, np.array([0.25, 0.0]))[:, :]
    array([[0.0625, 0.    ],
           [0.375 , 0.    ],
           [0.5625, 1.    ]])
    """
    j = np.arange(n + 1)[:, None]
    choices = np.array([log(comb(n, i)) for i in range(n + 1)])[:, None]
    certain = dead == 0
    with np.errstate(under="ignore"):
        law: Array = np.exp(choices + j * np.log1p(-dead) + (n - j) * np.log(np.where(certain, 1.0, dead)))
    law[:, certain] = j == n
    return law


def law(population: Population, n: int, replicates: int) -> Array:
    """Estimates of P(allowed counts so far, N = j) for a layer of n neurons, shape (R, n + 1), dead layers apart."""
    total = np.zeros((replicates, n + 1))
    for particles in population.values():
        counts = binomial(n, cells(particles.images.a)[0]).reshape(n + 1, *particles.weights.shape)
        total += np.einsum("jRM,RM->Rj", counts, particles.weights)
    return total


class Way(NamedTuple):
    """A way from a stratum to another: at which points neurons fire, and which numbers of active ones it includes.

    ``weights``, shape (R, M), are those of the particles times the probability that they go this way; ``rare`` is 0,
    or numbers the groups of small counts, which are drawn apart.
    """

    source: Stratum
    union: int
    counts: IntArray
    rare: int
    weights: Array


def advance(
    network: Network,
    layer: int,
    population: Population,
    allowed: NDArray[np.bool_],
    sizes: Mapping[Stratum, int],
    rng: np.random.Generator,
) -> Population:
    """The particles after ``layer``, given that its number of active neurons is allowed and not 0.

    Parameters
    ----------
    allowed : for each count 0..n whether it is
    sizes : how many particles each replicate has in each stratum
    """
    possible = allowed.copy()
    possible[0] = False
    steps = {source: Layer.of(particles, len(allowed) - 1) for source, particles in population.items()}
    ways: dict[Stratum, list[Way]] = {}
    for source, particles in population.items():
        for union in range(1, 2**source.size):
            found = _ways(source, union, particles.weights, steps[source], possible)
            if found:
                ways.setdefault(source.after(union, network.zero_bias), []).extend(found)
    return {
        target: _reach(network, layer, target, sources, population, steps, sizes[target], rng)
        for target, sources in ways.items()
    }


def _ways(source: Stratum, union: int, weights: Array, step: Layer, possible: NDArray[np.bool_]) -> list[Way]:
    """The ways through one union: by many active neurons, and by few."""
    law = np.where(possible, np.einsum("kN,kN,N->k", step.counts, step.f[:, union], weights.ravel()), 0.0)
    small = few(law)
    many = np.setdiff1d(np.flatnonzero(law), np.concatenate([[0], *small]))
    result = []
    for rare, counts in enumerate((many, *small)):
        chance = np.einsum("kN,kN->N", step.counts[counts], step.f[counts, union])
        product = weights * chance.reshape(weights.shape)
        if product.any():
            result.append(Way(source, union, counts, rare, product))
    return result


def _reach(
    network: Network,
    layer: int,
    target: Stratum,
    ways: Sequence[Way],
    population: Population,
    steps: Mapping[Stratum, Layer],
    size: int,
    rng: np.random.Generator,
) -> Particles:
    """The particles of one stratum, ``size`` in every replicate."""
    ways = sorted(ways, key=lambda way: way.rare)
    pool = np.concatenate([way.weights for way in ways], axis=1)
    replicates, m = len(pool), target.size
    if m == 1:
        # one point, or one ray: there is nothing to draw
        return Particles(Images(np.ones((1, 1, replicates)), np.ones((1, replicates))), pool.sum(axis=1, keepdims=True))
    risk = np.concatenate([steps[way.source].dead.reshape(way.weights.shape) for way in ways], axis=1)
    group = np.repeat([way.rare for way in ways], [way.weights.shape[1] for way in ways])
    chosen, weights, shares = select(pool, risk, group, size, rng)
    a, tau = np.zeros((m, m, replicates, size)), np.ones((m, replicates, size))
    # what a particle of weight 0 is, does not matter
    a[np.arange(m), np.arange(m)] = 1.0
    start = 0
    for way in ways:
        width = way.weights.shape[1]
        rows, slots = np.nonzero((chosen >= start) & (chosen < start + width) & (weights > 0))
        parents = rows * width + chosen[rows, slots] - start
        start += width
        if len(parents):
            before, step = population[way.source].images, steps[way.source]
            new = _draw(network, layer, before, step, way, parents, shares[rows, slots], rng)
            a[:, :, rows, slots], tau[:, rows, slots] = new
    return Particles(Images(a.reshape(m, m, -1), tau.reshape(m, -1)), weights)


def _draw(
    network: Network,
    layer: int,
    before: Images,
    step: Layer,
    way: Way,
    parents: IntArray,
    shares: Array,
    rng: np.random.Generator,
) -> Images:
    """The images after the layer's neurons, drawn for parents on their way.

    The number k of active neurons is the quantile of its conditional law given by ``shares``.
    """
    n = step.counts.shape[0] - 1
    levels = np.cumsum(
        step.counts[way.counts[:, None], parents] * step.f[way.counts[:, None], way.union, parents], axis=0
    )
    k = way.counts[(shares * levels[-1] >= levels[:-1]).sum(axis=0)]
    h = draw_neurons(before.a, step.q, step.f, parents, k, way.union, n, rng)
    firing = way.source.firing(way.union)
    h, tau = h[firing], before.tau[firing][:, parents]
    if not network.zero_bias and len(firing) < way.source.size:
        h = np.concatenate([h, np.zeros((1, *h.shape[1:]))])
        tau = np.concatenate([tau, np.ones((1, len(parents)))])
    return images(network, layer + 1, h, tau, k)
