"""The first hidden layer, in any input dimension: N_1 ~ Bin(n_1, 1 - p_1), one file for each way to know p_1.

The families in order of strength; the first that covers a network gives its death probability p_1.
"""

from __future__ import annotations

from relu_prob.network import Network
from relu_prob.numbers.real import Real
from relu_prob.theorems.first_layer.asymmetric import ASYMMETRIC_LINE
from relu_prob.theorems.first_layer.ball import BALL
from relu_prob.theorems.first_layer.box import GAUSSIAN_BOX
from relu_prob.theorems.first_layer.constant_bias import BALL_CONSTANT_BIAS
from relu_prob.theorems.first_layer.family import FirstLayer
from relu_prob.theorems.first_layer.few_points import FEW_POINTS
from relu_prob.theorems.first_layer.fires import ALWAYS_FIRES
from relu_prob.theorems.first_layer.orthant import ORTHANT
from relu_prob.theorems.first_layer.points import POLYGON, SINGLE_POINT
from relu_prob.theorems.first_layer.ray import RAY
from relu_prob.theorems.first_layer.uniform import UNIFORM_BALL, UNIFORM_BOX

__all__ = ["FAMILIES", "FirstLayer", "death_probability", "family"]

FAMILIES: tuple[FirstLayer, ...] = (
    ALWAYS_FIRES,
    RAY,
    SINGLE_POINT,
    ORTHANT,
    BALL,
    BALL_CONSTANT_BIAS,
    POLYGON,
    UNIFORM_BALL,
    UNIFORM_BOX,
    ASYMMETRIC_LINE,
    GAUSSIAN_BOX,
    FEW_POINTS,
)
"""Exact families first; then GAUSSIAN_BOX, a certified integral; last FEW_POINTS, whose error bound is not proved."""


def family(network: Network) -> FirstLayer | None:
    """The first family that covers the network, or None."""
    return next((known for known in FAMILIES if known.missing(network, 1) is None), None)


def death_probability(network: Network) -> Real:
    """p_1, the probability that a neuron of the first layer is dead.

    Raises
    ------
    ValueError
        Where no family covers the network: the message says for each which hypothesis fails.

    >>> from relu_prob.domains import Ball
    >>> from relu_prob.initialization import Normal
    >>> death_probability(Network((3, 5, 1), biases=Normal(1), domain=Ball(2))).expression
    -2*sqrt(6)/(11*pi) + atan(sqrt(6)/4)/pi
    """
    known = family(network)
    if known is None:
        failures = "\n".join(f"- {f.name}: {f.missing(network, 1)}" for f in FAMILIES)
        raise ValueError(f"no theorem covers the first layer of {network}:\n{failures}")
    return known.dead(network)
