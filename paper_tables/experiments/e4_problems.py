"""The data that E4 trains on, standardized: every input has mean 0 and variance 1, and so have the labels.

Nothing is downloaded: diabetes and digits come with scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """Training data, maybe test data, the hidden widths and how many steps are taken."""

    name: str
    x: Array
    y: Array
    hidden: tuple[int, ...]
    steps: int
    test_x: Array | None = None
    test_y: Array | None = None

    @property
    def m(self) -> int:
        """The number of training points."""
        return len(self.x)

    @property
    def widths(self) -> tuple[int, ...]:
        """From input to output."""
        return (self.x.shape[1], *self.hidden, self.y.shape[1])


def standardized(x: Array, test: Array | None = None) -> tuple[Array, Array | None]:
    """Every column with mean 0 and variance 1 over ``x``, without those that are constant; ``test`` likewise."""
    varying = x.std(axis=0) > 0
    mean, deviation = x[:, varying].mean(axis=0), x[:, varying].std(axis=0)
    return (x[:, varying] - mean) / deviation, None if test is None else (test[:, varying] - mean) / deviation


def sines(hidden: tuple[int, ...], steps: int, *, m: int = 20, name: str = "sines") -> Problem:
    """A sum of three sines at equidistant points of an interval."""
    x = np.linspace(-1, 1, m)[:, None]
    y = sum(np.sin(k * np.pi * x) for k in (1, 2, 4))
    return Problem(name, standardized(x)[0], standardized(np.asarray(y))[0], hidden, steps)


def smooth(hidden: tuple[int, ...], steps: int, *, m: int = 64) -> Problem:
    """sin(pi x_1) sin(pi x_2) at random points of a square."""
    x = np.random.default_rng(0).uniform(-1, 1, (m, 2))
    y = np.prod(np.sin(np.pi * x), axis=1, keepdims=True)
    return Problem("smooth, 2 inputs", standardized(x)[0], standardized(y)[0], hidden, steps)


def kinked(hidden: tuple[int, ...], steps: int, *, m: int = 64) -> Problem:
    """||x_1| - |x_2||, which is not differentiable on four lines, at random points of a square."""
    x = np.random.default_rng(1).uniform(-1, 1, (m, 2))
    y = np.abs(np.abs(x[:, :1]) - np.abs(x[:, 1:]))
    return Problem("kinked, 2 inputs", standardized(x)[0], standardized(y)[0], hidden, steps)


def diabetes(hidden: tuple[int, ...], steps: int, *, m: int = 100) -> Problem:
    """A random part of the 442 patients, ten inputs each; the others test."""
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    order = np.random.default_rng(2).permutation(len(x))
    train, test = order[:m], order[m:]
    inputs, test_inputs = standardized(x[train], x[test])
    labels, test_labels = standardized(y[train, None], y[test, None])
    return Problem("diabetes", inputs, labels, hidden, steps, test_inputs, test_labels)


def digits(hidden: tuple[int, ...], steps: int, *, m: int = 100) -> Problem:
    """m images of 64 pixels, as many of each digit, and 500 other ones as a test; ten labels, one-hot, standardized."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(3).permutation(len(x))
    train = np.concatenate([order[y[order] == k][: m // 10] for k in range(10)])
    test = np.setdiff1d(order, train, assume_unique=True)[:500]
    inputs, test_inputs = standardized(x[train], x[test])
    labels, test_labels = standardized(np.eye(10)[y[train]], np.eye(10)[y[test]])
    return Problem("digits", inputs, labels, hidden, steps, test_inputs, test_labels)
