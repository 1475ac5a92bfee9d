"""What a subcommand found, ready for every format: probabilities, laws, matrices and formulas.

An answer says what was asked (``title``) and where the answer comes from (``facts``), and shows itself as text, as
Markdown and as LaTeX, by the renderers of the results; ``rows`` (for CSV) and ``data`` (for JSON) lose nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import tabulate

from relu_prob import CountLaw, Guarantee, Probability, Quantity, SymbolicEntry, TransitionMatrix
from relu_prob.results.text import booktabs, short_expression

FIELDS = ("value", "guarantee", "fraction", "exact", "low", "high", "level", "samples")
Row = dict[str, str]


class Answer(ABC):
    """``digits`` is what was asked for, or None for what each format shows by default."""

    status = 0

    def __init__(self, title: str, facts: dict[str, str], digits: int | None = None) -> None:
        self.title, self.facts = title, {name: fact for name, fact in facts.items() if fact}
        self._digits = () if digits is None else (digits,)

    @abstractmethod
    def data(self) -> dict[str, Any]:
        """Everything, as a plain dict."""

    @abstractmethod
    def rows(self) -> list[Row]:
        """Everything, as a table; all rows have the same keys."""

    def text(self) -> str:
        """Title and answer."""
        return f"{self.title}\n{self.markdown()}"

    def markdown(self) -> str:
        """The answer in Markdown, without title and facts."""
        return str(tabulate.tabulate(self.rows(), headers="keys", tablefmt="github", disable_numparse=True))

    def latex(self) -> str:
        """The answer in LaTeX, without title and facts."""
        table = tabulate.tabulate(self.rows(), headers="keys", tablefmt="latex_booktabs", disable_numparse=True)
        return str(table)


def provenance(results: Iterable[Probability | CountLaw], seed: int) -> dict[str, str]:
    """Where results come from: every method and source once, and the seed where something was simulated."""
    known = list(results)
    methods = dict.fromkeys(result.method for result in known)
    sources = dict.fromkeys(result.source for result in known if result.source)
    sampled = any(result.guarantee is Guarantee.STATISTICAL for result in known)
    return {"method": "; ".join(methods), "source": "; ".join(sources), "seed": str(seed) if sampled else ""}


def cells(quantity: Quantity, *digits: int) -> Row:
    """A quantity in the cells of a CSV row: its ``to_dict``, flat, the same keys for all."""
    values = quantity.to_dict(*digits)
    around = values.get("bracket", {})
    row = {name: str(values.get(name, "")) for name in FIELDS}
    row |= {f"bracket_{end}": str(around.get(end, "")) for end in ("low", "high")}
    return row | {"method": values["method"], "source": values["source"]}


def formula(title: str) -> str:
    r"""An event such as P(N_2 >= 3) in LaTeX.

    >>> print(formula("P(N_12 >= 3)"))
    P(N_{12} \ge 3)
    """
    words = [f"N_{{{word[2:]}}}" if word.startswith("N_") else word for word in title.replace("(", "( ").split()]
    return " ".join(words).replace("( ", "(").replace(">=", r"\ge").replace("|", r"\mid")


class OneProbability(Answer):
    """The probability of the event that the title names."""

    def __init__(self, title: str, facts: dict[str, str], probability: Probability, digits: int | None) -> None:
        super().__init__(title, facts, digits)
        self.probability = probability

    def data(self) -> dict[str, Any]:
        return self.probability.to_dict(*self._digits)

    def rows(self) -> list[Row]:
        return [{"question": self.title, **cells(self.probability, *self._digits)}]

    def text(self) -> str:
        return f"{self.title}: {self.probability.describe(*self._digits)}"

    def markdown(self) -> str:
        return f"${formula(self.title)}$: {self.probability.describe(*self._digits)}"

    def latex(self) -> str:
        return f"{formula(self.title)} {relation(self.probability, *self._digits)}"


def relation(probability: Probability, *digits: int) -> str:
    """``= value``, or what may be said of a value that is not exact, in LaTeX."""
    value = probability.latex(*digits)
    if value.startswith(r"\in"):
        return value
    return f"= {value}" if short_expression(probability.number) is not None else rf"\approx {value}"


class ManyProbabilities(Answer):
    """The probabilities of several events."""

    def __init__(
        self, title: str, facts: dict[str, str], probabilities: dict[str, Probability], digits: int | None
    ) -> None:
        super().__init__(title, facts, digits)
        self.probabilities = probabilities

    def data(self) -> dict[str, Any]:
        return {"events": [{"event": name, **p.to_dict(*self._digits)} for name, p in self.probabilities.items()]}

    def rows(self) -> list[Row]:
        return [{"event": name, **cells(p, *self._digits)} for name, p in self.probabilities.items()]

    def markdown(self) -> str:
        table = [{"event": name, "probability": p.describe(*self._digits)} for name, p in self.probabilities.items()]
        return str(tabulate.tabulate(table, headers="keys", tablefmt="github", disable_numparse=True))

    def latex(self) -> str:
        values = {name: relation(p, *self._digits).removeprefix("= ") for name, p in self.probabilities.items()}
        table = [(name, f"${value}$") for name, value in values.items()]
        return booktabs(table, ("event", "probability"))


class Law(Answer):
    """The law of the counts of a layer."""

    def __init__(self, title: str, facts: dict[str, str], law: CountLaw, digits: int | None) -> None:
        super().__init__(title, {"guarantee": str(law.guarantee), **facts}, digits)
        self.law, self.moments = law, _moments(law)
        self.facts |= {name: moment.describe(*self._digits) for name, moment in self.moments.items()}

    def data(self) -> dict[str, Any]:
        moments = {name: moment.to_dict(*self._digits) for name, moment in self.moments.items()}
        return self.law.to_dict(*self._digits) | moments

    def rows(self) -> list[Row]:
        return [{"j": str(j), **cells(self.law.pmf(j), *self._digits)} for j in self.law.support]

    def markdown(self) -> str:
        return self.law.markdown(*self._digits)

    def latex(self) -> str:
        return self.law.latex(*self._digits)


def _moments(law: CountLaw) -> dict[str, Quantity]:
    try:
        return {"mean": law.mean, "variance": law.var}
    except ValueError:  # counts that a finite sample of the domain only bounds from below have no estimate of a mean
        return {}


class Matrix(Answer):
    """A transition matrix in numbers."""

    def __init__(self, title: str, facts: dict[str, str], matrix: TransitionMatrix, digits: int | None) -> None:
        super().__init__(title, {"guarantee": str(matrix.guarantee), **facts}, digits)
        self.matrix = matrix

    def data(self) -> dict[str, Any]:
        return self.matrix.to_dict(*self._digits)

    def rows(self) -> list[Row]:
        """One row for each entry; those of an undefined row of the matrix are empty."""
        entries = []
        for i, row in enumerate(self.matrix.rows):
            for j in range(self.matrix.shape[1]):
                entry = {} if row is None else cells(row.pmf(j), *self._digits)
                entries.append({"i": str(i), "j": str(j), **entry})
        keys = next(entry for entry in entries if len(entry) > 2)
        return [{key: entry.get(key, "") for key in keys} for entry in entries]

    def markdown(self) -> str:
        return self.matrix.markdown(*self._digits)

    def latex(self) -> str:
        return self.matrix.latex(*self._digits)


class Formula(Answer):
    """The entries of a transition matrix in symbols."""

    def __init__(self, title: str, facts: dict[str, str], entry: SymbolicEntry) -> None:
        super().__init__(title, facts)
        self.entry = entry

    def data(self) -> dict[str, Any]:
        return self.entry.to_dict()

    def rows(self) -> list[Row]:
        return [{"question": self.title, "exact": str(self.entry.entry), "meaning": self.entry.meaning, **self.facts}]

    def text(self) -> str:
        return f"{self.title} = {self.entry.entry}, exact\n{self.entry.meaning}"

    def markdown(self) -> str:
        return f"$${self.latex()}$$\n\n{self.entry.meaning}"

    def latex(self) -> str:
        return f"{formula(self.title)} = {self.entry.latex()}"
