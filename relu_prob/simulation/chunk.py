"""One chunk of random networks: draw them, look at them, and tally their living neurons."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from relu_prob.initialization import sample_layer
from relu_prob.network import Network
from relu_prob.simulation.counts import IntArray, tally
from relu_prob.simulation.firing import Layers, firing, number_of_inputs

BoolArray = NDArray[np.bool_]

CHUNK_BYTES = 2**26
"""About how much memory the arrays of a chunk may take (unless a single network takes more)."""

CHUNK_NETWORKS = 2**14
"""The most networks in a chunk; more of them would leave the processor's cache and be slower."""


def chunk_size(network: Network) -> int:
    """The number of networks in a chunk: a function of the network only, as results depend on it.

    >>> chunk_size(Network((1, 4, 4, 1)))
    16384
    """
    fans = list(pairwise(network.widths[:-1]))
    # copies of the weights; pre-activations, outputs and masks at every input
    floats = [3 * m * n + 8 * k * (m + n + 2) for (m, n), k in zip(fans, number_of_inputs(network), strict=True)]
    return max(1, min(CHUNK_NETWORKS, CHUNK_BYTES // (8 * max(floats))))


def chunk(network: Network, death: str, size: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """The distinct combinations (N_1, ..., N_depth) among ``size`` random networks, and how often each was seen.

    >>> rows, multiplicity = chunk(Network((1, 1, 1, 1)), "initial", 100, np.random.default_rng(1))
    >>> rows.tolist(), int(multiplicity.sum())
    ([[1, 0], [1, 1]], 100)
    """
    return tally(network, living(network, _draw(network, size, rng), rng, death))


def living(network: Network, layers: Layers, rng: np.random.Generator, death: str) -> IntArray:
    """The numbers (N_1, ..., N_depth) of living neurons of concrete networks, shape (size, depth).

    Initial death: a neuron lives if it fires somewhere and the layer below is not all dead.

    Permanent death: as long as no layer is all dead, a neuron of layer 1 is permanently dead if it is dead, and one of
    a later layer if it is *sign-dead*: none of its weights from neurons that are not sign-dead is positive, and
    neither is its bias. Then its output is 0 whatever becomes of the layers below. If a layer is all dead, no
    gradient passes it, so that nothing at or below it ever changes: then all the dead are permanently dead, and all of
    the neurons from that layer on.

    >>> weights = [np.array([[[1.0], [2.0]]]), np.array([[[1.0, 1.0], [-1.0, 0.25], [-1.0, -1.0]]])]
    >>> layers = [(w, np.zeros(w.shape[:2])) for w in weights]
    >>> rng = np.random.default_rng(0)
    >>> for death in ("initial", "permanent"):
    ...     print(living(Network((1, 2, 3, 1)), layers, rng, death))
    [[2 1]]
    [[2 2]]
    """
    active_counts, possible_counts = [], []
    active = possible = np.ones((1, 1), dtype=bool)
    for number, (w, b, fires) in enumerate(firing(network, layers, rng)):
        active = fires & active.any(axis=1, keepdims=True)
        active_counts.append(active.sum(axis=1))
        if death == "permanent":
            excited = ((w > 0) & possible[:, None, :]).any(axis=2) | (b > 0)
            possible = active if number == 0 else excited & possible.any(axis=1, keepdims=True)
            possible_counts.append(possible.sum(axis=1))
    initial = np.stack(active_counts, axis=1)
    if death == "initial":
        return initial
    return np.where(initial.all(axis=1, keepdims=True), np.stack(possible_counts, axis=1), initial)


def _draw(network: Network, size: int, rng: np.random.Generator) -> Layers:
    for fan_in, fan_out in pairwise(network.widths[:-1]):
        yield sample_layer(network.weights, network.biases, rng, size, fan_in, fan_out)
