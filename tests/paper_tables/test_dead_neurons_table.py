"""T9: where entries come from, against formulas and known digits, and the golden copies."""

import csv
from fractions import Fraction
from io import StringIO
from pathlib import Path

import check
import pytest
import t9_layer_two

from relu_prob.tables import Table


def records(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(table.csv())))


def golden(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO((check.EXPECTED / f"{name}.csv").read_text())))


def test_a_small_table() -> None:
    cases = [(2, 3), (2, 4), (3, 5), (2, 5), (1, 3)]
    table = t9_layer_two.zero_bias(cases, work=5_000_000)
    rows = {(int(row["d"]), int(row["n_1"])): row for row in records(table)}
    assert rows[2, 3]["P(dead)"] == "5/32"
    assert rows[1, 3]["P(dead)"] == "5/16"
    assert rows[2, 4]["guarantee"] == "exact"
    assert rows[3, 5]["guarantee"] == "certified"
    assert rows[2, 4]["decimals"] == "0.1146769563"
    seen = rows[2, 5]
    assert seen["guarantee"] == "statistical"
    assert float(seen["low"]) <= 0.094212 + 1.2e-5
    assert float(seen["high"]) >= 0.094212 - 1.2e-5
    assert "The 1 intervals" in table.caption.text


@pytest.mark.parametrize("row", golden("t9_zero_bias"), ids=lambda row: f"{row['d']}-{row['n_1']}")
def test_the_golden_copy_is_proved_where_it_says_so(row: dict[str, str]) -> None:
    d, n = int(row["d"]), int(row["n_1"])
    if d == 1:
        assert Fraction(row["P(dead)"]) == (1 - Fraction(2, 2**n)) / 4 + Fraction(1, 2**n)
    elif n <= d:
        assert Fraction(row["P(dead)"]) == Fraction(1, 2**n)
    elif n == d + 1:
        assert Fraction(row["P(dead)"]) == Fraction(2**d + 1, 2 * 4**d)
    else:
        guarantee = "statistical" if n > d + 2 else "exact" if d == 2 else "certified"
        assert row["guarantee"] == guarantee
    value = float(row["estimate"] or row["decimals"])
    low, high = 0.5**n, 0.25 + 0.5 ** (n + 1)
    assert low <= value <= high
    assert float(row["2^-n_1"]) == pytest.approx(low, rel=1e-5)
    assert float(row["1/4 + 2^-(n_1 + 1)"]) == pytest.approx(high, rel=1e-5)


def test_the_golden_estimates_hold_known_values() -> None:
    """Values of other estimates and 4 of their standard errors."""
    known = {(2, 5): (0.094212, 3e-6), (2, 6): (0.083729, 4e-6), (2, 7): (0.078248, 1e-5), (2, 8): (0.075379, 2.1e-5)}
    known |= {(3, 6): (0.0343276, 2.3e-6), (3, 7): (0.0284095, 6.5e-6), (2, 16): (0.07226, 8e-5)}
    rows = {(int(row["d"]), int(row["n_1"])): row for row in golden("t9_zero_bias")}
    for case, (value, error) in known.items():
        assert float(rows[case]["low"]) - 4 * error <= value <= float(rows[case]["high"]) + 4 * error


def test_all_of_space() -> None:
    for row in golden("t9_whole_space"):
        d, n = int(row["d"]), int(row["n_1"])
        expected = Fraction(1, 2 ** (n + 1)) if n <= d else Fraction(2**d + 1, 4 ** (d + 1))
        assert Fraction(row["P(dead)"]) == expected
        assert row["guarantee"] == "exact"
        if row["estimate"]:
            assert float(row["low"]) <= expected <= float(row["high"])


def test_the_table_with_biases_is_its_golden_copy(tmp_path: Path) -> None:
    name = t9_layer_two.NAMES[1]
    for path in t9_layer_two.whole_space(t9_layer_two.BIASED, 100_000).write(tmp_path, name):
        assert path.read_bytes() == (check.EXPECTED / path.name).read_bytes()
