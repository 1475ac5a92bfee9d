"""Laws of the active-neuron counts, forwards and backwards through the layers.

Forwards, the law of the state (dead, single, angle) is carried from layer to layer and the count law of every layer is
read off. Backwards, an event of the last layer is carried to the inputs as a function of the state: the transpose, with
the same table but a different fit, and an a-posteriori bound of the absolute error.

Everywhere ``widths`` are those of the hidden layers up to the last one of interest; ``masks`` has one entry per layer,
which counts it may have (None: all); ``start`` is the angle between the two inputs, pi for an interval around 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.theorems.two_ray.cache import get_table, table_size
from relu_prob.theorems.two_ray.layers import Layers, State, Step, Values, binomials, chances, rounding
from relu_prob.theorems.two_ray.precision import EXTENDED, PI, Array, Wide
from relu_prob.theorems.two_ray.wide import WideLayers

Mask = Sequence[bool] | NDArray[np.bool_] | None
Angle = float | np.floating[Any]

WIDEST_TABLE = 24
"""Layers with more neurons are left to :class:`WideLayers`: the bounds on a table grow tenfold every 8 neurons, from
3e-13 at 24, and pass the others, 2e-11 at any width, near 38."""
WIDEST_BASIS = 4096
"""The widest layer that the nodes of :class:`WideLayers` are made for."""
ENOUGH = 1e-12
"""A bound on a table that is not improved."""


@dataclass(frozen=True)
class Laws:
    """``law[l][j]`` = P(N_1 in A_1, ..., N_l in A_l, N_(l+1) = j), l from 0: every layer, itself unmasked.

    ``error`` bounds the absolute errors, entry by entry; None if it was not asked for.
    """

    law: tuple[NDArray[np.float64], ...]
    error: tuple[NDArray[np.float64], ...] | None = None


def layers_for(top: int) -> Layers:
    """The operators on the (cached) table for counts up to ``top``."""
    return _layers(table_size(top))


@lru_cache(maxsize=4)
def _layers(size: int) -> Layers:
    return Layers(get_table(size))


def wide_layers_for(widest: int) -> WideLayers:
    """The operators on nodes made for layers up to ``widest`` neurons: the next power of two."""
    return _wide_layers(min(max(32, 1 << (widest - 1).bit_length()), WIDEST_BASIS))


@lru_cache(maxsize=4)
def _wide_layers(widest: int) -> WideLayers:
    return WideLayers(widest)


def last_law(
    widths: Sequence[int], masks: Sequence[Mask] | None, start: Angle = pi, layers: Layers | WideLayers | None = None
) -> tuple[Array, NDArray[np.float64]]:
    """P(N_1 in A_1, ..., N_L in A_L, N_L = j), j = 0..n_L, in the widest float, and bounds of the absolute errors."""
    allowed = check(widths, masks, start)
    if len(widths) == 1:
        values = _binomial(widths[0], start)
        errors = (rounding(widths[0]) * values).astype(np.float64)
    else:
        values, errors = _events(widths, allowed, start, layers, lambda law: law)
    return np.where(allowed[-1], values, Wide(0)), np.where(allowed[-1], errors, 0.0)


def last_event(
    widths: Sequence[int],
    masks: Sequence[Mask] | None,
    counts: Collection[int],
    start: Angle = pi,
    layers: Layers | WideLayers | None = None,
) -> tuple[np.floating[Any], float]:
    """P(N_1 in A_1, ..., N_L in A_L, N_L in ``counts``) and its error bound, with one right-hand side.

    For many counts better than a sum over :func:`last_law`: the bound of a threshold is far below those of its counts.
    """
    allowed = check(widths, masks, start)
    chosen = np.isin(np.arange(widths[-1] + 1), list(counts)) & allowed[-1]
    if len(widths) == 1:
        value = _binomial(widths[0], start)[chosen].sum()
        return value, float(rounding(widths[0]) * value)
    values, errors = _events(widths, allowed, start, layers, lambda law: law.total(chosen))
    return values[0], float(errors[0])


def count_laws(
    widths: Sequence[int],
    masks: Sequence[Mask] | None = None,
    start: Angle = pi,
    bound: bool = False,
    layers: Layers | WideLayers | None = None,
) -> Laws:
    """Masked count laws of all layers by one forward sweep; ``bound=True`` also runs the backward sweep."""
    allowed = check(widths, masks, start)
    layers = _needed(widths) if layers is None else layers
    laws = [_binomial(widths[0], start)]
    if len(widths) > 1:
        after = states(widths[:-1], allowed[:-1], start, layers)
        laws += [state.expect(layers.law_values(n)) for state, n in zip(after, widths[1:], strict=True)]
    found = tuple(np.asarray(law, np.float64) for law in laws)
    return Laws(found, backward_laws(widths, masks, start, layers).error if bound else None)


def states(
    widths: Sequence[int],
    masks: Sequence[Mask] | None = None,
    start: Angle = pi,
    layers: Layers | WideLayers | None = None,
) -> tuple[State, ...]:
    """The law of the state after every layer, by one forward sweep."""
    allowed = check(widths, masks, start)
    layers = layers_for(max(widths)) if layers is None else layers
    first = starting_step(layers, widths[0], allowed[0], start)
    begin = State(Wide(0), Wide(0), np.ones(1, Wide))
    found = [layers.push(begin, first) if isinstance(layers, WideLayers) else first.push(begin, layers.representation)]
    for width, counts in zip(widths[1:], allowed[1:], strict=True):
        found.append(layers.forward(found[-1], width, counts))
    return tuple(found)


def expectations(
    widths: Sequence[int],
    masks: Sequence[Mask] | None,
    values: Values,
    start: Angle = pi,
    layers: Layers | WideLayers | None = None,
) -> tuple[Array, NDArray[np.float64]]:
    """Expectations of functions of the state after the last layer, in the widest float, and bounds of their errors."""
    allowed = check(widths, masks, start)
    layers = layers_for(max(widths)) if layers is None else layers
    # a layer above, which the functions do not look at
    found = _backward([*widths, 1], [*allowed, np.ones(2, bool)], start, layers, values)
    return found.angle[0], found.error


def backward_laws(
    widths: Sequence[int],
    masks: Sequence[Mask] | None = None,
    start: Angle = pi,
    layers: Layers | WideLayers | None = None,
) -> Laws:
    """The same laws by one backward sweep with all events of all layers as right-hand sides, and their error bounds."""
    allowed = check(widths, masks, start)
    first = _binomial(widths[0], start)
    laws, bounds = [first.astype(np.float64)], [(rounding(widths[0]) * first).astype(np.float64)]
    if len(widths) == 1:
        return Laws(tuple(laws), tuple(bounds))
    layers = _needed(widths) if layers is None else layers
    current = layers.law_values(widths[-1])
    for width, below in zip(widths[-2:0:-1], allowed[-2:0:-1], strict=True):
        current = layers.law_values(width).append(layers.backward(current, width, below))
    before = _backward([widths[0], widths[-1]], [allowed[0], allowed[-1]], start, layers, current)
    begin = 0
    for n in widths[1:]:
        laws.append(before.angle[0, begin : begin + n + 1].astype(np.float64))
        bounds.append(before.error[begin : begin + n + 1])
        begin += n + 1
    return Laws(tuple(laws), tuple(bounds))


def check(widths: Sequence[int], masks: Sequence[Mask] | None, start: Angle) -> list[NDArray[np.bool_]]:
    """Validated masks, one boolean array per layer."""
    if len(widths) == 0 or min(widths) < 1:
        raise ValueError(f"widths must be positive integers, at least one, got {widths!r}")
    if not 0 < start <= PI:
        raise ValueError(f"start must lie in (0, pi], got {start!r}")
    given: Sequence[Mask] = [None] * len(widths) if masks is None else masks
    if len(given) != len(widths):
        raise ValueError(f"masks must have one entry (or None) for each of the {len(widths)} layers, got {len(given)}")
    allowed = [np.ones(n + 1, bool) if m is None else np.asarray(m, bool) for n, m in zip(widths, given, strict=True)]
    for n, mask in zip(widths, allowed, strict=True):
        if mask.shape != (n + 1,):
            raise ValueError(f"the mask of a layer of width {n} must have {n + 1} entries, got shape {mask.shape}")
    return allowed


def _events(
    widths: Sequence[int],
    allowed: Sequence[NDArray[np.bool_]],
    start: Angle,
    layers: Layers | WideLayers | None,
    of_law: Callable[[Values], Values],
) -> tuple[Array, NDArray[np.float64]]:
    """Probabilities of events of the last layer, at least the second, and their error bounds.

    Without ``layers``, on those that suit the widths: one by one, whichever bound is smaller, until they are enough.
    """
    values, errors = np.empty(0, Wide), np.empty(0)
    for on in _suited(widths) if layers is None else [layers]:
        found = _backward(widths, allowed, start, on, of_law(on.law_values(widths[-1])))
        if len(errors) == 0:
            values, errors = found.angle[0], found.error
        else:
            values, errors = np.where(found.error < errors, (found.angle[0], found.error), (values, errors))
        if float(errors.max()) <= ENOUGH:
            break
    return values, errors.astype(np.float64)


def _suited(widths: Sequence[int]) -> Iterator[Layers | WideLayers]:
    """A wide layer above narrow ones: its sharp events need the wide nodes, the others are better on a table."""
    below, last = max(widths[:-1]), widths[-1]
    if below <= WIDEST_TABLE and (EXTENDED or last <= 1000):  # C(n,k) must not overflow
        yield layers_for(below)
    if max(below, last) > WIDEST_TABLE:
        yield wide_layers_for(max(below, last))


def _backward(
    widths: Sequence[int],
    allowed: Sequence[NDArray[np.bool_]],
    start: Angle,
    layers: Layers | WideLayers,
    last: Values,
) -> Values:
    """``last``, a function of the state below the last layer, as a function of the starting angle alone."""
    current = last
    for width, below in zip(widths[-2:0:-1], allowed[-2:0:-1], strict=True):
        current = layers.backward(current, width, below)
    weights, residual = layers.representation.fit(current.angle)
    return starting_step(layers, widths[0], allowed[0], start).apply(current, weights, residual)


def _needed(widths: Sequence[int]) -> Layers | WideLayers:
    """For the laws of all layers; a table represents those of up to twice as many neurons about as well."""
    below, last = max(widths[:-1], default=2), widths[-1]
    wide = below > WIDEST_TABLE or last > 2 * WIDEST_TABLE
    return wide_layers_for(max(below, last)) if wide else layers_for(below)


def _angle(start: Angle) -> np.floating[Any]:
    return PI if start == pi else Wide(start)


def _binomial(width: int, start: Angle) -> Array:
    (p,), _ = chances(np.array([_angle(start)]))
    count = np.arange(width + 1)
    law: Array = binomials(width) * p ** (width - count) * (1 - p) ** count
    return law


def starting_step(layers: Layers | WideLayers, width: int, allowed: NDArray[np.bool_], start: Angle) -> Step:
    """Layer 1 from the starting angle; at pi no neuron fires on both inputs and all integrals vanish."""
    if isinstance(layers, WideLayers):
        return layers.first_step(width, allowed, float(start))
    theta = _angle(start)
    p, q = chances(np.array([theta]))
    sigma, most = layers.table.sigma, max(width, 2)
    if theta == PI:
        return Step.build(width, allowed, p, q, np.zeros((most - 1, len(sigma), 1), Wide), np.zeros(most - 1))
    return Step.build(width, allowed, p, q, *layers.integrals_of(theta, most))
