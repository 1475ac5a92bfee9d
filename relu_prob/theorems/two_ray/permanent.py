"""Permanent death over two rays: the number of neurons that are not sign-dead, jointly with the angle.

The state after a layer is dead, (i, single) or (i, theta), i the number of its neurons that are not sign-dead. A
neuron of the next layer is sign-dead with probability 2^-i, dead with probability p >= 2^-i given theta, and dead
neurons do not bear on the next angle. Among n neurons s are not sign-dead, k of these alive, with probability

    C(n,s) C(s,k) (1-p)^k (p - 2^-i)^(s-k) 2^(-i(n-s)),

so the one-layer operator is that of :mod:`layers` with other weights of the I_k. Two rays need two living neurons, so
i >= 2 at an angle; single states are the chain of one ray.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.laws import Angle, Mask, check, layers_for, starting_step
from relu_prob.theorems.two_ray.layers import Layers, Values, binomials, rounding
from relu_prob.theorems.two_ray.precision import Array, Wide, product

VANISHED = float(np.finfo(np.float64).tiny)  # probabilities below it may have been rounded to 0


@dataclass(frozen=True)
class Joint:
    """Values of R events on (i, single) and (i, theta), i = 0..n; the last axis is the event.

    ``angle`` (len(theta), n + 1, R), ``single`` (n + 1, R); ``error`` (n + 1, R) bounds the errors of both. The values
    at i = 0, and at i = 1 with an angle, are never used and are 0.
    """

    angle: Array
    single: Array
    error: NDArray[np.float64]


def last_law(
    widths: Sequence[int], masks: Sequence[Mask] | None, start: Angle = pi, layers: Layers | None = None
) -> tuple[Array, NDArray[np.float64]]:
    """P(S_1 in A_1, ..., S_L in A_L, S_L = s, no layer dead), s = 0..n_L, L >= 2, and bounds of the absolute errors.

    The values are in the widest float.
    """
    allowed = check(widths, masks, start)
    reached = allowed[-1] & (np.arange(widths[-1] + 1) > 0)
    # over opposite rays all neurons of layer 1 are alive
    ways = [allowed[0][-1:] if start == pi else allowed[0][1:], *(mask[1:] for mask in allowed[1:-1])]
    if not all(mask.any() for mask in ways):
        reached[:] = False
    if not reached.any():
        return np.zeros(len(reached), Wide), np.zeros(len(reached))
    layers = layers_for(max(widths[:-1])) if layers is None else layers
    current = _events(widths[-2], widths[-1], np.flatnonzero(reached), layers.p)
    for below, width, mask in zip(widths[-3::-1], widths[-2:0:-1], allowed[-2:0:-1], strict=True):
        current = _backward(current, below, width, mask, layers)
    values, errors = np.zeros(len(reached), Wide), np.zeros(len(reached))
    values[reached], errors[reached] = _first(current, widths[0], allowed[0], start, layers)
    errors[reached] += VANISHED
    return values, errors


def sign_law(below: int, width: int) -> Array:
    """P(S = s | i), i = 0..below (rows), s = 0..width: C(n,s) 2^(-i(n-s)) (1 - 2^-i)^s."""
    sign_dead = Wide(0.5) ** np.arange(below + 1)[:, None]
    s = np.arange(width + 1)
    law: Array = binomials(width) * sign_dead ** (width - s) * (1 - sign_dead) ** s
    return law


def _some_alive(dead: Array | np.floating[Any], i: Array, s: Array) -> Array:
    """The chance that not all of s >= 0 neurons that are not sign-dead are dead; i >= 1 are not sign-dead below."""
    sign_dead = Wide(0.5) ** i
    chance: Array = 1 - ((dead - sign_dead) / (1 - sign_dead)) ** s
    return chance


def _events(below: int, width: int, s: NDArray[np.intp], p: Array) -> Joint:
    """The events S = s of the last layer, for each of these s, and not all s of them dead."""
    law, i = sign_law(below, width)[:, s], np.arange(below + 1)[:, None]
    angle = np.zeros((len(p), *law.shape), Wide)
    single = np.zeros(law.shape, Wide)
    single[1:] = law[1:] * _some_alive(Wide(0.5), i[1:], s)
    angle[:, 2:] = law[2:] * _some_alive(p[:, None, None], i[2:], s)
    return Joint(angle, single, rounding(2 * width) * law.astype(np.float64))


def _backward(after: Joint, below: int, width: int, mask: NDArray[np.bool_], layers: Layers) -> Joint:
    """The value before a layer of ``width`` neurons whose count s must be in the mask."""
    law, events = sign_law(below, width), after.single.shape[-1]
    s = np.flatnonzero(mask[1:]) + 1
    some = _some_alive(Wide(0.5), np.arange(1, below + 1)[:, None], s)
    single = np.zeros((below + 1, events), Wide)
    single[1:] = product(law[1:, s] * some, after.single[s])

    p, q = layers.p[:, None], layers.q[:, None]
    sign_dead = Wide(0.5) ** np.arange(2, below + 1)[:, None]
    silent = _powers(p - sign_dead[:, 0], s[-1])
    angle = np.zeros((len(p), below + 1, events), Wide)
    weights, error = _fitted(after, s, width, layers)
    for k in range(1, s[-1] + 1):
        kept = s[s >= k]
        one_ray = 2 * q**k if k > 1 else 2 * q + p
        right = (2 * q + p) ** k - one_ray
        mean = one_ray[:, :, None] * after.single[kept] + right[:, :, None] * after.angle[0, kept]
        if k > 1:
            columns = layers.representation.columns  # the others have no weight
            integrals = np.ascontiguousarray(layers.table.values[k - 2, columns].T)
            mean += product(integrals, weights[columns, -len(kept) * events :]).reshape(mean.shape)
        ways = binomials(width)[kept] * np.array([binomials(n)[k] for n in kept])
        angle[:, 2:] += (ways * sign_dead ** (width - kept) * silent[:, :, kept - k]) @ mean
    return Joint(angle, single, law[:, s].astype(np.float64) @ error)


def _powers(base: Array, top: int) -> Array:
    """1, base, ..., base^top along a new last axis, by multiplication: the power of 80-bit floats is slow."""
    factors = np.repeat(base[..., None], top + 1, axis=-1)
    factors[..., 0] = 1
    powers: Array = np.multiply.accumulate(factors, axis=-1)
    return powers


def _fitted(after: Joint, s: NDArray[np.intp], width: int, layers: Layers) -> tuple[Array, NDArray[np.float64]]:
    """Weights (sigma, events of all s >= 2) of the values at (s, theta), and the errors (s, events) of one step.

    The errors are relative to the probability of s: the error of E[V_s(next state); k given neurons alive] is at most
    (1-p)^k times as large, and weighted with the shares of all k these add up to the probability of s.
    """
    angle = after.angle[:, s]
    largest = np.maximum(np.abs(after.single[s]).max(axis=1), np.abs(angle).max(axis=(0, 2))).astype(np.float64)
    error = after.error[s] + rounding(4 * width) * largest[:, None]
    both = s >= 2  # one neuron leaves no angle
    weights, residual = layers.representation.fit(angle[:, both].reshape(len(angle), -1))
    norm = np.abs(weights).sum(axis=0).astype(np.float64).reshape(error[both].shape)
    # the worst of I_2..I_s, and their size: kernels are largest at kappa = 1, theta = 0
    integrals = np.maximum.accumulate(layers.table.error)[s[both] - 2]
    size = float(np.finfo(Wide).eps * np.abs(layers.representation.matrix).max())
    error[both] += residual.reshape(norm.shape) + norm * (integrals + size)[:, None]
    return weights, error


def _first(
    after: Joint, width: int, mask: NDArray[np.bool_], start: Angle, layers: Layers
) -> tuple[Array, NDArray[np.float64]]:
    """Layer 1, in which sign-dead is dead: one step of :mod:`layers` for each number of neurons that are alive."""
    events = after.single.shape[-1]
    total, error = np.zeros(events, Wide), np.zeros(events)
    for k in range(width if start == pi else 1, width + 1):
        if not mask[k]:
            continue
        weights, residual = layers.representation.fit(after.angle[:, k])
        # the residual counts, as the errors do, only as far as two rays are left
        values = Values(
            np.zeros(events, Wide), after.single[k], after.angle[:, k], after.error[k] + residual, after.error[k]
        )
        step = starting_step(layers, width, np.arange(width + 1) == k, start)
        before = step.apply(values, weights, np.zeros(events))
        total, error = total + before.angle[0], error + before.error
    return total, error
