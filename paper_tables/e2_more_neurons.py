"""E2: success rates for a function that needs three neurons, and of deep, narrow networks, beside their trainability.

Drawn from what experiments/e2_more_neurons.py left in experiments/results/e2.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import success_rates as rates
from shared import main, write_tables

from relu_prob import plots
from relu_prob.tables import Row, Table, decimal_cell, formula, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("e2_success", "e2_deep")
TASKS = {"x": "f(x) = x, no biases", "|x|": "|x|, trained biases"}


def build(result: rates.Result) -> list[Table]:
    """One hidden layer; deep networks."""
    return [shallow_table(result), deep_table(result)]


def shallow(result: rates.Result) -> list[rates.Result]:
    """The rows of networks with one hidden layer."""
    return [row for row in result["rows"] if len(row["widths"]) == 3]


def deep(result: rates.Result) -> list[rates.Result]:
    """The rows of deep networks."""
    return [row for row in result["rows"] if len(row["widths"]) > 3]


def shallow_table(result: rates.Result) -> Table:
    """A row for every kind of biases, width and optimizer."""
    ((_, lower),) = result["settings"]["loss with one unit fewer"].items()
    caption = (
        f"|x| - sqrt 3/(sqrt 3 - 1) relu(x - 1) at {result['settings']['points']} evenly spaced points of "
        f"[-sqrt 3, sqrt 3], which needs m = 3 neurons: with two, the loss is at least {lower:.3f} of the labels' "
        f"variance. {rates.method(result, shallow(result))}"
    )
    title = "Success and trainability: a function with two kinks"
    return Table(title, words(caption), rates.COLUMNS, rates.rows(shallow(result)))


def deep_table(result: rates.Result) -> Table:
    """A row for every function, width, depth and optimizer, with trainability for both kinds of death."""
    rows: list[Row] = [
        (
            TASKS[row["task"]],
            row["widths"][1],
            len(row["widths"]) - 2,
            row["optimizer"],
            decimal_cell(rates.bound(row), 6),
            decimal_cell(rates.bound(row, "initial"), 6),
            str(rates.bound(row).guarantee),
            *rates.seen_cells(row),
            f"{row['without enough active']} of {row['networks'] - row['enough active']}",
        )
        for row in deep(result)
    ]
    caption = (
        "Hidden layers of equal width n, zero biases at the beginning. Without biases f(x) = x, at -1 and 1, needs two "
        "neurons in every layer; |x|, at 9 evenly spaced points of [-sqrt 3, sqrt 3], with trained biases one. "
        "Permanent: the probability that so many neurons are not permanently dead in every layer, which bounds the "
        "success rate; initial: that so many are active at the beginning, which does not, because tentatively dead "
        f"neurons may come back. {rates.method(result, deep(result))} The last column: successes among networks that "
        "did not have enough active neurons at the beginning."
    )
    columns = ("function", formula("n", "n"), "layers", "optimizer", "permanent", "initial", "guarantee", *rates.SEEN)
    title = "Success and trainability: deep, narrow networks"
    return Table(title, words(caption), (*columns, "without active"), rows)


def figure(result: rates.Result) -> Figure:
    """One hidden layer: zero and random biases side by side."""
    return rates.figure(rates.by_biases(shallow(result)))


def deep_figure(result: rates.Result) -> Figure:
    """For each function trainability for both kinds of death by depth, and success rates of both optimizers."""
    drawing = plots._figure(8.2, 3.8)
    grid = drawing.subplots(1, len(TASKS), sharey=True)
    for axes, (task, title) in zip(grid, TASKS.items(), strict=True):
        _by_depth(axes, [row for row in deep(result) if row["task"] == task])
        axes.set_title(title, fontsize=10)
    grid[0].set_ylabel("probability")
    handles, labels = grid[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    return drawing


def _by_depth(axes: Axes, rows: Sequence[rates.Result]) -> None:
    axes.set_yscale("log")
    for width, colour in zip(dict.fromkeys(row["widths"][1] for row in rows), plots.COLOURS, strict=False):
        mine = [row for row in rows if row["widths"][1] == width]
        first = [row for row in mine if row["optimizer"] == mine[0]["optimizer"]]
        depths = [len(row["widths"]) - 2 for row in first]
        for death, style in (("permanent", "-"), ("initial", ":")):
            values = [float(rates.bound(row, death)) for row in first]
            axes.plot(depths, values, style, color=colour, linewidth=1.6, label=f"width {width}, {death}")
        for k, (optimizer, marker) in enumerate(zip(rates.OPTIMIZERS, plots.MARKERS, strict=False)):
            seen = [row for row in mine if row["optimizer"] == optimizer]
            points = [plots.Point.of(len(r["widths"]) - 2 + 0.16 * (k - 0.5), rates.rate(r)) for r in seen]
            label = f"width {width}, success, {optimizer}"
            plots._points(axes, plots.Curve(label, (), (), (), tuple(points)), colour, marker)
    axes.set_xticks(sorted({len(row["widths"]) - 2 for row in rows}))
    axes.set_ylim(1e-3, 1.3)
    axes.set_xlabel("hidden layers")
    plots._finish(axes)


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and the figures and write them into a folder."""
    result = rates.load("e2")
    return [
        *write_tables(build(result), NAMES, folder),
        *plots.save(figure(result), folder, "e2_success"),
        *plots.save(deep_figure(result), folder, "e2_deep"),
    ]


if __name__ == "__main__":
    main(write, __doc__)
