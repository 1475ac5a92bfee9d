"""The hypotheses that the theorems on layer 2 share."""

from __future__ import annotations

from relu_prob.network import Network


def zero_bias_missing(network: Network, layer: int) -> str | None:
    """Why layer 2 is not that of zero biases, inputs all around 0, and symmetric weights without ties; or None."""
    if layer != 2:
        return f"the layer must be 2, got {layer}"
    if not network.zero_bias:
        return f"the biases must be zero, got {network.biases!r}"
    if not network.domain.surrounds_zero:
        return f"the domain must contain a neighbourhood of 0, got {network.domain!r}"
    return weights_missing(network)


def weights_missing(network: Network) -> str | None:
    """Why the signs of the weights are not independent fair coins, or why there may be ties; None if neither."""
    if not network.weights.symmetric:
        return f"the weights must be symmetric under a change of sign of any entry, got {network.weights!r}"
    if not network.weights.continuous:
        return f"the weights must have no ties, got {network.weights!r}"
    if not network.weights.independent_rows:
        return f"the rows of a weight matrix must be independent, got {network.weights!r}"
    return None
