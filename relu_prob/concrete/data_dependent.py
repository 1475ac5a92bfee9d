"""Data-dependent initialization: every neuron fires at a data point of its own, so that none is dead on the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relu_prob import checks

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Rng = np.random.Generator | np.random.SeedSequence | int | None

SOURCE = "docs/theory/over_parameterization.md, section 'Data-dependent initialization'"


@dataclass(frozen=True)
class DataReport:
    """What was drawn, looked at on the data.

    Attributes
    ----------
    dead : for each hidden layer the number of neurons that fire at no data point; zeros by construction
    points, chosen : how many data points have neurons of their own in the first hidden layer, and how these points were
        chosen: "all", "without replacement" (fewer neurons than points) or "k-means++"
    label_moment : the mean over the data of ``|y_i|^2``; the mean of ``output_moment`` over all draws is the same
    output_moment : the mean over the data of ``|output|^2``
    given_features, deviation : mean and standard deviation of ``output_moment`` over the output weights, given the
        hidden layers that were drawn
    rank, condition : of the features (activations of the last hidden layer at the m data points, an m x n matrix), by
        their singular values in floating-point numbers: how many exceed the rounding error, and the ratio of the
        largest and the m-th one (infinite where the rank is below m)
    """

    dead: tuple[int, ...]
    points: int
    chosen: str
    label_moment: float
    output_moment: float
    given_features: float
    deviation: float
    rank: int
    condition: float

    def __str__(self) -> str:
        return (
            f"dead on the data: {sum(self.dead)} of all hidden neurons; mean squared output {self.output_moment:.4g}, "
            f"of the labels {self.label_moment:.4g}; features of rank {self.rank}, condition {self.condition:.3g}; "
            f"neurons at {self.points} points ({self.chosen})"
        )


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
        h = _matrix("x", x)
        if h.shape[1] != self.weights[0].shape[1]:
            raise ValueError(f"x must have {self.weights[0].shape[1]} columns, got shape {np.shape(x)}")
        layers = []
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = np.maximum(h @ w.T + b, 0.0)
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
    points : attach neurons to so many data points only, chosen by k-means++ (every next one with a probability
        proportional to its squared distance from those before), the same in all layers; by default to all
    rng : a Generator, a SeedSequence, an integer seed, or None for fresh entropy

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Possible issues
    ---------------
    A point that occurs twice gets neurons twice, and the features cannot have full rank. Where ``|eps|`` is less than
    the rounding error of w.h + b it is replaced by a bound on that error: the neuron fires in floating-point numbers,
    too.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 10)
    >>> net = data_dependent(x, np.sin(3 * x), [20, 20], rng=0)
    >>> net.report.dead, net(x).shape, net.report.chosen
    ((0, 0), (10, 1), 'all')
    """
    data, labels = _matrix("x", x), _matrix("y", y)
    if len(labels) != len(data):
        raise ValueError(f"y must have as many rows as x, {len(data)}, got shape {np.shape(y)}")
    label_moment = float(np.mean(np.sum(labels**2, axis=1)))
    if not 0 < label_moment < np.inf:
        raise ValueError("y must not be all zero, and have finite squares: outputs are scaled to its mean square")
    hidden = [checks.integer("widths", n, low=1) for n in checks.sequence("widths", widths, "a sequence of integers")]
    if not hidden:
        raise ValueError(f"widths must hold at least one hidden width, got {widths!r}")
    noises = _scales("noise", noise, len(hidden))
    scales = None if weight_scale is None else _scales("weight_scale", weight_scale, len(hidden))
    generator = checks.generator("rng", rng)
    m = len(data)
    homes = np.arange(m)
    if points is not None and checks.integer("points", points, low=1, high=m) < m:
        homes = spread(data, points, generator)
    weights, biases, owners, dead = [], [], [], []
    h, moments = data, np.zeros(())
    for l, n in enumerate(hidden):
        scale = scales[l] if scales is not None else h.shape[1] ** -0.5
        own = _owners(homes, n, generator)
        w, b = _layer(h, own, noises[l], scale, generator)
        below, h = h, np.maximum(h @ w.T + b, 0.0)
        moments = second_moment(_distances(below, own), noises[l], scale)
        weights.append(w)
        biases.append(b)
        owners.append(own)
        dead.append(int(np.sum(~np.any(h > 0, axis=0))))
    variance = label_moment * m / (labels.shape[1] * float(moments.sum()))
    weights.append(generator.normal(scale=variance**0.5, size=(labels.shape[1], hidden[-1])))
    biases.append(np.zeros(labels.shape[1]))
    chosen = "k-means++" if len(homes) < m else "all" if hidden[0] >= m else "without replacement"
    report = DataReport(
        tuple(dead),
        min(len(homes), hidden[0]),
        chosen,
        label_moment,
        float(np.mean(np.sum((h @ weights[-1].T) ** 2, axis=1))),
        *_moments(h, variance, labels.shape[1]),
        *_conditioning(h),
    )
    return DataDependent(tuple(weights), tuple(biases), tuple(owners), report)


def second_moment(distance: ArrayLike, noise: float, weight_scale: float) -> Floats:
    """E relu(w . v + |eps|)^2 for w ~ N(0, weight_scale^2 I), eps ~ N(0, noise^2) and |v| = distance.

    ``(a^2 + e^2) (1/2 + atan(e/a)/pi) + a e/pi`` with a = weight_scale * distance, e = noise; e^2 at distance 0.

    >>> float(second_moment(0.0, 0.5, 1.0)), float(second_moment(1.0, 1.0, 1.0).round(6))
    (0.25, 1.81831)
    """
    a, e = weight_scale * np.asarray(distance, dtype=float), noise
    return np.asarray((a**2 + e**2) * (0.5 + np.arctan2(e, a) / np.pi) + a * e / np.pi)


def spread(data: Floats, number: int, rng: np.random.Generator) -> Indices:
    """Indices of data points that are far from each other, by k-means++: its starting points, without its iterations.

    The first is uniform, every next one has a probability proportional to its squared distance from the nearest of
    those before; where all distances are 0 (duplicates) it is uniform among the others.
    """
    chosen = [int(rng.integers(len(data)))]
    nearest = np.full(len(data), np.inf)
    while len(chosen) < number:
        nearest = np.minimum(nearest, _distances(data, np.array(chosen[-1:]))[:, 0])
        size = nearest.max()
        weight = (nearest / size) ** 2 if size else np.ones(len(data))
        weight[chosen] = 0.0
        chosen.append(int(rng.choice(len(data), p=weight / weight.sum())))
    return np.array(chosen)


def _layer(h: Floats, own: Indices, noise: float, scale: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    w = rng.normal(scale=scale, size=(len(own), h.shape[1]))
    homes = h[own]
    lift = np.abs(rng.normal(scale=noise, size=len(own)))
    # gamma_d sum |w h| bounds the error of both scalar products, in any order of summation
    rounding = 4 * (h.shape[1] + 2) * np.finfo(float).eps * np.sum(np.abs(w * homes), axis=1)
    lift = np.maximum(lift, np.maximum(rounding, np.finfo(float).tiny))
    return w, lift - np.sum(w * homes, axis=1)


def _owners(homes: Indices, n: int, rng: np.random.Generator) -> Indices:
    h, r = divmod(n, len(homes))
    return np.concatenate([np.tile(homes, h), rng.choice(homes, size=r, replace=False)])


def _distances(h: Floats, own: Indices) -> Floats:
    """|h_i - h_k(j)|, shape (m, n)."""
    from scipy.spatial.distance import cdist

    different, inverse = np.unique(own, return_inverse=True)
    return np.asarray(cdist(h, h[different])[:, inverse])


def _moments(h: Floats, variance: float, outputs: int) -> tuple[float, float]:
    """Mean and standard deviation of the mean of |h_i C|^2 over Gaussian C, by the eigenvalues of the Gram matrix.

    A quadratic form c' G c of independent N(0, v) has mean v tr G and variance 2 v^2 tr G^2.
    """
    squares = np.linalg.svd(h, compute_uv=False) ** 2 / len(h)
    return outputs * variance * float(squares.sum()), variance * float(np.sqrt(2 * outputs * np.sum(squares**2)))


def _conditioning(h: Floats) -> tuple[int, float]:
    singular = np.linalg.svd(h, compute_uv=False)
    rank = int(np.sum(singular > singular[0] * max(h.shape) * np.finfo(float).eps))
    return rank, float(singular[0] / singular[-1]) if rank == len(h) else float("inf")


def _matrix(name: str, value: ArrayLike) -> Floats:
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


def _scales(name: str, value: Any, layers: int) -> list[float]:
    several = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
    values = list(value) if several else [value] * layers
    if len(values) != layers:
        raise ValueError(f"{name} must be one number, or one for each of the {layers} hidden layers, got {value!r}")
    return [float(checks.real(name, v, positive=True)) for v in values]
