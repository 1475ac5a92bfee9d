"""The mean of weights over a unit cube by randomised quasi-Monte Carlo, with a confidence interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, stdtrit

Array = NDArray[np.float64]
LogWeights = Callable[[Array], Array]

REPLICATES = 16
"""Independent randomisations of one point set; their scatter is the error bar, Student's t with one less degrees."""

PILOT_POINTS = 2**8
CHUNK = 2**14
BITS = 52


@dataclass(frozen=True)
class Estimate:
    """A mean with half the width of its confidence interval, and the number of weights computed for it."""

    value: float
    error: float
    evaluations: int

    @property
    def relative(self) -> float:
        """error / value."""
        return self.error / self.value if self.value > 0 else math.inf


def run(log_weights: LogWeights, dimension: int, points: int, level: float, rng: np.random.Generator) -> Estimate:
    """The mean of exp(log_weights(u)) over the cube, from REPLICATES scrambled Sobol sequences of ``points`` points each.

    Every replicate is unbiased (up to 2^-52); points is a power of 2.
    """
    logs = np.array([_replicate(log_weights, dimension, points, child) for child in rng.spawn(REPLICATES)])
    shift = logs.max()
    if not np.isfinite(shift):
        return Estimate(0.0, 0.0, REPLICATES * points)
    values = np.exp(logs - shift)
    spread = float(np.std(values, ddof=1)) / math.sqrt(REPLICATES)
    scale = math.exp(shift)
    quantile = float(stdtrit(REPLICATES - 1, (1 + level) / 2))
    return Estimate(float(values.mean()) * scale, quantile * spread * scale, REPLICATES * points)


def _replicate(log_weights: LogWeights, dimension: int, points: int, rng: np.random.Generator) -> float:
    """log of the mean weight over one scrambled sequence."""
    sequence = _sobol(dimension, rng)
    chunk = min(points, CHUNK)
    parts = []
    for _ in range(points // chunk):
        # in the middle of their cells, so that no coordinate is 0
        uniforms = sequence.random(chunk) + 2.0 ** -(BITS + 1)
        parts.append(logsumexp(log_weights(uniforms)))
    return float(logsumexp(parts)) - math.log(points)


def _sobol(dimension: int, rng: np.random.Generator):  # type: ignore[no-untyped-def]
    # scipy.stats takes half a second to import
    import scipy
    from scipy.stats import qmc

    recent = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 15)
    return qmc.Sobol(dimension, scramble=True, bits=BITS, **{"rng" if recent else "seed": rng})


def refine(
    log_weights: LogWeights,
    dimension: int,
    pilot: Estimate,
    *,
    relative_error: float,
    level: float,
    max_evaluations: int,
    rng: np.random.Generator,
) -> Estimate:
    """Fresh runs, each with the number of points that the one before makes likely to suffice, until one does.

    Only the last run is returned, so that its error bar is almost independent of the decision to stop.
    """
    found, points, used = pilot, pilot.evaluations // REPLICATES, pilot.evaluations
    while used == pilot.evaluations or found.relative > relative_error:
        # the error falls at least like points^(-3/4) in practice; at most 64 times as many points in one go
        wanted = math.ceil(math.log2(max(found.relative / relative_error, 1e-3)) / 0.75)
        points *= 2 ** min(max(wanted, 1), 6)
        left = (max_evaluations - used) // REPLICATES
        if points > left:
            if left <= found.evaluations // REPLICATES:
                break
            points = 2 ** int(math.log2(left))
        found = run(log_weights, dimension, points, level, rng)
        used += found.evaluations
    return Estimate(found.value, found.error, used)
