"""Arrays of numbers with 31 digits: unevaluated sums of two float64, high + low, |low| <= ulp(high)/2.

Dekker's and Knuth's error-free sums and products, vectorised by numpy. Relative errors are a few 2^-104 in + (of terms
of one sign), *, / and sqrt, and in :func:`arctan2` too. Magnitudes must stay within 1e-140 ... 1e140.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

EPS = 2.0**-104
SPLITTER = 134217729.0  # 2^27 + 1
TURNS = 1024  # of half a circle: tabulated angles for the arctangent


class Pair:
    """An array of such numbers; arithmetic with arrays of float64 and with Python numbers is understood.

    >>> third = Pair.of(1) / 3
    >>> print(third * 3 - 1)
    Pair([0.])
    """

    __array_ufunc__ = None  # numpy arrays leave the operators to this class
    __slots__ = ("high", "low")

    def __init__(self, high: Doubles, low: Doubles) -> None:
        self.high, self.low = high, low

    @staticmethod
    def of(value: Any) -> Pair:
        """From float64, from 80-bit floats, or from (nested lists of) mpmath numbers."""
        array = np.atleast_1d(value)
        high = array.astype(np.float64)
        return Pair(high, np.asarray(array - high).astype(np.float64))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.high.shape

    def __getitem__(self, index: Any) -> Pair:
        return Pair(self.high[index], self.low[index])

    def __add__(self, other: Any) -> Pair:
        if isinstance(other, Pair):
            s, e = _two_sum(self.high, other.high)
            e += self.low
            e += other.low
        else:
            s, e = _two_sum(self.high, other)
            e += self.low
        return _settled(s, e)

    __radd__ = __add__

    def __neg__(self) -> Pair:
        return Pair(-self.high, -self.low)

    def __sub__(self, other: Any) -> Pair:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Pair:
        return self.__neg__().__add__(other)

    def __mul__(self, other: Any) -> Pair:
        if isinstance(other, Pair):
            p, e = _two_product(self.high, other.high)
            e += self.high * other.low
            e += self.low * other.high
        else:
            p, e = _two_product(self.high, other)
            e += self.low * other
        return _settled(p, e)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Pair:
        divisor = other if isinstance(other, Pair) else Pair(np.asarray(other, np.float64), np.zeros(()))
        first = self.high / divisor.high
        p, e = _two_product(first, divisor.high)
        rest = self.high - p
        rest -= e
        rest += self.low
        rest -= first * divisor.low
        rest /= divisor.high
        return _settled(first, rest)

    def __rtruediv__(self, other: Any) -> Pair:
        return Pair(np.asarray(other, np.float64), np.zeros(())) / self

    def __repr__(self) -> str:
        return f"Pair({self.high})"

    def sum(self) -> Pair:
        """Over the last axis, by halving."""
        high, low = self.high, self.low
        while high.shape[-1] > 1:
            size = high.shape[-1]
            half = size // 2
            s, e = _two_sum(high[..., :half], high[..., half : 2 * half])
            e += low[..., :half]
            e += low[..., half : 2 * half]
            paired = _settled(s, e)
            if size % 2:
                last = Pair(paired.high[..., :1], paired.low[..., :1]) + Pair(high[..., -1:], low[..., -1:])
                paired.high[..., :1], paired.low[..., :1] = last.high, last.low
            high, low = paired.high, paired.low
        return Pair(high[..., 0], low[..., 0])


def _two_sum(a: Doubles, b: Any) -> tuple[Doubles, Doubles]:
    """a + b rounded, and what the rounding lost."""
    s = a + b
    t = s - a
    e = s - t
    np.subtract(a, e, out=e)
    np.subtract(b, t, out=t)
    e += t
    return s, e


def _settled(s: Doubles, e: Doubles) -> Pair:
    """s + e with |e| small: the low part at most half a unit of the high one's last place."""
    high = s + e
    low = high - s
    np.subtract(e, low, out=low)
    return Pair(high, low)


def _halves(a: Any) -> tuple[Doubles, Doubles]:
    """a as a sum of two numbers of at most 26 bits."""
    high = SPLITTER * a
    low = high - a
    high = high - low
    low = a - high
    return high, low


def _two_product(a: Any, b: Any) -> tuple[Doubles, Doubles]:
    """a b rounded, and what the rounding lost."""
    p = a * b
    a1, a2 = _halves(a)
    b1, b2 = _halves(b)
    e = a1 * b1
    e -= p
    e += a1 * b2
    e += a2 * b1
    e += a2 * b2
    return p, e


def sqrt(x: Pair) -> Pair:
    """One correction of the float64 root by the residual; x > 0."""
    root = np.sqrt(x.high)
    p, e = _two_product(root, root)
    rest = x.high - p
    rest -= e
    rest += x.low
    rest /= 2 * root
    return _settled(root, rest)


def arctan2(y: Pair, x: Pair) -> Pair:
    """The angle of (x, y): a rotation by a tabulated angle, then the series. Relative error a few 2^-104."""
    angle, cosine, sine = _tabulated()
    place = np.rint(np.arctan2(y.high, x.high) * (TURNS / np.pi)).astype(np.intp) + TURNS
    c, s = cosine[place], sine[place]
    t = (y * c - x * s) / (x * c + y * s)
    square = t * t
    q = square.high  # below 2.4e-6
    tail = q * (q * (1 / 9 - q / 11) - 1 / 7)
    return angle[place] + (t + t * (square * (square * (FIFTH + tail) - THIRD)))


THIRD, FIFTH = Pair.of(1.0) / 3.0, Pair.of(1.0) / 5.0


@lru_cache(maxsize=1)
def _tabulated() -> tuple[Pair, Pair, Pair]:
    """The angles j pi/TURNS from -pi to pi, their cosines and sines."""
    mp = mpmath.MPContext()  # its own, because threads share the precision of mpmath's
    mp.dps = 40
    angles = [mp.pi * j / TURNS for j in range(-TURNS, TURNS + 1)]
    return Pair.of(angles), Pair.of([mp.cos(a) for a in angles]), Pair.of([mp.sin(a) for a in angles])
