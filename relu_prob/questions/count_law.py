"""The masked count law of a layer: by the strongest theorem, by the bracket, by the estimator, or by simulation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import cached_property

import numpy as np

from relu_prob import checks, estimator
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.numbers.real import Sampled
from relu_prob.questions import arguments, catalogue, graph as graphs
from relu_prob.questions.arguments import Death, Method, Options, Rng
from relu_prob.questions.bracket import Bracket, bracket_laws, is_bracketed, require_bracketed
from relu_prob.questions.estimation import Estimation, refined
from relu_prob.results import CountLaw, Probability
from relu_prob.results.masses import BracketMasses, RealMasses, SampledMasses
from relu_prob.simulation import SimulatedCounts, function_space, simulate
from relu_prob.theorems.bracket import is_threshold
from relu_prob.theorems.theorem import Masks, Theorem


def count_law(
    network: Network | LayerGraph,
    *,
    layer: int | str | None = None,
    allowed: Sequence[Iterable[int] | None] | Mapping[str, Iterable[int]] | None = None,
    method: Method = "auto",
    digits: int | None = None,
    force: bool = False,
    samples: int = 100_000,
    rng: Rng = None,
    level: float = 0.99,
    executor: Executor | None = None,
    progress: bool | None = None,
    relative_error: float | None = None,
) -> CountLaw:
    """The law of the number of active neurons in a layer, ``P(N_1 in A_1, ..., N_{l-1} in A_{l-1}, N_l = j)``.

    Parameters
    ----------
    network : the random network
    layer : the hidden layer l, counted from 1; by default the last. Of a LayerGraph: its name
    allowed : for each layer below l the counts that it may have, or None for all; None: nothing is restricted. Of a
        LayerGraph: a mapping from names of layers, which must not read ``layer``, to counts
    method : "auto": the strongest theorem that covers the network, otherwise the estimator, or where that does not
        cover it a simulation, inside the bracket; "exact": a theorem or an error; "bracket": only the bracket;
        "estimate": the estimator or an error; "simulate": only the simulation
    digits : certified balls with so many digits in the bracket's chains, instead of exact rationals
    force : compute an exact chain however long it takes
    samples, rng, level, executor, progress : of the estimate: the number of networks, a Generator, a SeedSequence or a
        seed, the confidence level, where to work, and whether to show it
    relative_error : draw more networks than ``samples``, up to 256 times as many, until half the confidence interval
        of every mass that is not 0 is at most this part of it; RuntimeWarning where that is not enough

    Raises
    ------
    NotCovered
        For method="exact", where no theorem covers the network, and for method="estimate", where the estimator does
        not: it names the hypothesis that fails.
    CostError
        Where an exact chain would take very long and neither ``digits`` nor ``force`` is given.
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Examples
    --------
    >>> from relu_prob import Network, count_law
    >>> count_law(Network((1, 2, 2, 1)), layer=2)
    CountLaw(layer 2, {0: 0.15625, 1: 0.4375, 2: 0.40625}, exact, layer 2 in one dimension)
    """
    options = Options(method, digits, force, samples, rng, level, executor, progress, relative_error)
    if isinstance(network, LayerGraph):
        question = graphs.asked(network, layer, allowed)
        path = question.path
        if path is None:
            return graphs.law(question, options)
        net, l, masks = path
    else:
        net = arguments.network(network)
        l = arguments.layer(net, layer)
        masks = arguments.masks(net, l, allowed)
    return law(net, l, masks, options, Simulation(net, options))


class Simulation:
    """One simulation of a network, or runs of the estimator, when first needed; shared by all that a question asks.

    ``space`` is "weights" or "functions", by default the faster one of those that are possible.
    """

    def __init__(self, network: Network, options: Options, death: Death = "initial", space: str | None = None) -> None:
        self.network, self.options, self.death = network, options, death
        fast = function_space.missing(network, death) is None
        self.space = ("functions" if fast else "weights") if space is None else space
        self.estimation = Estimation(network, options)

    @cached_property
    def _generator(self) -> np.random.Generator:
        return checks.generator("rng", self.options.rng)

    @cached_property
    def counts(self) -> SimulatedCounts:
        """The counts of all layers of all simulated networks."""
        return self._simulate(self.options.samples)

    def refined(self, events: Callable[[SimulatedCounts], Sequence[Sampled]]) -> SimulatedCounts:
        """The counts of as many networks as make the intervals of the events as small as the options ask for."""
        goal = self.options.relative_error
        if goal is not None:
            self.counts = refined(self.counts, lambda runs: self._simulate(runs.samples), events, float(goal))
        return self.counts

    def _simulate(self, samples: int) -> SimulatedCounts:
        o = self.options
        return simulate(
            self.network,
            samples=samples,
            rng=self._generator,
            death=self.death,
            space=self.space,
            executor=o.executor,
            progress=o.progress,
        )


def law(
    net: Network,
    l: int,
    masks: Masks,
    options: Options,
    simulation: Simulation,
    events: Sequence[Collection[int]] | None = None,
) -> CountLaw:
    """The masked law, for arguments that are already checked.

    ``events`` are to be accurate, by default every mass; a bracket is the best known for the first of them.
    """
    width = net.hidden_widths[l - 1]
    at = 1 if events is None else _threshold(events[0], width)
    theorem = _theorem(net, l, options)
    if theorem is not None:
        masses = RealMasses(theorem.masses(net, l, masks))
        return CountLaw(masses, layer=l, method=theorem.name, source=theorem.source)
    if options.method == "bracket":
        require_bracketed(net, masks)
        around = bracket_laws(net, l, masks, options.arithmetic, at=at)
        return CountLaw(_masses(around, masks), layer=l, method=around.method, source=around.source)
    known = None
    if options.method == "auto" and is_bracketed(net, masks):
        known = _masses(bracket_laws(net, l, masks, options.affordable(net), at=at), masks)
    events = [(j,) for j in range(width + 1)] if events is None else events
    if is_estimated(net, options):
        return simulation.estimation.law(l, masks, known, events)
    return sampled_law(net, l, masks, simulation, known, events)


def _threshold(counts: Collection[int], width: int) -> int:
    """The m for which the event says most of P(N >= m): {m..n} is that event, {0..b} the rest of P(N >= b + 1)."""
    return min(counts) or min(set(range(1, width + 1)) - set(counts), default=1)


def is_estimated(net: Network, options: Options) -> bool:
    """Whether the estimator answers where no theorem does.

    Raises
    ------
    NotCovered
        Where it is asked to and does not cover the network.
    """
    if options.method not in ("auto", "estimate"):
        return False
    why = estimator.missing(net)
    if why is not None and options.method == "estimate":
        raise catalogue.NotCovered(f"the estimator does not cover {net}: {why}")
    return why is None


def event(
    net: Network, l: int, masks: Masks, counts: Collection[int], options: Options, simulation: Simulation
) -> Probability:
    """The masked probability of N_l in ``counts``, for arguments that are already checked."""
    theorem = _theorem(net, l, options)
    if theorem is None:
        return law(net, l, masks, options, simulation, [counts]).event(counts)
    return Probability(theorem.event(net, l, masks, counts), method=theorem.name, source=theorem.source)


def _theorem(net: Network, l: int, options: Options) -> Theorem | None:
    """The theorem to answer with, if the method wants one."""
    if options.method == "exact":
        return catalogue.require(net, l)
    return catalogue.covering(net, l) if options.method == "auto" else None


def _masses(around: Bracket, masks: Masks) -> BracketMasses:
    low, high = around.low.masses, around.high.masses
    assert isinstance(low, RealMasses)
    assert isinstance(high, RealMasses)
    restricted = any(mask is not None for mask in masks)
    return BracketMasses(low, high, restricted=restricted, method=around.method, source=around.source)


def sampled_law(
    net: Network,
    l: int,
    masks: Masks,
    simulation: Simulation,
    around: BracketMasses | None,
    events: Iterable[Collection[int]] = (),
) -> CountLaw:
    """The law as the simulation saw it."""
    exact = simulation.counts.exact_layers
    undercounts = exact < l

    def masses(counts: SimulatedCounts) -> SampledMasses:
        return SampledMasses(
            counts.counts(l, masks),
            counts.samples,
            simulation.options.level,
            bracket=around,
            undercounts=undercounts,
            # where an undercounted layer is asked for a set of counts that is no threshold, too few may be inside it
            ordered=all(map(is_threshold, masks[exact:], net.hidden_widths[exact:])),
        )

    chosen = list(events)
    counts = simulation.refined(lambda runs: [masses(runs).event(event) for event in chosen])
    method = "simulation"
    if undercounts:
        method += " (activity is looked for at a finite sample of the domain: counts may be too small)"
    return CountLaw(masses(counts), layer=l, method=method)
