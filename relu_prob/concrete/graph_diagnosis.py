"""The diagnosis of a network that is no chain of fully connected layers: convolutions, residual blocks, branches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.permanence import Codes, Status
from relu_prob.concrete.report import neurons_text
from relu_prob.concrete.status_report import StatusLayer, StatusReport
from relu_prob.results import Probability


class GraphReason(IntEnum):
    """Why a unit has its status; ``words`` says it in a sentence."""

    FIRES = 0
    FIRES_FROZEN = 1
    EXCITED = 2
    BIASED = 3
    NORMALIZED = 4
    UNDECIDED = 5
    STEADY_INPUT = 6
    NEVER_EXCITED = 7
    FROZEN = 8
    BEHIND = 9

    @property
    def words(self) -> str:
        """In words."""
        return _WORDS[self]

    @property
    def status(self) -> Status:
        """The status that it is a reason for."""
        if self <= GraphReason.FIRES_FROZEN:
            return Status.ACTIVE
        return Status.TENTATIVE if self <= GraphReason.UNDECIDED else Status.PERMANENT


_WORDS = {
    GraphReason.FIRES: "fires on the data",
    GraphReason.FIRES_FROZEN: "fires on the data, but never changes: dead units cut it and what it sees off the output",
    GraphReason.EXCITED: "silent, but has a positive weight from something that may be positive",
    GraphReason.BIASED: "silent, but its bias is positive: it fires where what it sees falls to 0",
    GraphReason.NORMALIZED: "silent behind a normalization, which changes in training: whether for ever is not decided",
    GraphReason.UNDECIDED: "silent; whether for ever is not decided",
    GraphReason.STEADY_INPUT: "silent, and what it sees depends on no parameter: it gets no gradient and never changes",
    GraphReason.NEVER_EXCITED: "no positive weight from anything that may be positive, and no positive bias",
    GraphReason.FROZEN: "silent, and no gradient ever reaches it or what it sees: nothing here ever changes",
    GraphReason.BEHIND: "behind dead units: its output is the same at all data for ever",
}
_STATUS_OF_REASON = np.array([reason.status for reason in GraphReason], dtype=np.int8)


@dataclass(frozen=True, eq=False, repr=False)
class GraphLayer(StatusLayer):
    """The units of one call of a ReLU: for each its status, the reason, and what was seen of it.

    Attributes
    ----------
    layer : its number, from 1, in the order of a forward pass
    name : of the linear or convolutional layer that feeds the ReLU, and which call of it
    kind : "neuron" or "channel"; a channel is silent where it is so at all positions
    reasons : a ``GraphReason`` for every unit, as integers of shape (n,)
    largest : the largest pre-activation of every unit on the data, at any position
    """

    layer: int
    name: str
    kind: str
    reasons: Codes
    largest: NDArray[np.float64]
    at_initialization: Probability | None = None

    @property
    def title(self) -> str:
        return f"{self.layer} ({self.name})"

    @property
    def _status_of_reason(self) -> Codes:
        return _STATUS_OF_REASON

    def row(self) -> dict[str, str]:
        """A row of the table of counts."""
        return {
            "layer": str(self.layer),
            "name": self.name,
            "units": f"{self.n} {self.kind}s",
            **self._counts_row(),
        }

    def lines(self) -> list[str]:
        """Why units are dead or frozen, a line for each reason, and which units."""
        found = []
        for reason in GraphReason:
            units = np.flatnonzero(self.reasons == reason)
            if reason != GraphReason.FIRES and len(units):
                found.append(f"{len(units)} {reason.status.words}: {reason.words} ({neurons_text(units)})")
        return found

    def to_dict(self) -> dict[str, Any]:
        """A plain dict for JSON."""
        return {
            "layer": self.layer,
            "name": self.name,
            "kind": self.kind,
            "units": self.n,
            **self._counts_dict(),
            "reasons": [GraphReason(r).name.lower() for r in self.reasons],
            "largest": self.largest.tolist(),
        }

    def _key(self) -> tuple[Any, ...]:
        return (self.layer, self.name, self.kind, self.reasons.tobytes(), self.largest.tobytes())


@dataclass(frozen=True, repr=False)
class GraphDiagnosis(StatusReport):
    """Who is dead in a given network of any graph on given data, who for ever, and why. Immutable; print it.

    Attributes
    ----------
    network : the name of the module's class
    inputs : the number of inputs
    layers : one for every call of a ReLU, in the order of a forward pass
    notes : what is not decided, in words: ReLUs that belong to no layer of units, and why permanence was not decided
    """

    network: str
    inputs: int
    layers: tuple[GraphLayer, ...]
    notes: tuple[str, ...] = ()

    @property
    def _title(self) -> str:
        return f"{self.network} on {self.inputs} input{'s' if self.inputs > 1 else ''}"

    def _head(self) -> dict[str, Any]:
        return {"network": self.network, "inputs": self.inputs, "notes": list(self.notes)}
