"""The two-ray theorem beside Monte Carlo: how many simulated networks would be as accurate, and in what time.

Monte Carlo is the package's own simulation in one input dimension (explicit weights, piecewise linear functions, all
cores). A theorem's error bound e is compared with the standard error sqrt(p (1 - p) / S) of S networks.
"""

from __future__ import annotations

import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

import tabulate

from relu_prob import Network, simulate, trainability
from relu_prob.theorems.two_ray import cache
from relu_prob.theorems.two_ray.laws import layers_for

CASES = (
    ("1-4-4-4-1, one per layer", (4,) * 3, (1,) * 3),
    ("1-8x20-1, two per layer", (8,) * 20, (2,) * 20),
    ("1-16x10-1, half of each layer", (16,) * 10, (8,) * 10),
    ("1-5-2-7-3-1, one per layer", (5, 2, 7, 3), (1,) * 4),
)
SAMPLES = 200_000


def cold() -> float:
    """Seconds until the operators for widths up to 16 are there, with an empty cache; they are kept in memory."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("RELU_PROB_CACHE_DIR")
        os.environ["RELU_PROB_CACHE_DIR"] = folder
        cache._memory.clear()
        start = time.perf_counter()
        layers_for(16)
        seconds = time.perf_counter() - start
        os.environ.pop("RELU_PROB_CACHE_DIR")
        if before is not None:
            os.environ["RELU_PROB_CACHE_DIR"] = before
    return seconds


def table(repeats: int) -> str:
    """Time of a warm question, error bound, and the Monte Carlo that would match it."""
    seconds = cold()
    rows = []
    with ProcessPoolExecutor() as executor:
        for name, widths, need in CASES:
            net = Network((1, *widths, 1))
            answer = trainability(net, need=need, method="exact")  # fills the caches of the operators
            times = []
            for _ in range(repeats):
                start = time.perf_counter()
                answer = trainability(net, need=need, method="exact")
                times.append(time.perf_counter() - start)
            warm = sorted(times)[repeats // 2]
            simulate(net, samples=1000, rng=0, executor=executor, progress=False)
            start = time.perf_counter()
            simulate(net, samples=SAMPLES, rng=1, executor=executor, progress=False)
            rate = SAMPLES / (time.perf_counter() - start)
            p, error = float(answer), float(answer.high - answer.low) / 2
            equal = p * (1 - p) / error**2 if error else float("inf")
            rows.append((name, p, error, warm, rate, equal, equal / rate / warm))
    headers = ["network, need", "trainability", "error bound", "seconds", "networks/s", "equal networks", "time ratio"]
    return f"cold table of integrals: {seconds:.0f} s, once\n\n" + tabulate.tabulate(
        rows, headers=headers, floatfmt=(".3g", ".6f", ".1e", ".3g", ".2g", ".1e", ".1e")
    )
