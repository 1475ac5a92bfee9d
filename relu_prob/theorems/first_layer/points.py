"""Finitely many inputs, or a polygon of inputs, and rotation-invariant rows: p_1 is the solid angle of a cone."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import sympy

from relu_prob.domains import Points
from relu_prob.initialization import SphereUniform
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Rational, Real
from relu_prob.theorems.first_layer.family import SOURCE, FirstLayer, exact, rational, sides, variance_ratio
from relu_prob.theorems.first_layer.hull import NotPlanar, Row, polygon


class SinglePoint(FirstLayer):
    """One input x: the symmetric variable w.x + b is positive with probability 1/2.

    >>> from relu_prob.initialization import PyTorchDefault
    >>> from relu_prob.network import Network
    >>> net = Network((2, 5, 1), weights=PyTorchDefault(), domain=Points([[3, 4]]))
    >>> SINGLE_POINT.dead(net).fraction
    Fraction(1, 2)
    """

    name = "a first layer at a single point"
    statement = "N_1 ~ Bin(n_1, 1/2)"
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        if not (isinstance(network.domain, Points) and len(set(network.domain.points)) == 1):
            return f"the domain must be a single point, got {network.domain!r}"
        if not network.symmetric:
            return f"the laws must be symmetric under a change of sign of any entry, got biases {network.biases!r}"
        # at x = 0 only the bias is left
        at_zero = not any(network.domain.points[0])
        if not (network.biases.continuous if at_zero else network.continuous):
            return f"w.x + b must have no ties, got weights {network.weights!r} and biases {network.biases!r}"
        return None

    def dead(self, network: Network) -> Real:
        return Rational(Fraction(1, 2))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        return sympy.Rational(1, 2), (), "one input"


class PolygonDomain(FirstLayer):
    """The convex hull of the rays v_i = (sigma_w x_i, sigma_b) is a polygon (its corners in cyclic order).

    A neuron is dead if its row, of uniform direction, makes an obtuse angle with every v_i: if it lies in the polar
    cone, whose share of the sphere is, by Gauss and Bonnet,

        p_1 = 1/2 - perimeter / (4 pi),    perimeter = sum of the angles between neighbouring corners;

    two corners are a polygon of perimeter 2 theta, one has perimeter 0, and p_1 = 0 where no open half-space holds all
    rays. With zero biases v_i = x_i. A domain and its convex hull have the same p_1, so that intervals and rectangles
    are given by their corners.

    Covered are all points whose rays span at most 3 dimensions, so any number of points where d <= 2, at most 3 points
    in any dimension, and with zero biases any number of points where d = 3.

    >>> from relu_prob.domains import Box
    >>> from relu_prob.initialization import Normal
    >>> from relu_prob.network import Network
    >>> POLYGON.dead(Network((2, 5, 1), domain=Points([[1, 0], [0, 1]]))).fraction
    Fraction(1, 4)
    >>> square = Network((2, 5, 1), weights=Normal(1), biases=Normal(1), domain=Box((-1, -1), (1, 1)))
    >>> POLYGON.dead(square).expression
    -atan(2*sqrt(2))/pi + 1/2
    """

    name = "a first layer on points or a polygon"
    statement = (
        "N_1 ~ Bin(n_1, 1 - p_1), p_1 = 1/2 - perimeter / (4 pi) of the spherical convex hull of (sigma_w x, sigma_b)"
    )
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        turned = not_rotation_invariant(network)
        if turned is not None:
            return turned
        rows = rays(network)
        if rows is None:
            shapes = "an interval, a rectangle or (with zero biases) a box in space"
            return f"the domain must be finitely many points, {shapes}, got {network.domain!r}"
        try:
            polygon(rows)
        except NotPlanar:
            ray = "x" if network.zero_bias else "(x, 1)"
            return f"the rays {ray} of the inputs must span at most 3 dimensions, got {network.domain!r}"
        return None

    def dead(self, network: Network) -> Real:
        rows = rays(network)
        assert rows is not None
        corners = polygon(rows)
        if not corners:
            return ZERO
        square = Fraction(1) if network.zero_bias else variance_ratio(network)
        scales = (square,) * network.input_dimension + (() if network.zero_bias else (Fraction(1),))
        perimeter = sympy.Add(*(angle(u, v, scales) for u, v in zip(corners, corners[1:] + corners[:1], strict=True)))
        return exact(_share(perimeter))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        theta = sympy.Symbol("theta", positive=True)
        meaning = "theta is the perimeter of the spherical convex hull of the inputs (sigma_w x, sigma_b)"
        return _share(theta), (theta,), meaning


def _share(perimeter: sympy.Expr) -> sympy.Expr:
    return sympy.expand(sympy.Rational(1, 2) - perimeter / (4 * sympy.pi))


def angle(u: Row, v: Row, scales: tuple[Fraction, ...]) -> sympy.Expr:
    """The angle between two rows whose k-th entries are to be multiplied by the square root of scales[k].

    By its tangent, whose square (|u|^2 |v|^2 - (u.v)^2) / (u.v)^2 is rational: exact also for nearly parallel rows,
    and sympy recognizes the angles that are rational multiples of pi.

    >>> angle((Fraction(1), Fraction(0)), (Fraction(-1), Fraction(1)), (Fraction(1), Fraction(1)))
    3*pi/4
    """
    uu, vv, uv = (sum(s * a * b for s, a, b in zip(scales, x, y, strict=True)) for x, y in ((u, u), (v, v), (u, v)))
    if uv == 0:
        return sympy.pi / 2
    tangent = sympy.sqrt(rational((uu * vv - uv**2) / uv**2))
    return sympy.atan(tangent) if uv > 0 else sympy.pi - sympy.atan(tangent)


def not_rotation_invariant(network: Network) -> str | None:
    """In words why the law of a row (w, b), after scaling, is not rotation-invariant; None if it is."""
    weights, biases = network.weights, network.biases
    rotation = weights.gaussian or isinstance(weights, SphereUniform)
    if (weights.gaussian and biases.gaussian) or isinstance(biases, SphereUniform) or (rotation and network.zero_bias):
        return None
    return (
        "rows (w, b) must have a rotation-invariant law (Gaussian weights with Gaussian or zero biases, or "
        f"SphereUniform ones with SphereUniform or zero biases), got weights {weights!r} and biases {biases!r}"
    )


def rays(network: Network) -> tuple[Row, ...] | None:
    """The rays of the inputs, with an entry 1 for the bias where there is one; None if they are not finitely many."""
    domain = network.domain
    if isinstance(domain, Points):
        inputs = domain.points
    else:
        box = sides(domain, network.input_dimension)
        if box is None or len(box) > (3 if network.zero_bias else 2):
            return None
        inputs = tuple(product(*box))
    if network.zero_bias:
        return tuple(x for x in inputs if any(x))
    return tuple((*x, Fraction(1)) for x in inputs)


SINGLE_POINT = SinglePoint()
POLYGON = PolygonDomain()
