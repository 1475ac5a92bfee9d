"""The diagnosis of a module on data: who is dead, who for ever, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import torch

from relu_prob import checks
from relu_prob.concrete.diagnosis import Diagnosis, diagnose as diagnose_concrete
from relu_prob.concrete.graph_diagnosis import GraphDiagnosis
from relu_prob.network import Network
from relu_prob.torch.graph import dropout_notes, graph_diagnosis
from relu_prob.torch.inputs import a_module, batches
from relu_prob.torch.operations import ROWS
from relu_prob.torch.quiet import quiet
from relu_prob.torch.structure import layers_of
from relu_prob.torch.watch import Seen, look


def diagnose(
    module: torch.nn.Module,
    data: Any,
    *,
    initialization: Network | None = None,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> Diagnosis | GraphDiagnosis:
    """Who is dead in a PyTorch module on data, who for ever, and why.

    A fully connected ReLU module gets the diagnosis that ``relu_prob.diagnose`` gives to its ``concrete_network``. Of
    any other (convolutions, residual blocks, branches) the units of every ReLU are diagnosed: a unit is dead if its
    output is 0 at all data and positions, or if it lies behind dead units only. It is *permanently* dead if no gradient
    training can change that; of the other dead ones, *tentatively* dead, this is not proved.

    Parameters
    ----------
    module : any module of one argument; it is left as it was
    data : as for ``watch``
    initialization : for fully connected modules, as for ``relu_prob.diagnose``
    batch_size, progress : as for ``watch``

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.
    FloatingPointError
        Where a ReLU gets something that is not a finite number.

    Notes
    -----
    ``docs/theory/permanent_death.md``, section 'Convolutions, residual blocks and other graphs', has the rules and the
    proof. All parameters count as trained, and all derivatives of what the module returns as if there were nothing that
    stops or changes gradients.

    Possible issues
    ---------------
    Permanence is about the function that the module computes in evaluation mode, which batch normalization and dropout
    change in training: behind a batch normalization nothing is called permanent, of dropout a note is made. It is about
    these data, and about training without weight decay. The diagnosis of a fully connected module takes relu'(0) = 0;
    written as ``clamp(min=0)`` or ``maximum`` it is not, so that a neuron whose pre-activation is exactly 0 (see
    ``largest``) may be revived. What a forward pass computes outside of PyTorch (by NumPy, or from ``.tolist()``) and
    backward passes of one's own are not seen.

    Examples
    --------
    >>> from torch import nn
    >>> net = nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU(), nn.Conv2d(2, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 1))
    >>> with torch.no_grad():
    ...     for p in net.parameters():
    ...         _ = p.fill_(-1.0)
    ...     _ = net[0].weight[0].fill_(1.0)
    >>> print(diagnose(net, torch.ones(3, 1, 4, 4)))
    Sequential on 3 inputs: 1 active, 0 tentatively and 3 permanently dead
    layer    name    units       active    tentatively dead    permanently dead
    -------  ------  ----------  --------  ------------------  ------------------
    1        0       2 channels  1         0                   1
    2        2       2 channels  0         0                   2
    layer 1 (0): 1 active: fires on the data, but never changes: dead units cut it and what it sees off the output (0)
    layer 1 (0): 1 permanently dead: no positive weight from anything that may be positive, and no positive bias (1)
    layer 2 (2): 2 permanently dead: no positive weight from anything that may be positive, and no positive bias (0, 1)
    """
    net = a_module(module)
    checks.choice("progress", progress, (None, True, False))
    stream = batches(data, batch_size)
    first = next(stream)
    with quiet(net):
        sample = Seen(net).batch(first[torch.arange(ROWS) % len(first)])
    try:
        found = layers_of(net, sample.trace, sample.result)
    except ValueError as error:
        if initialization is not None:
            raise ValueError(f"initialization must be None, because it is for fully connected ones: {error}") from None
        seen = Seen(net)
        look(seen, chain([first], stream), progress=progress)
        return graph_diagnosis(sample, seen)
    diagnosis = diagnose_concrete(
        found.concrete(),
        _array(data, chain([first], stream)),
        initialization=initialization,
        batch_size=batch_size,
        progress=progress,
    )
    return replace(diagnosis, notes=tuple(dropout_notes(net)))


def _array(data: Any, stream: Iterable[torch.Tensor]) -> Any:
    """Data for a ConcreteNetwork: a row of float64 for each input."""
    if isinstance(data, np.ndarray) and data.ndim == 2:
        return data
    return np.concatenate([rows.to("cpu", torch.float64).reshape(len(rows), -1).numpy() for rows in stream])
