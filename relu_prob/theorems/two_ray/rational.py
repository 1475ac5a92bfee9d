"""Layer 3 over a second layer of width 2, as exact rational numbers, derived from the patterns of the two neurons.

After layer 1 the two rays are perpendicular (chance 1 - 2^(1-n_1)) or one is lost. Perpendicular: each neuron of
layer 2 is dead, fires on the first ray only (A), on the second only (B) or on both (C), with chance 1/4 each,
independently. With t = theta / (pi/2):

    {dead, dead}                    -> dead
    {A, A}, {B, B}, one alive       -> single
    {A, B}                          -> t = 1
    {A, C}, {B, C}                  -> rows (|x1|, 0) and (|y1|, |y2|): t uniform on (0, 1)
    {C, C}                          -> rows (|x1|, |x2|), (|y1|, |y2|): difference of two uniforms, density 2 (1 - t)

A neuron of layer 3 is dead with chance p = (2 - t)/4. (Two independent standard normals have a uniform direction.)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import comb

import sympy

T = sympy.Symbol("t", nonnegative=True)
P_DEAD = (2 - T) / 4


@lru_cache(maxsize=1)
def second_layer() -> dict[str, Fraction]:
    """Chances of the kinds of state after two neurons above a right angle, by running through all patterns."""
    kinds = dict.fromkeys(("dead", "single", "right", "uniform", "triangular"), Fraction(0))
    for pattern in product("0ABC", repeat=2):
        alive = "".join(sorted(set(pattern) - {"0"}))
        if not alive:
            kind = "dead"
        elif "0" in pattern or alive in ("A", "B"):
            kind = "single"
        else:
            kind = {"AB": "right", "AC": "uniform", "BC": "uniform", "C": "triangular"}[alive]
        kinds[kind] += Fraction(1, 16)
    return kinds


def chance_of_one() -> Fraction:
    """P(exactly one of the two neurons alive) above a right angle; the state is then single."""
    return sum((Fraction(1, 16) for pattern in product("0ABC", repeat=2) if pattern.count("0") == 1), Fraction(0))


def expectation(polynomial: sympy.Expr) -> Fraction:
    """E[f(t); layer 2 alive] given a right angle after layer 1; f is a polynomial in t and t = 0 stands for single."""
    chance, f = second_layer(), sympy.Poly(polynomial, T)
    parts = (
        (chance["single"], f.eval(0)),
        (chance["right"], f.eval(1)),
        (chance["uniform"], f.integrate().eval(1)),
        (chance["triangular"], (f * sympy.Poly(2 - 2 * T, T)).integrate().eval(1)),
    )
    total = sum((sympy.Rational(c.numerator, c.denominator) * value for c, value in parts), sympy.Integer(0))
    return Fraction(int(sympy.numer(total)), int(sympy.denom(total)))


def moment_of_p(k: int) -> Fraction:
    """E[p^k; layer 2 alive] given a right angle after layer 1: 77/192, 277/1536, ..."""
    return expectation(sympy.Integer(1) * P_DEAD**k)


def transition(n1: int) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...]]:
    """P(N_3 = j | N_2 = i) as a formula in i = 0, 1, 2, in j and in n, the width of layer 3, and its symbols.

    Behind both neurons the law is a mixture over t of binomial laws; the integrals are left to be read, or to be
    worked out (``doit``) once j and n are numbers.
    """
    i, j, n = sympy.symbols("i j n", integer=True, nonnegative=True)
    lost = sympy.Rational(2, 2**n1)
    right = 1 - lost
    kinds = {kind: sympy.Rational(c.numerator, c.denominator) for kind, c in second_layer().items()}
    one = chance_of_one()
    both = {**kinds, "single": kinds["single"] - sympy.Rational(one.numerator, one.denominator)}

    def law(t: sympy.Expr) -> sympy.Expr:
        p = P_DEAD.subs(T, t)
        return sympy.binomial(n, j) * p ** (n - j) * (1 - p) ** j

    weights = (
        (right * both["single"] + lost / 4, law(sympy.Integer(0))),
        (right * both["right"], law(sympy.Integer(1))),
        (right * both["uniform"], sympy.Integral(law(T), (T, 0, 1))),
        (right * both["triangular"], sympy.Integral(2 * (1 - T) * law(T), (T, 0, 1))),
    )
    total = sum((weight for weight, _ in weights), sympy.Integer(0))
    mixture = sum((weight / total * part for weight, part in weights), sympy.Integer(0))
    entry = sympy.Piecewise(
        (sympy.KroneckerDelta(j, 0), sympy.Eq(i, 0)), (law(sympy.Integer(0)), sympy.Eq(i, 1)), (mixture, True)
    )
    return entry, (i, j, n)


def third_layer(
    n1: int, n3: int, mask1: Sequence[bool] | None = None, mask2: Sequence[bool] | None = None
) -> list[Fraction]:
    """P(N_1 allowed, N_2 allowed, N_3 = j), j = 0..n3, for widths (n1, 2, n3) and an interval around 0."""
    if n1 < 1 or n3 < 1:
        raise ValueError("widths must be positive")
    mask2 = [True] * 3 if mask2 is None else list(mask2)
    if mask1 is not None and not mask1[n1]:
        return [Fraction(0)] * (n3 + 1)
    lost = Fraction(2, 2**n1)
    right = 1 - lost
    law = []
    for j in range(n3 + 1):
        binomial = comb(n3, j) * P_DEAD ** (n3 - j) * (1 - P_DEAD) ** j
        half = Fraction(comb(n3, j), 2**n3)
        dead = Fraction(int(j == 0))
        from_right = dead * second_layer()["dead"] * mask2[0]
        one = half * chance_of_one()
        from_right += one * mask2[1] + (expectation(binomial) - one) * mask2[2]
        from_lost = dead * Fraction(1, 4) * mask2[0] + half * (Fraction(1, 2) * mask2[1] + Fraction(1, 4) * mask2[2])
        law.append(right * from_right + lost * from_lost)
    return law
