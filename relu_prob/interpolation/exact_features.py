"""The features of ReLU units with floating-point parameters modulo a prime: their rank without a tolerance.

Floating-point numbers are integers times powers of 2, and so are w.x + b and all features. Where a matrix has rank m
modulo a prime it has rank m; where it has not, though the matrix has, the prime divides all of its m x m minors. One of
integers of B bits has fewer than m (B + log2 m)/30 prime factors above 2^30, and there are 5 * 10^7 primes between 2^30
and 2^31: two random ones both divide it with a probability below (m (B + log2 m) / 10^9)^2, about 1e-10 for m = 50.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from flint import fmpz, nmod_mat
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Residues = NDArray[np.int64]

LOWEST, HIGHEST = -1200, 1100  # exponents of integers times powers of 2 that are doubles


def random_prime(rng: np.random.Generator) -> int:
    """A prime between 2^30 and 2^31, all of them equally likely."""
    while True:
        number = int(rng.integers(2**30, 2**31))
        if fmpz(number).is_prime():
            return number


def features(x: Floats, w: Floats, b: Floats, prime: int) -> Residues:
    """relu(w x + b) modulo a prime.

    Parameters
    ----------
    x : shape (m, d)
    w, b : the units of several layers, of shapes (layers, n, d) and (layers, n)

    Returns
    -------
    Integers of shape (layers, m, n).

    >>> x, w, b = np.array([[1.0], [-1.0]]), np.array([[[0.5], [2.0]]]), np.array([[1.0, 0.0]])
    >>> features(x, w, b, 7).tolist()  # 3/2, 2 and 1/2, 0 with 1/2 = 4 modulo 7
    [[[5, 2], [4, 0]]]
    """
    return np.where(firing(x, w, b), _preactivations(x, w, b, prime), 0)


def firing(x: Floats, w: Floats, b: Floats) -> NDArray[np.bool_]:
    """Whether w x + b > 0, exactly; shape (layers, m, n)."""
    z = x @ w.transpose(0, 2, 1) + b[:, None, :]
    # gamma_(d + 1) with a factor 2 to spare
    error = (x.shape[1] + 1) * np.finfo(float).eps * (np.abs(x) @ np.abs(w).transpose(0, 2, 1) + np.abs(b)[:, None, :])
    fires: NDArray[np.bool_] = z > 0
    for k, i, j in zip(*np.nonzero(np.abs(z) <= error), strict=True):
        terms = (Fraction(float(p)) * Fraction(float(q)) for p, q in zip(w[k, j], x[i], strict=True))
        fires[k, i, j] = sum(terms, Fraction(float(b[k, j]))) > 0
    return fires


def rank(matrix: Residues, prime: int) -> int:
    """The rank modulo a prime."""
    return int(_modular(matrix, prime).rank())


def columns_for_full_rank(matrix: Residues, prime: int) -> int | None:
    """With how many of the first columns the rank is that of all rows, modulo a prime; None where it never is.

    >>> columns_for_full_rank(np.array([[1, 2, 3, 0], [2, 4, 0, 1]]), 7)
    3
    """
    reduced, found = _modular(matrix, prime).rref()
    if found < len(matrix):
        return None
    last = (int(reduced[len(matrix) - 1, j]) for j in range(matrix.shape[1]))
    return next(j for j, entry in enumerate(last, 1) if entry)


def _preactivations(x: Floats, w: Floats, b: Floats, prime: int) -> Residues:
    powers = np.array([pow(2, k, prime) for k in range(LOWEST, HIGHEST)], dtype=np.int64)

    def residues(values: Floats) -> Residues:
        mantissas, exponents = np.frexp(values)
        integers = np.ldexp(mantissas, 53).astype(np.int64) % prime
        return np.asarray(integers * powers[exponents - 53 - LOWEST] % prime)

    data, weights = residues(x), residues(w)
    total = np.broadcast_to(residues(b)[:, None, :], (len(w), len(x), w.shape[1])).copy()
    for k in range(x.shape[1]):
        total += data[None, :, None, k] * weights[:, None, :, k] % prime
    return total % prime


def _modular(matrix: Residues, prime: int) -> nmod_mat:
    rows, columns = matrix.shape
    return nmod_mat(rows, columns, matrix.ravel().tolist(), prime)
