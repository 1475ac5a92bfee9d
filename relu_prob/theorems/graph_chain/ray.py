"""The ray chain of a layer graph: N_v is at least the number of neurons that fire at one input.

At an input x0 a pre-activation w.h + b that is not identically 0 is positive with probability 1/2, for symmetric laws
without ties, independently for all neurons of a layer. Of a convolution one position is looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from relu_prob.domains import Points
from relu_prob.layer_graph import INPUT, Convolution, Layer, LayerGraph
from relu_prob.numbers.real import ONE, ZERO, Rational, Real
from relu_prob.theorems.graph_chain.rule import Rule, constant, kept, streams

Positions = frozenset[int]


def ray_missing(graph: LayerGraph) -> str | None:
    """Why the ray chain is not a lower bound, or None."""
    net = graph.input_network
    if not net.symmetric:
        return f"the laws must be symmetric under a change of sign of any entry, got biases {graph.biases!r}"
    if not net.continuous:
        return f"pre-activations must have no ties, got weights {graph.weights!r}, biases {graph.biases!r}"
    return None


def ray_rules(graph: LayerGraph, first: Mapping[str, Real]) -> dict[str, Rule]:
    """The ray chain at an input that one layer chooses: one of those whose neurons are dead with probability ``first``.

    That layer reads only the inputs, and x0 is an input at which one of its neurons fires, if one is active: so its
    count is the exact one. With ``first`` empty, x0 is fixed: the law of the counts where all inputs lie on one ray.
    A layer that reads the inputs, or a residual stream that adds them, never sees 0: for it there is no absorption.
    """
    raw, seen = streams(graph), readable(graph)
    root = _root(graph, seen, first)
    x0 = _fixed_input(graph, seen) if root is None else _common_coordinates(graph)
    rules: dict[str, Rule] = {}
    uneven: set[str] = set()  # layers in whose counts there may be neurons that are silent at x0
    for layer in graph.layers:
        if layer.name == root:
            rules[layer.name] = constant(layer.channels, kept(Rational(layer.keep), first[layer.name]))
        else:
            rules[layer.name] = _rule(graph, layer, raw, seen, x0, not uneven.isdisjoint(layer.reads))
        if layer.name == root or layer.add in uneven:
            uneven.add(layer.name)
    return rules


def ray_exact_missing(graph: LayerGraph, names: Collection[str]) -> str | None:
    """Why the ray chain is not the law of the counts of these layers themselves, in words, or None.

    On one ray from 0 with zero biases, or at one point, every neuron of a dense layer fires everywhere or nowhere.
    """
    failure = ray_missing(graph)
    if failure is not None:
        return failure
    domain, d = graph.domain, graph.inputs.units
    one_point = isinstance(domain, Points) and len(set(domain.points)) == 1
    if not (one_point or (graph.zero_bias and domain.single_ray(d))):
        rays = "the inputs must lie on one ray" if graph.zero_bias else "with biases the domain must be a single point"
        return f"{rays}, got {domain!r}"
    below, raw = graph.ancestors(names), streams(graph)
    for layer in graph.layers:
        if layer.name in below and graph.shapes[layer.name].positions > 1:
            return f"the layers must have one position each, got the convolution {layer.name!r}"
        if layer.name in below and isinstance(layer, Convolution) and layer.mask == "weights" and layer.keep < 1:
            return f"no convolution may have masked weights, got {layer.name!r}"
        if layer.name in below and layer.name in raw:
            return f"no layer may add the inputs, got {layer.name!r}"
    return None


def _rule(
    graph: LayerGraph,
    layer: Layer,
    raw: frozenset[str],
    seen: dict[str, Positions],
    x0: tuple[bool, ...],
    uneven: bool,
) -> Rule:
    n = layer.channels
    if layer.name in raw:
        return constant(n, ZERO)
    if not seen[layer.name]:
        return constant(n, ONE, layer.add)
    convolution = isinstance(layer, Convolution)
    inputs = [name for name in layer.reads if name in raw]
    # x0 is not 0, so that it has at least one coordinate
    meets = _meets(graph, layer, seen[layer.name], x0) if convolution else max(1, sum(x0))
    always = meets * len(inputs)

    def dead(i: int) -> Real:
        i += always
        share = Fraction(int(i > 0)) * layer.keep
        # of a convolution, and where some may be silent, one firing value that it reads is all that is certain
        if layer.mask == "weights" and not convolution and not uneven:
            share = 1 - (1 - layer.keep) ** i
        return Rational(1 - share / 2)

    return Rule(n, tuple((name, 1) for name in layer.reads if name not in raw), layer.add, dead)


def _root(graph: LayerGraph, seen: dict[str, Positions], first: Mapping[str, Real]) -> str | None:
    """The first layer whose law is known, and which may choose x0 without hiding it from the others, or None."""
    x0 = _common_coordinates(graph)
    for layer in graph.layers:
        others = [c for c in _input_convolutions(graph) if c != layer]
        if (
            layer.name in first
            and layer.add is None
            and len(seen[layer.name]) == graph.shapes[layer.name].positions
            and all(_meets(graph, c, seen[c.name], x0) for c in others)
        ):
            return layer.name
    return None


def readable(graph: LayerGraph) -> dict[str, Positions]:
    """For each layer the positions that every layer above it sees at a readable position of its own.

    A stride may skip positions, or leave some at the end; what fires only there reaches nobody.
    """
    found = {name: frozenset(range(shape.positions)) for name, shape in graph.shapes.items()}
    for layer in reversed(graph.layers):
        if layer.add is not None:
            found[layer.add] &= found[layer.name]
        for name in layer.reads:
            taps = layer.taps(graph.shapes[name].positions)
            found[name] &= {p for t in found[layer.name] for _, p in taps[t]}
    return found


def _common_coordinates(graph: LayerGraph) -> tuple[bool, ...]:
    """Which coordinates count as seen at whatever input is chosen: with zero biases those that are not 0 there.

    Of a domain with inner points an open set makes a given neuron fire, so that no coordinate of x0 has to be 0.
    """
    return tuple(map(all, zip(*_candidates(graph), strict=True)))


def _fixed_input(graph: LayerGraph, seen: dict[str, Positions]) -> tuple[bool, ...]:
    """The same at the one input that shows most."""

    def shown(x0: tuple[bool, ...]) -> tuple[int, int]:
        return sum(_meets(graph, layer, seen[layer.name], x0) for layer in _input_convolutions(graph)), sum(x0)

    return max(_candidates(graph), key=shown)


def _candidates(graph: LayerGraph) -> list[tuple[bool, ...]]:
    domain = graph.domain
    if not (graph.zero_bias and isinstance(domain, Points)):
        return [(True,) * graph.inputs.units]
    return [tuple(x != 0 for x in row) for row in domain.points if any(row)]


def _input_convolutions(graph: LayerGraph) -> list[Convolution]:
    return [layer for layer in graph.layers if isinstance(layer, Convolution) and INPUT in layer.reads]


def _meets(graph: LayerGraph, layer: Layer, places: Positions, x0: tuple[bool, ...]) -> bool:
    """Whether the convolution sees a coordinate of x0 that is not 0 at one of these positions."""
    channels, positions = graph.inputs
    taps = layer.taps(positions)
    return any(x0[c * positions + p] for c in range(channels) for t in places for _, p in taps[t])
