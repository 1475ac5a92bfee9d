"""One chunk of random networks of a layer graph: explicit weights, explicit inputs, and who is dead by looking.

Every layer is written as one matrix from all values that it reads to all its values; a convolution is a matrix with
shared entries. Unit (c, t) of a layer, channel c at position t, has the index c * positions + t. Inputs are in
homogeneous coordinates, as in ``polyline``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from relu_prob.domains import Ball, Box, Interval
from relu_prob.initialization import SphereUniform
from relu_prob.layer_graph import INPUT, Convolution, Layer, LayerGraph
from relu_prob.network import Network
from relu_prob.simulation.counts import IntArray, distinct
from relu_prob.simulation.firing import TIE
from relu_prob.simulation.inputs import deciding_vertices
from relu_prob.simulation.sampling import RANDOM_INPUTS, largest, random_inputs

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

T = TypeVar("T", bound=np.generic)

CHUNK_BYTES = 2**26
CHUNK_NETWORKS = 2**13


@dataclass(frozen=True, eq=False)
class Drawn:
    """A layer of ``size`` networks.

    w : (size, units, values read); b : (size, units); kept : which neurons the mask keeps, (size or 1, units);
    reads : which entries of w are weights that the mask keeps, (size or 1, units, values read)
    """

    w: Array
    b: Array
    kept: BoolArray
    reads: BoolArray


@dataclass(frozen=True, eq=False)
class Seen:
    """What a layer shows: its values h (size, inputs, units), and its units that are active, or possible.

    ``constant`` (size, units) is the value of units that are not possible; ``possible`` is the same at all positions.
    """

    h: Array
    active: BoolArray
    possible: BoolArray
    constant: Array


def exact_names(graph: LayerGraph) -> frozenset[str]:
    """The layers in which death is decided exactly: all, if finitely many inputs decide; or those that read the inputs.

    >>> sorted(exact_names(LayerGraph(3).dense("a", 4).dense("b", 4)))
    ['a']
    """
    if _decided(graph) is not None:
        return frozenset(graph.names)
    exact, streams = {INPUT}, {INPUT}
    for layer in graph.layers:
        streams |= {layer.name} if layer.add in streams else set()
        if layer.name in streams or (layer.reads == (INPUT,) and layer.add in (None, *exact)):
            exact.add(layer.name)
    return frozenset(exact - {INPUT})


def graph_chunk_size(graph: LayerGraph) -> int:
    """The number of networks in a chunk: a function of the graph only, as results depend on it."""
    inputs = _number_of_inputs(graph)
    units = [graph.shapes[layer.name].units for layer in graph.layers]
    read = [sum(graph.shapes[name].units for name in layer.reads) for layer in graph.layers]
    floats = sum(3 * m * n + (4 * n + m) * inputs for m, n in zip(read, units, strict=True))
    return max(1, min(CHUNK_NETWORKS, CHUNK_BYTES // (8 * floats)))


def graph_chunk(graph: LayerGraph, count: str, size: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """The distinct rows of counts among ``size`` random networks, and how often each was seen."""
    return distinct([layer.channels for layer in graph.layers], look(graph, size, rng)[count])


def look(graph: LayerGraph, size: int, rng: np.random.Generator) -> dict[str, IntArray]:
    """For each kind of count the numbers of neurons of every layer, in the same ``size`` random networks.

    A neuron is active if it fires and reads something active; a residual one also if what is added to it is. It is
    possible if it has a positive weight from something possible, or a positive bias (what it reads of constant units
    is part of that), and reads something possible. A neuron of a convolution is a channel, at any position.
    """
    drawn = {layer.name: _draw(graph, layer, size, rng) for layer in graph.layers}
    x, scale = _inputs(graph, drawn, size, rng)
    everything = np.ones((size, graph.inputs.units), dtype=bool)
    seen = {INPUT: Seen(x, everything, everything, np.zeros(everything.shape))}
    streams = {INPUT}
    for layer in graph.layers:
        streams |= {layer.name} if layer.add in streams else set()
        seen[layer.name] = _look(graph, layer, drawn[layer.name], seen, scale, layer.name in streams, streams)
    return {
        "active": np.stack([_channels(graph, layer, seen[layer.name].active).sum(1) for layer in graph.layers], 1),
        "possible": np.stack([_channels(graph, layer, seen[layer.name].possible).sum(1) for layer in graph.layers], 1),
    }


def _look(
    graph: LayerGraph, layer: Layer, drawn: Drawn, seen: dict[str, Seen], scale: Array, stream: bool, streams: set[str]
) -> Seen:
    below = [seen[name] for name in layer.reads]
    h = np.concatenate([part.h for part in below], axis=2)
    z = h @ np.swapaxes(drawn.w, 1, 2) + scale[:, :, None] * drawn.b[:, None, :]
    if not graph.weights.continuous:
        terms = np.abs(h) @ np.swapaxes(np.abs(drawn.w), 1, 2) + scale[:, :, None] * np.abs(drawn.b)[:, None, :]
        z[np.abs(z) <= TIE * terms] = 0.0
    h = np.maximum(z, 0.0) * drawn.kept[:, None, :]
    fires = np.any(h > 0, axis=1)
    active = fires & _meets(drawn.reads, np.concatenate([part.active for part in below], axis=1))
    if layer.reads == (INPUT,):
        possible = _channels(graph, layer, active)
    elif streams & set(layer.reads) and np.any(seen[INPUT].h < 0):
        possible = _channels(graph, layer, np.broadcast_to(drawn.kept, active.shape))  # signs decide nothing
    else:
        possible = _possible(graph, layer, drawn, below)
    possible_units = np.repeat(possible, graph.shapes[layer.name].positions, axis=1)
    excited = _meets(drawn.reads, np.concatenate([part.possible for part in below], axis=1))
    constant = np.concatenate([part.constant for part in below], axis=1)
    passed = np.maximum(_apply(drawn.w, constant) + drawn.b, 0.0) * drawn.kept * ~excited
    if layer.add is not None:
        added = seen[layer.add]
        h, active, passed = h + added.h, active | added.active, passed + added.constant
        possible_units = possible_units | added.possible
    if stream:
        active = possible_units = np.ones_like(active)
    return Seen(h, active, possible_units, np.where(possible_units, 0.0, passed))


def _possible(graph: LayerGraph, layer: Layer, drawn: Drawn, below: list[Seen]) -> BoolArray:
    """Channels (size, channels) with a positive weight from a possible unit, or a positive bias."""
    possible = np.concatenate([part.possible for part in below], axis=1)
    constant = np.concatenate([part.constant for part in below], axis=1)
    by_weights = _meets(drawn.w > 0, possible)
    by_bias = _apply(drawn.w, constant) + drawn.b > 0
    able = (by_weights | by_bias) & drawn.kept & _meets(drawn.reads, possible)
    return _channels(graph, layer, able)


def _draw(graph: LayerGraph, layer: Layer, size: int, rng: np.random.Generator) -> Drawn:
    shapes = [graph.shapes[name] for name in layer.reads]
    taps = layer.size if isinstance(layer, Convolution) else 1
    fan_in = sum(s.channels * taps if isinstance(layer, Convolution) else s.units for s in shapes)
    fan_out = layer.channels * taps
    shape = (size, layer.channels, fan_in)
    if isinstance(graph.biases, SphereUniform):
        rows = graph.biases.sample(rng, (size, layer.channels, fan_in + 1), fan_in, fan_out)
        w, b = rows[..., :-1], rows[..., -1]
    else:
        w = graph.weights.sample(rng, shape, fan_in, fan_out)
        b = graph.biases.sample(rng, shape[:2], fan_in, fan_out)
    reads, kept = np.ones((1, *shape[1:]), dtype=bool), np.ones((1, layer.channels), dtype=bool)
    if layer.keep < 1 and layer.mask == "weights":
        reads = rng.random(shape) < float(layer.keep)
        w = w * reads
    elif layer.keep < 1:
        kept = rng.random(shape[:2]) < float(layer.keep)
    positions = graph.shapes[layer.name].positions
    return Drawn(
        _matrix(graph, layer, w),
        np.repeat(b, positions, axis=1),
        np.repeat(kept, positions, axis=1),
        _matrix(graph, layer, reads),
    )


def _matrix(graph: LayerGraph, layer: Layer, w: NDArray[T]) -> NDArray[T]:
    """The matrix of a layer from its rows of weights (size, channels, fan_in), 0 where there is no weight."""
    if not isinstance(layer, Convolution):
        return w
    below = graph.shapes[layer.reads[0]].positions
    channels = sum(graph.shapes[name].channels for name in layer.reads)
    taps = layer.taps(below)
    filters = w.reshape(len(w), layer.channels, channels, layer.size)
    full = np.zeros((len(w), layer.channels, len(taps), channels, below), dtype=w.dtype)
    for t, pairs in enumerate(taps):
        for k, p in pairs:
            full[:, :, t, :, p] = filters[..., k]
    return full.reshape(len(w), layer.channels * len(taps), channels * below)


def _decided(graph: LayerGraph) -> Array | None:
    """Finitely many inputs that decide everything, in homogeneous coordinates, or None."""
    vertices = deciding_vertices(graph.input_network)
    return None if vertices is None or vertices.joined else vertices.array


def _bounded(net: Network) -> Network:
    """The same one-dimensional inputs as a box, which can be drawn from."""
    if net.input_dimension > 1 or not isinstance(net.domain, Interval | Ball):
        return net
    ends = net.domain.interval(1)
    assert ends is not None
    return replace(net, domain=Box(ends[:1], ends[1:]))


def _inputs(graph: LayerGraph, drawn: dict[str, Drawn], size: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Inputs (size, inputs, d) and their scales (size, inputs)."""
    decided = _decided(graph)
    if decided is not None:
        points = np.broadcast_to(decided, (size, *decided.shape))
    else:
        net = _bounded(graph.input_network)
        parts = [random_inputs(net, rng, size)]
        for layer in graph.layers:
            if layer.reads == (INPUT,):
                w = drawn[layer.name].w
                # a row without weights is largest everywhere
                parts.append(largest(net, np.where(np.any(w != 0, axis=2, keepdims=True), w, 1.0)))
        points = np.concatenate(parts, axis=1)
    if graph.zero_bias:
        return points, np.zeros(points.shape[:2])
    return points[..., :-1], points[..., -1]


def _number_of_inputs(graph: LayerGraph) -> int:
    decided = _decided(graph)
    if decided is not None:
        return len(decided)
    return RANDOM_INPUTS + sum(graph.shapes[layer.name].units for layer in graph.layers if layer.reads == (INPUT,))


def _channels(graph: LayerGraph, layer: Layer, units: BoolArray) -> BoolArray:
    """Which channels (size, channels) have a unit of these (size, units)."""
    result: BoolArray = np.any(units.reshape(len(units), *graph.shapes[layer.name]), axis=2)
    return result


def _meets(reads: BoolArray, units: BoolArray) -> BoolArray:
    """Whether a row of ``reads`` (size or 1, n, m) has one of these units (size, m): shape (size, n)."""
    met: BoolArray = _apply(reads.astype(np.float64), units.astype(np.float64)) > 0
    return met


def _apply(w: Array, values: Array) -> Array:
    """w (size or 1, n, m) times values (size, m): shape (size, n)."""
    result: Array = (w @ values[:, :, None])[:, :, 0]
    return result
