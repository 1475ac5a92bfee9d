"""Figures of exact values, bounds and simulated points. Needs the extra ``plot`` (matplotlib).

Figures are matplotlib ``Figure`` objects made without pyplot: nothing global changes, and no display is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import log10, pi
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from relu_prob.results import Probability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
"""Okabe and Ito's palette, which people with any kind of colour vision can tell apart."""
MARKERS = "osD^v"


@dataclass(frozen=True)
class Point:
    """A simulated probability at ``x``, with its confidence interval."""

    x: float
    estimate: float
    low: float
    high: float

    @classmethod
    def of(cls, x: float, estimate: Probability) -> Point:
        """An estimate at ``x``."""
        return cls(x, float(estimate), float(estimate.low), float(estimate.high))


@dataclass(frozen=True)
class Curve:
    """Bounds ``low <= value <= high`` along ``x``, the value itself where it is known everywhere, simulated points."""

    label: str
    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    points: tuple[Point, ...] = ()
    value: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.x) == len(self.low) == len(self.high):
            lengths = f"{len(self.x)}, {len(self.low)} and {len(self.high)}"
            raise ValueError(f"x, low and high must have equal lengths, got {lengths}")


def born_dead(curves: Sequence[Curve]) -> Figure:
    """The probability to be born dead against depth, both on log scales: a band of certain bounds for each width.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.

    >>> figure = born_dead([Curve("width 2", (2, 3), (0.15, 0.3), (0.45, 0.6), (Point(2, 0.16, 0.15, 0.17),))])
    >>> figure.axes[0].get_yscale()
    'log'
    """
    figure = _figure(6.4, 4.6)
    axes = figure.add_subplot(xscale="log", yscale="log")
    for curve, colour, marker in zip(curves, COLOURS, MARKERS, strict=False):
        axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.22, linewidth=0)
        for bound in (curve.low, curve.high):
            axes.plot(curve.x, bound, color=colour, linewidth=0.7)
        if len(curve.value) == len(curve.x):
            axes.plot(curve.x, curve.value, color=colour, linewidth=1.8)
        _points(axes, curve, colour, marker)
    ticks = [x for x in (1, 2, 3, 5, 10, 20, 50, 100) if any(min(c.x) <= x <= max(c.x) for c in curves)]
    axes.set_xticks(ticks, labels=[str(x) for x in ticks])
    axes.set_xticks([], minor=True)
    # what is below one in ten million is off the chart, and so are bounds that are 0
    axes.set_ylim(max(1e-7, 0.5 * min((v for c in curves for v in c.low if v > 0), default=1e-7)), 1.6)
    axes.set_xlabel("depth (hidden layers)")
    axes.set_ylabel("probability of being born dead")
    axes.set_title("One input, zero biases: theory (thick lines), bounds (bands), simulation (points)", fontsize=10)
    _finish(axes)
    axes.legend(loc="lower right", frameon=False)
    return figure


def trainability(panels: Mapping[str, Sequence[Curve]]) -> Figure:
    """Trainability against width: a panel for each setting, a curve for each number of neurons that a task needs.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.

    >>> figure = trainability({"zero biases": [Curve("m = 1", (1, 2), (1, 1), (1, 1))]})
    >>> [axes.get_title() for axes in figure.axes]
    ['zero biases']
    """
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = _figure(3.9 * columns, 2.9 * rows + 0.5)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in list(grid.flat)[len(panels) :]:
        axes.remove()
    for axes, (title, curves) in zip(grid.flat, panels.items(), strict=False):
        for curve, colour, marker in zip(curves, COLOURS, MARKERS, strict=False):
            axes.plot(curve.x, curve.low, color=colour, linewidth=1.4)
            _points(axes, curve, colour, marker)
        axes.set_title(title, fontsize=10)
        axes.set_ylim(-0.04, 1.06)
        widths = sorted({x for curve in curves for x in curve.x})
        axes.set_xticks(widths if len(widths) <= 12 else widths[::2])
        _finish(axes)
    figure.supxlabel("width of the hidden layer", fontsize=10)
    figure.supylabel("trainability", fontsize=10)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    return figure


@dataclass(frozen=True)
class Density:
    """Bounds of a smoothed density along ``x``, and of independent draws a histogram and smoothed heights.

    The histogram has ``heights`` between ``edges``; ``points`` are pairs (x, height) of the draws, smoothed like the
    density.
    """

    label: str
    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    points: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not len(self.x) == len(self.low) == len(self.high):
            lengths = f"{len(self.x)}, {len(self.low)} and {len(self.high)}"
            raise ValueError(f"x, low and high must have equal lengths, got {lengths}")
        if len(self.edges) != len(self.heights) + 1:
            counts = f"{len(self.edges)} and {len(self.heights)}"
            raise ValueError(f"edges must have one entry more than heights, got {counts}")


def safe_region(
    depths: Sequence[int], widths: Sequence[int], probabilities: Sequence[Sequence[float]], levels: Sequence[float]
) -> Figure:
    """Width against depth with contours of the probability to be born dead.

    Parameters
    ----------
    depths, widths : the grid, both increasing
    probabilities : one row for each width, one positive entry for each depth
    levels : the contours

    Raises
    ------
    ValueError
        Where the rows do not fit the grid.
    ImportError
        Where matplotlib is not installed.

    >>> figure = safe_region([2, 4], [2, 3], [[0.16, 0.5], [0.04, 0.2]], [0.1])
    >>> figure.axes[0].get_xlabel()
    'depth (hidden layers)'
    """
    if len(probabilities) != len(widths) or any(len(row) != len(depths) for row in probabilities):
        shape = f"{len(widths)} rows of {len(depths)} entries"
        raise ValueError(f"probabilities must have {shape}, got {list(map(len, probabilities))}")
    figure = _figure(6.4, 4.6)
    axes = figure.add_subplot(xscale="log")
    logs = [[log10(p) for p in row] for row in probabilities]
    exponents = sorted(map(log10, levels))
    low, high = min(map(min, logs)), max(map(max, logs))
    bands = [min(low, exponents[0]) - 1, *exponents, max(high, exponents[-1]) + 1]
    # from light (safe) to dark (nearly always dead), in steps that do not depend on the spacing of the levels
    shades = [str(0.97 - 0.5 * k / len(exponents)) for k in range(len(bands) - 1)]
    axes.contourf(depths, widths, logs, levels=bands, colors=shades)
    lines = axes.contour(depths, widths, logs, levels=exponents, colors="black", linewidths=1.0, linestyles="solid")
    axes.clabel(lines, fmt={x: f"$10^{{{x:g}}}$" for x in exponents}, fontsize=9)
    ticks = [x for x in (2, 3, 5, 10, 20, 50, 100) if min(depths) <= x <= max(depths)]
    axes.set_xticks(ticks, labels=[str(x) for x in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks([n for n in widths if n % 2 == 0])
    axes.set_xlabel("depth (hidden layers)")
    axes.set_ylabel("width")
    axes.set_title("Probability of being born dead: one input, zero biases", fontsize=10)
    axes.text(0.03, 0.95, "safe", transform=axes.transAxes, ha="left", va="top")
    axes.text(0.97, 0.05, "born dead", transform=axes.transAxes, ha="right", va="bottom")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def angle_densities(panels: Mapping[str, Sequence[Density]]) -> Figure:
    """Densities of the angle after several layers: a panel for each width; curves, histograms and smoothed draws.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.

    >>> law = Density("layer 2", (0.0, 1.5), (0.1, 0.6), (0.1, 0.6), (0.0, 0.8, 1.6), (0.2, 0.5))
    >>> [axes.get_title() for axes in angle_densities({"width 3": [law]}).axes]
    ['width 3']
    """
    figure = _figure(4.2 * len(panels), 3.6)
    grid = figure.subplots(1, len(panels), squeeze=False)
    for axes, (title, densities) in zip(grid.flat, panels.items(), strict=True):
        for density, colour, marker in zip(densities, COLOURS, MARKERS, strict=False):
            axes.stairs(density.heights, density.edges, color=colour, linewidth=0.6, alpha=0.6)
            axes.fill_between(density.x, density.low, density.high, color=colour, alpha=0.3, linewidth=0)
            middle = [(low + high) / 2 for low, high in zip(density.low, density.high, strict=True)]
            axes.plot(density.x, middle, color=colour, linewidth=1.4)
            x, y = [p[0] for p in density.points], [p[1] for p in density.points]
            axes.plot(x, y, color=colour, marker=marker, markersize=3.5, linestyle="none", label=density.label)
        axes.set_title(title, fontsize=10)
        axes.set_ylim(bottom=0)
        axes.set_xlim(0, pi / 2)
        axes.set_xticks([0, pi / 8, pi / 4, 3 * pi / 8, pi / 2], labels=["0", "π/8", "π/4", "3π/8", "π/2"])
        _finish(axes)
        axes.legend(loc="upper right", frameon=False)
    figure.suptitle("Smoothed density: theory (lines), simulation (points); unsmoothed: histograms", fontsize=10)
    figure.supxlabel("angle between the images of two opposite inputs", fontsize=10)
    figure.supylabel("density", fontsize=10)
    return figure


def save(figure: Figure, folder: Path | str, name: str) -> list[Path]:
    """Write ``name``.png and ``name``.svg into ``folder``, made where it does not exist; returns their paths.

    Equal figures give equal files: no date is written, and names inside the svg do not depend on chance.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    png, svg = target / f"{name}.png", target / f"{name}.svg"
    figure.savefig(png, dpi=160)
    with _matplotlib("matplotlib").rc_context({"svg.hashsalt": "relu_prob"}):
        figure.savefig(svg, metadata={"Date": None})
    return [png, svg]


def _points(axes: Axes, curve: Curve, colour: str, marker: str) -> None:
    """Estimates with error bars. Log scales have no place for 0: there a triangle hangs from the interval's end."""
    seen = [p for p in curve.points if p.estimate > 0]
    unseen = [p for p in curve.points if p.estimate == 0] if axes.get_yscale() == "log" else []
    errors = [[p.estimate - p.low for p in seen], [p.high - p.estimate for p in seen]]
    style: dict[str, Any] = {"color": colour, "markersize": 4.5, "linestyle": "none", "label": curve.label}
    axes.errorbar([p.x for p in seen], [p.estimate for p in seen], errors, fmt=marker, capsize=3, **style)
    if unseen:
        axes.plot([p.x for p in unseen], [p.high for p in unseen], marker=7, color=colour, linestyle="none")


def _finish(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def _figure(width: float, height: float) -> Figure:
    figure: Figure = _matplotlib("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")
    return figure


def _matplotlib(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError("figures need matplotlib, which is not installed: pip install relu_prob[plot]") from error
