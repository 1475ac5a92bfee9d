"""Full-batch gradient descent and Adam on thousands of small networks, each compiled to machine code as one loop.

Networks are trained one after the other, so that each stops as soon as it has succeeded or can move no more; what is
vectorized is the data. The loss is ``mean_i |f(x_i) - y_i|^2``, relu'(0) = 0, and the optimizers are ``torch.optim``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from relu_prob import ConcreteNetwork, checks

Array = NDArray[np.float64]

OPTIMIZERS = ("gradient descent", "Adam")
FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8
"""Adam's beta_1, beta_2 and epsilon."""

# sums over the data may be reordered; infinities and NaN keep their meaning
compiled = numba.njit(cache=True, fastmath={"reassoc", "contract", "nsz"})


@dataclass(frozen=True)
class Trainer:
    """An optimizer, its learning rate > 0, and the most steps that it takes."""

    optimizer: str
    rate: float
    steps: int

    def __post_init__(self) -> None:
        checks.choice("optimizer", self.optimizer, OPTIMIZERS)
        checks.real("rate", self.rate, positive=True)
        checks.integer("steps", self.steps, low=0)


def label_variance(y: Array) -> float:
    """``mean_i |y_i - mean(y)|^2`` of labels of shape (m, d_out): the loss of the best constant."""
    return float(np.mean(np.sum((y - y.mean(axis=0)) ** 2, axis=1)))


def train(
    nets: Sequence[ConcreteNetwork], x: Array, y: Array, trainer: Trainer, goal: float, *, with_biases: bool = True
) -> tuple[Array, NDArray[np.int64]]:
    """The loss at which the training of each network stops, and the number of steps that it has taken.

    It stops once the loss is at most ``goal``, after ``trainer.steps`` steps, where every gradient (and with Adam its
    running mean) is exactly 0, so that nothing would ever change again, or where the loss is no longer a finite number.

    x has the shape (m, d), y (m, d_out); without biases these stay what they are.
    """
    if not nets or any(net.widths != nets[0].widths for net in nets):
        shapes = sorted({"-".join(map(str, net.widths)) for net in nets})
        raise ValueError(
            f"nets must be at least one network, all of the same widths, got {', '.join(shapes) or 'none'}"
        )
    x, y = nets[0].inputs("x", x), np.asarray(y, dtype=float)
    if y.shape != (len(x), nets[0].widths[-1]) or not np.isfinite(y).all():
        allowed = (
            f"finite numbers of shape ({len(x)}, {nets[0].widths[-1]}): a row for each of x, a column for each output"
        )
        raise ValueError(f"y must be {allowed}, got shape {y.shape}")
    widths = np.array(nets[0].widths)
    losses, taken = np.empty(len(nets)), np.empty(len(nets), dtype=np.int64)
    inputs, labels = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
    adam = OPTIMIZERS.index(trainer.optimizer) == 1
    for k, net in enumerate(nets):
        losses[k], taken[k] = _train(
            widths, flat(net), inputs, labels, with_biases, adam, trainer.rate, trainer.steps, goal
        )
    return losses, taken


def flat(net: ConcreteNetwork) -> Array:
    """Of each layer the weights, row by row, then the biases, in one vector."""
    layers = zip(net.weights, net.biases, strict=True)
    return np.concatenate([part for w, b in layers for part in (w.ravel(), b)])


@compiled
def _train(widths, theta, x, y, with_biases, adam, rate, steps, goal):  # type: ignore[no-untyped-def]
    m = x.shape[1]
    gradient, first, second = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    # the inputs, the outputs of each layer, and the gradient of the loss by these, one row for each neuron
    h = np.empty((widths.sum(), m))
    h[: widths[0]] = x
    delta = np.empty_like(h)
    step = 0
    while True:
        loss = _loss(widths, theta, h, delta, y)
        if loss <= goal or step == steps or not np.isfinite(loss):
            return loss, step
        _backward(widths, theta, h, delta, gradient, with_biases)
        if not np.any(gradient) and not np.any(first):
            return loss, step
        step += 1
        if adam:
            _adam(theta, gradient, first, second, rate, step)
        else:
            for p in range(len(theta)):
                theta[p] -= rate * gradient[p]


@compiled
def _loss(widths, theta, h, delta, y):  # type: ignore[no-untyped-def]
    """Run the network forward into h; the loss, and its gradient by the outputs in the last rows of delta."""
    m, layers = h.shape[1], len(widths) - 1
    low = at = 0
    for l in range(layers):
        n, below = widths[l + 1], widths[l]
        high = low + below
        for j in range(n):
            out = h[high + j]
            out[:] = theta[at + n * below + j]
            for k in range(below):
                value, w = h[low + k], theta[at + j * below + k]
                for i in range(m):
                    out[i] += w * value[i]
            if l < layers - 1:
                for i in range(m):
                    out[i] = max(out[i], 0.0)
        low = high
        at += n * (below + 1)
    total = 0.0
    for o in range(widths[layers]):
        for i in range(m):
            r = h[low + o, i] - y[o, i]
            total += r * r
            delta[low + o, i] = 2.0 * r / m
    return total / m


@compiled
def _backward(widths, theta, h, delta, gradient, with_biases):  # type: ignore[no-untyped-def]
    """From the last rows of delta the gradient by all parameters; that by biases stays 0 where they are not trained."""
    m, layers = h.shape[1], len(widths) - 1
    high, end = widths.sum(), len(theta)
    for l in range(layers - 1, -1, -1):
        n, below = widths[l + 1], widths[l]
        high -= n
        low = high - below
        at = end - n * (below + 1)
        for k in range(low, high):
            delta[k, :] = 0.0
        for j in range(n):
            error = delta[high + j]
            if with_biases:
                gradient[at + n * below + j] = error.sum()
            for k in range(below):
                value, back, w = h[low + k], delta[low + k], theta[at + j * below + k]
                total = 0.0
                for i in range(m):
                    total += error[i] * value[i]
                    back[i] += w * error[i]
                gradient[at + j * below + k] = total
        if l > 0:
            for k in range(low, high):
                for i in range(m):
                    if h[k, i] <= 0.0:
                        delta[k, i] = 0.0
        end = at


@compiled
def _adam(theta, gradient, first, second, rate, step):  # type: ignore[no-untyped-def]
    by_first, by_second = 1 - FIRST**step, 1 - SECOND**step
    for p in range(len(theta)):
        first[p] += (1 - FIRST) * (gradient[p] - first[p])
        second[p] += (1 - SECOND) * (gradient[p] * gradient[p] - second[p])
        theta[p] -= rate * (first[p] / by_first) / (np.sqrt(second[p] / by_second) + EPSILON)
