"""Binomial weights of wide layers, and differences of their polynomials without cancellation or overflow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

NEGLIGIBLE = 1e-19  # terms of a binomial law that are left out


def binomial_law(width: int, chance: Any) -> Floats:
    """C(n,k) chance^k (1-chance)^(n-k): rows ``chance``, columns k = 0..n; relative error about n eps."""
    # scipy.stats takes half a second to import
    from scipy.stats import binom

    law: Floats = binom.pmf(np.arange(width + 1), width, np.asarray(chance, np.float64)[:, None])
    return law


def power_difference(y: Complex, u: Complex, k: int) -> tuple[Complex, Complex]:
    """((y+u)^k - y^k, y^k) by repeated squaring: small differences keep their relative accuracy."""
    difference, power = np.zeros_like(u), np.ones_like(y)
    for bit in bin(k)[2:]:
        difference *= difference + 2 * power
        power = power * power
        if bit == "1":
            difference *= y + u
            difference += power * u
            power = power * y
    return difference, power


class Polynomial:
    """F(y) = sum_k C(n,k) p^(n-k) y^k over the allowed k >= 2, for |y| <= 1 - p.

    Where most counts are allowed it is evaluated as (p+y)^n less the others.
    """

    def __init__(self, width: int, allowed: NDArray[np.bool_], p: float) -> None:
        self.width, self.p = width, p
        weights = binomial_law(width, np.array([1 - p]))[0]
        wanted = allowed.copy()
        wanted[:2] = False
        matters = weights > NEGLIGIBLE
        inside, outside = np.nonzero(wanted & matters)[0], np.nonzero(~wanted & matters)[0]
        self.complement = _span(outside) < _span(inside)
        listed = outside if self.complement else inside
        self.lowest = int(listed[0]) if len(listed) else 0
        self.weights = np.zeros(_span(listed))
        self.weights[listed - self.lowest] = weights[listed]

    def difference(self, y: Complex, u: Complex) -> Complex:
        """F(y+u) - F(y): ``y`` (N,), ``u`` (kernels, N)."""
        part = self._listed(y / (1 - self.p), u / (1 - self.p)) if len(self.weights) else np.zeros_like(u)
        if not self.complement:
            return part
        whole, _ = power_difference(self.p + y, u, self.width)
        whole -= part
        return whole

    def _listed(self, y: Complex, u: Complex) -> Complex:
        """sum_k weights_k ((y+u)^k - y^k): Horner's rule for the sum and its divided difference at once."""
        x = y + u
        slope, value = np.zeros_like(u), np.full_like(y, self.weights[-1])
        for weight in self.weights[-2::-1]:
            slope *= x
            slope += value
            value = value * y + weight
        if self.lowest == 0:
            return slope * u
        difference, power = power_difference(y, u, self.lowest)
        slope *= u
        slope *= difference + power
        difference *= value
        slope += difference
        return slope


def _span(counts: NDArray[np.intp]) -> int:
    return int(counts[-1] - counts[0]) + 1 if len(counts) else 0
