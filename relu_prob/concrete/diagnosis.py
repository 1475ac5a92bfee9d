"""The diagnosis of a given network on data: who is dead, who for ever, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks
from relu_prob.concrete import chance
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.concrete.observation import batch_rows, largest
from relu_prob.concrete.permanence import Causes, Codes, Indices, Reason, causes
from relu_prob.concrete.report import neurons_text
from relu_prob.concrete.status_report import StatusLayer, StatusReport
from relu_prob.domains import Points
from relu_prob.network import Network
from relu_prob.results import Probability

Array = NDArray[np.float64]
_STATUS_OF_REASON = np.array([reason.status for reason in Reason], dtype=np.int8)


@dataclass(frozen=True, eq=False, repr=False)
class LayerDiagnosis(StatusLayer):
    """One hidden layer: for every neuron its status, the reason, and what was seen of it.

    Attributes
    ----------
    layer : its number, from 1
    reasons : a ``Reason`` for every neuron, as integers of shape (n,)
    through : for a tentatively dead neuron the one below, from 0, of largest positive weight among those that may fire;
        -1 where there is none
    largest : the largest pre-activation seen; for a neuron that is silent on all data the maximum over the data, for
        others some positive value
    at_initialization : P(N_l <= active) for random networks of the given law on the same data, or None
    """

    layer: int
    reasons: Codes
    through: Indices
    largest: Array
    at_initialization: Probability | None = None

    @property
    def _status_of_reason(self) -> Codes:
        return _STATUS_OF_REASON

    def row(self) -> dict[str, str]:
        """A row of the table of counts."""
        return {
            "layer": str(self.layer),
            "neurons": str(self.n),
            **self._counts_row(),
        }

    def lines(self) -> list[str]:
        """Why neurons are dead or frozen, a line for each reason, and which neurons."""
        found = []
        for reason in Reason:
            neurons = np.flatnonzero(self.reasons == reason)
            if reason != Reason.FIRES and len(neurons):
                text = f"{len(neurons)} {reason.status.words}: {reason.words} ({neurons_text(neurons)})"
                if reason == Reason.EXCITED and len(neurons) <= 8:
                    text += ", by " + ", ".join(str(k) for k in self.through[neurons])
                found.append(text)
        return found

    def to_dict(self) -> dict[str, Any]:
        """A plain dict for JSON."""
        return {
            "layer": self.layer,
            "neurons": self.n,
            **self._counts_dict(),
            "reasons": [Reason(r).name.lower() for r in self.reasons],
            "through": self.through.tolist(),
            "largest": self.largest.tolist(),
            **self._chance_dict(),
        }

    def _key(self) -> tuple[Any, ...]:
        arrays = (self.reasons, self.through, self.largest)
        return (self.layer, *(a.tobytes() for a in arrays), self.at_initialization)


@dataclass(frozen=True, repr=False)
class Diagnosis(StatusReport):
    """Who is dead in a given network on given data, who for ever, and why. Immutable; print it.

    ``layers[l - 1]`` is the diagnosis of hidden layer l. ``rows``, ``table``, ``markdown``, ``latex`` and ``to_dict``
    show it, ``relu_prob.concrete.plots.plot_diagnosis`` draws it. ``notes`` says, for a PyTorch module, where training
    may do something else than what is diagnosed; it is not compared.
    """

    widths: tuple[int, ...]
    inputs: int
    layers: tuple[LayerDiagnosis, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def _title(self) -> str:
        return f"{'-'.join(map(str, self.widths))} on {self.inputs} input{'s' if self.inputs > 1 else ''}"

    def _head(self) -> dict[str, Any]:
        return {"widths": list(self.widths), "inputs": self.inputs, "notes": list(self.notes)}


def diagnose(
    network: ConcreteNetwork,
    data: Any,
    *,
    initialization: Network | None = None,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> Diagnosis:
    """Who is dead in a given network on given data, who for ever, and why.

    A neuron is dead if its output is 0 on all data, or if the layer below is entirely dead. It is *permanently* dead if
    moreover no training can change that whose increments vanish wherever the gradient always did: gradient descent with
    any batches, momentum or Adam, any loss, labels and step sizes. Of the others, *tentatively* dead, nothing of the
    kind is proved.

    Parameters
    ----------
    network : the network
    data : the inputs, an array of shape (m, d) (a memory map is read batch by batch), or Points
    initialization : a random Network of the same widths; then every layer carries the probability that at
        initialization, on the same data, no more neurons are active than are now. Its domain is not used.
    batch_size : the number of inputs that are passed forward together; by default by memory
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.
    FloatingPointError
        Where a pre-activation overflows.

    Notes
    -----
    ``docs/theory/permanent_death.md`` has the proof. It costs one forward pass over the data, less where most neurons
    fire, plus one over the weights. Where that would take many seconds the pass is one in float32, and only those who
    come near to firing are decided in float64: 10 hidden layers of 4096 neurons on 10 000 inputs take half a minute on
    two cores.

    Possible issues
    ---------------
    Who is silent is decided in float64, so that rounding may decide it where the exact pre-activation is nearly 0:
    ``largest`` shows how far from 0 it stays (after a pass in float32 to single precision). Permanence does not hold
    against weight decay, which moves weights that have no gradient, against other data, or against normalization
    layers.

    Examples
    --------
    >>> net = ConcreteNetwork([[[1.0], [-1.0]], [[1.0, 1.0], [-2.0, 1.0], [-1.0, -1.0]], [[1.0, 1.0, 1.0]]])
    >>> found = diagnose(net, [[1.0], [2.0]])
    >>> found
    <Diagnosis: 1-2-3-1 on 2 inputs: 2 active, 0 tentatively and 3 permanently dead>
    >>> print(found)
    1-2-3-1 on 2 inputs: 2 active, 0 tentatively and 3 permanently dead
      layer    neurons    active    tentatively dead    permanently dead
    -------  ---------  --------  ------------------  ------------------
    1        2          1         0                   1
    2        3          1         0                   2
    layer 1: 1 permanently dead: silent in the first layer: its inputs never change, and it gets no gradient (1)
    layer 2: 2 permanently dead: no positive weight from a neuron below that may fire, and no positive bias (1, 2)
    >>> diagnose(net, [[1.0], [-1.0]]).tentative
    (0, 0)
    """
    net = concrete(network)
    array = _data(net, data)
    rows = batch_rows(net) if batch_size is None else checks.integer("batch_size", batch_size, low=1)
    checks.choice("progress", progress, (None, True, False))
    law = chance.initialization_of(net, initialization)
    top = largest(net, array, rows, progress)
    found = causes(net.hidden, [z <= 0 for z in top])
    layers = [_layer(l, cause, z) for l, (cause, z) in enumerate(zip(found, top, strict=True), 1)]
    if law is not None:
        likely = chance.on_data(law, array, [layer.active for layer in layers])
        layers = [
            LayerDiagnosis(x.layer, x.reasons, x.through, x.largest, p) for x, p in zip(layers, likely, strict=True)
        ]
    return Diagnosis(net.widths, len(array), tuple(layers))


def concrete(value: Any) -> ConcreteNetwork:
    """``value`` if it is a ConcreteNetwork."""
    allowed = "a relu_prob.ConcreteNetwork (a Network describes random ones: ConcreteNetwork.draw makes one)"
    return checks.instance("network", value, ConcreteNetwork, allowed)


def _data(net: ConcreteNetwork, value: Any) -> Array:
    """Floats of shape (m, d). An array of them is not copied, and a memory map stays on disk."""
    if isinstance(value, Points):
        return net.inputs("data", value.array)
    if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.ndim == 2:
        step = batch_rows(net)
        for start in range(0, max(1, len(value)), step):
            net.inputs("data", value[start : start + step])
        return value
    return net.inputs("data", value)


def _layer(number: int, cause: Causes, top: Array) -> LayerDiagnosis:
    for array in (cause.reasons, cause.through, top):
        array.setflags(write=False)
    return LayerDiagnosis(number, cause.reasons, cause.through, top)
