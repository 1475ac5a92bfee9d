"""The transition matrix of active-neuron counts from one layer to the next, in numbers and as a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy
import tabulate

from relu_prob import checks
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.results.count_law import CountLaw
from relu_prob.results.probability import Probability


@dataclass(frozen=True, repr=False)
class TransitionMatrix:
    """``P[i, j] = P(N_l = j | N_{l-1} = i)``; rows i = 0..n_{l-1}, columns j = 0..n_l.

    A row is a CountLaw of total mass 1, or None where P(N_{l-1} = i) = 0, so that it is undefined. For l = 1 there is
    a single row: the law of N_1. Counts are in general not a Markov chain: the matrix carries the marginal law of
    layer l - 1 to that of layer l, and no more is claimed.
    """

    layer: int
    rows: tuple[CountLaw | None, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(number of rows, number of columns)."""
        return len(self.rows), self._defined()[0].n + 1

    def _defined(self) -> Sequence[CountLaw]:
        return [row for row in self.rows if row is not None]

    @property
    def guarantee(self) -> Guarantee:
        """The weakest guarantee among the rows."""
        return Guarantee.weakest(row.guarantee for row in self._defined())

    def row(self, i: int) -> CountLaw:
        """Row i.

        Raises
        ------
        ZeroDivisionError
            Where P(N_{l-1} = i) = 0: the row is undefined.
        """
        row = self.rows[checks.integer("i", i, low=0, high=len(self.rows) - 1)]
        if row is None:
            raise ZeroDivisionError(f"row {i} is undefined: layer {self.layer - 1} never has {i} active neurons")
        return row

    def __getitem__(self, index: tuple[int, int]) -> Probability:
        pair = checks.sequence("index", index, "a pair (i, j)")
        if len(pair) != 2:
            raise ValueError(f"index must be a pair (i, j), got {index!r}")
        i, j = pair
        return self.row(i).pmf(j)

    def to_sympy(self) -> sympy.Matrix:
        """The matrix of exact entries; undefined rows are filled with nan.

        Raises
        ------
        ValueError
            Where an entry is not exact.
        """
        if self.guarantee is not Guarantee.EXACT:
            raise ValueError(f"to_sympy() needs exact entries, got {self.guarantee} ones")
        columns = self.shape[1]
        return sympy.Matrix(
            [[sympy.nan] * columns if row is None else [row.pmf(j).exact for j in row.support] for row in self.rows]
        )

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.shape))
        undefined = len(self.rows) - len(self._defined())
        note = f", {undefined} rows undefined" if undefined else ""
        return f"TransitionMatrix(into layer {self.layer}, {shape}, {self.guarantee}{note})"

    def table(self, digits: int = 6) -> list[list[str]]:
        """Rows of text: i, then the entries, or "undefined"."""
        return [
            [
                str(i),
                *(["undefined"] * self.shape[1] if row is None else [_cell(row.pmf(j), digits) for j in row.support]),
            ]
            for i, row in enumerate(self.rows)
        ]

    def markdown(self, digits: int = 6) -> str:
        """The table in Markdown."""
        headers = ["i \\ j", *map(str, range(self.shape[1]))]
        return str(tabulate.tabulate(self.table(digits), headers=headers, tablefmt="github", disable_numparse=True))

    def latex(self, digits: int = 6) -> str:
        """The matrix in LaTeX math mode."""
        lines = []
        for row in self.rows:
            cells = ["-"] * self.shape[1] if row is None else [row.pmf(j).latex(digits) for j in row.support]
            lines.append(" & ".join(cells))
        return "\\begin{pmatrix}\n" + " \\\\\n".join(lines) + "\n\\end{pmatrix}"

    def to_dict(self, digits: int = 15) -> dict[str, Any]:
        """A plain dict for JSON; undefined rows are None."""
        return {
            "layer": self.layer,
            "guarantee": str(self.guarantee),
            "rows": [None if row is None else row.to_dict(digits) for row in self.rows],
        }


def _cell(probability: Probability, digits: int) -> str:
    fraction = probability.fraction
    if fraction is not None and len(str(fraction)) <= 2 * digits:
        return str(fraction)
    shown, is_exact = probability._decimal(digits)
    return shown if is_exact or shown.startswith("in ") else f"≈ {shown}"


@dataclass(frozen=True)
class SymbolicEntry:
    """P(N_l = j | N_{l-1} = i) as a sympy expression, valid for all values of its symbols.

    ``symbols`` are named i (active neurons below), j (active in the layer), n (its width), r (effective radius) and
    so on; ``meaning`` says in words what they stand for and where the formula holds.

    >>> n, j = sympy.symbols("n j", integer=True, nonnegative=True)
    >>> fair = SymbolicEntry(sympy.binomial(n, j) / 2**n, (n, j), "a layer of n neurons on one ray")
    >>> fair(n=4, j=2)
    3/8
    """

    entry: sympy.Expr
    symbols: tuple[sympy.Symbol, ...]
    meaning: str

    def __call__(self, **values: Any) -> sympy.Expr:
        """The entry with numbers (or other expressions) for some of its symbols.

        Where no symbol is left, integrals of polynomials are worked out; others are left to be read.

        Raises
        ------
        ValueError
            For a name that is none of its symbols.
        """
        by_name = {symbol.name: symbol for symbol in self.symbols}
        unknown = sorted(set(values) - set(by_name))
        if unknown:
            raise ValueError(f"symbols must be among {sorted(by_name)}, got {unknown}")
        entry = self.entry.subs({by_name[name]: value for name, value in values.items()})
        if not entry.free_symbols.isdisjoint(self.symbols):
            return entry
        polynomial = all(x.function.is_polynomial(*x.variables) for x in entry.atoms(sympy.Integral))
        return entry.doit() if polynomial else entry

    def to_dict(self) -> dict[str, Any]:
        """A plain dict for JSON; ``exact`` reads back (by sympy, given the symbols) as the formula."""
        names = [symbol.name for symbol in self.symbols]
        return {"exact": str(self.entry), "guarantee": "exact", "symbols": names, "meaning": self.meaning}

    def latex(self) -> str:
        """The formula in LaTeX math mode."""
        return str(sympy.latex(self.entry))
