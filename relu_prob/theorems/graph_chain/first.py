"""Layers that read only the inputs: what a Network's first layer has to be asked to know their law.

A channel of a convolution is dead if its filter is silent on every patch of every input: it is a neuron of a first
layer whose domain is the set of patches.
"""

from __future__ import annotations

from fractions import Fraction

from relu_prob.domains import Ball, Box, Domain, Interval, Orthant, Points, WholeSpace
from relu_prob.layer_graph import INPUT, Convolution, Layer, LayerGraph
from relu_prob.network import Network


def first_network(graph: LayerGraph, layer: Layer) -> Network | None:
    """A Network in whose first layer a neuron is dead with the same probability; None if there is none known.

    >>> graph = LayerGraph((2, 8), domain=Orthant()).convolution("a", 4, 3, padding=1).dense("b", 4)
    >>> print(first_network(graph, graph.layer("a")))
    6-12-1, HeNormal() weights, Zero() biases, on Orthant()
    """
    if layer.reads != (INPUT,) or (layer.mask == "weights" and layer.keep < 1):
        return None
    if not isinstance(layer, Convolution):
        widths, domain = (graph.inputs.units, layer.channels, 1), graph.domain
    else:
        patches = None if reads_nothing(graph, layer) else _patches(graph, layer)
        if patches is None:
            return None
        widths, domain = (graph.inputs.channels * layer.size, layer.channels * layer.size, 1), patches
    return Network(widths, weights=graph.weights, biases=graph.biases, domain=domain)


def reads_nothing(graph: LayerGraph, layer: Layer) -> bool:
    """Whether, with zero biases, a convolution over points sees only zeros, so that nothing in it can fire."""
    if not (graph.zero_bias and isinstance(layer, Convolution) and layer.reads == (INPUT,)):
        return False
    return isinstance(graph.domain, Points) and not any(map(any, _patches_of_points(graph, layer, graph.domain)))


def _patches(graph: LayerGraph, layer: Convolution) -> Domain | None:
    """The set of all patches, where it is (up to its convex hull) a domain that has a name."""
    domain = graph.domain
    if isinstance(domain, Points):
        return Points(_patches_of_points(graph, layer, domain))
    sizes = [len(pairs) for pairs in layer.taps(graph.inputs.positions)]
    if max(sizes) < layer.size:
        return None
    # a patch within the signal is arbitrary; one at its ends, where zeros are added, is a special case of it
    if isinstance(domain, Ball | Orthant | WholeSpace):
        return domain
    if isinstance(domain, Interval):
        lows, highs = {domain.low}, {domain.high}
    else:
        assert isinstance(domain, Box)
        lows, highs = set(domain.low), set(domain.high)
    low, high = min(lows), max(highs)
    if len(lows) > 1 or len(highs) > 1 or (min(sizes) < layer.size and not low <= 0 <= high):
        return None
    d = graph.inputs.channels * layer.size
    return Box([low] * d, [high] * d)


def _patches_of_points(graph: LayerGraph, layer: Convolution, points: Points) -> list[list[Fraction | int]]:
    channels, positions = graph.inputs
    found = []
    for row in points.points:
        for pairs in layer.taps(positions):
            place = dict(pairs)
            found.append(
                [row[c * positions + place[k]] if k in place else 0 for c in range(channels) for k in range(layer.size)]
            )
    return found
