"""T4 against binomial sums of fractions."""

import csv
from fractions import Fraction
from io import StringIO
from math import comb

import pytest
import t4_trainability

from relu_prob import plots
from relu_prob.tables import Table

DEAD = {"t4_zero_bias": Fraction(0), "t4_zero_bias_positive": Fraction(1, 2), "t4_bias": Fraction(1, 4)}


def records(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(table.csv())))


def trainable(m: int, n: int, dead: Fraction) -> Fraction:
    return sum((comb(n, j) * (1 - dead) ** j * dead ** (n - j) for j in range(m, n + 1)), Fraction(0))


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    built = t4_trainability.build(widths=(2, 3), needs=(1, 2, 3), samples=2000)
    return dict(zip(t4_trainability.NAMES, built, strict=True))


@pytest.mark.parametrize("name", sorted(DEAD))
def test_trainability(tables: dict[str, Table], name: str) -> None:
    rows = records(tables[name])
    assert [(row["m"], row["n"]) for row in rows] == [("1", "2"), ("1", "3"), ("2", "2"), ("2", "3"), ("3", "3")]
    for row in rows:
        assert Fraction(row["trainability"]) == trainable(int(row["m"]), int(row["n"]), DEAD[name])
        assert row["guarantee"] == "exact"
    assert "and all of the 5 shown here agree" in tables[name].caption.text


def test_smallest_widths(tables: dict[str, Table]) -> None:
    dead = dict(zip((setting.words for setting in t4_trainability.SETTINGS), DEAD.values(), strict=False))
    rows = [row for row in records(tables["t4_smallest_width"]) if row["setting"] in dead]
    assert len(rows) == 9
    for row in rows:
        for target in ("0.9", "0.99", "0.999"):
            m, p, n = int(row["m"]), dead[row["setting"]], int(row[f"width for {target}"])
            assert trainable(m, n, p) >= Fraction(target)
            assert n == m or trainable(m, n - 1, p) < Fraction(target)


def test_panels_and_figure() -> None:
    results = t4_trainability.measure(widths=(2, 3), needs=(1, 3), samples=500)
    panels = t4_trainability.panels(results)
    assert len(panels) == 4
    one, three = panels["zero biases, inputs in [0, 1]"]
    assert (one.x, one.low) == ((2, 3), (0.75, 0.875))
    assert (three.x, three.low, len(three.points)) == ((2, 3), (0.0, 0.125), 1)
    assert all(axes.has_data() for axes in plots.trainability(panels).axes)
