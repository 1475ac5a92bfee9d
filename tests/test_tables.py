"""Tables: what is written reads back."""

import csv
from fractions import Fraction
from io import StringIO
from pathlib import Path

import mpmath
import pytest
import sympy
from hypothesis import given, strategies as st

from relu_prob import Network, Normal, Probability, born_dead, count_law
from relu_prob.numbers.real import Approximation, ClosedForm, Rational, Sampled
from relu_prob.tables import Cell, Table, cell, decimal_cell, estimate_cells, exact_cell, formula, value_cells, words

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def probability(value: Fraction) -> Probability:
    return Probability(Rational(value), method="by hand")


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_csv_reads_back(rows: list[tuple[str, str]]) -> None:
    table = Table("t", "c", ["a", "b|c"], rows)
    assert list(csv.reader(StringIO(table.csv()))) == [["a", "b|c"], *map(list, rows)]


@given(st.lists(st.fractions(0, 1, max_denominator=10**9), min_size=1, max_size=5))
def test_fractions_read_back_equal(values: list[Fraction]) -> None:
    table = Table("t", "c", ["exact", "decimals", "guarantee"], [value_cells(probability(v)) for v in values])
    rows = list(csv.DictReader(StringIO(table.csv())))
    assert [Fraction(row["exact"]) for row in rows] == values
    for row, value in zip(rows, values, strict=True):
        assert abs(Fraction(row["decimals"]) - value) <= value / 10**9
        assert row["guarantee"] == "exact"


def test_closed_forms_read_back() -> None:
    p = born_dead(Network((2, 1, 1), weights=Normal(1), biases=Normal(1)))
    text, tex = exact_cell(p).text, exact_cell(p).tex
    assert sympy.sympify(text) == p.exact == sympy.Rational(1, 2) - sympy.sqrt(2) / 4
    assert tex == f"${sympy.latex(p.exact)}$"


def test_long_and_rounded_values_have_no_exact_cell() -> None:
    long = probability(Fraction(1, 3**200))
    assert exact_cell(long) == words("")
    assert decimal_cell(long, 4).tex == r"$3.765 \times 10^{-96}$"
    rounded = Probability(Approximation(mpmath.mpf("0.25"), mpmath.mpf("1e-6")), method="rounded")
    assert [c.text for c in value_cells(rounded)] == ["", "0.25000", "numerical"]
    unwieldy = ClosedForm(sum(sympy.atan(k) for k in range(2, 30)) / 100)
    assert exact_cell(Probability(unwieldy, method="long")) == words("")


def test_estimates() -> None:
    seen = Probability(Sampled(7e-5, 9.05411e-6, 0.000240711, 0.99, 100_000), method="simulation")
    assert [c.text for c in estimate_cells(seen)] == ["0.00007", "9.0541e-6", "0.00024072"]
    middle, low, high = estimate_cells(count_law(Network((1, 2, 2, 1)), method="simulate", samples=500, rng=1).pmf(0))
    assert float(low.text) < float(middle.text) < float(high.text)
    with pytest.raises(ValueError, match="statistical"):
        estimate_cells(probability(Fraction(1, 2)))


def test_latex_escapes_words_and_not_formulas() -> None:
    table = Table("A_1 & B", "100% < all", ["n_1", formula("n_1", "n_1")], [["a|b", 3]])
    latex = table.latex()
    for part in (r"\textbf{A\_1 \& B.} 100\% $<$ all", r"n\_1", "$n_1$", "a$|$b", r"\toprule", r"\bottomrule"):
        assert part in latex
    assert latex.endswith("\\end{table}\n")


def test_markdown_escapes_pipes() -> None:
    table = Table("Title", "Caption.", ["P(a | b)"], [["1/2"]])
    assert table.markdown() == "# Title\n\nCaption.\n\n| P(a \\| b)   |\n|-------------|\n| 1/2         |\n"


def test_write(tmp_path: Path) -> None:
    table = Table("Coins", "Fair.", ["n", "P"], [[1, "1/2"]])
    paths = table.write(tmp_path / "new" / "folder", "coins")
    assert [path.name for path in paths] == ["coins.csv", "coins.md", "coins.tex"]
    texts = [table.csv(), table.markdown(), table.latex()]
    assert [path.read_bytes().decode() for path in paths] == texts


def test_a_ragged_row_is_an_error() -> None:
    with pytest.raises(ValueError, match="rows must have 2 cells, one for each column, got 1"):
        Table("t", "c", ["a", "b"], [["1"]])


def test_tables_are_values() -> None:
    assert Table("t", "c", ["a"], [[1]]) == Table(words("t"), words("c"), (words("a"),), ((cell("1"),),))
    assert hash(Cell("1", "1")) == hash(cell(1))
