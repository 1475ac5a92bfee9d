"""The mean of weights over a unit cube by randomised quasi-Monte Carlo, with a confidence interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]
LogWeights = Callable[[Array], Array]

REPLICATES = 24
"""Independent randomisations of one point set; their scatter is the error bar, Student's t with one less degrees."""

PILOT_POINTS = 2**8
SPARE = 0.7
CHUNK = 2**14
BITS = 30


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
    """The mean of exp(log_weights(u)) over the cube, from REPLICATES scrambled Sobol sequences of ``points`` points
    each.

    Every replicate is unbiased; ``points`` is a power of 2.
    """
    logs = np.array([_replicate(log_weights, dimension, points, child) for child in rng.spawn(REPLICATES)])
    shift = logs.max()
    if not np.isfinite(shift):
        # no weight was positive: nothing is known but that p is at most 1/2
        return Estimate(0.0, 0.5, REPLICATES * points)
    value, error = confidence(np.exp(logs - shift), level)
    return Estimate(value * math.exp(shift), error * math.exp(shift), REPLICATES * points)


def confidence(values: Array, level: float) -> tuple[float, float]:
    """The mean of independent, nearly normal values and half the width of its confidence interval (Student's t).

    >>> confidence(np.array([1.0, 3.0]), 0.5)
    (2.0, 1.0000000000000002)
    """
    size = len(values)
    quantile = float(stdtrit(size - 1, (1 + level) / 2))
    return float(np.mean(values)), quantile * float(np.std(values, ddof=1)) / math.sqrt(size)


def uniforms(dimension: int, points: int, rng: np.random.Generator) -> Iterator[Array]:
    """A scrambled Sobol sequence of 2^k = ``points`` points inside (0, 1), in chunks of shape (size, dimension)."""
    # scipy.stats takes half a second to import
    import scipy
    from scipy.stats import qmc

    recent = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 15)
    sequence = qmc.Sobol(dimension, scramble=True, bits=BITS, **{"rng" if recent else "seed": rng})
    chunk = min(points, CHUNK)
    for _ in range(points // chunk):
        # uniform in their cells of size 2^-30, so that every point is uniform on the cube
        yield sequence.random(chunk) + rng.random((chunk, dimension)) * 2.0**-BITS


def _replicate(log_weights: LogWeights, dimension: int, points: int, rng: np.random.Generator) -> float:
    """log of the mean weight over one scrambled sequence."""
    parts = [_log_sum(log_weights(chunk)) for chunk in uniforms(dimension, points, rng)]
    return _log_sum(np.array(parts)) - math.log(points)


def _log_sum(logs: Array) -> float:
    """log of the sum of the exponentials."""
    largest = float(logs.max())
    return largest + math.log(np.exp(logs - largest).sum()) if math.isfinite(largest) else -math.inf


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
        # the error falls about like points^(-3/4); with some to spare, so that the decision to stop seldom depends on
        # the very error bar that is returned; at most 64 times as many points in one go
        wanted = math.ceil(math.log2(min(max(found.relative / (SPARE * relative_error), 0.5), 2.0**60)) / 0.75)
        points *= 2 ** min(max(wanted, 1), 6)
        left = (max_evaluations - used) // REPLICATES
        if points > left:
            if left <= found.evaluations // REPLICATES:
                break
            points = 2 ** int(math.log2(left))
        found = run(log_weights, dimension, points, level, rng)
        used += found.evaluations
    return Estimate(found.value, found.error, used)
