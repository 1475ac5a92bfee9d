"""A trainer of many small networks at once, in NumPy: backpropagation with relu'(0) = 0, and four kinds of updates.

Networks of one architecture and one set of data: W of layer l has shape (size, n_l, n_{l-1}), b shape (size, 1, n_l).
"""

import numpy as np

UPDATES = ("sgd", "momentum", "adam", "adversary")


def forward(weights, biases, points):
    """The outputs of the hidden layers, from the inputs on, and the network's output: shapes (size, m, n_l)."""
    hidden = [np.broadcast_to(points, (len(weights[0]), *points.shape))]
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        hidden.append(np.maximum(hidden[-1] @ np.swapaxes(w, 1, 2) + b, 0))
    return hidden, hidden[-1] @ np.swapaxes(weights[-1], 1, 2) + biases[-1]


def gradients(weights, hidden, at_output):
    """Gradients of sum(at_output * output) with respect to weights and biases."""
    by_weights, by_biases = [], []
    delta = at_output
    for l in range(len(weights) - 1, -1, -1):
        by_weights.append(np.swapaxes(delta, 1, 2) @ hidden[l])
        by_biases.append(delta.sum(axis=1, keepdims=True))
        delta = (delta @ weights[l]) * (hidden[l] > 0)
    return by_weights[::-1], by_biases[::-1]


def training(weights, biases, points, update, *, steps, rate, rng, with_biases):
    """Train and yield, after every step, the outputs of the hidden layers and the weights and biases.

    - sgd, momentum: mean squared error to random labels on random batches of half the data
    - adam: the same with Adam
    - adversary: random gradients at the output, of any size, in every step
    """
    weights, biases = [w.copy() for w in weights], [b.copy() for b in biases]
    labels = rng.standard_normal((len(points), weights[-1].shape[1])) * 3
    first = [np.zeros_like(p) for p in (*weights, *biases)]
    second = [np.zeros_like(p) for p in first]
    for step in range(1, steps + 1):
        batch = rng.permutation(len(points))[: max(1, len(points) // 2)] if update != "adam" else np.arange(len(points))
        hidden, output = forward(weights, biases, points[batch])
        if update == "adversary":
            at_output = rng.standard_normal(output.shape) * 10.0 ** rng.uniform(-2, 1, (len(output), 1, 1))
        else:
            at_output = 2 * (output - labels[batch]) / len(batch)
        by_weights, by_biases = gradients(weights, hidden, at_output)
        if not with_biases:
            by_biases = [np.zeros_like(g) for g in by_biases]
        for k, (p, g) in enumerate(zip((*weights, *biases), (*by_weights, *by_biases), strict=True)):
            p -= rate * _direction(update, g, first[k], second[k], step)
        yield forward(weights, biases, points)[0], weights, biases


def _direction(update, g, first, second, step):
    # steps of bounded length keep training from overflowing; a vanishing gradient still gives a vanishing step
    g = g / np.maximum(1, np.sqrt((g**2).sum(axis=(1, 2), keepdims=True)))
    if update in ("sgd", "adversary"):
        return g
    first *= 0.9
    first += g if update == "momentum" else 0.1 * g
    if update == "momentum":
        return first
    second *= 0.999
    second += 0.001 * g**2
    return first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
