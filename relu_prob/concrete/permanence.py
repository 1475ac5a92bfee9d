"""Who is dead for ever: the greatest set of neurons that no gradient training can make fire, and the reason for each.

``docs/theory/permanent_death.md`` proves the rules, and that this one sweep over the layers finds the greatest set that
satisfies them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Codes = NDArray[np.int8]
Indices = NDArray[np.int64]


class Status(IntEnum):
    """What a hidden neuron is on the data."""

    ACTIVE = 0
    TENTATIVE = 1
    PERMANENT = 2

    @property
    def words(self) -> str:
        """In words."""
        return ("active", "tentatively dead", "permanently dead")[self]


class Reason(IntEnum):
    """Why a neuron has its status; ``words`` says it in a sentence."""

    FIRES = 0
    FIRES_FROZEN = 1
    EXCITED = 2
    BIASED = 3
    FIRST_LAYER = 4
    NEVER_EXCITED = 5
    FROZEN = 6
    BEHIND = 7

    @property
    def words(self) -> str:
        """In words."""
        return _WORDS[self]

    @property
    def status(self) -> Status:
        """The status that it is a reason for."""
        if self <= Reason.FIRES_FROZEN:
            return Status.ACTIVE
        return Status.TENTATIVE if self <= Reason.BIASED else Status.PERMANENT


_WORDS = {
    Reason.FIRES: "fires on the data",
    Reason.FIRES_FROZEN: "fires on the data, but never changes: no gradient passes the dead layer above",
    Reason.EXCITED: "silent, but has a positive weight from a neuron below that may fire",
    Reason.BIASED: "silent, but its bias is positive: it fires where the neurons below fall silent",
    Reason.FIRST_LAYER: "silent in the first layer: its inputs never change, and it gets no gradient",
    Reason.NEVER_EXCITED: "no positive weight from a neuron below that may fire, and no positive bias",
    Reason.FROZEN: "silent in or below a dead layer: no gradient passes that, so nothing here ever changes",
    Reason.BEHIND: "behind a dead layer: its output is the same at all data for ever",
}


@dataclass(frozen=True, eq=False)
class Causes:
    """Of one layer: a reason for every neuron, and the neuron below that may revive a tentatively dead one, or -1."""

    reasons: Codes
    through: Indices


def causes(hidden: Sequence[tuple[Array, Array]], silent: Sequence[BoolArray]) -> list[Causes]:
    """The reasons for all neurons.

    Parameters
    ----------
    hidden : (W, b) of every hidden layer
    silent : of every hidden layer, whether each neuron's pre-activation is <= 0 on all data

    Examples
    --------
    >>> hidden = [(np.array([[1.0], [-1.0]]), np.zeros(2)), (np.array([[1.0, 1.0], [-2.0, 1.0]]), np.zeros(2))]
    >>> found = causes(hidden, [np.array([False, True]), np.array([False, True])])
    >>> [[Reason(r).name for r in layer.reasons] for layer in found]
    [['FIRES', 'FIRST_LAYER'], ['FIRES', 'NEVER_EXCITED']]
    """
    dead_layer = next((l for l, s in enumerate(silent) if s.all()), None)
    found = []
    below: BoolArray = np.empty(0, dtype=bool)  # of the layer below, who is silent for ever by the rule of signs
    for l, ((w, b), quiet) in enumerate(zip(hidden, silent, strict=True)):
        # what is silent by the rule of signs is so in floating point too: a sum of numbers <= 0 is rounded to one
        below, through = (quiet, np.full(len(w), -1)) if l == 0 else _by_signs(w, b, quiet, below)
        if dead_layer is None:
            silent_reason = np.where(through >= 0, Reason.EXCITED, Reason.BIASED)
            firing = Reason.FIRES
        else:
            silent_reason = np.full(len(w), Reason.FROZEN)
            firing = Reason.FIRES_FROZEN
            through = np.full(len(w), -1)
        rule = Reason.FIRST_LAYER if l == 0 else Reason.NEVER_EXCITED
        reasons = np.where(quiet, np.where(below, rule, silent_reason), firing)
        if dead_layer is not None and l > dead_layer:
            reasons = np.full(len(w), Reason.BEHIND)
        found.append(Causes(reasons.astype(np.int8), through.astype(np.int64)))
    return found


def silent_for_ever(hidden: Sequence[tuple[Array, Array]], silent: Sequence[BoolArray]) -> list[BoolArray]:
    """Of every layer, who outputs 0 on the data now and after any gradient training: the greatest set of the rules.

    Neurons behind a dead layer that fire are not among them, though their output is constant and they count as dead.

    >>> silent_for_ever([(np.ones((1, 1)), np.zeros(1)), (-np.ones((1, 1)), np.ones(1))], [np.array([True])] * 2)
    [array([ True]), array([ True])]
    """
    top = max((l for l, s in enumerate(silent) if s.all()), default=-1)
    result: list[BoolArray] = []
    for l, ((w, b), quiet) in enumerate(zip(hidden, silent, strict=True)):
        # up to the highest dead layer everything is frozen, and the layer above it sees nothing but its biases
        frozen = l <= top + 1
        result.append(quiet if frozen else _by_signs(w, b, quiet, result[-1])[0])
    return result


def _by_signs(w: Array, b: Array, quiet: BoolArray, below: BoolArray) -> tuple[BoolArray, Indices]:
    """Who of the quiet never fires: no positive weight from outside ``below`` or bias. And who excites the others."""
    never, through = np.zeros(len(w), dtype=bool), np.full(len(w), -1)
    rows, may_fire = np.flatnonzero(quiet), np.flatnonzero(~below)
    if len(may_fire) and len(rows):
        strongest = may_fire[np.argmax(w[np.ix_(rows, may_fire)], axis=1)]
        through[rows] = np.where(w[rows, strongest] > 0, strongest, -1)
    never[rows] = (through[rows] < 0) & (b[rows] <= 0)
    return never, through
