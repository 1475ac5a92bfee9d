"""The basis 1, Phi(kappa_j cos theta) - Phi(0): a fit of functions of the state, and its transpose, a quadrature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.precision import HALF_PI, PI, Array, Wide, product

BETWEEN = 8  # of the binomial laws of widths up to 16 the residual between nodes is up to 5.4 times that at nodes


def kernel(sigma: Array, theta: Array) -> Array:
    """Phi(cos sigma_j cos theta_i) - Phi(0): rows theta, columns sigma; accurate where both angles are tiny."""
    cosine = np.sin(HALF_PI - theta)[:, None]
    product = np.cos(sigma)[None, :] * cosine
    # 1 - cos^2(sigma) cos^2(theta) = sin^2(theta) + sin^2(sigma) cos^2(theta)
    arcsine = np.arctan2(product, np.hypot(np.sin(theta)[:, None], np.sin(sigma)[None, :] * cosine))
    values: Array = arcsine * (PI + arcsine)
    return values


def pivoted_qr(matrix: Array, tolerance: float) -> tuple[Array, Array, NDArray[np.intp]]:
    """Q, R and the chosen columns in the matrix's own precision (LAPACK has no 80-bit floats), up to ``tolerance``."""
    work = matrix.copy()
    rows, columns = work.shape
    order = np.arange(columns)
    basis = np.zeros((rows, min(rows, columns)), work.dtype)
    upper = np.zeros((min(rows, columns), columns), work.dtype)
    rank, first = 0, work.dtype.type(0)
    for j in range(min(rows, columns)):
        norms = np.sqrt(np.sum(work[:, j:] ** 2, axis=0))
        pivot = j + int(np.argmax(norms))
        first = max(first, norms[pivot - j])
        if norms[pivot - j] <= tolerance * first:
            break
        for array in (work, upper):
            array[:, [j, pivot]] = array[:, [pivot, j]]
        order[[j, pivot]] = order[[pivot, j]]
        direction = work[:, j]
        direction = direction - basis[:, :j] @ (basis[:, :j].T @ direction)
        direction = direction / np.sqrt(direction @ direction)
        basis[:, j] = direction
        upper[j, j:] = direction @ work[:, j:]
        work[:, j:] -= np.outer(direction, upper[j, j:])
        rank = j + 1
    return basis[:, :rank], upper[:rank, :rank], order[:rank]


def inverse_upper(upper: Array) -> Array:
    """Inverse of an upper triangular matrix by back substitution, all columns at once."""
    size = len(upper)
    out = np.eye(size, dtype=upper.dtype)
    for i in range(size - 1, -1, -1):
        out[i] = (out[i] - upper[i, i + 1 :] @ out[i + 1 :]) / upper[i, i]
    return out


class Representation:
    """Least squares onto the kernels with a factorisation in the widest float; theta[0] must be pi/2."""

    def __init__(
        self, sigma: Array, theta: Array, tolerance: float = 8 * float(np.finfo(Wide).eps), sweeps: int = 2
    ) -> None:
        self.matrix = kernel(sigma, theta)
        self.sweeps = sweeps
        self._basis, upper, self.columns = pivoted_qr(self.matrix, tolerance)
        self._inverse = inverse_upper(upper)
        self.rank = len(self.columns)

    def fit(self, angle: Array) -> tuple[Array, NDArray[np.float64]]:
        """Weights (len(sigma), R) for V - V(pi/2), and the largest residual (R,) over all theta.

        The residual is measured at the theta nodes, and enlarged for what lies between them.
        """
        target = angle - angle[0]
        weights = np.zeros((self.matrix.shape[1], angle.shape[1]), Wide)
        best = np.full(angle.shape[1], np.inf)
        left = target
        for _ in range(self.sweeps):
            trial = weights.copy()
            trial[self.columns] += product(self._inverse, product(self._basis.T, left))
            residual = target - product(self.matrix, trial)
            size = np.max(np.abs(residual), axis=0).astype(np.float64)
            better = size < best
            weights, best = np.where(better, trial, weights), np.where(better, size, best)
            left = np.where(better, residual, left)
        return weights, BETWEEN * best

    def quadrature(self, moments: Array, mass: np.floating[Any]) -> tuple[Array, float]:
        """Weights at the theta nodes with these integrals of the kernels and this total; and the largest moment missed.

        The smallest such weights: they turn out nearly non-negative, so the angle's law is represented without
        cancellation.
        """
        nodes = np.zeros(self.matrix.shape[0], Wide)
        best, left = np.inf, moments
        for _ in range(self.sweeps):
            trial = nodes + self._basis @ (left[self.columns] @ self._inverse)
            residual = moments - trial @ self.matrix
            size = float(np.max(np.abs(residual)))
            if not size < best:
                break
            nodes, best, left = trial, size, residual
        nodes[0] += mass - nodes.sum()  # the kernels vanish at theta[0] = pi/2
        return nodes, best
