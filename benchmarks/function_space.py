"""Networks on points, simulated with explicit weights and in function space, side by side in one run.

Seconds are processor time; ratios of medians are what to quote. The last column is the p-value of a chi-square test
that the number of active neurons of the last layer has one law in both runs (thresholds at its quartiles).
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import tabulate
from scipy.stats import chi2_contingency

from relu_prob import Network, Normal, Points, SimulatedCounts, simulate

CASES = (
    # widths, points, standard deviation of the biases, networks with weights, networks in function space
    ((5, 8, 8, 8, 8, 1), 8, 0.0, 20_000, 20_000),
    ((5, 64, 64, 64, 64, 1), 8, 0.0, 2_000, 10_000),
    ((5, 512, 512, 512, 512, 1), 8, 0.0, 60, 3_000),
    ((5, 512, 512, 512, 512, 1), 8, 0.3, 60, 3_000),
    ((784, 512, 512, 512, 512, 1), 8, 0.0, 60, 3_000),
    ((5, 512, 512, 512, 512, 1), 64, 0.0, 30, 300),
)


def run(network: Network, samples: int, space: str, repeats: int) -> tuple[float, SimulatedCounts]:
    """(median seconds for each network, all counts)."""
    times, counts = [], []
    for seed in range(repeats):
        start = time.process_time()
        counts.append(simulate(network, samples=samples, rng=seed, space=space, progress=False))
        times.append((time.process_time() - start) / samples)
    return statistics.median(times), sum(counts[1:], counts[0])


def p_value(first: SimulatedCounts, second: SimulatedCounts) -> float:
    """Of a chi-square test of homogeneity over the four ranges between the quartiles of the second run."""
    layer = first.network.depth
    one, two = first.counts(layer), second.counts(layer)
    cuts = sorted({int(np.searchsorted(two.cumsum(), q * two.sum())) + 1 for q in (0.25, 0.5, 0.75)})
    table = np.array([[part.sum() for part in np.split(tally, cuts)] for tally in (one, two)])
    return float(chi2_contingency(table[:, table.sum(axis=0) > 0]).pvalue)


def table(repeats: int) -> str:
    """Networks per second in both spaces."""
    rows = []
    for widths, m, deviation, few, many in CASES:
        points = np.random.default_rng(0).standard_normal((m, widths[0])).tolist()
        biases = Normal(deviation) if deviation else None
        network = Network(widths, domain=Points(points), biases=biases)
        slow, weights = run(network, few, "weights", repeats)
        fast, functions = run(network, many, "functions", repeats)
        name = "-".join(map(str, widths))
        rows.append((name, m, deviation, 1 / slow, 1 / fast, slow / fast, p_value(weights, functions)))
    headers = ["widths", "points", "bias sd", "weights, nets/s", "functions, nets/s", "ratio", "p-value"]
    return tabulate.tabulate(rows, headers=headers, floatfmt=".3g")
