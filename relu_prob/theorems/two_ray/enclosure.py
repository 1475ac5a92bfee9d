"""A second route with its own nodes, and a bound of the fit that holds at every angle, not only at the nodes.

The weights of a fit need not be trusted: whatever they are, U = U(pi/2) + sum_j w_j [Phi(kappa_j cos theta) - Phi(0)]
is carried through a layer by the integrals I_k alone, and what has to be bounded is the largest difference between U
and the function F that it stands for. Both are made of power series in c = cos theta with non-negative coefficients
(docs/theory.md, section 'Two rays'), which are analytic in |c| < 1 and nowhere there larger than at c = 1. In
s = log theta the set |cos theta| <= 1 holds a strip around the real line, so Chebyshev interpolation on panels of the
line converges geometrically with a known constant: the difference at the nodes bounds it between them.

What is left unproved is the table itself: the error of its integrals is measured, as that of the main table is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import comb, pi

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.cache import cache_directory, load, save
from relu_prob.theorems.two_ray.integrals import Rule
from relu_prob.theorems.two_ray.laws import Angle, Mask, check
from relu_prob.theorems.two_ray.layers import Step, Values, chances, rounding
from relu_prob.theorems.two_ray.nodes import graded_sigma_nodes
from relu_prob.theorems.two_ray.precision import HALF_PI, PI, Array, Wide, product, split
from relu_prob.theorems.two_ray.representation import Representation
from relu_prob.theorems.two_ray.table import Table, build_table, column_at

LARGEST_KERNEL = 3 * pi**2 / 4  # of |Phi(kappa c) - Phi(0)| for |kappa| <= 1, |c| <= 1
RULE = Rule(step_v=0.52, step_t=0.28, drop=1e-17, fine=np.inf)
DEEP, LENGTH, POINTS = 1e-13, 3.0, 72


@dataclass(frozen=True)
class Panel:
    """log theta in (low, high), Chebyshev nodes at ``place``; analytic inside the Bernstein ellipse of ``rho``."""

    low: float
    high: float
    place: slice
    rho: float


def panels(deep: float = DEEP, length: float = LENGTH, points: int = POINTS) -> tuple[Array, list[Panel]]:
    """The angles (pi/2 first, then those of the panels) and the panels, from pi/2 down to below ``deep``."""
    nodes = [np.full(1, HALF_PI, Wide)]
    found: list[Panel] = []
    unit = np.cos((2 * np.arange(points, dtype=Wide) + 1) * PI / (2 * points))
    high = float(np.log(HALF_PI))
    while high > np.log(deep):
        low = high - length
        nodes.append(np.exp((Wide(high) + Wide(low)) / 2 + unit * Wide(length) / 2))
        begin = 1 + points * len(found)
        found.append(Panel(low, high, slice(begin, begin + points), _rho(low, high)))
        high = low
    return np.concatenate(nodes), found


def _rho(low: float, high: float) -> float:
    """The largest Bernstein ellipse around the panel with |cos theta| <= 1 on it, less 1%."""
    turn = np.exp(1j * np.linspace(0, 2 * pi, 4001))

    def inside(rho: float) -> bool:
        s = (low + high) / 2 + (high - low) / 4 * (rho * turn + 1 / (rho * turn))
        if s.real.max() > 1:  # theta < e is as far as is needed
            return False
        theta = np.exp(s)
        # |cos(x + iy)|^2 = cos^2 x + sinh^2 y
        return bool(np.all(np.sinh(np.abs(theta.imag)) <= np.sin(theta.real)))

    good, bad = 1.0, 64.0
    for _ in range(50):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if inside(middle) else (good, middle)
    return 1 + 0.99 * (good - 1)


class Enclosure:
    """Events of networks whose layers below the last have at most ``top`` neurons."""

    def __init__(self, top: int = 8, workers: int = 2) -> None:
        self.theta, self.panels = panels()
        self.table = _table(top, self.theta, workers)
        self.representation = Representation(self.table.sigma, self.theta, tolerance=1e-16)
        self.p, self.q = chances(self.theta)

    def event(
        self,
        widths: Sequence[int],
        masks: Sequence[Mask] | None,
        counts: Collection[int],
        start: Angle = pi,
    ) -> tuple[float, float]:
        """P(N_1 in A_1, ..., N_L in A_L, N_L in ``counts``) for at least two layers, and the bound of its error."""
        allowed = check(widths, masks, start)
        n = widths[-1]
        chosen = np.isin(np.arange(n + 1), list(counts)) & allowed[-1]
        ways = np.array([comb(n, j) for j in range(n + 1)], Wide) * chosen
        j = np.arange(n + 1)
        angle = (ways * self.p[:, None] ** (n - j) * (1 - self.p)[:, None] ** j).sum(axis=1, keepdims=True)
        noise = np.array([rounding(n)])
        single = (ways * Wide(0.5) ** n).sum(keepdims=True)
        current = Values(np.array([Wide(chosen[0])]), single, angle, noise, noise)
        # in |c| <= 1: |p| <= 1/2, |1 - p| <= 3/2
        size = float((ways * 0.5 ** (n - j) * 1.5**j).sum())
        varies = 2 * n * float(self.theta[-1])
        for width, below in zip(widths[-2:0:-1], allowed[-2:0:-1], strict=True):
            weights, residual = self.fit(current, size, varies)
            step = Step.build(width, below, self.p, self.q, self.table.values, self.table.error)
            current = step.apply(current, weights, residual)
            norm = float(np.abs(weights).sum())
            size = 5 * 2.0**width + LARGEST_KERNEL * norm * (1 if below.all() else 2.0**width)
            varies = self._variation(width, norm)
        weights, residual = self.fit(current, size, varies)
        value = self._first(widths[0], allowed[0], start).apply(current, weights, residual)
        return float(value.angle[0, 0]), float(value.error[0])

    def fit(self, values: Values, size: float, varies: float) -> tuple[Array, NDArray[np.float64]]:
        """Weights and a bound of the residual at every angle.

        ``size`` bounds the function where |cos theta| <= 1, ``varies`` its variation below the smallest node.
        """
        weights, _ = self.representation.fit(values.angle)
        residual = values.angle - values.angle[0] - product(self.representation.matrix, weights)
        norm = float(np.abs(weights).sum())
        largest = size + 1 + LARGEST_KERNEL * norm
        worst = 0.0
        for panel in self.panels:
            points = panel.place.stop - panel.place.start
            lebesgue = 1 + 2 / pi * np.log(points)
            tail = 4 * largest * panel.rho ** (1 - points) / (panel.rho - 1)
            worst = max(worst, lebesgue * float(np.abs(residual[panel.place]).max()) + tail)
        # |d Phi(kappa cos theta) / d theta| <= 2 pi
        last = float(np.abs(residual[-1, 0])) + varies + 2 * pi * norm * float(self.theta[-1])
        return weights, np.array([max(worst, last)])

    def _variation(self, width: int, norm: float) -> float:
        """Of the image of a fit under a layer, over the angles below the smallest node.

        With probability 1 - 2 n q at least all neurons fire on both rays or on none. Then the mean of Phi(1) - Phi(c'),
        at least pi theta', is what kappa = 1 (the first kernel) misses, and a kernel moves by at most 2 pi theta'.
        """
        p, k = float(self.p[-1]), np.arange(2, width + 1)
        share = np.array([comb(width, int(i)) * p ** (width - int(i)) for i in k])
        alive = share * (1 - p) ** k
        seen = share @ self.table.values[: len(k), 0, -1].astype(float)
        missed = max(0.0, LARGEST_KERNEL * alive.sum() - seen + float(alive @ self.table.error[: len(k)]))
        split_up = 2 * width * float(self.q[-1])
        return float(2 * (norm * LARGEST_KERNEL + 2) * split_up + 2 * norm * missed)

    def _first(self, width: int, allowed: NDArray[np.bool_], start: Angle) -> Step:
        theta = PI if start == pi else Wide(start)
        p, q = chances(np.array([theta]))
        sigma, most = self.table.sigma, max(width, 2)
        if theta == PI:
            return Step.build(width, allowed, p, q, np.zeros((most - 1, len(sigma), 1), Wide), np.zeros(most - 1))
        return Step.build(width, allowed, p, q, *column_at(theta, sigma, most))


def _table(top: int, theta: Array, workers: int) -> Table:
    """The integrals at these angles, kept beside the main table."""
    sigma = graded_sigma_nodes(58)
    digest = hashlib.sha256(repr((1, top, RULE, float(np.finfo(Wide).eps))).encode())
    for part in (*split(sigma), *split(theta)):
        digest.update(part.tobytes())
    path = cache_directory() / f"two_ray_enclosure_{top}_{digest.hexdigest()[:24]}.npz"
    found = load(path)
    if found is None:
        found = build_table(top, sigma, theta, RULE, workers)
        save(found, path)
    return found
