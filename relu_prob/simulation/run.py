"""Drawing many networks: in chunks of bounded memory, reproducibly, in this process or on many workers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Executor, as_completed
from contextlib import closing
from functools import partial

import numpy as np
from tqdm import tqdm

from relu_prob import checks
from relu_prob.network import Network
from relu_prob.simulation import function_space
from relu_prob.simulation.chunk import chunk, chunk_size
from relu_prob.simulation.counts import DEATHS, IntArray, SimulatedCounts, tally
from relu_prob.simulation.firing import exact_layers

Histogram = tuple[IntArray, IntArray]
Work = Callable[[int, np.random.Generator], Histogram]

SPACES = ("weights", "functions")


def simulate(
    network: Network,
    *,
    samples: int,
    rng: np.random.Generator | np.random.SeedSequence | int | None,
    death: str = "initial",
    space: str = "weights",
    executor: Executor | None = None,
    progress: bool | None = None,
) -> SimulatedCounts:
    """Draw ``samples`` independent networks and count the living neurons of every hidden layer.

    Weights and biases are drawn explicitly, and each network is looked at on explicit inputs. On finitely many points
    ``space="functions"`` draws the values of the neurons at the points instead, from the Gaussian law that they have
    given the layer below: the counts have the same law, and wide layers cost far less. With ``death="initial"``
    a neuron is dead if its output is 0 at every input of the domain, or if the layer below is all dead. With
    ``death="permanent"`` N_l is the number of neurons that are not permanently dead: if no layer is all dead,
    those outside the sign-dead set; otherwise the active ones below the first layer that is all dead, and none from
    there on (``chunk.living`` says why).

    Parameters
    ----------
    network : the network
    samples : the number of networks to draw, at least 1
    rng : a Generator, a SeedSequence, an integer seed, or None for fresh entropy. As everywhere in NumPy, a Generator
        or SeedSequence is advanced (it spawns), so that the next call with it draws other networks.
    death : "initial" or "permanent"
    space : "weights" (any network) or "functions" (a domain of Points, Gaussian weights, zero or Gaussian biases, and
        death="initial", since weights decide what training can revive)
    executor : a concurrent.futures.Executor to work in; by default this process does. The result does not depend on it.
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Raises
    ------
    TypeError, ValueError
        Where an argument is not one of these, naming it and what is allowed.

    Possible issues
    ---------------
    Death is decided exactly in the first ``exact_layers`` layers of the result: in all layers if the domain consists
    of points, has dimension 1, or has dimension 2 and the biases are zero. Otherwise a network's deeper layers are
    looked at on finitely many inputs, so that their counts are lower bounds.

    Examples
    --------
    >>> from relu_prob import Network, Points, simulate
    >>> runs = simulate(Network((1, 2, 2, 1)), samples=1000, rng=0)
    >>> runs.samples, runs.exact, runs.joint((2,))
    (1000, True, 1000)
    >>> simulate(Network((2, 512, 512, 1), domain=Points([[1, 0], [0, 1]])), samples=100, rng=0, space="functions")
    <SimulatedCounts: 100 draws of 2-512-512-1, ... on Points([[1, 0], [0, 1]]); initial death, exact>
    """
    checks.instance("network", network, Network, "a Network")
    samples = checks.integer("samples", samples, low=1)
    checks.choice("death", death, DEATHS)
    checks.choice("space", space, SPACES)
    if space == "functions" and (why := function_space.missing(network, death)) is not None:
        raise ValueError(f"space must be 'weights' for this network, got 'functions': {why}")
    generator = checks.generator("rng", rng)
    if executor is not None:
        checks.instance("executor", executor, Executor, "a concurrent.futures.Executor or None")
    checks.choice("progress", progress, (None, True, False))
    work: Work
    if space == "functions":
        size, work = function_space.chunk_size(network), partial(function_space.chunk, network)
    else:
        size, work = chunk_size(network), partial(chunk, network, death)
    full, rest = divmod(samples, size)
    sizes = [size] * full + [rest] * (rest > 0)
    parts: list[Histogram] = []
    with (
        tqdm(total=samples, unit="net", unit_scale=True, disable=None if progress is None else not progress) as bar,
        closing(_results(work, sizes, generator, executor)) as results,
    ):
        for rows, multiplicity in results:
            parts.append((rows, multiplicity))
            bar.update(int(multiplicity.sum()))
            if len(parts) >= 64:
                parts = [_merged(network, parts)]
    return SimulatedCounts(network, death, *_merged(network, parts), exact_layers(network))


def _results(
    work: Work, sizes: list[int], generator: np.random.Generator, executor: Executor | None
) -> Generator[Histogram]:
    """The chunks' histograms in any order. Each chunk has a generator of its own, whoever works on it."""
    if executor is None:
        for size in sizes:
            yield work(size, generator.spawn(1)[0])
        return
    futures = [
        executor.submit(work, size, child) for size, child in zip(sizes, generator.spawn(len(sizes)), strict=True)
    ]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        # after an interrupt or an error nobody waits for the others
        for future in futures:
            future.cancel()


def _merged(network: Network, parts: list[Histogram]) -> Histogram:
    return tally(network, np.concatenate([rows for rows, _ in parts]), np.concatenate([times for _, times in parts]))
