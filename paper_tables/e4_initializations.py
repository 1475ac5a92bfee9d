"""E4: data-dependent initialization against others, in the over-parameterized setting.

Drawn from what experiments/e4_initializations.py left in experiments/results/e4.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared import CONFIDENCE, experiment, level, main, write_tables

from relu_prob import Probability, plots
from relu_prob.results.masses import proportion
from relu_prob.results.text import latex_decimal
from relu_prob.tables import Cell, Row, Table, estimate_cells, formula, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("e4_starts", "e4_training", "e4_comparison", "e4_rank")
MAIN = "data-dependent"
COLOURS = {
    MAIN: "black",
    "data-dependent, noise 1": "0.6",
    "He, zero bias": plots.COLOURS[0],
    "He, random bias": plots.COLOURS[4],
    "RAI": plots.COLOURS[1],
    "LSUV": plots.COLOURS[2],
}
Result = Mapping[str, Any]


def build(result: Result) -> list[Table]:
    """Before training, training, who is better than whom, and ranks."""
    return [starts_table(result), training_table(result), comparison_table(result), rank_table(result)]


def setting(result: Result) -> str:
    """The problems in words."""
    sizes = "; ".join(
        f"{name}: {p['points']} points, {'-'.join(map(str, p['widths']))}, {p['steps']} steps"
        for name, p in result["settings"]["problems"].items()
    )
    return f"Inputs and labels are standardized. {sizes}; {result['settings']['draws']} networks each."


def middle(values: Sequence[float | None]) -> float:
    """The median: of an even number the lower of the two in the middle. None stands for infinite."""
    return sorted(number(x) for x in values)[(len(values) - 1) // 2]


def number(value: float | None) -> float:
    """None stands for infinite."""
    return inf if value is None else value


def decimal(value: float | None, digits: int = 2) -> Cell:
    """A few digits."""
    if value is None or value == inf:
        return words("none") if value is None else formula("inf", r"\infty")
    text = f"{value:.{digits}g}"
    return formula(text, latex_decimal(text))


def starts_table(result: Result) -> Table:
    """What networks are like before training."""
    rows: list[Row] = [
        (
            row["problem"],
            row["start"],
            row["neurons"],
            decimal(sum(row["dead"]) / len(row["dead"]), 3),
            max(row["dead"]),
            decimal(middle(row["output"])),
            f"{sum(c is not None for c in row['condition'])} of {len(row['condition'])}",
            decimal(middle(row["condition"])),
        )
        for row in result["starts"]
    ]
    caption = (
        f"{setting(result)} Before training: the hidden neurons that are dead on the data (mean and maximum over the "
        "networks), the mean square of the outputs relative to that of the labels (median), how many networks have "
        "features of rank m, the number of points, and the median of the condition of the features (largest over "
        "m-th singular value; infinite where the rank is below m)."
    )
    columns = ("problem", "initialization", "neurons", "dead", "most dead", "output", "rank m", "condition")
    return Table("Initializations before training", words(caption), columns, rows)


def training_table(result: Result) -> Table:
    """The learning rates that were chosen, how fast the loss falls, and how often it falls below the thresholds."""
    thresholds, levels = result["settings"]["thresholds"], result["settings"]["levels"]
    intervals = len(thresholds) * len(result["training"])
    draws = result["settings"]["draws"]
    rows: list[Row] = []
    for row in result["training"]:
        rates = [proportion(k, draws, level(intervals)) for k in row["successes"]]
        rows.append(
            (
                row["problem"],
                row["optimizer"],
                row["start"],
                decimal(row["rate"]),
                *(decimal(step, 6) for step in row["steps to levels"]),
                decimal(middle(row["final"]), 3),
                *(interval(k, p.low, p.high) for k, p in zip(row["successes"], rates, strict=True)),
                decimal(middle(row["test"]), 3) if row["test"] else words(""),
            )
        )
    caption = (
        f"{setting(result)} All weights and biases are trained on all data, with the learning rate that has the least "
        f"median of the final loss of {result['settings']['tuning draws']} other networks, chosen for each problem, "
        f"optimizer and initialization from "
        + " and ".join(f"{', '.join(f'{x:g}' for x in r)} ({name})" for name, r in result["settings"]["rates"].items())
        + ". Losses are relative to the labels' mean square. The first step with a loss below "
        + ", ".join(f"{x:g}" for x in levels)
        + " (median over the networks; none where half of them never get there), the median of the final loss, how "
        f"many networks fall below {' and '.join(f'{x:g}' for x in thresholds)} at some step, with intervals for the "
        f"success rate that hold together with {100 * CONFIDENCE:g}% confidence, and the median test error: mean "
        "squared error relative to the labels' mean square, or the share of wrong classes for digits."
    )
    columns = (
        "problem",
        "optimizer",
        "initialization",
        "rate",
        *(f"to {x:g}" for x in levels),
        "final loss",
        *(f"below {x:g}" for x in thresholds),
        "test error",
    )
    return Table("Training from different initializations", words(caption), columns, rows)


def interval(successes: int, low: float, high: float) -> Cell:
    """The number and the interval of the rate, rounded outwards to two decimals."""
    ends = f"{int(100 * low) / 100:.2f}", f"{-int(-100 * high // 1) / 100:.2f}"
    return words(f"{successes} [{ends[0]}, {ends[1]}]")


def comparison_table(result: Result) -> Table:
    """Whether the final loss after data-dependent initialization is lower or higher than after each other one."""
    others = [start for start in dict.fromkeys(row["start"] for row in result["training"]) if start != MAIN]
    finals = {
        (row["problem"], row["optimizer"], row["start"]): [number(x) for x in row["final"]]
        for row in result["training"]
    }
    pairs = list(dict.fromkeys((row["problem"], row["optimizer"]) for row in result["training"]))
    alpha = (1 - CONFIDENCE) / (len(pairs) * len(others))
    rows: list[Row] = []
    for problem, optimizer in pairs:
        mine = finals[problem, optimizer, MAIN]
        cells = []
        for start in others:
            theirs = finals[problem, optimizer, start]
            lower, higher = p_lower(mine, theirs), p_lower(theirs, mine)
            cells.append("lower" if 2 * lower < alpha else "higher" if 2 * higher < alpha else "-")
        best = min((start for start in (MAIN, *others)), key=lambda s: middle(finals[problem, optimizer, s]))
        rows.append((problem, optimizer, *cells, best))
    caption = (
        f"{setting(result)} Is the final loss after data-dependent initialization (with the noise that is the default, "
        "0.1) lower or higher than after another one? By exact two-sided Mann-Whitney tests, which together find a "
        f"difference where there is none with a probability of at most {100 * (1 - CONFIDENCE):.0f}%; - where they "
        "find none. The last column is the initialization with the lowest median."
    )
    columns = ("problem", "optimizer", *others, "lowest median")
    return Table("Final loss after data-dependent initialization", words(caption), columns, rows)


def p_lower(x: Sequence[float], y: Sequence[float]) -> float:
    """The p-value of the exact Mann-Whitney test that x tends to be lower than y; ties count against it."""
    from scipy.stats import mannwhitneyu

    order = sorted([(value, 1) for value in x] + [(value, 0) for value in y])
    ranks: tuple[list[int], list[int]] = ([], [])
    for place, (_, which) in enumerate(order):
        ranks[which].append(place)
    return float(mannwhitneyu(ranks[1], ranks[0], alternative="less", method="exact").pvalue)


def rank_table(result: Result) -> Table:
    """How often the features have rank m, and whether least squares then reach 0."""
    ranks = result["ranks"]
    rows: list[Row] = []
    for row in ranks:
        seen = Probability(proportion(row["full"], row["draws"], level(len(ranks))), method="simulation")
        agreeing = row["both"] + row["draws"] - row["full"] - row["zero"] + row["both"]
        exact = words("") if row["exact"] is None else formula(row["exact"], latex_decimal(row["exact"]))
        rows.append(
            (
                row["problem"],
                row["start"],
                f"{row['ratio']} x {row['points']}",
                exact,
                *estimate_cells(seen, 3),
                f"{agreeing} of {row['draws']}",
                decimal(row["largest loss of full rank"]),
                decimal(row["smallest loss otherwise"]),
                decimal(row["condition"]),
            )
        )
    caption = (
        "One hidden layer of 1, 2 and 4 neurons for each of the m points: the probability that the features have rank "
        f"m, by theory where it is known, and the share of {ranks[0]['draws']} networks by their singular values, with "
        f"intervals that hold together with {100 * CONFIDENCE:g}% confidence. Independently, least squares for the "
        "output weights with normal labels: in how many networks their loss is 0 up to rounding errors if and only if "
        "the rank is m; the largest loss where it is, and the smallest where it is not, relative to the labels' mean "
        "square; and the median condition of the features of rank m."
    )
    columns = (
        "problem",
        "initialization",
        "n",
        "theory",
        "rank m",
        "low",
        "high",
        "rank m iff loss 0",
        "loss, rank m",
        "loss, rank below m",
        "condition",
    )
    return Table("Features of rank m and the training of the output layer alone", words(caption), columns, rows)


def figure(result: Result) -> Figure:
    """Loss against steps, a row for each problem: gradient descent, Adam, and gradient descent on the output layer."""
    names = list(result["settings"]["problems"])
    optimizers = list(result["settings"]["rates"])
    drawing = plots._figure(9.4, 2.1 * len(names) + 0.9)
    grid = drawing.subplots(len(names), len(optimizers) + 1, squeeze=False, sharex="col", sharey="row")
    for line, name in zip(grid, names, strict=True):
        for axes, optimizer in zip(line, (*optimizers, None), strict=True):
            rows = result["training"] if optimizer else result["output layer"]
            chosen = [r for r in rows if r["problem"] == name and r.get("optimizer") == optimizer]
            problem = result["settings"]["problems"][name]
            steps = problem["curve steps"] if optimizer else result["settings"]["output layer steps"]
            for row in sorted(chosen, key=lambda r: r["start"] == MAIN):
                _band(axes, steps, row)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_ylim(1e-6, 5)
            axes.set_xlim(left=1)
            plots._finish(axes)
        line[0].set_ylabel(name.replace(", 2 hidden", ",\n2 hidden"), fontsize=9)
    for axes, title in zip(grid[0], (*optimizers, "gradient descent on the output layer"), strict=True):
        axes.set_title(title, fontsize=10)
    drawing.supxlabel("step", fontsize=10)
    drawing.supylabel("training loss, relative to the labels' mean square", fontsize=10)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return drawing


def _band(axes: Axes, steps: Sequence[int], row: Mapping[str, Any]) -> None:
    """The median, and lightly from the 10% to the 90% quantile; what is infinite is not drawn."""
    colour = COLOURS[row["start"]]
    low, median, high = ([number(x) for x in row[key]] for key in ("low", "median", "high"))
    axes.fill_between(steps, low, [min(x, 1e9) for x in high], color=colour, alpha=0.12, linewidth=0)
    # the two without biases often coincide
    style: dict[str, Any] = {
        "linewidth": 1.9 if row["start"] == MAIN else 1.3,
        "linestyle": "--" if row["start"] == "LSUV" else "-",
    }
    axes.plot(steps, median, color=colour, label=row["start"], **style)


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and the figure and write them into a folder."""
    result = experiment("e4")
    return [*write_tables(build(result), NAMES, folder), *plots.save(figure(result), folder, "e4_loss")]


if __name__ == "__main__":
    main(write, __doc__)
