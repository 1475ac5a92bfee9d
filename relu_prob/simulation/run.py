"""Drawing many networks: in chunks of bounded memory, reproducibly, in this process or on many workers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import closing
from functools import partial
from typing import overload

import numpy as np
from tqdm import tqdm

from relu_prob import checks
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.simulation import function_space
from relu_prob.simulation.chunk import chunk, chunk_size
from relu_prob.simulation.counts import DEATHS, IntArray, SimulatedCounts, distinct
from relu_prob.simulation.firing import exact_layers
from relu_prob.simulation.graph_chunk import exact_names, graph_chunk, graph_chunk_size
from relu_prob.simulation.graph_counts import COUNTS, GraphCounts

Histogram = tuple[IntArray, IntArray]
Work = Callable[[int, np.random.Generator], Histogram]

SPACES = ("weights", "functions")


@overload
def simulate(
    network: Network,
    *,
    samples: int,
    rng: np.random.Generator | np.random.SeedSequence | int | None,
    death: str = ...,
    space: str = ...,
    executor: Executor | None = ...,
    progress: bool | None = ...,
) -> SimulatedCounts: ...


@overload
def simulate(
    network: LayerGraph,
    *,
    samples: int,
    rng: np.random.Generator | np.random.SeedSequence | int | None,
    death: str = ...,
    space: str = ...,
    executor: Executor | None = ...,
    progress: bool | None = ...,
) -> SimulatedCounts | GraphCounts: ...


def simulate(
    network: Network | LayerGraph,
    *,
    samples: int,
    rng: np.random.Generator | np.random.SeedSequence | int | None,
    death: str = "initial",
    space: str = "weights",
    executor: Executor | None = None,
    progress: bool | None = None,
) -> SimulatedCounts | GraphCounts:
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
    network : the network; of a LayerGraph that is not a path of dense layers the result is GraphCounts, by layer names
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
    if isinstance(network, LayerGraph):
        path = network.as_network()
        if path is None:
            checks.choice("space", space, ("weights",))
            return simulate_graph(network, samples=samples, rng=rng, death=death, executor=executor, progress=progress)
        network = path
    checks.instance("network", network, Network, "a Network or a LayerGraph")
    samples = checks.integer("samples", samples, low=1)
    checks.choice("death", death, DEATHS)
    checks.choice("space", space, SPACES)
    if space == "functions" and (why := function_space.missing(network, death)) is not None:
        raise ValueError(f"space must be 'weights' for this network, got 'functions': {why}")
    work: Work
    if space == "functions":
        size, work = function_space.chunk_size(network), partial(function_space.chunk, network)
    else:
        size, work = chunk_size(network), partial(chunk, network, death)
    histogram = draw(work, size, network.hidden_widths, samples, rng, executor, progress)
    return SimulatedCounts(network, death, *histogram, exact_layers(network))


def simulate_graph(
    graph: LayerGraph,
    *,
    samples: int,
    rng: np.random.Generator | np.random.SeedSequence | int | None,
    death: str = "initial",
    count: str = "active",
    executor: Executor | None = None,
    progress: bool | None = None,
) -> GraphCounts:
    """Draw ``samples`` independent networks of a layer graph and count the neurons of every layer that are alive.

    With ``count="active"`` those are counted that are not dead (the output is constant on the domain), as ``simulate``
    does; with ``count="possible"`` those that the signs of their weights do not keep silent: of a layer that reads only
    the inputs the active neurons, of others those with a positive weight from a neuron that is counted below, or a
    positive bias. All other parameters and errors are as for ``simulate``; ``death`` must be "initial".

    Examples
    --------
    >>> graph = LayerGraph(3).dense("a", 2).residual("b").dense("c", 2, reads=["a", "b"])
    >>> runs = simulate_graph(graph, samples=100, rng=0)
    >>> runs.joint({"a": 2, "b": 2})
    100
    """
    samples = checks.integer("samples", samples, low=1)
    checks.choice("death", death, ("initial",))
    checks.choice("count", count, COUNTS)
    if not graph.layers:
        raise ValueError(f"network must have at least one hidden layer, got {graph}")
    widths = [layer.channels for layer in graph.layers]
    work = partial(graph_chunk, graph, count)
    histogram = draw(work, graph_chunk_size(graph), widths, samples, rng, executor, progress)
    return GraphCounts(graph, count, *histogram, exact_names(graph))


def draw(
    work: Work,
    size: int,
    widths: Sequence[int],
    samples: int,
    rng: np.random.Generator | np.random.SeedSequence | int | None,
    executor: Executor | None,
    progress: bool | None,
) -> Histogram:
    """The histogram of all chunks of ``size`` networks together."""
    generator = checks.generator("rng", rng)
    if executor is not None:
        checks.instance("executor", executor, Executor, "a concurrent.futures.Executor or None")
    checks.choice("progress", progress, (None, True, False))
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
                parts = [_merged(widths, parts)]
    return _merged(widths, parts)


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


def _merged(widths: Sequence[int], parts: list[Histogram]) -> Histogram:
    return distinct(widths, np.concatenate([rows for rows, _ in parts]), np.concatenate([times for _, times in parts]))
