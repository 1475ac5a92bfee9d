"""P(rank m) where no formula is known: units are drawn, and the rank of their features is decided exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob import checks
from relu_prob.interpolation.drawn_units import draw_units
from relu_prob.interpolation.exact_features import columns_for_full_rank, features, random_prime, rank
from relu_prob.interpolation.unit_laws import DataDependentUnits, UnitLaw
from relu_prob.numbers.real import ONE, ZERO, Between, Rational
from relu_prob.results import Probability
from relu_prob.results.masses import proportion

Floats = NDArray[np.float64]
Rng = np.random.Generator | np.random.SeedSequence | int | None

SOURCE = "docs/theory/over_parameterization.md, section 'Rank with several inputs'"

CHUNK = 300_000  # features that are in memory at a time


@dataclass(frozen=True)
class Sampling:
    """How much is drawn, and from what: number of draws, confidence level, generator, and whether there is a bar."""

    samples: int = 10_000
    level: float = 0.99
    rng: Rng = None
    progress: bool | None = None

    def __post_init__(self) -> None:
        checks.integer("samples", self.samples, low=1)
        checks.fraction_between("level", self.level, 0, 1)
        checks.choice("progress", self.progress, (None, True, False))


@dataclass(frozen=True)
class RankWidthRange:
    """The widths from ``low`` to ``high``, one of which is the smallest for a target, at the confidence ``level``.

    ``high`` is the smallest width at which the lower confidence limit of the probability reaches the target; it is too
    small for the target with a probability of at most (1 - level)/2. ``probability`` is the estimate there.
    """

    low: int
    high: int
    probability: Probability
    level: float

    @property
    def width(self) -> int:
        """``high``: the width that does."""
        return self.high

    def __str__(self) -> str:
        widths = str(self.low) if self.low == self.high else f"between {self.low} and {self.high}"
        return f"{widths} ({100 * self.level:g}% confidence)"


def known(x: Floats, units: int, law: UnitLaw) -> Probability | None:
    """The probability where it is clear without drawing anything: 0 for too few units or equal points."""
    method = "rank m takes m units and m different points"
    if units < len(x) or len(np.unique(x, axis=0)) < len(x):
        return Probability(ZERO, method=method, source=SOURCE)
    if not isinstance(law, DataDependentUnits) and not law.bias_scale:  # type: ignore[attr-defined]
        # without biases features of c x are c times those of x, for c > 0
        rows = {_direction(row) for row in x.tolist()}
        if None in rows or len(rows) < len(x):
            return Probability(ZERO, method="without biases points on one ray have parallel features", source=SOURCE)
    return None


def sure(units: int, law: UnitLaw) -> Probability:
    """What is certain: a unit with a symmetric law is silent at a given point with probability 1/2."""
    high = ONE if isinstance(law, DataDependentUnits) else Rational(1 - Fraction(1, 2**units))
    return Probability(Between(ZERO, high), method="some unit has to fire at every point", source=SOURCE)


def simulated_rank_probability(x: Floats, units: int, law: UnitLaw, sampling: Sampling) -> Probability:
    """P(rank m) with its Clopper-Pearson interval, for data of shape (m, d)."""
    clear = known(x, units, law)
    if clear is not None:
        return clear
    rng = checks.generator("rng", sampling.rng)
    primes = random_prime(rng), random_prime(rng)
    found = 0
    for layers in _chunks(sampling, len(x) * units):
        w, b = _drawn(law, x, layers, units, rng)
        for prime in primes:
            full = np.array([rank(matrix, prime) == len(x) for matrix in features(x, w, b, prime)], dtype=bool)
            found += int(full.sum())
            w, b = w[~full], b[~full]
    return _probability(found, units, law, sampling)


def simulated_width(x: Floats, target: Fraction, law: UnitLaw, limit: int, sampling: Sampling) -> RankWidthRange:
    """The smallest width for a target, up to what the draws leave open.

    Units are added one by one to every drawn layer. The number T at which the rank is m has the distribution function
    n -> P(rank m with n units), whose quantile is the width asked for; between two order statistics of the draws of T
    it lies with probability at least ``level``, whatever the law of T.

    Raises
    ------
    ValueError
        Where so many samples or units cannot reach the target.
    """
    # scipy.stats takes half a second to import
    from scipy.stats import binom

    half, q = (1 - sampling.level) / 2, float(target)
    most = int(binom.isf(half, sampling.samples, q)) + 1  # P(so many of T below the quantile) <= half
    least = int(binom.ppf(half, sampling.samples, q))  # P(fewer of T at or below the quantile) < half
    if most > sampling.samples:
        needed = ceil(log(half) / log(q))
        raise ValueError(f"samples must be at least {needed} for the target {q:g}, got {sampling.samples}")
    m, rng = len(x), checks.generator("rng", sampling.rng)
    if known(x, max(limit, m), law) is not None:
        raise ValueError(
            "x must be different points, and without biases on different rays: otherwise rank m is impossible"
        )
    primes = random_prime(rng), random_prime(rng)
    times: list[float] = []
    for layers in _chunks(sampling, len(x) * 4 * m):
        times += _times(x, layers, law, limit, primes, rng)
    times.sort()
    high = times[most - 1]
    if high == np.inf:
        share = sum(t <= limit for t in times) / len(times)
        raise ValueError(
            f"target must be within reach of limit = {limit} units, got {q:g}: "
            f"the probability with {limit} units is about {share:g}"
        )
    low = times[least - 1] if least else m
    at_high = _probability(sum(t <= high for t in times), int(high), law, sampling)
    return RankWidthRange(int(low), int(high), at_high, sampling.level)


def _times(
    x: Floats, layers: int, law: UnitLaw, limit: int, primes: tuple[int, int], rng: np.random.Generator
) -> list[float]:
    """For each of so many layers the number of units with which the rank is m; infinity for more than the limit."""
    m, times = len(x), np.full(layers, np.inf)
    open_, blocks = np.arange(layers), 2
    w, b = np.empty((layers, 0, x.shape[1])), np.empty((layers, 0))
    while len(open_) and w.shape[1] < limit:
        more_w, more_b = draw_units(law, x, len(open_), blocks, m, rng)
        w, b = np.concatenate([w, more_w], axis=1), np.concatenate([b, more_b], axis=1)
        for prime in primes:
            for k, matrix in zip(open_, features(x, w, b, prime), strict=True):
                # a minor that vanishes modulo one of the primes only makes the time too long
                times[k] = min(times[k], columns_for_full_rank(matrix, prime) or np.inf)
        left = np.isinf(times[open_])
        open_, w, b = open_[left], w[left], b[left]
        blocks *= 2
    return [t if t <= limit else np.inf for t in times.tolist()]


def _drawn(law: UnitLaw, x: Floats, layers: int, units: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    if not isinstance(law, DataDependentUnits):
        return draw_units(law, x, layers, 1, units, rng)
    w, b = draw_units(law, x, layers, -(-units // len(x)), len(x), rng)
    return w[:, :units], b[:, :units]


def _chunks(sampling: Sampling, size: int) -> Iterator[int]:
    """The numbers of layers that are drawn together."""
    step = max(1, CHUNK // size)
    disable = None if sampling.progress is None else not sampling.progress
    with tqdm(total=sampling.samples, unit="draw", leave=False, disable=disable) as bar:
        for start in range(0, sampling.samples, step):
            layers = min(step, sampling.samples - start)
            yield layers
            bar.update(layers)


def _probability(found: int, units: int, law: UnitLaw, sampling: Sampling) -> Probability:
    number = proportion(found, sampling.samples, sampling.level)
    return Probability(number, method=f"rank of drawn features, {law}", source=SOURCE, bracket=sure(units, law))


def _direction(row: list[float]) -> tuple[Fraction, ...] | None:
    """The same for all points of a ray from 0; None for 0."""
    exact = [Fraction(v) for v in row]
    size = max(map(abs, exact))
    return tuple(v / size for v in exact) if size else None
