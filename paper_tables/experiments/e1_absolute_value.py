"""E1: |x| on [-sqrt 3, sqrt 3] by one hidden layer: how many networks learn it, with zero and with random biases.

One unit that fires on the data cannot do it: two are needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import needed_units
import numpy as np
import success
from small_networks import Trainer, label_variance

SEED = 1907_09696_11
WIDTHS = (2, 3, 4, 5, 6, 7, 8, 9, 10)
NETWORKS = 1000
BIASES = (0.0, math.sqrt(2))
"""Zero, and the standard deviation of the weights."""


def task() -> success.Task:
    """The data."""
    x = success.interval()
    return success.Task("|x|", x, np.abs(x))


def run(
    executor: Executor | None = None,
    *,
    widths: Sequence[int] = WIDTHS,
    networks: int = NETWORKS,
    trainers: Sequence[Trainer] = success.SHALLOW_TRAINERS,
    seed: int = SEED,
) -> dict[str, Any]:
    """Train everything: settings, and a row for every width, kind of biases and optimizer."""
    data = task()
    cases = [success.Case(data, (1, n, 1), biases, (2,), tuple(trainers)) for biases in BIASES for n in widths]
    lower = needed_units.least_loss(data.x, data.y, 1) / label_variance(data.y)
    return {
        "seed": seed,
        "settings": success.settings({data.name: lower}, points=success.POINTS),
        "rows": success.run(cases, networks, seed, executor),
    }
