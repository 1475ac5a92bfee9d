"""T3: Lu et al.'s chain against reference values and a count of patterns, and the order of the bounds."""

import csv
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from io import StringIO
from itertools import product

import pytest
import t3_bracket

from relu_prob import plots


@pytest.mark.parametrize(
    ("width", "depth", "value"),
    [
        (2, 10, 0.9025660745173809),
        (2, 20, 0.9945032778981175),
        (2, 50, 0.9999990183757959),
        (2, 100, 0.9999999999994443),
        (3, 10, 0.568372567703161),
        (3, 20, 0.8803678890519611),
        (3, 50, 0.9978038869084852),
        (3, 100, 0.999997232630868),
        (5, 10, 0.07685651841886706),
        (5, 20, 0.23012307663541576),
        (5, 50, 0.6464274314051174),
        (5, 100, 0.9229158680240865),
        (10, 10, 9.392670245101039e-05),
        (10, 20, 0.0003750909858258661),
        (10, 50, 0.002282432300189196),
        (10, 100, 0.00870205757871037),
    ],
)
def test_lu_chain_reference(width: int, depth: int, value: float) -> None:
    assert float(t3_bracket.lu_lower_bound(width, depth)) == pytest.approx(value, abs=1e-13)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_lu_chain_by_counting(width: int) -> None:
    """At a right angle every neuron fires on no ray, on A, on B or on both, all equally likely."""
    two, one, dead = t3_bracket.lu_chain(width, 1)
    stay = {"two": Fraction(0), "one": Fraction(0), "dead": Fraction(0)}
    for patterns in product(["", "A", "B", "AB"], repeat=width):
        fires = [pattern for pattern in patterns if pattern]
        # two rays remain where both have a neuron, unless it is one and the same
        both = {"A", "B"} <= set("".join(fires)) and len(fires) > 1
        stay["two" if both else "one" if fires else "dead"] += Fraction(1, 4**width)
    silent = Fraction(1, 2**width)
    assert t3_bracket.lu_chain(width, 2) == (
        two * stay["two"],
        two * stay["one"] + one * (1 - silent),
        two * stay["dead"] + one * silent + dead,
    )


def test_lu_chain_has_the_two_rates_of_the_paper() -> None:
    n = 3
    two, one, dead = t3_bracket.lu_chain(n, 5)
    assert two == (1 - Fraction(1, 4)) * (1 - Fraction(1, 4) - Fraction(2, 64)) ** 4
    assert two + one + dead == 1


def test_bounds_by_hand() -> None:
    known = t3_bracket.bounds(2, 2)
    assert (known.sign.fraction, known.ray.fraction) == (Fraction(1, 16), Fraction(7, 16))
    assert known.theorem is not None
    assert known.theorem.fraction == known.lu.fraction == Fraction(5, 32)
    deeper = t3_bracket.bounds(2, 3)
    # from (1, 6, 9)/16 in layer 2: 1/16 + 6/16 * 1/4 + 9/16 * 1/16; the ray: 1 - (3/4)^3
    assert (deeper.sign.fraction, deeper.ray.fraction) == (Fraction(49, 256), Fraction(37, 64))


def test_small_build_and_any_executor() -> None:
    serial = t3_bracket.build(widths=(2, 3), depths=(2, 3, 30), samples=2000)
    with ThreadPoolExecutor(2) as executor:
        assert t3_bracket.build(widths=(2, 3), depths=(2, 3, 30), samples=2000, executor=executor) == serial
    bounds, simulated = (list(csv.DictReader(StringIO(table.csv()))) for table in serial)
    assert [(row["n"], row["depth"]) for row in bounds] == [(n, d) for n in "23" for d in ("2", "3", "30")]
    assert Fraction(bounds[0]["theorem"]) == Fraction(5, 32)
    for row in bounds:
        names = ("sign chain", "sign, then ray", "Lu et al.", "ray chain")
        sign, better, lu, ray = (float(Fraction(row[name])) for name in names)
        assert sign <= better <= ray
        assert lu <= ray
    assert [row["depth"] for row in simulated] == ["2", "3", "2", "3"]
    assert [row["guarantee"] for row in simulated] == ["exact", "exact", "exact", "numerical"]
    assert "and all of the 4 shown here agree" in serial[1].caption.text


def test_curves_and_figure() -> None:
    results = t3_bracket.measure(widths=(2,), depths=(2, 5), samples=500)
    (curve,) = t3_bracket.curves(results, widths=(2,))
    assert curve.x == (2, 3, 4, 5)
    assert [point.x for point in curve.points] == [2, 5]
    assert all(low <= high for low, high in zip(curve.low, curve.high, strict=True))
    assert plots.born_dead([curve]).axes[0].has_data()
