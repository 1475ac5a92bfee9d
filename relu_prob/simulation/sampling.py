"""Where finitely many inputs do not decide everything: the inputs at which a network is looked at then.

Every layer-1 neuron is looked at where it is largest on the domain, which decides layer 1 exactly for every domain;
with zero biases the rays of the arrangement decide layer 2; the other inputs are random, and what they show of deeper
layers bounds the activity there from below. Inputs are in homogeneous coordinates, as in ``polyline``.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from relu_prob.domains import Ball, Box, Orthant, WholeSpace
from relu_prob.network import Network

Array = NDArray[np.float64]

RANDOM_INPUTS = 256
"""The number of random inputs of each network."""


def largest(network: Network, w: Array) -> Array:
    """For each neuron of layer 1 the input of the domain at which its pre-activation W_j x + b_j is largest.

    For the ball of radius r that is ``r w / |w|``; for a box the corner given by the signs of w; for the orthant the
    direction ``max(w, 0)``, or the point 0 if no w_k > 0; for the whole space the direction w.

    Shapes: w (size, n_1, d); the result (size, n_1, d + 1), or (size, n_1, d) with zero biases.

    >>> largest(Network((2, 1, 1)), np.array([[[3.0, 4.0]]]))
    array([[[0.6, 0.8]]])
    """
    domain, scale = network.domain, np.ones(w.shape[:2])
    if isinstance(domain, Ball):
        x = float(domain.radius) * w / np.linalg.norm(w, axis=2, keepdims=True)
    elif isinstance(domain, Box):
        x = np.where(w > 0, np.array(domain.high, dtype=float), np.array(domain.low, dtype=float))
    elif isinstance(domain, Orthant):
        x = np.maximum(w, 0.0)
        scale = 1.0 - np.any(x > 0, axis=2)
    else:
        assert isinstance(domain, WholeSpace)
        x, scale = w, np.zeros(w.shape[:2])
    return x if network.zero_bias else np.concatenate([x, scale[:, :, None]], axis=2)


def random_inputs(network: Network, rng: np.random.Generator, size: int) -> Array:
    """Random inputs of the domain, independent from one network to the next.

    - zero biases and a domain that surrounds 0: uniform directions;
    - a ball: half of them uniform on its surface, half uniform inside;
    - a box: its corners, up to half of them all, and otherwise uniform;
    - the whole space: half of them directions (points at infinity), half of them Cauchy distributed;
    - the orthant: absolute values of those.

    Shape (size, 256, d + 1), or (size, 256, d) with zero biases.
    """
    domain, d, half = network.domain, network.input_dimension, RANDOM_INPUTS // 2
    shape = (size, RANDOM_INPUTS, d)
    scale = np.ones((size, RANDOM_INPUTS, 1))
    if isinstance(domain, Box) and not (network.zero_bias and domain.surrounds_zero):
        low, high = np.array(domain.low, dtype=float), np.array(domain.high, dtype=float)
        x = rng.uniform(low, high, shape)
        if 2**d <= half:
            x[:, : 2**d] = list(itertools.product(*zip(low, high, strict=True)))
    else:
        x = rng.standard_normal(shape)
        if isinstance(domain, Orthant):
            x = np.abs(x)
        if isinstance(domain, Ball):
            x *= float(domain.radius) / np.linalg.norm(x, axis=2, keepdims=True)
            x[:, half:] *= rng.random((size, RANDOM_INPUTS - half, 1)) ** (1 / d)
        else:
            scale = np.abs(rng.standard_normal(scale.shape))
            scale[:, :half] = 0.0
    return x if network.zero_bias else np.concatenate([x, scale], axis=2)
