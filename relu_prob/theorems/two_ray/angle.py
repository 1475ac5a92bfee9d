"""The angle between the images of two rays after a layer: masses, moments and expectations, with error bounds.

A function of the state after the layer is carried back to the inputs, like an event of the counts. What the basis of
the kernels cannot represent shows in the error: the fit is compared with the function between the nodes, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import pi

import mpmath
import numpy as np
from numpy.typing import NDArray

from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Approximation, Rational, Real
from relu_prob.theorems.two_ray.cache import LARGEST_TABLE
from relu_prob.theorems.two_ray.laws import Angle, expectations, layers_for
from relu_prob.theorems.two_ray.layers import Layers, Values, chances, rounding
from relu_prob.theorems.two_ray.precision import HALF_PI, Array, Wide, product
from relu_prob.theorems.two_ray.representation import kernel
from relu_prob.theorems.two_ray.theorem import TWO_RAY, starting_angle, without_rounding

SOURCE = TWO_RAY.source
Functions = Callable[[NDArray[np.float64]], NDArray[np.float64]]

BETWEEN = 3  # points at which a fit is compared with the function, between any two neighbouring nodes
MARGIN = 2.0  # for what lies between those points
BELOW = (1e-10, 1e-12, 1e-16, 1e-24, 1e-40, 1e-80)  # and at angles below the smallest node, which deep networks reach


def missing(network: Network, layer: int) -> str | None:
    """The first hypothesis that fails for the angle after a layer, in words; None where its law is known.

    The angle after a layer is what the counts of the layer above depend on.
    """
    widest = max(network.hidden_widths[:layer])
    if widest > LARGEST_TABLE:
        return f"the layers up to this one must be at most {LARGEST_TABLE} wide, got {widest}"
    return TWO_RAY.missing(network, layer + 1)


def after(network: Network, layer: int) -> AngleAfter:
    """The angle after a layer of a network that the theorem covers."""
    return AngleAfter(network.hidden_widths[:layer], starting_angle(network))


@dataclass(frozen=True)
class AngleAfter:
    """The state after layers of these widths, from two inputs at the angle ``start``: dead, single, or an angle."""

    widths: tuple[int, ...]
    start: Angle = pi

    @property
    def dead(self) -> Real:
        """P(no neuron of the layer is active)."""
        return self._masses[0]

    @property
    def single(self) -> Real:
        """P(one ray is left, or two parallel ones)."""
        return self._masses[1]

    @property
    def two_rays(self) -> Real:
        """P(two rays at an angle in (0, pi/2])."""
        return self._masses[2]

    @cached_property
    def right_angle(self) -> Real:
        """P(the two rays are at a right angle: no neuron fires on both)."""
        if len(self.widths) <= 2 and self.start == pi:
            return Rational(_opposite(self.widths)[3])
        if 1 in self.widths:
            return ZERO
        *below, width = self.widths
        error = rounding(width)
        if not below:
            start = to_right_angle(width, np.array([self.start], Wide))
            return _approximations(start, np.array([error]), low=0)[0]
        layers = self._layers
        nothing, errors = np.zeros(1, Wide), np.array([error])
        state = Values(nothing, nothing, to_right_angle(width, layers.table.theta)[:, None], errors, np.zeros(1))
        return _approximations(*expectations(below, None, state, self.start, layers), low=0)[0]

    def moment(self, k: int) -> Real:
        """E[theta^k; two rays]."""
        if k == 0:
            return self.two_rays
        values = self._layers.table.theta**k
        (found,) = self._numbers(values[:, None], (4 + k) * float(np.finfo(Wide).eps) * np.abs(values).max()[None])
        return found

    def expect(self, functions: Functions) -> tuple[Real, ...]:
        """E[f(theta); two rays] of each of R functions, given together: angles of shape (m,) to values (m, R)."""
        theta = self._layers.table.theta
        between = points_between(theta)
        values, there = _at(functions, theta), _at(functions, between)
        size = np.maximum(np.abs(values).max(axis=0), np.abs(there).max(axis=0)).astype(np.float64)
        rounded = 4 * float(np.finfo(np.float64).eps) * size
        if len(self.widths) == 1 and self.start == pi:
            # after layer 1 there is only the right angle
            two = _opposite(self.widths)[2]
            return _approximations(Wide(two.numerator) / Wide(two.denominator) * values[0], rounded)
        weights, _ = self._layers.representation.fit(values)
        fitted = values[0] + product(kernel(self._layers.table.sigma, between), weights)
        off = MARGIN * np.abs(there - fitted).max(axis=0).astype(np.float64)
        return self._numbers(values, off + rounded)

    @cached_property
    def _layers(self) -> Layers:
        return layers_for(max(self.widths))

    @cached_property
    def _masses(self) -> tuple[Real, Real, Real]:
        if len(self.widths) <= 2 and self.start == pi:
            masses = _opposite(self.widths)
            return Rational(masses[0]), Rational(masses[1]), Rational(masses[2])
        one, zero = np.ones(len(self._layers.table.theta), Wide), np.zeros(len(self._layers.table.theta), Wide)
        none = np.zeros(3)
        state = Values(
            np.array([1, 0, 0], Wide), np.array([0, 1, 0], Wide), np.stack([zero, zero, one], axis=1), none, none
        )
        found = expectations(self.widths, None, state, self.start, self._layers)
        dead, single, two = _approximations(*found, low=0)
        # one neuron passes on one ray, or none
        return dead, single, ZERO if 1 in self.widths else two

    def _numbers(self, values: Array, error: NDArray[np.float64]) -> tuple[Real, ...]:
        """Expectations of functions of the angle that vanish elsewhere, given at the theta nodes."""
        nothing = np.zeros(values.shape[1], Wide)
        state = Values(nothing, nothing, values, np.asarray(error, np.float64), nothing.astype(np.float64))
        return _approximations(*expectations(self.widths, None, state, self.start, self._layers))


def to_right_angle(width: int, theta: Array) -> Array:
    """P(both rays have a neuron of the layer, and none fires on both): (p + 2q)^n - 2 (p + q)^n + p^n, p + q = 1/2."""
    p, q = chances(theta)
    result: Array = (p + 2 * q) ** width - 2 * Wide(0.5) ** width + p**width
    return result


def points_between(theta: Array) -> Array:
    """Points between neighbouring nodes, and some below the smallest."""
    nodes = np.sort(theta)
    share = np.arange(1, BETWEEN + 1, dtype=Wide) / (BETWEEN + 1)
    inner = nodes[:-1, None] * (1 - share) + nodes[1:, None] * share
    return np.concatenate([np.array(BELOW, Wide), inner.ravel()])


def _opposite(widths: Sequence[int]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """(dead, single, two rays, right angle) after one or two layers, from opposite rays.

    At a right angle a neuron fires on neither ray, on A only, on B only or on both, with probability 1/4 each.
    """
    n = widths[0]
    two = 1 - Fraction(2, 2**n)
    if len(widths) == 1:
        return Fraction(0), 1 - two, two, two
    m = widths[1]
    silent = Fraction(1, 4**m)
    # one ray is silent and the other is not, or a single neuron fires, and on both
    single = silent * (2 ** (m + 1) - 2 + m)
    right = silent * (3**m - 2 ** (m + 1) + 1)
    lost = (1 - two) * Fraction(1, 2**m)
    return (
        two * silent + lost,
        two * single + (1 - two) - lost,
        two * (1 - silent - single),
        two * right,
    )


def _at(functions: Functions, theta: Array) -> Array:
    # pi/2 may round to a float above it
    return functions(np.minimum(theta.astype(np.float64), float(HALF_PI))).astype(Wide)


def _approximations(values: Array, errors: NDArray[np.float64], low: float | None = None) -> tuple[Approximation, ...]:
    return tuple(
        Approximation(value if low is None else max(value, mpmath.mpf(low)), mpmath.mpf(float(error)))
        for value, error in zip(without_rounding(values), errors, strict=True)
    )
