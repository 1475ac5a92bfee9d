"""One layer as an operator: backward on values of a future event, forward (its transpose) on the law of the state.

States: dead, single (one ray alive, or two parallel ones), or two rays at angle theta in (0, pi/2]. A function of the
state is held by its values on dead, on single and at the theta nodes; between layers it is written as

    V(theta) = V(pi/2) + sum_j w_j [ Phi(kappa_j cos theta) - Phi(0) ],        Phi(x) = (pi/2 + asin x)^2 .
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.precision import PI, Array, Wide, product
from relu_prob.theorems.two_ray.representation import Representation
from relu_prob.theorems.two_ray.table import Table, column_at

BETWEEN_NODES = 1.001  # of smooth functions of theta: their largest value over the largest at a node


@dataclass(frozen=True)
class Values:
    """Right-hand sides as columns: ``dead`` (R,), ``single`` (R,), ``angle`` (len(theta), R).

    ``error`` (R,) bounds the errors at all angles, ``single_error`` (R,) that on single; on dead there is none.
    """

    dead: Array
    single: Array
    angle: Array
    error: NDArray[np.float64]
    single_error: NDArray[np.float64]

    def total(self, chosen: NDArray[np.bool_]) -> Values:
        """The sum of the chosen right-hand sides as a single one."""
        return Values(
            self.dead[chosen].sum(keepdims=True),
            self.single[chosen].sum(keepdims=True),
            self.angle[:, chosen].sum(axis=1, keepdims=True),
            self.error[chosen].sum(keepdims=True),
            self.single_error[chosen].sum(keepdims=True),
        )

    def append(self, other: Values) -> Values:
        """More right-hand sides."""
        return Values(
            np.concatenate([self.dead, other.dead]),
            np.concatenate([self.single, other.single]),
            np.concatenate([self.angle, other.angle], axis=1),
            np.concatenate([self.error, other.error]),
            np.concatenate([self.single_error, other.single_error]),
        )


@dataclass(frozen=True)
class State:
    """A (sub-probability) law of the state: masses of dead and single, and quadrature weights at the theta nodes."""

    dead: np.floating[Any]
    single: np.floating[Any]
    angle: Array
    missed: float = 0.0  # largest kernel moment that the last quadrature did not reproduce

    def expect(self, values: Values) -> Array:
        """Expectation of each right-hand side."""
        expected: Array = self.dead * values.dead + self.single * values.single + self.angle @ values.angle
        return expected


def chances(theta: Array) -> tuple[Array, Array]:
    """(p, q): the chance that a neuron is dead, and that it fires on the first ray only; p is also P(fires on both)."""
    theta = np.asarray(theta, Wide)
    return (PI - theta) / (2 * PI), theta / (2 * PI)


class Layers:
    """Steps on one table; the matrices of the last (width, allowed counts) and starting angles are kept."""

    KEPT = 64  # steps; each is 270 kB

    def __init__(self, table: Table) -> None:
        self.table = table
        self.representation = Representation(table.sigma, table.theta)
        self.p, self.q = chances(table.theta)
        self._steps: dict[tuple[int, bytes], Step] = {}
        self._starts: dict[tuple[Any, int], tuple[Array, NDArray[np.float64]]] = {}

    def law_values(self, width: int) -> Values:
        """Right-hand sides j = 0..width: the events N = j for the layer that is about to be added."""
        count = np.arange(width + 1)
        ways = binomials(width)
        angle = ways * self.p[:, None] ** (width - count) * (1 - self.p)[:, None] ** count
        dead = (count == 0).astype(Wide)
        single = ways * Wide(0.5) ** width
        error = rounding(width) * angle.max(axis=0).astype(np.float64)
        return Values(dead, single, angle, error, rounding(width) * single.astype(np.float64))

    def step(self, width: int, allowed: NDArray[np.bool_]) -> Step:
        """The operator of one layer whose count must be allowed; ``allowed`` has width + 1 entries."""
        key = (width, np.asarray(allowed, bool).tobytes())
        if key not in self._steps:
            _make_room(self._steps, self.KEPT)
            self._steps[key] = Step.build(
                width, np.asarray(allowed, bool), self.p, self.q, self.table.values, self.table.error
            )
        return self._steps[key]

    def integrals_of(self, theta: np.floating[Any], top: int) -> tuple[Array, NDArray[np.float64]]:
        """:func:`column_at` for a starting angle that need not be a node."""
        key = (theta, top)
        if key not in self._starts:
            _make_room(self._starts, self.KEPT)
            self._starts[key] = column_at(theta, self.table.sigma, top)
        return self._starts[key]

    def backward(self, after: Values, width: int, allowed: NDArray[np.bool_]) -> Values:
        """Value before the layer from the value after it."""
        weights, residual = self.representation.fit(after.angle)
        return self.step(width, allowed).apply(after, weights, residual)

    def forward(self, before: State, width: int, allowed: NDArray[np.bool_]) -> State:
        """Law of the state after the layer, restricted to the allowed counts."""
        return self.step(width, allowed).push(before, self.representation)


def _make_room(kept: dict[Any, Any], most: int) -> None:
    """Forget the oldest entries until there is room for one more."""
    while len(kept) >= most:
        kept.pop(next(iter(kept)))


def rounding(width: int) -> float:
    """Relative rounding error of C(n,k) p^(n-k) (1-p)^k."""
    return (width + 4) * float(np.finfo(Wide).eps)


def binomials(width: int) -> Array:
    """C(width, k), k = 0..width, rounded to the widest float (exact integers above 2^53 keep their leading 64 bits)."""
    exact = [comb(width, k) for k in range(width + 1)]
    return np.array(
        [Wide(value >> shift) * Wide(2) ** shift for value in exact for shift in [max(0, value.bit_length() - 64)]],
        Wide,
    )


@dataclass(frozen=True)
class Step:
    """One layer with allowed counts: all coefficients that do not depend on the right-hand side."""

    to_dead: Array  # theta -> dead
    to_single: Array  # theta -> single
    to_right: Array  # theta -> two rays (at pi/2 plus the integral part)
    mix: Array  # (theta, sigma)
    single_dead: np.floating[Any]
    single_single: np.floating[Any]
    dead_dead: float
    most_single: float  # sup over theta of to_single
    most_right: float  # sup over theta of to_right
    rounding: float  # relative, of these coefficients
    mix_error: float  # sup over theta of sum_k C(n,k) p^(n-k) |error of I_k|

    @staticmethod
    def build(
        width: int, allowed: NDArray[np.bool_], p: Array, q: Array, integrals: Array, error: NDArray[np.float64]
    ) -> Step:
        """``p, q`` per theta; ``integrals`` (K-1, sigma, theta); width <= K."""
        ways = binomials(width) * allowed
        k = np.arange(2, width + 1)
        share = ways[2:, None] * p[None, :] ** (width - k)[:, None]  # (k, theta)
        single = 2 * q[None, :] ** k[:, None]
        alive = (2 * q + p)[None, :] ** k[:, None]
        to_single = (share * single).sum(axis=0)
        if width >= 1:
            to_single = to_single + ways[1] * p ** (width - 1) * (2 * q + p)
        to_right = (share * (alive - single)).sum(axis=0)
        mix = np.zeros((len(p), integrals.shape[1]), Wide)
        for row in range(len(k)):
            if ways[row + 2] != 0:
                mix += (integrals[row] * share[row]).T
        half = Wide(0.5) ** width
        noise = (share * (1 - p)[None, :] ** k[:, None] * error[: len(k), None]).sum(axis=0).max() if len(k) else 0.0
        return Step(
            ways[0] * p**width,
            to_single,
            to_right,
            mix,
            ways[0] * half,
            ways[1:].sum() * half,
            float(allowed[0]),
            min(1.0, BETWEEN_NODES * float(to_single.max())),
            min(1.0, BETWEEN_NODES * float(to_right.max())),
            rounding(width),
            float(noise),
        )

    def apply(self, after: Values, weights: Array, residual: Array) -> Values:
        """``weights, residual`` represent ``after.angle``.

        The value on dead is exact and that on single nearly, so the error at the angles counts only as far as two rays
        are left. This step adds to it the residual, the errors of the integrals, and rounding.
        """
        angle = (
            self.to_dead[:, None] * after.dead
            + self.to_single[:, None] * after.single
            + self.to_right[:, None] * after.angle[0]
            + product(self.mix, weights)
        )
        norm = np.abs(weights).sum(axis=0).astype(np.float64)
        noise = norm * float(np.finfo(Wide).eps * np.abs(self.mix).max(initial=0))
        noise += self.rounding * np.abs(angle).max(axis=0).astype(np.float64)
        single = self.single_dead * after.dead + self.single_single * after.single
        return Values(
            self.dead_dead * after.dead,
            single,
            angle,
            self.most_right * after.error
            + self.most_single * after.single_error
            + residual
            + norm * self.mix_error
            + noise,
            float(self.single_single) * after.single_error + self.rounding * single.astype(np.float64),
        )

    def push(self, before: State, representation: Representation) -> State:
        """The transpose of :meth:`apply`."""
        mass: np.floating[Any] = np.sum(before.angle * self.to_right)
        angle, missed = representation.quadrature(before.angle @ self.mix, mass)
        return State(
            self.dead_dead * before.dead + before.angle @ self.to_dead + self.single_dead * before.single,
            before.angle @ self.to_single + self.single_single * before.single,
            angle,
            missed,
        )
