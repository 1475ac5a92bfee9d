"""The layers of a data-dependent initialization, drawn one on top of the other, for whatever computes between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.data_points import Indices, shares

Floats = NDArray[np.float64]
Array = NDArray[Any]
Forward = Callable[[Floats, Array, Array], Floats]

CHUNK = 1_000_000  # distances that are in memory at a time


@dataclass(frozen=True, eq=False)
class Plan:
    """What is drawn: for every hidden layer its width, scales, and the points that its neurons are shared out to.

    ``homes[l]`` are indices of data points; ``dtype`` is the type in which the network computes.
    """

    widths: tuple[int, ...]
    homes: tuple[Indices, ...]
    noises: tuple[float, ...]
    scales: tuple[float, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True, eq=False)
class Layers:
    """What was drawn.

    ``owners[l]`` says for each neuron of hidden layer l + 1 at which point it fires, ``features`` holds the activations
    of the last hidden layer at all points, ``dead[l]`` counts neurons that fire at no point, and ``lifted`` those whose
    noise was below the rounding error.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    owners: tuple[Indices, ...]
    features: Floats
    dead: tuple[int, ...]
    lifted: int


# what overflows is found at the end
@np.errstate(over="ignore", invalid="ignore")
def draw_layers(
    data: Floats, plan: Plan, outputs: int, label_moment: float, forward: Forward, rng: np.random.Generator
) -> tuple[Layers, float]:
    """All layers of a network, the output layer last, and the variance of the output weights.

    ``forward(h, w, b)`` are the activations of a layer, rows of h being those of the layer below, computed as the
    network does; ``label_moment`` is the mean of ``|y_i|^2``.

    Raises
    ------
    ValueError
        Where squares of distances overflow.
    """
    weights, biases, owners, dead, lifted = [], [], [], [], 0
    h = below = data
    for n, homes, noise, scale in zip(plan.widths, plan.homes, plan.noises, plan.scales, strict=True):
        own = shares(homes, n, rng)
        w, b, raised = draw_layer(h, own, noise, scale, rng, plan.dtype)
        below, h = h, forward(h, w, b)
        weights.append(w)
        biases.append(b)
        owners.append(own)
        dead.append(int(np.sum(~np.any(h > 0, axis=0))))
        lifted += raised
    moments = total_moment(below, owners[-1], plan.noises[-1], plan.scales[-1])
    variance = label_moment * len(data) / (outputs * moments) if moments else np.inf
    top = rng.normal(scale=variance**0.5, size=(outputs, plan.widths[-1])).astype(plan.dtype)
    if not (variance > 0 and all(np.isfinite(numbers).all() for numbers in (moments, h, top))):
        raise ValueError("x must have distances, and noise a size, whose squares are in the range of floats")
    weights.append(top)
    biases.append(np.zeros(outputs, plan.dtype))
    return Layers(tuple(weights), tuple(biases), tuple(owners), h, tuple(dead), lifted), variance


def draw_layer(
    h: Floats, own: Indices, noise: float, scale: float, rng: np.random.Generator, dtype: np.dtype[Any]
) -> tuple[Array, Array, int]:
    """Weights and biases of a layer whose neuron j fires at row ``own[j]`` of h, in numbers of ``dtype``, too.

    ``w_j ~ N(0, scale^2 I)``, ``b_j = -w_j . h_own(j) + |eps_j|``, ``eps_j ~ N(0, noise^2)``. Where ``|eps_j|`` is less
    than a bound on the rounding error of w.h + b it is replaced by it; third comes how often.
    """
    w = rng.normal(scale=scale, size=(len(own), h.shape[1])).astype(dtype)
    lift = np.abs(rng.normal(scale=noise, size=len(own)))
    products = w.astype(np.float64) * h[own]
    exact, size = np.sum(products, axis=1), np.sum(np.abs(products), axis=1)
    # With d inputs, u = eps/2 and S = sum |w h|: the sum here is wrong by at most d u S, b is rounded by u (S + lift),
    # and w.h + b, in any order of summation, by (d + 1) u (2 S + lift), all up to factors 1 + d u. In total that is
    # less than half of a lift of 8 (d + 2) u S or more.
    rounding = np.maximum(4 * (h.shape[1] + 2) * np.finfo(dtype).eps * size, np.finfo(dtype).tiny)
    b = (np.maximum(lift, rounding) - exact).astype(dtype)
    return w, b, int(np.sum(lift < rounding))


def second_moment(distance: Any, noise: float, weight_scale: float) -> Floats:
    """E relu(w . v + |eps|)^2 for w ~ N(0, weight_scale^2 I), eps ~ N(0, noise^2) and |v| = distance.

    ``(a^2 + e^2) (1/2 + atan(e/a)/pi) + a e/pi`` with a = weight_scale * distance, e = noise; e^2 at distance 0.

    >>> float(second_moment(0.0, 0.5, 1.0)), float(second_moment(1.0, 1.0, 1.0).round(6))
    (0.25, 1.81831)
    """
    a, e = weight_scale * np.asarray(distance, dtype=float), noise
    return np.asarray((a**2 + e**2) * (0.5 + np.arctan2(e, a) / np.pi) + a * e / np.pi)


def total_moment(h: Floats, own: Indices, noise: float, weight_scale: float) -> float:
    """The sum of ``second_moment`` over all rows of h and all neurons."""
    from scipy.spatial.distance import cdist

    points, neurons = np.unique(own, return_counts=True)
    rows = max(1, CHUNK // len(points))
    parts = (second_moment(cdist(h[k : k + rows], h[points]), noise, weight_scale) for k in range(0, len(h), rows))
    return float(sum(np.sum(part @ neurons) for part in parts))
