"""T7 against the question smallest_width, and what lies beyond its grid."""

import csv
from fractions import Fraction
from io import StringIO

import pytest
import t7_safe_region

from relu_prob import smallest_width

DEPTHS = (2, 5, 20)


@pytest.fixture(scope="module")
def grid():
    return t7_safe_region.measure(widths=range(2, 11), depths=DEPTHS)


def rows(table):
    return list(csv.DictReader(StringIO(table.csv())))


def test_smallest_widths(grid) -> None:
    widths, _ = t7_safe_region.tables(grid)
    found = {int(row["depth"]): row for row in rows(widths)}
    assert list(found) == list(DEPTHS)
    for depth in DEPTHS:
        for power in (1, 2, 3):
            shown = found[depth][f"1e-{power}"]
            net = t7_safe_region.network(2, depth)
            expected = smallest_width(net, need=1, failure=Fraction(1, 10**power)).exact
            assert shown == str(expected) if expected <= 10 else shown.startswith("11 to ")


def test_beyond_the_grid_the_ray_chain_decides(grid) -> None:
    low, high = t7_safe_region.smallest_width(grid, 20, Fraction(1, 10**6))
    # 1 - (1 - 2^-n)^20 <= 1e-6 from n = 25 on
    assert (low, high) == (11, 25)
    assert t7_safe_region.smallest_width(grid, 2, Fraction(1, 10)) == (3, 3)


def test_widths_grow_with_depth_and_with_safety(grid) -> None:
    bounds = {
        depth: [t7_safe_region.smallest_width(grid, depth, failure) for failure in t7_safe_region.FAILURES]
        for depth in DEPTHS
    }
    for found in bounds.values():
        assert found == sorted(found)
    assert all(x <= y for x, y in zip(bounds[2], bounds[5], strict=True))
    assert all(x <= y for x, y in zip(bounds[5], bounds[20], strict=True))


def test_probabilities(grid) -> None:
    _, probabilities = t7_safe_region.tables(grid)
    found = {int(row["n"]): row for row in rows(probabilities)}
    assert list(found) == [2, 4, 6, 8, 10]
    assert float(found[2]["depth 2"]) == 5 / 32
    assert float(found[10]["depth 20"]) == pytest.approx(0.00782621983285409, rel=1e-4)
