"""Ball arithmetic (python-flint's ``arb``): precision as an argument, and conversions that round outwards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import flint
import mpmath
from flint import arb, fmpq
from mpmath import libmp

# Enough to absorb the rounding of some 2^32 operations.
GUARD_BITS = 32


def bits(digits: int) -> int:
    """The bits that hold so many decimal digits."""
    return math.ceil(digits * math.log2(10)) + 1


@contextmanager
def precision(digits: int) -> Iterator[None]:
    """Compute balls with at least ``digits`` decimal digits inside the block; flint's setting is restored after it.

    flint keeps one precision for the whole process, so do not run two such blocks in two threads.

    >>> with precision(50):
    ...     print(arb(2).sqrt().str(30, radius=False))
    1.41421356237309504880168872421
    """
    with flint.ctx.workprec(bits(digits) + GUARD_BITS):
        yield


def to_mpf(point: arb) -> mpmath.mpf:
    """The midpoint of a ball as an mpf, without rounding.

    >>> to_mpf(arb(3) / 4)
    mpf('0.75')
    """
    mantissa, exponent = point.mid().man_exp()
    return mpmath.make_mpf(libmp.from_man_exp(int(mantissa), int(exponent)))


def ends(ball: arb) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Numbers below and above everything in the ball.

    >>> low, high = ends(arb(1) / 3)
    >>> bool(low < mpmath.mpf(1) / 3 < high)
    True
    """
    if not ball.is_finite():
        raise ArithmeticError(f"a ball without a finite bound, {ball}: more digits are needed")
    if ball.is_exact():
        return to_mpf(ball), to_mpf(ball)
    with flint.ctx.workprec(max(53, ball.rel_accuracy_bits() + GUARD_BITS)):
        return to_mpf(ball.lower()), to_mpf(ball.upper())


def rational_ends(value: fmpq, bits: int = 53) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The neighbours of a rational with ``bits`` bits: equal where it is one of them.

    >>> rational_ends(fmpq(3, 4))
    (mpf('0.75'), mpf('0.75'))
    """
    p, q = int(value.p), int(value.q)
    return (
        mpmath.make_mpf(libmp.from_rational(p, q, bits, libmp.round_floor)),
        mpmath.make_mpf(libmp.from_rational(p, q, bits, libmp.round_ceiling)),
    )


def mpf_fraction(value: mpmath.mpf) -> Fraction:
    """An mpf as the dyadic rational that it is.

    >>> mpf_fraction(mpmath.mpf("0.75"))
    Fraction(3, 4)
    """
    sign, mantissa, exponent, _ = value._mpf_
    result = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -result if sign else result


def from_mpf(low: mpmath.mpf, high: mpmath.mpf) -> arb:
    """A ball that contains [low, high]."""
    with flint.ctx.workprec(max(53, *(x._mpf_[3] for x in (low, high))) + GUARD_BITS):
        return _point(low).union(_point(high))


def _point(value: mpmath.mpf) -> arb:
    sign, mantissa, exponent, _ = value._mpf_
    return arb((-int(mantissa) if sign else int(mantissa), exponent))
