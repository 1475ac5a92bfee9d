"""The diagnosis of large given networks beside a plain forward pass, measured side by side in one run.

10 hidden layers, 10 000 inputs of 784 numbers. A tenth of every layer is dead on them, and more of it by depth, so that
no layer is settled after a few inputs. A ratio is the median wall time over that of the forward pass in double
precision; the largest network is diagnosed alone, and once.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import tabulate

from relu_prob import ConcreteNetwork, diagnose

INPUTS, DIMENSION, LAYERS = 10_000, 784, 10


def network(width: int, dead: int) -> ConcreteNetwork:
    """He-normal weights in single precision; so many neurons of every layer have a bias that keeps them silent."""
    rng = np.random.default_rng(0)
    fans = [DIMENSION, *[width] * (LAYERS - 1)]
    weights = [rng.standard_normal((width, n), dtype=np.float32) * np.float32((2 / n) ** 0.5) for n in fans]
    biases = [np.where(np.arange(width) < dead, -100.0, 0.0) for _ in fans]
    return ConcreteNetwork([*weights, np.ones((1, width))], [*biases, None])


def forward(net: ConcreteNetwork, data: np.ndarray) -> int:
    """A forward pass in double precision."""
    alive = [np.zeros(n, dtype=bool) for n in net.hidden_widths]
    for start in range(0, len(data), 1000):
        for seen, z in zip(alive, net.preactivations(data[start : start + 1000]), strict=True):
            seen |= (z > 0).any(axis=0)
    return sum(int(seen.sum()) for seen in alive)


def diagnosis(net: ConcreteNetwork, data: np.ndarray) -> int:
    """relu_prob.diagnose."""
    return sum(diagnose(net, data, progress=False).active)


def measure(run: Callable[[], int], repeats: int) -> tuple[float, float, int]:
    """(median wall seconds, median processor seconds, the number of active neurons)."""
    walls, processors, found = [], [], 0
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        found = run()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors), found


def table(repeats: int) -> str:
    """All cases; the largest network once."""
    data = np.random.default_rng(1).standard_normal((INPUTS, DIMENSION))
    rows = []
    for width, runs in [(512, [forward, diagnosis]), (2048, [forward, diagnosis]), (4096, [diagnosis])]:
        net, base = network(width, width // 10), 0.0
        for run in runs:
            wall, processor, active = measure(lambda: run(net, data), 1 if width > 2048 else repeats)  # noqa: B023
            base = base or wall
            ratio = f"{wall / base:.3g}" if len(runs) > 1 else ""
            assert run.__doc__ is not None
            rows.append((f"{LAYERS} x {width}", run.__doc__.rstrip("."), wall, processor, ratio, active))
    headers = ["network", "method", "seconds", "processor seconds", "ratio", "active"]
    return tabulate.tabulate(rows, headers=headers, floatfmt=".3g", disable_numparse=[4, 5])
