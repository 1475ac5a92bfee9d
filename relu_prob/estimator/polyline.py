"""One input and biases: layer 1 bends an interval into a polyline, and layer 2 dies at its vertices.

Given layer 1 a neuron w . h + b of layer 2 is dead if it is <= 0 at every vertex h of the image of the domain: at the
two ends and where a neuron of layer 1 changes sign. The probability p of that is an orthant probability. Layer 1 is
drawn, p is known in closed form where at most two of its neurons are active, and otherwise replaced by an unbiased
estimate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri
from tqdm import tqdm

from relu_prob import checks
from relu_prob.domains import Ball, Interval
from relu_prob.network import Network
from relu_prob.numbers.real import Sampled
from relu_prob.orthant.angles import angle
from relu_prob.orthant.randomised import REPLICATES, confidence, uniforms

Array = NDArray[np.float64]


def death_moments(
    network: Network,
    *,
    order: int = 1,
    constant_is_dead: bool = True,
    samples: int = 2**18,
    level: float = 0.99,
    rng: np.random.Generator | np.random.SeedSequence | int | None = None,
    progress: bool | None = None,
) -> tuple[Sampled, ...]:
    """E p, ..., E p^order, p the probability given layer 1 that a neuron of layer 2 is dead on an interval.

    E p^k is the probability that k given neurons of layer 2 are dead. Sampled are the 2 n_1 numbers of layer 1 and,
    where three or more of its neurons are active, ``order`` independent weight rows w. Over the bias of each,

        P(w . h + b <= 0 at all vertices | w) = Phi(-max_h w . h / sigma_b),

    and E p^k is the mean of the products of k of these. The points are 24 independent scramblings of a Sobol sequence,
    whose scatter gives the confidence interval.

    Parameters
    ----------
    network : input dimension 1, at least two hidden layers, normal weights and biases, on a Ball or an Interval
    order : the largest power k
    constant_is_dead : what a neuron above an entirely dead layer is, whose output is constant: dead (True), or dead
        only if
        that constant is 0 (False), which has probability 1/2
    samples : the number of networks, rounded up to 24 times a power of 2
    level : the confidence level of each interval
    rng : a Generator, a SeedSequence or a seed
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Raises
    ------
    TypeError, ValueError
        For other networks or arguments, naming what is allowed.

    Source: docs/theory/orthant.md, section 'A polyline'

    >>> from relu_prob.initialization import Normal
    >>> net = Network((1, 1, 1, 1), weights=Normal(1), biases=Normal(1))
    >>> (first,) = death_moments(net, constant_is_dead=False, samples=2**12, rng=0)
    >>> bool(first.low < 0.4266569316250922 < first.high)
    True
    """
    checks.instance("network", network, Network, "a Network")
    low, high = _interval(network)
    order = checks.integer("order", order, low=1)
    checks.choice("constant_is_dead", constant_is_dead, (True, False))
    samples = checks.integer("samples", samples, low=1)
    level = checks.fraction_between("level", level, 0, 1)
    checks.choice("progress", progress, (None, True, False))
    first = network.hidden_widths[0]
    scales = _scales(network)
    dimension = 2 * first + (order * first if first > 2 else 0)
    points = 2 ** (-(-samples // REPLICATES) - 1).bit_length()
    sums = np.zeros((REPLICATES, order))
    with tqdm(
        total=REPLICATES * points, unit="net", unit_scale=True, disable=None if progress is None else not progress
    ) as bar:
        for replicate, child in enumerate(checks.generator("rng", rng).spawn(REPLICATES)):
            for u in uniforms(dimension, points, child):
                normal = ndtri(u)
                w, b = normal[:, :first], normal[:, first : 2 * first] * scales[1]
                vertices = _vertices(w * scales[0], b, low, high) * scales[2]
                rows = normal[:, 2 * first :].reshape(len(u), -1, first)
                sums[replicate] += _powers(vertices, rows, order, 1.0 if constant_is_dead else 0.5).sum(axis=0)
                bar.update(len(u))
    found = [confidence(column, level) for column in sums.T / points]
    return tuple(Sampled(value, value - error, value + error, level, REPLICATES * points) for value, error in found)


def _interval(network: Network) -> tuple[float, float]:
    domain = network.domain
    if network.input_dimension != 1 or network.depth < 2:
        raise ValueError(f"network must have input dimension 1 and at least two hidden layers, got {network}")
    if not (network.weights.gaussian and network.biases.gaussian):
        raise ValueError(f"network must have normal weights and biases, got {network}")
    if not isinstance(domain, Ball | Interval):
        raise ValueError(f"network must live on a Ball or an Interval, got {domain!r}")
    ends = domain.interval(1)
    assert ends is not None
    return float(ends[0]), float(ends[1])


def _scales(network: Network) -> tuple[float, float, float]:
    """The standard deviations of weights and biases in layer 1, and their ratio in layer 2."""
    (d, first, second), weights, biases = network.widths[:3], network.weights, network.biases
    ratio = weights.variance(first, second) / biases.variance(first, second)
    return float(weights.variance(d, first)) ** 0.5, float(biases.variance(d, first)) ** 0.5, float(ratio) ** 0.5


def _vertices(w: Array, b: Array, low: float, high: float) -> Array:
    """relu(w x + b) at the ends of the interval and at the kinks -b_j / w_j, or at an end where a kink lies outside.

    Shapes: w, b (size, n); the result (size, n + 2, n).
    """
    size, n = w.shape
    kinks = -b / w
    x = np.concatenate([np.full((size, 1), low), np.full((size, 1), high), np.clip(kinks, low, high)], axis=1)
    h = np.maximum(x[:, :, None] * w[:, None, :] + b[:, None, :], 0.0)
    inside = (low < kinks) & (kinks < high)
    # rounding must not let a neuron fire at its own kink
    own = np.arange(n)
    h[:, own + 2, own] = np.where(inside, 0.0, h[:, own + 2, own])
    return h


def _powers(vertices: Array, rows: Array, order: int, all_dead: float) -> Array:
    """Unbiased estimates of p, ..., p^order for each layer 1; p itself where at most two neurons are active.

    Shapes: vertices (size, n + 2, n), in units of sigma_b / sigma_w; rows (size, order, n); the result (size, order).
    """
    fires = vertices.max(axis=1) > 0
    active = fires.sum(axis=1)
    p = np.empty(len(vertices))
    p[active == 0] = all_dead
    one = active == 1
    p[one] = _segment(vertices[one].max(axis=2))
    two = active == 2
    if two.any():
        # the columns of the two active neurons, and the vertices at their own kinks
        columns = np.argsort(~fires[two], axis=1, kind="stable")[:, :2]
        corners = np.take_along_axis(vertices[two], columns[:, None, :], axis=2)
        kinks = np.take_along_axis(corners, (columns + 2)[:, :, None], axis=1)
        p[two] = _quadrilateral(np.concatenate([corners[:, :2], kinks], axis=1))
    result = p[:, None] ** np.arange(1, order + 1)
    many = active > 2
    if many.any():
        largest = (rows[many] @ vertices[many].transpose(0, 2, 1)).max(axis=2)
        result[many] = _products(np.exp(log_ndtr(-largest)))
    return result


def _products(p: Array) -> Array:
    """For independent estimates p_1, ..., p_K of p the means of the products of 1, ..., K of them.

    Shapes: (size, K) for both.

    >>> _products(np.array([[0.5, 0.25]]))
    array([[0.375, 0.125]])
    """
    size, order = p.shape
    means = np.zeros((size, order + 1))
    means[:, 0] = 1
    for used in range(order):
        # elementary symmetric means of the first used + 1: a share k / (used + 1) of the products has the new factor
        share = np.arange(1, used + 2) / (used + 1)
        means[:, 1 : used + 2] += share * (means[:, : used + 1] * p[:, used : used + 1] - means[:, 1 : used + 2])
    return means[:, 1:]


def _segment(values: Array) -> Array:
    """One active neuron: the image is the interval of its values; p = (pi - angle of the ends (h, 1)) / (2 pi)."""
    p: Array = 0.5 - (np.arctan(values.max(axis=1)) - np.arctan(values.min(axis=1))) / (2 * np.pi)
    return p


def _quadrilateral(points: Array) -> Array:
    """p = 1/2 - perimeter / (4 pi) for the spherical hull of the four rays (h, 1).

    A pair of corners is an edge if no other point is on its right; of equal points only the first counts. No three
    different ones are on a line, almost surely.

    Shapes: points (size, 4, 2); the result (size,).
    """
    rays = np.concatenate([points, np.ones((len(points), 4, 1))], axis=2)
    repeated = np.zeros((len(points), 4), dtype=bool)
    for i in range(4):
        for k in range(i):
            repeated[:, i] |= (points[:, i] == points[:, k]).all(axis=1)
    perimeter = np.zeros(len(points))
    for i in range(4):
        for j in range(4):
            if i == j:
                continue
            side = points[:, j] - points[:, i]
            others = points - points[:, i : i + 1]
            turns = side[:, None, 0] * others[:, :, 1] - side[:, None, 1] * others[:, :, 0]
            edge = (turns >= 0).all(axis=1) & ~repeated[:, i] & ~repeated[:, j]
            perimeter[edge] += angle(rays[edge, i], rays[edge, j])
    return 0.5 - perimeter / (4 * np.pi)
