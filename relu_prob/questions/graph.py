"""The questions asked of a layer graph: by the Network where it is a path, otherwise by chains and simulation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from relu_prob import checks
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.numbers.real import ONE, Real
from relu_prob.questions import catalogue
from relu_prob.questions.arguments import Options
from relu_prob.questions.bracket import Bracket
from relu_prob.results import CountLaw, Probability
from relu_prob.results.masses import BracketMasses, RealMasses, SampledMasses
from relu_prob.simulation import GraphCounts, simulate_graph
from relu_prob.theorems import graph_chain
from relu_prob.theorems.bracket import Arithmetic, is_threshold
from relu_prob.theorems.first_layer.family import FirstLayer
from relu_prob.theorems.graph_chain import LIMIT_SECONDS, Rule
from relu_prob.theorems.theorem import CostError, Masks

Allowed = Mapping[str, frozenset[int]]

UNDERCOUNTED = " (activity is looked for at a finite sample of the domain: counts may be too small)"
FIRST_LAYERS = "layers that read the inputs"
ONE_RAY = "one ray, through a layer graph"


@dataclass(frozen=True)
class Asked:
    """A question: the counts of the layers ``names``, summed, where the other counts are in the sets ``allowed``."""

    graph: LayerGraph
    names: tuple[str, ...]
    allowed: Allowed

    @property
    def label(self) -> str:
        """What the count is called."""
        return " + ".join(self.names)

    @property
    def relevant(self) -> LayerGraph:
        """The part of the graph that the question depends on."""
        return self.graph.restricted((*self.names, *self.allowed))

    @property
    def path(self) -> tuple[Network, int, Masks] | None:
        """The same question of a Network: (network, layer, masks), where the graph is a path."""
        net = self.graph.as_network()
        if net is None:
            return None
        below = self.graph.names[: self.graph.names.index(self.names[0])]
        sets = [self.allowed.get(name) for name in below]
        widths = net.hidden_widths
        return (
            net,
            len(below) + 1,
            tuple(None if mask is None or len(mask) == n + 1 else mask for mask, n in zip(sets, widths, strict=False)),
        )

    @property
    def bracketed(self) -> bool:
        """Whether every set is a threshold."""
        return all(is_threshold(mask, self.graph.layer(name).channels) for name, mask in self.allowed.items())


def layer_name(graph: LayerGraph, layer: Any) -> str:
    """The name of a layer of the graph; None is the last."""
    if not graph.layers:
        raise ValueError(f"network must have at least one hidden layer, got {graph}")
    return graph.names[-1] if layer is None else checks.choice("layer", layer, graph.names)


def masks(graph: LayerGraph, name: str, allowed: Any) -> dict[str, frozenset[int]]:
    """The sets of allowed counts by names of layers, none of which reads the layer asked for."""
    if allowed is None:
        return {}
    text = "a mapping from names of layers to collections of counts"
    found = {}
    for key, counts in checks.instance("allowed", allowed, Mapping, text).items():
        checks.choice("allowed", key, graph.names)
        if name in graph.ancestors([key]):
            raise ValueError(f"allowed must restrict other layers than {name!r} and those above it, got {key!r}")
        if counts is not None:
            width = graph.layer(key).channels
            values = checks.sequence("allowed", counts, text)
            found[key] = frozenset(checks.integer(f"allowed, layer {key!r},", j, low=0, high=width) for j in values)
    return found


def thresholds(graph: LayerGraph, need: Any) -> dict[str, int]:
    """The numbers of neurons that a task needs, by names of layers."""
    text = "a mapping from names of layers to integers"
    found = {}
    for name, least in checks.instance("need", need, Mapping, text).items():
        width = graph.layer(checks.choice("need", name, graph.names)).channels
        found[name] = checks.integer(f"need, layer {name!r},", least, low=0, high=width)
    return found


def asked(graph: LayerGraph, layer: Any, allowed: Any) -> Asked:
    """The question for the count of one layer, from arguments of a user."""
    name = layer_name(graph, layer)
    return Asked(graph, (name,), masks(graph, name, allowed))


def asked_for_need(graph: LayerGraph, need: Any) -> tuple[Asked, range]:
    """The question whether all layers have the neurons that a task needs, and the counts that are enough."""
    least = thresholds(graph, need)
    last = max((name for name in least if least[name]), key=graph.names.index, default=layer_name(graph, None))
    sets = {name: frozenset(range(m, graph.layer(name).channels + 1)) for name, m in least.items() if m}
    sets.pop(last, None)
    return Asked(graph, (last,), sets), range(least.get(last, 0), graph.layer(last).channels + 1)


def asked_for_output(graph: LayerGraph, layer: Any) -> Asked:
    """The question for all that the output reads, or for one layer."""
    name = layer_name(graph, layer)
    return Asked(graph, graph.read_out if layer is None else (name,), {})


def bracket(question: Asked, arithmetic: Arithmetic, limit: float = LIMIT_SECONDS) -> Bracket:
    """Two laws between which the count lies stochastically, the ray and the sign chain of the graph.

    Each is refused where it would take more than about ``limit`` seconds exactly, and that is asked for.
    """
    if not question.bracketed:
        shown = {name: sorted(mask) for name, mask in question.allowed.items()}
        raise ValueError(
            f"allowed must be thresholds {{m, ..., n}}, because the bracket bounds nothing else, got {shown}"
        )
    graph = question.relevant
    first = first_deaths(graph)
    lower, upper = "the ray chain of the graph", "the sign chain of the graph"
    if graph_chain.ray_missing(graph) is None:
        low = graph_chain.ray_rules(graph, first)
    else:
        low, lower = graph_chain.certain_rules(graph, dead=True), "no active neuron"
    if graph_chain.sign_missing(graph) is None:
        high = graph_chain.sign_rules(graph, first)
    else:
        high, upper = graph_chain.certain_rules(graph, dead=False), "all neurons active"
    return Bracket(_law(question, low, arithmetic, lower, limit), _law(question, high, arithmetic, upper, limit))


def _law(
    question: Asked, rules: Mapping[str, Rule], arithmetic: Arithmetic, method: str, limit: float = LIMIT_SECONDS
) -> CountLaw:
    masses = graph_chain.law(
        rules, question.names, question.allowed, digits=arithmetic.digits, force=arithmetic.force, limit=limit
    )
    return CountLaw(RealMasses(masses), layer=question.label, method=method, source=graph_chain.SOURCE)


def first_deaths(graph: LayerGraph) -> dict[str, Real]:
    """The probability that a neuron is dead, for the layers that read only the inputs and whose law is known."""
    found: dict[str, Real] = {}
    for layer in graph.layers:
        net = graph_chain.first_network(graph, layer)
        theorem = None if net is None else catalogue.covering(net, 1)
        if graph_chain.reads_nothing(graph, layer):
            found[layer.name] = ONE
        elif net is not None and isinstance(theorem, FirstLayer):
            found[layer.name] = theorem.dead(net)
    return found


def exact_missing(question: Asked) -> dict[str, str]:
    """For each theorem that does not know the law, the hypothesis that fails; the theorem that does is left out."""
    graph, names = question.graph, (*question.names, *question.allowed)
    failures = {}
    known = first_deaths(graph)
    unknown = [name for name in names if name not in known or graph.layer(name).add is not None]
    if unknown:
        failures[FIRST_LAYERS] = f"layers must read only the inputs and have a known law, got {', '.join(unknown)}"
    why = graph_chain.ray_exact_missing(graph, names)
    if why is not None:
        failures[ONE_RAY] = why
    return failures


def exact(question: Asked, arithmetic: Arithmetic) -> CountLaw | None:
    """The law by a theorem, where one covers the question."""
    failures, graph = exact_missing(question), question.relevant
    if FIRST_LAYERS not in failures:
        rules = graph_chain.sign_rules(graph, first_deaths(graph))
        return _law(question, rules, arithmetic, FIRST_LAYERS)
    if ONE_RAY not in failures:
        return _law(question, graph_chain.ray_rules(graph, {}), arithmetic, ONE_RAY)
    return None


def law(question: Asked, options: Options) -> CountLaw:
    """The law of the count: by a theorem, by the bracket, or by simulation inside the bracket."""
    if options.method in ("auto", "exact"):
        found = exact(question, options.arithmetic)
        if found is not None:
            return found
        if options.method == "exact":
            failures = "\n".join(f"- {name}: {why}" for name, why in exact_missing(question).items())
            raise catalogue.NotCovered(f"no theorem covers {question.label} of {question.graph}:\n{failures}")
    if options.method == "bracket":
        around = bracket(question, options.arithmetic)
        return CountLaw(_masses(around, question), layer=question.label, method=around.method, source=around.low.source)
    masses, method = None, "simulation"
    if options.method == "auto" and question.bracketed:
        masses = _affordable(question, options)
        method += " (without a bracket, which would cost too much)" if masses is None else ""
    return _sampled(question, _simulated(question.graph, options), options, masses, method)


def event(question: Asked, counts: Collection[int], options: Options) -> Probability:
    """The probability that the count is one of these."""
    return law(question, options).event(counts)


def _masses(around: Bracket, question: Asked) -> BracketMasses:
    low, high = around.low.masses, around.high.masses
    assert isinstance(low, RealMasses)
    assert isinstance(high, RealMasses)
    return BracketMasses(low, high, restricted=bool(question.allowed))


def _affordable(question: Asked, options: Options) -> BracketMasses | None:
    """The bracket as asked for, or in balls where the exact one would take more than a second, or else none."""
    for arithmetic in (options.arithmetic, Arithmetic(digits=30)):
        try:
            return _masses(bracket(question, arithmetic, limit=1), question)
        except CostError:
            continue
    return None


def _simulated(graph: LayerGraph, options: Options) -> GraphCounts:
    return simulate_graph(
        graph, samples=options.samples, rng=options.rng, executor=options.executor, progress=options.progress
    )


def _sampled(
    question: Asked, counts: GraphCounts, options: Options, around: BracketMasses | None, method: str
) -> CountLaw:
    guessed = {*question.names, *question.allowed} - counts.exact
    masses = SampledMasses(
        counts.counts(*question.names, allowed=question.allowed),
        counts.samples,
        options.level,
        bracket=around,
        undercounts=bool(guessed),
        ordered=all(
            is_threshold(mask, question.graph.layer(name).channels)
            for name, mask in question.allowed.items()
            if name in guessed
        ),
    )
    return CountLaw(masses, layer=question.label, method=method + (UNDERCOUNTED if guessed else ""))


def path_need(graph: LayerGraph, need: Any) -> tuple[int, ...]:
    """The numbers of neurons that a task needs, one for each layer of a path."""
    least = thresholds(graph, need)
    return tuple(least.get(name, 0) for name in graph.names)
