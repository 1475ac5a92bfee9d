"""The theorems in order of strength, and the choice among them."""

from __future__ import annotations

from relu_prob.network import Network
from relu_prob.theorems.first_layer import FAMILIES
from relu_prob.theorems.interval_bias import LAYER_TWO_ONE_NEURON, ONE_NEURON_CHAIN
from relu_prob.theorems.layer_two import (
    LAYER_THREE_QUADRANT,
    LAYER_TWO_NARROW,
    LAYER_TWO_ONE_DIMENSION,
    LAYER_TWO_ONE_MORE,
    LAYER_TWO_ONE_MORE_GAUSSIAN,
    LAYER_TWO_QUADRANT,
    LAYER_TWO_TWO_MORE,
    WHOLE_SPACE_NARROW,
    WHOLE_SPACE_ONE_MORE,
)
from relu_prob.theorems.one_ray import ONE_RAY
from relu_prob.theorems.theorem import Theorem
from relu_prob.theorems.two_ray import LAYER_THREE_RATIONAL, TWO_RAY

THEOREMS: tuple[Theorem, ...] = (
    *FAMILIES,
    ONE_RAY,
    LAYER_TWO_ONE_DIMENSION,
    LAYER_TWO_NARROW,
    LAYER_TWO_ONE_MORE,
    LAYER_TWO_QUADRANT,
    WHOLE_SPACE_NARROW,
    WHOLE_SPACE_ONE_MORE,
    LAYER_TWO_TWO_MORE,
    LAYER_TWO_ONE_MORE_GAUSSIAN,
    LAYER_THREE_QUADRANT,
    LAYER_THREE_RATIONAL,
    TWO_RAY,
    LAYER_TWO_ONE_NEURON,
    ONE_NEURON_CHAIN,
)


class NotCovered(ValueError):
    """No theorem covers the network: the message says, for each, which hypothesis is missing."""


def covering(network: Network, layer: int) -> Theorem | None:
    """The first theorem that covers the layer, or None."""
    return next((theorem for theorem in THEOREMS if theorem.missing(network, layer) is None), None)


def require(network: Network, layer: int) -> Theorem:
    """The first theorem that covers the layer.

    Raises
    ------
    NotCovered
        Where there is none.
    """
    theorem = covering(network, layer)
    if theorem is None:
        raise NotCovered(
            f"no theorem covers layer {layer} of {network}:\n"
            + "\n".join(f"- {name}: {why}" for name, why in missing(network, layer).items())
        )
    return theorem


def missing(network: Network, layer: int) -> dict[str, str]:
    """For each theorem that could speak of this layer and does not cover it: the hypothesis that fails.

    Theorems about another layer are left out, unless none is left.
    """
    failures = {theorem.name: why for theorem in THEOREMS if (why := theorem.missing(network, layer)) is not None}
    relevant = {name: why for name, why in failures.items() if not why.startswith("the layer must be")}
    return relevant or failures
