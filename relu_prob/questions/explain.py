"""Which theorem answers for which layer, and why a stronger one does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

from relu_prob import checks, estimator
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.questions import arguments, catalogue
from relu_prob.questions.arguments import Options
from relu_prob.questions.bracket import Bracket, bracket_laws
from relu_prob.questions.graph_explain import GraphExplanation, explain_graph
from relu_prob.questions.nearest import nearest
from relu_prob.results.probability import Quantity
from relu_prob.results.text import outward
from relu_prob.theorems.theorem import Theorem


@dataclass(frozen=True)
class LayerExplanation:
    """How the count law of one layer is answered.

    ``theorem`` is the one used, or None; ``missing`` maps the names of the others to the hypothesis that fails, and
    ``shown`` are the names that are printed; ``bracket`` encloses the law where there is no theorem.
    ``estimator_missing`` is None where the estimator answers then, and otherwise the hypothesis that it misses, so that
    networks are simulated.
    """

    layer: int
    theorem: Theorem | None
    missing: dict[str, str]
    bracket: Bracket | None
    estimator_missing: str | None = None
    shown: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.theorem is not None:
            return (
                f"layer {self.layer}: {self.theorem.guarantee}, by the theorem '{self.theorem.name}'\n"
                f"  statement: {self.theorem.statement}\n  source: {self.theorem.source}"
            )
        how = "the sequential estimator" if self.estimator_missing is None else "simulation"
        lines = [f"layer {self.layer}: no theorem; {how} inside the bracket"]
        lines += [f"  not '{name}': {self.missing[name]}" for name in self.shown]
        hidden = len(self.missing) - len(self.shown)
        if hidden:
            lines.append(f"  nor {hidden} others, which are further away or weaker (everything=True lists them)")
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
def explain(network: Network, *, everything: bool = ...) -> Explanation: ...


@overload
def explain(network: LayerGraph, *, everything: bool = ...) -> Explanation | GraphExplanation: ...


def explain(network: Network | LayerGraph, *, everything: bool = False) -> Explanation | GraphExplanation:
    """For every hidden layer: the theorem used, its statement and source, or why none applies, and the bracket.

    Parameters
    ----------
    network : a Network or a LayerGraph
    everything : print every theorem that misses a layer; by default a few that would cover it if one argument were
        different, the strongest first. ``missing`` has all of them anyway

    Raises
    ------
    TypeError, ValueError
        If ``network`` is not a Network or a LayerGraph, or ``everything`` not True or False.

    Examples
    --------
    >>> from relu_prob import Network, explain
    >>> explain(Network((2, 5, 5, 1))).layers[1].missing["layer 2 of a narrow first layer"]
    'the first layer must be no wider than the input dimension, got n_1 = 5 > d = 2'
    """
    checks.choice("everything", everything, (True, False))
    if isinstance(network, LayerGraph) and network.as_network() is None:
        return explain_graph(network)
    net = arguments.network(network)
    return Explanation(net, tuple(_layer(net, l, everything) for l in range(1, net.depth + 1)))


def _layer(net: Network, l: int, everything: bool) -> LayerExplanation:
    theorem = catalogue.covering(net, l)
    if theorem is not None:
        return LayerExplanation(l, theorem, {}, None)
    around = bracket_laws(net, l, (None,) * (l - 1), Options().affordable(net))
    missing = catalogue.missing(net, l)
    shown = tuple(missing) if everything else nearest(net, l, missing)
    return LayerExplanation(l, None, missing, around, estimator.missing(net), shown)


def _ends(low: Quantity, high: Quantity) -> str:
    return f"{outward(low.low, -1)} and {outward(high.high, 1)}"
