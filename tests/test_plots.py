"""Figures: something is drawn, equal figures give equal files, and a missing matplotlib is explained."""

import subprocess
import sys
from pathlib import Path

import pytest

from relu_prob import Network, count_law, plots
from relu_prob.plots import Curve, Density, Point

BAND = Curve("width 2", (2, 5, 10), (0.1, 0.3, 0.6), (0.2, 0.5, 0.9), (Point(2, 0.15, 0.14, 0.16), Point(5, 0, 0, 0.1)))
LINE = Curve("m = 1", (1, 2, 3), (0.5, 0.75, 0.875), (0.5, 0.75, 0.875), (Point(2, 0.76, 0.74, 0.78),))
DENSITY = Density("layer 2", (0.5, 1.0), (0.4, 0.2), (0.6, 0.3), (0.0, 0.8, 1.6), (0.5, 0.3), ((0.7, 0.45),))


def test_born_dead() -> None:
    figure = plots.born_dead([BAND])
    (axes,) = figure.axes
    assert axes.has_data()
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["width 2"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2", "3", "5", "10"]
    # nothing was seen at depth 5: a triangle hangs from the end of the interval
    assert any(list(line.get_ydata()) == [0.1] for line in axes.get_lines())


def test_trainability() -> None:
    figure = plots.trainability({"a": [LINE], "b": [LINE], "c": [LINE]})
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c"]
    assert all(axes.has_data() for axes in figure.axes)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["m = 1"]


def test_curves_are_drawn_through_the_values() -> None:
    (axes,) = plots.trainability({"a": [LINE]}).axes
    assert list(axes.get_lines()[0].get_ydata()) == [0.5, 0.75, 0.875]


def test_point_of_an_estimate() -> None:
    seen = count_law(Network((1, 2, 2, 1)), method="simulate", samples=500, rng=1).pmf(0)
    point = Point.of(2, seen)
    assert (point.x, point.estimate) == (2, float(seen))
    assert point.low < point.estimate < point.high


def test_safe_region() -> None:
    (axes,) = plots.safe_region([2, 10, 100], [2, 4], [[0.16, 0.9, 1.0], [0.01, 0.3, 0.9]], [0.1, 0.01]).axes
    assert axes.has_data()
    assert axes.get_xscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2", "3", "5", "10", "20", "50", "100"]
    assert {"safe", "born dead", "$10^{-1}$"} <= {text.get_text() for text in axes.texts}


@pytest.mark.parametrize("rows", [[[0.1, 0.2]], [[0.1], [0.2]]])
def test_safe_region_must_fill_its_grid(rows: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="probabilities must have 2 rows of 2 entries, got"):
        plots.safe_region([2, 3], [2, 3], rows, [0.1])


def test_angle_densities() -> None:
    figure = plots.angle_densities({"width 2": [DENSITY, DENSITY], "width 3": [DENSITY]})
    assert [axes.get_title() for axes in figure.axes] == ["width 2", "width 3"]
    first = figure.axes[0]
    assert first.has_data()
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["layer 2", "layer 2"]
    assert list(first.get_lines()[0].get_ydata()) == [0.5, 0.25]
    assert list(first.get_lines()[1].get_ydata()) == [0.45]


def test_densities_of_unequal_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="x, low and high must have equal lengths, got 1, 2 and 1"):
        Density("d", (0.1,), (0.1, 0.2), (0.3,), (0.0, 1.0), (0.5,))
    with pytest.raises(ValueError, match="edges must have one entry more than heights, got 2 and 2"):
        Density("d", (0.1,), (0.1,), (0.3,), (0.0, 1.0), (0.5, 0.6))


def test_unequal_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="x, low and high must have equal lengths, got 2, 1 and 2"):
        Curve("c", (1, 2), (0.5,), (0.5, 0.6))


def test_files_are_reproducible(tmp_path: Path) -> None:
    first, second = (plots.save(plots.born_dead([BAND]), tmp_path / name, "figure") for name in "ab")
    assert [path.name for path in first] == ["figure.png", "figure.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[0].read_bytes().startswith(b"\x89PNG")
    assert b"<dc:date>" not in first[1].read_bytes()


def test_missing_matplotlib_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install relu_prob\[plot\]"):
        plots.born_dead([BAND])


def test_importing_plots_needs_no_matplotlib() -> None:
    code = "import sys, relu_prob.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
