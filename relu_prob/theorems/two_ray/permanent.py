"""Permanent death over two rays: the number of neurons that are not sign-dead, jointly with the angle.

The state after a layer is dead, (i, single) or (i, theta), i the number of its neurons that are not sign-dead. A
neuron of the next layer is sign-dead with probability 2^-i, dead with probability p >= 2^-i given theta, and dead
neurons do not bear on the next angle. Among n neurons s are not sign-dead, k of these alive, with probability

    C(n,k) C(n-k,s-k) (1-p)^k (p - 2^-i)^(s-k) 2^(-i(n-s)),

so the one-layer operator is that of :mod:`layers` with other weights of the I_k. Two rays need two living neurons, so
i >= 2 at an angle; single states are the chain of one ray.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.laws import Angle, Mask, check, layers_for
from relu_prob.theorems.two_ray.layers import Layers, binomials, chances, rounding
from relu_prob.theorems.two_ray.precision import Array, Wide


@dataclass(frozen=True)
class Joint:
    """Values of events on (i, single) and (i, theta), i = 0..n, as arrays over i first; the last axis is the event.

    ``angle`` (n + 1, len(theta), R), ``single`` (n + 1, R); ``error`` (n + 1, R) bounds the errors of both. The values
    at i = 0, and at i = 1 with an angle, are never used and are 0.
    """

    angle: Array
    single: Array
    error: NDArray[np.float64]


def last_law(
    widths: Sequence[int], masks: Sequence[Mask] | None, start: Angle = pi, layers: Layers | None = None
) -> tuple[Array, NDArray[np.float64]]:
    """P(S_1 in A_1, ..., S_L = s, no layer dead), s = 0..n_L, L >= 2, in the widest float, and bounds of the errors."""
    allowed = check(widths, masks, start)
    layers = layers_for(max(widths[:-1])) if layers is None else layers
    current = _events(widths[-2], widths[-1], layers.p)
    for below, width, mask in zip(widths[-3::-1], widths[-2:0:-1], allowed[-2:0:-1], strict=True):
        current = _backward(current, below, width, mask, layers)
    return _first(current, widths[0], allowed[0], start, layers)


def sign_law(below: int, width: int) -> Array:
    """P(S = s | i), i = 0..below (rows), s = 0..width: C(n,s) 2^(-i(n-s)) (1 - 2^-i)^s."""
    sign_dead = Wide(0.5) ** np.arange(below + 1)[:, None]
    s = np.arange(width + 1)
    law: Array = binomials(width) * sign_dead ** (width - s) * (1 - sign_dead) ** s
    return law


def _events(below: int, width: int, p: Array) -> Joint:
    """The events S = s of the last layer, s = 0..width, and some of its neurons alive: not all s of them dead."""
    law = sign_law(below, width)
    s = np.arange(width + 1)

    def values(dead: Array | np.floating[Any], i: int) -> Array:
        q = Wide(0.5) ** i
        result: Array = law[i] * (1 - ((dead - q) / (1 - q)) ** s)
        return result

    angle = np.zeros((below + 1, len(p), width + 1), Wide)
    single = np.zeros((below + 1, width + 1), Wide)
    for i in range(1, below + 1):
        single[i] = values(Wide(0.5), i)
        if i >= 2:
            angle[i] = values(p[:, None], i)
    return Joint(angle, single, rounding(2 * width) * law.astype(np.float64))


def _backward(after: Joint, below: int, width: int, mask: NDArray[np.bool_], layers: Layers) -> Joint:
    """The value before a layer of ``width`` neurons whose count s must be in the mask."""
    counts = [s for s in range(1, width + 1) if mask[s]]
    law = sign_law(below, width)
    events = after.single.shape[-1]
    parts, error = _parts(after, counts, layers)
    angle = np.zeros((below + 1, len(layers.p), events), Wide)
    single = np.zeros((below + 1, events), Wide)
    for i in range(1, below + 1):
        sign_dead = Wide(0.5) ** i
        silent = ((Wide(0.5) - sign_dead) / (1 - sign_dead)) ** np.arange(width + 1)
        single[i] = ((law[i] * (1 - silent))[counts, None] * after.single[counts]).sum(axis=0)
        if i < 2:
            continue
        for s in counts:
            weight = comb(width, s) * sign_dead ** (width - s)
            for k in range(1, s + 1):
                share = weight * comb(s, k) * (layers.p - sign_dead) ** (s - k)
                angle[i] += share[:, None] * parts[s][k - 1]
    return Joint(angle, single, law[:, counts].astype(np.float64) @ error)


def _parts(after: Joint, counts: Sequence[int], layers: Layers) -> tuple[dict[int, list[Array]], NDArray[np.float64]]:
    """For each s the terms E[V_s(next state); k given neurons alive] at all angles, k = 1..s, and their errors.

    The errors, one row for each s, are relative to the probability of s.
    """
    p, q, table = layers.p[:, None], layers.q[:, None], layers.table
    parts: dict[int, list[Array]] = {}
    errors = []
    for s in counts:
        single = after.single[s]
        weights, residual = layers.representation.fit(after.angle[s])
        norm = np.abs(weights).sum(axis=0).astype(np.float64)
        terms = [(2 * q + p) * single]
        integral_error = 0.0
        for k in range(2, s + 1):
            one_ray = 2 * q**k
            integral = table.values[k - 2].T @ weights
            terms.append(one_ray * single + ((2 * q + p) ** k - one_ray) * after.angle[s, 0] + integral)
            # values of I_k and errors relative to (1 - p)^k, the probability that k given neurons are alive
            size = np.abs(table.values[k - 2] / (1 - layers.p) ** k).max()
            integral_error = max(integral_error, float(table.error[k - 2] + np.finfo(Wide).eps * size))
        parts[s] = terms
        largest = max(np.abs(after.single[s]).max(initial=0), np.abs(after.angle[s]).max(initial=0))
        noise = rounding(4 * s) * float(largest)
        errors.append(after.error[s] + residual + norm * integral_error + noise)
    found = np.array(errors) if errors else np.zeros((0, after.single.shape[-1]))
    return parts, found


def _first(
    after: Joint, width: int, mask: NDArray[np.bool_], start: Angle, layers: Layers
) -> tuple[Array, NDArray[np.float64]]:
    """Layer 1, in which sign-dead is dead: from opposite rays all neurons are alive, otherwise a binomial number."""
    if start == pi:
        if not mask[width]:
            return np.zeros(after.single.shape[-1], Wide), np.zeros(after.single.shape[-1])
        lost = Wide(2) ** (1 - width)
        value = lost * after.single[width] + (1 - lost) * after.angle[width, 0]
        return value, after.error[width] + rounding(4) * value.astype(np.float64)
    theta = Wide(start)
    (p,), (q,) = chances(np.array([theta]))
    columns, errors = layers.integrals_of(theta, max(width, 2))
    total, error = np.zeros(after.single.shape[-1], Wide), np.zeros(after.single.shape[-1])
    for k in range(1, width + 1):
        if not mask[k]:
            continue
        share = comb(width, k) * p ** (width - k)
        if k == 1:
            total = total + share * (2 * q + p) * after.single[1]
            error = error + float(share * (1 - p)) * after.error[1]
            continue
        weights, residual = layers.representation.fit(after.angle[k])
        right = (2 * q + p) ** k - 2 * q**k
        integral = columns[k - 2, :, 0] @ weights
        total = total + share * (2 * q**k * after.single[k] + right * after.angle[k, 0] + integral)
        norm = np.abs(weights).sum(axis=0).astype(np.float64)
        found = after.error[k] + residual + norm * float(errors[k - 2])
        error = error + float(share * (1 - p) ** k) * found
    return total, error + rounding(4 * width) * np.abs(total).astype(np.float64)
