"""Two inputs of a domain whose rays are as far apart as it has any: what dies on the domain dies on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import acos, degrees

import numpy as np
from numpy.typing import NDArray

from relu_prob.domains import Ball, Box, Domain, Orthant, Points
from relu_prob.initialization import Zero
from relu_prob.network import Network

Ray = tuple[Fraction, ...]

MOST_CANDIDATES = 2048
"""Of so many rays all pairs are compared."""


@dataclass(frozen=True)
class Pair:
    """The network on two inputs of its domain. ``angle`` says in words how their rays lie.

    ``network`` has the law of the counts on the two inputs up to layer ``until``.
    """

    network: Network
    angle: str
    until: int


def widest_pair(network: Network) -> Pair | None:
    """The network on two inputs at the largest angle found; None with biases, and where the domain has one ray only.

    Opposite inputs, where the domain has some, are those of a network with one input: only the rays matter, and the
    first layer has the pre-activations z and -z there. Up to layer 2 the law of z does not matter, beyond it is
    the same for Gaussian weights. Otherwise the angle is the largest between corners of a
    box, axes, or points; of more than ``MOST_CANDIDATES`` rays it is the largest that a few sweeps find.

    >>> from relu_prob.domains import Orthant
    >>> widest_pair(Network((3, 4, 4, 1), domain=Orthant())).angle
    'inputs 90 degrees apart'
    >>> print(widest_pair(Network((3, 4, 4, 1))).network)
    1-4-4-1, HeNormal() weights, Zero() biases, on Ball(1)
    """
    if not network.zero_bias:
        return None
    domain, d = network.domain, network.input_dimension
    if has_opposite_rays(domain):
        widths = (1, *network.hidden_widths, network.widths[-1])
        line = Network(widths, weights=network.weights, biases=Zero(), domain=Ball(1))
        return Pair(line, "opposite inputs", network.depth if network.weights.gaussian else 2)
    rays = _candidates(domain, d)
    if len(rays) < 2:
        return None
    i, j = _farthest(_directions(rays))
    cosine = float(np.clip(_directions([rays[i], rays[j]]).prod(axis=0).sum(), -1, 1))
    angle = f"inputs {degrees(acos(cosine)):.3g} degrees apart"
    return Pair(replace(network, domain=Points([rays[i], rays[j]])), angle, network.depth)


def has_opposite_rays(domain: Domain) -> bool:
    """Whether the domain has two points on opposite rays from 0, decided in rationals."""
    if isinstance(domain, Box):
        inside = all(low <= 0 <= high for low, high in zip(domain.low, domain.high, strict=True))
        return inside and any(low < 0 < high for low, high in zip(domain.low, domain.high, strict=True))
    if isinstance(domain, Points):
        rays = set(domain.rays)
        return any(tuple(-x for x in ray) in rays for ray in rays)
    return domain.surrounds_zero


def _candidates(domain: Domain, d: int) -> Sequence[Ray]:
    """Rays of the domain, among them those between which the angle may be largest."""
    if isinstance(domain, Points):
        return domain.rays
    if isinstance(domain, Orthant) and d > 1:
        return [_axis(d, 0, Fraction(1)), _axis(d, 1, Fraction(1))]
    if isinstance(domain, Box) and d > 1:
        return _corners(domain)
    return ()


def _corners(box: Box) -> list[Ray]:
    """Corners of a box without opposite rays; all where they are few, else those next to the lowest and the highest."""
    low, high = box.low, box.high
    if all(a <= 0 <= b for a, b in zip(low, high, strict=True)):  # a corner at 0: the axes are at right angles
        return [_axis(len(low), i, high[i] or low[i]) for i in (0, 1)]
    if 2 ** len(low) <= MOST_CANDIDATES:
        return list(product(*zip(low, high, strict=True)))
    near = [low, high]
    for i in range(len(low)):
        near += [(*low[:i], high[i], *low[i + 1 :]), (*high[:i], low[i], *high[i + 1 :])]
    return near


def _axis(d: int, i: int, value: Fraction) -> Ray:
    return tuple(value if k == i else Fraction(0) for k in range(d))


def _directions(rays: Sequence[Ray]) -> NDArray[np.float64]:
    """Unit vectors, shape (m, d)."""
    # scaled in rationals, so that nothing overflows
    scaled = [[float(x / max(map(abs, ray))) for x in ray] for ray in rays]
    array = np.array(scaled)
    unit: NDArray[np.float64] = array / np.linalg.norm(array, axis=1, keepdims=True)
    return unit


def _farthest(unit: NDArray[np.float64]) -> tuple[int, int]:
    """Indices of two rays at the largest angle; of very many, of two each of which is the farthest from the other."""
    if len(unit) <= MOST_CANDIDATES:
        i, j = divmod(int(np.argmin(unit @ unit.T)), len(unit))
        return i, j

    def farthest_from(direction: NDArray[np.float64]) -> int:
        return int(np.argmin(unit @ direction))

    i = farthest_from(unit.mean(axis=0))
    j = farthest_from(unit[i])
    while unit[k := farthest_from(unit[j])] @ unit[j] < unit[i] @ unit[j]:
        i, j = j, k
    return i, j
