"""The probability of full rank as the end of a Markov chain that walks over the cells of the gaps.

Its state is what the gaps passed so far leave (``generic_rank.Slack``) and how many units of each class are left for
the cells to come. A unit that is left falls into the next cell with probability p(cell) / p(this cell or a later one),
so that the numbers that do are binomial, independently for each class. Once in doubles with an error bound that is
proved, once over any numbers (rationals, expressions, balls) for small problems.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from math import comb, prod
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob.interpolation.generic_rank import ENOUGH, Slack, advance, full, start
from relu_prob.numbers import balls
from relu_prob.numbers.real import ZERO, Real, enclosure

Floats = NDArray[np.float64]

ROUNDING = 2.0**-53
UNDERFLOW = 1e-290  # more than all numbers that fall below the range of doubles can add up to


def left_at_start(classes: int, h: int, r: int) -> list[tuple[int, ...]]:
    """The equally likely numbers of units in each class: h, and one more in r of them.

    >>> left_at_start(2, 1, 1)
    [(2, 1), (1, 2)]
    """
    chosen = itertools.combinations(range(classes), r)
    return [tuple(h + (k in more) for k in range(classes)) for more in chosen]


def polynomial(classes: Sequence[Sequence[Any]], h: int, r: int) -> Any:
    """The probability of rank m from the cells' probabilities, over any numbers with + and *.

    ``classes`` holds for each class the 2m cells in the order of ``unit_laws``; None for a cell of probability 0.
    """
    gaps = len(classes[0]) // 2 - 1
    beginnings = left_at_start(len(classes), h, r)
    weights: dict[tuple[Slack | None, tuple[int, ...]], Any] = {(None, left): 1 for left in beginnings}
    for cell in range(2 * gaps + 1):
        weights = _past_cell(weights, [cells[cell] for cells in classes], cell)
    result: Any = 0
    for (slack, left), weight in weights.items():
        assert slack is not None
        silent = [cells[-1] for cells in classes]
        if full(slack) and not any(n and p is None for n, p in zip(left, silent, strict=True)):
            result += weight * prod(p**n for n, p in zip(left, silent, strict=True) if n)
    return result / len(beginnings)


def _past_cell(weights: dict[Any, Any], cell: Sequence[Any], number: int) -> dict[Any, Any]:
    """Every way in which units fall into a cell; between the cells of one gap the key holds the count of the first."""
    result: dict[Any, Any] = defaultdict(int)
    for (before, left), weight in weights.items():
        choices = [range(n + 1) if p is not None else range(1) for n, p in zip(left, cell, strict=True)]
        for taken in itertools.product(*choices):
            ways = prod(comb(n, f) for n, f in zip(left, taken, strict=True))
            term = weight * ways * prod(p**f for f, p in zip(taken, cell, strict=True) if f)
            after = tuple(n - f for n, f in zip(left, taken, strict=True))
            here = min(sum(taken), ENOUGH)
            state: Any
            if number == 0:
                state = start(here)
            elif number % 2:
                state = (before, here)
            else:
                state = advance(before[0], before[1], here)
            if state is not None:
                result[state, after] += term
    return result


def terms(classes: Sequence[Sequence[Real]], h: int, r: int) -> int:
    """About how many products ``polynomial`` forms."""
    per_class = [h + (r > 0) + 1] * len(classes)
    pairs = prod(size * (size + 1) // 2 for size in per_class)
    return min(pairs * len(classes[0]) * 10, 10**18)


def cost(classes: int, cells: int, h: int, r: int) -> float:
    """About how many multiplications ``certified`` takes."""
    size = h + (r > 0) + 1
    return float(10 * 4 * cells * classes) * size * float(size) ** classes


def certified(classes: Sequence[Sequence[Real]], h: int, r: int, progress: bool | None = None) -> arb:
    """A ball around the probability of rank m.

    All numbers are non-negative and there are no subtractions, so that the relative error is at most the number of
    roundings in a row times 2^-53. What fails is added up as well: where it is small, 1 minus it is the better ball.
    """
    size = h + (r > 0) + 1
    first = np.zeros((size,) * len(classes))
    beginnings = left_at_start(len(classes), h, r)
    for counts in beginnings:
        first[counts] = 1.0 / len(beginnings)
    steps = [[_step(p, size) for p in _conditional(cells)] for cells in classes]
    arrays = {start(n): array for n, array in enumerate(_fall(first, [cells[0] for cells in steps]))}
    failed = np.zeros_like(first)
    gaps = range(1, len(classes[0]) // 2)
    for gap in tqdm(gaps, unit="gap", leave=False, disable=None if progress is None else not progress):
        after: dict[Slack, Floats] = {}
        for slack, before in arrays.items():
            for right, part in enumerate(_fall(before, [cells[2 * gap - 1] for cells in steps])):
                for left, array in enumerate(_fall(part, [cells[2 * gap] for cells in steps])):
                    slack_after = advance(slack, right, left)
                    if slack_after is None:
                        failed += array
                    else:
                        after[slack_after] = after[slack_after] + array if slack_after in after else array
        arrays = after
    found = np.zeros_like(first)
    for slack, array in arrays.items():
        if full(slack):
            found += array
        else:
            failed += array
    # a class passes a cell: an entry of the step takes 3 roundings for each unit, the sums of products 3 size; past a
    # gap the arrays of at most 9 cases of 11 states are added; at most as many at the end, and the start is rounded
    roundings = len(classes) * (2 * len(gaps) + 1) * (6 * size + 4) + 99 * (len(gaps) + 1) + 10
    with balls.precision(40):
        high, low = (_widened(math.fsum(array.ravel()), roundings) for array in (found, failed))
        return high if high.rad() <= low.rad() else 1 - low


def _widened(value: float, roundings: int) -> arb:
    return arb(value, (arb(value) * (1.01 * ROUNDING * roundings) + UNDERFLOW).upper())


def _fall(array: Floats, steps: Sequence[Floats | None]) -> Floats:
    """Split by how many units fall into a cell: the result has a first axis for none, one, more."""
    split = np.zeros((3, *array.shape))
    split[0] = array
    for axis, step in enumerate(steps, start=1):
        if step is not None:
            split = np.moveaxis(np.tensordot(step, split, axes=((2, 3), (0, axis))), 1, axis)
    return split


def _conditional(cells: Sequence[Real]) -> list[tuple[float, float] | None]:
    """For each cell but the last p(cell) / p(this or later) and its complement, each rounded once; None for 0."""
    for digits in (40, 160, 640, 2560):
        values = [None if p == ZERO else enclosure(p, digits) for p in cells]
        with balls.precision(digits):
            result: list[tuple[float, float] | None] = []
            later: arb = values[-1] if values[-1] is not None else arb(0)
            accurate = True
            for p in reversed(values[:-1]):
                if p is None:
                    result.append(None)
                    continue
                here, past = p / (p + later), later / (p + later)
                accurate &= all(x == 0 or x.rel_accuracy_bits() > 70 for x in (here, past))
                result.append((float(here), float(past)))
                later = p + later
        if accurate:
            return result[::-1]
    raise ArithmeticError("the probabilities of the gaps are too different to be told apart with 2560 digits")


def _step(probability: tuple[float, float] | None, size: int) -> Floats | None:
    """The transition of one class past a cell, of shape (3, size, 3, size): counts of the cell and units left.

    Entry (count after, left after, count before, left before) is the binomial probability that before - after of the
    units fall into the cell, by Pascal's rule, whose terms are all positive; counts are none, one, more.
    """
    if probability is None:
        return None
    here, past = probability
    result = np.zeros((3, size, 3, size))
    pmf = np.zeros(size)  # of n units, f in the cell
    pmf[0] = 1.0
    for n in range(size):
        if n:
            pmf[1:] = past * pmf[1:] + here * pmf[:-1]
            pmf[0] *= past
        for before in range(3):
            single = min(ENOUGH - before, n + 1)  # so many numbers of units are told apart, the others are enough
            for fallen in range(single):
                result[before + fallen, n - fallen, before, n] = pmf[fallen]
            result[ENOUGH, : n - single + 1, before, n] = pmf[single : n + 1][::-1]
    return result
