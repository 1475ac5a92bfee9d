"""P(N_3 = 0) for an interval around 0, certified: Gauss and Gauss-Radau quadrature in cos(theta), in balls throughout.

p^n is a power series in c = cos(theta) with non-negative coefficients, so all its derivatives are non-negative. The
Gauss rule of the law of c has the error f^(2N)(x)/(2N)! int pi_N^2 >= 0 and lies below; the Gauss-Radau rule with a
node at 1 has an error of the other sign and lies above. The moments of c are those of :mod:`series`, all of them exact.
The law of the angle has mass near 0, where p^n is a smooth function of theta but not of c, so the two close like a
power of the number of nodes: 60 nodes give 3e-6 for n_2 = 2 and 2e-9 for n_2 = 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb

import flint
import numpy as np
from flint import arb, arb_poly

from relu_prob.theorems.two_ray.series import as_ball, cosine_moments

Rule = tuple[list[arb], list[arb]]


def third_layer_dead(n1: int, n2: int, n3: int, nodes: int = 40) -> tuple[arb, arb]:
    """Proved lower and upper bounds of P(N_3 = 0) for widths (n1, n2, n3).

    >>> low, high = third_layer_dead(2, 2, 2)
    >>> bool(low < arb(1045) / 3072 < high), float(high - low) < 1e-5
    (True, True)
    """
    with flint.ctx.workprec(300 + 24 * nodes):
        moments = cosine_moments(n2, frozenset(range(n2 + 1)), 2 * nodes)
        alpha, beta = recurrence(moments)
        below, above = (_integrate(rule, n3) for rule in (gauss(alpha, beta), radau(alpha, beta)))
        # the other patterns of layer 2 at a right angle: dead, one ray left, or a right angle again
        single = 2 * (2**n2 - 1) + n2
        right = sum(comb(n2, k) * (2**k - 2) for k in range(2, n2 + 1))
        atoms = Fraction(1, 4**n2) + Fraction(single, 4**n2 * 2**n3) + Fraction(right, 4**n2 * 4**n3)
        lost = Fraction(2, 2**n1)
        alone = Fraction(1, 2**n2) + (1 - Fraction(1, 2**n2)) / 2**n3
        rest = (1 - lost) * atoms + lost * alone
        return as_ball(1 - lost) * below + as_ball(rest), as_ball(1 - lost) * above + as_ball(rest)


def recurrence(moments: Sequence[arb]) -> tuple[list[arb], list[arb]]:
    """Chebyshev's algorithm: p_(k+1) = (x - alpha_k) p_k - beta_k p_(k-1), k < N, from the moments 0..2N-1."""
    nodes = len(moments) // 2
    alpha, beta = [moments[1] / moments[0]], [moments[0]]
    before, current = [arb(0)] * len(moments), list(moments)
    for k in range(1, nodes):
        after = [arb(0)] * len(moments)
        for i in range(k, 2 * nodes - k):
            after[i] = current[i + 1] - alpha[-1] * current[i] - beta[-1] * before[i]
        alpha.append(after[k + 1] / after[k] - current[k] / current[k - 1])
        beta.append(after[k] / current[k - 1])
        before, current = current, after
    return alpha, beta


def gauss(alpha: Sequence[arb], beta: Sequence[arb]) -> Rule:
    """Nodes and weights of the Gauss rule, enclosed: each node by one step of Newton's interval method."""
    x = arb_poly([0, 1])
    before, current = arb_poly([0]), arb_poly([1])
    for a, b in zip(alpha, beta, strict=True):
        before, current = current, (x - a) * current - b * before
    slope = current.derivative()
    off = [float(b.sqrt().mid()) for b in beta[1:]]
    start = np.linalg.eigvalsh(np.diag([float(a.mid()) for a in alpha]) + np.diag(off, 1) + np.diag(off, -1))
    nodes = [_root(current, slope, float(y)) for y in start]
    return nodes, [_weight(y, alpha, beta) for y in nodes]


def radau(alpha: Sequence[arb], beta: Sequence[arb]) -> Rule:
    """The Gauss-Radau rule with a node at 1: the last alpha is changed so that p_N(1) = 0."""
    before, current = arb(0), arb(1)
    for a, b in zip(alpha[:-1], beta[:-1], strict=True):
        before, current = current, (1 - a) * current - b * before
    changed = [*alpha[:-1], 1 - beta[-1] * before / current]
    nodes, weights = gauss(changed, beta)
    return [*nodes[:-1], arb(1)], weights


def _root(poly: arb_poly, slope: arb_poly, start: float) -> arb:
    y = arb(start)
    for _ in range(12):
        y = (y - poly(y) / slope(y)).mid()
    # a root of a polynomial with these coefficients lies in y +- 2^-200 if Newton's step stays inside
    around = y + arb(0, arb(2) ** -200)
    step = y - poly(y) / slope(around)
    if not around.contains(step):
        raise ArithmeticError("a node of the quadrature rule is not isolated: more precision is needed")
    return step


def _weight(y: arb, alpha: Sequence[arb], beta: Sequence[arb]) -> arb:
    """1 / sum_k p_k(y)^2 / h_k with h_k = beta_0 ... beta_k."""
    before, current, norm = arb(0), arb(1), beta[0]
    total = 1 / norm
    for a, b, following in zip(alpha[:-1], beta[:-1], beta[1:], strict=True):
        before, current = current, (y - a) * current - b * before
        norm = norm * following
        total = total + current * current / norm
    return 1 / total


def _integrate(rule: Rule, power: int) -> arb:
    """sum of weights times p^power, p = 1/4 + asin(c)/(2 pi)."""
    nodes, weights = rule
    values = ((arb(1) / 4 + y.asin() / (2 * arb.pi())) ** power for y in nodes)
    return sum((w * value for w, value in zip(weights, values, strict=True)), arb(0))
