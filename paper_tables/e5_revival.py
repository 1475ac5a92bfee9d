"""E5: which dead neurons training revives: none of the permanently dead, and how many of the tentatively dead.

Drawn from what experiments/e5_revival.py left in experiments/results/e5.json.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared import CONFIDENCE, experiment, level, main, write_tables

from relu_prob import Probability, plots
from relu_prob.results.masses import proportion
from relu_prob.tables import Row, Table, estimate_cells, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("e5_permanent", "e5_revival")
REASONS = {
    "first_layer": "silent in the first layer",
    "never_excited": "no positive weight from a neuron below that may fire, and no positive bias",
    "frozen": "silent in or below a dead layer",
}
BIASES = {False: "no", True: "trained"}
Result = Mapping[str, Any]


def build(result: Result) -> list[Table]:
    """Who is dead for ever and never fired; who is tentatively dead and did."""
    return [permanent_table(result), revival_table(result)]


def trainers(result: Result) -> list[str]:
    """Their names, in order."""
    return list(result["settings"]["rates"])


def setting(result: Result) -> str:
    """The networks and the training in words."""
    s = result["settings"]
    rows = result["rows"]
    depths, dimensions = (sorted({row[key] for row in rows}) for key in ("depth", "dimension"))
    return (
        f"Networks of {depths[0]} to {depths[-1]} hidden layers of width {s['width']} with {dimensions[0]} to "
        f"{dimensions[-1]} inputs, He-normal weights, without biases or with N(0, {s['bias standard deviation']:g}^2) "
        f"ones, {s['networks']} of each kind, each with {s['points']} standard normal data points and normal labels of "
        f"its own, trained for {s['steps']} steps by each trainer and watched after every step."
    )


def permanent_table(result: Result) -> Table:
    """By the reason why they are permanently dead: how many there are, and how many ever fired."""
    number = len(trainers(result))
    rows: list[Row] = []
    for name, text in REASONS.items():
        neurons, fired = summed(row["permanent"][name] for row in result["rows"])
        rows.append((text, neurons // number, neurons, fired))
    total = [sum(int(row[k]) for row in rows) for k in (1, 2, 3)]  # type: ignore[call-overload]
    behind, varied = summed(row["behind"] for row in result["rows"])
    caption = (
        f"{setting(result)} A neuron that is permanently silent by the diagnosis, for the reason given, must never "
        f"fire on the data. The {behind // number} neurons behind a dead layer may output a constant other than 0; in "
        f"{behind} trainings the output of {varied or 'none'} of them ever differed between two data points."
    )
    return Table(
        "Permanently dead neurons in training",
        words(caption),
        ("permanently dead because", "neurons", "neurons times trainers", "fired after any step"),
        [*rows, ("together", *total)],
    )


def summed(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The sums of both entries."""
    first, second = zip(*pairs, strict=True)
    return sum(first), sum(second)


def groups(result: Result) -> dict[tuple[bool, int, str], dict[str, int]]:
    """Sums over the input dimensions, by biases, depth and trainer, where there are tentatively dead neurons."""
    keys = ("tentative", "revived", "firing at the end", "networks with tentative", "of one each revived")
    found: dict[tuple[bool, int, str], dict[str, int]] = {}
    for row in result["rows"]:
        sums = found.setdefault((row["biases"], row["depth"], row["trainer"]), dict.fromkeys(keys, 0))
        for key in keys:
            sums[key] += row[key]
    return {key: found[key] for key in sorted(found, key=lambda k: k[:2]) if found[key]["tentative"]}


def rate(group: Mapping[str, int], intervals: int) -> Probability:
    """That one tentatively dead neuron of a network, drawn at random, revives."""
    number = proportion(group["of one each revived"], group["networks with tentative"], level(intervals))
    return Probability(number, method="simulation")


def revival_table(result: Result) -> Table:
    """By biases, depth and trainer: how many of the tentatively dead neurons fired."""
    found = groups(result)
    rows: list[Row] = [
        (
            BIASES[biases],
            depth,
            trainer,
            group["tentative"],
            group["revived"],
            group["firing at the end"],
            group["networks with tentative"],
            *estimate_cells(rate(group, len(found)), 3),
        )
        for (biases, depth, trainer), group in found.items()
    ]
    caption = (
        f"{setting(result)} Of the tentatively dead neurons, how many fired after some step, and after the last one. "
        "Neurons of one network are not independent; so the estimate is that of one tentatively dead neuron, drawn "
        f"at random, of each network that has any. The {len(rows)} intervals [low, high] hold together with "
        f"{100 * CONFIDENCE:g}% confidence. With one hidden layer every dead neuron is permanently dead."
    )
    columns = ("biases", "depth", "trainer", "tentatively dead", "revived", "firing at the end", "networks")
    return Table("Tentatively dead neurons in training", words(caption), (*columns, "rate", "low", "high"), rows)


def permanent_share(result: Result, biases: bool) -> float:
    """Of the permanently silent neurons, how many fired after some step."""
    pairs = [row["permanent"][name] for row in result["rows"] if row["biases"] == biases for name in REASONS]
    neurons, fired = summed(pairs)
    return fired / max(1, neurons)


def figure(result: Result) -> Figure:
    """The share that has fired by step, and the rates by depth, without and with biases."""
    drawing = plots._figure(8.2, 6.2)
    grid = drawing.subplots(2, 2, sharey=True)
    for column, (biases, title) in enumerate({False: "without biases", True: "with biases"}.items()):
        _by_step(grid[0, column], result, biases)
        _by_depth(grid[1, column], result, biases)
        grid[0, column].set_title(title, fontsize=10)
        for axes in grid[:, column]:
            axes.set_ylim(-0.02, 0.62)
            plots._finish(axes)
    grid[0, 0].set_ylabel("share that has fired")
    grid[1, 0].set_ylabel("share that fires after some step")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return drawing


def _by_step(axes: Axes, result: Result, biases: bool) -> None:
    steps = result["settings"]["steps of the curves"]
    dead = sum(row["tentative"] for row in result["rows"] if row["biases"] == biases) / len(trainers(result))
    styles = zip(trainers(result), plots.COLOURS, plots.MARKERS, strict=False)
    for trainer, colour, marker in styles:
        (curve,) = (c["revived"] for c in result["curves"] if (c["trainer"], c["biases"]) == (trainer, biases))
        style: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 4, "markevery": 6}
        axes.plot(steps, [k / dead for k in curve], label=f"tentatively dead, {trainer}", linewidth=1.4, **style)
    axes.axhline(permanent_share(result, biases), color="black", linewidth=1.8, label="permanently dead, all trainers")
    axes.set_xscale("log")
    ticks = [10**k for k in range(len(str(steps[-1])))]
    axes.set_xticks(ticks, labels=[str(k) for k in ticks])
    axes.set_xlabel("step")


def _by_depth(axes: Axes, result: Result, biases: bool) -> None:
    found = groups(result)
    depths = sorted({depth for _, depth, _ in found})
    for k, (trainer, colour, marker) in enumerate(zip(trainers(result), plots.COLOURS, plots.MARKERS, strict=False)):
        rates = [
            rate(found[biases, depth, trainer], len(found)) for depth in depths if (biases, depth, trainer) in found
        ]
        points = [plots.Point.of(depth + 0.12 * (k - 1.5), p) for depth, p in zip(depths, rates, strict=True)]
        plots._points(axes, plots.Curve(trainer, (), (), (), tuple(points)), colour, marker)
    axes.axhline(permanent_share(result, biases), color="black", linewidth=1.8)
    axes.set_xticks(depths)
    axes.set_xlabel("hidden layers")


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and the figure and write them into a folder."""
    result = experiment("e5")
    return [*write_tables(build(result), NAMES, folder), *plots.save(figure(result), folder, "e5_revival")]


if __name__ == "__main__":
    main(write, __doc__)
