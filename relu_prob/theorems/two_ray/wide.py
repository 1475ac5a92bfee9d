"""Layers of any width, on kernels with complex kappa: the counterpart of :mod:`layers` where tables end.

The integrals are those of one layer, with its width and allowed counts, instead of a table over all counts; each pair
of width and allowed counts costs seconds, and the last ones are kept.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob.theorems.two_ray.layers import State, Step, Values
from relu_prob.theorems.two_ray.precision import Array, Wide
from relu_prob.theorems.two_ray.wide_counts import Polynomial, binomial_law
from relu_prob.theorems.two_ray.wide_integrals import DEFAULT, FINER, WideRule, wide_integrals
from relu_prob.theorems.two_ray.wide_nodes import Floats, Kernels, angles, kernels

EPS = float(np.finfo(np.float64).eps)


class WideRepresentation:
    """The basis 1 and the kernels: a least-squares fit at some of the angles, and its transpose, a quadrature."""

    BETWEEN = 2.0  # the residual between the nodes over that at the nodes, a third of which was not fitted
    CUT = 1e-13  # singular values below are noise, relative to the largest

    def __init__(self, basis: Kernels, theta: Floats, fitted: NDArray[np.bool_], sweeps: int = 2) -> None:
        matrix = basis.functions(theta)
        self.matrix = matrix - matrix[0]  # theta[0] = pi/2, where all vanish
        self.fitted, self.sweeps = fitted, sweeps
        left, size, right = np.linalg.svd(self.matrix[fitted], full_matrices=False)
        rank = int(np.sum(size > self.CUT * size[0]))
        self._left, self._right = left[:, :rank], right[:rank].T / size[:rank]

    def fit(self, angle: Array) -> tuple[Floats, Floats]:
        """Weights (basis functions, R) for V - V(pi/2), and the largest residual (R,), enlarged, over all theta."""
        target = (angle - angle[0]).astype(np.float64)
        weights = np.zeros((self.matrix.shape[1], target.shape[1]))
        for _ in range(self.sweeps):
            weights += self._right @ (self._left.T @ (target - self.matrix @ weights)[self.fitted])
        residual: Floats = np.abs(target - self.matrix @ weights).max(axis=0)
        return weights, self.BETWEEN * residual

    def quadrature(self, moments: Array, mass: np.floating[Any]) -> tuple[Array, float]:
        """Weights at the theta nodes with these integrals of the kernels and this total; and the largest moment missed.

        The smallest such weights at the fitted nodes.
        """
        nodes = np.zeros(len(self.matrix))
        for _ in range(self.sweeps):
            nodes[self.fitted] += self._left @ (self._right.T @ (moments - nodes @ self.matrix))
        missed = float(np.abs(moments - nodes @ self.matrix).max())
        found = nodes.astype(Wide)
        found[0] += mass - found.sum()
        return found, missed


class WideLayers:
    """Steps for layers up to ``widest`` neurons; the last (width, allowed counts) are kept.

    It has the methods of :class:`layers.Layers`.
    """

    KEPT = 64  # steps; each is 200 kB to 1 MB

    def __init__(self, widest: int, rule: WideRule = DEFAULT, finer: WideRule = FINER) -> None:
        self.widest, self.rule, self.finer = widest, rule, finer
        self.kernels = kernels(widest)
        self.theta, fitted = angles(widest)
        self.representation = WideRepresentation(self.kernels, self.theta, fitted)
        self._steps: dict[tuple[int, bytes, float | None], Step] = {}
        self._lock = threading.RLock()

    def law_values(self, width: int) -> Values:
        """Right-hand sides j = 0..width: the events N = j for the layer that is about to be added."""
        alive = (pi + self.theta) / (2 * pi)
        angle = binomial_law(width, alive)
        single = binomial_law(width, np.array([0.5]))[0]
        dead = np.arange(width + 1) == 0
        error = _rounding(width)
        return Values(
            dead.astype(Wide), single.astype(Wide), angle.astype(Wide), error * angle.max(axis=0), error * single
        )

    def step(self, width: int, allowed: NDArray[np.bool_]) -> Step:
        """The operator of one layer whose count must be allowed; ``allowed`` has width + 1 entries."""
        return self._kept(width, allowed, None)

    def first_step(self, width: int, allowed: NDArray[np.bool_], start: float) -> Step:
        """The same from the starting angle alone."""
        return self._kept(width, allowed, start)

    def backward(self, after: Values, width: int, allowed: NDArray[np.bool_]) -> Values:
        """Value before the layer from the value after it."""
        weights, residual = self.representation.fit(after.angle)
        return self.step(width, allowed).apply(after, weights, residual)

    def forward(self, before: State, width: int, allowed: NDArray[np.bool_]) -> State:
        """Law of the state after the layer, restricted to the allowed counts."""
        return self.push(before, self.step(width, allowed))

    def push(self, before: State, step: Step) -> State:
        """The transpose of :meth:`Step.apply`."""
        mass: np.floating[Any] = np.sum(before.angle * step.to_right)
        angle, missed = self.representation.quadrature((before.angle @ step.mix).astype(np.float64), mass)
        return State(
            step.dead_dead * before.dead + before.angle @ step.to_dead + step.single_dead * before.single,
            before.angle @ step.to_single + step.single_single * before.single,
            angle,
            missed,
        )

    def _kept(self, width: int, allowed: NDArray[np.bool_], start: float | None) -> Step:
        allowed = np.asarray(allowed, bool)
        key = (width, allowed.tobytes(), start)
        with self._lock:
            if key not in self._steps:
                while len(self._steps) >= self.KEPT:
                    self._steps.pop(next(iter(self._steps)))
                theta = self.theta if start is None else np.array([start])
                self._steps[key] = build(width, allowed, theta, self.kernels, self.rule, self.finer)
            return self._steps[key]


def build(
    width: int,
    allowed: NDArray[np.bool_],
    theta: Floats,
    basis: Kernels,
    rule: WideRule = DEFAULT,
    finer: WideRule = FINER,
    samples: int = 5,
) -> Step:
    """One layer with allowed counts at some angles; the integrals are computed anew at ``samples`` of them."""
    p, q = (pi - theta) / (2 * pi), theta / (2 * pi)
    count = np.arange(width + 1)
    wanted = allowed & (count >= 2)
    alive = binomial_law(width, 1 - p)
    # C(n,k) p^(n-k) q^k, where p + q = 1/2
    one_ray = binomial_law(width, 2 * q) * 0.5**width
    to_single = 2 * (one_ray * wanted).sum(axis=1)
    to_right = (alive * wanted).sum(axis=1) - to_single
    if allowed[1]:
        to_single = to_single + alive[:, 1]
    half = binomial_law(width, np.array([0.5]))[0]
    mix, error = _mix(width, allowed, theta, basis, rule, finer, samples)
    return Step(
        (alive[:, 0] * allowed[0]).astype(Wide),
        to_single.astype(Wide),
        to_right.astype(Wide),
        mix,
        Wide(half[0] * allowed[0]),
        Wide(half[1:] @ allowed[1:]),
        float(allowed[0]),
        min(1.0, 1.001 * float(to_single.max())),
        min(1.0, 1.001 * float(to_right.max())),
        _rounding(width),
        error,
    )


def _mix(
    width: int,
    allowed: NDArray[np.bool_],
    theta: Floats,
    basis: Kernels,
    rule: WideRule,
    finer: WideRule,
    samples: int,
) -> tuple[Floats, float]:
    """The integrals as rows theta, columns basis functions, and a bound of their errors."""
    mix = np.zeros((len(theta), basis.size))
    if width < 2 or theta[0] == pi:  # a neuron cannot fire on two opposite rays
        return mix, 0.0

    def row(i: int, by: WideRule) -> Floats:
        polynomial = Polynomial(width, allowed, (pi - theta[i]) / (2 * pi))
        parts: Floats = basis.parts(wide_integrals(float(theta[i]), basis, polynomial, by)[None, :])[0]
        return parts

    again = np.unique(np.linspace(0, len(theta) - 1, samples).astype(int))
    with ThreadPoolExecutor(max_workers=_cores()) as pool, _bar(width, len(theta) + len(again)) as bar:
        for i, found in enumerate(pool.map(lambda i: row(i, rule), range(len(theta)))):
            mix[i] = found
            bar.update()
        error = 0.0
        for i, found in zip(again, pool.map(lambda i: row(int(i), finer), again), strict=True):
            error = max(error, float(np.abs(found - mix[i]).max()))
            bar.update()
    # doubled for the angles that were not tried; the second term is that of a product with the weights
    return mix, 2 * error + 4 * EPS * float(np.abs(mix).max())


def _bar(width: int, total: int) -> tqdm[Any]:
    # disable=None: a bar on a terminal, nothing elsewhere
    return tqdm(
        total=total,
        desc=f"two rays, {width} neurons",
        unit="angle",
        disable=None if total > 10 else True,
        file=sys.stderr,
        leave=False,
    )


def _rounding(width: int) -> float:
    """Relative rounding error of C(n,k) p^(n-k) (1-p)^k."""
    return (width + 4) * EPS


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 8)
