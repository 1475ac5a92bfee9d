"""Of the theorems that miss a layer, those that would cover it if one thing about the network were different."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from relu_prob.domains import Ball, Orthant, Points, WholeSpace
from relu_prob.initialization import HeNormal, Normal, Zero
from relu_prob.network import Network
from relu_prob.questions import catalogue

MOST = 3
"""So many are named."""


def nearest(net: Network, layer: int, missing: dict[str, str]) -> tuple[str, ...]:
    """Names of the theorems among ``missing`` that are nearest to covering the layer, from the strongest.

    >>> net = Network((2, 5, 5, 1))
    >>> nearest(net, 2, catalogue.missing(net, 2))
    ('one ray', 'layer 2 in one dimension', 'layer 2 of a narrow first layer')
    """
    others = list(_neighbours(net))
    names = [
        theorem.name
        for theorem in catalogue.THEOREMS
        if theorem.name in missing and any(theorem.missing(other, layer) is None for other in others)
    ]
    return tuple(names or missing)[:MOST]


def _neighbours(net: Network) -> Iterator[Network]:
    """Networks that differ in one argument, as far as there are such."""
    d, hidden = net.input_dimension, net.hidden_widths
    domains = Ball(1), WholeSpace(), Orthant(), Points([[1] * d])
    changes: list[dict[str, Any]] = [
        {"weights": HeNormal()},
        *({"biases": law} for law in (Zero(), Normal(1))),
        *({"domain": domain} for domain in domains),
        {"widths": (1, *net.widths[1:])},
        *({"widths": (d, n, *net.widths[2:])} for n in (1, d, d + 1)),
        *({"widths": (d, *hidden[:l], 1, *net.widths[l + 2 :])} for l in range(1, net.depth)),
    ]
    for change in changes:
        try:
            yield replace(net, **change)
        except (TypeError, ValueError):  # some laws come in pairs, some domains have a dimension
            continue
