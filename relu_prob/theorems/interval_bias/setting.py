"""What the theorems of this room share: the hypotheses, and an interval and two laws as three numbers.

In units of the standard deviation of the biases a neuron of layer 1 is ``c + w' x``, with c standard normal and
``w' x = s w x``, s = sigma_w / sigma_b, w standard normal. At the ends a < b of the interval it is

    U = c + A w,  V = c + B w,    A = s a,  B = s b,

and a neuron of the next layer sees its outputs multiplied by K = sigma_w' sigma_b / sigma_b'.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from relu_prob.domains import Points
from relu_prob.network import Network


class Setting(NamedTuple):
    """The squares of A, B and K, the first two with the sign of A and B: rational numbers."""

    a: Fraction
    b: Fraction
    k: Fraction


def ends(network: Network) -> tuple[Fraction, Fraction] | None:
    """The ends of the smallest bounded interval that contains the inputs; None where there is none or it is a point.

    Of finitely many inputs of one dimension only the two outermost matter: between them an affine function takes no
    larger values.

    >>> ends(Network((1, 1, 1), domain=Points([[3], [-1], [2]])))
    (Fraction(-1, 1), Fraction(3, 1))
    """
    if network.input_dimension != 1:
        return None
    if isinstance(network.domain, Points):
        values = [x for (x,) in network.domain.points]
        low, high = min(values), max(values)
        return (low, high) if low < high else None
    interval = network.domain.interval(1)
    if interval is None or not all(isinstance(end, Fraction) for end in interval):
        return None
    return Fraction(interval[0]), Fraction(interval[1])


def laws_fail(network: Network) -> str | None:
    """Which of the hypotheses on laws and inputs fails, in words."""
    if network.input_dimension != 1:
        return f"the input dimension must be 1, got {network.input_dimension}"
    if not (network.weights.gaussian and network.biases.gaussian):
        return f"weights and biases must be Gaussian, got weights {network.weights!r} and biases {network.biases!r}"
    if ends(network) is None:
        return f"the inputs must be a bounded interval, or points on a line of which two differ, got {network.domain!r}"
    return None


def setting(network: Network) -> Setting:
    """The three numbers of the first two layers, for a network that passes ``laws_fail``."""
    interval = ends(network)
    assert interval is not None
    d, first = network.widths[:2]
    ratio = network.weights.variance(d, first) / network.biases.variance(d, first)
    a, b = (end * abs(end) * ratio for end in interval)
    return Setting(a, b, gain(network, 2) * network.biases.variance(d, first))


def gain(network: Network, layer: int) -> Fraction:
    """(sigma_w / sigma_b)^2 of a layer."""
    fan_in, fan_out = network.widths[layer - 1 : layer + 1]
    return network.weights.variance(fan_in, fan_out) / network.biases.variance(fan_in, fan_out)
