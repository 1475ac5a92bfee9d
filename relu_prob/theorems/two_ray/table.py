"""The table I_k(kappa_j; theta_i): built once in threads (numpy releases the GIL), then kept by :mod:`cache`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.integrals import DEFAULT_RULE, Rule, integrals_at, rule_for
from relu_prob.theorems.two_ray.precision import PI, Array


@dataclass(frozen=True)
class Table:
    """``values[k-2, j, i]`` = I_k(cos sigma_j; theta_i), k = 2..top, with a measured error.

    ``error[k-2]`` is relative to (1 - p)^k, p the chance that a neuron is dead at theta: |error of I_k| is at most
    error[k-2] (1-p)^k. In a layer of n neurons the weights C(n,k) p^(n-k) then turn it into a binomial average of
    ``error``.
    """

    sigma: Array
    theta: Array
    values: Array
    error: NDArray[np.float64]

    @property
    def top(self) -> int:
        """The largest k."""
        return int(self.values.shape[0]) + 1


def build_table(
    top: int,
    sigma: Array,
    theta: Array,
    rule: Rule = DEFAULT_RULE,
    workers: int = 2,
    progress: Callable[[], object] | None = None,
) -> Table:
    """Compute the table for k = 2..top. Every theta is one task; results do not depend on ``workers``.

    ``progress`` is called after each of the len(theta) tasks.
    """
    values = np.empty((top - 1, len(sigma), len(theta)), sigma.dtype)

    def column(i: int) -> None:
        values[:, :, i] = integrals_at(theta[i], sigma, top, rule)

    pool = ThreadPoolExecutor(max_workers=max(1, workers))
    try:
        for _ in pool.map(column, range(len(theta))):
            if progress is not None:
                progress()
    finally:
        # interrupted from the keyboard, do not compute the columns that wait
        pool.shutdown(cancel_futures=True)
    return Table(sigma, theta, values, measured_error(sigma, theta, values, rule))


def measured_error(sigma: Array, theta: Array, values: Array, rule: Rule, samples: int = 5) -> NDArray[np.float64]:
    """Largest difference over (1-p)^k, per k, to a finer rule at ``samples`` columns, doubled for safety.

    A measurement, not a proof.
    """
    finer = replace(
        rule,
        step_v=rule.step_v * 0.8,
        step_t=rule.step_t * 0.8,
        drop=rule.drop * 1e-2,
        fine=rule.fine if np.isinf(rule.fine) else rule.fine * 1e-2,
    )
    top = values.shape[0] + 1
    worst = np.zeros(top - 1)
    for i in np.unique(np.linspace(0, len(theta) - 1, samples).astype(int)):
        alive = ((PI + theta[i]) / (2 * PI)) ** np.arange(2, top + 1)
        gap = np.abs(integrals_at(theta[i], sigma, top, finer) - values[:, :, i]).max(axis=1) / alive
        floor = 4 * np.finfo(sigma.dtype).eps * np.abs(values[:, :, i]).max(axis=1) / alive
        worst = np.maximum(worst, np.maximum(gap, floor).astype(np.float64))
    return 2 * worst


def column_at(theta: np.floating[Any], sigma: Array, top: int) -> tuple[Array, NDArray[np.float64]]:
    """A table of one angle: its ``values`` (top - 1, len(sigma), 1) and ``error``, by the default rule."""
    rule = rule_for(top)
    values = integrals_at(theta, sigma, top, rule)[:, :, None]
    return values, measured_error(sigma, np.array([theta]), values, rule)
