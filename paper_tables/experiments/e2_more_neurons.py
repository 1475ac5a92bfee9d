"""E2: a function that needs three neurons, by one hidden layer; and deep, narrow networks, many of which are born dead.

The deep networks learn the simplest functions there are. Without biases, f(x) = x needs two neurons in every layer:
with one, both half-lines of inputs lead to the same half-line of activations, and what follows gives both outputs the
same sign. With trained biases any layer may do with one, as long as not all do: a neuron that fires everywhere passes
on what it gets. A layer that is dead as a whole is fatal.
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

SEED = 1907_09696_12
WIDTHS = (3, 4, 5, 6, 7, 8, 9, 10)
DEEP_WIDTHS = (2, 3, 4)
DEPTHS = (2, 3, 5, 10)
NETWORKS = 1000
BIASES = (0.0, math.sqrt(2))
"""Of one hidden layer: zero, and the standard deviation of the weights."""

DEEP_BIASES = (0.0, 1.0)
"""Of deep networks, where biases are trained."""

DEEP_POINTS = 9
"""Of |x| for deep networks, evenly spaced."""

DEEP_TRAINERS = (Trainer("gradient descent", 0.01, 30_000), Trainer("Adam", 0.01, 20_000))


def kinked() -> success.Task:
    """|x| - sqrt 3/(sqrt 3 - 1) relu(x - 1): down, up, and down to 0."""
    x = success.interval()
    slope = success.END / (success.END - 1)
    return success.Task("two kinks", x, np.abs(x) - slope * np.maximum(x - 1, 0))


def line() -> success.Task:
    """f(x) = x. A network without biases is linear on each half-line: one point of each is enough."""
    x = np.array([[-1.0], [1.0]])
    return success.Task("x", x, x)


def absolute_value() -> success.Task:
    """|x|."""
    x = success.interval(DEEP_POINTS)
    return success.Task("|x|", x, np.abs(x))


def run(
    executor: Executor | None = None,
    *,
    widths: Sequence[int] = WIDTHS,
    deep_widths: Sequence[int] = DEEP_WIDTHS,
    depths: Sequence[int] = DEPTHS,
    networks: int = NETWORKS,
    trainers: Sequence[Trainer] = success.SHALLOW_TRAINERS,
    deep_trainers: Sequence[Trainer] = DEEP_TRAINERS,
    seed: int = SEED,
) -> dict[str, Any]:
    """Train everything: settings, and a row for every task, shape, kind of biases and optimizer."""
    data = kinked()
    shallow = [success.Case(data, (1, n, 1), biases, (3,), tuple(trainers)) for biases in BIASES for n in widths]
    kinds = [(line(), 2, 0.0, False), *((absolute_value(), 1, biases, True) for biases in DEEP_BIASES)]
    deep = [
        success.Case(task, (1, *[n] * depth, 1), biases, (need,) * depth, tuple(deep_trainers), with_biases)
        for task, need, biases, with_biases in kinds
        for n in deep_widths
        for depth in depths
    ]
    lower = needed_units.least_loss(data.x, data.y, 2) / label_variance(data.y)
    return {
        "seed": seed,
        "settings": success.settings({data.name: lower}, points=success.POINTS),
        "rows": success.run([*shallow, *deep], networks, seed, executor),
    }
