"""How the count law of every layer of a layer graph is answered."""

from __future__ import annotations

from dataclasses import dataclass

from relu_prob.layer_graph import LayerGraph
from relu_prob.questions import graph as graphs
from relu_prob.questions.arguments import Options
from relu_prob.questions.bracket import Bracket
from relu_prob.results import CountLaw
from relu_prob.results.probability import Quantity
from relu_prob.results.text import outward
from relu_prob.theorems.bracket import Arithmetic, CostError


@dataclass(frozen=True)
class GraphLayerExplanation:
    """How the count law of one layer is answered.

    ``law`` is the law where a theorem has it; otherwise ``missing`` says for each theorem which hypothesis fails, and
    ``bracket`` encloses the law, unless it would cost too much, as ``cost`` says.
    """

    name: str
    law: CountLaw | None
    missing: dict[str, str]
    bracket: Bracket | None
    cost: str = ""

    def __str__(self) -> str:
        if self.law is not None:
            return f"{self.name}: {self.law.guarantee}, by '{self.law.method}'\n  source: {self.law.source}"
        lines = [f"{self.name}: no theorem; simulation{' inside the bracket' if self.bracket else ''}"]
        lines += [f"  not '{theorem}': {why}" for theorem, why in self.missing.items()]
        if self.bracket is None:
            return "\n".join([*lines, f"  no bracket: {self.cost}"])
        low, high = self.bracket.low, self.bracket.high
        lines += [f"  P(all of {self.name} dead) lies between {_ends(high.pmf(0), low.pmf(0))}"]
        lines += [f"  mean number of active neurons lies between {_ends(low.mean, high.mean)}"]
        lines += [f"  by {low.method} below and {high.method} above ({low.source})"]
        return "\n".join(lines)


@dataclass(frozen=True)
class GraphExplanation:
    """How every layer of a layer graph is answered; print it."""

    graph: LayerGraph
    layers: tuple[GraphLayerExplanation, ...]

    def __str__(self) -> str:
        return "\n".join([str(self.graph), *map(str, self.layers)])

    def __repr__(self) -> str:
        return str(self)


def explain_graph(graph: LayerGraph) -> GraphExplanation:
    """The explanation of a graph that is not a path."""
    graphs.layer_name(graph, None)
    return GraphExplanation(graph, tuple(_layer(graphs.asked(graph, name, None)) for name in graph.names))


def _layer(question: graphs.Asked) -> GraphLayerExplanation:
    law = graphs.exact(question, Options().arithmetic)
    if law is not None:
        return GraphLayerExplanation(question.label, law, {}, None)
    missing = graphs.exact_missing(question)
    cost = ""
    for arithmetic in (Arithmetic(), Arithmetic(digits=30)):
        try:
            return GraphLayerExplanation(question.label, None, missing, graphs.bracket(question, arithmetic))
        except CostError as error:
            cost = str(error)
    return GraphLayerExplanation(question.label, None, missing, None, cost)


def _ends(low: Quantity, high: Quantity) -> str:
    return f"{outward(low.low, -1)} and {outward(high.high, 1)}"
