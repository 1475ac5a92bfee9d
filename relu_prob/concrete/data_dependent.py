"""Data-dependent initialization: every neuron fires at a data point of its own, so that none is dead on the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relu_prob import checks
from relu_prob.concrete.data_layers import Plan, draw_layers
from relu_prob.concrete.data_points import CHOICES, Indices, chosen_points
from relu_prob.concrete.data_report import DataReport, report

Floats = NDArray[np.float64]
Rng = np.random.Generator | np.random.SeedSequence | int | None

SOURCE = "docs/theory/over_parameterization.md, section 'Data-dependent initialization'"


@dataclass(frozen=True, eq=False)
class DataDependent:
    """Weights and biases of every layer, input to output, and the report on them; calling it evaluates the network.

    ``weights[l]`` has shape (width of layer l + 1, width of layer l), ``biases[l]`` (width of layer l + 1,);
    ``owners[l]`` says for each neuron of hidden layer l + 1 at which data point it fires by construction.
    """

    weights: tuple[Floats, ...] = field(repr=False)
    biases: tuple[Floats, ...] = field(repr=False)
    owners: tuple[Indices, ...] = field(repr=False)
    report: DataReport

    def __post_init__(self) -> None:
        for array in (*self.weights, *self.biases, *self.owners):
            array.flags.writeable = False

    def hidden(self, x: ArrayLike) -> tuple[Floats, ...]:
        """The activations of every hidden layer at inputs of shape (m, d), or (m,) where d = 1."""
        h = matrix("x", x)
        if h.shape[1] != self.weights[0].shape[1]:
            raise ValueError(f"x must have {self.weights[0].shape[1]} columns, got shape {np.shape(x)}")
        layers = []
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = _activations(h, w, b)
            layers.append(h)
        return tuple(layers)

    def __call__(self, x: ArrayLike) -> Floats:
        """The outputs, of shape (m, d_out)."""
        return np.asarray(self.hidden(x)[-1] @ self.weights[-1].T + self.biases[-1])


def data_dependent(
    x: ArrayLike,
    y: ArrayLike,
    widths: Sequence[int],
    *,
    noise: float | Sequence[float] = 0.1,
    weight_scale: float | Sequence[float] | None = None,
    points: int | None = None,
    copies: int | None = None,
    choose: str = "k-means++",
    rng: Rng,
) -> DataDependent:
    """Draw a network none of whose neurons is dead on the data, with outputs as large as the labels.

    Neuron j of a hidden layer belongs to the data point k(j), whose representation in the layer below is h_k:
    ``w_j ~ N(0, s^2 I), b_j = -w_j . h_k(j) + |eps_j|, eps_j ~ N(0, e^2)``. Its pre-activation there is
    ``|eps_j| > 0``. Output weights are N(0, s_out^2) with ``s_out^2 = sum_i |y_i|^2 / (d_out sum_ij M_i,k(j))``, where
    M is ``second_moment``; output biases are 0. Then the expected value of the mean squared output over the data is
    the labels' mean square.

    Parameters
    ----------
    x : data of shape (m, d), or (m,) where d = 1
    y : labels of shape (m, d_out), or (m,) where d_out = 1; not all zero
    widths : the widths of the hidden layers, each at least 1. A layer of n = h m + r neurons has h at every point and
        one more at r points drawn without replacement
    noise : e > 0, for all hidden layers or one for each. Small noise puts breakpoints next to data points, which makes
        full rank of the features likely and their conditioning bad
    weight_scale : s > 0, likewise; by default 1/sqrt(number of inputs of the layer)
    points : attach neurons to so many data points only, the same in all layers; by default to all
    copies : attach a layer of n neurons to n // copies data points (all, if there are no more), so that each of these
        has at least so many neurons. Narrower layers use the first of the points of wider ones. Give at most one of
        ``points`` and ``copies``
    choose : how a part of the points is chosen: "k-means++" (far from each other; needs scikit-learn) or "leverage"
        (drawn with probabilities proportional to their leverage scores)
    rng : a Generator, a SeedSequence, an integer seed, or None for fresh entropy

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Possible issues
    ---------------
    A point that occurs twice gets neurons twice, and the features cannot have full rank. Where ``|eps|`` is less than
    the rounding error of w.h + b it is replaced by a bound on that error: the neuron fires in floating-point numbers,
    too. The report counts how often (``lifted``); the mean of the squared output is exactly the labels' only where
    that is 0.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 10)
    >>> net = data_dependent(x, np.sin(3 * x), [20, 20], rng=0)
    >>> net.report.dead, net(x).shape, net.report.chosen
    ((0, 0), (10, 1), 'all')
    """
    data = matrix("x", x)
    labels, label_moment = labels_of(y, len(data))
    hidden = [checks.integer("widths", n, low=1) for n in checks.sequence("widths", widths, "a sequence of integers")]
    if not hidden:
        raise ValueError(f"widths must hold at least one hidden width, got {widths!r}")
    generator = checks.generator("rng", rng)
    plan, how = planned(
        data,
        hidden,
        noise=noise,
        weight_scale=weight_scale,
        points=points,
        copies=copies,
        choose=choose,
        dtype=np.dtype(np.float64),
        rng=generator,
    )
    layers, variance = draw_layers(data, plan, labels.shape[1], label_moment, _activations, generator)
    output = layers.features @ layers.weights[-1].T
    found = report(layers, output, variance, label_moment, how)
    return DataDependent(layers.weights, layers.biases, layers.owners, found)


def planned(
    data: Floats,
    widths: Sequence[int],
    *,
    noise: Any,
    weight_scale: Any,
    points: Any,
    copies: Any,
    choose: Any,
    dtype: np.dtype[Any],
    rng: np.random.Generator,
) -> tuple[Plan, str]:
    """What the options of ``data_dependent`` ask for, and how the points were chosen where not all have neurons."""
    m, layers = len(data), len(widths)
    noises = _scales("noise", noise, layers)
    if weight_scale is None:
        scales = [n**-0.5 for n in (data.shape[1], *widths[:-1])]
    else:
        scales = _scales("weight_scale", weight_scale, layers)
    checks.choice("choose", choose, CHOICES)
    if points is not None and copies is not None:
        raise ValueError(f"at most one of points and copies must be given, got points={points!r}, copies={copies!r}")
    numbers = [m] * layers
    if points is not None:
        numbers = [checks.integer("points", points, low=1, high=m)] * layers
    elif copies is not None:
        # as many points as are left with so many neurons each, and at least one
        most = checks.integer("copies", copies, low=1, high=min(widths))
        numbers = [min(m, n // most) for n in widths]
    part = min(numbers) < m
    order = chosen_points(data, max(k for k in numbers if k < m), choose, rng) if part else np.arange(m)
    homes = tuple(np.arange(m) if k == m else order[:k] for k in numbers)
    return Plan(tuple(widths), homes, tuple(noises), tuple(scales), dtype), choose if part else "without replacement"


def labels_of(y: ArrayLike, m: int) -> tuple[Floats, float]:
    """Labels of shape (m, d_out), and the mean of their squared lengths."""
    labels = matrix("y", y)
    if len(labels) != m:
        raise ValueError(f"y must have as many rows as x, {m}, got shape {np.shape(y)}")
    # an overflow is found below
    with np.errstate(over="ignore"):
        moment = float(np.mean(np.sum(labels**2, axis=1)))
    if not 0 < moment < np.inf:
        raise ValueError("y must not be all zero, and have finite squares: outputs are scaled to its mean square")
    return labels, moment


def matrix(name: str, value: ArrayLike) -> Floats:
    """``value`` as finite floats of shape (m, d); numbers in a row are points with one input."""
    allowed = "a non-empty array of finite numbers, of shape (m, d) or (m,)"
    try:
        array = np.array(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be {allowed}, got {value!r}") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be {allowed}, got shape {np.shape(value)}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be {allowed}, got {array[~np.isfinite(array)][0]}")
    return array


def _activations(h: Floats, w: Floats, b: Floats) -> Floats:
    return np.maximum(h @ w.T + b, 0.0)


def _scales(name: str, value: Any, layers: int) -> list[float]:
    several = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
    values = list(value) if several else [value] * layers
    if len(values) != layers:
        raise ValueError(f"{name} must be one number, or one for each of the {layers} hidden layers, got {value!r}")
    return [float(checks.real(name, v, positive=True)) for v in values]
