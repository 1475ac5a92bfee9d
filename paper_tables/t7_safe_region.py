"""T7: the safe region: the width that a network of a given depth needs so as hardly ever to be born dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from fractions import Fraction
from pathlib import Path

from shared import WIDTH, main, write_tables
from t3_bracket import DEPTH, network

from relu_prob import Probability, born_dead, bracket, plots
from relu_prob.numbers import balls
from relu_prob.tables import Cell, Row, Table, decimal_cell, formula, words

WIDTHS = tuple(range(2, 25))
DEPTHS = (2, 3, 4, 5, 6, 8, 10, 14, 20, 28, 40, 50, 70, 100)
FAILURES = tuple(Fraction(1, 10**k) for k in range(1, 7))
SHOWN_WIDTHS = tuple(range(2, 25, 2))
SHOWN_DEPTHS = (2, 3, 5, 10, 20, 50, 100)
NAMES = ("t7_smallest_width", "t7_safe_region")
COLLAPSE = "Lu, Su, Karniadakis, Collapse of deep and narrow neural nets (arXiv 1808.04947)"
SETTING = "One input in an interval around 0, He-normal weights, zero biases, hidden layers of one width. "

Grid = Mapping[tuple[int, int], Probability]


def measure(widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS) -> dict[tuple[int, int], Probability]:
    """The probability to be born dead, by (width, depth)."""
    # the widest first: its table of integrals then serves the others
    return {(n, depth): born_dead(network(n, depth), method="exact") for n in reversed(widths) for depth in depths}


def build(widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS) -> list[Table]:
    """The smallest widths, and the probabilities that they are read off from."""
    return tables(measure(widths, depths))


def tables(grid: Grid) -> list[Table]:
    """The smallest widths, and the probabilities that they are read off from."""
    return [_width_table(grid), _grid_table(grid)]


def _axes(grid: Grid) -> tuple[list[int], list[int]]:
    return sorted({n for n, _ in grid}), sorted({depth for _, depth in grid})


def smallest_width(grid: Grid, depth: int, failure: Fraction) -> tuple[int, int]:
    """Bounds of the smallest width with P(born dead) <= failure, equal where one of the grid's widths is enough.

    Beyond them the ray chain, an upper bound of the probability, says which width certainly is.
    """
    widths, _ = _axes(grid)
    for n in widths:
        low, high = grid[n, depth].number.ends()
        if balls.mpf_fraction(high) <= failure:
            return n, n
        if balls.mpf_fraction(low) <= failure:
            raise ArithmeticError(f"width {n}, depth {depth}: the probability is not known well enough to compare it")
    certain = widths[-1] + 1
    while _ray(certain, depth) > failure:
        certain += 1
    return widths[-1] + 1, certain


def _ray(width: int, depth: int) -> Fraction:
    value = bracket(network(width, depth), lower="ray").low.pmf(0).fraction
    assert value is not None
    return value


def _width_table(grid: Grid) -> Table:
    widths, depths = _axes(grid)
    powers = [len(str(x.denominator)) - 1 for x in FAILURES]
    columns = (DEPTH, *(formula(f"1e-{k}", f"10^{{-{k}}}") for k in powers))
    rows: list[Row] = [
        (depth, *(_range_cell(*smallest_width(grid, depth, failure)) for failure in FAILURES)) for depth in depths
    ]
    caption = (
        f"{SETTING}The smallest width with which the probability to be born dead is at most that at the head of the "
        f"column. Theory decides up to width {widths[-1]}; beyond it a range is given, which ends where the bound by "
        f"the ray chain is small enough. Exact where the diagram of {COLLAPSE} is simulated."
    )
    return Table("Safe region: the smallest width by depth", words(caption), columns, rows)


def _range_cell(low: int, high: int) -> Cell:
    return words(str(low)) if low == high else formula(f"{low} to {high}", f"{low}\\text{{ to }}{high}")


def _grid_table(grid: Grid) -> Table:
    widths, depths = _axes(grid)
    depths = [depth for depth in SHOWN_DEPTHS if depth in depths]
    columns = (WIDTH, *(formula(f"depth {depth}", f"\\text{{depth }}{depth}") for depth in depths))
    rows: list[Row] = [(n, *(decimal_cell(grid[n, depth], 5) for depth in depths)) for n in SHOWN_WIDTHS if n in widths]
    caption = f"{SETTING}The probability to be born dead; exact for depth 2, numerical beyond, with an error bound far "
    caption += "below the digits shown."
    return Table("Safe region: the probability to be born dead", words(caption), columns, rows)


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and the figure and write them into a folder."""
    grid = measure()
    widths, depths = _axes(grid)
    probabilities = [[float(grid[n, depth]) for depth in depths] for n in widths]
    figure = plots.safe_region(depths, widths, probabilities, [float(x) for x in FAILURES])
    return [*write_tables(tables(grid), NAMES, folder), *plots.save(figure, folder, "t7_safe_region")]


if __name__ == "__main__":
    main(write, __doc__)
