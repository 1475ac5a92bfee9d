"""How long work takes: the one way in which benchmarks measure time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[int], object], repeats: int) -> float:
    """The median processor time of ``work(seed)`` for seeds 0, 1, ..."""
    times = []
    for seed in range(repeats):
        start = time.process_time()
        work(seed)
        times.append(time.process_time() - start)
    return statistics.median(times)
