"""Beside an observed number of active neurons: how likely so few are at initialization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.domains import Domain, Points
from relu_prob.network import Network
from relu_prob.numbers.real import ONE, ZERO, Between
from relu_prob.questions import catalogue
from relu_prob.questions.arguments import Options
from relu_prob.questions.count_law import count_law
from relu_prob.results import CountLaw, Probability

MOST_NUMBERS = 4_000
"""Data of more numbers than this enter the law at initialization through a part of them."""


def initialization_of(network: ConcreteNetwork, value: Any) -> Network | None:
    """``value`` if it is None or a Network of the widths of ``network``."""
    if value is None:
        return None
    allowed = "None or a relu_prob.Network of the same widths"
    net = checks.instance("initialization", value, Network, allowed)
    if net.widths != network.widths:
        raise ValueError(f"initialization must be {allowed}, {network.widths}, got widths {net.widths}")
    return net


def on_data(initialization: Network, data: NDArray[np.float64], active: Sequence[int]) -> tuple[Probability, ...]:
    """P(N_l <= active[l-1]) for every hidden layer of a random network, on the data.

    By the strongest theorem, otherwise an interval that certainly contains it. Of large data only some points are
    used: on fewer points fewer neurons are active, so that the probability there is an upper bound.
    """
    if initialization.zero_bias and initialization.input_dimension == 1:
        data = np.sign(data)  # without biases only the rays that the inputs lie on matter
    most = max(2, MOST_NUMBERS // data.shape[1])
    small = data.size <= 100 * MOST_NUMBERS or data.shape[1] == 1
    # of large data equal points are not looked for
    points = np.unique(data if small else data[:most], axis=0)
    whole = small and len(points) <= most
    if len(points) > most:
        points = points[np.linspace(0, len(points) - 1, most).astype(int)]
    if initialization.zero_bias and not points.any():
        sure = Probability(ONE if whole else Between(ZERO, ONE), method="nothing fires at 0 without biases")
        return (sure,) * len(active)
    return on_domain(initialization, Points(points.tolist()), active, whole=whole)


def on_domain(
    initialization: Network, domain: Domain, active: Sequence[int], *, whole: bool = True
) -> tuple[Probability, ...]:
    """P(N_l <= active[l-1]) for every hidden layer of a random network on a domain.

    With ``whole=False`` the domain is a part of the true one, and the result an interval from 0.

    >>> from relu_prob.domains import Ball
    >>> print(*on_domain(Network((1, 2, 2, 1)), Ball(1), (1, 0)), sep="; ")
    0, exact; 5/32 = 0.15625, exact
    """
    net = replace(initialization, domain=domain)
    return tuple(_at_most(net, l, count, whole) for l, count in enumerate(active, 1))


def _at_most(net: Network, l: int, count: int, whole: bool) -> Probability:
    if count == net.hidden_widths[l - 1]:
        return Probability(ONE, method="all of the layer")
    law = _law(net, l)
    probability = law.cdf(count)
    if whole:
        return probability
    number = Between(ZERO, probability.number)
    return Probability(number, method=f"at most what it is on a part of the data, {law.method}", source=law.source)


def _law(net: Network, l: int) -> CountLaw:
    if catalogue.covering(net, l) is not None:
        return count_law(net, layer=l, method="exact")
    return count_law(net, layer=l, method="bracket", digits=Options().affordable(net).digits)
