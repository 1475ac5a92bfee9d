"""Decay rates: how fast, with depth, the angle collapses in networks whose layers all have the same width.

One layer of n neurons takes a function V of the angle to (T V)(theta) = E[V(theta'); two rays | theta]. Near
theta = 0 it multiplies constants by mu_0 = 1 - (n + 1) 2^-n: tiny angles survive if two neurons do. Functions that
vanish at 0 decay at the rate of the largest other eigenvalue, or of the continuous spectrum, whichever is larger; the
latter reaches to

    m(1/2),   m(s) = lim E[(theta'/theta)^s; two rays | theta] as theta -> 0 .
"""

from __future__ import annotations

from math import comb, exp, lgamma
from typing import Any

import numpy as np

from relu_prob.theorems.two_ray.laws import layers_for
from relu_prob.theorems.two_ray.layers import Layers
from relu_prob.theorems.two_ray.precision import Array
from relu_prob.theorems.two_ray.table import Table

DIMENSION = 40
"""Of the Krylov space: enough for the eigenvalues above the continuous spectrum to be those of the matrix."""

SHALLOW = 1e-8
"""Angles and kernels below are left out to see how much the smallest angles matter."""


def survival_at_zero(width: int) -> float:
    """mu_0 = 1 - (n + 1) 2^-n, the chance that two rays at a tiny angle stay two: that two neurons are alive.

    >>> survival_at_zero(3)
    0.5
    """
    return 1 - (width + 1) / 2.0**width


def shrinking(width: int, power: float = 0.5) -> float:
    """m(s) = E[(theta'/theta)^s; two rays] at tiny angles, s = ``power``: at s = 1/2 the least of all.

    With k neurons alive the image of one ray is u, that of the other u + theta v with v normal, so that theta'/theta is
    a chi_{k-1} variable over an independent chi_k variable.

    >>> round(shrinking(2), 12), shrinking(4, 0.25) == shrinking(4, 0.75), round(shrinking(3, 1), 12)
    (0.211803271198, True, 0.5)
    """
    low, high = sorted((power, 1 - power))
    return sum(
        comb(width, k)
        / 2.0**width
        * exp(lgamma((k - 1 + low) / 2) + lgamma((k - 1 + high) / 2) - lgamma((k - 1) / 2) - lgamma(k / 2))
        for k in range(2, width + 1)
    )


def leading_eigenvalue(width: int) -> tuple[float, float]:
    """The largest eigenvalue of T on functions that vanish at theta = 0, and an estimate of its error.

    It is isolated where it lies above ``shrinking(width)``, up to width 6. Where there is no isolated one, the value is
    some point of the continuous spectrum. The error is estimated (not bounded) by leaving out the smallest angles.

    >>> value, error = leading_eigenvalue(2)
    >>> f"{value:.7f}", error < 1e-8
    ('0.2637668', True)
    """
    layers = layers_for(width)
    value = _largest(layers, width)
    return value, abs(value - _largest(_shallow(layers), width))


def _largest(layers: Layers, width: int) -> float:
    """Arnoldi's method, started with V = theta."""
    step = layers.step(width, np.ones(width + 1, bool))

    def carried(values: Array) -> Array:
        weights, _ = layers.representation.fit(values[:, None])
        image = step.to_right * values[0] + (step.mix @ weights)[:, 0]
        result: Array = image - image[-1]  # which vanishes at the smallest node but for rounding
        return result

    first = layers.table.theta - layers.table.theta[-1]
    basis = [first / _norm(first)]
    matrix = np.zeros((DIMENSION, DIMENSION))
    for j in range(DIMENSION):
        following = carried(basis[j])
        for _ in range(2):  # once more, against rounding
            for i, direction in enumerate(basis):
                share = direction @ following
                matrix[i, j] += float(share)
                following = following - share * direction
        if j + 1 < DIMENSION:
            matrix[j + 1, j] = float(_norm(following))
            basis.append(following / _norm(following))
    return float(np.linalg.eigvals(matrix).real.max())


def _shallow(layers: Layers) -> Layers:
    table = layers.table
    theta, sigma = table.theta > SHALLOW, (table.sigma > 5 * SHALLOW) | (table.sigma == 0)
    return Layers(Table(table.sigma[sigma], table.theta[theta], table.values[:, sigma][:, :, theta], table.error))


def _norm(values: Array) -> Any:
    return np.sqrt(values @ values)
