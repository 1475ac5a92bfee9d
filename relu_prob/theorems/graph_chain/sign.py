"""The sign chain of a layer graph: N_v is at most the number of neurons whose weights are not all of the wrong sign."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from relu_prob.domains import Box, Domain, Interval, Orthant, Points
from relu_prob.initialization import Constant
from relu_prob.layer_graph import INPUT, Convolution, Layer, LayerGraph
from relu_prob.numbers.real import ONE, ZERO, Rational, Real
from relu_prob.theorems.graph_chain.rule import Rule, constant, kept, streams


def sign_missing(graph: LayerGraph) -> str | None:
    """Why the sign chain is not an upper bound, or None."""
    if not graph.weights.symmetric:
        return f"the weights must be symmetric under a change of sign of any entry, got {graph.weights!r}"
    if not (graph.biases.symmetric or isinstance(graph.biases, Constant)):
        return f"the biases must be symmetric or constant, got {graph.biases!r}"
    return None


def sign_rules(graph: LayerGraph, first: Mapping[str, Real]) -> dict[str, Rule]:
    """The sign chain, with ``first`` the death probabilities of a neuron of layers that read only the inputs.

    A layer has no sign rule, and all its neurons count as alive, where it reads inputs that may be negative together
    with hidden layers (or alone, where ``first`` does not know its law), and where it is a convolution with symmetric
    biases that is not the end of a plain chain (docs/theory/graph.md says why).
    """
    raw = streams(graph)
    return {layer.name: _rule(graph, layer, raw, first) for layer in graph.layers}


def _rule(graph: LayerGraph, layer: Layer, raw: frozenset[str], first: Mapping[str, Real]) -> Rule:
    n, keep = layer.channels, Rational(layer.keep)
    if layer.name in raw:
        return constant(n, ZERO)
    of_neurons = keep if layer.mask == "neurons" else ONE
    if layer.name in first:
        return constant(n, kept(of_neurons, first[layer.name]), layer.add)
    inputs = [name for name in layer.reads if name in raw]
    if (inputs and not is_nonnegative(graph.domain)) or not _has_constant_sums(graph, layer):
        return constant(n, kept(of_neurons, ZERO), layer.add)
    always = sum(_from_stream(graph, layer, name) for name in inputs)
    reads = tuple((name, fan(graph, layer, name)) for name in layer.reads if name not in raw)
    offset = bias_offset(graph)

    def dead(i: int) -> Real:
        return Rational(sign_dead(i + always, offset, layer.keep, layer.mask))

    return Rule(n, reads, layer.add, dead)


def sign_dead(i: int, offset: int | None, keep: Fraction, mask: str) -> Fraction:
    """The probability that none of i weights, each kept with probability ``keep``, is positive, nor the bias.

    >>> sign_dead(3, 0, Fraction(1), "neurons"), sign_dead(3, 1, Fraction(1), "neurons")
    (Fraction(1, 8), Fraction(1, 16))
    >>> half = Fraction(1, 2)
    >>> sign_dead(2, 0, half, "neurons"), sign_dead(2, 0, half, "weights")
    (Fraction(5, 8), Fraction(9, 16))
    """
    if i == 0:
        return Fraction(1)
    silent = Fraction(0) if offset is None else Fraction(1, 2 ** (i + offset))
    if mask == "neurons":
        return 1 - keep * (1 - silent)
    unread, no_excitation = (1 - keep) ** i, (1 - keep / 2) ** i
    if offset is None:
        return unread
    # a neuron that reads nothing is dead whatever its bias
    return no_excitation if offset == 0 else (unread + no_excitation) / 2


def bias_offset(graph: LayerGraph) -> int | None:
    """P(i weights and the bias are <= 0) = 2^-(i + offset); None where the bias is positive, so that it is 0."""
    if isinstance(graph.biases, Constant):
        return None if graph.biases.value > 0 else 0
    return 0 if graph.zero_bias else 1


def fan(graph: LayerGraph, layer: Layer, name: str) -> int:
    """How many weights a neuron of the layer has for each neuron of a layer that it reads: positions, or taps."""
    positions = graph.shapes[name].positions
    reached = [pair for pairs in layer.taps(positions) for pair in pairs]
    return len({tap if isinstance(layer, Convolution) else position for tap, position in reached})


def is_nonnegative(domain: Domain) -> bool:
    """Whether no input has a negative coordinate."""
    if isinstance(domain, Points):
        return all(x >= 0 for row in domain.points for x in row)
    if isinstance(domain, Box):
        return all(low >= 0 for low in domain.low)
    return isinstance(domain, Orthant) or (isinstance(domain, Interval) and domain.low >= 0)


def _from_stream(graph: LayerGraph, layer: Layer, name: str) -> int:
    """How many weights may meet a positive value of non-negative inputs, or of a stream that adds them."""
    domain = graph.domain
    if name == INPUT and isinstance(domain, Points) and not isinstance(layer, Convolution):
        return sum(any(column) for column in zip(*domain.points, strict=True))
    return graph.shapes[name].channels * fan(graph, layer, name)


def _has_constant_sums(graph: LayerGraph, layer: Layer) -> bool:
    """Whether what dead layers add to a pre-activation is the same at all positions.

    With biases a dead layer may pass on positive constants. A dense neuron sees them as a bias; a convolution would see
    a bias that depends on the position, unless all that it reads is dead at once, as in a plain chain.
    """
    return not isinstance(layer, Convolution) or bias_offset(graph) != 1 or _is_plain(graph, layer)


def _is_plain(graph: LayerGraph, layer: Layer) -> bool:
    while True:
        if len(layer.reads) > 1 or layer.add is not None or (layer.mask == "weights" and layer.keep < 1):
            return False
        if layer.reads[0] == INPUT:
            return True
        layer = graph.layer(layer.reads[0])
