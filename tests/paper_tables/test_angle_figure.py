"""F1: the simulated angles, the table's agreement with them, and the figure."""

import csv
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from math import pi

import f1_angle
import numpy as np
import pytest

from relu_prob import plots

LAYERS = {2: (2, 3), 4: (2, 6)}


@pytest.fixture(scope="module")
def results():
    return f1_angle.measure(LAYERS, samples=3000)


def test_rows(results) -> None:
    table = f1_angle.table(results)
    rows = list(csv.DictReader(StringIO(table.csv())))
    assert [(row["n"], row["l"]) for row in rows[::4]] == [("2", "2"), ("2", "3"), ("4", "2"), ("4", "6")]
    assert ", and all of the 16 shown here agree" in table.caption.text
    by_name = {row["after layer l"]: row for row in rows[:4]}
    values = [float(by_name[name]["value"]) for name in ("dead", "single", "right angle")]
    assert values == [5 / 32, 5 / 8, 1 / 16]


def test_any_executor_gives_the_same(results) -> None:
    with ThreadPoolExecutor(2) as executor:
        again = f1_angle.measure(LAYERS, samples=3000, executor=executor)
    assert all(np.array_equal(x.angles, y.angles) for x, y in zip(results, again, strict=True))


def test_simulated_states() -> None:
    angles = f1_angle.angles(3, 6, 2000, np.random.default_rng(1))
    assert angles.shape == (6, 2000)
    # layer 1: opposite inputs share no neuron
    assert set(np.unique(angles[0])) == {f1_angle.SINGLE, pi / 2}
    dead, single = angles == f1_angle.DEAD, angles == f1_angle.SINGLE
    assert ((angles > 0) | dead | single).all()
    # the dead stay dead, and one ray never becomes two
    assert (dead[1:] >= dead[:-1]).all()
    assert ((dead | single)[1:] >= (dead | single)[:-1]).all()


def test_panels_and_figure(results) -> None:
    panels = f1_angle.panels(results)
    assert list(panels) == ["width 2", "width 4"]
    for densities in panels.values():
        for density in densities:
            assert all(low <= high for low, high in zip(density.low, density.high, strict=True))
            # a kernel estimate from 3000 networks: its standard deviation is below 0.025 where the density is below 1
            x, seen = np.array(density.points).T
            theory = np.interp(x, density.x, (np.array(density.low) + density.high) / 2)
            assert np.abs(seen - theory).max() < 0.15
    assert all(axes.has_data() for axes in plots.angle_densities(panels).axes)
