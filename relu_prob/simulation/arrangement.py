"""The rays of a hyperplane arrangement, which decide death in layer 2 of a network with zero biases.

On each cone cut out by the hyperplanes W_j x = 0 the function f(x) = sum_j w_j relu(W_j x) is linear, so that f <= 0
everywhere if and only if f <= 0 on the rays that the cones are spanned by. These are the directions +-u orthogonal to
d - 1 independent rows. Where the rows do not span the space (or the domain is an orthant) the coordinate hyperplanes
are added to the arrangement; with n_1 <= d independent rows, the rays within the row space are enough.
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from relu_prob.domains import Orthant
from relu_prob.network import Network

Array = NDArray[np.float64]

MAX_RAYS = 4096
"""Above this number of rays layer 2 is looked at on a sample of inputs."""

MAX_DIMENSION = 8
"""As MAX_RAYS: a direction orthogonal to d - 1 rows costs d 2^(d-1) multiplications."""


def number_of_rays(network: Network) -> int | None:
    """How many rays decide layer 2, or None where they do not decide it or are too many.

    >>> number_of_rays(Network((3, 4, 4, 1))), number_of_rays(Network((100, 4, 4, 1)))
    (12, 8)
    """
    d, n = network.input_dimension, network.hidden_widths[0]
    orthant = isinstance(network.domain, Orthant)
    if network.depth == 1 or not network.zero_bias or not (network.domain.surrounds_zero or orthant):
        return None
    if _within_row_space(network):
        return 2 * n if 2 * n <= MAX_RAYS else None
    if d > MAX_DIMENSION:
        return None
    rays = (1 if orthant else 2) * comb(n + d * _with_coordinates(network), d - 1)
    return rays if rays <= MAX_RAYS else None


def rays(network: Network, rows: Array) -> tuple[Array, Array]:
    """The rays and the first layer's pre-activations on them, where those that are 0 are exactly 0.

    Parameters
    ----------
    network : one with a ``number_of_rays`` that is not None
    rows : shape (size, n_1, d), the first layer's weights

    Returns
    -------
    u : shape (size, number of rays, d), inputs of the domain (or 0, which is harmless: there nothing fires)
    z : shape (size, number of rays, n_1), with z_j = W_j u

    >>> u, z = rays(Network((2, 3, 3, 1)), np.array([[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]]))
    >>> z[0, :3]
    array([[ 0., -2., -1.],
           [ 2.,  0.,  2.],
           [ 1., -2.,  0.]])
    """
    if _within_row_space(network):
        # column j of the pseudoinverse is orthogonal to all rows but row j
        u = np.swapaxes(np.linalg.pinv(rows), 1, 2)
        z = np.einsum("ijk,ijk->ij", rows, u)[:, :, None] * np.eye(rows.shape[1])
        return np.concatenate([u, -u], axis=1), np.concatenate([z, -z], axis=1)
    size, n, d = rows.shape
    if _with_coordinates(network):
        rows = np.concatenate([rows, np.broadcast_to(np.eye(d), (size, d, d))], axis=1)
    chosen = np.array(list(combinations(range(rows.shape[1]), d - 1)), dtype=np.int64)
    u = _orthogonal(rows, chosen)
    z = u @ np.swapaxes(rows, 1, 2)
    # a tolerance instead would give wrong decisions
    z[:, np.arange(len(chosen))[:, None], chosen] = 0.0
    if not isinstance(network.domain, Orthant):
        return np.concatenate([u, -u], axis=1), np.concatenate([z, -z], axis=1)[:, :, :n]
    u, z = z[:, :, n:], z[:, :, :n]
    inside = np.all(u >= 0, axis=2, keepdims=True)
    sign = np.where(inside, 1.0, np.where(np.all(u <= 0, axis=2, keepdims=True), -1.0, 0.0))
    return sign * u, sign * z


def _orthogonal(rows: Array, chosen: NDArray[np.int64]) -> Array:
    """For each choice of d - 1 rows a vector orthogonal to them: u_c = (-1)^c det(rows without column c).

    By Laplace expansion, row after row, for all choices at once: for integers without rounding, and 0 where the rows
    are dependent. Shapes: rows (size, n, d), chosen (choices, d - 1), result (size, choices, d).
    """
    d = rows.shape[2]
    minors: dict[tuple[int, ...], Array] = {(): np.ones((len(rows), len(chosen)))}
    for r in range(d - 1):
        entries = rows[:, chosen[:, r]]
        larger = {}
        for columns in combinations(range(d), r + 1):
            total = np.zeros((len(rows), len(chosen)))
            for k, column in enumerate(columns):
                total += (-1) ** (r + k) * entries[:, :, column] * minors[columns[:k] + columns[k + 1 :]]
            larger[columns] = total
        minors = larger
    without = [tuple(c for c in range(d) if c != column) for column in range(d)]
    return np.stack([(-1) ** column * minors[without[column]] for column in range(d)], axis=2)


def _within_row_space(network: Network) -> bool:
    """Whether n_1 <= d rows that are almost surely independent meet a domain that surrounds 0."""
    few = network.hidden_widths[0] <= network.input_dimension
    return few and network.weights.continuous and network.domain.surrounds_zero


def _with_coordinates(network: Network) -> bool:
    """Whether the arrangement needs the coordinate hyperplanes; discrete rows may fail to span the space."""
    return isinstance(network.domain, Orthant) or not network.weights.continuous
