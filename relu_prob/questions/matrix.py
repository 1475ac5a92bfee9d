"""The transition matrix of active-neuron counts, in numbers and as a formula."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from typing import Literal, overload

from relu_prob import checks
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO
from relu_prob.questions import arguments, catalogue
from relu_prob.questions.arguments import Method, Options, Rng
from relu_prob.questions.count_law import Simulation, count_law, is_estimated, law
from relu_prob.results import CountLaw, SymbolicEntry, TransitionMatrix
from relu_prob.results.estimated import EstimatedMasses
from relu_prob.results.masses import SampledMasses
from relu_prob.theorems.theorem import Masks


@overload
def transition_matrix(
    network: Network,
    *,
    layer: int | None = ...,
    symbolic: Literal[False] = ...,
    method: Method = ...,
    samples: int = ...,
    rng: Rng = ...,
    level: float = ...,
    executor: Executor | None = ...,
    progress: bool | None = ...,
) -> TransitionMatrix: ...


@overload
def transition_matrix(network: Network, *, layer: int | None = ..., symbolic: Literal[True]) -> SymbolicEntry: ...


def transition_matrix(
    network: Network,
    *,
    layer: int | None = None,
    symbolic: bool = False,
    method: Method = "auto",
    samples: int = 100_000,
    rng: Rng = None,
    level: float = 0.99,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> TransitionMatrix | SymbolicEntry:
    """``P[i, j] = P(N_l = j | N_{l-1} = i)``, rows i = 0..n_{l-1}, columns j = 0..n_l.

    A row is undefined (None) where P(N_{l-1} = i) = 0; for l = 1 there is one row, the law of N_1.

    Parameters
    ----------
    network, layer : as for count_law
    symbolic : return the entry as a sympy formula in i, j, n (the width) and, for layer 1, r (the effective radius),
        valid for all their values, instead of a matrix of numbers
    method : "auto", "exact", "estimate" or "simulate" (a bracket of the counts does not bound conditional
        probabilities)
    samples, rng, level, executor, progress : as for count_law; a simulated row is a tally of the simulated networks
        with N_{l-1} = i, so rows differ in accuracy, while the estimator draws equally many for each row

    Raises
    ------
    NotCovered
        For symbolic=True or method="exact", where no theorem covers the layer.
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Examples
    --------
    >>> from relu_prob import Network, transition_matrix
    >>> print(transition_matrix(Network((1, 2, 2, 1)), layer=2).markdown())
    | i \\ j   | 0         | 1         | 2         |
    |---------|-----------|-----------|-----------|
    | 0       | undefined | undefined | undefined |
    | 1       | undefined | undefined | undefined |
    | 2       | 5/32      | 7/16      | 13/32     |
    >>> transition_matrix(Network((2, 2, 2, 1)), layer=2, symbolic=True)(i=2, n=2, j=1)
    3/8
    """
    net = arguments.network(network)
    l = arguments.layer(net, layer)
    if method == "bracket":
        raise ValueError(
            "method must be 'auto', 'exact', 'estimate' or 'simulate' for a transition matrix, got 'bracket'"
        )
    options = Options(method, samples=samples, rng=rng, level=level, executor=executor, progress=progress)
    if symbolic:
        theorem = catalogue.require(net, l)
        entry = theorem.symbolic(net, l)
        if entry is None:
            raise catalogue.NotCovered(f"{theorem.name} has no formula in symbols for layer {l} of {net}")
        return entry
    simulation = Simulation(net, options)
    if l == 1:
        return TransitionMatrix(1, (law(net, 1, (), options, simulation),))
    counts = range(net.hidden_widths[l - 2] + 1)
    if catalogue.covering(net, l) is None and is_estimated(net, options):
        share = replace(options, samples=-(-samples // len(counts)), rng=checks.generator("rng", rng))
        simulation = Simulation(net, share)
    rows = [_row(net, l, i, options, simulation) for i in counts]
    return TransitionMatrix(l, tuple(rows))


def _row(net: Network, l: int, i: int, options: Options, simulation: Simulation) -> CountLaw | None:
    masks: Masks = (*(None,) * (l - 2), frozenset((i,)))
    restricted = law(net, l, masks, options, simulation)
    if isinstance(restricted.masses, EstimatedMasses):
        return restricted.conditional() if restricted.masses.estimates.any() else None
    if not isinstance(restricted.masses, SampledMasses):
        return None if _never(net, l - 1, i, restricted) else restricted.conditional()
    seen = sum(restricted.masses.tally)
    if seen == 0:
        return None
    tally = SampledMasses(
        restricted.masses.tally,
        seen,
        restricted.masses.level,
        undercounts=restricted.masses.undercounts,
        ordered=restricted.masses.ordered,
    )
    return CountLaw(tally, layer=l, method=restricted.method)


def _never(net: Network, below: int, count: int, restricted: CountLaw) -> bool:
    """Whether the layer below never has this count.

    A mass that is only known within an error may be 0 or not; the law of the layer itself says which, where it has an
    exact 0.
    """
    if restricted.total.number == ZERO:
        return True
    if restricted.total.low > 0 or catalogue.covering(net, below) is None:
        return False
    return count_law(net, layer=below, method="exact").pmf(count).number == ZERO
