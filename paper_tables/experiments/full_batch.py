"""Gradient descent and Adam on the mean squared error of all data, many networks of one shape at once, in NumPy.

Every network may have a learning rate of its own, so that a whole grid of them is one run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relu_prob import ConcreteNetwork

Array = NDArray[np.float64]

OPTIMIZERS = ("gradient descent", "Adam")


def fit(
    nets: Sequence[ConcreteNetwork], x: Array, y: Array, optimizer: str, rates: Sequence[float], steps: int
) -> tuple[Array, list[ConcreteNetwork | None]]:
    """Train all weights and biases.

    The losses ``mean (f(x) - y)^2 / mean y^2`` at the beginning and after each step, of shape (steps + 1, networks),
    infinite from where a run has left the floating-point numbers; and the trained networks, None for such runs.
    """
    layers = range(len(nets[0].weights))
    weights = [np.stack([net.weights[l] for net in nets]) for l in layers]
    biases = [np.stack([net.biases[l][None] for net in nets]) for l in layers]
    parameters = [*weights, *biases]
    rate = np.array(rates, dtype=float)[:, None, None]
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    losses = np.empty((steps + 1, len(nets)))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps + 1):
            hidden = [x]
            for w, b in zip(weights[:-1], biases[:-1], strict=True):
                hidden.append(_relu(hidden[-1] @ w.swapaxes(1, 2), b))
            residual = hidden[-1] @ weights[-1].swapaxes(1, 2)
            residual += biases[-1]
            residual -= y
            losses[step] = np.einsum("bij,bij->b", residual, residual)
            if step == steps:
                break
            gradients = _gradients(weights, hidden, residual * (2 / y.size))
            for p, g, (first, second) in zip(parameters, gradients, moments, strict=True):
                if optimizer == "Adam":
                    first += 0.1 * (g - first)
                    second += 0.001 * (g * g - second)
                    g = first / (np.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
                    g /= 1 - 0.9 ** (step + 1)
                p -= rate * g
    losses /= np.sum(y**2)
    losses[~np.isfinite(losses)] = np.inf
    finite = [all(np.isfinite(p[k]).all() for p in parameters) for k in range(len(nets))]
    # a unit whose weights are infinite may output 0: then the loss is finite, but nothing can be trained any more
    losses[-1, ~np.array(finite)] = np.inf
    return losses, [
        ConcreteNetwork([w[k] for w in weights], [b[k, 0] for b in biases]) if finite[k] else None
        for k in range(len(nets))
    ]


def _relu(z: Array, b: Array) -> Array:
    z += b
    return np.maximum(z, 0.0, out=z)


def _gradients(weights: Sequence[Array], hidden: Sequence[Array], delta: Array) -> list[Array]:
    """Of sum(delta * output) by all weights, then by all biases; relu'(0) = 0."""
    by_weights, by_biases = [], []
    for l in range(len(weights) - 1, -1, -1):
        by_weights.append(delta.swapaxes(1, 2) @ hidden[l])
        by_biases.append(delta.sum(axis=1, keepdims=True))
        if l:
            delta = delta @ weights[l]
            delta *= hidden[l] > 0
    return by_weights[::-1] + by_biases[::-1]
