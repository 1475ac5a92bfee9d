"""The masked count law of a layer: by the strongest theorem, by the bracket, or by simulation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Executor
from functools import cached_property

from relu_prob.network import Network
from relu_prob.questions import arguments, catalogue
from relu_prob.questions.arguments import Death, Method, Options, Rng
from relu_prob.questions.bracket import Bracket, bracket_laws, is_bracketed, require_bracketed
from relu_prob.results import CountLaw, Probability
from relu_prob.results.masses import BracketMasses, RealMasses, SampledMasses
from relu_prob.simulation import SimulatedCounts, simulate
from relu_prob.theorems.bracket import is_threshold
from relu_prob.theorems.theorem import Masks, Theorem


def count_law(
    network: Network,
    *,
    layer: int | None = None,
    allowed: Sequence[Iterable[int] | None] | None = None,
    method: Method = "auto",
    digits: int | None = None,
    force: bool = False,
    samples: int = 100_000,
    rng: Rng = None,
    level: float = 0.99,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> CountLaw:
    """The law of the number of active neurons in a layer, ``P(N_1 in A_1, ..., N_{l-1} in A_{l-1}, N_l = j)``.

    Parameters
    ----------
    network : the random network
    layer : the hidden layer l, counted from 1; by default the last
    allowed : for each layer below l the counts that it may have, or None for all; None: nothing is restricted
    method : "auto": the strongest theorem that covers the network, otherwise a simulation inside the bracket;
        "exact": a theorem or an error; "bracket": only the bracket; "simulate": only the simulation
    digits : certified balls with so many digits in the bracket's chains, instead of exact rationals
    force : compute an exact chain however long it takes
    samples, rng, level, executor, progress : of the simulation (``rng``: a Generator, a SeedSequence or a seed)

    Raises
    ------
    NotCovered
        For method="exact", where no theorem covers the network: it names the hypothesis that fails.
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
    net = arguments.network(network)
    l = arguments.layer(net, layer)
    masks = arguments.masks(net, l, allowed)
    options = Options(method, digits, force, samples, rng, level, executor, progress)
    return law(net, l, masks, options, Simulation(net, options))


class Simulation:
    """One simulation of a network, run when first needed and shared by all that a question asks of it."""

    def __init__(self, network: Network, options: Options, death: Death = "initial") -> None:
        self.network, self.options, self.death = network, options, death

    @cached_property
    def counts(self) -> SimulatedCounts:
        """The counts of all layers of all simulated networks."""
        o = self.options
        return simulate(
            self.network, samples=o.samples, rng=o.rng, death=self.death, executor=o.executor, progress=o.progress
        )


def law(net: Network, l: int, masks: Masks, options: Options, simulation: Simulation, at: int = 1) -> CountLaw:
    """The masked law, for arguments that are already checked; a bracket is the best known for ``P(N_l >= at)``."""
    theorem = _theorem(net, l, options)
    if theorem is not None:
        masses = RealMasses(theorem.masses(net, l, masks))
        return CountLaw(masses, layer=l, method=theorem.name, source=theorem.source)
    if options.method == "bracket":
        require_bracketed(net, masks)
        around = bracket_laws(net, l, masks, options.arithmetic, at=at)
        return CountLaw(_masses(around, masks), layer=l, method=around.method, source=around.source)
    if options.method == "auto" and is_bracketed(net, masks):
        around = bracket_laws(net, l, masks, options.affordable(net), at=at)
        return sampled_law(net, l, masks, simulation, _masses(around, masks))
    return sampled_law(net, l, masks, simulation, None)


def event(
    net: Network, l: int, masks: Masks, counts: Collection[int], options: Options, simulation: Simulation
) -> Probability:
    """The masked probability of N_l in ``counts``, for arguments that are already checked."""
    theorem = _theorem(net, l, options)
    if theorem is None:
        # {m..n} is P(N >= m), and {0..b} the rest of P(N >= b + 1)
        at = min(counts) or min(set(range(1, net.hidden_widths[l - 1] + 1)) - set(counts), default=1)
        return law(net, l, masks, options, simulation, at).event(counts)
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


def sampled_law(net: Network, l: int, masks: Masks, simulation: Simulation, around: BracketMasses | None) -> CountLaw:
    """The law as the simulation saw it."""
    counts = simulation.counts
    exact = counts.exact_layers
    undercounts = exact < l
    masses = SampledMasses(
        counts.counts(l, masks),
        counts.samples,
        simulation.options.level,
        bracket=around,
        undercounts=undercounts,
        # where an undercounted layer is asked for a set of counts that is no threshold, too few may be inside it
        ordered=all(map(is_threshold, masks[exact:], net.hidden_widths[exact:])),
    )
    method = "simulation"
    if undercounts:
        method += " (activity is looked for at a finite sample of the domain: counts may be too small)"
    return CountLaw(masses, layer=l, method=method)
