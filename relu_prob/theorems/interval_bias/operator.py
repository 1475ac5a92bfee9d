"""One layer of one neuron, as a matrix on functions of the interval that the layer below passes on.

Behind a live neuron the image of the domain is [lo, hi], and what matters of it are X = K lo and Y = K hi, where K is
sigma_w / sigma_b of the next layer, in units of this one. The neuron of that layer takes the values U = c + w X and
V = c + w Y at the ends. If it is alive, it passes on [K' min(U, V)_+, K' max(U, V)_+]. So

    (T F)(x, y) = E[F(K' min(U, V)_+, K' max(U, V)_+); max(U, V) > 0]

takes the value of a question above the layer to that below it. F is a polynomial in (s, t), with

    atan Y = (pi/2) (1 - (1 - s)^3),    atan X = t atan Y,    0 <= s, t <= 1,

that interpolates at Chebyshev nodes: F has a singularity like (pi/2 - atan Y) log at Y = oo, which the cube smooths.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Piece = tuple[Array, Array | None, Array]

RADII = (2.0, 4.0, 6.0, 8.75)
"""Ends of the last panels of the radius of (c, w); beyond 8.75 the Gaussian has 2.4e-17 of its mass."""

MOST_PANELS = 9
"""Each further panel is a quarter of the one before it, and what is at a radius or an angle x weighs like x at most."""


class Resolution(NamedTuple):
    """The nodes in s and in t, and those of a Gauss-Legendre panel of the radius and of the angle of (c, w)."""

    s: int
    t: int
    radius: int
    angle: int


COARSE, FINE = Resolution(20, 12, 6, 6), Resolution(28, 16, 8, 8)


def functional(low: float, high: float, gain: float, resolution: Resolution) -> Array:
    """The weights m such that E[F(next interval); alive] = m . F(nodes), for the interval [low, high].

    ``low`` and ``high`` may be negative: the inputs of the first layer. Shape (s * t,).

    >>> m = functional(-1.0, 1.0, 1.0, FINE)
    >>> bool(abs(m.sum() - 0.75) < 1e-11)  # the neuron is dead with probability 1/4
    True
    """
    moments = np.zeros((resolution.s, resolution.t))
    for s, t, weight in _points(low, high, gain, resolution):
        if t is None:
            moments += np.outer(weight @ _chebyshev(s, resolution.s), _chebyshev(np.zeros(1), resolution.t))
        else:
            moments += _chebyshev(s, resolution.s).T @ (weight[:, None] * _chebyshev(t, resolution.t))
    result: Array = (_to_coefficients(resolution.s).T @ moments @ _to_coefficients(resolution.t)).ravel()
    return result


@lru_cache(maxsize=8)
def operator(gain: float, resolution: Resolution) -> Array:
    """T as a matrix: row i is the functional of node i. Shape (s * t, s * t)."""
    return np.stack([functional(low, high, gain, resolution) for low, high in zip(*intervals(resolution), strict=True)])


def intervals(resolution: Resolution) -> tuple[Array, Array]:
    """(X, Y) at the nodes, X varying fastest."""
    s, t = np.meshgrid(_nodes(resolution.s), _nodes(resolution.t), indexing="ij")
    high = np.pi / 2 * (1 - (1 - s) ** 3)
    return np.tan(t * high).ravel(), np.tan(high).ravel()


def dead(resolution: Resolution) -> Array:
    """p = 1/2 - (atan Y - atan X) / (2 pi) at the nodes."""
    low, high = intervals(resolution)
    return 0.5 - (np.arctan(high) - np.arctan(low)) / (2 * np.pi)


def _nodes(count: int) -> Array:
    """Chebyshev's nodes on (0, 1), the ends not included: Y = oo is none."""
    return (1 - np.cos(np.pi * (np.arange(count) + 0.5) / count)) / 2


@lru_cache(maxsize=8)
def _to_coefficients(count: int) -> Array:
    """From values at the nodes to coefficients of Chebyshev polynomials."""
    return np.asarray(np.linalg.inv(_chebyshev(_nodes(count), count)), dtype=np.float64)


def _chebyshev(x: Array, count: int) -> Array:
    return np.asarray(np.polynomial.chebyshev.chebvander(2 * x - 1, count - 1), dtype=np.float64)


def _points(low: float, high: float, gain: float, resolution: Resolution) -> Iterator[Piece]:
    """(s, t, weight) of the next interval, for the pieces of the circle of (c, w) = R (cos, sin) phi; t None is 0.

    The part w < 0 is the part w > 0 of the mirror image [-high, -low].
    """
    steepest = gain * max(np.hypot(1, low), np.hypot(1, high))
    r, r_weight = _panels(np.append(2 * _graded(steepest)[:-1], RADII), resolution.radius)
    r_weight = r_weight * r * np.exp(-(r**2) / 2) / (2 * np.pi)
    for a, b in ((low, high), (-high, -low)):
        kink, end = np.pi / 2 + np.arctan(a), np.pi / 2 + np.arctan(b)
        for two_sided, start, stop in ((True, 0, kink), (False, kink, end)):
            # the upper end of the image also vanishes at the angle end - pi, before the start
            phi, weight = _panels(_cuts(start, stop, start - (end - np.pi), steepest), resolution.angle)
            sine, cosine = np.sin(phi), np.cos(phi)
            top = np.arctan(gain * r[:, None] * (cosine + b * sine))
            ratio = (np.arctan(gain * r[:, None] * (cosine + a * sine)) / top).ravel() if two_sided else None
            s = 1 - np.cbrt(1 - top / (np.pi / 2))
            yield s.ravel(), ratio, (r_weight[:, None] * weight).ravel()


def _cuts(start: float, stop: float, margin: float, steepest: float) -> Array:
    """Panels of angles, shorter towards ``stop``, where an end of the image vanishes, and towards a near ``start``."""
    length = stop - start
    towards_stop = stop - length * _graded(3 * steepest)[::-1]
    towards_start = start + length * _graded(length / (4 * margin))
    return np.unique(np.concatenate([towards_stop, towards_start]))


def _graded(steepest: float) -> Array:
    """0, ..., 1/16, 1/4, 1: down to where an arc tangent of slope ``steepest`` is nearly linear."""
    panels = int(np.clip(np.ceil(np.log(steepest) / np.log(4)) + 2, 1, MOST_PANELS))
    return np.append(0.0, 0.25 ** np.arange(panels - 1, -1, -1))


def _panels(cuts: Array, count: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on the panels between the cuts."""
    x, w = _gauss(count)
    half = np.diff(cuts)[:, None] / 2
    return (cuts[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()


@lru_cache(maxsize=8)
def _gauss(count: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(count)
