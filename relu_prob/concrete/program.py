"""The largest pre-activation of a neuron on a box, as a linear program with or without integers.

The neurons below are variables h with ``h >= max(z, 0)``, ``h <= z - L (1 - a)``, ``h <= U a`` where L <= z <= U are
proved bounds and a, 0 or 1, says whether it fires. With 0 <= a <= 1 instead this is a relaxation.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.bounds import Range
from relu_prob.concrete.network import ConcreteNetwork

Array = NDArray[np.float64]

TOLERANCE = 1e-6
"""HiGHS takes a reduced cost of 1e-7 for 0, and an integer variable within 1e-6 of an integer for one."""


class Program:
    """All of a network below one hidden layer on a box, ready to ask for the largest value of a linear function of it.

    Coefficients are the network's floats, without rounding; right sides that had to be rounded are rounded outward.
    """

    def __init__(
        self,
        network: ConcreteNetwork,
        layer: int,
        box: Range,
        ranges: Sequence[Range],
        dead: Sequence[NDArray[np.bool_]],
    ) -> None:
        self._low: list[Array] = [box.low]
        self._high: list[Array] = [box.high]
        self._integer: list[Array] = [np.zeros(len(box.low))]
        self._size = len(box.low)
        self._upper: list[tuple[dict[int, float], float]] = []
        self._equal: list[tuple[dict[int, float], float]] = []
        below = np.arange(self._size)
        for (w, b), bounds, silent in zip(network.hidden[: layer - 1], ranges, dead, strict=False):
            below = self._add(np.asarray(w, dtype=np.float64), b, bounds, silent, below)
        self._inputs, self._last = len(box.low), below
        self._matrices: tuple[Any, ...] = (*_matrix(self._upper, self._size), *_matrix(self._equal, self._size))
        self._bounds = np.concatenate(self._low), np.concatenate(self._high)

    def _new(self, low: Array, high: Array, integer: bool) -> NDArray[np.int64]:
        self._low.append(low)
        self._high.append(high)
        self._integer.append(np.full(len(low), float(integer)))
        start, self._size = self._size, self._size + len(low)
        return np.arange(start, self._size)

    def _add(
        self, w: Array, b: Array, bounds: Range, silent: NDArray[np.bool_], below: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        top = np.where(silent, 0.0, np.maximum(bounds.high, 0.0))
        h = self._new(np.zeros(len(w)), top, integer=False)
        free = np.flatnonzero((top > 0) & (bounds.low < 0))
        a = dict(zip(free, self._new(np.zeros(len(free)), np.ones(len(free)), integer=True), strict=True))
        for j in np.flatnonzero(top > 0):
            z = {int(k): float(x) for k, x in zip(below, w[j], strict=True) if x}
            minus_z = {k: -x for k, x in z.items()}
            if j not in a:
                self._equal.append(({**minus_z, int(h[j]): 1.0}, float(b[j])))
                continue
            low, on = float(bounds.low[j]), int(a[j])
            self._upper.append(({**z, int(h[j]): -1.0}, -float(b[j])))
            self._upper.append(({**minus_z, int(h[j]): 1.0, on: -low}, float(np.nextafter(b[j] - low, np.inf))))
            self._upper.append(({int(h[j]): 1.0, on: -float(top[j])}, 0.0))
        return h

    def _objective(self, w: Array) -> Array:
        c = np.zeros(self._size)
        c[self._last] = w
        return c

    @property
    def margin(self) -> float:
        """How far below 0 a bound of the solver must be to count.

        A reduced cost that is wrong by the solver's tolerance moves the bound by at most that times the range of its
        variable; this is the sum over all variables, with a factor of 10 to spare.
        """
        low, high = self._bounds
        return TOLERANCE * (1.0 + float(np.sum(high - low)))

    def relaxed(self, w: Array, b: float) -> Fraction | None:
        """A number that ``w.h + b`` certainly never exceeds, from the relaxation; None where the solver fails.

        Any multipliers y >= 0 of the constraints ``A v <= c`` give the bound ``y.c + max (w - A^T y).v`` over the box
        of the variables. The solver only proposes y; the bound is computed from it in rationals.
        """
        from scipy.optimize import linprog

        a_upper, b_upper, a_equal, b_equal = self._matrices
        objective = self._objective(w)
        found = linprog(
            -objective,
            A_ub=a_upper,
            b_ub=b_upper,
            A_eq=a_equal,
            b_eq=b_equal,
            bounds=np.column_stack(self._bounds),
            method="highs",
        )
        if found.status != 0:
            return None
        multipliers = [max(0.0, -float(y)) for y in found.ineqlin.marginals] if a_upper is not None else []
        free = [-float(y) for y in found.eqlin.marginals] if a_equal is not None else []
        cost = {j: Fraction(x) for j, x in enumerate(objective) if x}
        bound = Fraction(b)
        for y, (row, right) in [*zip(multipliers, self._upper, strict=True), *zip(free, self._equal, strict=True)]:
            if y:
                bound += Fraction(y) * Fraction(right)
                for j, x in row.items():
                    cost[j] = cost.get(j, Fraction(0)) - Fraction(y) * Fraction(x)
        low, high = self._bounds
        return bound + sum(max(c * Fraction(low[j]), c * Fraction(high[j])) for j, c in cost.items() if c)

    def solve(self, w: Array, b: float, seconds: float) -> tuple[Array | None, float]:
        """An input where ``w.h + b`` is large, if one was found, and the solver's bound of it (infinite if none)."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        a_upper, b_upper, a_equal, b_equal = self._matrices
        constraints = [LinearConstraint(a_upper, -np.inf, b_upper)] if a_upper is not None else []
        constraints += [LinearConstraint(a_equal, b_equal, b_equal)] if a_equal is not None else []
        with _quiet():
            found = milp(
                -self._objective(w),
                integrality=np.concatenate(self._integer),
                bounds=Bounds(*self._bounds),
                constraints=constraints,
                options={"time_limit": max(seconds, 0.01)},
            )
        if found.status not in (0, 1):
            return None, np.inf
        bound = np.inf if found.mip_dual_bound is None else b - float(found.mip_dual_bound)
        return (None if found.x is None else found.x[: self._inputs]), bound


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing on the standard output of the process, to which HiGHS writes notes although it is told not to."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    if sys.stdout is not None:
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _matrix(rows: list[tuple[dict[int, float], float]], columns: int) -> tuple[Any, Array | None]:
    from scipy.sparse import csr_array

    if not rows:
        return None, None
    where = [(i, j) for i, (row, _) in enumerate(rows) for j in row]
    values = [x for row, _ in rows for x in row.values()]
    i, j = zip(*where, strict=True)
    return csr_array((values, (i, j)), shape=(len(rows), columns)), np.array([right for _, right in rows])
