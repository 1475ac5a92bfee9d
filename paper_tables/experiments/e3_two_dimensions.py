"""E3: [|x_1 + x_2|, |x_1 - x_2|] on a square by one hidden layer, with zero and random biases.

Three units cannot do it, four can: one on each side of each of the two lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import needed_units
import numpy as np
import success
from small_networks import Trainer, label_variance

SEED = 1907_09696_13
WIDTHS = (4, 5, 6, 7, 8, 9, 10)
NETWORKS = 1000
POINTS = 5
"""On each side of the grid, which has the corners of the square: where a neuron of layer 1 is largest."""

BIASES = (0.0, 1.0)
"""Zero, and the standard deviation of the weights."""

TRAINERS = (Trainer("gradient descent", 0.05, 50_000), Trainer("Adam", 0.01, 30_000))
SEARCHED = 0.05
"""The share of the labels' variance up to which a lower bound of the loss of three units is looked for."""


def task() -> success.Task:
    """The data."""
    side = np.linspace(-success.END, success.END, POINTS)
    x = np.array([[first, second] for first in side for second in side])
    return success.Task("two lines", x, np.abs(x @ [[1.0, 1.0], [1.0, -1.0]]))


def run(
    executor: Executor | None = None,
    *,
    widths: Sequence[int] = WIDTHS,
    networks: int = NETWORKS,
    trainers: Sequence[Trainer] = TRAINERS,
    seed: int = SEED,
) -> dict[str, Any]:
    """Train everything: settings, and a row for every width, kind of biases and optimizer."""
    data = task()
    cases = [success.Case(data, (2, n, 2), biases, (4,), tuple(trainers)) for biases in BIASES for n in widths]
    variance = label_variance(data.y)
    lower = needed_units.least_loss_of_three(data.x, data.y, SEARCHED * variance) / variance
    return {
        "seed": seed,
        "settings": success.settings({data.name: lower}, points=POINTS**2),
        "rows": success.run(cases, networks, seed, executor),
    }
