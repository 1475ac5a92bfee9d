"""The sequential estimator beside plain Monte Carlo at equal processor time, measured side by side in one run.

Plain Monte Carlo counts networks: with explicit weights, and in function space. A ratio is (variance x seconds) of
plain Monte Carlo over that of the estimator; the variance of a count is p (1 - p) for each network.
"""

from __future__ import annotations

import statistics

import tabulate
from clock import seconds

from relu_prob import Network, Normal, Points, Probability, simulate, trainability

THREE = Points([(1, 0), (0.2, 1), (-0.7, -0.5)])
CASES = (
    ("no dead layer, 4 x 8", (8,) * 4, (1,) * 4, None),
    ("half of each layer, 4 x 8", (8,) * 4, (4,) * 4, None),
    ("no dead layer, 4 x 4", (4,) * 4, (1,) * 4, None),
    ("half of each layer, 4 x 4", (4,) * 4, (2,) * 4, None),
    ("no dead layer, 4 x 8, biases", (8,) * 4, (1,) * 4, Normal(0.3)),
    ("half of each layer, 4 x 8, biases", (8,) * 4, (4,) * 4, Normal(0.3)),
)
SAMPLES = 100_000


def table(repeats: int) -> str:
    """Ratios at equal time."""
    rows = []
    for name, widths, need, biases in CASES:
        net = Network((2, *widths, 1), domain=THREE, biases=biases)
        found: list[Probability] = []

        def run(seed: int, net: Network = net, need: tuple[int, ...] = need, found: list[Probability] = found) -> None:
            found.append(trainability(net, need=need, method="estimate", samples=SAMPLES, rng=seed, progress=False))

        ours = seconds(run, repeats + 2)
        plain = [
            seconds(lambda seed: simulate(net, samples=SAMPLES, rng=seed, space=space, progress=False), repeats)  # noqa: B023
            for space in ("weights", "functions")
        ]
        # the variance of so many replicates is known to a tenth; the median of several runs is better
        worth = statistics.median(p.number.effective for p in found) / SAMPLES
        rows.append((name, float(found[0]), ours / SAMPLES * 1e6, worth, *(worth * other / ours for other in plain)))
    headers = ["event", "probability", "us/network", "variance ratio", "at equal time: weights", "functions"]
    return tabulate.tabulate(rows, headers=headers, floatfmt=("", ".6f", ".1f", ".3g", ".3g", ".3g"))
