"""Which entries of a tensor belong to which unit: a neuron of a linear layer, or a channel of a convolution.

Entry i of a tensor, counted in the order of its numbers, belongs to unit ``(i // inner) % number``. That survives every
change of shape, and says what becomes of units that a convolution's output is flattened to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from torch.utils._pytree import tree_leaves

from relu_prob.torch.node import Node

SAME = {"view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "clone", "_to_copy", "detach", "alias", "contiguous"}
SAME |= {"lift_fresh", "dropout", "relu"}
"""What leaves every number at its place, or changes each for itself in the same way."""

ALONG = {"max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool1d", "avg_pool2d", "avg_pool3d"}
ALONG |= {"adaptive_max_pool2d", "adaptive_max_pool3d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d"}
ALONG |= {"upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "upsample_bilinear2d", "constant_pad_nd"}
ALONG |= {"reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d", "slice", "flip", "expand"}
"""What keeps the axes of a tensor, whatever their lengths become."""

SEVERAL = {"split", "split_with_sizes", "chunk", "unbind"}
"""What results in several tensors of the same kind; of other operations only the first result is followed."""

ENTRYWISE = {"add", "sub", "mul", "div", "neg"}

NOTHING = "no linear or convolutional layer comes before it"


@dataclass(frozen=True)
class Units:
    """The units of a tensor.

    Attributes
    ----------
    number : how many there are
    inner : how many entries in a row belong to the same one
    layers : the names of the linear or convolutional layers that they are the outputs of, since the last ReLU
    kind : "neuron" or "channel"
    rectified : whether a ReLU came after these layers
    """

    number: int
    inner: int
    layers: tuple[str, ...]
    kind: str
    rectified: bool = False

    @property
    def name(self) -> str:
        """The names of the layers in one."""
        shown = self.layers if len(self.layers) <= 3 else (*self.layers[:1], "...", self.layers[-1])
        return " + ".join(shown)

    def axis(self, shape: tuple[int, ...]) -> int | None:
        """The axis of a tensor of this shape along which the units lie."""
        return next((k for k, n in enumerate(shape) if n == self.number and prod(shape[k + 1 :]) == self.inner), None)

    def at(self, axis: int, shape: tuple[int, ...]) -> Units:
        """The units along an axis of a tensor."""
        return replace(self, number=shape[axis], inner=prod(shape[axis + 1 :]))


Found = Units | str
"""Units, or in words what stands between a tensor and the layer before it."""


class UnitsOf:
    """Finds the units of the tensors of a forward pass, in its order."""

    def __init__(self) -> None:
        self._found: dict[int, Found] = {}

    def __call__(self, node: Node) -> Found:
        """The units of a tensor, when it was asked for all before it."""
        if id(node) not in self._found:
            self._found[id(node)] = self._of(node)
        return self._found[id(node)]

    def _of(self, node: Node) -> Found:
        if node.op in ("addmm", "mm"):
            weight = node.args[2 if node.op == "addmm" else 1]
            if weight.varies:
                return _stands(node)
            return Units(node.shape[1], 1, (layer_name(weight) or str(node),), "neuron")
        if node.op == "convolution":
            weight = node.args[1]
            return Units(node.shape[1], prod(node.shape[2:]), (layer_name(weight) or str(node),), "channel")
        varying = [n for n in node.inputs if n.varies]
        if not varying:
            return NOTHING
        if node.op == "cat":
            return self._joined(node)
        if node.op in ENTRYWISE:
            return self._entrywise(node, varying)
        before = self(varying[0])
        if isinstance(before, str) or len(varying) > 1:
            return before if isinstance(before, str) else _stands(node)
        if node.op == "relu":
            return replace(before, rectified=True)
        if node.op in SAME:
            return before
        axis = before.axis(varying[0].shape)
        onto = None if axis is None else _axis_after(node, axis, len(varying[0].shape))
        return _stands(node) if onto is None else before.at(onto, node.shape)

    def _entrywise(self, node: Node, varying: list[Node]) -> Found:
        found = [self(n) for n in varying]
        known = [u for u in found if isinstance(u, Units)]
        broken = [u for u in found if isinstance(u, str) and u != NOTHING]
        if broken or not known:
            return (broken or [NOTHING])[0]
        same = all((u.number, u.inner) == (known[0].number, known[0].inner) for u in known)
        whole = all(n.shape == node.shape for n in varying)
        if len(varying) > 1 and not (same and whole and node.op in ("add", "sub")):
            return _stands(node)
        fresh = [u for u in known if not u.rectified] or known
        layers = tuple(dict.fromkeys(name for u in fresh for name in u.layers))
        return replace(fresh[0], layers=layers)

    def _joined(self, node: Node) -> Found:
        tensors, axis = node.args[0], (node.args[1] or 0) % len(node.shape)
        found = [self(n) for n in tensors]
        for n, u in zip(tensors, found, strict=True):
            if isinstance(u, str):
                return u if u != NOTHING else _stands(node)
            if u.axis(n.shape) != axis:
                return _stands(node)
        units = [u for u in found if isinstance(u, Units)]
        layers = tuple(dict.fromkeys(name for u in units for name in u.layers))
        rectified = all(u.rectified for u in units)
        return replace(units[0], layers=layers, rectified=rectified).at(axis, node.shape)


def _stands(node: Node) -> str:
    return f"{node} stands between"


def _axis_after(node: Node, axis: int, dimensions: int) -> int | None:
    """Where an axis is after an operation; None where that is not known, or nothing of it is left."""
    if node.index and node.op not in SEVERAL:
        return None
    if "batch_norm" in node.op or (node.op in ALONG and len(node.shape) == dimensions):
        return axis
    move = _MOVES.get(node.op)
    return None if move is None else move(node.args, axis, dimensions)


def _permuted(args: Any, axis: int, dimensions: int) -> int | None:
    return [int(k) % dimensions for k in args[1]].index(axis)


def _transposed(args: Any, axis: int, dimensions: int) -> int | None:
    first, second = (int(k) % dimensions for k in args[1:3])
    return {first: second, second: first}.get(axis, axis)


def _reduced(args: Any, axis: int, dimensions: int) -> int | None:
    gone = {k % dimensions for k in tree_leaves(args[1]) if k is not None} or set(range(dimensions))
    if axis in gone:
        return None
    return axis if len(args) > 2 and args[2] is True else axis - sum(k < axis for k in gone)


def _selected(args: Any, axis: int, dimensions: int) -> int | None:
    gone = int(args[1] or 0) % dimensions
    return None if axis == gone else axis - int(gone < axis)


def _split(args: Any, axis: int, dimensions: int) -> int | None:
    return axis


_MOVES: dict[str, Callable[[Any, int, int], int | None]] = {
    "permute": _permuted,
    "transpose": _transposed,
    "t": lambda args, axis, dimensions: 1 - axis,
    "mean": _reduced,
    "sum": _reduced,
    "amax": _reduced,
    "select": _selected,
    "unbind": _selected,
    "split": _split,
    "split_with_sizes": _split,
    "chunk": _split,
}


def layer_name(weight: Node) -> str:
    """The name of the layer whose weights these are: of a module, or of the parameter where it is no ``weight``."""
    at = weight
    while at.op != "parameter":
        if not at.inputs:
            return at.name
        at = next((n for n in at.inputs if n.learned), at.inputs[0])
    owner, _, last = at.name.partition(".parametrizations.")[0].rpartition(".")
    if ".parametrizations." in at.name:
        return f"{owner}.{last}" if owner else last
    return owner if last.startswith("weight") and owner else at.name
