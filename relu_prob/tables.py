"""Tables of probabilities, written as csv, Markdown and LaTeX (booktabs).

A cell is a pair of texts: what a program reads, and what LaTeX sets. A probability takes three cells (its exact value
where that is short, decimals, guarantee), an estimate takes three others (estimate and the ends of its interval).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mpmath
import sympy
import tabulate

from relu_prob import checks
from relu_prob.results import Guarantee, Quantity
from relu_prob.results.text import booktabs, latex_decimal, outward, short_expression

DIGITS = 10
_TEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {c: f"${c}$" for c in "<>|"}
    | {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
)


@dataclass(frozen=True)
class Cell:
    """``text`` for csv and Markdown, ``tex`` for LaTeX."""

    text: str
    tex: str


Row = Sequence[Cell | str | int]


def words(text: str) -> Cell:
    """A cell of plain words.

    >>> words("50% of n_1")
    Cell(text='50% of n_1', tex='50\\\\% of n\\\\_1')
    """
    return Cell(text, text.translate(_TEX))


def formula(text: str, tex: str) -> Cell:
    """A cell of mathematics: ``text`` as a program reads it, ``tex`` for LaTeX's math mode.

    >>> formula("n_1", "n_1").tex
    '$n_1$'
    """
    return Cell(text, f"${tex}$")


def cell(value: Cell | str | int) -> Cell:
    """``value`` as a cell: words and integers as they are."""
    return value if isinstance(value, Cell) else words(str(value))


def exact_cell(probability: Quantity) -> Cell:
    """The exact value where it is short, otherwise empty.

    >>> from relu_prob import Network, born_dead
    >>> exact_cell(born_dead(Network((1, 4, 4, 1))))
    Cell(text='23/2048', tex='$\\\\frac{23}{2048}$')
    """
    text = short_expression(probability.number)
    return words("") if text is None else formula(text, str(sympy.latex(probability.exact)))


def decimal_cell(probability: Quantity, digits: int = DIGITS) -> Cell:
    """Up to ``digits`` decimal digits, all of them correct."""
    text = probability.decimal(digits)
    return formula(text, latex_decimal(text))


def value_cells(probability: Quantity, digits: int = DIGITS) -> tuple[Cell, Cell, Cell]:
    """(exact value where short, decimals, guarantee)."""
    guarantee = words(str(probability.guarantee))
    return exact_cell(probability), decimal_cell(probability, digits), guarantee


def estimate_cells(estimate: Quantity, digits: int = 5) -> tuple[Cell, Cell, Cell]:
    """(estimate, low, high) of a simulation, the ends of the interval rounded outwards.

    Raises
    ------
    ValueError
        For a number that is not an estimate.
    """
    if estimate.guarantee is not Guarantee.STATISTICAL:
        raise ValueError(f"estimate must be statistical, got {estimate!r}")
    texts = (
        mpmath.nstr(estimate.number.value(), digits, min_fixed=-6, max_fixed=16).removesuffix(".0"),
        outward(estimate.low, -1, digits),
        outward(estimate.high, 1, digits),
    )
    middle, low, high = (formula(text, latex_decimal(text)) for text in texts)
    return middle, low, high


@dataclass(frozen=True, init=False)
class Table:
    """A titled table of cells. Immutable; compares by value.

    Parameters
    ----------
    title : one line
    caption : what the columns mean and how they were computed
    columns : the headings
    rows : as many cells a row as there are headings; text and integers become cells

    Raises
    ------
    ValueError
        Where a row has another number of cells.

    Examples
    --------
    >>> table = Table("Coins", "Fair ones.", ["n", "P(all heads)"], [[1, "1/2"], [2, "1/4"]])
    >>> print(table.csv(), end="")
    n,P(all heads)
    1,1/2
    2,1/4
    >>> print(table.markdown().splitlines()[4])
    | n   | P(all heads)   |
    """

    title: Cell
    caption: Cell
    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __init__(
        self,
        title: Cell | str,
        caption: Cell | str,
        columns: Sequence[Cell | str],
        rows: Sequence[Row],
    ) -> None:
        heads = tuple(map(cell, checks.sequence("columns", columns, "a sequence of headings")))
        body = tuple(tuple(map(cell, row)) for row in rows)
        for row in body:
            if len(row) != len(heads):
                raise ValueError(f"rows must have {len(heads)} cells, one for each column, got {len(row)}: {row!r}")
        for name, value in (("title", cell(title)), ("caption", cell(caption)), ("columns", heads), ("rows", body)):
            object.__setattr__(self, name, value)

    def csv(self) -> str:
        """Headings and rows as comma-separated values: one table, no title."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([head.text for head in self.columns])
        writer.writerows([c.text for c in row] for row in self.rows)
        return out.getvalue()

    def markdown(self) -> str:
        """Title, caption and table in Markdown."""
        heads, *rows = [[c.text.replace("|", "\\|") for c in row] for row in (self.columns, *self.rows)]
        grid = tabulate.tabulate(rows, headers=heads, tablefmt="github", disable_numparse=True)
        return f"# {self.title.text}\n\n{self.caption.text}\n\n{grid}\n"

    def latex(self) -> str:
        """A LaTeX table environment; needs the package booktabs."""
        grid = booktabs([[c.tex for c in row] for row in self.rows], [c.tex for c in self.columns])
        lines = [
            r"\begin{table}",
            r"\centering\footnotesize",
            rf"\caption{{\textbf{{{self.title.tex}.}} {self.caption.tex}}}",
            grid,
            r"\end{table}",
        ]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path | str, name: str) -> list[Path]:
        """Write ``name``.csv, .md and .tex into ``folder``, made where it does not exist; returns their paths."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        paths = []
        for suffix, content in (("csv", self.csv()), ("md", self.markdown()), ("tex", self.latex())):
            path = target / f"{name}.{suffix}"
            path.write_text(content, encoding="utf-8", newline="\n")
            paths.append(path)
        return paths
