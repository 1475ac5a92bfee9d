"""T9: the probability that a neuron of layer 2 is dead, by input dimension and width of layer 1; and with biases."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
from shared import level, main, write_tables

from relu_prob import Network, Normal, NotCovered, Probability, Quantity, WholeSpace, born_dead, simulate
from relu_prob.estimator.sign_group import dead_fraction
from relu_prob.numbers.real import Rational
from relu_prob.results.masses import proportion
from relu_prob.tables import Cell, Row, Table, decimal_cell, estimate_cells, exact_cell, formula, value_cells, words

SEED = 1907_09696_9
DIMENSIONS = (1, 2, 3, 4, 5)
FIRST = (1, 2, 3, 4, 5, 6, 7, 8)
WIDE = (16, 32, 64)
BIASED = tuple((d, n) for d in (1, 2, 3, 4, 5) for n in range(1, d + 2))
SIMULATED_WITH_BIASES = 1
"""The input dimension in which death over all of R^d with biases is decided exactly for simulated networks."""

WORK = 3_000_000_000
"""Multiplications for each estimate: the first layers that are drawn for it are so many that they need about these."""

NAMES = ("t9_zero_bias", "t9_whole_space")
D, N1 = formula("d", "d"), formula("n_1", "n_1")
ESTIMATE: tuple[Cell | str, ...] = ("estimate", "low", "high")
BOUNDS = (formula("2^-n_1", "2^{-n_1}"), formula("1/4 + 2^-(n_1 + 1)", "\\frac14 + 2^{-(n_1 + 1)}"))
DEAD = formula("P(dead)", "P(\\mathrm{dead})")


def network(d: int, first: int) -> Network:
    """One neuron in layer 2: it is born dead by layer 2 if that neuron is dead."""
    return Network((d, first, 1, 1))


def proven(net: Network) -> Probability | None:
    """The probability that its neuron of layer 2 is dead, where a theorem has it."""
    try:
        return born_dead(net, method="exact")
    except NotCovered:
        return None


def build(
    dimensions: Sequence[int] = DIMENSIONS,
    first: Sequence[int] = FIRST,
    wide: Sequence[int] = WIDE,
    biased: Sequence[tuple[int, int]] = BIASED,
    work: int = WORK,
    samples: int = 100_000,
) -> list[Table]:
    """Zero biases, and all of R^d with biases."""
    cases = [(d, n) for d in dimensions for n in first] + [(d, n) for d in dimensions[1:2] for n in wide]
    return [zero_bias(cases, work), whole_space(biased, samples)]


def zero_bias(cases: Sequence[tuple[int, int]], work: int) -> Table:
    """One line for every d and n_1; an estimate where no theorem is known."""
    values = {case: proven(network(*case)) for case in cases}
    open_cases = [case for case, value in values.items() if value is None]
    sure = level(max(1, len(open_cases)))
    rng = np.random.default_rng(SEED)
    rows: list[Row] = []
    for (d, n), value in values.items():
        bounds = [_exact(Fraction(1, 2**n)), _exact(Fraction(1, 4) + Fraction(1, 2 ** (n + 1)))]
        if value is None:
            seen = dead_fraction(network(d, n), samples=drawn(d, n, work), rng=rng, level=sure, progress=False)
            cells = (words(""), words(""), words("statistical"), *estimate_cells(seen))
        else:
            cells = (*value_cells(value), words(""), words(""), words(""))
        rows.append((d, n, *cells, *(decimal_cell(bound, 6) for bound in bounds)))
    caption = (
        "The probability that a neuron of layer 2 is dead: n_1 neurons in layer 1, Gaussian weights, zero biases, "
        "inputs in a ball around 0. Exact for d = 1 and n_1 <= d + 1 (there for every symmetric law without ties) and "
        "for n_1 = 4, d = 2; certified for n_1 = d + 2; otherwise estimates, which count all signs of the weights up "
        f"to n_1 = 8. The {len(open_cases)} intervals [low, high] hold together with 99% confidence. The last columns "
        "are bounds for every d: the probability that all weights from layer 1 are <= 0, and that of being dead on a "
        "line of inputs."
    )
    columns = (D, N1, DEAD, "decimals", "guarantee", *ESTIMATE, *BOUNDS)
    return Table("Dead neurons of layer 2", words(caption), columns, rows)


def drawn(d: int, first: int, work: int) -> int:
    """How many first layers to draw: fewer where they have more rays and more signs."""
    rays = 2 * comb(first, d - 1)
    each = rays * first * (2**first * 2**first // 2 if first <= 8 else 16)
    return int(np.clip(work // each, 200, 100_000))


def whole_space(cases: Sequence[tuple[int, int]], samples: int) -> Table:
    """One line for every d and n_1 <= d + 1; a simulation where it decides death exactly."""
    seen_cases = [case for case in cases if case[0] == SIMULATED_WITH_BIASES]
    rng = np.random.default_rng(SEED + 1)
    rows: list[Row] = []
    for d, n in cases:
        net = Network((d, n, 1, 1), weights=Normal(1), biases=Normal(1), domain=WholeSpace())
        value = born_dead(net, method="exact")
        cells: tuple[Cell, ...] = (words(""),) * 3
        if (d, n) in seen_cases:
            dead = int(simulate(net, samples=samples, rng=rng, progress=False).counts(2)[0])
            cells = estimate_cells(Quantity(proportion(dead, samples, level(len(seen_cases))), method="simulation"))
        rows.append((d, n, *value_cells(value), *cells, exact_cell(_exact(Fraction(1, 2 ** (n + 1))))))
    caption = (
        "The probability that a neuron of layer 2 outputs 0 on all of R^d, with symmetric weights and biases without "
        "ties: 2^-(n_1 + 1) for n_1 <= d and (2^d + 1)/4^(d + 1) for n_1 = d + 1 (Stably unactivated neurons, arXiv "
        "2412.06829). In one dimension death of a simulated network is decided exactly: "
        f"{samples} networks each, standard normal weights and biases, intervals that hold together with 99% "
        "confidence. The last column is the probability that all weights and the bias are <= 0."
    )
    bound = formula("2^-(n_1 + 1)", "2^{-(n_1 + 1)}")
    columns = (D, N1, DEAD, "decimals", "guarantee", *ESTIMATE, bound)
    return Table("Dead neurons of layer 2 over all of R^d, with biases", words(caption), columns, rows)


def _exact(value: Fraction) -> Quantity:
    return Quantity(Rational(value), method="formula")


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and write them into a folder."""
    return write_tables(build(), NAMES, folder)


if __name__ == "__main__":
    main(write, __doc__)
