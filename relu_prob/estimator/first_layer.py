"""Finitely many inputs, however many and in any dimension: the death probability of the first layer."""

from __future__ import annotations

import numpy as np

from relu_prob import checks
from relu_prob.domains import Points
from relu_prob.network import Network
from relu_prob.orthant import OrthantProbability, orthant_probability


def first_layer_death(
    network: Network,
    *,
    relative_error: float = 1e-3,
    level: float = 0.99,
    rng: np.random.Generator | np.random.SeedSequence | int | None = None,
) -> OrthantProbability:
    """p_1 = P(w . x_i + b <= 0 for all inputs x_i): numerical where the inputs are few, otherwise an estimate.

    With normal weights and normal or zero biases that is an orthant probability, of the rows (sigma_w x_i, sigma_b).

    Parameters
    ----------
    network : a network with normal weights, normal or zero biases, on Points
    relative_error, level : the relative half width, and the confidence level, of the interval of an estimate
    rng : a Generator, a SeedSequence or a seed

    Raises
    ------
    TypeError, ValueError
        For other networks or arguments, naming what is allowed.

    Source: docs/theory/orthant.md

    >>> from relu_prob.initialization import Normal
    >>> cube = Points([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    >>> p = first_layer_death(Network((3, 4, 1), weights=Normal(1), biases=Normal(1), domain=cube), rng=0)
    >>> print(p.guarantee, p.low < 0.0416686 < p.high)
    statistical True
    """
    checks.instance("network", network, Network, "a Network")
    if not (network.weights.gaussian and (network.biases.gaussian or network.zero_bias)):
        raise ValueError(f"network must have normal weights and normal or zero biases, got {network}")
    if not isinstance(network.domain, Points):
        raise ValueError(f"network must live on Points, got {network.domain!r}")
    d, n = network.widths[:2]
    rows = network.domain.array
    if not network.zero_bias:
        ratio = float(network.weights.variance(d, n) / network.biases.variance(d, n)) ** 0.5
        rows = np.c_[ratio * rows, np.ones(len(rows))]
    return orthant_probability(rows, relative_error=relative_error, level=level, rng=rng)
