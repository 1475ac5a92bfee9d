"""Pictures of diagnoses: a dot for every neuron. Needs the extra ``plot`` (matplotlib)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from relu_prob import checks
from relu_prob.concrete.diagnosis import Diagnosis
from relu_prob.concrete.domain_diagnosis import DomainDiagnosis, LayerVerdicts, Verdict
from relu_prob.concrete.graph_diagnosis import GraphDiagnosis
from relu_prob.concrete.permanence import Status
from relu_prob.plots import COLOURS, _figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = 48
"""The most dots above each other; wider layers take several columns."""

# the same colours and marks for what is known to live, what is known to be dead for good, and what is neither
_ALIVE, _NEITHER, _DEAD = (COLOURS[0], "o"), ("#E69F00", "D"), ("black", "x")
_ON_DATA: dict[IntEnum, tuple[str, str, str]] = {
    Status.ACTIVE: ("active", *_ALIVE),
    Status.TENTATIVE: ("tentatively dead", *_NEITHER),
    Status.PERMANENT: ("permanently dead", *_DEAD),
}
_STYLES: dict[type, dict[IntEnum, tuple[str, str, str]]] = {
    Diagnosis: _ON_DATA,
    GraphDiagnosis: _ON_DATA,
    DomainDiagnosis: {
        Verdict.ALIVE: ("alive", *_ALIVE),
        Verdict.UNDECIDED: ("undecided", *_NEITHER),
        Verdict.DEAD: ("dead", *_DEAD),
    },
}


def plot_diagnosis(diagnosis: Diagnosis | GraphDiagnosis | DomainDiagnosis) -> Figure:
    """The neurons of every hidden layer as dots, from the top in their order, by colour and mark what they are.

    Raises
    ------
    TypeError
        Where ``diagnosis`` is not one.
    ImportError
        Where matplotlib is not installed.

    >>> from relu_prob.concrete.diagnosis import diagnose
    >>> from relu_prob.concrete.network import ConcreteNetwork
    >>> figure = plot_diagnosis(diagnose(ConcreteNetwork([[[1.0], [-1.0]], [[1.0, 1.0]]]), [[1.0]]))
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['active (1)', 'permanently dead (1)']
    """
    allowed = "a Diagnosis, a GraphDiagnosis or a DomainDiagnosis"
    kinds: Any = Diagnosis | GraphDiagnosis | DomainDiagnosis
    found: Diagnosis | GraphDiagnosis | DomainDiagnosis = checks.instance("diagnosis", diagnosis, kinds, allowed)
    columns = [-(-layer.n // ROWS) for layer in found.layers]
    starts = np.cumsum([0, *(k + 1.5 for k in columns)])
    tallest = max(min(layer.n, ROWS) for layer in found.layers)
    figure = _figure(1.6 + 0.22 * float(starts[-1]) + 0.6 * len(columns), 1.6 + 0.11 * max(tallest, 16))
    axes = figure.add_subplot()
    for code, (label, colour, mark) in _STYLES[type(found)].items():
        xs, ys = [], []
        for layer, start in zip(found.layers, starts[:-1], strict=True):
            codes = layer.codes if isinstance(layer, LayerVerdicts) else layer.statuses  # type: ignore[attr-defined]
            neurons = np.flatnonzero(codes == code)
            xs.append(start + neurons // ROWS)
            ys.append(neurons % ROWS)
        x, y = np.concatenate(xs), np.concatenate(ys)
        if len(x):
            axes.scatter(x, y, s=16, color=colour, marker=mark, linewidths=1.0, label=f"{label} ({len(x)})")
    middles = [start + (k - 1) / 2 for start, k in zip(starts[:-1], columns, strict=True)]
    alive = found.alive if isinstance(found, DomainDiagnosis) else found.active
    names = [f"{layer.layer}\n{k}/{layer.n}" for layer, k in zip(found.layers, alive, strict=True)]
    axes.set_xticks(middles, labels=names)
    axes.set_xlim(-1, float(starts[-1]) - 1.5)
    axes.set_ylim(max(tallest, 16) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlabel("hidden layer, and how many of its neurons are " + next(iter(_STYLES[type(found)].values()))[0])
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return figure
