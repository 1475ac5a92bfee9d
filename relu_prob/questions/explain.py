"""Which theorem answers for which layer, and why a stronger one does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

from relu_prob import estimator
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.questions import arguments, catalogue
from relu_prob.questions.arguments import Options
from relu_prob.questions.bracket import Bracket, bracket_laws
from relu_prob.questions.graph_explain import GraphExplanation, explain_graph
from relu_prob.results.probability import Quantity
from relu_prob.results.text import outward
from relu_prob.theorems.theorem import Theorem


@dataclass(frozen=True)
class LayerExplanation:
    """How the count law of one layer is answered.

    ``theorem`` is the one used, or None; ``missing`` maps the names of the others to the hypothesis that fails;
    ``bracket`` encloses the law where there is no theorem. ``estimator_missing`` is None where the estimator answers
    then, and otherwise the hypothesis that it misses, so that networks are simulated.
    """

    layer: int
    theorem: Theorem | None
    missing: dict[str, str]
    bracket: Bracket | None
    estimator_missing: str | None = None

    def __str__(self) -> str:
        if self.theorem is not None:
            return (
                f"layer {self.layer}: {self.theorem.guarantee}, by the theorem '{self.theorem.name}'\n"
                f"  statement: {self.theorem.statement}\n  source: {self.theorem.source}"
            )
        how = "the sequential estimator" if self.estimator_missing is None else "simulation"
        lines = [f"layer {self.layer}: no theorem; {how} inside the bracket"]
        lines += [f"  not '{name}': {why}" for name, why in self.missing.items()]
        # of a domain that is not finite there is nothing to say but that
        if self.estimator_missing is not None and not self.estimator_missing.startswith("the domain must be"):
            lines.append(f"  not the sequential estimator: {self.estimator_missing}")
        assert self.bracket is not None
        low, high = self.bracket.low, self.bracket.high
        lines += [f"  P(N_{self.layer} = 0) lies between {_ends(high.pmf(0), low.pmf(0))}"]
        lines += [f"  mean of N_{self.layer} lies between {_ends(low.mean, high.mean)}"]
        lines += [f"  by '{low.method}' below and '{high.method}' above ({self.bracket.source})"]
        return "\n".join(lines)


@dataclass(frozen=True)
class Explanation:
    """How every layer of a network is answered; print it."""

    network: Network
    layers: tuple[LayerExplanation, ...]

    def __str__(self) -> str:
        return "\n".join([str(self.network), *map(str, self.layers)])

    def __repr__(self) -> str:
        return str(self)


@overload
def explain(network: Network) -> Explanation: ...


@overload
def explain(network: LayerGraph) -> Explanation | GraphExplanation: ...


def explain(network: Network | LayerGraph) -> Explanation | GraphExplanation:
    """For every hidden layer: the theorem used, its statement and source, or why none applies, and the bracket.

    Raises
    ------
    TypeError
        If ``network`` is not a Network or a LayerGraph.

    Examples
    --------
    >>> from relu_prob import Network, explain
    >>> explain(Network((2, 5, 5, 1))).layers[1].missing["layer 2 of a narrow first layer"]
    'the first layer must be no wider than the input dimension, got n_1 = 5 > d = 2'
    """
    if isinstance(network, LayerGraph) and network.as_network() is None:
        return explain_graph(network)
    net = arguments.network(network)
    return Explanation(net, tuple(_layer(net, l) for l in range(1, net.depth + 1)))


def _layer(net: Network, l: int) -> LayerExplanation:
    theorem = catalogue.covering(net, l)
    if theorem is not None:
        return LayerExplanation(l, theorem, {}, None)
    around = bracket_laws(net, l, (None,) * (l - 1), Options().affordable(net))
    return LayerExplanation(l, None, catalogue.missing(net, l), around, estimator.missing(net))


def _ends(low: Quantity, high: Quantity) -> str:
    return f"{outward(low.low, -1)} and {outward(high.high, 1)}"
