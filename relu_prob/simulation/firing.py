"""Which neurons of concrete networks fire somewhere on the domain, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relu_prob.network import Network
from relu_prob.simulation.arrangement import number_of_rays, rays
from relu_prob.simulation.inputs import deciding_vertices
from relu_prob.simulation.polyline import relu_with_kinks
from relu_prob.simulation.sampling import RANDOM_INPUTS, largest, random_inputs

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Layers = Iterable[tuple[Array, Array]]

TIE = 2.0**-40
"""With discrete weights, sums that are this close to 0, relative to their terms, are taken to be 0."""


class Layer(NamedTuple):
    """Layer l of ``size`` networks: w (size, n_l, n_{l-1}), b (size, n_l), fires (size, n_l)."""

    w: Array
    b: Array
    fires: BoolArray


def exact_layers(network: Network) -> int:
    """The number of leading layers in which ``firing`` is exact, in the others it only finds firing neurons.

    - all layers: finitely many points; one input dimension; two input dimensions and zero biases;
    - two layers: zero biases and a domain that surrounds 0 or is the orthant (unless the rays are too many);
    - one layer: all others.

    >>> [exact_layers(Network((d, 4, 4, 4, 1))) for d in (1, 2, 3)]
    [3, 3, 2]
    """
    if deciding_vertices(network) is not None:
        return network.depth
    return 1 if number_of_rays(network) is None else 2


def number_of_inputs(network: Network) -> list[int]:
    """About how many inputs the networks are looked at in each layer, for planning memory."""
    vertices = deciding_vertices(network)
    if vertices is None:
        return [_columns(network)] * network.depth
    kinks = [0, *network.hidden_widths] if vertices.joined else [0] * network.depth
    # a layer has hardly ever more kinks than twice the neurons below it
    return [len(vertices.array) + 2 * sum(kinks[: layer + 1]) for layer in range(network.depth)]


def firing(network: Network, layers: Layers, rng: np.random.Generator) -> Iterator[Layer]:
    """For each layer, whether each neuron's output is positive somewhere on the domain.

    Parameters
    ----------
    network : the network
    layers : for each hidden layer weights of shape (size, n_l, n_{l-1}) and biases of shape (size, n_l)
    rng : draws the random inputs of the layers after ``exact_layers(network)``, where there are any

    Yields
    ------
    Layer : a layer with ``fires`` of shape (size, n_l)

    >>> w1, w2 = np.array([[[1.0], [2.0]]]), np.array([[[-1.0, 1.0], [-1.0, 0.25]]])
    >>> layers = [(w1, np.zeros((1, 2))), (w2, np.zeros((1, 2)))]
    >>> for layer in firing(Network((1, 2, 2, 1)), layers, np.random.default_rng(0)):
    ...     print(layer.fires)
    [[ True  True]]
    [[ True False]]
    """
    vertices = deciding_vertices(network)
    tie = 0.0 if network.weights.continuous else TIE
    drawn = iter(layers)
    w, b = next(drawn)
    rows = _rows(network, w, b)
    if vertices is None:
        z, fires = _on_inputs(network, rows, w, rng, tie)
    else:
        # one product for all networks, since they share their inputs
        z = np.moveaxis((rows.reshape(-1, rows.shape[2]) @ vertices.array.T).reshape(*rows.shape[:2], -1), 1, 2)
        _cut_ties(z, rows, vertices.array, tie)
        fires = _fires(z, w)
    yield Layer(w, b, fires)
    used = np.full(len(z), z.shape[1])
    for w, b in drawn:
        if vertices is not None and vertices.joined:
            h, used = relu_with_kinks(z, used, tie)
        else:
            h = np.maximum(z, 0.0)
        z = _linear(_rows(network, w, b), _rescaled(h), tie)
        yield Layer(w, b, _fires(z, w))


def _on_inputs(
    network: Network, rows: Array, w: Array, rng: np.random.Generator, tie: float
) -> tuple[Array, BoolArray]:
    """Layer 1's pre-activations on inputs that do not decide all, and who fires, which they do decide."""
    z = _linear(rows, largest(network, w), tie)
    fires: BoolArray = np.diagonal(z, axis1=1, axis2=2) > 0
    parts = [z] if number_of_rays(network) is None else [rays(network, w)[1]]
    if network.depth > exact_layers(network):
        parts.append(_linear(rows, random_inputs(network, rng, len(w)), tie))
    return np.concatenate(parts, axis=1), fires


def _columns(network: Network) -> int:
    random = RANDOM_INPUTS if network.depth > exact_layers(network) else 0
    return random + (number_of_rays(network) or network.hidden_widths[0])


def _rows(network: Network, w: Array, b: Array) -> Array:
    """The linear map of a layer in homogeneous coordinates: (h, s) -> (W h + b s, s), or W with zero biases."""
    if network.zero_bias:
        return w
    size, n, fan_in = w.shape
    rows = np.zeros((size, n + 1, fan_in + 1))
    rows[:, :n, :fan_in], rows[:, :n, fan_in], rows[:, n, fan_in] = w, b, 1.0
    return rows


def _linear(rows: Array, h: Array, tie: float) -> Array:
    """z = rows h at every vertex: rows (size, n, m), h (size, vertices, m), z (size, vertices, n)."""
    z: Array = h @ np.swapaxes(rows, 1, 2)
    _cut_ties(z, rows, h, tie)
    return z


def _cut_ties(z: Array, rows: Array, h: Array, tie: float) -> None:
    """Discrete weights make a sum 0 with positive probability; rounding must not turn that into firing."""
    if tie:
        z[np.abs(z) <= tie * (np.abs(h) @ np.swapaxes(np.abs(rows), 1, 2))] = 0.0


def _fires(z: Array, w: Array) -> BoolArray:
    fires: BoolArray = np.any(z[:, :, : w.shape[1]] > 0, axis=1)
    return fires


def _rescaled(h: Array) -> Array:
    """The same vertices, their coordinates multiplied by powers of two where they might overflow or underflow."""
    top = np.max(h, axis=2, keepdims=True)
    if top.max() < 2.0**100 and not np.any((top > 0) & (top < 2.0**-100)):
        return h
    scaled: Array = np.ldexp(h, -np.frexp(top)[1])
    return scaled
