"""T1 on a few dimensions and radii, against values worked out by hand."""

import csv
from fractions import Fraction
from io import StringIO
from math import atan, pi

import pytest
import sympy
import t1_first_layer

from relu_prob.tables import Table


def records(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(table.csv())))


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    built = t1_first_layer.build(dimensions=(1, 2), radii=(0.5, 1), samples=2000)
    return dict(zip(t1_first_layer.NAMES, built, strict=True))


def test_uniform_rows_on_a_cube_are_rational(tables: dict[str, Table]) -> None:
    rows = records(tables["t1_pytorch_cube"])
    dead = {(row["d"], row["r"]): Fraction(row["P(dead)"]) for row in rows}
    # P(b <= -r |w|) with w, b uniform on (-1, 1), and P(b <= -r (|w_1| + |w_2|)): areas and volumes
    quarter, twelfth = Fraction(1, 4), Fraction(1, 12)
    assert dead == {("1", "0.5"): Fraction(3, 8), ("1", "1"): quarter, ("2", "0.5"): quarter, ("2", "1"): twelfth}


def test_gaussian_rows_on_a_ball(tables: dict[str, Table]) -> None:
    rows = records(tables["t1_ball"])
    found = [float(sympy.sympify(row["P(dead)"])) for row in rows]
    by_hand = [atan(2) / pi, 1 / 4, (1 - 0.2**0.5) / 2, (1 - 0.5**0.5) / 2]
    assert found == pytest.approx(by_hand, rel=1e-15)
    assert [float(row["decimals"]) for row in rows] == pytest.approx(by_hand, rel=1e-9)
    assert {row["guarantee"] for row in rows} == {"exact"}


def test_the_formula_is_the_entry(tables: dict[str, Table]) -> None:
    formulas = {row["d"]: sympy.sympify(row["P(dead)"]) for row in records(tables["t1_formula"])}
    assert formulas["1"].subs("r", 1) == sympy.Rational(1, 4)
    assert formulas["2"].subs("r", 1) == sympy.Rational(1, 2) - sympy.sqrt(2) / 4


def test_a_network_without_a_theorem_is_only_simulated(tables: dict[str, Table]) -> None:
    rows = {(row["d"], row["r"]): row for row in records(tables["t1_pytorch_ball"])}
    unknown = rows["2", "0.5"]
    assert (unknown["P(dead)"], unknown["decimals"], unknown["guarantee"]) == ("", "", "no theorem")
    assert 0 < float(unknown["low"]) < float(unknown["simulated"]) < float(unknown["high"])
    assert rows["2", "1"]["P(dead)"] == "pi/24"


def test_counts_are_binomial(tables: dict[str, Table]) -> None:
    rows = [row for row in records(tables["t1_counts"]) if "ball, d = 1" in row["network"]]
    assert [Fraction(row["P(N_1 = j)"]) * 256 for row in rows] == [1, 12, 54, 108, 81]


def test_every_interval_agrees(tables: dict[str, Table]) -> None:
    for name, table in tables.items():
        assert name == "t1_formula" or ", and all of the " in table.caption.text
