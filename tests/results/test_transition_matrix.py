"""A TransitionMatrix of hand-made rows, and formulas in symbols."""

import json
import re
from fractions import Fraction

import pytest
import sympy
from flint import arb, fmpq

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Ball, Rational
from relu_prob.results.count_law import CountLaw
from relu_prob.results.masses import RealMasses
from relu_prob.results.transition_matrix import SymbolicEntry, TransitionMatrix


def row(*values):
    return CountLaw(RealMasses([Rational(Fraction(v)) for v in values]), layer=2, method="by hand")


P = TransitionMatrix(2, (row(1, 0, 0), None, row("1/16", "6/16", "9/16")))
n, j = sympy.symbols("n j", integer=True, nonnegative=True)
FAIR = SymbolicEntry(sympy.binomial(n, j) / 2**n, (n, j), "fair coins")


def test_entries_and_shape():
    assert P.shape == (3, 3)
    assert P[2, 1].fraction == Fraction(3, 8)
    assert P.row(0) == row(1, 0, 0)
    assert P.guarantee is Guarantee.EXACT


def test_an_undefined_row_says_so():
    for call in (lambda: P.row(1), lambda: P[1, 0]):
        with pytest.raises(ZeroDivisionError, match="row 1 is undefined: layer 1 never has 1 active neurons"):
            call()
    assert "1 rows undefined" in repr(P)
    assert P.table()[1] == ["1", "undefined", "undefined", "undefined"]
    assert P.to_dict()["rows"][1] is None
    assert P.latex().splitlines()[2] == r"- & - & - \\"


def test_sympy_has_the_same_entries():
    matrix = P.to_sympy()
    assert matrix[2, :] == sympy.Matrix([[1, 6, 9]]) / 16
    assert all(x is sympy.nan for x in matrix[1, :])


def test_sympy_needs_exact_entries():
    inexact = CountLaw(RealMasses([Ball(arb(fmpq(1, 3))), Ball(arb(fmpq(2, 3)))]), layer=1, method="m")
    with pytest.raises(ValueError, match="exact entries, got certified ones"):
        TransitionMatrix(1, (inexact,)).to_sympy()


def test_tables_read_back():
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in P.markdown().splitlines()[2:]]
    assert [Fraction(x) for x in cells[2][1:]] == [Fraction(k, 16) for k in (1, 6, 9)]
    data = json.loads(json.dumps(P.to_dict()))
    assert [Fraction(p["fraction"]) for p in data["rows"][2]["pmf"]] == [Fraction(k, 16) for k in (1, 6, 9)]
    assert (data["layer"], data["guarantee"]) == (2, "exact")
    last = P.latex().splitlines()[-2]
    assert [Fraction(*map(int, re.findall(r"\d+", cell))) for cell in last.split("&")] == [
        Fraction(k, 16) for k in (1, 6, 9)
    ]


def test_values_compare():
    assert TransitionMatrix(2, (row(1, 0, 0), None, row("1/16", "6/16", "9/16"))) == P
    assert hash(P) == hash(TransitionMatrix(2, P.rows))
    assert TransitionMatrix(3, P.rows) != P


@pytest.mark.parametrize(
    ("index", "error", "text"),
    [
        (0, TypeError, "index must be a pair (i, j), got 0"),
        ((0, 1, 2), ValueError, "index must be a pair (i, j), got (0, 1, 2)"),
        ((3, 0), ValueError, "i must be an integer from 0 to 2, got 3"),
        ((0, 3), ValueError, "j must be an integer from 0 to 2, got 3"),
        ((0, "1"), TypeError, "j must be an integer from 0 to 2, got '1'"),
        ((-1, 0), ValueError, "i must be an integer from 0 to 2, got -1"),
    ],
)
def test_bad_indices_are_named(index, error, text):
    with pytest.raises(error, match=re.escape(text)):
        P[index]


def test_a_formula_takes_numbers_for_its_symbols():
    assert FAIR(n=4, j=2) == sympy.Rational(3, 8)
    assert FAIR(n=4).free_symbols == {j}
    assert sum(FAIR(n=5, j=k) for k in range(6)) == 1
    assert FAIR.latex() == sympy.latex(FAIR.entry)


def test_a_formula_refuses_other_symbols():
    with pytest.raises(ValueError, match=re.escape("symbols must be among ['j', 'n'], got ['m', 'x']")):
        FAIR(x=1, m=2, n=3)
