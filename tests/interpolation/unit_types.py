"""Interpolation by brute force: a linear program for every choice of gap, direction and sign for every unit."""

import itertools

import numpy as np
from scipy.optimize import linprog


def unit_types(m):
    """(direction, gap, sign of the slope where it fires) of all units that are not 0 on m sorted points."""
    cells = [(1, gap) for gap in range(m)] + [(-1, gap) for gap in range(1, m + 1)]
    return [(direction, gap, sign) for direction, gap in cells for sign in (1, -1)]


def feasible(x, y, units, free):
    """Whether units of these types, plus an affine function with its ``free`` (0, 1 or 2) last terms, take the labels.

    A unit is alpha x + beta where it fires; that its zero lies in its gap is linear in (alpha, beta) given the sign.
    """
    m, variables = len(x), 2 * len(units) + free
    equal, below, bounds = np.zeros((m, variables)), [], []
    for j, (direction, gap, sign) in enumerate(units):
        fires = range(gap, m) if direction == 1 else range(gap)
        for i in fires:
            equal[i, 2 * j : 2 * j + 2] = x[i], 1
        for end, side in ((gap - 1, 1), (gap, -1)):
            if 0 <= end < m:
                row = np.zeros(variables)
                row[2 * j : 2 * j + 2] = side * sign * x[end], side * sign
                below.append(row)
        bounds += [(0, None) if sign > 0 else (None, 0), (None, None)]
    for k in range(free):
        equal[:, -1 - k] = np.array(x) ** k
        bounds.append((None, None))
    if not variables:
        return not any(y)
    limits = {"A_ub": np.array(below), "b_ub": np.zeros(len(below))} if below else {}
    return linprog(np.zeros(variables), A_eq=equal, b_eq=y, bounds=bounds, method="highs", **limits).status == 0


def fewest_units(x, y, output_bias, at_most):
    """The fewest units, None if there are more than ``at_most``."""
    for n in range(at_most + 1):
        for units in itertools.combinations_with_replacement(unit_types(len(x)), n):
            if feasible(x, y, units, int(output_bias)):
                return n
    return None


def fewest_breakpoints(x, y, at_most):
    """The fewest breakpoints strictly between the end points, or at points, of a function through the points."""
    types = [t for t in unit_types(len(x)) if t[0] == 1 and t[1] > 0]
    for n in range(at_most + 1):
        if any(feasible(x, y, units, 2) for units in itertools.combinations_with_replacement(types, n)):
            return n
    return None
