"""One forward pass, followed operation by operation: which tensor came from which, by what happens and not by how it is
written.

PyTorch turns every way to write an operation into one of a few of its own: ``nn.ReLU``, ``F.relu``, ``x.relu_()`` all
arrive here as ``relu``. Tensors are known by where their numbers lie in memory, so that writing in place through one
name of a tensor is seen under all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from relu_prob.torch.node import LIKE, RANDOM, Node

READERS = {"_local_scalar_dense", "equal", "is_nonzero", "nonzero", "item"}
"""What hands numbers of a tensor to Python, which may do with them what is not seen here."""

Watcher = Callable[[Node, torch.Tensor, str], None]


class Trace(TorchDispatchMode):
    """A forward pass in which every operation becomes a node.

    Parameters
    ----------
    module : whose parameters and buffers are known by name
    x : the inputs
    watcher : called for every ReLU with the node and the numbers of what it gets, before these are overwritten, and the
        name of the module at work
    named : what errors call the inputs
    """

    def __init__(
        self, module: torch.nn.Module, x: torch.Tensor, watcher: Watcher | None = None, *, named: str = "data"
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.nodes: list[Node] = []
        self.reads_values = False
        self.written = ""
        self._watcher = watcher
        self._named = named
        # storages by weak references: a reference keeps the address from being used again, but not the memory
        self._known: dict[Any, dict[Any, Node]] = {}
        self._kept: list[Any] = []
        self._stack: list[str] = []
        for name, t in module.named_buffers():
            self._leaf(t, Node("buffer", (), tuple(t.shape), t.dtype, name, value=t))
        for name, t in module.named_parameters():
            self._leaf(t, Node("parameter", (), tuple(t.shape), t.dtype, name, value=t.detach(), learned=True))
        self.input = self._leaf(x, Node("input", (), tuple(x.shape), x.dtype, varies=True))
        self.outputs: list[Node] = []

    def run(self, module: torch.nn.Module, x: torch.Tensor) -> Any:
        """Call the module and return what it returns."""
        with self, self._modules(module):
            result = module(x)
        self.outputs = [self.node(leaf) for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        return result

    def node(self, tensor: torch.Tensor) -> Node:
        """Where a tensor came from."""
        found = self._find(tensor)
        if found is not None:
            return found
        others = list(self._known.get(self._storage(tensor), {}).values())
        # a part of something known, cut out where it cannot be seen, or something from nowhere
        return self._leaf(tensor, self._new("unknown", tuple(others), None, tensor))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.is_inference_mode_enabled():
            # there composite operations arrive whole
            with self:
                result = func.decompose(*args, **kwargs)
            if result is not NotImplemented:
                return result
        op, given = self._operation(func, args, kwargs)
        if op == "relu" and self._watcher is not None:
            self._watcher(given[0], _operand(args, kwargs, given[0], self), self._stack[-1] if self._stack else "")
        function = _functional(func)
        call = None if function is None else (function, *tree_map(self._as_node, (args, kwargs)))
        result = func(*args, **kwargs)
        self._record(func, (op, given, call), args, kwargs, result)
        return result

    def _operation(self, func: Any, args: Any, kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        op = func._schema.name.partition("::")[2].rstrip("_")
        if op in READERS:
            self.reads_values |= any(not self.node(t).fixed for t in _tensors(args))
        named = [a.name for a in func._schema.arguments]
        # keywords in their places; the rest of the schema's defaults at the end do not matter to anybody here
        given = [*args, *(None for _ in named[len(args) :])]
        for name, value in kwargs.items():
            given[named.index(name)] = value
        return self._as_relu(op, tuple(tree_map(self._as_node, given)), given)

    def _as_node(self, value: Any) -> Any:
        return self.node(value) if isinstance(value, torch.Tensor) else value

    def _as_relu(self, op: str, given: tuple[Any, ...], values: list[Any]) -> tuple[str, tuple[Any, ...]]:
        """Other ways to write ReLU: max(z, 0), clamp(z, 0), threshold(z, 0, 0), a leaky one that does not leak."""

        def zero(k: int) -> bool:
            if isinstance(given[k], Node):
                return given[k].fixed and not bool(values[k].any())
            return isinstance(given[k], int | float) and given[k] == 0

        if op == "clamp" and len(given) > 2 and given[2] in (None, float("inf")) and zero(1):
            return "relu", given[:1]
        if (op == "clamp_min" and zero(1)) or (op == "threshold" and zero(1) and zero(2)):
            return "relu", given[:1]
        if op == "hardtanh" and zero(1) and given[2] == float("inf"):
            return "relu", given[:1]
        if op == "leaky_relu" and zero(1):
            return "relu", given[:1]
        if op == "maximum":
            for k in (0, 1):
                if zero(k):
                    return "relu", (given[1 - k],)
        return ("relu", given[:1]) if op == "relu" else (op, given)

    def _record(self, func: Any, made_by: tuple[str, Any, Any], args: Any, kwargs: Any, result: Any) -> None:
        for k, argument in enumerate(func._schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                for tensor in _tensors(args[k] if k < len(args) else kwargs.get(argument.name)):
                    self._overwrite(tensor, self._new(*made_by, tensor))
        for index, tensor in enumerate(_tensors(result)):
            # what is there already is another name of the same numbers, or what was just written
            if made_by[0] in LIKE or self._find(tensor) is None:
                self._leaf(tensor, self._new(*made_by, tensor, index))

    def _new(self, op: str, args: tuple[Any, ...], call: Any, tensor: torch.Tensor, index: int = 0) -> Node:
        module = self._stack[-1] if self._stack else ""
        node = Node(op, args, tuple(tensor.shape), tensor.dtype, module=module, index=index, call=call)
        self.nodes.append(_dependent(node))
        if not node.varies:
            # a view of a parameter, or something that may be overwritten
            node.value = tensor.detach() if self._storage(tensor) in self._known else tensor.detach().clone()
        return node

    def _overwrite(self, tensor: torch.Tensor, node: Node) -> None:
        """A tensor was written in place: so was what else lies in the same memory."""
        places = self._known.setdefault(self._storage(tensor), {})
        mine = _place(tensor)
        for place, old in list(places.items()):
            old.unknown |= old.op == "buffer"
            if old.op == "parameter":
                self.written = self.written or old.name
            if place == mine:
                continue
            if _whole(place) is not None and _whole(place) == _whole(mine):
                given = (node, list(place[1]))
                changed = Node("view", given, place[1], place[3], module=node.module)
                changed.call = (torch.ops.aten.view.default, given, {})
            else:
                changed = Node("a write through a view", (old, node), place[1], place[3], module=node.module)
            self.nodes.append(_dependent(changed))
            places[place] = changed
        self._leaf(tensor, node)

    def _find(self, tensor: torch.Tensor) -> Node | None:
        return self._known.get(self._storage(tensor), {}).get(_place(tensor))

    def _leaf(self, tensor: torch.Tensor, node: Node) -> Node:
        self._known.setdefault(self._storage(tensor), {})[_place(tensor)] = node
        return node

    def _storage(self, tensor: torch.Tensor) -> Any:
        try:
            return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
        except (NotImplementedError, RuntimeError):  # sparse and other tensors without a storage
            self._kept.append(tensor)
            return id(tensor)

    def _check_width(self, name: str, module: torch.nn.Module, args: tuple[Any, ...]) -> None:
        """What PyTorch would say of a linear layer that reads the data, of another width, in words about the data."""
        if not isinstance(module, torch.nn.Linear) or not args or not isinstance(args[0], torch.Tensor):
            return
        if self.node(args[0]) is self.input and args[0].shape[-1] != module.in_features:
            raise ValueError(
                f"{self._named} must have {module.in_features} numbers in each row, which layer {name!r} reads, "
                f"got {args[0].shape[-1]}"
            )

    @contextmanager
    def _modules(self, module: torch.nn.Module) -> Iterator[None]:
        """Keep track of the module at work."""

        def enter(name: str, m: torch.nn.Module, args: tuple[Any, ...]) -> None:
            self._stack.append(name)
            self._check_width(name, m, args)

        def leave(*_: Any) -> None:
            if self._stack:
                self._stack.pop()

        hooks = []
        try:
            for name, m in module.named_modules():
                hooks.append(m.register_forward_pre_hook(lambda m, args, name=name: enter(name, m, args)))
                hooks.append(m.register_forward_hook(leave, always_call=True))
            yield
        finally:
            for hook in hooks:
                hook.remove()


def _dependent(node: Node) -> Node:
    """A new node, which depends on what it was made from."""
    made_from = [] if node.op in LIKE else node.inputs
    node.varies = any(n.varies for n in made_from)
    node.learned = any(n.learned for n in made_from)
    node.unknown = node.op == "unknown" or node.op in RANDOM or any(n.unknown for n in made_from)
    return node


def _functional(func: Any) -> Any:
    """The operation that computes the same without writing into what it is given, or None."""
    if not func._schema.is_mutable:
        return func
    name = func._schema.name.partition("::")[2]
    return getattr(getattr(torch.ops.aten, name[:-1], None), func._overloadname, None) if name.endswith("_") else None


def _tensors(value: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, torch.Tensor)]


def _operand(args: Any, kwargs: Any, node: Node, trace: Trace) -> torch.Tensor:
    return next(t for t in _tensors((args, kwargs)) if trace.node(t) is node)


def _place(tensor: torch.Tensor) -> tuple[Any, ...]:
    """Where in its storage the numbers of a tensor lie."""
    strided = tensor.layout == torch.strided
    return (
        tensor.storage_offset() if strided else 0,
        tuple(tensor.shape),
        tensor.stride() if strided else (),
        tensor.dtype,
    )


def _whole(place: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Start and length of a tensor that fills a stretch of memory in its own order; None of others."""
    start, shape, strides, dtype = place
    size = 1
    for n, stride in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1 and stride != size:
            return None
        size *= n
    return start, size, dtype
