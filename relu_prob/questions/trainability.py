"""Trainability, born-dead probability and the first layer to die: sums over the masked count law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor

from relu_prob import checks
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.numbers.real import Between, Real, Sampled, compute
from relu_prob.questions import arguments, catalogue, graph as graphs
from relu_prob.questions.arguments import DEATHS, Death, Method, Options, Rng
from relu_prob.questions.bracket import bracket_laws
from relu_prob.questions.count_law import Simulation, event
from relu_prob.results import Probability
from relu_prob.results.masses import RealMasses, proportion
from relu_prob.theorems import bracket as chains
from relu_prob.theorems.theorem import Masks


def trainability(
    network: Network | LayerGraph,
    *,
    need: Sequence[int] | Mapping[str, int],
    death: Death = "initial",
    method: Method = "auto",
    digits: int | None = None,
    force: bool = False,
    samples: int = 100_000,
    rng: Rng = None,
    level: float = 0.99,
    executor: Executor | None = None,
    progress: bool | None = None,
    relative_error: float | None = None,
) -> Probability:
    """The probability at random initialization that a network is trainable for a task that needs ``need`` neurons.

    ``P(N_1 >= m_1, ..., N_{L-1} >= m_{L-1})`` with ``need = (m_1, ..., m_{L-1})``, one number for each hidden layer.
    With ``death="permanent"`` it bounds the success rate of training from above; with "initial" it does so for one
    hidden layer and where every m_l = 1, because otherwise tentatively dead neurons may come back.

    Parameters
    ----------
    network : the random network
    need : how many neurons the task needs in each hidden layer, 0 <= m_l <= n_l. Of a LayerGraph: a mapping from names
        of layers (0 for those left out)
    death : "initial": N_l counts the neurons that are not dead at initialization; "permanent": those that are not
        permanently dead, that no gradient training can revive (then every m_l >= 1). For one hidden layer, and where
        every m_l = 1, the two are the same; otherwise the second is at least the first. Of a LayerGraph that is not a
        path only "initial"
    method, digits, force, samples, rng, level, executor, progress : as for count_law
    relative_error : draw more networks than ``samples``, up to 256 times as many, until half the confidence interval is
        at most this part of the estimate; RuntimeWarning where that is not enough

    Returns
    -------
    Probability
        Exact where a theorem covers the network. Otherwise, for death="initial", an estimate with its confidence
        interval and, as ``.bracket``, the interval of the bracket, certified or numerical; for death="permanent" the
        interval ``[P(S >= m) - P(born dead), P(S >= m)]``, S the sign chain.

    Raises
    ------
    NotCovered, CostError, TypeError, ValueError
        As for count_law.

    Examples
    --------
    >>> from relu_prob import Network, trainability
    >>> trainability(Network((1, 4, 4, 1)), need=(2, 2))
    Probability(1877/2048 = 0.91650390625, exact)
    """
    checks.choice("death", death, DEATHS)
    options = Options(method, digits, force, samples, rng, level, executor, progress, relative_error)
    if isinstance(network, LayerGraph):
        if network.as_network() is None:
            checks.choice("death", death, ("initial",))
            question, enough = graphs.asked_for_need(network, need)
            return graphs.event(question, enough, options)
        need = graphs.path_need(network, need)
    net = arguments.network(network)
    m = arguments.thresholds(net, need, low=1 if death == "permanent" else 0)
    # a layer that is dead as a whole stays so, and a neuron that fires is not permanently dead: needs of 1 are the same
    if death == "permanent" and max(m) > 1 and net.depth > 1:
        return _permanent(net, m, options)
    return _initial(net, m, options)


def _masks(net: Network, m: Sequence[int], l: int) -> Masks:
    return tuple(arguments.at_least(k, n) for k, n in zip(m[: l - 1], net.hidden_widths, strict=False))


def _initial(net: Network, m: tuple[int, ...], options: Options) -> Probability:
    # a layer that needs nothing at the end of the network restricts nothing
    l = max((k for k, needed in enumerate(m, 1) if needed), default=1)
    enough = range(m[l - 1], net.hidden_widths[l - 1] + 1)
    return event(net, l, _masks(net, m, l), enough, options, Simulation(net, options))


def _permanent(net: Network, m: tuple[int, ...], options: Options) -> Probability:
    l = net.depth
    enough = range(m[-1], net.hidden_widths[-1] + 1)
    if options.method == "estimate":
        raise catalogue.NotCovered("the estimator knows death='initial' only, got 'permanent'")
    if options.method == "simulate":
        counts = Simulation(net, options, "permanent").refined(
            lambda runs: [proportion(runs.joint(m), runs.samples, options.level)]
        )
        seen = proportion(counts.joint(m), counts.samples, options.level)
        method = "simulation of permanent death"
        if counts.exact_layers < l:  # a layer that seems to be dead may be alive at an input that was not looked at
            seen = Sampled(seen.estimate, seen.low, 1.0, seen.level, seen.samples)
            method += " (activity is looked for at a finite sample of the domain: layers may wrongly count as dead)"
        return Probability(seen, method=method)
    if options.method in ("auto", "exact"):
        theorem = catalogue.covering(net, l) if options.method == "auto" else catalogue.require(net, l)
        masses = None if theorem is None else theorem.permanent_masses(net, l, _masks(net, m, l))
        if theorem is not None and masses is not None:
            number = RealMasses(masses).event(enough)
            return Probability(number, method=f"{theorem.name}, permanent death", source=theorem.source)
        if options.method == "exact":
            raise catalogue.NotCovered(f"no theorem has the law of permanently dead neurons of layer {l} of {net}")
    return _permanent_interval(net, m, options)


def _permanent_interval(net: Network, m: tuple[int, ...], options: Options) -> Probability:
    """[max(P(N >= m), P(S >= m) - P(born dead)), P(S >= m)], S the sign chain; a neuron alive now is not sign-dead."""
    l = net.depth
    enough = range(m[-1], net.hidden_widths[-1] + 1)
    masks = _masks(net, m, l)
    arithmetic = options.affordable(net)
    around = bracket_laws(net, l, masks, arithmetic, "sign", at=m[-1])
    low, high = around.low.masses.event(enough), around.high.masses.event(enough)
    hypotheses = chains.sign_missing(net) or chains.ray_missing(net)
    if hypotheses is None and catalogue.covering(net, 1) is not None:
        dead = bracket_laws(net, l, (None,) * (l - 1), arithmetic, "sign").low.masses.event([0])
        low = _larger(low, compute(_minus, [high, dead]))
    return Probability(Between(low, high), method=f"permanent death, {around.method}", source=around.source)


def _larger(x: Real, y: Real) -> Real:
    return x if x.ends()[0] >= y.ends()[0] else y


def _minus(x: object, y: object) -> object:
    return x - y  # type: ignore[operator]


def born_dead(
    network: Network | LayerGraph,
    *,
    layer: int | str | None = None,
    method: Method = "auto",
    digits: int | None = None,
    force: bool = False,
    samples: int = 100_000,
    rng: Rng = None,
    level: float = 0.99,
    executor: Executor | None = None,
    progress: bool | None = None,
    relative_error: float | None = None,
) -> Probability:
    """The probability that some layer up to ``layer`` (by default the last) is entirely dead: ``P(N_l = 0)``.

    Such a network computes a constant. All parameters, results and errors are as for trainability. Of a LayerGraph it
    is the probability that the layer of that name is entirely dead, by default all layers that the output reads.

    Examples
    --------
    >>> from relu_prob import Network, born_dead
    >>> born_dead(Network((2, 2, 3, 1)))
    Probability(1/64 = 0.015625, exact)
    """
    options = Options(method, digits, force, samples, rng, level, executor, progress, relative_error)
    if isinstance(network, LayerGraph):
        question = graphs.asked_for_output(network, layer)
        path = question.path
        if path is None:
            return graphs.event(question, (0,), options)
        net, l, _ = path
    else:
        net = arguments.network(network)
        l = arguments.layer(net, layer)
    return event(net, l, (None,) * (l - 1), (0,), options, Simulation(net, options))


def first_dead_layer(
    network: Network,
    *,
    method: Method = "auto",
    digits: int | None = None,
    force: bool = False,
    samples: int = 100_000,
    rng: Rng = None,
    level: float = 0.99,
    executor: Executor | None = None,
    progress: bool | None = None,
    relative_error: float | None = None,
) -> tuple[Probability, ...]:
    """For each hidden layer l the probability that it is the first to be entirely dead.

    ``P(N_1 > 0, ..., N_{l-1} > 0, N_l = 0)``, l = 1..L-1; they sum to the born-dead probability. One simulation
    serves all layers that no theorem covers. All parameters and errors are as for trainability.

    Examples
    --------
    >>> from relu_prob import Interval, Network, first_dead_layer
    >>> [p.fraction for p in first_dead_layer(Network((1, 2, 2, 1), domain=Interval(0, 1)))]
    [Fraction(1, 4), Fraction(3, 16)]
    """
    net = arguments.network(network)
    options = Options(method, digits, force, samples, rng, level, executor, progress, relative_error)
    simulation = Simulation(net, options)
    alive = (1,) * net.depth
    # the deepest layer first: the run of the estimator for it serves the others
    layers = range(net.depth, 0, -1)
    return tuple(event(net, l, _masks(net, alive, l), (0,), options, simulation) for l in layers)[::-1]
