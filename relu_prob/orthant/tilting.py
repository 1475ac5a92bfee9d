"""Minimax exponential tilting (Botev 2017): the means under which the weights of sequential conditioning vary least.

For the rows that were chosen first, g_k <= h_k = -(L g)_k with L strictly lower triangular, the logarithm of the weight
is

    psi(g, mu) = sum_k [ mu_k^2 / 2 - mu_k g_k + log Phi(h_k - mu_k) ],        mu_r = 0,

convex in mu and concave in g. Its saddle point gives the mu for which the largest weight is smallest. The minimum over
mu_k is where the mean of the restricted normal variable is g_k, with u = h_k - mu_k where

    u + phi(u) / Phi(u) = h_k - g_k,

so what is left is to maximize a concave function of g, which is finite where all g_k < h_k: Newton's method with steps
that stay inside finds it from any such g.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from relu_prob.orthant.sequential import Step

Array = NDArray[np.float64]

FAR = -20.0
"""Below this u + phi(u)/Phi(u) would cancel, and continued fractions and series take over."""

STEPS = 200
GAIN = 1e-3
"""How far psi may be from its value at the saddle point."""


def tilt(found: list[Step]) -> Array | None:
    """The means mu, shape (r,) with last entry 0; None where Newton's method did not converge.

    Where more rows than one end at a coordinate, the others are left out here: any mu gives unbiased weights, and this
    one is the best for the rows that are used.
    """
    rank = len(found)
    lower = np.zeros((rank, rank - 1))
    for k, step in enumerate(found):
        lower[k, :k] = step.upper[0][: rank - 1]
    g = np.zeros(rank - 1)
    for k in range(rank - 1):
        g[k] = -(lower[k] @ g) - 1.0
    value, mu, gradient, hessian = _concave(lower, g)
    for _ in range(STEPS):
        newton = np.linalg.solve(hessian, -gradient)
        gain = float(gradient @ newton)
        if gain <= 1e-16:
            break
        size = 1.0
        while size > 1e-12:
            there = _concave(lower, g + size * newton)
            if there[0] >= value + 0.1 * size * gain:
                break
            size /= 2
        else:
            break  # rounding hides any progress
        g = g + size * newton
        value, mu, gradient, hessian = there
    # any mu is unbiased, and one close to the saddle point as good as the saddle point
    return np.append(mu, 0.0) if gain <= GAIN else None


def _concave(lower: Array, g: Array) -> tuple[float, Array, Array, Array]:
    """(value, mu, gradient, Hessian) of the minimum of psi over mu, a function of g; -inf where a g_k is too large."""
    rank = len(lower)
    high = -(lower @ g)
    gap = high[:-1] - g
    if not np.all(gap > 0):
        return -np.inf, g, g, np.eye(rank - 1)
    u = np.append(_restricted(gap), high[-1])
    hazard, above = _hazard(u)
    mu = high[:-1] - u[:-1]
    value = float(np.sum(mu**2 / 2 - mu * g) + np.sum(log_ndtr(u)))
    gradient = -(lower.T @ hazard) - mu
    slope = -hazard * above
    variance = _variance(u[:-1], hazard[:-1], above[:-1])
    cross = slope[:-1, None] * lower[:-1] - np.eye(rank - 1)
    hessian = lower.T @ (slope[:, None] * lower) - cross.T @ (cross / variance[:, None])
    return value, mu, gradient, hessian


def _hazard(u: Array) -> tuple[Array, Array]:
    """phi/Phi at u, and u + phi/Phi: how far the mean of a standard normal variable given Z <= u is below u."""
    hazard = np.exp(-(u**2) / 2 - log_ndtr(u)) / np.sqrt(2 * np.pi)
    x = np.maximum(-u, -FAR)
    fraction = np.zeros_like(x)
    for k in range(24, 0, -1):
        fraction = k / (x + fraction)
    # phi/Phi = x + 1/(x + 2/(x + 3/(x + ...))) at -x
    far = u <= FAR
    return np.where(far, x + fraction, hazard), np.where(far, fraction, u + hazard)


def _variance(u: Array, hazard: Array, above: Array) -> Array:
    """The variance of a standard normal variable given Z <= u."""
    y = 1 / np.minimum(u, FAR) ** 2
    variance: Array = np.where(u > FAR, 1 - hazard * above, y * (1 - 6 * y + 50 * y**2))
    return variance


def _restricted(gap: Array) -> Array:
    """The u with u + phi(u)/Phi(u) = gap > 0, by Newton's method for an increasing convex function.

    >>> u = _restricted(np.array([1e-8, 0.5, 1.0, 30.0]))
    >>> bool(np.allclose(_hazard(u)[1], [1e-8, 0.5, 1.0, 30.0], rtol=1e-14, atol=0))
    True
    """
    u = np.where(gap < 0.5, -1 / gap, gap)
    for _ in range(100):
        hazard, above = _hazard(u)
        step = (above - gap) / _variance(u, hazard, above)
        u = u - step
        if np.all(np.abs(step) <= 1e-14 * np.maximum(np.abs(u), 1.0)):
            break
    return u
