"""Theory against simulation, as a statistical test with a stated level.

Every cell of a law (or every threshold, where theory only brackets it) is tested by an exact binomial test, and the
cells together by Bonferroni's inequality, so that a correct theory is rejected with probability at most ``level``,
whatever the law and the number of networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import tabulate

from relu_prob import checks
from relu_prob.network import Network
from relu_prob.questions import arguments, catalogue
from relu_prob.questions.arguments import Options, Rng
from relu_prob.questions.count_law import Simulation, law
from relu_prob.questions.trainability import trainability
from relu_prob.results import CountLaw, Probability


@dataclass(frozen=True)
class Cell:
    """One event: what theory says of its probability, how often it was seen, and how surprising that is."""

    event: str
    theory: Probability
    seen: int
    samples: int
    p_value: float


@dataclass(frozen=True)
class Agreement:
    """The outcome of a test of theory against simulation; print it.

    ``p_value`` is that of all cells together; theory and simulation ``agree`` where it is above ``level``.
    """

    network: Network
    level: float
    cells: tuple[Cell, ...]

    @property
    def p_value(self) -> float:
        """The smallest p-value times the number of cells, at most 1."""
        return min(1.0, len(self.cells) * min(cell.p_value for cell in self.cells))

    @property
    def agrees(self) -> bool:
        """Whether theory and simulation are compatible at the level of the test."""
        return self.p_value > self.level

    def rows(self) -> list[dict[str, str]]:
        """A row for every cell."""
        return [
            {
                "event": cell.event,
                "theory": cell.theory.describe(8),
                "simulated": f"{cell.seen / cell.samples:.6g}",
                "p-value": f"{cell.p_value:.3g}",
            }
            for cell in self.cells
        ]

    def __str__(self) -> str:
        verdict = "agree" if self.agrees else "DISAGREE"
        table = tabulate.tabulate(self.rows(), headers="keys", disable_numparse=True)
        return (
            f"{self.network}\n{table}\ntheory and simulation of {self.cells[0].samples} networks {verdict} "
            f"at test level {self.level:g} (p = {self.p_value:.3g}, {len(self.cells)} cells)"
        )

    def to_dict(self) -> dict[str, Any]:
        """A plain dict for JSON."""
        return {
            "network": str(self.network),
            "agrees": self.agrees,
            "level": self.level,
            "p_value": self.p_value,
            "samples": self.cells[0].samples,
            "cells": self.rows(),
        }


def agree(
    network: Network,
    *,
    layer: int | None = None,
    need: Sequence[int] | None = None,
    samples: int = 100_000,
    rng: Rng = None,
    level: float = 1e-6,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> Agreement:
    """Test the theory of a network against networks simulated with explicit weights.

    Where a theorem covers a layer, every cell P(N_l = j) is tested; where there is only the bracket, every threshold
    P(N_l >= j) is tested to lie in it. A simulation that looks for activity at a finite sample of the domain can only
    contradict an upper bound.

    Parameters
    ----------
    network : the random network
    layer : the hidden layer to test; by default all of them
    need : test P(N_1 >= m_1, ..., N_{L-1} >= m_{L-1}) instead, one number for each hidden layer
    samples, rng, executor, progress : of the simulation
    level : the probability with which a correct theory may be rejected

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Examples
    --------
    >>> from relu_prob import Network, agree
    >>> agree(Network((1, 3, 3, 1)), samples=10_000, rng=1).agrees
    True
    """
    net = arguments.network(network)
    checks.fraction_between("level", level, 0, 1)
    options = Options("simulate", samples=samples, rng=rng, executor=executor, progress=progress)
    # weights, so that the evidence shares as little as possible with what it is held against
    simulation = Simulation(net, options, space="weights")
    if need is not None:
        if layer is not None:
            raise ValueError(f"layer must be None where need is given, got layer={layer!r}, need={need!r}")
        cells = [_joint(net, arguments.thresholds(net, need), simulation)]
    else:
        layers: Iterable[int] = range(1, net.depth + 1) if layer is None else [arguments.layer(net, layer)]
        cells = [cell for l in layers for cell in _layer(net, l, simulation)]
    return Agreement(net, level, tuple(cells))


def _joint(net: Network, need: tuple[int, ...], simulation: Simulation) -> Cell:
    last = max((l for l, m in enumerate(need, 1) if m), default=1)
    theory = trainability(net, need=need, method="exact" if catalogue.covering(net, last) else "bracket")
    event = " and ".join(f"N_{l} >= {m}" for l, m in enumerate(need, 1))
    counts = simulation.counts
    return _cell(event, theory, counts.joint(need), counts.samples, upper_only=counts.exact_layers < last)


def _layer(net: Network, l: int, simulation: Simulation) -> list[Cell]:
    counts = simulation.counts
    masks = (None,) * (l - 1)
    tally = counts.counts(l, masks)
    upper_only = counts.exact_layers < l
    covered = catalogue.covering(net, l) is not None
    theory: CountLaw = law(net, l, masks, Options("exact" if covered else "bracket"), simulation)
    if covered and not upper_only:
        return [_cell(f"N_{l} = {j}", theory.pmf(j), int(tally[j]), counts.samples) for j in theory.support]
    return [
        _cell(f"N_{l} >= {j}", theory.event(range(j, theory.n + 1)), int(tally[j:].sum()), counts.samples, upper_only)
        for j in range(1, theory.n + 1)
    ]


def _cell(event: str, theory: Probability, seen: int, samples: int, upper_only: bool = False) -> Cell:
    low = 0.0 if upper_only else float(theory.low)
    return Cell(event, theory, seen, samples, _p_value(seen, samples, low, float(theory.high)))


def _p_value(seen: int, samples: int, low: float, high: float) -> float:
    """The exact two-sided (doubled) binomial p-value of the most favourable probability in [low, high]."""
    # scipy.stats takes half a second to import
    from scipy.stats import binom

    if seen < samples * low:
        return min(1.0, 2 * float(binom.cdf(seen, samples, low)))
    if seen > samples * high:
        return min(1.0, 2 * float(binom.sf(seen - 1, samples, high)))
    return 1.0
