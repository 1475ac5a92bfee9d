"""What is known of a layer on a domain while it is being decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.domain_diagnosis import Evidence, LayerVerdicts, Verdict
from relu_prob.concrete.exact import Point

Array = NDArray[np.float64]


class Known:
    """What is known so far of a layer, of which interval arithmetic says how high its pre-activations can be."""

    def __init__(self, layer: int, high: Array) -> None:
        self.layer, self.high = layer, high.copy()
        self.verdicts = np.full(len(high), Verdict.UNDECIDED, dtype=np.int8)
        self.evidence = np.full(len(high), Evidence.NONE, dtype=np.int8)
        self.witnesses: list[Point | None] = [None] * len(high)

    @property
    def open(self) -> list[int]:
        """The neurons that are not decided."""
        return [int(j) for j in np.flatnonzero(self.verdicts == Verdict.UNDECIDED)]

    def dead(self, j: int, evidence: Evidence) -> None:
        """Neuron j is dead."""
        self.verdicts[j], self.evidence[j] = Verdict.DEAD, evidence

    def alive(self, j: int, witness: Point) -> None:
        """Neuron j fires at an input."""
        self.verdicts[j], self.evidence[j], self.witnesses[j] = Verdict.ALIVE, Evidence.WITNESS, witness

    def forget(self, j: int) -> None:
        """Neuron j is not decided after all."""
        self.verdicts[j], self.evidence[j], self.witnesses[j] = Verdict.UNDECIDED, Evidence.NONE, None

    def frozen(self) -> LayerVerdicts:
        """What is known, for good."""
        for array in (self.verdicts, self.evidence, self.high):
            array.setflags(write=False)
        return LayerVerdicts(self.layer, self.verdicts, self.evidence, self.high, tuple(self.witnesses))
