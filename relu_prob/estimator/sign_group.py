"""The probability that a neuron of layer 2 is dead, by averaging over signs: an estimate of tiny variance.

With zero biases f(x) = sum_j w_j relu(W_j x), and the neuron is dead if f <= 0 at the rays of the arrangement of the
rows W_j. Laws that are symmetric do not change when a row W_j or a weight w_j changes its sign. So E p is the mean,
over the absolute values, of

    M / 4^n,    M = the number of the 4^n choices of signs with which the neuron is dead,

which hardly varies: M is constant for n <= d + 1, and takes the values 28, 30 and 32 for d = 2, n = 4.

From n = 9 on, where 4^n is too large, only the part of w along (1, ..., 1) is averaged: f is linear in it with slope
sum_j relu(W_j x) >= 0, so that a neuron is dead exactly if that part, a normal variable, is below a threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob import checks
from relu_prob.initialization import Law
from relu_prob.network import Network
from relu_prob.numbers.real import Sampled
from relu_prob.results import Probability
from relu_prob.simulation.arrangement import number_of_rays, rays

Array = NDArray[np.float64]
Fractions = Callable[[int, np.random.Generator], Array]

WIDEST_GROUP = 8
"""The widest first layer whose 4^n choices of signs are counted."""

BATCHES = 100
"""Independent batches, whose spread gives the confidence interval."""

CHUNK_BYTES = 2**24
"""About how much memory a chunk of networks may take: few enough for the processor's cache are faster."""

NEURONS = 16
"""Where only one direction of w is averaged: the neurons of layer 2 above each first layer."""


def dead_fraction(
    network: Network,
    *,
    second: Law | None = None,
    samples: int = 10_000,
    rng: np.random.Generator | np.random.SeedSequence | int | None = None,
    level: float = 0.99,
    progress: bool | None = None,
) -> Probability:
    """The probability that a neuron of layer 2 is dead, P(f <= 0 on the domain), with a confidence interval.

    Parameters
    ----------
    network : one with zero biases, symmetric weights, and a domain that surrounds 0 or is the orthant; only its first
        two layers matter, and not the width of the second. (The neuron counts as dead where all of layer 1 is.)
    second : the law of the weights of layer 2, by default that of the network; Rademacher(), for instance
    samples : the number of first layers to draw, at least 100; with n_1 <= 8 each counts all 4^n_1 signs
    rng : a Generator, a SeedSequence, an integer seed, or None for fresh entropy
    level : the confidence level of the interval: Student's t, from 100 independent batches
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed; also where the arrangement has too many rays.

    Possible issues
    ---------------
    Where all samples agree (they do for n_1 <= d + 1 if the domain surrounds 0) the interval is that of Hoeffding's
    inequality, which does not trust their agreement.

    Examples
    --------
    >>> p = dead_fraction(Network((2, 5, 1, 1)), samples=2000, rng=0)
    >>> print(p)
    ≈ 0.0942..., estimate, 99% confidence interval [0.0940..., 0.0943...] from 2000 networks
    """
    net = _checked(network)
    law = _second(net, second)
    samples = checks.integer("samples", samples, low=BATCHES)
    level = checks.fraction_between("level", level, 0, 1)
    checks.choice("progress", progress, (None, True, False))
    fractions = partial(_by_signs if net.hidden_widths[0] <= WIDEST_GROUP else _by_direction(law), net, law)
    means = _batch_means(fractions, _chunk(net), samples, checks.generator("rng", rng), progress)
    return Probability(_interval(means, samples, level), method=_method(net, law))


def _checked(network: Network) -> Network:
    """The network cut off after its second hidden layer, of one neuron."""
    net = checks.instance("network", network, Network, "a relu_prob.Network")
    if net.depth < 2:
        raise ValueError(f"network must have at least two hidden layers, got {net}")
    if not net.zero_bias:
        raise ValueError(f"network must have zero biases, got {net.biases!r}")
    if not net.weights.symmetric:
        raise ValueError(f"network must have symmetric weights, got {net.weights!r}")
    net = replace(net, widths=(*net.widths[:2], 1, 1))
    if number_of_rays(net) is None:
        raise ValueError(
            "network must have a domain that surrounds 0 or is the orthant, and an arrangement of rows with few enough "
            f"rays, got {net}"
        )
    return net


def _second(net: Network, second: Law | None) -> Law:
    law = net.weights if second is None else checks.instance("second", second, Law, "a law of weights")
    if not (law.for_weights and law.symmetric):
        raise ValueError(f"second must be a symmetric law of weights, got {law!r}")
    return law


def _method(net: Network, law: Law) -> str:
    if net.hidden_widths[0] <= WIDEST_GROUP:
        return "sign group"
    return "simulation given all but one direction" if law.gaussian else "simulation"


def _chunk(net: Network) -> int:
    """First layers looked at together: a function of the network only, as results depend on it."""
    n, number = net.hidden_widths[0], number_of_rays(net) or 1
    floats = 4**n + number * 2**n * n if n <= WIDEST_GROUP else number * (2 * n + 2 * NEURONS)
    return max(1, CHUNK_BYTES // (8 * floats))


def _batch_means(
    fractions: Fractions, chunk: int, samples: int, generator: np.random.Generator, progress: bool | None
) -> Array:
    """Means over batches of equal size, as nearly as may be; each has a generator of its own."""
    sizes = [samples // BATCHES + (k < samples % BATCHES) for k in range(BATCHES)]
    means = np.empty(BATCHES)
    with tqdm(total=samples, unit="net", unit_scale=True, disable=None if progress is None else not progress) as bar:
        for k, size in enumerate(sizes):
            child = generator.spawn(1)[0]
            total = 0.0
            for start in range(0, size, chunk):
                part = fractions(min(chunk, size - start), child)
                total += float(part.sum())
                bar.update(len(part))
            means[k] = total / size
    return means


def _interval(means: Array, samples: int, level: float) -> Sampled:
    """Student's interval for the mean of independent means; Hoeffding's where all of them are equal."""
    # scipy.stats takes half a second to import
    from scipy.stats import t

    estimate, spread = float(means.mean()), float(means.std(ddof=1))
    if spread > 1e-12 * estimate:
        radius = float(t.ppf((1 + level) / 2, len(means) - 1)) * spread / sqrt(len(means))
    else:
        radius = sqrt(log(2 / (1 - level)) / (2 * samples))  # each sample lies in [0, 1]
    return Sampled(estimate, max(0.0, estimate - radius), min(1.0, estimate + radius), level, samples)


def _draw(net: Network, law: Law, size: int, neurons: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """z (size, rays, n), the first layer's pre-activations on the rays, and w (size, neurons, n)."""
    d, n = net.widths[:2]
    rows = net.weights.sample(rng, (size, n, d), d, n)
    return rays(net, rows)[1], law.sample(rng, (size, neurons, n), n, neurons)


def _by_signs(net: Network, law: Law, size: int, rng: np.random.Generator) -> Array:
    """M / 4^n for ``size`` networks.

    For each ray the values of f with all signs of rows and of weights are one product of a matrix of shape (2^n, n),
    the outputs of layer 1 times |w|, with one of shape (n, 2^n), the signs of w.
    """
    z, w = _draw(net, law, size, 1, rng)
    signs = np.array(list(product((1.0, -1.0), repeat=z.shape[2])))
    # with all directions of inputs, f(-x) is what f(x) is after flipping all rows: half of their signs are enough
    flips = signs[: len(signs) // 2] if net.domain.surrounds_zero else signs
    weighted = np.abs(w) * z
    dead = np.ones((size, len(flips), len(signs)), dtype=bool)
    for k in range(z.shape[1]):
        dead &= np.maximum(weighted[:, k, None, :] * flips, 0.0) @ signs.T <= 0.0
    fractions: Array = dead.mean(axis=(1, 2))
    return fractions


def _by_direction(law: Law) -> Callable[[Network, Law, int, np.random.Generator], Array]:
    return _given_the_rest if law.gaussian else _by_looking


def _given_the_rest(net: Network, law: Law, size: int, rng: np.random.Generator) -> Array:
    """The share of dead neurons among those with the same w, but for its component along (1, ..., 1)."""
    # scipy.special is only needed here
    from scipy.special import ndtr

    z, w = _draw(net, law, size, NEURONS, rng)
    n = z.shape[2]
    h = np.maximum(z, 0.0)
    slope = h.sum(axis=2, keepdims=True) / sqrt(n)
    rest = w - w.mean(axis=2, keepdims=True)
    f = h @ np.swapaxes(rest, 1, 2)
    threshold = np.min(np.divide(-f, slope, where=slope > 0, out=np.full_like(f, np.inf)), axis=1)
    sigma = sqrt(law.variance(n, NEURONS))
    fractions: Array = ndtr(threshold / sigma).mean(axis=1)
    return fractions


def _by_looking(net: Network, law: Law, size: int, rng: np.random.Generator) -> Array:
    """The share of dead neurons."""
    z, w = _draw(net, law, size, NEURONS, rng)
    f = np.maximum(z, 0.0) @ np.swapaxes(w, 1, 2)
    fractions: Array = np.all(f <= 0.0, axis=1).mean(axis=1)
    return fractions
