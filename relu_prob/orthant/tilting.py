"""Minimax exponential tilting (Botev 2017): the means under which the weights of sequential conditioning vary least.

For the rows that were chosen first, g_k <= -(L g)_k with L strictly lower triangular, the logarithm of the weight is

    psi(g, mu) = sum_k [ mu_k^2 / 2 - mu_k g_k + log Phi(-(L g)_k - mu_k) ],

convex in mu and concave in g. Its saddle point gives the mu for which the largest weight is smallest. With
Psi_k = -phi / Phi at -(L g)_k - mu_k and mu_r = 0 it solves

    mu - g + Psi = 0,    L^T Psi - mu = 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root
from scipy.special import log_ndtr

from relu_prob.orthant.sequential import Step

Array = NDArray[np.float64]


def tilt(found: list[Step]) -> Array | None:
    """The means mu, shape (r,) with last entry 0; None where the saddle point was not found.

    Where more rows than one end at a coordinate, the others are left out here: any mu gives unbiased weights, and this
    one is the best for the rows that are used.
    """
    rank = len(found)
    lower = np.zeros((rank, rank))
    for k, step in enumerate(found):
        lower[k, :k] = step.upper[0]
    below = lower[:, : rank - 1]

    def equations(x: Array) -> tuple[Array, Array]:
        g, mu = x[: rank - 1], np.append(x[rank - 1 :], 0.0)
        bound = -(below @ g) - mu
        hazard = np.exp(-(bound**2) / 2 - log_ndtr(bound)) / np.sqrt(2 * np.pi)
        slope = -hazard * (bound + hazard)  # of Psi = -hazard in mu
        value = np.concatenate([(mu - hazard)[: rank - 1] - g, -(below.T @ hazard) - mu[: rank - 1]])
        identity = np.eye(rank - 1)
        cross = slope[:, None] * below
        jacobian = np.block(
            [
                [cross[: rank - 1] - identity, np.diag(1 + slope[: rank - 1])],
                [below.T @ cross, cross[: rank - 1].T - identity],
            ]
        )
        return value, jacobian

    with np.errstate(all="ignore"):
        solution = root(equations, np.zeros(2 * (rank - 1)), jac=True, method="hybr")
    mu = np.append(solution.x[rank - 1 :], 0.0)
    return mu if solution.success and np.all(np.isfinite(mu)) else None
