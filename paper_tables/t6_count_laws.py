"""T6: the law of the number of active neurons of every layer, one input and zero biases, against a simulation."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from shared import SIMULATED, level, main, simulation_note, write_tables

from relu_prob import Agreement, Network, Probability, agree
from relu_prob.results.masses import proportion
from relu_prob.tables import Cell, Row, Table, decimal_cell, estimate_cells, exact_cell, formula, words

SEED = 1907_09696_6
ARCHITECTURES = ((4, 4, 4, 4), (5, 2, 7, 3), (6,) * 8)
SAMPLES = 100_000
TEST_LEVEL = 1e-6
"""With which a test may reject a correct theory."""


def name(hidden: Sequence[int]) -> str:
    """The name of the table of one architecture."""
    return "t6_" + "_".join(map(str, hidden))


NAMES = tuple(map(name, ARCHITECTURES))


def build(
    architectures: Sequence[Sequence[int]] = ARCHITECTURES, samples: int = SAMPLES, executor: Executor | None = None
) -> list[Table]:
    """One table for each architecture."""
    rng = np.random.default_rng(SEED)
    intervals = sum(n + 1 for hidden in architectures for n in hidden)
    tables = []
    for hidden in architectures:
        net = Network((1, *hidden, 1))
        outcome = agree(net, samples=samples, rng=rng, level=TEST_LEVEL, executor=executor, progress=False)
        tables.append(table(net, outcome, samples, intervals))
    return tables


def table(net: Network, outcome: Agreement, samples: int, intervals: int) -> Table:
    """The cells of the test, with their confidence intervals."""
    counts = [(layer, j) for layer, n in enumerate(net.hidden_widths, 1) for j in range(n + 1)]
    rows: list[Row] = []
    compared = []
    for (layer, j), cell in zip(counts, outcome.cells, strict=True):
        seen = Probability(proportion(cell.seen, cell.samples, level(intervals)), method="simulation")
        compared.append((cell.theory, cell.theory, seen))
        p_value = formula(f"{cell.p_value:.3f}", f"{cell.p_value:.3f}")
        guarantee = words(str(cell.theory.guarantee))
        rows.append((layer, j, value(cell.theory), guarantee, *estimate_cells(seen), p_value))
    columns = (
        formula("l", "l"),
        formula("j", "j"),
        formula("P(N_l = j)", "P(N_l = j)"),
        "guarantee",
        *SIMULATED,
        formula("p", "p"),
    )
    verdict = "accepts" if outcome.agrees else "REJECTS"
    caption = (
        "The number of active neurons of every hidden layer: one input in an interval around 0, He-normal weights, "
        f"zero biases. {simulation_note(samples, intervals, compared)} The exact binomial test of all {len(rows)} "
        f"cells together, at level {TEST_LEVEL:g}, {verdict} the theory (smallest p-value, times their number: "
        f"{outcome.p_value:.2g}); the last column has the p-value of each cell."
    )
    shape = "-".join(map(str, net.widths))
    return Table(f"Active neurons by layer, {shape}", words(caption), columns, rows)


def value(probability: Probability) -> Cell:
    """The exact value in a narrow column, otherwise decimals."""
    exact = exact_cell(probability)
    return exact if 0 < len(exact.text) <= 14 else decimal_cell(probability)


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and write them into a folder."""
    return write_tables(build(executor=executor), NAMES, folder)


if __name__ == "__main__":
    main(write, __doc__)
