"""How the count of one layer depends on the counts of the layers that it reads.

Given the counts N_u of the layers below, a layer of n neurons that adds the stream of the layer a has

    N_v = N_a + Bin(n - N_a, 1 - q(i)),    i = sum_u m_u N_u

with a multiplier m_u for each layer that it reads, and N_a = 0 where it adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from relu_prob.layer_graph import INPUT, LayerGraph
from relu_prob.numbers.real import ONE, ZERO, Real, compute

SOURCE = "docs/theory/graph.md, section 'Two chains on a graph'"

Dead = Callable[[int], Real]


@dataclass(frozen=True)
class Rule:
    """The law of a count given those below: ``reads`` are pairs (layer u, multiplier m_u), ``dead(i)`` is q(i)."""

    n: int
    reads: tuple[tuple[str, int], ...]
    add: str | None
    dead: Dead


def constant(n: int, dead: Real, add: str | None = None) -> Rule:
    """Neurons that are dead with one probability, whatever is below."""
    return Rule(n, (), add, lambda i: dead)


def certain_rules(graph: LayerGraph, *, dead: bool) -> dict[str, Rule]:
    """All neurons dead, or none: a bound where no chain gives one."""
    return {layer.name: constant(layer.channels, ONE if dead else ZERO) for layer in graph.layers}


def kept(keep: Real, dead: Real) -> Real:
    """The probability that a neuron is masked or dead: 1 - keep (1 - dead)."""
    return dead if keep == ONE else compute(lambda k, q: 1 - k * (1 - q), [keep, dead])


def streams(graph: LayerGraph) -> frozenset[str]:
    """The inputs, and the residual streams that add them: their units count as active whatever the weights are."""
    found = {INPUT}
    for layer in graph.layers:
        if layer.add in found:
            found.add(layer.name)
    return frozenset(found)
