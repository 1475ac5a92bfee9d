"""The two theorems: any layer numerically with an error bound, layer 3 behind a layer of width 2 in rationals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from functools import partial
from math import pi
from typing import Any

import mpmath
import numpy as np
from flint import arb
from numpy.typing import NDArray

from relu_prob.domains import Points
from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO, Approximation, Rational, Real
from relu_prob.theorems.theorem import Masks, SymbolicEntry, Theorem
from relu_prob.theorems.two_ray import digits, permanent, series, symbolic
from relu_prob.theorems.two_ray.cache import LARGEST_TABLE
from relu_prob.theorems.two_ray.laws import WIDEST_TABLE, last_event, last_law
from relu_prob.theorems.two_ray.precision import Wide, split
from relu_prob.theorems.two_ray.rational import third_layer, transition

Refine = Callable[[], tuple[mpmath.mpf, mpmath.mpf]]

WIDEST_SERIES = 20
"""The widest second layer for which ``series`` is asked for more digits: it takes seconds beyond."""

LARGEST_WIDTH = 4096
"""The widest layer below the one asked for: the time grows with the width, to minutes, and wider ones are untried."""


class TwoRay(Theorem):
    """Zero biases, Gaussian weights, inputs on two rays: an interval around 0, or points on two rays.

    Given the angle theta between the images of the two rays, a neuron of the next layer is dead with probability
    (pi - theta)/(2 pi). The law of the angle is carried through the layers by one identity (docs/theory.md, section
    'Two rays'). The error bound adds up, over the layers, the residual of a least-squares fit at its nodes and the
    measured error of the integrals; it is not proved.

    Possible issues: the bound is that of an absolute error, about 1e-15 for widths up to 10 and, between 24 and
    4096, a few 1e-11 for the law of layer 4; it grows in proportion to the depth, and is pessimistic. The first use
    computes a table of integrals (about 40 s for widths up to 16) and keeps it. Layers of more than 24 neurons need
    integrals of their own, for each width and set of counts: about 10 s up to width 200 and half a minute at 1000.
    Where 19 digits or more are asked for, over an interval around 0 and behind layers of at most 8 neurons, another
    table is computed (5 to 10 minutes, once), with which the bound is below 1e-22 for a dozen layers.
    """

    name = "two rays"
    statement = "N_l ~ E Bin(n_l, (pi + theta)/(2 pi)), theta the angle between the images of the two rays"
    source = "docs/theory.md, section 'Two rays'"
    guarantee = Guarantee.NUMERICAL

    def missing(self, network: Network, layer: int) -> str | None:
        if layer == 1:
            return "the layer must be at least 2, got 1"
        if not network.zero_bias:
            return f"the biases must be zero, got {network.biases!r}"
        if starting_angle(network) is None:
            return (
                "the inputs must lie on two rays (an interval around 0, or points on two rays), "
                f"got {network.domain!r} in dimension {network.input_dimension}"
            )
        if not network.weights.gaussian:
            return f"the weights must be Gaussian, got {network.weights!r}"
        widest = max(network.hidden_widths[: layer - 1])
        if widest > LARGEST_WIDTH:
            return (
                f"the layers below must be at most {LARGEST_WIDTH} wide, up to where the nodes of the integrals have "
                f"been tried, got {widest}"
            )
        return None

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        widths = network.hidden_widths[:layer]
        values, errors = last_law(widths, _arrays(widths, masks), starting_angle(network))
        pairs = zip(without_rounding(values), errors, strict=True)
        return tuple(
            _number(value, error, _refined(network, layer, masks, (j,))) for j, (value, error) in enumerate(pairs)
        )

    def event(self, network: Network, layer: int, masks: Masks, counts: Collection[int]) -> Real:
        widths = network.hidden_widths[:layer]
        value, error = last_event(widths, _arrays(widths, masks), counts, starting_angle(network))
        return _number(without_rounding(np.array([value]))[0], error, _refined(network, layer, masks, tuple(counts)))

    def seconds(self, network: Network, layer: int) -> float:
        """Wide layers need integrals of their own, for each width: about 10 s."""
        return 10.0 * sum(n > WIDEST_TABLE for n in set(network.hidden_widths[:layer]))

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...] | None:
        """law[s] = P(S_1 in A_1, ..., S_l = s, no layer up to l dead), the sign chain jointly with the angle.

        It needs all counts of the layers below, hence a table; None where that would be too large.
        """
        widths = network.hidden_widths[:layer]
        if max(widths[:-1]) > LARGEST_TABLE:
            return None
        values, errors = permanent.last_law(widths, _arrays(widths, masks), starting_angle(network))
        return tuple(_number(value, error, None) for value, error in zip(without_rounding(values), errors, strict=True))

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry | None:
        """Layer 3 over an interval around 0, as explicit integrals."""
        if layer != 3 or starting_angle(network) != pi:
            return None
        n1, n2 = network.hidden_widths[:2]
        entry, symbols = symbolic.transition(n1, n2)
        meaning = (
            f"i = 0..{n2} active neurons in layer 2, of width {n2}, behind n_1 = {n1}; n neurons in layer 3; "
            "u, v and phi are explained in docs/theory.md, section 'Two rays'"
        )
        return SymbolicEntry(entry, symbols, meaning)


class LayerThreeRational(Theorem):
    """One input dimension, zero biases, Gaussian weights, n_2 = 2: layer 3 in rationals.

    Two neurons leave an angle that is 0, pi/2, uniform, or the difference of two uniform ones.
    """

    name = "layer 3 in one dimension behind a layer of width 2"
    statement = "E p^k, p = (2 - t)/4, t = 0, 1, uniform or triangular on [0, 1] with rational probabilities"
    source = "Shin & Karniadakis (arXiv 1907.09696), the one-dimensional case; docs/theory.md, section 'Two rays'"

    def missing(self, network: Network, layer: int) -> str | None:
        if layer != 3:
            return f"the layer must be 3, got {layer}"
        if network.hidden_widths[1] != 2:
            return f"the second layer must have width 2, got {network.hidden_widths[1]}"
        if starting_angle(network) != pi:
            return f"the inputs must lie on two opposite rays, got {network.domain!r}"
        return TWO_RAY.missing(network, layer)

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        first, second, third = network.hidden_widths[:3]
        return tuple(map(Rational, third_layer(first, third, _flags(masks[0], first), _flags(masks[1], second))))

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...] | None:
        return TWO_RAY.permanent_masses(network, layer, masks)

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry:
        entry, symbols = transition(network.hidden_widths[0])
        meaning = (
            f"i = 0, 1 or 2 active neurons in layer 2, of width 2, behind n_1 = {network.hidden_widths[0]}; "
            "n neurons in layer 3; t is the angle between the two rays in right angles"
        )
        return SymbolicEntry(entry, symbols, meaning)


def _arrays(widths: Sequence[int], masks: Masks) -> list[NDArray[np.bool_] | None]:
    """The masks as arrays of booleans; the last layer has none."""
    return [
        None if mask is None else np.isin(np.arange(n + 1), list(mask))
        for mask, n in zip((*masks, None), widths, strict=True)
    ]


def _flags(mask: frozenset[int] | None, n: int) -> list[bool] | None:
    return None if mask is None else [j in mask for j in range(n + 1)]


def starting_angle(network: Network) -> Any:
    """The angle between the two rays of inputs, pi where they are opposite; None where there are not two."""
    domain = network.domain
    if isinstance(domain, Points):
        rays = domain.rays
        return _angle(*rays) if len(rays) == 2 else None
    return pi if network.input_dimension == 1 and domain.surrounds_zero else None


def _angle(u: tuple[Fraction, ...], v: tuple[Fraction, ...]) -> Any:
    """2 atan2(|u/|u| - v/|v||, |u/|u| + v/|v||), in the widest float: accurate near 0 and near pi."""
    if all(a == -b for a, b in zip(u, v, strict=True)):
        return pi
    with mpmath.workdps(40):
        a, b = (mpmath.matrix([mpmath.fdiv(x.numerator, x.denominator) for x in w]) for w in (u, v))
        a, b = a / mpmath.norm(a), b / mpmath.norm(b)
        angle = 2 * mpmath.atan2(mpmath.norm(a - b), mpmath.norm(a + b))
        return Wide(float(angle)) + Wide(float(angle - float(angle)))


def without_rounding(values: NDArray[np.floating]) -> list[mpmath.mpf]:
    """Wide floats as mpf, without rounding."""
    high, low = split(values)
    return [mpmath.fadd(float(a), float(b), exact=True) for a, b in zip(high, low, strict=True)]


def _number(value: mpmath.mpf, error: float, refine: Refine | None) -> Real:
    if value == 0 and error == 0:
        return ZERO
    # a mass is not negative: raising a small negative value to 0 only brings it nearer
    return Approximation(max(value, mpmath.mpf(0)), mpmath.mpf(float(error)), refine)


def _refined(network: Network, layer: int, masks: Masks, counts: tuple[int, ...]) -> Refine | None:
    """More digits of the mass of a set of counts, where the series of layer 3 or the larger table has them."""
    widths = network.hidden_widths[:layer]
    if layer < 3 or starting_angle(network) != pi:
        return None
    if layer == 3 and widths[1] <= WIDEST_SERIES:
        return partial(_by_series, widths, masks, counts)
    return partial(_by_digits, widths, masks, counts) if max(widths[:-1]) <= digits.LARGEST_WIDTH else None


def _by_series(widths: tuple[int, ...], masks: Masks, counts: tuple[int, ...]) -> tuple[mpmath.mpf, mpmath.mpf]:
    n1, n2, n3 = widths
    law = series.third_layer(n1, n2, n3, *masks)
    with balls.precision(60):
        ball = sum((law[j][0] for j in counts), arb(0))
    error = sum(law[j][1] for j in counts) + float(ball.rad())
    return balls.to_mpf(ball), mpmath.mpf(error)


def _by_digits(widths: tuple[int, ...], masks: Masks, counts: tuple[int, ...]) -> tuple[mpmath.mpf, mpmath.mpf]:
    law = digits.last_law(widths, tuple(masks))
    with mpmath.workdps(60):
        value = mpmath.fsum(law[j][0] for j in counts)
    return max(value, mpmath.mpf(0)), mpmath.mpf(sum(law[j][1] for j in counts))


TWO_RAY = TwoRay()
LAYER_THREE_RATIONAL = LayerThreeRational()
