"""Which share of networks learns a task, and how many of those had enough neurons at the beginning: E1, E2 and E3.

A network has succeeded when its loss is at most 1e-4 of the labels' variance, within the steps given. Before training
every network is diagnosed on the data, apart from the theory of random networks: what would contradict the theory is a
network that succeeds though too few of its neurons are not permanently dead.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from small_networks import Trainer, label_variance, train
from tqdm import tqdm

from relu_prob import ConcreteNetwork, Network, Normal, diagnose

Array = NDArray[np.float64]

THRESHOLD = 1e-4
"""The share of the labels' variance to which the loss must fall."""

END = math.sqrt(3)
"""Inputs are between -sqrt 3 and sqrt 3."""

POINTS = 61
"""On the interval, evenly spaced from end to end: a layer-1 neuron is largest at an end, so fires there or nowhere."""

SHALLOW_TRAINERS = (Trainer("gradient descent", 0.05, 100_000), Trainer("Adam", 0.01, 50_000))


def interval(points: int = POINTS) -> Array:
    """Evenly spaced inputs, of shape (points, 1)."""
    return np.linspace(-END, END, points)[:, None]


@dataclass(frozen=True)
class Task:
    """Data of shape (m, d) and labels of shape (m, d_out) under a name."""

    name: str
    x: Array
    y: Array

    @property
    def goal(self) -> float:
        """The loss at which a network has succeeded."""
        return THRESHOLD * label_variance(self.y)


@dataclass(frozen=True)
class Case:
    """Networks of one shape with He-normal weights: what is drawn, diagnosed, and trained by every trainer.

    ``biases`` is the standard deviation of the hidden layers' biases, and 0 where all biases start at 0; they are
    trained if ``with_biases``. ``need`` is the number of neurons that the task needs in each hidden layer.
    """

    task: Task
    widths: tuple[int, ...]
    biases: float
    need: tuple[int, ...]
    trainers: tuple[Trainer, ...]
    with_biases: bool = True


def run(cases: Sequence[Case], networks: int, seed: int, executor: Executor | None) -> list[dict[str, Any]]:
    """A row for every case and trainer, in order; every case draws from a seed of its own."""
    seeds = np.random.SeedSequence(seed).spawn(len(cases))
    apply: Any = map if executor is None else executor.map
    found: Iterable[list[dict[str, Any]]] = apply(measure, cases, [networks] * len(cases), seeds)
    return [row for rows in tqdm(found, total=len(cases), unit="case", disable=None) for row in rows]


def measure(case: Case, networks: int, seed: np.random.SeedSequence) -> list[dict[str, Any]]:
    """Draw, diagnose and train: how many networks had enough neurons, how many succeeded, and how many did both."""
    rng = np.random.default_rng(seed)
    law = Network(case.widths, biases=Normal(case.biases) if case.biases else None)
    nets = [ConcreteNetwork.draw(law, rng) for _ in range(networks)]
    diagnoses = [diagnose(net, case.task.x, progress=False) for net in nets]
    active = np.array([found.active for found in diagnoses])
    permanent = np.array([found.permanent for found in diagnoses])
    enough = (np.array(case.widths[1:-1]) - permanent >= case.need).all(axis=1)
    at_first = (active >= case.need).all(axis=1)
    rows = []
    for trainer in case.trainers:
        losses, steps = train(nets, case.task.x, case.task.y, trainer, case.task.goal, with_biases=case.with_biases)
        success = losses <= case.task.goal
        rows.append(
            {
                "task": case.task.name,
                "widths": list(case.widths),
                "biases": case.biases,
                "trained biases": case.with_biases,
                "need": list(case.need),
                "optimizer": trainer.optimizer,
                "rate": trainer.rate,
                "steps": trainer.steps,
                "points": len(case.task.x),
                "networks": networks,
                "enough": int(enough.sum()),
                "enough active": int(at_first.sum()),
                "succeeded": int(success.sum()),
                "without enough": int((success & ~enough).sum()),
                "without enough active": int((success & ~at_first).sum()),
                "in the second half": int((success & (steps > trainer.steps // 2)).sum()),
                "overflowed": int((~np.isfinite(losses)).sum()),
            }
        )
    return rows


def settings(lower: dict[str, float], **others: Any) -> dict[str, Any]:
    """What all rows have in common; ``lower`` has, for each task, a lower bound of the loss of networks with one unit
    fewer than needed, as a share of the labels' variance."""
    return {"threshold": THRESHOLD, "loss with one unit fewer": lower, **others}
