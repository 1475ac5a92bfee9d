"""Networks one neuron wide, with biases, over an interval: any layer, by carrying functions of an interval down."""

from __future__ import annotations

from math import comb, sqrt

import mpmath
import numpy as np
from numpy.typing import NDArray

from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO, Approximation, Real
from relu_prob.theorems.interval_bias import operator
from relu_prob.theorems.interval_bias.operator import COARSE, FINE, Resolution
from relu_prob.theorems.interval_bias.setting import ends, gain, laws_fail
from relu_prob.theorems.theorem import Masks, Theorem, allows

Array = NDArray[np.float64]

ROUNDING = 1e-14
"""A bound of the rounding of a layer: sums of some 1e4 floats of one sign."""


class OneNeuronChain(Theorem):
    """One input dimension, Gaussian weights and biases, and layers of one neuron below the one asked for.

    As long as the neuron of each layer is alive, it passes on an interval [lo, hi], and the intervals are a Markov
    chain. With X = K lo, Y = K hi, K = sigma_w / sigma_b of the next layer, a neuron of that is dead with probability

        p = 1/2 - (atan Y - atan X) / (2 pi)

    and otherwise passes on [max(0, min(U, V)), max(U, V)] for Gaussian U, V. A step is applied to functions of (X, Y),
    which are interpolated at nodes. The masses are computed at two resolutions; the error bound is the largest
    difference between the two, which is about the error of the coarser one. It is not proved.

    Possible issues: the bound is that of an absolute error, below 1e-8 for moderate K and intervals, and up to 1e-5
    where K or an end of the interval, in units of sigma_b / sigma_w, is 100. Each different K takes some seconds.

    >>> from relu_prob.initialization import Normal
    >>> net = Network((1, 1, 1, 1, 1), weights=Normal(1), biases=Normal(1))
    >>> dead, alive = ONE_NEURON_CHAIN.masses(net, 3, (None, None))
    >>> print(mpmath.nstr(alive.value(), 7))
    0.2479165
    """

    name = "layers of one neuron with a bias"
    statement = (
        "N_l ~ E Bin(n_l, 1 - p), p = 1/2 - (atan(K hi) - atan(K lo)) / (2 pi), (lo, hi) the Markov chain of the "
        "images of the interval; N_l = 0 where a layer below is dead"
    )
    source = "docs/theory/bias.md, section 'A chain of intervals'"
    guarantee = Guarantee.NUMERICAL

    def missing(self, network: Network, layer: int) -> str | None:
        if layer < 3:
            return f"the layer must be at least 3, got {layer}"
        below = network.hidden_widths[: layer - 1]
        if set(below) != {1}:
            return f"all layers below layer {layer} must have one neuron, got widths {below}"
        return laws_fail(network)

    def seconds(self, network: Network, layer: int) -> float:
        """The matrix of a step depends on the width below only through K: the first layers and all later ones."""
        return 10.0

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        fine, coarse = (_law(network, layer, resolution) for resolution in (FINE, COARSE))
        error = max(float(abs(x - y).max()) for x, y in zip(fine, coarse, strict=True)) + layer * ROUNDING
        alive, died = fine
        value = np.zeros(len(alive))
        if all(allows(mask, 1) for mask in masks):
            value += alive
        certain = [not all(allows(mask, 1) for mask in masks)] * len(alive)
        for first in range(1, layer):
            # the first dead layer is number ``first``
            if all(allows(mask, int(l < first)) for l, mask in enumerate(masks, 1)):
                value[0] += died[first - 1]
                certain[0] = False
        return tuple(
            ZERO if zero else Approximation(mpmath.mpf(max(float(x), 0.0)), mpmath.mpf(error))
            for x, zero in zip(value, certain, strict=True)
        )


def _law(network: Network, layer: int, resolution: Resolution) -> tuple[Array, Array]:
    """(P(layers below alive, N_l = j), j = 0..n; P(layer k is the first to be dead), k = 1..l-1)."""
    interval = ends(network)
    assert interval is not None
    n = network.hidden_widths[layer - 1]
    # K of a layer in units of the one below: sigma_w sigma_b' / sigma_b
    gains = [sqrt(gain(network, 1))]
    for k in range(2, layer + 1):
        fan_in, fan_out = network.widths[k - 2 : k]
        gains.append(sqrt(gain(network, k) * network.biases.variance(fan_in, fan_out)))
    p = operator.dead(resolution)
    reached = operator.functional(gains[0] * interval[0], gains[0] * interval[1], gains[1], resolution)
    alive = [1.0, float(reached.sum())]
    for factor in gains[2:]:
        reached = reached @ operator.operator(factor, resolution)
        alive.append(float(reached.sum()))
    law = np.array([comb(n, j) * float((p ** (n - j) * (1 - p) ** j) @ reached) for j in range(n + 1)])
    return law, -np.diff(alive)


ONE_NEURON_CHAIN = OneNeuronChain()
