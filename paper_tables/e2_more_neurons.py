"""E2: success rates for a function that needs three neurons, and of deep, narrow networks, beside their trainability.

Drawn from what experiments/e2_more_neurons.py left in experiments/results/e2.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import success_rates as rates
from shared import experiment, main, write_tables

from relu_prob import plots
from relu_prob.tables import Row, Table, formula, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("e2_success", "e2_deep")
TASKS = {
    ("x", 0.0): "f(x) = x, no biases",
    ("|x|", 0.0): "|x|, zero biases",
    ("|x|", 1.0): "|x|, random biases",
}
"""By task and the standard deviation of the biases at the beginning."""


def build(result: rates.Result) -> list[Table]:
    """One hidden layer; deep networks."""
    return [shallow_table(result), deep_table(result)]


def shallow(result: rates.Result) -> list[rates.Result]:
    """The rows of networks with one hidden layer."""
    return [row for row in result["rows"] if depth(row) == 1]


def deep(result: rates.Result) -> list[rates.Result]:
    """The rows of deep networks."""
    return [row for row in result["rows"] if depth(row) > 1]


def shallow_table(result: rates.Result) -> Table:
    """A row for every kind of biases, width and optimizer."""
    task = (
        f"|x| - sqrt 3/(sqrt 3 - 1) relu(x - 1) at {result['settings']['points']} evenly spaced points of "
        "[-sqrt 3, sqrt 3]"
    )
    return rates.shallow_table("a function with two kinks", task, result, shallow(result))


def deep_table(result: rates.Result) -> Table:
    """A row for every function, width, depth and optimizer, with trainability for both kinds of death."""
    rows: list[Row] = [
        (
            TASKS[kind(row)],
            row["widths"][1],
            depth(row),
            row["optimizer"],
            *rates.bound_cells(row),
            *rates.bound_cells(row, "initial"),
            *rates.seen_cells(row),
            f"{row['without enough active']} of {row['networks'] - row['enough active']}",
        )
        for row in deep(result)
    ]
    caption = (
        "Hidden layers of equal width n. Without biases f(x) = x, at -1 and 1, needs two neurons in every layer; |x|, "
        "at 9 evenly spaced points of [-sqrt 3, sqrt 3], with trained biases at least one. These are 0 at the "
        "beginning, or random, N(0, 1): then no theorem covers the network, and trainability is estimated from 100000 "
        "networks. Permanent: the probability that so many neurons are not permanently dead in every layer, which "
        "bounds the success rate; initial: that so many are active at the beginning, which does not, because "
        f"tentatively dead neurons may come back. {rates.method(result, deep(result))} The last column: successes "
        "among networks that did not have enough active neurons at the beginning."
    )
    columns = ("function", formula("n", "n"), "layers", "optimizer", "permanent", "guarantee")
    columns = (*columns, "initial", "guarantee of initial", *rates.SEEN, "without active")
    title = "Success and trainability: deep, narrow networks"
    return Table(title, words(caption), columns, rows)


def figure(result: rates.Result) -> Figure:
    """One hidden layer: zero and random biases side by side."""
    return rates.figure(rates.by_biases(shallow(result)))


def deep_figure(result: rates.Result) -> Figure:
    """A row for each function and a panel for each width: trainability for both kinds of death, and success rates."""
    rows = deep(result)
    widths = sorted({row["widths"][1] for row in rows})
    drawing = plots._figure(8.2, 7.6)
    grid = drawing.subplots(len(TASKS), len(widths), sharex=True, sharey=True)
    for (name, title), line in zip(TASKS.items(), grid, strict=True):
        for width, axes in zip(widths, line, strict=True):
            _by_depth(axes, [row for row in rows if kind(row) == name and row["widths"][1] == width])
            axes.set_title(f"{title}, width {width}", fontsize=10)
        line[0].set_ylabel("probability")
    for axes in grid[-1]:
        axes.set_xlabel("hidden layers")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    return drawing


def _by_depth(axes: Axes, rows: Sequence[rates.Result]) -> None:
    axes.set_yscale("log")
    for death, style in (("permanent", "-"), ("initial", ":")):
        values = {depth(row): float(rates.bound(row, death)) for row in rows}
        label = f"trainability, {death} death"
        axes.plot(list(values), list(values.values()), style, color="black", linewidth=1.6, label=label)
    rates.draw_success(axes, rows, depth)
    axes.set_xticks(sorted(map(depth, rows)))
    axes.set_ylim(5e-4, 1.5)
    plots._finish(axes)


def kind(row: rates.Result) -> tuple[str, float]:
    """A key of ``TASKS``."""
    return row["task"], row["biases"]


def depth(row: rates.Result) -> int:
    """The number of hidden layers."""
    return len(row["widths"]) - 2


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and the figures and write them into a folder."""
    result = experiment("e2")
    return [
        *write_tables(build(result), NAMES, folder),
        *plots.save(figure(result), folder, "e2_success"),
        *plots.save(deep_figure(result), folder, "e2_deep"),
    ]


if __name__ == "__main__":
    main(write, __doc__)
