"""Sequential conditioning: P(A g <= 0) as an integral over a unit cube, one Gaussian coordinate after the other.

In a suitable orthonormal basis every row a_i ends at some coordinate k, its last one that is not 0, and then is a bound
on g_k given g_1, ..., g_(k-1): an upper bound where its entry is positive, a lower one where it is negative. With the
mass of these intervals as weight and quantiles as draws (Genz; for singular covariances Genz and Kwong)

    P = E prod_k P(l_k <= g_k <= h_k),    g_k = quantile of the interval at u_k,  u uniform on the cube.

Drawing g_k with the mean mu_k instead multiplies the weight by exp(mu_k^2 / 2 - mu_k g_k): the mean stays P for every
mu.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from relu_prob.orthant.cones import TOLERANCE
from relu_prob.orthant.truncated import below, log_mass, quantile

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """The rows that end at coordinate k, divided by their entry there.

    upper : shape (rows, k); the bounds are g_k <= -upper @ (g_1, ..., g_(k-1)). The first row is the one that was
        chosen.
    lower : the same for the rows of negative entry, with g_k >= -lower @ (g_1, ..., g_(k-1))
    """

    upper: Array
    lower: Array


def steps(rows: Array) -> list[Step]:
    """The steps of the conditioning, one for each dimension of the rows' span: shape (m, r), rank r, unit rows.

    The next row is always the one that is least likely to be <= 0 given typical values of the coordinates before
    (Gibson, Glasbey and Elston): what binds comes first, and little variation is left for later weights. Its part that
    is orthogonal to the rows before is the next direction of the basis; rows that have no other part left end there.

    >>> [len(step.upper) + len(step.lower) for step in steps(np.array([[1.0, 0], [0, 1.0], [0.6, 0.8]]))]
    [1, 2]
    """
    m, rank = rows.shape
    coordinates = np.zeros((m, rank))
    rest = rows.copy()
    left = list(range(m))
    typical = np.zeros(rank)
    found = []
    for k in range(rank):
        lengths = np.linalg.norm(rest[left], axis=1)
        bounds = -(coordinates[left, :k] @ typical[:k]) / lengths
        # rows that are exhausted were removed, so that no length is 0
        chosen = int(np.argmin(bounds))
        direction = rest[left[chosen]] / lengths[chosen]
        coordinates[:, k] = rest @ direction
        rest -= np.outer(coordinates[:, k], direction)
        # a second time: the first one leaves rounding errors along the direction
        rest -= np.outer(rest @ direction, direction)
        typical[k] = -_hazard(bounds[chosen])
        first = left[chosen]
        ending = [i for i in left if i == first or np.linalg.norm(rest[i]) <= m * TOLERANCE]
        left = [i for i in left if i not in ending]
        ending = [first, *(i for i in ending if i != first)]
        scaled = coordinates[ending, :k] / coordinates[ending, k : k + 1]
        positive = coordinates[ending, k] > 0
        found.append(Step(scaled[positive], scaled[~positive]))
    return found


def _hazard(x: float) -> float:
    """phi(x) / Phi(x), minus the mean of a standard normal variable given that it is <= x."""
    return float(np.exp(-(x**2) / 2 - log_ndtr(x)) / np.sqrt(2 * np.pi))


def log_weights(found: list[Step], tilt: Array, uniforms: Array) -> Array:
    """The logarithms of the weights, whose mean is P.

    Shapes: tilt (r,), its last entry 0; uniforms (n, r - 1), in (0, 1); the result (n,), -inf for weight 0.
    """
    rank = len(found)
    g = np.empty((rank, len(uniforms)))
    result = np.zeros(len(uniforms))
    for k, step in enumerate(found):
        high = np.min(-(step.upper @ g[:k]), axis=0) - tilt[k] if len(step.upper) else None
        low = np.max(-(step.lower @ g[:k]), axis=0) - tilt[k] if len(step.lower) else None
        if k == rank - 1:
            result += log_mass(low, high)
        elif low is None and high is not None:
            mass, draw = below(uniforms[:, k], high)
            result += mass
            g[k] = tilt[k] + draw
        else:
            result += log_mass(low, high)
            draw = quantile(uniforms[:, k], low, high)
            # an empty interval has no quantiles, and its weight is 0 whatever follows
            g[k] = tilt[k] + np.where(np.isfinite(draw), draw, 0.0)
        if tilt[k]:
            result += tilt[k] ** 2 / 2 - tilt[k] * g[k]
    return result
