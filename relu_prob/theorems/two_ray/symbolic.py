"""The transition into layer 3 over an interval around 0 as explicit integrals, for any width of layer 2.

Let layer 1 leave a right angle, and let a neurons of layer 2 fire on the first ray only, b on the second only and m on
both; P = a + m <= Q = b + m. The moments of cos(theta) after layer 2 are (see :mod:`series`)

    E cos^M theta = M! [z^M] G(z)^m / (E chi_P^M  E chi_Q^M),     G(z) = (1 + (2/pi) asin z) / sqrt(1 - z^2).

By the duplication formula M! is a product of two gamma functions, which make beta integrals over u and v of the two
chi moments, and the coefficient of z^M is one of Cauchy's integrals. With x = u v, for f analytic in the unit disc,

    E f(cos theta) = C/(2 pi) int int int (1-u^2)^((P-3)/2) v (1-v^2)^((Q-4)/2)
                                          f(sqrt(x) e^(-i phi)) G(sqrt(x) e^(i phi))^m  du dv dphi

over 0 < u, v < 1 and 0 < phi < 2 pi, C = 4 Gamma(P/2) Gamma(Q/2) / (sqrt(pi) Gamma((P-1)/2) Gamma((Q-2)/2)); for P = 1
there is no integral over u (u = 1), for Q = 2 none over v (v = 1).

The formula is for reading; its digits come from the moments.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import sympy

U, V, PHI = sympy.symbols("u v phi", positive=True)
I_, J_, N_ = sympy.symbols("i j n", integer=True, nonnegative=True)


def generating(z: sympy.Expr) -> sympy.Expr:
    """G(z) = sum_M (E|Z|^M)^2 z^M / M!, Z standard normal: E exp(z |Z| |Z'|)."""
    return (1 + 2 * sympy.asin(z) / sympy.pi) / sympy.sqrt(1 - z**2)


def dead(cosine: sympy.Expr) -> sympy.Expr:
    """p = (pi - theta)/(2 pi) as a function of cos(theta)."""
    return sympy.Rational(1, 4) + sympy.asin(cosine) / (2 * sympy.pi)


def expectation(f: Callable[[sympy.Expr], sympy.Expr], a: int, b: int, m: int) -> sympy.Expr:
    """E f(cos theta) given the pattern, an integral in one to three variables; m >= 1 and at least two neurons.

    >>> expectation(lambda c: c, 0, 1, 1).free_symbols
    set()
    """
    p, q = sorted((a + m, b + m))
    if min(a, b) < 0 or m < 1 or q < 2:
        raise ValueError(f"the pattern must have m >= 1 neurons on both rays and two or more in all, got {(a, b, m)!r}")
    u, v = (sympy.Integer(1) if p == 1 else U), (sympy.Integer(1) if q == 2 else V)
    radius, half = sympy.sqrt(u * v), sympy.Rational(1, 2)
    body = f(radius * sympy.exp(-sympy.I * PHI)) * generating(radius * sympy.exp(sympy.I * PHI)) ** m
    constant = sympy.gamma(p * half) * sympy.gamma(q * half) / (2 * sympy.pi * sympy.sqrt(sympy.pi))
    limits = [(PHI, 0, 2 * sympy.pi)]
    if p > 1:
        constant *= 2 / sympy.gamma((p - 1) * half)
        body *= (1 - U**2) ** ((p - 3) * half)
        limits.append((U, 0, 1))
    if q > 2:
        constant *= 2 / sympy.gamma((q - 2) * half)
        body *= V * (1 - V**2) ** ((q - 4) * half)
        limits.append((V, 0, 1))
    return constant * sympy.Integral(body, *limits)


def transition(n1: int, n2: int) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...]]:
    """P(N_3 = j | N_2 = i) as a formula in i = 0..n2, in j and in n, the width of layer 3, and its symbols."""

    def law(p: sympy.Expr) -> sympy.Expr:
        return sympy.binomial(N_, J_) * p ** (N_ - J_) * (1 - p) ** J_

    half, quarter = sympy.Rational(1, 2), sympy.Rational(1, 4)
    lost = sympy.Rational(2, 2**n1)
    cases = [(sympy.KroneckerDelta(J_, 0), sympy.Eq(I_, 0)), (law(half), sympy.Eq(I_, 1))]
    for i in range(2, n2 + 1):
        # both conditional on the neurons that are alive: chance of i alive, and of the pattern among these
        ways = sympy.binomial(n2, i)
        right = (1 - lost) * ways * quarter ** (n2 - i)
        alone = lost * ways * half**n2
        at_right = 2 * quarter**i * law(half) + (2**i - 2) * quarter**i * law(quarter)
        for m in range(1, i + 1):
            for a in range(i - m + 1):
                b = i - m - a
                if a > b:
                    continue
                number = factorial(i) // (factorial(a) * factorial(b) * factorial(m)) * (1 if a == b else 2)
                at_right += number * quarter**i * expectation(lambda c: law(dead(c)), a, b, m)
        total = right * sympy.Rational(3, 4) ** i + alone
        cases.append(((right * at_right + alone * law(half)) / total, sympy.Eq(I_, i)))
    return sympy.Piecewise(*cases), (I_, J_, N_)
