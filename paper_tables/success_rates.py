"""What E1, E2 and E3 share: success rates beside the trainability that bounds them, as table rows and in a figure.

Theory and training meet here only: the rows come from results in which no theory of random networks was used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import mpmath

from relu_prob import Guarantee, Interval, Network, Normal, Points, Probability, plots, trainability
from relu_prob.results.masses import proportion
from relu_prob.results.text import outward
from relu_prob.tables import Cell, Row, Table, decimal_cell, estimate_cells, formula, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVEL = 0.999
"""The confidence level of each row's interval."""

SEED = 1907_09696
"""Of the simulations where trainability is estimated."""

END = math.sqrt(3)
OPTIMIZERS = ("gradient descent", "Adam")
SEEN = ("success rate", "low", "high", "share of trainable", "had enough", "of the others", "late")
Result = Mapping[str, Any]


def bound(row: Result, death: str = "permanent") -> Probability:
    """The trainability of a row's networks: the probability that every layer has as many neurons as needed."""
    return _trainability(tuple(row["widths"]), row["biases"], tuple(row["need"]), death, row["points"])


@cache
def _trainability(
    widths: tuple[int, ...], biases: float, need: tuple[int, ...], death: str, points: int
) -> Probability:
    law = Network(widths, biases=Normal(biases) if biases else None, domain=_domain(widths, biases, points))
    return trainability(law, need=need, death=death, rng=SEED, level=LEVEL, progress=False)


def _domain(widths: tuple[int, ...], biases: float, points: int) -> Interval | Points:
    """Where neurons are alive if and only if they are on the data."""
    d, depth = widths[0], len(widths) - 2
    if d > 1:  # a neuron of layer 1 is largest at a corner of the square
        return Points(list(product((-END, END), repeat=d)))
    if depth > 1 and biases:  # no theorem covers these: the law on the data themselves is estimated
        return Points([[2 * END * k / (points - 1) - END] for k in range(points)])
    # it is largest at an end of the interval; with zero biases what happens at the ends decides all layers
    return Interval(-END, END)


def rate(row: Result) -> Probability:
    """The success rate and its 99.9% confidence interval."""
    return Probability(proportion(row["succeeded"], row["networks"], LEVEL), method="simulation")


def holds(row: Result) -> bool:
    """Whether the interval does not lie above the trainability, and no network succeeded without enough neurons."""
    return float(rate(row).low) <= float(bound(row).high) and row["without enough"] == 0


def bound_cells(row: Result, death: str = "permanent") -> tuple[Cell, Cell]:
    """The trainability, and its guarantee: of an estimate also its interval."""
    p = bound(row, death)
    if p.guarantee is not Guarantee.STATISTICAL:
        return decimal_cell(p, 6), words(str(p.guarantee))
    middle, low, high = estimate_cells(p, 4)
    return middle, words(f"{100 * LEVEL:g}% in [{low.text}, {high.text}]")


def seen_cells(row: Result) -> list[Cell | str | int]:
    """What was seen, for the columns ``SEEN``."""
    return [
        *estimate_cells(rate(row), 4),
        share(row),
        row["enough"],
        f"{row['without enough']} of {row['networks'] - row['enough']}",
        row["in the second half"],
    ]


def share(row: Result) -> str:
    """Success rate over trainability, and between which bounds it is if both are in their intervals."""
    success, possible = rate(row), bound(row)
    low, high = success.low / possible.high, min(success.high / possible.low, mpmath.mpf(1))
    return f"{float(success) / float(possible):.3f} in [{outward(low, -1, 3)}, {outward(high, 1, 3)}]"


def rows(selected: Iterable[Result]) -> list[Row]:
    """For one hidden layer: width, biases and optimizer, the trainability with its guarantee, and what was seen."""
    return [
        (
            row["widths"][1],
            biases_words(row["biases"]),
            row["optimizer"],
            *bound_cells(row),
            *seen_cells(row),
        )
        for row in selected
    ]


def shallow_table(title: str, task: str, result: Result, selected: Sequence[Result]) -> Table:
    """Networks with one hidden layer: a row for every kind of biases, width and optimizer."""
    ((_, lower),) = result["settings"]["loss with one unit fewer"].items()
    (need,) = {row["need"][0] for row in selected}
    caption = (
        f"{task}, which needs m = {need} neurons: with {need - 1} the loss is at least "
        f"{outward(mpmath.mpf(lower), -1, 3)} of the labels' variance (by least squares in double precision). "
        f"{method(result, selected)}"
    )
    return Table(f"Success and trainability: {title}", words(caption), COLUMNS, rows(selected))


COLUMNS = (formula("n", "n"), "biases", "optimizer", "trainability", "guarantee", *SEEN)


def biases_words(biases: float) -> Cell:
    """The law of the biases in words."""
    if not biases:
        return words("zero")
    variance = f"{biases**2:.6g}"
    return formula(f"N(0, {variance})", f"N(0, {variance})")


def method(result: Result, selected: Sequence[Result]) -> str:
    """How networks were trained, what the columns are, and whether the theorem held, in words."""
    threshold = result["settings"]["threshold"]
    trainers = dict.fromkeys((row["optimizer"], row["rate"], row["steps"]) for row in selected)
    described = " or ".join(f"{name} (learning rate {rate:g}, at most {steps} steps)" for name, rate, steps in trainers)
    held = sum(map(holds, selected))
    return (
        f"{selected[0]['networks']} networks with He-normal weights in each row, the same for both optimizers, trained "
        f"on all data by {described}; a network succeeds when its mean squared error is at most {threshold:g} of the "
        f"labels' variance. Intervals [low, high] have {100 * LEVEL:g}% confidence each. Share of trainable: success "
        "rate over trainability, the tightness of the bound, with the interval that follows. Had enough: networks that "
        "by their diagnosis on the data had enough neurons that are not permanently dead; of the others: how many of "
        "the rest succeeded. Late: successes in the second half of the steps. The interval does not lie above the "
        "trainability, and no network without enough neurons succeeded, in "
        f"{'all' if held == len(selected) else str(held)} of the {len(selected)} rows."
    )


def figure(panels: Mapping[str, Sequence[Result]]) -> Figure:
    """A panel for each title: trainability by width as a line, success rates of both optimizers as points."""
    drawing = plots._figure(3.9 * len(panels), 3.4)
    grid = drawing.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (title, selected) in zip(grid, panels.items(), strict=True):
        _by_width(axes, selected)
        axes.set_title(title, fontsize=10)
    grid[0].set_ylabel("probability")
    handles, labels = grid[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return drawing


def _by_width(axes: Axes, selected: Sequence[Result]) -> None:
    first = [row for row in selected if row["optimizer"] == selected[0]["optimizer"]]
    widths = [row["widths"][1] for row in first]
    axes.plot(widths, [float(bound(row)) for row in first], color="black", linewidth=1.6, label="trainability")
    draw_success(axes, selected, lambda row: row["widths"][1])
    axes.set_xticks(widths)
    axes.set_ylim(-0.03, 1.05)
    axes.set_xlabel("width of the hidden layer")
    plots._finish(axes)


def draw_success(axes: Axes, selected: Sequence[Result], at: Callable[[Result], int]) -> None:
    """The success rates of both optimizers, side by side at ``at(row)``."""
    for k, (optimizer, colour, marker) in enumerate(zip(OPTIMIZERS, plots.COLOURS, plots.MARKERS, strict=False)):
        mine = [row for row in selected if row["optimizer"] == optimizer]
        points = [plots.Point.of(at(row) + 0.16 * (k - 0.5), rate(row)) for row in mine]
        plots._points(axes, plots.Curve(f"success, {optimizer}", (), (), (), tuple(points)), colour, marker)


def by_biases(selected: Sequence[Result]) -> dict[str, list[Result]]:
    """A panel for each kind of biases."""
    kinds = dict.fromkeys(row["biases"] for row in selected)
    return {f"biases {biases_words(kind).text}": [row for row in selected if row["biases"] == kind] for kind in kinds}
