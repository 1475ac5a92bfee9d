"""Domains on which every neuron of the first layer fires somewhere: p_1 = 0."""

from __future__ import annotations

import sympy

from relu_prob.domains import Points, WholeSpace
from relu_prob.initialization import Constant
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Real
from relu_prob.theorems.first_layer.family import SOURCE, FirstLayer, contains_zero, no_zero_weights, sides


class AlwaysFires(FirstLayer):
    """No neuron is dead: p_1 = 0, N_1 = n_1.

    Any of these is enough:

    - D = R^d and w != 0: w.x + b is not bounded;
    - zero biases, a segment from -t e_i to t e_i in D for some i (as where D surrounds 0), and no weight is 0: at one
      end w.x > 0;
    - zero biases, finitely many points of which two lie on opposite rays, and w.x is never 0;
    - a constant bias b > 0 and 0 in D.

    >>> from relu_prob.network import Network
    >>> ALWAYS_FIRES.dead(Network((3, 5, 1))).fraction
    Fraction(0, 1)
    """

    name = "a first layer that always fires"
    statement = "N_1 = n_1: the supremum of w.x + b over the domain is almost surely positive"
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        domain, biases = network.domain, network.biases
        if isinstance(biases, Constant) and biases.value > 0 and contains_zero(domain, network.input_dimension):
            return None
        if not isinstance(domain, WholeSpace) and not network.zero_bias:
            return f"the biases must be zero unless the domain is all of R^d, got {biases!r} on {domain!r}"
        if isinstance(domain, Points):
            if not _has_opposite_points(domain):
                return f"two of the points must lie on opposite rays, got {domain!r}"
            if not network.weights.continuous:
                return f"pre-activations must have no ties, got weights {network.weights!r}"
            return None
        if not (domain.surrounds_zero or _has_axis(network)):
            return f"the domain must contain a segment of a coordinate axis around 0, got {domain!r}"
        if not no_zero_weights(network.weights):
            return f"no weight may be 0, got {network.weights!r}"
        return None

    def dead(self, network: Network) -> Real:
        return ZERO

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        return sympy.Integer(0), (), "every neuron is active"


def _has_axis(network: Network) -> bool:
    box = sides(network.domain, network.input_dimension)
    inside = contains_zero(network.domain, network.input_dimension)
    return box is not None and inside and any(low < 0 < high for low, high in box)


def _has_opposite_points(domain: Points) -> bool:
    directions = set()
    for row in domain.points:
        scale = max(map(abs, row))
        if scale:
            directions.add(tuple(v / scale for v in row))
    return any(tuple(-v for v in row) in directions for row in directions)


ALWAYS_FIRES = AlwaysFires()
