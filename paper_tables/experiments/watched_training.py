"""Gradient training of many small networks at once, watched after every step: who fires on the data?

Backpropagation in NumPy with relu'(0) = 0, written for this purpose and shared with nothing: the claim that it tests is
about every update that leaves a parameter alone whose gradient has always been 0. The networks are the last axis of all
arrays, so that what is summed is never what is vectorized: W of layer l has the shape (n_l, n_{l-1}, size), b
(n_l, 1, size), inputs and labels (d, m, size) and (d_out, m, size). Every network has data of its own, and equal inputs
give equal outputs, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RATES = {"SGD": 0.05, "momentum": 0.05, "Adam": 0.05, "random gradients": 0.05}
TRAINERS = tuple(RATES)


def forward(weights: Sequence[Array], biases: Sequence[Array], x: Array) -> tuple[list[Array], Array]:
    """The inputs and the outputs of the hidden layers, of shape (n_l, m, size) from l = 0, and those of the network."""
    hidden = [x]
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        hidden.append(np.maximum(np.einsum("kmb,jkb->jmb", hidden[-1], w) + b, 0.0))
    return hidden, np.einsum("kmb,jkb->jmb", hidden[-1], weights[-1]) + biases[-1]


def gradients(weights: Sequence[Array], hidden: Sequence[Array], at_output: Array) -> tuple[list[Array], list[Array]]:
    """Gradients of sum(at_output * output) by weights and by biases."""
    by_weights, by_biases = [], []
    delta = at_output
    for l in range(len(weights) - 1, -1, -1):
        by_weights.append(np.einsum("jmb,kmb->jkb", delta, hidden[l]))
        by_biases.append(delta.sum(axis=1, keepdims=True))
        if l:
            delta = np.einsum("jmb,jkb->kmb", delta, weights[l]) * (hidden[l] > 0)
    return by_weights[::-1], by_biases[::-1]


def training(
    weights: Sequence[Array],
    biases: Sequence[Array],
    x: Array,
    y: Array,
    trainer: str,
    *,
    steps: int,
    rng: np.random.Generator,
    with_biases: bool,
) -> Iterator[tuple[list[Array], list[Array], list[Array]]]:
    """Train, and give after every step the inputs and outputs of the hidden layers on all data, weights and biases.

    - SGD, momentum (0.9), Adam (0.9, 0.999): the mean squared error to the labels on batches of half of the data, drawn
      afresh for every network and every step
    - random gradients: in place of the loss's gradient by the outputs, in every step fresh normal numbers at all data,
      times a factor between 0.01 and 10. No loss has such gradients: it is an opponent that pushes in all directions.

    A parameter's gradient array is shortened to length 1 where it is longer, which keeps the runs from overflowing; 0
    stays 0. Without biases these stay as they are.
    """
    weights, biases = [w.copy() for w in weights], [b.copy() for b in biases]
    parameters = [*weights, *biases] if with_biases else list(weights)
    first, second = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    m, size = y.shape[1:]
    for step in range(1, steps + 1):
        if trainer == "random gradients":
            hidden, output = forward(weights, biases, x)
            at_output = rng.standard_normal(output.shape) * 10.0 ** rng.uniform(-2, 1, size)
        else:
            batch = np.argsort(rng.random((m, size)), axis=0)[None, : max(1, m // 2)]
            hidden, output = forward(weights, biases, np.take_along_axis(x, batch, axis=1))
            at_output = 2 * (output - np.take_along_axis(y, batch, axis=1)) / batch.shape[1]
        by_weights, by_biases = gradients(weights, hidden, at_output)
        found = [*by_weights, *by_biases] if with_biases else by_weights
        for k, (p, g) in enumerate(zip(parameters, found, strict=True)):
            g /= np.maximum(1, np.sqrt((g**2).sum(axis=(0, 1))))
            p -= RATES[trainer] * _direction(trainer, g, first[k], second[k], step)
        yield forward(weights, biases, x)[0], weights, biases


def _direction(trainer: str, g: Array, first: Array, second: Array, step: int) -> Array:
    """The update's direction from the gradient and what is remembered of earlier ones."""
    if trainer == "momentum":
        first *= 0.9
        first += g
        return first
    if trainer == "Adam":
        first += 0.1 * (g - first)
        second += 0.001 * (g**2 - second)
        return np.asarray(first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8))
    return g
