"""The double integrals I_k(kappa; theta), k = 2..K, by the trapezoid rule.

    I_k = int int [ (S + X)^k - (S + Y)^k ] d alpha d b = E[ Phi(kappa cos theta') - Phi(0); k given neurons alive ]

How the digits are kept
-----------------------
* sigma, not kappa = cos(sigma), is the argument: 1 - kappa c0 is a sum of two squares.
* u = X - Y is never a difference of two evaluated numbers: with det0 - det1 = 2 z kappa c0 + (z s kappa)^2 and one
  arctangent for the difference of the two angles, u is a sum of positive terms (kappa, cos theta >= 0).
* (S+X)^k - (S+Y)^k follows the recurrence D_k = x D_(k-1) + y^(k-1) u: positive terms again.
* b -> -b is a symmetry; sinh b = w sinh t puts the nearest singularity at distance pi/2; alpha = v - b, so that
  e^b z = e^v depends on v alone.
* Every term therefore has full relative accuracy even in float64. The terms below ``Rule.fine`` are summed in float64,
  the few others in the widest float: the error is that of the widest float, the cost nearly that of float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from relu_prob.theorems.two_ray.precision import EXTENDED, HALF_PI, PI, Array, Wide


@dataclass(frozen=True)
class Rule:
    """Steps and cut-offs of the trapezoid rule.

    The discretisation errors are about exp(-2 pi^2/step_v) and exp(-pi^2/step_t).
    """

    step_v: float = 0.36
    step_t: float = 0.198
    drop: float = 3e-22  # terms below are left out
    fine: float = 1e-5  # terms above are summed in the widest float
    group_ratio: float = 12.0  # sigma nodes sharing one grid: ratio of their ideal scales w
    group_size: int = 16
    block: int = 65536  # elements of one temporary array: large enough that threads do not queue for the GIL


DEFAULT_RULE = Rule() if EXTENDED else Rule(step_v=0.45, step_t=0.22, drop=1e-19, fine=np.inf)


def rule_for(top: int) -> Rule:
    """Default rule with steps fit for powers up to ``top``: off the real axis (S+X)^k grows with k."""
    if not EXTENDED or top <= 16:
        return DEFAULT_RULE
    step = 0.34 if top <= 32 else 0.30
    return Rule(step_v=step, step_t=step / 2)


@dataclass(frozen=True)
class Grid:
    """Nodes (flattened) that one theta and a group of sigma share, in the widest float."""

    v: Array
    t: Array
    scale: np.floating[Any]


def _one_less_product(sigma: Array, theta: np.floating[Any]) -> Array:
    """1 - cos(sigma) cos(theta) as a sum of squares; two obtuse angles are replaced by their supplements."""
    flip = (theta > HALF_PI) & (sigma > HALF_PI)
    first, second = np.where(flip, PI - sigma, sigma), np.where(flip, PI - theta, theta)
    defect: Array = 2 * np.sin(first / 2) ** 2 + 2 * np.cos(first) * np.sin(second / 2) ** 2
    return defect


class Functions(Protocol):
    """What the integrand needs besides + - * /: numpy itself, or an arithmetic with more digits."""

    sqrt: Any
    arctan2: Any


def _terms(
    v: Array, t: Array, scale: np.floating[Any], theta: np.floating[Any], sigma: Array, rule: Rule, dtype: type
) -> tuple[Array, Array, Array]:
    """Per node: weight (N,), y = S + Y (N,), and u = X - Y (len(sigma), N), in ``dtype``."""
    one = dtype(1)
    s, c0 = dtype(np.sin(theta)), dtype(np.sin(HALF_PI - Wide(theta)))
    kappa: Array = np.cos(sigma).astype(dtype)[:, None]
    defect: Array = _one_less_product(sigma, Wide(theta)).astype(dtype)[:, None]
    cross = ((np.sin(sigma) * np.sin(Wide(theta))) ** 2).astype(dtype)[:, None]
    v, t, scale = v.astype(dtype), t.astype(dtype), dtype(scale)

    sinh_b = scale * np.sinh(t)
    cosh_b = np.sqrt(one + sinh_b * sinh_b)
    weight = scale * np.cosh(t) / cosh_b
    weight *= dtype(Wide(rule.step_v) * Wide(rule.step_t)) * np.where(t == 0, one, one + one)
    z_plus = np.exp(v)
    y, u = integrand(z_plus, sinh_b, cosh_b, s, c0, kappa, defect, cross, dtype(2 * PI), np)
    return weight, y, u


def integrand(
    z_plus: Any,
    sinh_b: Any,
    cosh_b: Any,
    s: Any,
    c0: Any,
    kappa: Any,
    defect: Any,
    cross: Any,
    two_pi: Any,
    functions: Functions,
) -> tuple[Any, Any]:
    """y = S + Y and u = X - Y in any arithmetic, from z e^b, b, sin and cos of theta, and of sigma, as columns,
    cos, 1 - cos(sigma) cos(theta) and (sin(sigma) sin(theta))^2."""
    sqrt, arctan2 = functions.sqrt, functions.arctan2
    e_minus_b = 1 / (sinh_b + cosh_b)
    cosh_less_1 = sinh_b * sinh_b / (1 + cosh_b)
    z = z_plus * e_minus_b
    z_minus = z * e_minus_b

    root_a, root_b = sqrt(1 + z_plus), sqrt(1 + z_minus)
    y = arctan2(s * root_a, c0) / (two_pi * root_a) + arctan2(s * root_b, c0) / (two_pi * root_b)
    zs = z * s
    det0 = 1 + 2 * z * cosh_b + zs * zs
    root0 = sqrt(det0)
    angle0 = arctan2(s * root0, -c0)
    y += angle0 / (two_pi * root0)

    z_row = z[None, :]
    root1 = sqrt(1 + 2 * z_row * (cosh_less_1 + defect) + (z_row * z_row) * cross)
    gap = (z_row * kappa) * (2 * c0 + (s * s) * kappa * z_row)  # det0 - det1
    gap /= root0 + root1
    up = s * (c0 * gap + ((s * s) * kappa) * (z * root0))
    turn = arctan2(up, c0 * (c0 + (s * s) * kappa * z_row) + (s * s) * root0 * root1)
    u = (turn + (angle0 / root0) * gap) / (two_pi * root1)
    return y, u


def ideal_scale(theta: np.floating[Any], sigma: Array) -> Array:
    """w of sinh b = w sinh t: the sine of (a lower bound of) the angle arccos(kappa c0) of the singularity in b."""
    total = sigma + Wide(theta)
    scale: Array = np.sin(np.minimum(HALF_PI, np.minimum(total, 2 * PI - total)))
    return scale


def tiers(theta: np.floating[Any], sigma: Array, rule: Rule) -> tuple[Grid, Grid]:
    """Nodes whose term matters for the first or the last sigma of a group: (above ``rule.fine``, below)."""
    scale = np.min(ideal_scale(theta, sigma))
    reach = -np.log(rule.drop)
    t = rule.step_t * np.arange(int((reach + np.log(2 / float(scale))) / rule.step_t) + 1)
    coarse, top = 4, 2 * reach + 2 * np.log(1 / float(scale)) + 8
    start, stop = -int(reach / rule.step_v) - 2, int(top / rule.step_v) + 2
    stop += -(stop - start) % coarse
    v = rule.step_v * np.arange(start, stop + 1, coarse)
    tt, vv = np.broadcast_arrays(t[:, None], v[None, :])
    weight, y, u = _terms(vv.ravel(), tt.ravel(), scale, theta, sigma[[0, -1]], rule, np.float64)
    u = np.max(np.abs(u), axis=0)
    size = (weight * u * (y + u)).reshape(tt.shape)

    def widen(mask: Array) -> Array:
        cell = mask[:, :-1] | mask[:, 1:]
        return np.repeat(cell, coarse, axis=1)

    keep, wide = widen(size > rule.drop), widen(size > rule.fine)
    row, column = np.nonzero(keep)
    is_wide = wide[row, column]
    v_all, t_all = Wide(rule.step_v) * (column + start), Wide(rule.step_t) * row

    def part(choose: Array) -> Grid:
        return Grid(v_all[choose], t_all[choose], scale)

    return part(is_wide), part(~is_wide)


def sum_powers(grid: Grid, theta: np.floating[Any], sigma: Array, top: int, rule: Rule, dtype: type) -> Array:
    """sum over the nodes of weight * D_k, k = 2..top: shape (top - 1, len(sigma)), summed in the widest float."""
    total = np.zeros((top - 1, len(sigma)), Wide)
    chunk = max(256, rule.block // len(sigma))
    for begin in range(0, len(grid.v), chunk):
        part = slice(begin, begin + chunk)
        weight, y, difference = _terms(grid.v[part], grid.t[part], grid.scale, theta, sigma, rule, dtype)
        x = difference + y
        difference *= weight
        power = y.copy()  # y^(k-1)
        last = difference.copy()  # weight * D_(k-1)
        spare = np.empty_like(last)
        for k in range(2, top + 1):
            last *= x
            np.multiply(difference, power, out=spare)
            last += spare
            total[k - 2] += last.sum(axis=1)
            power *= y
    return total


def sigma_groups(theta: np.floating[Any], sigma: Array, rule: Rule) -> list[slice]:
    """Runs of consecutive sigma that can share one grid: their scales differ by a bounded factor."""
    ideal = ideal_scale(theta, sigma).astype(float)
    groups, begin, low, high = [], 0, ideal[0], ideal[0]
    for j in range(1, len(sigma) + 1):
        if j < len(sigma):
            low, high = min(low, ideal[j]), max(high, ideal[j])
        if j == len(sigma) or high > rule.group_ratio * low or j - begin >= rule.group_size:
            groups.append(slice(begin, j))
            begin = j
            if j < len(sigma):
                low = high = ideal[j]
    return groups


def integrals_at(theta: np.floating[Any], sigma: Array, top: int, rule: Rule = DEFAULT_RULE) -> Array:
    """I_k(cos sigma_j; theta) for k = 2..top: shape (top - 1, len(sigma)); sigma increasing."""
    out = np.zeros((top - 1, len(sigma)), Wide)
    for group in sigma_groups(theta, sigma, rule):
        wide, narrow = tiers(theta, sigma[group], rule)
        out[:, group] = sum_powers(narrow, theta, sigma[group], top, rule, np.float64) + sum_powers(
            wide, theta, sigma[group], top, rule, Wide
        )
    return out
