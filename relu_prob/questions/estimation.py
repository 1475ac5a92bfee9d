"""The estimator as the questions use it: run when needed, until it is as accurate as asked."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from math import inf
from typing import Protocol, Self, TypeVar

import numpy as np

from relu_prob import checks, estimator
from relu_prob.estimator import Estimates
from relu_prob.network import Network
from relu_prob.numbers.real import Sampled
from relu_prob.questions.arguments import Options
from relu_prob.results import CountLaw
from relu_prob.results.estimated import EstimatedMasses
from relu_prob.results.masses import BracketMasses
from relu_prob.theorems.theorem import Masks

METHOD = "sequential estimator"
SOURCE = "docs/theory/estimator.md, section 'The estimator'"

MOST_ROUNDS = 256
"""With ``relative_error``: at most so many times the ``samples`` asked for."""


class Estimation:
    """Runs of the estimator for one network, shared by all that a question asks of it."""

    def __init__(self, network: Network, options: Options) -> None:
        self.network, self.options = network, options
        self._generator: np.random.Generator | None = None
        self._runs: list[tuple[Masks, Estimates]] = []

    def law(
        self,
        layer: int,
        masks: Masks,
        around: BracketMasses | None,
        events: Iterable[Collection[int]],
        *,
        conditional: bool = False,
    ) -> CountLaw:
        """The masked law of a layer, with the events as accurate as the options ask for."""

        def masses(run: Estimates) -> EstimatedMasses:
            return EstimatedMasses(
                run.laws[layer - 1],
                run.samples,
                self.options.level,
                rounding=run.rounding,
                bracket=around,
                conditional=conditional,
            )

        position = self._position(layer, masks)
        goal = self.options.relative_error
        if goal is not None:
            known, run = self._runs[position]
            chosen = list(events)
            run = refined(
                run,
                lambda run: self._estimate(known, run.samples),
                lambda run: [masses(run).event(counts) for counts in chosen],
                float(goal),
            )
            self._runs[position] = (known, run)
        return CountLaw(masses(self._runs[position][1]), layer=layer, method=METHOD, source=SOURCE)

    def _position(self, layer: int, masks: Masks) -> int:
        """Where the run for these masks is, or for more layers that begins with them."""
        for position, (known, _) in enumerate(self._runs):
            if len(known) >= layer - 1 and known[: layer - 1] == masks:
                return position
        self._runs.append((masks, self._estimate(masks, self.options.samples)))
        return len(self._runs) - 1

    def _estimate(self, masks: Masks, samples: int) -> Estimates:
        o = self.options
        if self._generator is None:
            self._generator = checks.generator("rng", o.rng)
        return estimator.estimate(
            self.network, masks, samples=samples, rng=self._generator, executor=o.executor, progress=o.progress
        )


class _Run(Protocol):
    """Something random of which more can be had."""

    @property
    def samples(self) -> int: ...

    def __add__(self, other: Self) -> Self: ...


R = TypeVar("R", bound=_Run)


def refined(run: R, more: Callable[[R], R], events: Callable[[R], Sequence[Sampled]], goal: float) -> R:
    """As much of a run as makes the intervals of all events small: half of each at most ``goal`` times the estimate.

    The run is doubled until then, or until it is ``MOST_ROUNDS`` times what it was: then there is a warning.
    """
    most = MOST_ROUNDS * run.samples
    while True:
        worst = max((_relative(event) for event in events(run)), default=0.0)
        if worst <= goal:
            return run
        if run.samples >= most:
            warnings.warn(
                f"relative_error={goal:g} was not reached: it is {worst:.2g} with {run.samples} networks; "
                "ask for more samples",
                RuntimeWarning,
                stacklevel=2,
            )
            return run
        run = run + more(run)


def _relative(number: Sampled) -> float:
    """Half the interval over the estimate; 0 for what is below the range of floats."""
    if number.high < 1e-300:
        return 0.0
    half = max(number.high - number.estimate, number.estimate - number.low)
    return half / number.estimate if number.estimate else inf
