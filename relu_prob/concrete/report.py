"""What the diagnoses of networks have in common: they show themselves, layer by layer, as text, tables and JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import tabulate
from numpy.typing import NDArray

from relu_prob.results import Probability
from relu_prob.results.text import booktabs

HARDLY = 1e-6
"""At initialization so few active neurons are called a result of training where their probability is below this."""

USUAL = 0.01
"""And no surprise where it is at least this."""


class LayerReport(ABC):
    """One hidden layer. Compares by value."""

    layer: int
    at_initialization: Probability | None

    @property
    @abstractmethod
    def codes(self) -> NDArray[np.int8]:
        """A code for every neuron."""

    @property
    def n(self) -> int:
        """The width of the layer."""
        return len(self.codes)

    @property
    def title(self) -> str:
        """What the layer is called."""
        return str(self.layer)

    @property
    @abstractmethod
    def active(self) -> int:
        """The number of active neurons, or the most that there can be."""

    @abstractmethod
    def row(self) -> dict[str, str]:
        """A row of the table of counts."""

    @abstractmethod
    def lines(self) -> list[str]:
        """What there is to say of the layer's neurons."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """A plain dict for JSON."""

    @abstractmethod
    def _key(self) -> tuple[Any, ...]: ...

    @property
    def _event(self) -> str:
        return f"P(N_{self.layer} <= {self.active})"

    def _chance_dict(self) -> dict[str, Any]:
        p = self.at_initialization
        return {} if p is None else {"at_initialization": {"event": self._event, **p.to_dict()}}

    def chance_lines(self) -> list[str]:
        """How likely so few active neurons are at initialization."""
        p = self.at_initialization
        if p is None or self.active == self.n:
            return []
        line = f"{self.n - self.active} of {self.n} dead; at initialization {self._event} = {p.describe(6)}"
        line = line.replace("= in [", "in [").replace("= ≈", "≈")
        if p.high < HARDLY:
            line += f": below {HARDLY:g}, so training did it"
        elif p.low >= USUAL:
            line += ": the network may well be born this way"
        return [line]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LayerReport) and type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(f'{name} {value}' for name, value in self.row().items())}>"


class Report(ABC):
    """A network, layer by layer."""

    @property
    @abstractmethod
    def _title(self) -> str: ...

    @abstractmethod
    def _counts_text(self) -> str: ...

    @abstractmethod
    def _head(self) -> dict[str, Any]: ...

    def _layers(self) -> Sequence[LayerReport]:
        layers: Sequence[LayerReport] = self.layers  # type: ignore[attr-defined]
        return layers

    def rows(self) -> list[dict[str, str]]:
        """The table of counts, a row for each hidden layer."""
        table = [layer.row() for layer in self._layers()]
        for row, layer in zip(table, self._layers(), strict=True):
            if layer.at_initialization is not None:
                row["P(N <= active) at initialization"] = layer.at_initialization.describe(6)
        return table

    def table(self) -> str:
        """The table of counts as plain text."""
        return str(tabulate.tabulate(self.rows(), headers="keys", disable_numparse=True))

    def markdown(self) -> str:
        """The table of counts in Markdown."""
        return str(tabulate.tabulate(self.rows(), headers="keys", tablefmt="github", disable_numparse=True))

    def latex(self) -> str:
        """The table of counts in LaTeX (booktabs)."""
        head = {"P(N <= active) at initialization": r"$P(N \le \mathrm{active})$ at initialization"}
        rows = self.rows()
        for row, layer in zip(rows, self._layers(), strict=True):
            if layer.at_initialization is not None:
                row["P(N <= active) at initialization"] = f"${layer.at_initialization.latex()}$"
        return booktabs([list(row.values()) for row in rows], [head.get(name, name) for name in rows[0]])

    def to_dict(self) -> dict[str, Any]:
        """A plain dict for JSON."""
        return {**self._head(), "layers": [layer.to_dict() for layer in self._layers()]}

    def __str__(self) -> str:
        said = [
            f"layer {layer.title}: {line}"
            for layer in self._layers()
            for line in (*layer.lines(), *layer.chance_lines())
        ]
        return "\n".join([f"{self._title}: {self._counts_text()}", self.table(), *said])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._title}: {self._counts_text()}>"


def neurons_text(neurons: NDArray[np.int64], most: int = 12) -> str:
    """Numbers of neurons, the first of them where they are many.

    >>> neurons_text(np.arange(3)), neurons_text(np.arange(30), most=2)
    ('0, 1, 2', '0, 1, ...')
    """
    shown = ", ".join(map(str, neurons[:most]))
    return shown if len(neurons) <= most else f"{shown}, ..."
