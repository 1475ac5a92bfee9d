"""T2 against a count of sign patterns, and as a script."""

import csv
import subprocess
import sys
from fractions import Fraction
from io import StringIO
from itertools import product
from math import comb
from pathlib import Path

import check
import sympy
import t2_layer_two

from relu_prob.tables import Table


def records(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(table.csv())))


def by_counting(first: int, second: int) -> list[Fraction]:
    """P(N_2 = j): layer 1's neurons look left or right; a neuron of layer 2 fires on each side that has any, fairly."""
    law = [Fraction(0)] * (second + 1)
    for sides in product("LR", repeat=first):
        silent = Fraction(1, 2 ** len(set(sides)))
        for j in range(second + 1):
            law[j] += comb(second, j) * (1 - silent) ** j * silent ** (second - j) / 2**first
    return law


def test_matrix_and_formula() -> None:
    symbolic, matrix, simulated = t2_layer_two.build(first=(1, 2, 5), second=3, samples=2000)
    entry = sympy.sympify(symbolic.rows[0][0].text)
    for row in records(matrix):
        n = int(row["n_1"])
        assert [Fraction(row[f"j={j}"]) for j in range(4)] == by_counting(n, 3)
        values = [entry.subs({"i": n, "j": j, "n": 3}) for j in range(4)]
        assert [Fraction(int(v.p), int(v.q)) for v in values] == by_counting(n, 3)
        assert row["guarantee"] == "exact"
    long = records(simulated)
    assert [Fraction(row["P(N_2 = j | n_1)"]) for row in long] == [p for n in (1, 2, 5) for p in by_counting(n, 3)]
    assert all(float(row["low"]) <= float(row["simulated"]) <= float(row["high"]) for row in long)
    assert "and all of the 12 shown here agree" in simulated.caption.text


def test_the_script_reproduces_the_golden_copies(tmp_path: Path) -> None:
    script = Path(t2_layer_two.__file__)
    subprocess.run([sys.executable, "-W", "error", script, "--out", tmp_path], check=True, capture_output=True)
    built = check.tables(tmp_path)
    assert sorted(built) == sorted(f"{name}.{suffix}" for name in t2_layer_two.NAMES for suffix in ("csv", "md", "tex"))
    for name, path in built.items():
        assert path.read_bytes() == (check.EXPECTED / name).read_bytes()
