"""Orthant probabilities beside scipy.stats.multivariate_normal.cdf, measured side by side in one run.

Every case has an independent truth: 1/(m+1) for correlations 1/2, one-dimensional integrals for one common factor.
scipy is given a budget of points (maxpts, no tolerances) for about as much time as relu_prob took to reach a relative
error of 1e-3 on the same machine, and never less than its smallest useful one; then errors are compared at that time.
Both errors are root mean squares over several seeds. The ratio of errors is what to quote, not the seconds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import mpmath
import numpy as np
import tabulate
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from relu_prob.orthant import orthant_probability

Array = NDArray[np.float64]

SEEDS = 4
MOST_POINTS = 4_000_000


def cases() -> list[tuple[str, Array, float]]:
    """(name, covariance, truth)."""
    found = [(f"equicorrelated 1/2, m = {m}", equicorrelated(m, 0.5), 1 / (m + 1)) for m in (5, 10, 25, 50)]
    for m, rho in ((10, 0.1), (20, -0.045), (40, 0.001), (50, 0.05)):
        found.append((f"equicorrelated {rho}, m = {m}", equicorrelated(m, rho), one_factor([rho] * m)))
    loadings = np.random.default_rng(0).uniform(-0.95, 0.95, 25)
    covariance = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    signed = [math.copysign(l**2, l) for l in loadings]
    found.append(("one random factor, m = 25", covariance, one_factor(signed, signs=True)))
    return found


def equicorrelated(m: int, rho: float) -> Array:
    """All correlations rho."""
    return np.eye(m) * (1 - rho) + rho


def one_factor(squares: list[float], signs: bool = False) -> float:
    """E prod Phi(-s_i x), s_i = l_i / sqrt(1 - l_i^2), by the squares of the l_i; negative: imaginary, or signs."""
    with mpmath.workdps(40):
        slopes = []
        for square in map(mpmath.mpf, squares):
            size = mpmath.sqrt(abs(square) / (1 - (abs(square) if signs else square)))
            slopes.append((mpmath.sign(square) if signs else (1j if square < 0 else 1)) * size)
        counted = [(s, slopes.count(s)) for s in dict.fromkeys(slopes)]

        def integrand(x: mpmath.mpf) -> mpmath.mpf:
            return mpmath.re(
                mpmath.npdf(x) * mpmath.fprod(((1 + mpmath.erf(-s * x / mpmath.sqrt(2))) / 2) ** k for s, k in counted)
            )

        return float(mpmath.quad(integrand, [-25, -15, -8, -5, -3, -1, 0, 1, 3, 5, 8, 15, 25]))


def ours(covariance: Array, seed: int) -> float:
    """relu_prob, relative error 1e-3."""
    return orthant_probability(covariance=covariance, rng=seed).value


def theirs(covariance: Array, seed: int, points: int) -> float:
    """scipy with a budget of points and no tolerances to stop at."""
    m = len(covariance)
    law = multivariate_normal(np.zeros(m), covariance, maxpts=points, abseps=1e-300, releps=1e-300)
    return float(law.cdf(np.zeros(m), rng=np.random.default_rng(seed)))


def measure(run: Callable[[int], float], truth: float, seeds: int) -> tuple[float, float]:
    """(mean seconds, root mean square relative error)."""
    start = time.perf_counter()
    values = [run(seed) for seed in range(seeds)]
    seconds = (time.perf_counter() - start) / seeds
    return seconds, math.sqrt(float(np.mean([(value / truth - 1) ** 2 for value in values])))


def table(repeats: int) -> str:
    """All cases, ``repeats`` times SEEDS runs of each."""
    rows = []
    seeds = SEEDS * repeats
    for name, covariance, truth in cases():
        ours(covariance, 0)
        seconds, error = measure(lambda seed, c=covariance: ours(c, seed), truth, seeds)
        # points that take about as long: from the time of a smaller budget
        points = 1000 * len(covariance)
        theirs(covariance, 0, points)
        once, _ = measure(lambda seed, c=covariance, k=points: theirs(c, seed, k), truth, 2)
        points = min(max(points, int(points * seconds / once)), MOST_POINTS)
        other_seconds, other_error = measure(lambda seed, c=covariance, k=points: theirs(c, seed, k), truth, seeds)
        rows.append((name, truth, seconds, other_seconds, error, other_error, other_error / max(error, 1e-16)))
    headers = ["case", "truth", "seconds", "scipy", "relative error", "scipy", "ratio of errors"]
    return tabulate.tabulate(rows, headers=headers, floatfmt=("", ".6e", ".2f", ".2f", ".1e", ".1e", ".1f"))


if __name__ == "__main__":
    print(table(1))
