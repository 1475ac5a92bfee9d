"""T6 against fractions, and its test of theory against simulation."""

import csv
from fractions import Fraction
from io import StringIO

import pytest
import t6_count_laws


@pytest.fixture(scope="module")
def tables():
    return t6_count_laws.build(architectures=((2, 2, 2), (3, 2, 4, 2)), samples=4000)


def test_one_row_for_each_count(tables) -> None:
    for table, hidden in zip(tables, ((2, 2, 2), (3, 2, 4, 2)), strict=True):
        rows = list(csv.DictReader(StringIO(table.csv())))
        expected = [(str(layer), str(j)) for layer, n in enumerate(hidden, 1) for j in range(n + 1)]
        assert [(row["l"], row["j"]) for row in rows] == expected
        for row in rows:
            assert float(row["low"]) <= float(row["simulated"]) <= float(row["high"])
            assert 0 <= float(row["p"]) <= 1
        assert sum(float(Fraction(row["P(N_l = j)"])) for row in rows) == pytest.approx(len(hidden), rel=1e-9)


def test_exact_rows(tables) -> None:
    rows = list(csv.DictReader(StringIO(tables[0].csv())))
    layers = {layer: [row["P(N_l = j)"] for row in rows if row["l"] == layer] for layer in "123"}
    assert layers["1"] == ["0", "0", "1"]
    assert [Fraction(x) for x in layers["2"]] == [Fraction(5, 32), Fraction(7, 16), Fraction(13, 32)]
    # 1045/3072, by hand
    assert Fraction(layers["3"][0]) == Fraction(1045, 3072)
    assert {row["guarantee"] for row in rows} == {"exact"}


def test_the_verdict_is_in_the_caption(tables) -> None:
    for table in tables:
        # a correct theory passes with probability 1 - 1e-6; that every interval of the caption holds is less certain
        assert "at level 1e-06, accepts the theory" in table.caption.text
    assert t6_count_laws.NAMES == ("t6_4_4_4_4", "t6_5_2_7_3", "t6_6_6_6_6_6_6_6_6")
