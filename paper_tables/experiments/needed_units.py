"""How many units of one hidden layer a task needs: rigorous lower bounds of the loss with fewer.

A unit relu(w x + b) is on the data some affine function on the set where it fires, a side of a line (hyperplane), and 0
elsewhere. The sets that sides can be are finitely many, and for given sets an affine function on each, free of the
relation to its set, is linear least squares: no network with units of these sets has a smaller loss. (In exact
arithmetic: with rounding a point on the line itself may get a value of about 1e-16 in place of 0.)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks

Array = NDArray[np.float64]
Sets = NDArray[np.bool_]

RANK_TOLERANCE = 1e-9
"""Singular values below this share of the largest count as 0. Columns are of order 1, the sets finitely many."""


def sides(x: Array) -> Sets:
    """Every set {i : w x_i + b > 0} of distinct points on a line or in the plane, of shape (m, d): booleans (sets, m).

    Every such set is also that of a direction w in which no two points have equal w x: where points lie on the line, it
    can be moved a little, and then turned a little. So all are found as what comes first in the order of w x, for one
    w between any two neighbouring directions that are at a right angle to a difference of points.

    >>> sides(np.array([[0.0], [1.0]])).tolist()
    [[False, False], [False, True], [True, False], [True, True]]
    """
    if x.ndim != 2 or x.shape[1] not in (1, 2) or len(x) < 2 or len(np.unique(x, axis=0)) < len(x):
        raise ValueError(
            f"x must be distinct points, of shape (m, 1) or (m, 2) with m >= 2, got shape {x.shape}: {x!r}"
        )
    m, d = x.shape
    if d == 1:
        directions = np.array([[1.0], [-1.0]])
    else:
        i, j = np.triu_indices(m, 1)
        difference = x[i] - x[j]
        right = np.sort((np.arctan2(difference[:, 0], -difference[:, 1])) % np.pi)
        distinct = right[np.diff(right, prepend=-1.0) > RANK_TOLERANCE]
        between = distinct + np.diff(distinct, append=distinct[0] + np.pi) / 2
        angles = np.concatenate([between, between + np.pi])
        directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places = np.argsort(np.argsort(x @ directions.T, axis=0), axis=0)
    return np.unique(np.concatenate([k > places.T for k in range(m + 1)]), axis=0)


def residuals(x: Array, y: Array, sets: Sets) -> Array:
    """For each row of sets, of shape (rows, units, m): the Gram matrix of what least squares leave of the labels.

    The columns are 1 (the output's bias) and, for each set, 1 and x on it. Divided by m, so that its trace is a lower
    bound of the loss ``mean_i |f(x_i) - y_i|^2``, and ``e G e`` that of the outputs' component along e. Shape
    (rows, d_out, d_out).
    """
    rows, _, m = sets.shape
    affine = np.column_stack([np.ones(m), x])
    columns = (sets[..., None] * affine).swapaxes(1, 2).reshape(rows, m, -1)
    design = np.concatenate([np.ones((rows, m, 1)), columns], axis=2)
    basis, values, _ = np.linalg.svd(design, full_matrices=False)
    basis *= (values > RANK_TOLERANCE * values[:, :1])[:, None, :]
    centred = y - y.mean(axis=0)
    left = centred - basis @ (basis.swapaxes(1, 2) @ centred)
    return np.asarray(left.swapaxes(1, 2) @ left / m)


def least_loss(x: Array, y: Array, units: int) -> float:
    """A lower bound of the loss of all networks with one hidden layer of so many units: the least of all traces."""
    checks.integer("units", units, low=0)
    return min(float(np.trace(found, axis1=1, axis2=2).min()) for _, found in _all_residuals(x, y, sides(x), units))


def least_loss_of_three(x: Array, y: Array, loss: float) -> float:
    """A lower bound of the loss of 3 units with 2 outputs that least squares alone cannot give, if above ``loss``.

    What a unit adds to the outputs is a vector c times a number. Along e at a right angle to c the network has one unit
    less: its loss is at least the smallest eigenvalue of the Gram matrix that the two other units leave. This must be
    small for each of the three pairs, and the trace for the three together. The least, over all triples of sets, of the
    largest of these four bounds, or ``loss`` if that is smaller.
    """
    checks.real("loss", loss, positive=True)
    if y.ndim != 2 or y.shape[1] < 2:
        raise ValueError(f"y must have at least 2 columns, for a direction at a right angle to c, got shape {y.shape}")
    sets = sides(x)
    bound = {}
    for chosen, found in _all_residuals(x, y, sets, 2):
        smallest = np.linalg.eigvalsh(found)[:, 0]
        bound |= {
            tuple(pair): float(low)
            for pair, low in zip(chosen[smallest <= loss], smallest[smallest <= loss], strict=True)
        }
    best = loss
    for i, j in bound:
        for k in range(j, len(sets)):
            if (i, k) in bound and (j, k) in bound:
                trace = float(np.trace(residuals(x, y, sets[None, [i, j, k]])[0]))
                best = min(best, max(trace, bound[i, j], bound[i, k], bound[j, k]))
    return best


def _all_residuals(x: Array, y: Array, sets: Sets, units: int) -> Iterator[tuple[NDArray[np.int64], Array]]:
    """Every choice of so many sets, with repetition, and its residuals, some thousands at a time."""
    if y.ndim != 2 or len(y) != len(x) or not np.isfinite(y).all():
        raise ValueError(
            f"y must be finite numbers of shape ({len(x)}, d_out), a row for each of x, got shape {y.shape}"
        )
    choices = itertools.combinations_with_replacement(range(len(sets)), units)
    while some := list(itertools.islice(choices, 5000)):
        chosen = np.array(some)
        yield chosen, residuals(x, y, sets[chosen])
