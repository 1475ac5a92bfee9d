"""Closed forms in ball arithmetic: a sympy expression evaluated to a certified enclosure of any accuracy.

The expression is the single source of the number: what is printed and what is computed cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import flint
import sympy
from flint import arb, fmpq

from relu_prob.numbers import balls

_FUNCTIONS: dict[type, Callable[[arb], arb]] = {
    sympy.atan: arb.atan,
    sympy.acos: arb.acos,
    sympy.asin: arb.asin,
    sympy.log: arb.log,
    sympy.exp: arb.exp,
    sympy.erf: arb.erf,
    sympy.erfc: arb.erfc,
    sympy.gamma: arb.gamma,
}


def enclose(expression: sympy.Expr, digits: int) -> arb:
    """A ball around the value of a closed form, of relative radius below 10^-digits where the value is not 0.

    Knows rationals, pi, sums, products, powers and the elementary functions in ``_FUNCTIONS``.

    Raises
    ------
    ValueError
        For a free symbol or a function that is not known.
    ArithmeticError
        Where 2^16 bits do not separate the value from 0 or from a branch point.

    >>> from sympy import atan, pi
    >>> enclose(atan(2) / pi, 20).str(20, radius=False)
    '0.35241638234956672582'
    """
    goal = digits
    for _ in range(16):
        with balls.precision(goal):
            ball = _evaluate(expression, flint.ctx.prec)
            if ball.is_finite() and (ball == 0 or ball.rel_accuracy_bits() > 3.33 * digits):
                return ball
        if goal > 20_000:
            break
        goal *= 2
    raise ArithmeticError(f"no {digits} digits of {expression}: is it exactly 0, or does a function meet its branch?")


@lru_cache(maxsize=4096)
def _evaluate(expression: sympy.Expr, bits: int) -> arb:
    """The value at the current precision ``bits``, which is an argument so that the cache can tell."""
    if expression.is_Rational:
        return arb(fmpq(int(expression.p), int(expression.q)))
    if expression is sympy.pi:
        return arb.pi()
    if expression is sympy.E:
        return arb.const_e()
    parts = [_evaluate(part, bits) for part in expression.args]
    if expression.is_Add:
        return sum(parts[1:], parts[0])
    if expression.is_Mul:
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        return product
    if expression.is_Pow:
        return _power(expression.exp, *parts)
    function = _FUNCTIONS.get(expression.func)
    if function is None:
        raise ValueError(f"expression must be a closed form of known functions, got {expression.func} in {expression}")
    return function(*parts)


def _power(exponent: sympy.Expr, base: arb, power: arb) -> arb:
    if exponent.is_Integer:
        return base ** int(exponent)
    if exponent == sympy.Rational(1, 2):
        return base.sqrt()
    if exponent == sympy.Rational(-1, 2):
        return base.rsqrt()
    return base**power
