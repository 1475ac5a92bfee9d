"""Few inputs in any dimension and rotation-invariant rows: p_1 is the solid angle of a cone with few edges."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import mpmath
import sympy

from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Approximation, Real
from relu_prob.theorems.first_layer.family import FirstLayer, variance_ratio
from relu_prob.theorems.first_layer.points import not_rotation_invariant, rays

if TYPE_CHECKING:
    from relu_prob.orthant import OrthantProbability

EPS = 2.0**-52
MOST_POINTS = 100
"""Finding the extreme rays of more points than this takes too long for being told that they are not few."""


class FewPoints(FirstLayer):
    """At most five extreme rays v_i = (sigma_w x_i, sigma_b), or groups of such that are orthogonal to each other.

    A neuron is dead if its row lies in the polar cone of the rays. Rays in the convex cone of others do not matter. The
    share of the sphere in the polar cone of four rays is Plackett's one-dimensional integral, that of five a sum over
    subsets of at most four, and rays in three dimensions are those of a polygon; shares of orthogonal groups multiply.

    >>> from relu_prob.domains import Points
    >>> from relu_prob.initialization import Normal
    >>> corners = Points([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> p = FEW_POINTS.dead(Network((3, 5, 1), weights=Normal(1), biases=Normal(1), domain=corners))
    >>> print(mpmath.nstr(p.value(), 10), p.guarantee)
    0.234375 numerical
    """

    name = "a first layer on few points"
    statement = "N_1 ~ Bin(n_1, 1 - p_1), p_1 = the share of the sphere in the polar cone of at most 5 rays"
    source = "docs/theory/orthant.md, section 'Four and five rays'"
    guarantee = Guarantee.NUMERICAL

    def fails(self, network: Network) -> str | None:
        turned = not_rotation_invariant(network)
        if turned is not None:
            return turned
        rows = rays(network)
        if rows is None:
            return f"the domain must be finitely many points or the corners of a polygon, got {network.domain!r}"
        if len(rows) > MOST_POINTS:
            return f"the inputs must be at most {MOST_POINTS} points, got {len(rows)}"
        if _share(network, rows) is None:
            ray = "x" if network.zero_bias else "(x, 1)"
            return f"the rays {ray} of the inputs must have at most 5 extreme ones, got more on {network.domain!r}"
        return None

    def dead(self, network: Network) -> Real:
        rows = rays(network)
        assert rows is not None
        known = _share(network, rows)
        assert known is not None
        # the entries of the rays are rounded to floats
        rounding = len(rows) * len(rows[0]) * EPS
        return Approximation(mpmath.mpf(known.value), mpmath.mpf(known.error + rounding))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        p = sympy.Symbol("p_1", positive=True)
        return p, (p,), "p_1 is the share of the sphere in the polar cone of the inputs (sigma_w x, sigma_b)"


def _share(network: Network, rows: tuple[tuple[Fraction, ...], ...]) -> OrthantProbability | None:
    # scipy takes a while to import, and other networks do not need it
    from relu_prob.orthant import known_probability

    return known_probability(_scaled(network, rows))


def _scaled(network: Network, rows: tuple[tuple[Fraction, ...], ...]) -> list[list[float]]:
    """The rays as floats in units of sigma_b, or of sigma_w where there are no biases."""
    if network.zero_bias:
        return [[float(v) for v in row] for row in rows]
    scale = float(variance_ratio(network)) ** 0.5
    return [[*(scale * float(v) for v in row[:-1]), float(row[-1])] for row in rows]


FEW_POINTS = FewPoints()
