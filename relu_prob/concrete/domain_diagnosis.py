"""The diagnosis of a given network on an interval or a box: who fires somewhere, who certainly nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.exact import Point, text
from relu_prob.concrete.report import LayerReport, Report, neurons_text
from relu_prob.domains import Box, Interval
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.results import Probability

Array = NDArray[np.float64]
Codes = NDArray[np.int8]


class Verdict(IntEnum):
    """What is known of a hidden neuron on a domain."""

    ALIVE = 0
    DEAD = 1
    UNDECIDED = 2


class Evidence(IntEnum):
    """How it is known; ``words`` says it, ``guarantee`` how well."""

    WITNESS = 0
    VERTICES = 1
    CORNER = 2
    INTERVALS = 3
    RELAXATION = 4
    PROGRAM = 5
    BEHIND = 6
    NONE = 7

    @property
    def words(self) -> str:
        """In words."""
        return _WORDS[self]

    @property
    def guarantee(self) -> Guarantee | None:
        """EXACT, CERTIFIED or NUMERICAL; None where nothing is known."""
        return _GUARANTEES[self]


_WORDS = {
    Evidence.WITNESS: "fires at an input that is known",
    Evidence.VERTICES: "silent at all vertices of the piecewise linear function that it is",
    Evidence.CORNER: "silent at the corner of the box where its pre-activation is largest",
    Evidence.INTERVALS: "silent by interval arithmetic",
    Evidence.RELAXATION: "silent by a linear relaxation, its bound proved in rationals",
    Evidence.PROGRAM: "silent by a mixed-integer program, its bound below 0 by more than its tolerances add up to",
    Evidence.BEHIND: "behind a dead layer: its output is constant",
    Evidence.NONE: "not decided",
}
_GUARANTEES = {
    Evidence.WITNESS: Guarantee.EXACT,
    Evidence.VERTICES: Guarantee.EXACT,
    Evidence.CORNER: Guarantee.EXACT,
    Evidence.INTERVALS: Guarantee.CERTIFIED,
    Evidence.RELAXATION: Guarantee.CERTIFIED,
    Evidence.PROGRAM: Guarantee.NUMERICAL,
    Evidence.BEHIND: Guarantee.CERTIFIED,
    Evidence.NONE: None,
}


@dataclass(frozen=True, eq=False, repr=False)
class LayerVerdicts(LayerReport):
    """One hidden layer on a domain.

    Attributes
    ----------
    layer : its number, from 1
    verdicts, evidence : a ``Verdict`` and its ``Evidence`` for every neuron, as integers of shape (n,)
    highest : what a pre-activation is at most on the domain, as far as is known; shape (n,)
    witnesses : for every neuron that is alive an input at which it fires, exactly; None for the others
    at_initialization : P(N_l <= active) for random networks of the given law on the same domain, or None
    """

    layer: int
    verdicts: Codes
    evidence: Codes
    highest: Array
    witnesses: tuple[Point | None, ...]
    at_initialization: Probability | None = None

    @property
    def codes(self) -> Codes:
        return self.verdicts

    @property
    def alive(self) -> int:
        """The number of neurons that are alive."""
        return self._count(Verdict.ALIVE)

    @property
    def dead(self) -> int:
        """The number of neurons that are dead."""
        return self._count(Verdict.DEAD)

    @property
    def undecided(self) -> int:
        """The number of neurons of which neither is known."""
        return self._count(Verdict.UNDECIDED)

    @property
    def active(self) -> int:
        """The most neurons that can be active: those alive or undecided."""
        return self.n - self.dead

    def _count(self, verdict: Verdict) -> int:
        return int(np.count_nonzero(self.verdicts == verdict))

    def row(self) -> dict[str, str]:
        """A row of the table of counts."""
        counts = {"alive": self.alive, "dead": self.dead, "undecided": self.undecided}
        return {"layer": str(self.layer), "neurons": str(self.n), **{name: str(k) for name, k in counts.items()}}

    def lines(self) -> list[str]:
        """Who is dead or undecided, a line for each kind of evidence."""
        found = []
        for evidence in Evidence:
            neurons = np.flatnonzero(self.evidence == evidence)
            if evidence != Evidence.WITNESS and len(neurons):
                kind = "undecided" if evidence.guarantee is None else f"dead, {evidence.guarantee}: {evidence.words}"
                found.append(f"{len(neurons)} {kind} ({neurons_text(neurons)})")
        return found

    def to_dict(self) -> dict[str, Any]:
        """A plain dict for JSON; numbers of witnesses are exact, as text."""
        return {
            "layer": self.layer,
            "neurons": self.n,
            **{verdict.name.lower(): self._count(verdict) for verdict in Verdict},
            "verdicts": [Verdict(v).name.lower() for v in self.verdicts],
            "evidence": [Evidence(e).name.lower() for e in self.evidence],
            "highest": [float(x) if np.isfinite(x) else None for x in self.highest],
            "witnesses": [None if p is None else [str(x) for x in p] for p in self.witnesses],
            **self._chance_dict(),
        }

    def witness_text(self, neuron: int) -> str:
        """The witness of a neuron in words."""
        point = self.witnesses[neuron]
        return "none" if point is None else text(point)

    def _key(self) -> tuple[Any, ...]:
        arrays = tuple(a.tobytes() for a in (self.verdicts, self.evidence, self.highest))
        return (self.layer, *arrays, self.witnesses, self.at_initialization)


@dataclass(frozen=True, repr=False)
class DomainDiagnosis(Report):
    """Who fires somewhere on a box or interval, who certainly nowhere, layer by layer. Immutable; print it."""

    widths: tuple[int, ...]
    domain: Box | Interval
    layers: tuple[LayerVerdicts, ...]

    @property
    def _title(self) -> str:
        return f"{'-'.join(map(str, self.widths))} on {self.domain!r}"

    @property
    def alive(self) -> tuple[int, ...]:
        """The numbers of neurons that are alive, one for each hidden layer."""
        return tuple(layer.alive for layer in self.layers)

    @property
    def dead(self) -> tuple[int, ...]:
        """The numbers of dead neurons."""
        return tuple(layer.dead for layer in self.layers)

    @property
    def undecided(self) -> tuple[int, ...]:
        """The numbers of neurons that were not decided."""
        return tuple(layer.undecided for layer in self.layers)

    def _counts_text(self) -> str:
        return f"{sum(self.alive)} alive, {sum(self.dead)} dead and {sum(self.undecided)} undecided"

    def _head(self) -> dict[str, Any]:
        return {"widths": list(self.widths), "domain": repr(self.domain)}
