"""The table I_k(kappa_j; theta_i) to 26 digits after the point, for events that are asked for with many digits.

The sums are those of :mod:`integrals`, and every term has the full relative accuracy of its arithmetic: so the few
large terms are summed in pairs of float64 (31 digits), the many below ``Rule.fine`` in float64.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from math import log, pi
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

from relu_prob.theorems.two_ray import cache, doubledouble
from relu_prob.theorems.two_ray.doubledouble import Doubles, Pair
from relu_prob.theorems.two_ray.integrals import Grid, Rule, integrand, sigma_groups, sum_powers, tiers
from relu_prob.theorems.two_ray.precision import HALF_PI, PI, Array, Wide

RULE = Rule(step_v=19 / 64, step_t=19 / 128, drop=1e-30, fine=1e-15, block=65536)
FINER = Rule(step_v=1 / 4, step_t=1 / 8, drop=1e-31, fine=1e-16, block=65536)
"""Steps are multiples of 1/128, so that the nodes are exact in every arithmetic."""

SIZES = (4, 6, 8)
DEEP, SHALLOWEST = 1e-13, 1e-16
SAMPLES = 5  # angles at which the error is measured
SECONDS = {4: 440, 6: 530, 8: 580}  # with one worker
FORMAT = 1  # raise it whenever the formulas or the nodes change meaning

# its own context, because threads share the precision of mpmath's; 1 - cos(sigma) cos(theta) may be 1e-26
_mp = mpmath.MPContext()
_mp.dps = 70


@dataclass(frozen=True)
class DigitsTable:
    """``values[k-2, j, i]`` = I_k(cos sigma_j; theta_i); at angles equal to float64's pi/2 and pi these are meant.

    ``fitted`` of the angles are for fits, the others only to check them. The error of I_k is ``error[k-2]`` (1 - p)^k
    at most, p the chance that a neuron is dead: measured, as for :class:`Table`.
    """

    sigma: Doubles
    theta: Doubles
    fitted: int
    values: Pair
    error: Doubles

    @property
    def top(self) -> int:
        """The largest k."""
        return int(self.values.shape[0]) + 1


def sigma_nodes(count: int = 116, deep: float = DEEP) -> Doubles:
    """0, then nodes up to 3: nearer to pi the large terms of I_2 cancel, and the fits need no more."""
    return np.concatenate([np.zeros(1), _graded(count - 1, deep, 3.0, 1.2)])


def theta_nodes(count: int = 128, deep: float = DEEP, every: int = 9) -> tuple[Doubles, int]:
    """pi/2, nodes that cluster at 0 and somewhat at pi/2, then those that only check; and where these begin.

    Checked are one gap in ``every``, the one at pi/2 among them, and an angle far below the smallest node.
    """
    fitted = np.concatenate([np.full(1, pi / 2), _graded(count - 1, deep / 3, 0.999 * pi / 2, 1.6, end=True)[::-1]])
    between = np.sqrt(fitted[:-1:every] * fitted[1::every])
    return np.concatenate([fitted, between, np.full(1, SHALLOWEST)]), count


def _graded(count: int, deep: float, top: float, linear: float, end: bool = False) -> Doubles:
    """Nodes of log x with a density that falls towards ``deep``, where x log(1/x) itself is small."""
    grid = np.geomspace(deep, top, 40001)
    density = 1 - 0.95 * np.maximum(np.log(grid), log(deep)) / log(deep)
    density = np.minimum(density, 1) + linear * grid / (np.sqrt(1.0004 - (grid / top) ** 2) if end else 1)
    place = np.concatenate([np.zeros(1), np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(np.log(grid)))])
    nodes: Doubles = np.interp(np.linspace(0, place[-1], count), place, grid)
    return nodes


def get_table(top: int, workers: int | None = None) -> DigitsTable:
    """The table for k <= ``top`` <= 8, or a larger one at hand; else it is built and stored."""
    sigma, (theta, fitted) = sigma_nodes(), theta_nodes()

    def place(size: int) -> tuple[str, Path]:
        digest = hashlib.sha256(repr((FORMAT, size, fitted, RULE, FINER)).encode())
        digest.update(sigma.tobytes() + theta.tobytes())
        key = "digits_" + digest.hexdigest()[:24]
        return key, cache.cache_directory() / f"two_ray_{size}_{key}.npz"

    places = [place(size) for size in SIZES if size >= top]

    def build() -> DigitsTable:
        size, many = next(size for size in SIZES if size >= top), workers or cache.cores()
        seconds = SECONDS[size] * 2 / (1 + many)  # threads wait for each other half of the time
        what = f"to 26 digits in layers of up to {size} neurons"
        with cache.announced(len(theta) + SAMPLES, what, seconds, places[0][1]) as progress:
            return build_table(size, sigma, theta, fitted, RULE, FINER, many, progress)

    return cache.kept(places, load, build, save)


def build_table(
    top: int,
    sigma: Doubles,
    theta: Doubles,
    fitted: int,
    rule: Rule = RULE,
    finer: Rule = FINER,
    workers: int = 2,
    progress: Callable[[], object] | None = None,
) -> DigitsTable:
    """Compute the table for k = 2..top, and its error against the ``finer`` rule at some angles, doubled for safety."""
    values = Pair(np.empty((top - 1, len(sigma), len(theta))), np.empty((top - 1, len(sigma), len(theta))))
    samples = np.unique(np.linspace(0, len(theta) - 1, SAMPLES).astype(int))

    def column(task: tuple[int, Rule]) -> Pair:
        return integrals_at(theta[task[0]], sigma, top, task[1])

    tasks = [(i, rule) for i in range(len(theta))] + [(int(i), finer) for i in samples]
    error = np.zeros(top - 1)
    pool = ThreadPoolExecutor(max_workers=max(1, workers))
    try:
        for (i, used), found in zip(tasks, pool.map(column, tasks), strict=True):
            if used is rule:
                values.high[:, :, i], values.low[:, :, i] = found.high, found.low
            else:
                alive = ((pi + theta[i]) / (2 * pi)) ** np.arange(2, top + 1)
                gap = np.abs((found - values[:, :, i]).high).max(axis=1)
                error = np.maximum(error, 2 * gap / alive)
            if progress is not None:
                progress()
    finally:
        # interrupted from the keyboard, do not compute the columns that wait
        pool.shutdown(cancel_futures=True)
    return DigitsTable(sigma, theta, fitted, values, error)


def save(table: DigitsTable, path: Path) -> None:
    """As :func:`cache.save`, with all digits."""
    fitted, values = np.array(table.fitted), table.values
    arrays = {"sigma": table.sigma, "theta": table.theta, "fitted": fitted, "error": table.error}
    cache.write(arrays | {"high": values.high, "low": values.low}, path)


def load(path: Path) -> DigitsTable | None:
    """As :func:`cache.load`."""

    def table(x: Mapping[str, Array]) -> DigitsTable:
        return DigitsTable(x["sigma"], x["theta"], int(x["fitted"]), Pair(x["high"], x["low"]), x["error"])

    return cache.read(path, table)


def _exact(angle: float) -> mpmath.mpf:
    """The angle that a float64 stands for."""
    whole = {pi: +_mp.pi, pi / 2: _mp.pi / 2}
    return whole.get(float(angle), _mp.mpf(float(angle)))


def _wide(angles: Any) -> Any:
    """The same in the widest float."""
    wide = np.asarray(angles).astype(Wide)
    return np.where(angles == pi, PI, np.where(angles == pi / 2, HALF_PI, wide))


def integrals_at(theta: float, sigma: Doubles, top: int, rule: Rule = RULE) -> Pair:
    """I_k(cos sigma_j; theta) for k = 2..top: shape (top - 1, len(sigma)); sigma increasing."""
    out = Pair(np.zeros((top - 1, len(sigma))), np.zeros((top - 1, len(sigma))))
    angle, angles = _wide(theta)[()], _wide(sigma)
    for group in sigma_groups(angle, angles, rule):
        large, small = tiers(angle, angles[group], rule)
        part = _sum_pairs(large, theta, sigma[group], top, rule)
        part += Pair.of(sum_powers(small, angle, angles[group], top, rule, np.float64))
        out.high[:, group], out.low[:, group] = part.high, part.low
    return out


def _sum_pairs(grid: Grid, theta: float, sigma: Doubles, top: int, rule: Rule) -> Pair:
    """sum over the nodes of weight * D_k, k = 2..top, as :func:`sum_powers` does it: shape (top - 1, len(sigma))."""
    angle, angles = _exact(theta), [_exact(x) for x in sigma]
    s, c0 = Pair.of(_mp.sin(angle)), Pair.of(_mp.cos(angle))
    kappa = Pair.of([[_mp.cos(x)] for x in angles])
    defect = Pair.of([[1 - _mp.cos(x) * _mp.cos(angle)] for x in angles])
    cross = Pair.of([[(_mp.sin(x) * _mp.sin(angle)) ** 2] for x in angles])
    two_pi = Pair.of(2 * _mp.pi)
    column = np.rint(grid.v.astype(float) / rule.step_v).astype(np.intp)
    row = np.rint(grid.t.astype(float) / rule.step_t).astype(np.intp)
    exponentials, first = _exponentials(rule.step_v)
    scale = float(grid.scale)
    sinh_b = Pair(*_hyperbolic(rule.step_t)[0]) * scale
    cosh_b = doubledouble.sqrt(sinh_b * sinh_b + 1.0)
    weight = Pair(*_hyperbolic(rule.step_t)[1]) * scale * (2 * rule.step_v * rule.step_t) / cosh_b
    weight.high[0] /= 2
    weight.low[0] /= 2

    total = Pair(np.zeros((top - 1, len(sigma))), np.zeros((top - 1, len(sigma))))
    chunk = max(256, rule.block // len(sigma))
    for begin in range(0, len(row), chunk):
        r, c = row[begin : begin + chunk], column[begin : begin + chunk] - first
        y, u = integrand(exponentials[c], sinh_b[r], cosh_b[r], s, c0, kappa, defect, cross, two_pi, doubledouble)
        x = u + y
        difference = u * weight[r]
        power, last = y, difference
        sums = []
        for k in range(2, top + 1):
            last = last * x + difference * power
            sums.append(last.sum())
            if k < top:
                power = power * y
        total += Pair(np.stack([p.high for p in sums]), np.stack([p.low for p in sums]))
    return total


@lru_cache(maxsize=4)
def _exponentials(step: float) -> tuple[Pair, int]:
    """exp(n step), n = first, first + 1, ...; and first."""
    first, last = int(-100 / step), int(220 / step)
    return Pair.of([_mp.exp(n * _mp.mpf(step)) for n in range(first, last + 1)]), first


@lru_cache(maxsize=4)
def _hyperbolic(step: float) -> tuple[tuple[Doubles, Doubles], tuple[Doubles, Doubles]]:
    """sinh(n step) and cosh(n step), n = 0, 1, ..., as pairs."""
    nodes = [n * _mp.mpf(step) for n in range(int(110 / step))]
    pairs = Pair.of([_mp.sinh(t) for t in nodes]), Pair.of([_mp.cosh(t) for t in nodes])
    return (pairs[0].high, pairs[0].low), (pairs[1].high, pairs[1].low)
