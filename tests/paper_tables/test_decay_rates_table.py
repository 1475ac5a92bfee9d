"""T8: factors between layers against their limits, and the limits against formulas and reference digits."""

import csv
from io import StringIO

import pytest
import t8_decay_rates

WIDTHS = (2, 3, 4, 8)


@pytest.fixture(scope="module")
def tables():
    built = t8_decay_rates.build(widths=WIDTHS, depths=(5, 20))
    found = {}
    for name, table in zip(t8_decay_rates.NAMES, built, strict=True):
        found[name] = {int(row["n"]): row for row in csv.DictReader(StringIO(table.csv()))}
    return found


def test_alive(tables) -> None:
    for n, row in tables["t8_alive"].items():
        assert float(row["limit"]) == pytest.approx(1 - 2.0**-n, rel=1e-8)
        assert abs(float(row["l = 20"]) - float(row["limit"])) < abs(float(row["l = 5"]) - float(row["limit"]))
    assert float(tables["t8_alive"][2]["l = 20"]) == 0.75


def test_two_rays(tables) -> None:
    rows = tables["t8_two_rays"]
    assert [row["which is"] for row in rows.values()] == ["lambda_1", *["1 - (n+1) 2^-n"] * 3]
    limits = [0.2637668, 0.5, 0.6875, 1 - 9 / 256]
    assert [float(row["limit"]) for row in rows.values()] == pytest.approx(limits, abs=1e-7)
    assert all(float(row["l = 5"]) > float(row["l = 20"]) > float(row["limit"]) for row in rows.values())


def test_angle(tables) -> None:
    rows = tables["t8_angle"]
    assert [row["which is"] for row in rows.values()] == [*["lambda_1"] * 3, "m(1/2)"]
    for n, value, slack in ((2, 0.2637668, 1e-7), (3, 0.49073078, 1e-8), (4, 0.647791, 2e-6), (8, 0.908114916, 1e-8)):
        assert float(rows[n]["limit"]) == pytest.approx(value, abs=slack)
    for row in rows.values():
        assert float(row["l = 20"]) == pytest.approx(float(row["limit"]), rel=0.04)


def test_what_is_known_too_little_is_left_out() -> None:
    (row,) = csv.DictReader(StringIO(t8_decay_rates.angle_table((2,), (20, 100)).csv()))
    assert row["l = 20"] == "0.263776"
    assert row["l = 100"] == ""
