"""The double integrals of a whole layer for complex kappa, on a rotated ray.

    I(kappa; theta) = int int [ F(S + X) - F(S + Y) ] d alpha d b,        F(y) = sum_k C(n,k) p^(n-k) y^k ,

k over the allowed counts of at least 2. S, X, Y are those of :mod:`integrals`, continued to complex kappa and to
z = e^(i phi) e^alpha: the Gaussian integrals behind them converge, and nothing is crossed on the way, as long as
Re z (cosh b - kappa c) > 0 for all real b and c in [0, 1]. In the middle of that sector nothing oscillates fast.

How the digits are kept
-----------------------
* z cosh b = e^(v + i phi), so that z e^b and z e^-b are bounded by 2 e^v; b = w sinh t reaches far in few steps, and
  w about |arccos zeta| + theta puts the nearest singularity at a distance of order 1 in t.
* v = v0 + x - e^-x: where n z << 1 the integrand is F' (X - Y) ~ n z, and dies out double exponentially in x.
* X - Y is a sum of products where z is small, and F(S+X) - F(S+Y) a sum of products always: relative accuracy there.
* Both trapezoid rules converge exponentially, at the rate of the angle of the sector.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asinh, cos, log, pi, sin

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.wide_counts import Polynomial
from relu_prob.theorems.two_ray.wide_nodes import Complex, Floats, Kernels, rotation


@dataclass(frozen=True)
class WideRule:
    """Steps and cut-offs: the discretisation errors are about e^-digits."""

    digits: float = 29.0
    across: float = 0.7  # step in t over the step in v
    drop: float = 1e-16  # terms below are left out
    turn: float = 0.0  # of the ray, relative to the angle of the sector
    block: int = 16384  # elements of one temporary array


DEFAULT = WideRule()
FINER = WideRule(digits=35.0, across=0.6, drop=1e-19, turn=0.1)

ACROSS = 0.8  # half the width of the strip in t, where the sector does not limit it more
SMALL = 0.15  # sines of angles below it are inverted by a series
_ARCSINE = (1.0, 1 / 6, 3 / 40, 5 / 112, 35 / 1152, 63 / 2816, 231 / 13312, 143 / 10240)


@dataclass(frozen=True)
class Ray:
    """What does not depend on kappa at the nodes: z, z e^b and the like, and the weights of the two trapezoid rules."""

    z: Complex
    plus: Complex  # z e^b
    minus: Complex  # z e^-b
    bulge: Floats  # cosh b - 1
    weight: Floats

    @staticmethod
    def of(v: Floats, b: Floats, weight: Floats, phi: float) -> Ray:
        top = np.exp(v + 1j * phi)
        fall = np.exp(-2 * b)
        z = top / np.cosh(b)
        return Ray(z, top * (2 / (1 + fall)), top * (2 * fall / (1 + fall)), 2 * np.sinh(b / 2) ** 2, weight)

    def part(self, chosen: slice | NDArray[np.bool_] | NDArray[np.intp]) -> Ray:
        return Ray(self.z[chosen], self.plus[chosen], self.minus[chosen], self.bulge[chosen], self.weight[chosen])

    def __len__(self) -> int:
        return len(self.z)


class Angle:
    """The integrand of one theta."""

    def __init__(self, theta: float, polynomial: Polynomial) -> None:
        self.theta, self.polynomial = theta, polynomial
        self.s, self.c0 = sin(theta), cos(theta)
        self.less = 2 * sin(theta / 2) ** 2  # 1 - cos theta

    def terms(self, ray: Ray, kappa: Complex, defect: Complex) -> Complex:
        """F(S+X) - F(S+Y), without the weights: (kernels, nodes)."""
        return self.polynomial.difference(*self.arguments(ray, kappa[:, None], defect[:, None]))

    def arguments(self, ray: Ray, kappa: Complex, defect: Complex) -> tuple[Complex, Complex]:
        """y = S + Y (nodes,) and u = X - Y (kernels, nodes); the nodes by growing |z|."""
        s, c0, z = self.s, self.c0, ray.z
        y = self._one_sided(ray.plus) + self._one_sided(ray.minus)
        first, second = 1 + s * s * ray.plus, 1 + s * s * ray.minus
        root = np.sqrt(first) * np.sqrt(second)
        r0 = np.sqrt(1 + 2 * z * (1 + ray.bulge) + (z * s) ** 2)
        angle0 = _turn((-c0 + 1j * s * r0) / root)
        both0 = angle0 / (2 * pi * r0)
        y += both0

        # 1 - kappa c0 and 1 - kappa^2 from 1 - kappa
        r1 = (defect * (2 - defect)) * (z * s) ** 2
        r1 += (defect + kappa * self.less) * (2 * z)
        r1 += 1 + 2 * z * ray.bulge
        np.sqrt(r1, out=r1)
        gap = r1 + r0  # (r0^2 - r1^2)/(r0 + r1) = r0 - r1
        np.divide(kappa * (2 * c0 * z) + (kappa * kappa) * (s * z) ** 2, gap, out=gap)
        u = gap * (s * c0 / (first * second))
        u += kappa * (s**3 * z * r0 / (first * second))  # sin(angle1 - angle0)
        large = np.nonzero(np.abs(u[[0, -1]]).max(axis=0) > SMALL)[0]
        small = int(large[0]) if len(large) else len(ray)
        u[:, :small] = _arcsine(u[:, :small])
        gap *= angle0 / r0
        u[:, :small] += gap[:, :small]
        if small < len(ray):
            rest = slice(small, None)
            turned = r1[:, rest] * (1j * s / root[rest])
            turned -= c0 / root[rest]
            turned -= kappa * (s * s * z[rest] / root[rest])
            turned = _turn(turned)
            turned -= r1[:, rest] * (2 * pi * both0[rest])
            u[:, rest] = turned
        u /= r1
        u *= 1 / (2 * pi)
        return y, u

    def _one_sided(self, z: Complex) -> Complex:
        """atan2(s r, c0)/(2 pi r), r = sqrt(1 + z), continued."""
        r = np.sqrt(1 + z)
        found: Complex = _turn((self.c0 + 1j * self.s * r) / np.sqrt(1 + self.s * self.s * z)) / (2 * pi * r)
        return found


def _turn(x: Complex) -> Complex:
    """-i log x, absolutely accurate for moderate x: numpy's logarithm takes five times as long."""
    real, imaginary = x.real, x.imag
    found = np.empty_like(x)
    found.real = np.arctan2(imaginary, real)
    found.imag = np.log(real * real + imaginary * imaginary)
    found.imag *= -0.5
    return found


def _arcsine(x: Complex) -> Complex:
    square = x * x
    series = np.full_like(x, _ARCSINE[-1])
    for coefficient in _ARCSINE[-2::-1]:
        series *= square
        series += coefficient
    series *= x
    return series


def wide_integrals(theta: float, kernels: Kernels, polynomial: Polynomial, rule: WideRule = DEFAULT) -> Complex:
    """I(kappa_j; theta) for all kernels."""
    angle = Angle(theta, polynomial)
    found = np.empty(len(kernels.kappa), np.complex128)
    for run in kernels.groups:
        kappa, defect = kernels.kappa[run], kernels.defect[run]
        ray = _ray(angle, kappa, defect, rule)
        total = np.zeros(len(kappa), np.complex128)
        chunk = max(256, rule.block // len(kappa))
        for begin in range(0, len(ray), chunk):
            part = ray.part(slice(begin, begin + chunk))
            terms = angle.terms(part, kappa, defect)
            terms *= part.weight
            total += terms.sum(axis=1)
        found[run] = total
    return found


def _ray(angle: Angle, kappa: Complex, defect: Complex, rule: WideRule) -> Ray:
    """The nodes that matter for the first or the last kernel of a group, by growing |z|."""
    n, theta = angle.polynomial.width, angle.theta
    phi, half = rotation(defect)
    phi += rule.turn * half
    half -= abs(rule.turn) * half
    step = 2 * pi * half / rule.digits
    step_t = 2 * pi * min(rule.across * half, ACROSS) / rule.digits
    nearest = float(np.abs(defect).min())
    scale = min(1.0, (2 * nearest) ** 0.5 + theta)
    start = -log(n * max(1.0, float(np.abs(kappa).max()))) - 1
    # rays at an angle theta' decay from n z ~ 1/(1 - cos theta'); those where few neurons fire, only like 1/z
    end = log(60 / n / sin(half) / max(nearest, theta**2 / 4, 1e-20)) + max(0.0, 2 * (39 - 0.69 * n)) + 3
    coarse_x, coarse_t = 4, 2
    x = np.arange(-3.7, end - start + coarse_x * step, step)
    x = x[: 1 + coarse_x * ((len(x) - 1) // coarse_x)]
    t = step_t * np.arange(1 + coarse_t * (1 + int(asinh(38 / scale) / step_t / coarse_t)))
    v, by_x = start + x - np.exp(-x), step * (1 + np.exp(-x))
    b, by_t = scale * np.sinh(t), step_t * scale * np.cosh(t) * np.where(t == 0, 1, 2)

    def nodes(i: NDArray[np.intp], j: NDArray[np.intp]) -> Ray:
        return Ray.of(v[i], b[j], by_x[i] * by_t[j], phi)

    some_x, some_t = np.arange(0, len(x), coarse_x), np.arange(0, len(t), coarse_t)
    i, j = (grid.ravel() for grid in np.meshgrid(some_x, some_t, indexing="ij"))
    scout = nodes(i, j)
    # where z is tiny this bound of the terms avoids their rounding
    linear = n * scout.weight * np.abs(scout.z)
    near = np.nonzero(linear > rule.drop)[0]
    near = near[np.argsort(np.abs(scout.z[near]))]
    slowest = [int(np.argmin(np.abs(defect)))]
    seen = np.zeros(len(scout))
    part = scout.part(near)
    seen[near] = part.weight * np.abs(angle.terms(part, kappa[slowest], defect[slowest])[0])
    large = (np.minimum(seen, linear) > rule.drop).reshape(len(some_x), len(some_t))
    # a cell is kept if one of its corners is
    cell = large[:-1, :-1] | large[1:, :-1] | large[:-1, 1:] | large[1:, 1:]
    keep = np.repeat(np.repeat(cell, coarse_x, axis=0), coarse_t, axis=1)
    i, j = np.nonzero(keep)
    ray = nodes(i, j)
    return ray.part(np.argsort(np.abs(ray.z)))
