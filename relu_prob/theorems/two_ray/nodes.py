"""The node sets: angles sigma of the kernels kappa = cos(sigma), and angles theta of the state.

Functions of the state have a square-root singularity in cos(theta) at theta = 0, plus logarithms from deeper
layers; both sets therefore cluster geometrically at 0.
"""

from __future__ import annotations

import numpy as np

from relu_prob.theorems.two_ray.precision import HALF_PI, PI, Array, Wide


def sigma_nodes(geometric: int = 64, spread: int = 40, shallow: float = 0.3, deep: float = 1e-9) -> Array:
    """0, then ``geometric`` nodes from ``deep`` to ``shallow``, then ``spread`` Chebyshev-spaced ones up to pi.

    Negative kappa is essential: Phi(x) and Phi(-x) together give arcsin and arcsin^2. Without it the weights are 1e4
    times larger.
    """
    clustered = np.geomspace(deep, shallow, geometric).astype(Wide)
    angle = PI * np.arange(1, spread + 1, dtype=Wide) / spread
    return np.concatenate([np.zeros(1, Wide), clustered, PI - (PI - Wide(shallow)) * (1 + np.cos(angle)) / 2])


def graded_sigma_nodes(count: int = 66, deep: float = 1e-10, linear: float = 2.0) -> Array:
    """0, then ``count`` - 1 nodes up to pi whose density changes smoothly from geometric at ``deep`` to uniform.

    The density is 1/sigma + ``linear``: without a corner where the clusters end fewer nodes do as well.
    """
    grid = np.geomspace(deep, np.pi, 20001)
    place = np.log(grid / deep) + linear * grid
    nodes = np.interp(place[-1] * np.arange(count - 1) / (count - 2), place, grid).astype(Wide)
    nodes[-1] = PI
    return np.concatenate([np.zeros(1, Wide), nodes])


def theta_nodes(chebyshev: int = 64, geometric: int = 95, shallow: float = 0.25, deep: float = 2e-10) -> Array:
    """pi/2 first, then ``chebyshev`` nodes on (shallow, pi/2), then ``geometric`` ones from ``deep`` to ``shallow``."""
    angle = (2 * np.arange(chebyshev, dtype=Wide) + 1) * PI / (2 * chebyshev)
    spread = Wide(shallow) + (HALF_PI - Wide(shallow)) * (1 + np.cos(angle)) / 2
    clustered = np.geomspace(deep, shallow, geometric).astype(Wide)
    return np.concatenate([np.full(1, HALF_PI, Wide), spread, clustered[::-1]])
