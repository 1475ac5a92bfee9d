"""Paths through the widths of the layers with two costs, and Lagrange's bound of what their completions cost."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log1p
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray
from tqdm import tqdm

Floats = NDArray[np.float64]
Found = tuple[int, fmpq, tuple[int, ...]]

MARGIN = 1e-9
ROUNDING = 1e-11  # relative, far above that of sums of some hundred floats
LOG_MULTIPLIER = 700.0  # the multiplier is sought between exp(-700) and exp(700)
BISECTIONS = 55  # until that range is 4e-14 wide
SHIFTS = np.linspace(-2, 2, 13)  # of the logarithm of the multiplier


def loss(product: fmpq) -> float:
    """-log(product), accurately near 1."""
    missing = 1 - product
    return -log1p(-(int(missing.p) / int(missing.q)))


class Paths:
    """All choices of one width from each window; ``factors[l][k]`` is that of the k-th width of window l."""

    def __init__(self, inputs: int, outputs: int, windows: Sequence[range], factors: Sequence[Sequence[fmpq]]) -> None:
        self._windows = [np.array(window) for window in windows]
        self._factors = factors
        self._losses = [np.array([loss(f) for f in layer]) for layer in factors]
        below = [np.array([inputs]), *self._windows[:-1]]
        # parameters that a layer adds: rows for the width below, columns for its own
        self._costs = [(a[:, None] + 1) * b[None, :] for a, b in zip(below, self._windows, strict=True)]
        self._last = (self._windows[-1] + 1) * outputs
        # the weights of cost and of loss, and the limit times its weight
        self._bounds: list[tuple[float, float, float]] = [(1.0, 0.0, 0.0)]

    def lagrange(self, *, most_cost: int | None = None, most_loss: float = 0.0) -> list[tuple[int, ...]]:
        """Widths that minimise one cost plus a multiple of the other, which is limited, for several multipliers.

        The one for which the limit is about reached has the sharpest bound of complete paths; it is kept, and some
        around it, which may be sharper for partial ones.
        """
        found: dict[tuple[int, ...], None] = {}
        low, high = -LOG_MULTIPLIER, LOG_MULTIPLIER
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            a, b, _ = self._weights(middle, most_cost, most_loss)
            choice = self._choice(a, b)
            found[tuple(int(window[k]) for window, k in zip(self._windows, choice, strict=True))] = None
            cost, lost = self._totals(choice)
            too_much = lost > most_loss if most_cost is None else cost > most_cost
            low, high = (middle, high) if too_much else (low, middle)
        self._bounds = [self._weights(high + shift, most_cost, most_loss) for shift in SHIFTS]
        return list(found)

    @staticmethod
    def _weights(log_multiplier: float, most_cost: int | None, most_loss: float) -> tuple[float, float, float]:
        multiplier = exp(log_multiplier)
        return (
            (1.0, multiplier, multiplier * most_loss)
            if most_cost is None
            else (multiplier, 1.0, multiplier * most_cost)
        )

    def search(self, *, most_cost: int, best: float) -> list[Found]:
        """(cost, product, widths) of the paths with at most so many parameters that may be as good as ``best``.

        Whatever they are, one of the best is among them: partial paths are dropped that another dominates, or whose
        completions are worse than ``best`` in the cost that :meth:`lagrange` left unlimited.
        """
        bounds = [(a, b, limit, self._tails(a, b), self._through(a, b, limit)) for a, b, limit in self._bounds]
        least = self._tails(1.0, 0.0)
        begin = [(0, fmpq(1), 0.0, ())]
        labels: dict[int, list[Any]] = {0: begin}
        # disable=None: a bar on a terminal, nothing elsewhere
        for l, widths in enumerate(tqdm(self._windows, desc="optimal widths", unit="layer", leave=False, disable=None)):
            flat = [(row, *label) for row, group in labels.items() for label in group]
            rows = np.array([label[0] for label in flat])
            costs, losses = np.array([label[1] for label in flat]), np.array([label[3] for label in flat])
            labels = {}
            for k, width in enumerate(widths):
                if any(through[l][k] > best for *_, through in bounds):
                    continue
                cost, lost = costs + self._costs[l][rows, k], losses + self._losses[l][k]
                keep = cost + least[l][k] <= most_cost
                for a, b, limit, tails, _ in bounds:
                    keep &= a * cost + b * lost + tails[l][k] - limit <= best
                grown = []
                for i in _maybe_undominated(np.flatnonzero(keep), cost, lost):
                    _, _, product, _, path = flat[i]
                    grown.append((int(cost[i]), product * self._factors[l][k], float(lost[i]), (*path, int(width))))
                if grown:
                    labels[k] = _undominated(grown)
        return [
            (cost + int(self._last[k]), product, path)
            for k, group in labels.items()
            for cost, product, _, path in group
        ]

    def _tails(self, a: float, b: float) -> list[Floats]:
        """For each layer and width the least a cost + b loss of what follows."""
        tails = [a * self._last]
        for costs, losses in zip(self._costs[:0:-1], self._losses[:0:-1], strict=True):
            tails.append((a * costs + (b * losses + tails[-1])[None, :]).min(axis=1))
        return tails[::-1]

    def _through(self, a: float, b: float, limit: float) -> list[Floats]:
        """For each layer and width the bound of a whole path through it."""
        found, head = [], np.zeros(1)
        for costs, losses, tail in zip(self._costs, self._losses, self._tails(a, b), strict=True):
            head = (head[:, None] + a * costs).min(axis=0) + b * losses
            found.append(head + tail - limit)
        return found

    def _choice(self, a: float, b: float) -> list[int]:
        """Indices of a path with the least a cost + b loss."""
        row, choice = 0, []
        for costs, losses, tail in zip(self._costs, self._losses, self._tails(a, b), strict=True):
            row = int(np.argmin(a * costs[row] + b * losses + tail))
            choice.append(row)
        return choice

    def _totals(self, choice: Sequence[int]) -> tuple[int, float]:
        cost, lost, row = int(self._last[choice[-1]]), 0.0, 0
        for costs, losses, k in zip(self._costs, self._losses, choice, strict=True):
            cost, lost, row = cost + int(costs[row, k]), lost + float(losses[k]), k
        return cost, lost


def _maybe_undominated(indices: NDArray[np.intp], costs: NDArray[np.int64], losses: Floats) -> NDArray[np.intp]:
    """Those of the indices than which no other has clearly both no more parameters and less loss; by parameters."""
    order = indices[np.lexsort((losses[indices], costs[indices]))]
    before = np.concatenate([[np.inf], np.minimum.accumulate(losses[order])[:-1]])
    return order[losses[order] * (1 - ROUNDING) < before]


def _undominated(labels: list[Any]) -> list[Any]:
    """Those than which no other has both no more parameters and no smaller product."""
    kept: list[Any] = []
    for label in sorted(labels, key=lambda label: (label[0], -label[1])):
        if not kept or label[1] > kept[-1][1]:
            kept.append(label)
    return kept
