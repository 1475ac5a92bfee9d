"""T2: the transition matrix of active neurons into layer 2, for one input and zero biases."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import sympy
from shared import SIMULATED, level, main, simulation_note, write_tables

from relu_prob import CountLaw, Network, transition_matrix
from relu_prob.tables import Cell, Row, Table, estimate_cells, exact_cell, formula, value_cells, words

SEED = 1907_09696_2
FIRST = tuple(range(1, 9))
SECOND = 4
NAMES = ("t2_formula", "t2_matrix", "t2_simulation")

N1, J = formula("n_1", "n_1"), formula("j", "j")
TITLE = "Transition matrix into layer 2, one input, zero biases"


def network(first: int, second: int) -> Network:
    """One input in [-1, 1], He-normal weights, zero biases: all ``first`` neurons of layer 1 are active."""
    return Network((1, first, second, 1))


def row(first: int, second: int) -> CountLaw:
    """P(N_2 = j | N_1 = first): the one row of the network's matrix that is defined."""
    return transition_matrix(network(first, second), layer=2, method="exact").row(first)


def build(
    first: Sequence[int] = FIRST, second: int = SECOND, samples: int = 100_000, executor: Executor | None = None
) -> list[Table]:
    """The formula, the matrix in exact rationals, and every entry against a simulation."""
    return [symbolic(), matrix(first, second), simulated(first, second, samples, executor)]


def symbolic() -> Table:
    """The entry as a formula in i = n_1, j and n = n_2."""
    entry = transition_matrix(network(2, 2), layer=2, symbolic=True)
    cell = formula(str(entry.entry), str(sympy.latex(entry.entry)))
    caption = words(f"Valid for all {entry.meaning}.")
    return Table(
        TITLE + ": the entry", caption, (formula("P(N_2 = j | N_1 = i)", "P(N_2 = j \\mid N_1 = i)"),), [(cell,)]
    )


def matrix(first: Sequence[int], second: int) -> Table:
    """Rows n_1, columns j = 0..n_2."""
    laws = {n: row(n, second) for n in first}
    rows: list[Row] = [(n, *map(exact_cell, map(law.pmf, law.support)), str(law.guarantee)) for n, law in laws.items()]
    columns: list[Cell | str] = [N1, *(formula(f"j={j}", f"j = {j}") for j in range(second + 1)), "guarantee"]
    caption = formula(f"P(N_2 = j | N_1 = n_1) for n_2 = {second}", f"P(N_2 = j \\mid N_1 = n_1), n_2 = {second}")
    return Table(TITLE, caption, columns, rows)


def simulated(first: Sequence[int], second: int, samples: int, executor: Executor | None) -> Table:
    """One line for every entry."""
    rng = np.random.default_rng(SEED)
    intervals = len(first) * (second + 1)
    rows, compared = [], []
    for n in first:
        theory = row(n, second)
        seen = transition_matrix(
            network(n, second),
            layer=2,
            method="simulate",
            samples=samples,
            rng=rng,
            level=level(intervals),
            executor=executor,
            progress=False,
        ).row(n)
        for j in theory.support:
            compared.append((theory.pmf(j), theory.pmf(j), seen.pmf(j)))
            rows.append((n, j, *value_cells(theory.pmf(j)), *estimate_cells(seen.pmf(j))))
    columns = (N1, J, formula("P(N_2 = j | n_1)", "P(N_2 = j \\mid n_1)"), "decimals", "guarantee", *SIMULATED)
    caption = f"Layer 2 has {second} neurons. {simulation_note(samples, intervals, compared)}"
    return Table(TITLE + ": theory and simulation", caption, columns, rows)


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and write them into a folder."""
    return write_tables(build(executor=executor), NAMES, folder)


if __name__ == "__main__":
    main(write, __doc__)
