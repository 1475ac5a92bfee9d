"""The estimator: independent replicates in blocks of bounded memory, reproducibly, here or on many workers."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob import checks
from relu_prob.domains import Points
from relu_prob.estimator.sequential.particles import Particles, Population, advance, law
from relu_prob.estimator.sequential.points import Images, distinct, inputs
from relu_prob.estimator.sequential.strata import ONE_RAY, Stratum, reachable
from relu_prob.network import Network
from relu_prob.orthant.cells import MOST_POINTS

Array = NDArray[np.float64]
Mask = frozenset[int] | None
Masks = tuple[Mask, ...]

REPLICATES = 64
"""The least number of replicates, whose scatter is the error of the estimate."""

MOST_PARTICLES = 2**11
"""The most particles of a replicate: more replicates are as good as larger ones, and show their scatter better."""

BLOCK = 2**14
"""How many particles are moved at a time: enough for NumPy, few enough for the processor's cache."""

BLOCK_BYTES = 2**26
"""About how much memory the probabilities of a block may take."""

ALL_POINTS = 0.9
"""The part of the particles that goes to the stratum in which all points differ; the others share the rest."""


@dataclass(frozen=True, eq=False)
class Estimates:
    """Unbiased estimates of masked laws, one from each of independent replicates.

    ``laws[l - 1]``, shape (replicates, n_l + 1), estimates P(N_1 in A_1, ..., N_{l-1} in A_{l-1}, N_l = j); all layers
    are from the same particles. ``samples`` is the number of particles of all replicates, and ``rounding`` the relative
    error that rounding may have caused.
    """

    laws: tuple[Array, ...]
    samples: int
    rounding: float

    def __add__(self, other: Estimates) -> Estimates:
        """Both as one; they must be independent estimates of the same laws."""
        laws = tuple(np.concatenate(pair) for pair in zip(self.laws, other.laws, strict=True))
        return Estimates(laws, self.samples + other.samples, self.rounding)


def missing(network: Network) -> str | None:
    """The first hypothesis of the estimator that fails, in words; None if it covers the network.

    >>> missing(Network((2, 4, 4, 1)))
    'the domain must be Points, got Ball(1)'
    """
    if not isinstance(network.domain, Points):
        return f"the domain must be Points, got {network.domain!r}"
    if not network.weights.gaussian:
        return f"the weights must be Gaussian, got {network.weights!r}"
    if not (network.zero_bias or network.biases.gaussian):
        return f"the biases must be zero or Gaussian, got {network.biases!r}"
    number = len(distinct(network))
    if number > MOST_POINTS:
        what = "lie on at most 3 rays" if network.zero_bias else "be at most 3"
        return f"the points must {what}, got {number}"
    return None


def estimate(
    network: Network,
    allowed: Masks,
    *,
    samples: int,
    rng: np.random.Generator | np.random.SeedSequence | int | None,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> Estimates:
    """Estimate the masked count laws of layers 1 to len(allowed) + 1.

    Parameters
    ----------
    network : with Gaussian weights, zero or Gaussian biases, and at most three different points (rays, with zero
        biases)
    allowed : for each of the first layers the set of allowed counts, or None for all
    samples : how many particles (random networks) the last layer that is drawn has, in all replicates together;
        rounded up to a multiple of the number of replicates, which is at least 64. Of d drawn layers, layer l has the
        part l/d of them
    rng : a Generator, a SeedSequence, an integer seed, or None for fresh entropy
    executor : a concurrent.futures.Executor to work in; the result does not depend on it
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Raises
    ------
    ValueError
        Where the network is not covered.
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Examples
    --------
    Two opposite inputs and two layers of width 20, which die with probability 2.7284823706e-12:

    >>> net = Network((1, 20, 20, 1), domain=Points([[1], [-1]]))
    >>> dead = estimate(net, (None,), samples=6400, rng=0).laws[1][:, 0]
    >>> print(f"{dead.mean():.10e}")
    2.7284823706e-12
    """
    checks.instance("network", network, Network, "a Network")
    if (why := missing(network)) is not None:
        raise ValueError(f"network must be one that the estimator covers, got {network}: {why}")
    masks = _masks(network, allowed)
    samples = checks.integer("samples", samples, low=1)
    checks.choice("progress", progress, (None, True, False))
    if executor is not None:
        checks.instance("executor", executor, Executor, "a concurrent.futures.Executor or None")
    generator = checks.generator("rng", rng)
    particles = _particles(network, samples)
    replicates = max(REPLICATES, -(-samples // particles))
    block = _block(network, particles)
    sizes = [min(block, replicates - start) for start in range(0, replicates, block)]
    work = partial(_replicates, network, masks, particles)
    parts: list[Estimates] = []
    with (
        tqdm(
            total=replicates * particles,
            unit="net",
            unit_scale=True,
            disable=None if progress is None else not progress,
        ) as bar,
        closing(_results(work, sizes, generator, executor)) as results,
    ):
        for part in results:
            parts.append(part)
            bar.update(part.samples)
    laws = tuple(np.concatenate(arrays) for arrays in zip(*(part.laws for part in parts), strict=True))
    return Estimates(laws, replicates * particles, rounding(network))


def _masks(network: Network, allowed: Masks) -> list[NDArray[np.bool_]]:
    """For each layer but the last, which counts are allowed."""
    text = f"a sequence of at most {network.depth - 1} sets of counts (or None)"
    values = checks.sequence("allowed", allowed, text)
    if len(values) >= network.depth:
        raise ValueError(f"allowed must be {text}, got {allowed!r}")
    flags = []
    for n, mask in zip(network.hidden_widths, values, strict=False):
        counts = range(n + 1) if mask is None else checks.sequence("allowed", mask, text)
        flag = np.zeros(n + 1, dtype=bool)
        flag[[checks.integer("allowed", j, low=0, high=n) for j in counts]] = True
        flags.append(flag)
    return flags


def rounding(network: Network) -> float:
    """The relative error that rounding may cause: of a probability p in p^n, and of exponents down to those of floats.

    Probabilities of neurons are known to 16 ulps, and enter as powers of at most the widths; binomial coefficients
    and powers are computed by logarithms of at most 745 in size, two for each layer.
    """
    return float(np.finfo(float).eps) * sum(16 * n + 2 * 745 for n in network.hidden_widths)


def _numbers(network: Network) -> int:
    """How many probabilities of unions a particle has."""
    sets: int = 2 ** len(distinct(network))
    return sets * (max(network.hidden_widths) + 1)


def _particles(network: Network, samples: int) -> int:
    """The number of particles of a replicate."""
    affordable = max(1, BLOCK_BYTES // (8 * _numbers(network)))
    return min(-(-samples // REPLICATES), MOST_PARTICLES, affordable)


def _block(network: Network, particles: int) -> int:
    """The number of replicates that are moved together."""
    return max(1, min(BLOCK, BLOCK_BYTES // (8 * _numbers(network))) // particles)


def _results(
    work: partial[Estimates], sizes: list[int], generator: np.random.Generator, executor: Executor | None
) -> Generator[Estimates]:
    """The blocks in order. Each has a generator of its own, whoever works on it."""
    if executor is None:
        for size in sizes:
            yield work(size, generator.spawn(1)[0])
        return
    futures = [
        executor.submit(work, size, child) for size, child in zip(sizes, generator.spawn(len(sizes)), strict=True)
    ]
    try:
        for future in futures:
            yield future.result()
    finally:
        # after an interrupt or an error nobody waits for the others
        for future in futures:
            future.cancel()


def _replicates(
    network: Network, masks: list[NDArray[np.bool_]], particles: int, replicates: int, rng: np.random.Generator
) -> Estimates:
    """So many replicates of all laws."""
    start = inputs(network)
    m = len(start.a)
    first = Stratum(tuple(1 << i for i in range(m)) if m > 1 else ONE_RAY)
    everyone = Images(np.repeat(start.a, replicates, axis=2), np.repeat(start.tau, replicates, axis=1))
    population: Population = {first: Particles(everyone, np.ones((replicates, 1)))}
    dead = np.zeros(replicates)
    laws = []
    for layer, n in enumerate(network.hidden_widths[: len(masks) + 1], 1):
        counts = law(population, n, replicates)
        counts[:, 0] += dead
        laws.append(counts)
        if layer <= len(masks):
            allowed = masks[layer - 1]
            # a dead layer is followed by dead ones
            dead = counts[:, 0] * allowed[0]
            # the first layers scatter least: what they decide is mostly known exactly
            sizes = _sizes(network, first, -(-particles * layer // len(masks)))
            population = advance(network, layer, population, allowed, sizes, rng)
    return Estimates(tuple(laws), replicates * particles, rounding(network))


def _sizes(network: Network, first: Stratum, particles: int) -> dict[Stratum, int]:
    """How many particles of a replicate are in each stratum."""
    others = [s for s in reachable(first.size, network.zero_bias) if s.size > 1 and s != first]
    if not others:
        return {first: particles, Stratum(ONE_RAY): 1}
    each = max(1, int((1 - ALL_POINTS) * particles / len(others)))
    return {**dict.fromkeys(others, each), first: max(1, particles - each * len(others)), Stratum(ONE_RAY): 1}
