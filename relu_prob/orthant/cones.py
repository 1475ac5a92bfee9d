"""The cone of finitely many rays: its rank, its extreme rays, and whether an open half-space holds it.

Rows are known to a relative ``TOLERANCE`` only: rays that differ by less are one ray, and a ray that is closer than
this to the cone of the others lies in it. What is computed is the probability for rows so changed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, nnls

Array = NDArray[np.float64]

TOLERANCE = 1e-13
"""Distance below which unit vectors count as equal: rounding in some hundred operations."""


def unit(rows: Array) -> Array:
    """The rows that are not 0, scaled to length 1; safe against overflow and underflow.

    >>> unit(np.array([[3e200, 4e200], [0.0, 0.0]])).round(12)
    array([[0.6, 0.8]])
    """
    rows = rows[np.any(rows != 0, axis=1)]
    rows = rows / np.abs(rows).max(axis=1, keepdims=True, initial=1e-300)
    scaled: Array = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def blocks(rows: Array) -> list[Array]:
    """The rows in groups that are orthogonal to each other: z_i of different groups are independent.

    Inner products that are 0 up to the rounding of their own terms count as 0.

    >>> [len(block) for block in blocks(np.array([[1.0, 0, 0], [0, 1.0, 1.0], [2.0, 0, 0], [0, 0, 1.0]]))]
    [2, 2]
    """
    import networkx

    size = rows.shape[1] * np.finfo(float).eps
    joined = np.abs(rows @ rows.T) > size * (np.abs(rows) @ np.abs(rows).T)
    graph = networkx.from_numpy_array(joined)
    return [rows[sorted(part)] for part in networkx.connected_components(graph)]


def in_their_span(rows: Array) -> Array:
    """The same unit vectors in an orthonormal basis of their span: shape (m, rank).

    The rank is the number of singular values above ``max(m, r) TOLERANCE`` times the largest.

    >>> in_their_span(unit(np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]))).shape
    (2, 1)
    """
    _, s, basis = np.linalg.svd(rows, full_matrices=False)
    rank = int(np.sum(s > s[0] * max(rows.shape) * TOLERANCE))
    # rows that span the whole space stay as they are, to the last bit
    return rows if rank == rows.shape[1] else unit(rows @ basis[:rank].T)


def distinct(rows: Array) -> Array:
    """One of several unit rows that are equal up to the tolerance."""
    kept: list[int] = []
    for i, row in enumerate(rows):
        if np.all(np.linalg.norm(rows[kept] - row, axis=1) > TOLERANCE):
            kept.append(i)
    return rows[kept]


def extreme(rows: Array) -> Array:
    """The unit rows without those in the convex cone of the others, which say nothing new: z_k <= 0 implies theirs.

    The distance to the cone is found by non-negative least squares. Linearly independent rows are all extreme.

    >>> extreme(unit(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])))
    array([[1., 0.],
           [0., 1.]])
    """
    rows = distinct(rows)
    if np.linalg.matrix_rank(rows) == len(rows):
        return rows
    kept = list(range(len(rows)))
    for i in range(len(rows)):
        others = [k for k in kept if k != i]
        if others and nnls(rows[others].T, rows[i])[1] <= TOLERANCE:
            kept = others
    return rows[kept]


def depth(rows: Array) -> tuple[float, Array]:
    """The largest t with a_i . z <= -t for all i and some z in [-1, 1]^r, and that z, by linear programming.

    t > 0 if and only if an open half-space holds the rays a_i.

    >>> abs(depth(np.array([[1.0, 0.0], [-1.0, 0.0]]))[0])
    0.0
    """
    m, r = rows.shape
    found = linprog(
        np.r_[np.zeros(r), -1.0],
        A_ub=np.c_[rows, np.ones(m)],
        b_ub=np.zeros(m),
        bounds=[(-1, 1)] * r + [(0, None)],
        method="highs",
    )
    if not found.success:
        raise ArithmeticError(f"the linear programme of {m} rays in dimension {r} was not solved: {found.message}")
    z = np.asarray(found.x[:r])
    # what z certifies, whatever the solver's own tolerances
    return max(0.0, float(-(rows @ z).max())), z


def flat_bound(t: float, rank: int) -> float:
    """An upper bound on the probability where ``depth`` is at most t.

    By duality some convex combination sum_i c_i a_i, of at most r + 1 rays, has length at most t. Where all
    a_i . z <= 0 the ray with c_i >= 1/(r+1) has -(r+1) t |z| <= a_i . z <= 0, and a_i . z / |z| has a density of at
    most sqrt(r / (2 pi)).
    """
    return (rank + 1) * t * math.sqrt(rank / (2 * math.pi))
