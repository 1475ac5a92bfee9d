"""Forward passes over data, watched: which units of every ReLU fire at all, and how near to firing the others come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob import checks
from relu_prob.torch.inputs import a_module, as_inputs, batches
from relu_prob.torch.node import Node
from relu_prob.torch.operations import IDENTITIES, SHAPES
from relu_prob.torch.quiet import eagerly, quiet
from relu_prob.torch.trace import Trace
from relu_prob.torch.units import Units, UnitsOf

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class WatchedLayer:
    """What one call of a ReLU showed on the data, for the units of the layer that feeds it.

    Attributes
    ----------
    name : of the layer whose outputs the ReLU gets (of several that are added or joined, all of them)
    call : which call of a ReLU on outputs of that layer it is, from 1; a module that is used often has several
    kind : "neuron" of a linear layer or "channel" of a convolutional layer
    largest : for every unit the largest pre-activation, over all inputs and all positions
    """

    name: str
    call: int
    kind: str
    largest: Array

    @property
    def fired(self) -> BoolArray:
        """Which units fired, at any input and any position."""
        return np.asarray(self.largest > 0)

    @property
    def silent(self) -> NDArray[np.int64]:
        """The numbers of the units that never fired, from 0."""
        return np.flatnonzero(~self.fired)

    @property
    def n(self) -> int:
        """The number of units."""
        return len(self.largest)

    @property
    def title(self) -> str:
        """The name, and the call where it is not the first."""
        return self.name if self.call == 1 else f"{self.name} (call {self.call})"

    def __repr__(self) -> str:
        return f"<WatchedLayer {self.title}: {self.n - len(self.silent)} of {self.n} {self.kind}s fire>"


@dataclass(frozen=True, eq=False, repr=False)
class Watched:
    """What a module's ReLUs did on data. Print it.

    Attributes
    ----------
    inputs : the number of inputs
    layers : one for every call of a ReLU in a forward pass, in order
    unattributed : the calls of ReLUs that belong to no layer of units, and what stands between, in words
    """

    inputs: int
    layers: tuple[WatchedLayer, ...]
    unattributed: tuple[str, ...]

    def __getitem__(self, name: str) -> WatchedLayer:
        """The layer of a title."""
        found = {layer.title: layer for layer in self.layers}
        return found[checks.choice("name", name, tuple(found))]

    def __str__(self) -> str:
        said = [
            f"{layer.title}: {layer.n - len(layer.silent)} of {layer.n} {layer.kind}s fire" for layer in self.layers
        ]
        return "\n".join([repr(self)[1:-1], *said, *(f"not attributed: {text}" for text in self.unattributed)])

    def __repr__(self) -> str:
        units, silent = sum(layer.n for layer in self.layers), sum(len(layer.silent) for layer in self.layers)
        return (
            f"<Watched: {len(self.layers)} ReLU layers on {self.inputs} input{'s' if self.inputs > 1 else ''}: "
            f"{units - silent} of {units} units fire, {len(self.unattributed)} ReLUs not attributed>"
        )


def watch(
    module: torch.nn.Module, data: Any, *, batch_size: int | None = None, progress: bool | None = None
) -> Watched:
    """Which units of a module's ReLUs fire on data, and the largest pre-activation of each.

    ReLUs are found wherever PyTorch computes one, as modules or functions, in place or not. They belong to the linear
    or convolutional layer that feeds them, through batch normalization, sums with other branches, pooling and changes
    of shape. A unit is a neuron of a linear layer, or a channel of a convolutional one; it fires if it does at any
    position.

    Parameters
    ----------
    module : any module of one argument
    data : its inputs, an array or tensor; or an iterable of batches x or (x, y, ...) such as a DataLoader. They are
        brought to the device and the floating-point type of the module (for an embedding integers stay integers)
    batch_size : how many rows of an array pass together
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.
    FloatingPointError
        Where a ReLU gets something that is not a finite number.

    Notes
    -----
    The module runs in evaluation mode, without gradients. Modes, buffers, hooks, gradients and the random numbers of
    PyTorch are afterwards as before, also after an error inside the module.

    Possible issues
    ---------------
    Of a compiled module, what was compiled is watched, operation by operation. A ReLU that is written as a product or a
    choice (``x * (x > 0)``, ``torch.where``) is not seen as one. Plain attributes that a forward pass changes stay
    changed.

    Examples
    --------
    >>> from torch import nn
    >>> net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3), nn.ReLU())
    >>> for p in net.parameters():
    ...     _ = nn.init.constant_(p, 0.5)
    >>> _ = nn.init.constant_(net[0].weight[1], -1.0)
    >>> print(watch(net, torch.ones(5, 1, 4, 4)))
    Watched: 2 ReLU layers on 5 inputs: 4 of 5 units fire, 0 ReLUs not attributed
    0: 1 of 2 channels fire
    4: 3 of 3 neurons fire
    """
    net = a_module(module)
    checks.choice("progress", progress, (None, True, False))
    seen = Seen(net)
    total = len(data) if isinstance(data, torch.Tensor | np.ndarray) and data.ndim else None
    look(seen, batches(data, batch_size), total=total, progress=progress)
    return seen.result()


def look(seen: Seen, data: Iterable[torch.Tensor], *, total: int | None = None, progress: bool | None = None) -> None:
    """Pass data through a module, batch by batch."""
    bar = tqdm(total=total, unit="input", disable=None if progress is None else not progress)
    with bar, quiet(seen.module):
        for rows in data:
            seen.batch(rows)
            bar.update(len(rows))


@dataclass(frozen=True, eq=False)
class Pass:
    """One forward pass: what happened, what the module returned, and for every ReLU in order its layer and units."""

    trace: Trace
    result: Any
    relus: tuple[tuple[tuple[str, int], Units] | None, ...]

    @property
    def operations(self) -> tuple[Any, ...]:
        """What was done, whatever the number of inputs, which may decide how shapes are changed."""
        kept = [n for n in self.trace.nodes if n.op not in SHAPES | IDENTITIES]
        return tuple((n.op, n.module, tuple(m.name for m in n.inputs)) for n in kept)


class Seen:
    """What was seen of a module so far; the smallest number in the data, and what was done, once for each way."""

    def __init__(self, module: torch.nn.Module) -> None:
        self.module = module
        self.lowest = float("inf")
        self.operations: set[tuple[Any, ...]] = set()
        self._layers: dict[tuple[str, int], tuple[str, torch.Tensor]] = {}
        self._lost: dict[str, None] = {}
        self._inputs = 0

    def batch(self, rows: torch.Tensor) -> Pass:
        """Pass a batch forward, inside ``quiet``, and say how."""
        x = as_inputs(self.module, "data", rows)
        self.lowest = min(self.lowest, float(x.min()))
        units, relus = UnitsOf(), []  # type: ignore[var-annotated]

        def watcher(node: Node, z: torch.Tensor, where: str) -> None:
            for earlier in trace.nodes:
                units(earlier)
            relus.append(self._see(units(node), z, where, relus))

        trace = Trace(self.module, x, watcher)
        try:
            result = eagerly(trace.run)(self.module, x)
        except Exception as error:
            error.add_note(f"(in a forward pass of {type(self.module).__name__} on data of shape {tuple(x.shape)})")
            raise
        self._inputs += len(rows)
        done = Pass(trace, result, tuple(relus))
        self.operations.add(done.operations)
        return done

    def _see(self, found: Units | str, z: torch.Tensor, where: str, before: list[Any]) -> Any:
        number = len(before) + 1
        if not bool(torch.isfinite(z).all()):
            raise FloatingPointError(f"ReLU {number} gets numbers that are not finite")
        if isinstance(found, str):
            shape = ", ".join(["m", *map(str, z.shape[1:])])
            place = f" in module {where!r}" if where else ""
            self._lost[f"ReLU {number}{place}, of a tensor of shape ({shape}): {found}"] = None
            return None
        key = found.name, 1 + sum(call is not None and call[0][0] == found.name for call in before)
        top = z.detach().reshape(-1, found.number, found.inner).amax((0, 2)).to("cpu", torch.float64)
        if key in self._layers:
            top = torch.maximum(self._layers[key][1], top)
        self._layers[key] = found.kind, top
        return key, found

    def result(self) -> Watched:
        """All of it."""
        layers = [WatchedLayer(*key, kind, _frozen(top)) for key, (kind, top) in self._layers.items()]
        return Watched(self._inputs, tuple(layers), tuple(self._lost))


def _frozen(top: torch.Tensor) -> Array:
    array = top.numpy()
    array.setflags(write=False)
    return array
