"""Count laws of any layer to more than 20 digits after the point, for an interval around 0 and widths up to 8.

The steps are those of :mod:`layers`, on a table with more digits and in multiprecision balls, so that the radii tell
the rounding. The representation is a least-squares fit with a penalty on the weights; its residual is taken at angles
that were not fitted too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

import flint
import mpmath
import numpy as np
from flint import arb, arb_mat

from relu_prob.numbers import balls
from relu_prob.theorems.two_ray import digits_table
from relu_prob.theorems.two_ray.digits_table import DigitsTable
from relu_prob.theorems.two_ray.doubledouble import Doubles, Pair

LARGEST_WIDTH = digits_table.SIZES[-1]
BITS = 400
BETWEEN = 2  # of the binomial laws the residual between the angles is up to 1.06 times the largest at one of them

Counts = frozenset[int] | None


@dataclass(frozen=True)
class _Values:
    """Right-hand sides as columns: ``dead`` and ``single`` (exact), ``angle`` (theta, R), errors at all angles."""

    dead: list[arb]
    single: list[arb]
    angle: arb_mat
    error: Doubles


class DigitsLayers:
    """Steps backwards on one table."""

    def __init__(self, table: DigitsTable) -> None:
        self.table = table
        with flint.ctx.workprec(BITS):
            theta = [_exact(x) for x in table.theta]
            self.p = [(arb.pi() - x) / (2 * arb.pi()) for x in theta]
            self.q = [x / (2 * arb.pi()) for x in theta]
            self.kernels = _kernels([_exact(x) for x in table.sigma], theta)
            self.integrals = [
                _points(Pair(high.T, low.T)) for high, low in zip(table.values.high, table.values.low, strict=True)
            ]
            self.inverse = _penalised_inverse(_rows(self.kernels, table.fitted), float(table.error.max()))

    def fit(self, angle: arb_mat) -> tuple[arb_mat, Doubles]:
        """Weights (sigma, R) for V - V(pi/2), and the largest residual (R,), enlarged for what lies between."""
        columns = angle.ncols()
        target = arb_mat([[angle[i, r] - angle[0, r] for r in range(columns)] for i in range(angle.nrows())])
        weights = (self.inverse * _rows(target, self.table.fitted)).mid()
        return weights, BETWEEN * _largest(self.kernels * weights - target)

    def backward(self, after: _Values, width: int, allowed: Counts) -> _Values:
        """Value before a layer, whose count must be allowed, from the value after it."""
        weights, residual = self.fit(after.angle)
        norm = np.array(
            [sum(abs(float(weights[j, r])) for j in range(weights.nrows())) for r in range(weights.ncols())]
        )
        ways = [comb(width, k) * (allowed is None or k in allowed) for k in range(width + 1)]
        parts = [self.integrals[k - 2] * weights if k >= 2 and ways[k] else None for k in range(width + 1)]
        rows, most_right, noise = [], 0.0, 0.0
        for i, (p, q) in enumerate(zip(self.p, self.q, strict=True)):
            share = [ways[k] * p ** (width - k) for k in range(width + 1)]
            alive = [(2 * q + p) ** k for k in range(width + 1)]
            single = [arb(0), alive[1], *(2 * q**k for k in range(2, width + 1))]
            to_single = sum((share[k] * single[k] for k in range(1, width + 1)), arb(0))
            to_right = sum((share[k] * (alive[k] - single[k]) for k in range(2, width + 1)), arb(0))
            rows.append(
                [
                    share[0] * after.dead[r]
                    + to_single * after.single[r]
                    + to_right * after.angle[0, r]
                    + sum((share[k] * part[i, r] for k, part in enumerate(parts) if part is not None), arb(0))
                    for r in range(len(after.dead))
                ]
            )
            most_right = max(most_right, float(to_right))
            noise = max(noise, sum(float(share[k] * alive[k]) * self.table.error[k - 2] for k in range(2, width + 1)))
        angle = arb_mat(rows)
        rounding = np.array([max(float(row[r].rad()) for row in rows) for r in range(len(after.dead))])
        on_single = arb(sum(ways[1:])) / 2**width
        return _Values(
            [ways[0] * x for x in after.dead],
            [on_single * x + arb(ways[0]) / 2**width * y for x, y in zip(after.single, after.dead, strict=True)],
            angle.mid(),
            min(1.0, 1.001 * most_right) * after.error + residual + norm * noise + rounding,
        )

    def law(self, widths: Sequence[int], masks: Sequence[Counts]) -> list[tuple[arb, float]]:
        """P(N_1 in A_1, ..., N_L = j), j = 0..n_L, at least two layers, and bounds of the errors."""
        with flint.ctx.workprec(BITS):
            current = self._last(widths[-1])
            for width, allowed in zip(widths[-2:0:-1], masks[::-1], strict=False):
                current = self.backward(current, width, allowed)
            if masks[0] is not None and widths[0] not in masks[0]:
                return [(arb(0), 0.0)] * (widths[-1] + 1)
            # layer 1: all its neurons fire, on either of the two inputs; on the same one, only one ray is left
            lost = arb(2) ** (1 - widths[0])
            columns = zip(current.single, current.error, strict=True)
            found = [
                (lost * single + (1 - lost) * current.angle[0, r], float(error))
                for r, (single, error) in enumerate(columns)
            ]
            return [(value.mid(), error + float(value.rad())) for value, error in found]

    def _last(self, width: int) -> _Values:
        """The events N = j for the layer above."""
        count = range(width + 1)
        return _Values(
            [arb(int(j == 0)) for j in count],
            [arb(comb(width, j)) / 2**width for j in count],
            arb_mat([[comb(width, j) * p ** (width - j) * (1 - p) ** j for j in count] for p in self.p]),
            np.zeros(width + 1),
        )


@lru_cache(maxsize=64)
def last_law(widths: tuple[int, ...], masks: tuple[Counts, ...]) -> tuple[tuple[mpmath.mpf, float], ...]:
    """P(N_1 in A_1, ..., N_(L-1) in A_(L-1), N_L = j), j = 0..n_L, and error bounds; ``masks`` has L - 1 entries."""
    law = _layers(digits_table.get_table(max(widths[:-1]))).law(widths, masks)
    return tuple((balls.to_mpf(value), error) for value, error in law)


_kept: list[DigitsLayers] = []


def _layers(table: DigitsTable) -> DigitsLayers:
    """The steps on this table, kept from the last call."""
    if not _kept or _kept[0].table is not table:
        _kept[:] = [DigitsLayers(table)]
    return _kept[0]


def _exact(angle: float) -> arb:
    """The angle that a float64 stands for: see :class:`DigitsTable`."""
    if angle == np.pi / 2:
        return arb.pi() / 2
    return arb(float(angle))


def _points(pairs: Pair) -> arb_mat:
    high, low = pairs.high.tolist(), pairs.low.tolist()
    return arb_mat([[arb(x) + y for x, y in zip(*both, strict=True)] for both in zip(high, low, strict=True)])


def _kernels(sigma: Sequence[arb], theta: Sequence[arb]) -> arb_mat:
    """Phi(cos sigma_j cos theta_i) - Phi(0): rows theta, columns sigma."""
    right = arb.pi() / 2
    cosines = [x.cos() for x in sigma]

    def value(cosine: arb) -> arb:
        angle = cosine.acos() if abs(cosine) < 1 else arb(0)
        return (arb.pi() - angle) ** 2 - right**2

    return arb_mat([[value(c * x.cos()) for c in cosines] for x in theta]).mid()


def _penalised_inverse(matrix: arb_mat, penalty: float) -> arb_mat:
    """X with weights X t the smallest |matrix w - t|^2 + penalty^2 |w|^2.

    With the error of the integrals for a penalty, a weight costs as much as the residual that this error makes of it.
    """
    normal = matrix.transpose() * matrix
    for j in range(normal.nrows()):
        normal[j, j] += arb(penalty) ** 2
    # without radii, which would explode: whatever the weights are, their residual is looked at
    return normal.mid().solve(matrix.transpose(), algorithm="approx").mid()


def _rows(matrix: arb_mat, count: int) -> arb_mat:
    return arb_mat([[matrix[i, j] for j in range(matrix.ncols())] for i in range(count)])


def _largest(matrix: arb_mat) -> Doubles:
    """The largest absolute value in each column."""
    rows, columns = range(matrix.nrows()), range(matrix.ncols())
    return np.array([max(float(abs(matrix[i, j]).upper()) for i in rows) for j in columns])
