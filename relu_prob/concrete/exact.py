"""Given networks in exact arithmetic: floats are dyadic rationals, so that a forward pass is a matter of integers.

A vector h is stored in homogeneous coordinates (h, s): integers, of which h / s is meant, s > 0. A layer with integer
weights V and biases c over one denominator q is then linear, ``(h, s) -> (V h + c s, q s)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.network import ConcreteNetwork

Integers = NDArray[np.object_]
Point = tuple[Fraction, ...]


def rows(network: ConcreteNetwork, depth: int) -> Iterator[Integers]:
    """Of the first ``depth`` hidden layers the integer matrices [[V, c], [0, q]], of shape (n_l + 1, n_{l-1} + 1)."""
    for w, b in network.hidden[:depth]:
        matrix = np.column_stack([w, b]).astype(np.float64)
        mantissa, exponent = np.frexp(matrix)
        shift = max(0, 53 - int(exponent[matrix != 0].min(initial=53)))
        whole = np.array([int(m) for m in np.ldexp(mantissa, 53).ravel()], dtype=object)
        # mantissas have 53 bits: m 2^(e - 53) = m 2^(e - 53 + shift) / 2^shift; a zero may have any exponent
        powers = np.where(matrix != 0, exponent - 53 + shift, 0).ravel()
        scaled = np.array([m << int(p) for m, p in zip(whole, powers, strict=True)], dtype=object)
        last = np.array([[0] * w.shape[1] + [1 << shift]], dtype=object)
        yield np.concatenate([scaled.reshape(matrix.shape), last])


def homogeneous(point: Sequence[Fraction]) -> Integers:
    """A point in homogeneous coordinates."""
    scale = lcm(*(x.denominator for x in point))
    return np.array([*(int(x * scale) for x in point), scale], dtype=object)


def fires(network: ConcreteNetwork, point: Sequence[Fraction], layer: int, neuron: int) -> bool:
    """Whether a neuron's pre-activation at an input is > 0, exactly.

    >>> net = ConcreteNetwork([[[0.1, -0.3]], [[1.0]]])
    >>> fires(net, (Fraction(3), Fraction(1)), 1, 0)      # the floats: 3 * 0.1 > 0.3
    True
    """
    return bool(preactivations(network, point, layer)[neuron] > 0)


def preactivations(network: ConcreteNetwork, point: Sequence[Fraction], layer: int) -> list[Fraction]:
    """The exact pre-activations of a hidden layer at an input.

    >>> preactivations(ConcreteNetwork([[[0.5], [-2.0]], [[1.0, 1.0]]]), (Fraction(1, 3),), 1)
    [Fraction(1, 6), Fraction(-2, 3)]
    """
    h = z = homogeneous(point)
    for matrix in rows(network, layer):
        z = matrix @ h
        h = relu(z)
    return [Fraction(x, z[-1]) for x in z[:-1]]


def relu(v: Integers) -> Integers:
    """The positive parts; the scale is positive anyway."""
    return np.array([max(x, 0) for x in v], dtype=object)


def reduced(v: Integers) -> Integers:
    """The same point in the smallest integers."""
    common = reduce(gcd, v, 0)
    return np.array([x // common for x in v], dtype=object)


def text(point: Sequence[Any]) -> str:
    """A point in words: decimals where these are exact."""
    return f"({', '.join(repr(float(x)) if Fraction(float(x)) == x else str(x) for x in point)})"
