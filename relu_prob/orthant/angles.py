"""Angles between rows, and solid angles of cones of three, over any leading batch axes, in float64."""

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


def half_solid_angle(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """(S, C) with half the solid angle of the cone of three unit vectors equal to atan2(S, C) (van Oosterom-Strackee).

        S = det(a, b, c) = a . (b - a) x (c - a),    C = 1 + a.b + b.c + c.a

    S is positive where a, b, c turn counterclockwise; with the differences a small one keeps its relative accuracy.

    Shapes: a, b, c (..., 3); the results (...).
    """
    sine = np.sum(a * np.cross(b - a, c - a), axis=-1)
    return sine, 1 + np.sum(a * b + b * c + c * a, axis=-1)
