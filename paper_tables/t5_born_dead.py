"""T5: the probability of being born dead, by width and depth, and how far from it the known bounds are."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from shared import WIDTH, main, write_tables
from t3_bracket import DEPTH, LU, lu_lower_bound, network

from relu_prob import Network, Probability, Quantity, born_dead, bracket, trainability
from relu_prob.numbers.real import compute
from relu_prob.tables import Row, Table, decimal_cell, formula, words

WIDTHS = tuple(range(2, 11))
DEPTHS = (2, 3, 5, 10, 20, 50, 100)
NAMES = ("t5_born_dead",)


def build(widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS) -> list[Table]:
    """The value, the bound of Lu et al. below it, that of one ray above it, and ratios to the value."""
    rows: list[Row] = [row(width, depth) for width in widths for depth in depths]
    columns = (
        WIDTH,
        DEPTH,
        formula("P(born dead)", "P(\\mathrm{born\\ dead})"),
        "guarantee",
        formula("P(alive)", "P(\\mathrm{alive})"),
        "Lu et al.",
        "ray chain",
        "Lu et al. / value",
        "ray chain / value",
    )
    caption = words(
        "One input in an interval around 0, He-normal weights, zero biases, hidden layers of n neurons. The values are "
        "exact up to depth 2 and for n = 2 up to depth 3, and beyond that have an error bound far below the digits "
        f"shown. Lower bound: two rays at a right angle after every layer ({LU}). Upper bound: the neurons that fire "
        "at one input. Table T3 has a simulation of the networks up to depth 20."
    )
    return [Table("Born dead, one input, zero biases: value and bounds", caption, columns, rows)]


def row(width: int, depth: int) -> Row:
    """The cells of one network."""
    net = network(width, depth)
    dead = born_dead(net, method="exact")
    lower, upper = lu_lower_bound(width, depth), bracket(net, lower="ray").low.pmf(0)
    return (
        width,
        depth,
        decimal_cell(dead, 10),
        words(str(dead.guarantee)),
        decimal_cell(alive(net), 7),
        decimal_cell(lower, 7),
        decimal_cell(upper, 7),
        *(decimal_cell(ratio(bound, dead), 4) for bound in (lower, upper)),
    )


def alive(net: Network) -> Probability:
    """P(N_L >= 1): computed as such, so that it keeps its digits where nearly all networks are born dead."""
    return trainability(net, need=[*[0] * (net.depth - 1), 1], method="exact")


def ratio(x: Quantity, y: Quantity) -> Quantity:
    """x / y, with what is known of both."""
    return Quantity(compute(_divide, [x.number, y.number]), method=f"{x.method} / {y.method}")


def _divide(x: Any, y: Any) -> Any:
    return x / y


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the table and write it into a folder."""
    return write_tables(build(), NAMES, folder)


if __name__ == "__main__":
    main(write, __doc__)
