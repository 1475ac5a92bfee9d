"""What the diagnoses on data have in common: every neuron has a reason, and with it one of three statuses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from relu_prob.concrete.permanence import Codes, Status
from relu_prob.concrete.report import LayerReport, Report


class StatusLayer(LayerReport):
    """One layer, with a reason for every neuron (or channel), as integers of shape (n,)."""

    reasons: Codes

    @property
    def codes(self) -> Codes:
        """The reasons."""
        return self.reasons

    @property
    @abstractmethod
    def _status_of_reason(self) -> Codes:
        """The ``Status`` of every reason there is."""

    @property
    def statuses(self) -> Codes:
        """A ``Status`` for every neuron, as integers of shape (n,)."""
        codes: Codes = self._status_of_reason[self.reasons]
        return codes

    @property
    def active(self) -> int:
        """The number of active neurons."""
        return self._count(Status.ACTIVE)

    @property
    def tentative(self) -> int:
        """The number of neurons that are dead, and of which it is not proved that they are so for ever."""
        return self._count(Status.TENTATIVE)

    @property
    def permanent(self) -> int:
        """The number of permanently dead neurons."""
        return self._count(Status.PERMANENT)

    def _count(self, status: Status) -> int:
        return int(np.count_nonzero(self.statuses == status))

    def _counts_row(self) -> dict[str, str]:
        return {
            "active": str(self.active),
            "tentatively dead": str(self.tentative),
            "permanently dead": str(self.permanent),
        }

    def _counts_dict(self) -> dict[str, Any]:
        return {
            **{status.name.lower(): self._count(status) for status in Status},
            "statuses": [Status(s).name.lower() for s in self.statuses],
        }


class StatusReport(Report):
    """A network whose layers are of this kind, and notes on what holds only with a reservation."""

    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"note: {text}" for text in self.notes)])

    def _status_layers(self) -> Sequence[StatusLayer]:
        layers: Sequence[StatusLayer] = self.layers  # type: ignore[attr-defined]
        return layers

    @property
    def active(self) -> tuple[int, ...]:
        """The numbers of active neurons, one for each layer."""
        return tuple(layer.active for layer in self._status_layers())

    @property
    def tentative(self) -> tuple[int, ...]:
        """The numbers of tentatively dead neurons."""
        return tuple(layer.tentative for layer in self._status_layers())

    @property
    def permanent(self) -> tuple[int, ...]:
        """The numbers of permanently dead neurons."""
        return tuple(layer.permanent for layer in self._status_layers())

    def _counts_text(self) -> str:
        return (
            f"{sum(self.active)} active, {sum(self.tentative)} tentatively and {sum(self.permanent)} permanently dead"
        )
