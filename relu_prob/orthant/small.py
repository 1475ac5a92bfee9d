"""Closed forms for at most three coordinates, over any leading batch axes, in float64.

A centred Gaussian vector z of m coordinates is given by its Gram matrix G = E z z^T, or by rows a_i with z_i = a_i . g
for a standard normal g. The *angle* of two coordinates is that of their rows, cos theta = G_ij / sqrt(G_ii G_jj).
A Gram matrix rounded to a relative eps knows a probability to about eps / sin(theta) and no better; where tiny
probabilities matter, use the functions of rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)

ROW_ERROR = 8 * EPS
"""How far rounding moves a unit row while it is scaled and turned into the span of all rows."""


def angle(u: Array, v: Array) -> Array:
    """The angles between vectors along the last axis, 2 atan2(|u' - v'|, |u' + v'|) with u', v' the unit vectors.

    Accurate to a few eps, also near 0 and near pi, where the arc cosine loses half the digits (Kahan).

    Shapes: u, v (..., r); the result (...). A zero vector has no direction: nan.

    >>> float(angle(np.array([1.0, 0.0]), np.array([1.0, 1e-12])))
    1e-12
    """
    with np.errstate(invalid="ignore"):
        u = u / np.linalg.norm(u, axis=-1, keepdims=True)
        v = v / np.linalg.norm(v, axis=-1, keepdims=True)
    theta: Array = 2 * np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1))
    return theta


def gram_angle(gram: Array, i: int, j: int) -> Array:
    """The angle of coordinates i and j, atan2(sqrt(G_ii G_jj - G_ij^2), G_ij): pi/2 where one of them is 0.

    Shapes: gram (..., m, m); the result (...).

    >>> float(gram_angle(np.array([[1.0, 1.0], [1.0, 2.0]]), 0, 1)) == np.pi / 4
    True
    """
    inner = gram[..., i, j]
    cross = np.sqrt(np.maximum(gram[..., i, i] * gram[..., j, j] - inner**2, 0.0))
    return np.where((cross == 0) & (inner == 0), np.pi / 2, np.arctan2(cross, inner))


def two(theta: Array) -> Array:
    """P(z_1 <= 0, z_2 <= 0) = (pi - theta) / (2 pi).

    >>> float(two(np.array(np.pi / 2)))
    0.25
    """
    return (np.pi - theta) / (2 * np.pi)


def three(theta12: Array, theta13: Array, theta23: Array) -> Array:
    """P(z_1, z_2, z_3 <= 0) = 1/2 - (theta_12 + theta_13 + theta_23) / (4 pi), not below 0: absolute error a few eps.

    >>> right = np.array(np.pi / 2)
    >>> float(three(right, right, right))
    0.125
    """
    return np.maximum(0.5 - (theta12 + theta13 + theta23) / (4 * np.pi), 0.0)


def two_rows(rows: Array) -> Array:
    """P(z_1, z_2 <= 0) = atan2(|u + v|, |u - v|) / pi for unit rows u, v: also tiny ones are accurate to a few eps.

    Shapes: rows (..., 2, r); the result (...).

    >>> float(two_rows(np.array([[1.0, 0.0], [-1.0, 1e-9]])) * 2 * np.pi)
    1e-09
    """
    return angle(rows[..., 0, :], -rows[..., 1, :]) / (2 * np.pi)


def three_rows(rows: Array) -> Array:
    """P(z_1, z_2, z_3 <= 0) for three rows in R^3: the solid angle of the polar cone, over 4 pi.

    Up to a common sign the polar cone has the edges n_1 = a_2 x a_3, n_2 = a_3 x a_1, n_3 = a_1 x a_2. Nothing cancels
    where it is small: the relative error is about eps / |det(a_1, a_2, a_3)| for unit rows, not eps over the
    probability.

    Shapes: rows (..., 3, 3), none of them 0; the result (...).

    >>> float(three_rows(np.eye(3)))
    0.125
    """
    a, b, c = (rows[..., i, :] / np.linalg.norm(rows[..., i, :], axis=-1, keepdims=True) for i in range(3))
    edges = [np.cross(b, c), np.cross(c, a), np.cross(a, b)]
    with np.errstate(invalid="ignore"):
        edges = [edge / np.linalg.norm(edge, axis=-1, keepdims=True) for edge in edges]
    sine, cosine = half_solid_angle(*edges)
    solid = np.arctan2(np.maximum(sine, 0.0), cosine) / (2 * np.pi)
    # near a lune both are small, and the sum of the angles is the better one
    around = three(angle(a, b), angle(a, c), angle(b, c))
    return np.where(cosine > 0.5, solid, around)


def half_solid_angle(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """(S, C) with half the solid angle of the cone of three unit vectors equal to atan2(S, C) (van Oosterom-Strackee).

        S = det(a, b, c) = a . (b - a) x (c - a),    C = 1 + a.b + b.c + c.a

    S is positive where a, b, c turn counterclockwise; with the differences a small one keeps its relative accuracy.

    Shapes: a, b, c (..., 3); the results (...).
    """
    sine = np.sum(a * np.cross(b - a, c - a), axis=-1)
    return sine, 1 + np.sum(a * b + b * c + c * a, axis=-1)


def cells(gram: Array) -> Array:
    """The probabilities of all 2^m sign patterns of m <= 3 coordinates.

    Entry k is the probability that exactly the coordinates i with bit i of k set are positive; a coordinate that is
    always 0 is not positive. With angles pi - theta where two signs differ every pattern is one orthant:

        m = 2:  (pi - theta) / (2 pi)  for equal signs,   theta / (2 pi)  for different ones
        m = 3:  1/2 - (theta_12 + theta_13 + theta_23) / (4 pi),   (theta_ij + theta_ik - theta_jk) / (4 pi)

    the latter where i differs from j and k.

    Parameters
    ----------
    gram : shape (..., m, m), m = 1, 2, 3; positive semidefinite

    Returns
    -------
    shape (..., 2^m), rows of sum 1 up to rounding; no entry is negative.

    Possible issues
    ---------------
    The absolute error of an entry is a few eps / sin(theta), that is up to 1e-8 for nearly parallel coordinates.

    >>> cells(np.eye(2))
    array([0.25, 0.25, 0.25, 0.25])
    >>> cells(np.array([[1.0, 1.0], [1.0, 1.0]]))
    array([0.5, 0. , 0. , 0.5])
    """
    m = gram.shape[-1] if gram.ndim else 0
    if not 1 <= m <= 3 or gram.shape[-2:] != (m, m):
        raise ValueError(f"gram must be an array of shape (..., m, m) with m = 1, 2 or 3, got shape {gram.shape}")
    result = np.empty((*gram.shape[:-2], 2**m))
    if m == 1:
        result[...] = 0.5
    elif m == 2:
        theta = gram_angle(gram, 0, 1)
        result[..., 0] = result[..., 3] = two(theta)
        result[..., 1] = result[..., 2] = theta / (2 * np.pi)
    else:
        x, y, z = (gram_angle(gram, i, j) / (4 * np.pi) for i, j in ((0, 1), (0, 2), (1, 2)))
        result[..., 0] = result[..., 7] = np.maximum(0.5 - (x + y + z), 0.0)
        result[..., 1] = result[..., 6] = np.maximum(x + y - z, 0.0)
        result[..., 2] = result[..., 5] = np.maximum(x + z - y, 0.0)
        result[..., 4] = result[..., 3] = np.maximum(y + z - x, 0.0)
    for i in range(m):
        # the angle pi/2 of a coordinate that is 0 made its sign a fair coin: give the positive half back
        never = gram[..., i, i] == 0
        if np.any(never):
            positive = [k for k in range(2**m) if k >> i & 1]
            others = [k - 2**i for k in positive]
            result[..., others] += np.where(never[..., None], result[..., positive], 0.0)
            result[..., positive] = np.where(never[..., None], 0.0, result[..., positive])
    return result
