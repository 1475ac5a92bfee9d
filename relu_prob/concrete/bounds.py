"""Pre-activations in float64 with proved bounds on the rounding: at points, and over a box of inputs.

A product of a row with a vector, summed in any order, is within ``gamma_n |w|.|h|`` of the exact one, where
gamma_n = n u / (1 - n u) and u = 2^-53 (Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.1); where
nothing underflows, which an absolute term covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.network import ConcreteNetwork

Array = NDArray[np.float64]

UNDERFLOW = 2.0**-1000
"""More than what all underflows of a row can add up to."""


class Range(NamedTuple):
    """Numbers between which the pre-activations of a layer lie on the whole box."""

    low: Array
    high: Array


def _gamma(n: int) -> float:
    """A bound of gamma_(n + 4) that is good also for sums that are computed themselves."""
    return 1.02 * (n + 4) * 2.0**-53


def below(value: Fraction) -> float:
    """The largest float that is not above ``value``."""
    nearest = float(value)
    return nearest if Fraction(nearest) <= value else float(np.nextafter(nearest, -np.inf))


def above(value: Fraction) -> float:
    """The smallest float that is not below ``value``."""
    return -below(-value)


def start(low: Sequence[Fraction], high: Sequence[Fraction]) -> Range:
    """The sides of a box as floats, rounded outward."""
    return Range(np.array([below(v) for v in low]), np.array([above(v) for v in high]))


def onward(w: Array, b: Array, inputs: Range) -> Range:
    """Intervals that certainly contain the pre-activations of a layer whose inputs lie in a box: interval arithmetic.

    An upper end of exactly 0 stays one: for a neuron whose weights from neurons that may fire are all <= 0, and whose
    bias is <= 0, nothing is rounded up.

    >>> onward(np.array([[1.0, 1.0], [-1.0, -1.0]]), np.zeros(2), Range(np.zeros(2), np.array([2.0, 1.0]))).high[1]
    np.float64(0.0)
    """
    w = np.asarray(w, dtype=np.float64)
    plus, minus = np.maximum(w, 0.0), np.minimum(w, 0.0)
    return Range(_end(plus, minus, inputs.low, inputs.high, b, -1), _end(plus, minus, inputs.high, inputs.low, b, +1))


def _end(plus: Array, minus: Array, at_plus: Array, at_minus: Array, b: Array, direction: int) -> Array:
    value = plus @ at_plus + minus @ at_minus + b
    size = plus @ np.abs(at_plus) - minus @ np.abs(at_minus) + np.abs(b)
    # a size of 0 has only exact zeros in it
    error = np.where(size > 0, _gamma(2 * len(at_plus)) * size + UNDERFLOW, 0.0)
    end: Array = value + direction * error
    # the last addition is rounded too
    return np.where(error > 0, np.nextafter(end, direction * np.inf), end)


def with_errors(network: ConcreteNetwork, points: Array) -> list[tuple[Array, Array]]:
    """Pre-activations at points (m, d) of every hidden layer, and bounds of their rounding errors, both (m, n_l).

    >>> net = ConcreteNetwork([[[0.1, 0.2]], [[1.0]]])
    >>> ((z, error),) = with_errors(net, np.array([[3.0, -1.0]]))
    >>> bool(abs(z - (3 * Fraction(0.1) - Fraction(0.2)))[0, 0] <= error[0, 0] < 1e-14)
    True
    """
    h, error = points, np.zeros_like(points)
    found = []
    for w, b in network.hidden:
        w = np.asarray(w, dtype=np.float64)
        z = h @ w.T + b
        size = np.abs(w)
        gamma = _gamma(w.shape[1])
        error = (1 + gamma) * (error @ size.T) + gamma * (np.abs(h) @ size.T + np.abs(b)) + UNDERFLOW
        found.append((z, error))
        # relu is a contraction, and computed without rounding
        h = np.maximum(z, 0.0)
    return found
