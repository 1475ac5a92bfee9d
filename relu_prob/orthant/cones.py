"""The cone of finitely many rays: its rank, its extreme rays, and whether an open half-space holds it.

Rays that differ by less than ``TOLERANCE`` are one ray, and a ray that is closer than this to the cone of the others
lies in it. A unit row that moves by delta turns by about delta, so that a half-space exchanges a share delta / (2 pi)
of the sphere on either side: the distances are added up, and enter the error bound.
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


def blocks(rows: Array) -> tuple[list[Array], float]:
    """The unit rows in groups that are orthogonal to each other: z_i of different groups are independent.

    Inner products that are 0 up to the rounding of their own terms count as 0; also returned is the sum of their
    absolute values, which is at least the distance that the rows would have to move.

    >>> groups, moved = blocks(unit(np.array([[1.0, 0, 0], [0, 1.0, 1.0], [2.0, 0, 0], [0, 0, 1.0]])))
    >>> [len(group) for group in groups], moved
    ([2, 2], 0.0)
    """
    import networkx

    size = rows.shape[1] * np.finfo(float).eps
    inner = np.abs(rows @ rows.T)
    joined = inner > size * (np.abs(rows) @ np.abs(rows).T)
    graph = networkx.from_numpy_array(joined)
    groups = [rows[sorted(part)] for part in networkx.connected_components(graph)]
    return groups, float(inner[~joined].sum()) / 2


def reduced(rows: Array) -> tuple[Array, float]:
    """The extreme rays of unit rows, in an orthonormal basis of their span.

    Also returned is the sum of the distances by which rows move onto the span, onto equal ones and into the cone of the
    others: the probability changes by at most this over pi.
    """
    if len(rows) == 1:
        return np.ones((1, 1)), 0.0
    rows, to_span = in_their_span(rows)
    rows, to_cone = extreme(rows)
    return rows, to_span + to_cone


def in_their_span(rows: Array) -> tuple[Array, float]:
    """The same unit vectors in an orthonormal basis of their span, shape (m, rank), and their distances from it.

    The rank is the number of singular values above ``max(m, r) TOLERANCE`` times the largest.

    >>> in_their_span(unit(np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])))[0].shape
    (2, 1)
    """
    _, s, basis = np.linalg.svd(rows, full_matrices=False)
    rank = int(np.sum(s > s[0] * max(rows.shape) * TOLERANCE))
    if rank == rows.shape[1]:
        # rows that span the whole space stay as they are, to the last bit
        return rows, 0.0
    turned = rows @ basis[:rank].T
    return unit(turned), float(np.linalg.norm(rows - turned @ basis[:rank], axis=1).sum())


def distinct(rows: Array) -> tuple[Array, float]:
    """One of several unit rows that are equal up to the tolerance, and the distances of the others from it."""
    kept: list[int] = []
    moved = 0.0
    for i, row in enumerate(rows):
        distances = np.linalg.norm(rows[kept] - row, axis=1)
        if np.all(distances > TOLERANCE):
            kept.append(i)
        else:
            moved += float(distances.min())
    return rows[kept], moved


def extreme(rows: Array) -> tuple[Array, float]:
    """The unit rows without those in the convex cone of the others, and the distances of these from it.

    z_k <= 0 for the others implies it for them. The distance to the cone is found by non-negative least squares.
    Linearly independent rows are all extreme.

    >>> extreme(unit(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])))[0]
    array([[1., 0.],
           [0., 1.]])
    """
    rows, moved = distinct(rows)
    if np.linalg.matrix_rank(rows) == len(rows):
        return rows, moved
    kept = list(range(len(rows)))
    for i in range(len(rows)):
        others = [k for k in kept if k != i]
        distance = nnls(rows[others].T, rows[i])[1] if others else math.inf
        if distance <= TOLERANCE:
            kept, moved = others, moved + float(distance)
    return rows[kept], moved


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
