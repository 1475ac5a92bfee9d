"""T5 against values found independently, and the order of the bounds."""

import csv
from io import StringIO

import pytest
import t5_born_dead

# from two other discretisations that agree to 1e-15
BORN_DEAD = {(2, 10): 0.9098772627611003, (3, 20): 0.902798399438632, (5, 50): 0.7587971774440448}
ALIVE = {(2, 100): 5.132806842998856e-13, (3, 100): 2.230073580309173e-06, (10, 100): 0.9203100201020366}


def records(widths, depths):
    (table,) = t5_born_dead.build(widths=widths, depths=depths)
    rows = csv.DictReader(StringIO(table.csv()))
    return {(int(row["n"]), int(row["depth"])): row for row in rows}


def test_reference_values() -> None:
    for (n, depth), value in BORN_DEAD.items():
        row = records((n,), (depth,))[n, depth]
        assert float(row["P(born dead)"]) == pytest.approx(value, rel=1e-9)
        assert row["guarantee"] == "numerical"
    for (n, depth), value in ALIVE.items():
        assert float(records((n,), (depth,))[n, depth]["P(alive)"]) == pytest.approx(value, rel=1e-6)


def test_rows_and_bounds() -> None:
    rows = records((2, 4), (2, 3, 10))
    assert list(rows) == [(n, depth) for n in (2, 4) for depth in (2, 3, 10)]
    assert [row["guarantee"] for row in rows.values()] == ["exact", "exact", "numerical", "exact", *["numerical"] * 2]
    for (_, depth), row in rows.items():
        low, value, high = (float(row[name]) for name in ("Lu et al.", "P(born dead)", "ray chain"))
        # at depth 2 the angle is a right angle, as the lower bound assumes
        assert low == pytest.approx(value, rel=1e-6) if depth == 2 else low < value
        assert value < high
        assert float(row["Lu et al. / value"]) == pytest.approx(low / value, rel=1e-3)
        assert float(row["ray chain / value"]) == pytest.approx(high / value, rel=1e-3)
        assert float(row["P(alive)"]) == pytest.approx(1 - value, rel=1e-6)
