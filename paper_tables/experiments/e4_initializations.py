"""E4: data-dependent initialization against four others, in the over-parameterized setting: n = 2 m hidden neurons.

For every problem and initialization: what networks are like before training; how the loss falls in training all
weights by gradient descent and by Adam, each with the learning rate that is best on separate draws; how it falls in
training the output layer alone; and how often the features have rank m, so that the output layer alone fits any labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import e4_problems as problems
import numpy as np
from e4_problems import Problem
from e4_starts import STARTS, features, last_hidden, least_squares, output_layer_alone
from full_batch import fit
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob import ConcreteNetwork, DataDependentUnits, GaussianUnits, rank_probability

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SEED = 1907_09696_14
RATES = {
    "gradient descent": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    "Adam": (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
}
TUNING_DRAWS = 3
DRAWS = 16
THRESHOLDS = (1e-2, 1e-4)
"""Of the labels' mean square: losses below are a success."""
LEVELS = (0.5, 0.1, 0.01)
"""How many steps it takes to get below these is a measure of speed."""
RANK_DRAWS = 100
RANK_RATIOS = (1, 2, 4)
OUTPUT_STEPS = 10**6
CURVE = 36
"""The most points of a curve that are kept."""

PROBLEMS: dict[str, Problem] = {
    problem.name: problem
    for problem in (
        problems.sines((40,), 5000),
        replace(problems.sines((40, 40), 5000), name="sines, 2 hidden layers"),
        problems.smooth((128,), 2500),
        problems.kinked((128,), 2500),
        problems.diabetes((200,), 1200),
        problems.digits((200,), 1000),
    )
}

# with one input and so few points the probabilities are known exactly
RANK_PROBLEMS = {"sines": problems.sines((), 0, m=8)}


@dataclass(frozen=True)
class Case:
    """A problem and an initialization, the numbers of draws, and what the numbers of steps are divided by.

    ``solved_exactly`` says whether probabilities of rank m are computed where they are known.
    """

    problem: str
    start: str
    draws: int
    rank_draws: int
    ratios: tuple[int, ...]
    shorter: int
    solved_exactly: bool
    seed: int

    @property
    def steps(self) -> int:
        """How many are taken."""
        return PROBLEMS[self.problem].steps // self.shorter

    def draw(self, purpose: str, number: int, problem: Problem | None = None) -> Iterable[ConcreteNetwork]:
        """Networks; those for different purposes are independent, the same for all optimizers."""
        place = (list(PROBLEMS).index(self.problem), list(STARTS).index(self.start))
        key = np.random.SeedSequence((self.seed, *place, ("tuning", "training", "rank").index(purpose)))
        for own in key.spawn(number):
            yield STARTS[self.start](problem or PROBLEMS[self.problem], np.random.default_rng(own))


def run(
    executor: Executor | None = None,
    *,
    names: Sequence[str] = tuple(PROBLEMS),
    draws: int = DRAWS,
    rank_draws: int = RANK_DRAWS,
    ratios: tuple[int, ...] = RANK_RATIOS,
    shorter: int = 1,
    solved_exactly: bool = True,
    seed: int = SEED,
) -> dict[str, Any]:
    """Draw, look and train: settings, and rows for "starts", "training", "output layer" and "ranks"."""
    shared = (draws, rank_draws, ratios, shorter, solved_exactly, seed)
    cases = [Case(name, start, *shared) for name in names for start in STARTS]
    # the longest first, so that what is left for the end is short
    todo = sorted(((case, optimizer) for case in cases for optimizer in RATES), key=lambda x: -cost(x[0]))
    apply = map if executor is None else executor.map
    trained = list(tqdm(apply(train_case, *zip(*todo, strict=True)), total=len(todo), unit="case", disable=None))
    place = {(case.problem, case.start, optimizer): k for k, (case, optimizer) in enumerate(todo)}
    looked = list(apply(look, cases))
    return {
        "seed": seed,
        "settings": {
            "draws": draws,
            "tuning draws": TUNING_DRAWS,
            "rates": {name: list(values) for name, values in RATES.items()},
            "thresholds": list(THRESHOLDS),
            "levels": list(LEVELS),
            "rank draws": rank_draws,
            "output layer steps": output_steps().tolist(),
            "problems": {name: description(PROBLEMS[name], shorter) for name in names},
        },
        "starts": [row for row, _, _ in looked],
        "training": [trained[place[case.problem, case.start, optimizer]] for case in cases for optimizer in RATES],
        "output layer": [row for _, row, _ in looked],
        "ranks": [row for _, _, rows in looked for row in rows],
    }


def cost(case: Case) -> float:
    """About how long a step takes, times their number."""
    problem = PROBLEMS[case.problem]
    weights = sum(a * b for a, b in zip(problem.widths[:-1], problem.widths[1:], strict=True))
    return problem.steps * (problem.m * (weights + 10 * sum(problem.hidden)) + 1e5)


def description(problem: Problem, shorter: int) -> dict[str, Any]:
    """The sizes of a problem."""
    test = 0 if problem.test_x is None else len(problem.test_x)
    steps = problem.steps // shorter
    return {
        "points": problem.m,
        "widths": list(problem.widths),
        "steps": steps,
        "curve steps": curve_steps(steps).tolist(),
        "test points": test,
    }


def train_case(case: Case, optimizer: str) -> dict[str, Any]:
    """Choose the learning rate on separate draws, by the least median of the final losses, then train."""
    problem = PROBLEMS[case.problem]
    nets = [net for net in case.draw("tuning", TUNING_DRAWS) for _ in RATES[optimizer]]
    losses, _ = fit(nets, problem.x, problem.y, optimizer, RATES[optimizer] * TUNING_DRAWS, case.steps)
    finals = np.median(losses[-1].reshape(TUNING_DRAWS, -1), axis=0)
    rate = RATES[optimizer][int(np.argmin(finals))]
    nets = list(case.draw("training", case.draws))
    losses, trained = fit(nets, problem.x, problem.y, optimizer, [rate] * len(nets), case.steps)
    return {
        "problem": case.problem,
        "start": case.start,
        "optimizer": optimizer,
        "rate": rate,
        "tuning": rounded(finals),
        "successes": [int((losses.min(axis=0) < threshold).sum()) for threshold in THRESHOLDS],
        "steps to levels": [median_first(losses < level) for level in LEVELS],
        "test": []
        if problem.test_x is None
        else rounded(np.inf if net is None else test_error(problem, net) for net in trained),
        **curves(losses, curve_steps(case.steps)),
    }


def look(case: Case) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Without training all weights: the networks that are trained elsewhere, their output layer alone, and ranks."""
    problem = PROBLEMS[case.problem]
    names = {"problem": case.problem, "start": case.start}
    nets = list(case.draw("training", case.draws))
    seen = [features(problem, net) for net in nets]
    start = {
        **names,
        "neurons": sum(problem.hidden),
        "dead": [found.dead for found in seen],
        "rank": [found.rank for found in seen],
        "condition": rounded(found.condition for found in seen),
        "output": rounded(found.output for found in seen),
    }
    losses = np.stack([output_layer_alone(problem, net, output_steps()) for net in nets], axis=1)
    return start, {**names, **curves(losses, np.arange(len(losses)))}, rank_rows(case)


def rank_rows(case: Case) -> list[dict[str, Any]]:
    """For one hidden layer of m, 2 m and 4 m neurons: how often the rank is m, and how often least squares give 0."""
    problem = PROBLEMS[case.problem]
    if len(problem.hidden) > 1:
        return []
    problem = RANK_PROBLEMS.get(case.problem, problem)
    # others than the problem's own, which may be as piecewise linear as the features are
    labels = np.random.default_rng(case.seed).standard_normal((problem.m, 1))
    rows = []
    for ratio in case.ratios:
        wide = replace(problem, hidden=(ratio * problem.m,))
        nets = list(case.draw("rank", case.rank_draws, wide))
        conditions = np.array([features(wide, net).condition for net in nets])
        full = np.isfinite(conditions)
        random, own = ([least_squares(last_hidden(net, wide.x), y) for net in nets] for y in (labels, problem.y[:, :1]))
        losses, zero = (np.array(values) for values in zip(*random, strict=True))
        rows.append(
            {
                "problem": case.problem,
                "start": case.start,
                "points": problem.m,
                "ratio": ratio,
                "draws": len(nets),
                "exact": exact_rank(wide, case.start) if case.solved_exactly else None,
                "full": int(full.sum()),
                "zero": int(zero.sum()),
                "both": int((full & zero).sum()),
                "own labels": sum(reached for _, reached in own),
                "largest loss of full rank": float(losses[full].max()) if full.any() else None,
                "smallest loss otherwise": float(losses[~full].min()) if not full.all() else None,
                "condition": float(np.median(conditions[full])) if full.any() else None,
            }
        )
    return rows


def exact_rank(problem: Problem, start: str) -> str | None:
    """The probability that the rank is m, by theory, where it is known."""
    (d, n), m = problem.widths[:2], problem.m
    if d > 1:
        return None
    if "zero" in start or start == "LSUV":
        return "0"  # without biases the rank is at most 2
    units = {
        "He, random bias": GaussianUnits(sqrt(2), 1),
        "data-dependent": DataDependentUnits(0.1),
        "data-dependent, noise 1": DataDependentUnits(1),
    }.get(start)
    if units is None or (isinstance(units, DataDependentUnits) and n > 2 * m):
        return None  # unknown, or more terms than minutes
    return rank_probability(problem.x[:, 0].tolist(), units=n, initialization=units, progress=False).decimal(6)


def curve_steps(steps: int) -> Indices:
    """At most 36 steps, evenly spaced by their logarithms, from the first to the last."""
    return np.unique(np.round(np.geomspace(1, steps, min(CURVE, steps))).astype(np.int64))


def output_steps() -> Indices:
    """Those of training the output layer alone."""
    return curve_steps(OUTPUT_STEPS)


def curves(losses: Array, kept: Indices) -> dict[str, Any]:
    """Median and 10% and 90% quantiles over the draws at some of the steps, and the final losses."""
    low, median, high = np.quantile(losses[kept], (0.1, 0.5, 0.9), axis=1, method="inverted_cdf")
    return {
        "low": rounded(low),
        "median": rounded(median),
        "high": rounded(high),
        "final": rounded(losses[-1]),
    }


def rounded(values: Iterable[float]) -> list[float | None]:
    """Three significant digits are enough to draw; None stands for infinite."""
    return [float(f"{x:.3g}") if np.isfinite(x) else None for x in values]


def median_first(below: NDArray[np.bool_]) -> int | None:
    """The median over the networks (columns) of the first step that is marked; None where half of them have none."""
    first = np.where(below.any(axis=0), below.argmax(axis=0), np.iinfo(np.int64).max)
    middle = int(np.sort(first)[len(first) // 2])
    return middle if middle < len(below) else None


def test_error(problem: Problem, net: ConcreteNetwork) -> float:
    """On the test data: the share of wrong classes, or the mean squared error relative to the labels' of training."""
    assert problem.test_x is not None
    assert problem.test_y is not None
    output = net(problem.test_x)
    if output.shape[1] > 1:
        return float(np.mean(output.argmax(axis=1) != problem.test_y.argmax(axis=1)))
    return float(np.mean((output - problem.test_y) ** 2) / np.mean(problem.y**2))
