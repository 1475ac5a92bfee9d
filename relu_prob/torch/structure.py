"""Which fully connected ReLU network a module is: found by following a forward pass, however the module is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.torch.inputs import a_module, as_inputs
from relu_prob.torch.node import Node
from relu_prob.torch.quiet import eagerly, quiet
from relu_prob.torch.trace import Trace

ALIASES = {"view", "_unsafe_view", "alias", "detach", "clone", "unsqueeze", "squeeze", "lift_fresh", "reshape"}
"""What leaves numbers and their order as they are."""

ELSEWHERE = "relu_prob.torch.watch and relu_prob.torch.diagnose take modules of any kind"


@dataclass(frozen=True, eq=False)
class LinearLayer:
    """A layer W h + b of a module.

    Attributes
    ----------
    name : that of the module that holds the weights, or of the weights themselves where that is not a ``nn.Linear``
    weight, bias : the parameters of the module itself; ``bias`` is None where there is none
    linear : the ``nn.Linear``, or None where the module uses its weights without one
    transposed : whether ``weight`` has a column for every neuron (as in ``x @ W``) and not a row
    """

    name: str
    weight: torch.nn.Parameter
    bias: torch.nn.Parameter | None
    linear: torch.nn.Linear | None
    transposed: bool = False

    @property
    def matrix(self) -> torch.Tensor:
        """W, a row for every neuron: the weights of the module themselves, not a copy."""
        return self.weight.T if self.transposed else self.weight

    def __repr__(self) -> str:
        rows, columns = self.matrix.shape
        return f"<LinearLayer {self.name}: {columns} -> {rows}>"


@dataclass(frozen=True, eq=False)
class HiddenLayers:
    """The layers of a fully connected ReLU network, from the input to the output.

    Attributes
    ----------
    hidden : the layers that a ReLU follows, in order
    output : the layer after the last ReLU
    """

    hidden: tuple[LinearLayer, ...]
    output: LinearLayer

    @property
    def layers(self) -> tuple[LinearLayer, ...]:
        """The hidden layers and the output layer."""
        return (*self.hidden, self.output)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the hidden layers."""
        return tuple(layer.name for layer in self.hidden)

    @property
    def widths(self) -> tuple[int, ...]:
        """(d, n_1, ..., n_{L-1}, d_out)."""
        return (self.hidden[0].matrix.shape[1], *(layer.matrix.shape[0] for layer in self.layers))

    def concrete(self) -> ConcreteNetwork:
        """The network with the numbers that the weights are now."""
        weights = [_numbers(layer.matrix) for layer in self.layers]
        return ConcreteNetwork(weights, [None if x.bias is None else _numbers(x.bias) for x in self.layers])


def hidden_layers(module: torch.nn.Module, x: Any) -> HiddenLayers:
    """The linear layers of a fully connected ReLU network, found by one forward pass over two inputs.

    Linear layers and ReLUs may be written in any way (``nn.ReLU``, ``F.relu``, ``x.relu_()``, ``clamp(min=0)``,
    ``nn.Linear``, ``F.linear``, ``x @ W.T + b``; one ``nn.ReLU`` used often; nested modules), with what changes nothing
    between them (flatten, identity, dropout, which does nothing in evaluation mode).

    Parameters
    ----------
    module : the network; it is left exactly as it was
    x : data, of which the first two inputs are used

    Raises
    ------
    TypeError
        Where ``module`` is no module or ``x`` no data.
    ValueError
        Where the module is no chain of linear layers with ReLUs between; it names the first thing that is none.

    Examples
    --------
    >>> from torch import nn
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> hidden_layers(net, torch.ones(1, 2, 2))
    HiddenLayers(hidden=(<LinearLayer 1: 4 -> 3>,), output=<LinearLayer 3: 3 -> 2>)
    >>> hidden_layers(nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), torch.ones(1, 4))
    Traceback (most recent call last):
    ...
    ValueError: module must be a fully connected ReLU network: linear layers with a ReLU between each two; it has tanh
    (in module '1') after '0' (relu_prob.torch.watch and relu_prob.torch.diagnose take modules of any kind)
    """
    net = a_module(module)
    rows = as_inputs(net, "x", x)[:2]
    # of one row it could not be told what is a row and what is not
    rows = rows if len(rows) > 1 else torch.cat([rows, rows])
    with quiet(net):
        trace = Trace(net, rows, named="x")
        result = eagerly(trace.run)(net, rows)
    return layers_of(net, trace, result)


def concrete_network(module: torch.nn.Module, x: Any) -> ConcreteNetwork:
    """The weights and biases of a fully connected ReLU module as a ConcreteNetwork, which many more functions take.

    Parameters and errors as of ``hidden_layers``; inputs of more than one dimension are flattened.

    >>> from torch import nn
    >>> print(concrete_network(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), torch.ones(1, 4)))
    4-3-2, with biases
    """
    return hidden_layers(module, x).concrete()


def layers_of(module: torch.nn.Module, trace: Trace, result: Any) -> HiddenLayers:
    """The layers that a trace of two inputs shows."""
    if not isinstance(result, torch.Tensor):
        raise _no("it returns", type(result).__name__, "and not one tensor")
    if trace.written:
        raise _no("it writes into", repr(trace.written))
    if trace.reads_values:
        raise _no("what it does may depend on numbers that it reads (an if on a tensor, .item())")
    chain = _Chain(module, trace)
    needed = _between(trace, trace.outputs[0])
    if not needed:
        raise _no("its output does not depend on its input by operations of PyTorch")
    for node in needed:
        chain.follow(node)
    return chain.close()


class _Chain:
    """The chain so far, while the pass is followed from the input on."""

    def __init__(self, module: torch.nn.Module, trace: Trace) -> None:
        self._modules = dict(module.named_modules())
        self._parameters = dict(module.named_parameters(remove_duplicate=False))
        self._rows = trace.input.shape[0]
        self._at = trace.input
        self._layers: list[LinearLayer] = []
        self._relus = 0

    @property
    def _before(self) -> str:
        return f"after {self._layers[-1].name!r}" if self._layers else "before the first linear layer"

    def follow(self, node: Node) -> None:
        """One more operation."""
        varying = [n for n in node.inputs if n.varies]
        if varying != [self._at]:
            if node.op in ("mm", "addmm", "matmul", "bmm"):
                raise _no(f"two branches meet in {node}", self._before)
            if len(varying) > 1:
                raise _no(f"{node} joins two branches (a skip connection)", self._before)
            raise _no(f"a branch leaves the chain at {node}", self._before)
        if node.op == "relu":
            self._relu(node)
        elif node.op in ("mm", "addmm"):
            self._linear(node)
        elif node.op == "add":
            self._add(node)
        elif not _changes_nothing(node, self._at):
            raise _no("it has", str(node), self._before)
        self._at = node

    def _relu(self, node: Node) -> None:
        if not self._layers:
            raise _no(f"it has a {node}", self._before)
        self._relus = len(self._layers)

    def _linear(self, node: Node) -> None:
        bias, data, weight = node.args[:3] if node.op == "addmm" else (None, *node.args[:2])
        if node.op == "addmm" and any(k not in (None, 1) for k in node.args[3:]):
            raise _no(f"it has {node} with factors", self._before)
        if data is not self._at:
            raise _no(f"the data are the right factor of {node}", self._before)
        if data.shape[0] != self._rows:
            raise _no(f"{node} sees {data.shape[0]} rows of {self._rows} inputs, so that its weights are shared")
        matrix, transposed = self._weight(weight)
        name = matrix.name
        if len(self._layers) != self._relus:
            raise _no(f"there is no ReLU between {self._layers[-1].name!r} and", repr(_owner(name)))
        if any(layer.weight is self._parameters[name] for layer in self._layers):
            raise _no(f"{name!r} is used twice (shared weights)")
        owner = self._modules.get(_owner(name))
        linear = owner if isinstance(owner, torch.nn.Linear) and name.endswith("weight") else None
        shown = _owner(name) if linear is not None and _owner(name) else name
        # a row of the weights of nn.Linear belongs to a neuron, and they are transposed before they are used
        self._layers.append(LinearLayer(shown, self._parameters[name], None, linear, transposed=not transposed))
        if bias is not None:
            self._bias(bias)

    def _weight(self, node: Node) -> tuple[Node, bool]:
        """The parameter that a matrix is, and whether transposed."""
        transposed, at = False, node
        while at.inputs:
            if at.op in ("t", "transpose", "permute"):
                transposed ^= _exchanges(at)
            elif at.op not in ("alias", "detach"):
                raise _no(f"the weights of a linear layer are computed, by {at},", self._before)
            at = at.inputs[0]
        if at.op != "parameter":
            raise _no(f"the weights of a linear layer are no parameter but {at.name or at.op!r}", self._before)
        return at, transposed

    def _add(self, node: Node) -> None:
        other = [a for a in node.args[:2] if a is not self._at]
        if not self._layers or len(self._layers) == self._relus or node.args[2] not in (None, 1):
            raise _no("it has", str(node), self._before)
        if not isinstance(other[0], Node):
            raise _no(f"it has {node} of a number", self._before)
        self._bias(other[0])

    def _bias(self, node: Node) -> None:
        layer = self._layers[-1]
        while node.op in ALIASES:
            node = node.inputs[0]
        if node.op != "parameter" or layer.bias is not None:
            raise _no(f"what is added after {layer.name!r} is not one bias that is a parameter")
        bias = self._parameters[node.name]
        if tuple(bias.shape) != (layer.matrix.shape[0],):
            raise _no(f"the bias {node.name!r} has the shape {tuple(bias.shape)}, after {layer.name!r}")
        if any(bias is x.bias for x in self._layers):
            raise _no(f"{node.name!r} is used twice (shared biases)")
        self._layers[-1] = LinearLayer(layer.name, layer.weight, bias, layer.linear, layer.transposed)

    def close(self) -> HiddenLayers:
        """The chain, which is at its end."""
        if not self._layers:
            raise _no("it has no linear layer")
        if self._relus == len(self._layers):
            raise _no(f"it ends with a ReLU, after {self._layers[-1].name!r}, and not with a linear layer")
        if len(self._layers) == 1:
            raise _no("it has no ReLU layer")
        return HiddenLayers(tuple(self._layers[:-1]), self._layers[-1])


def _exchanges(node: Node) -> bool:
    """Whether it exchanges rows and columns of a matrix."""
    if node.op == "transpose":
        return bool(node.args[1] % 2 != node.args[2] % 2)
    return node.op == "t" or bool(node.args[1][0] % 2)


def _changes_nothing(node: Node, before: Node) -> bool:
    """Whether the numbers and their order are as before; a cast must not round."""
    if node.op == "_to_copy":
        return torch.promote_types(node.dtype, before.dtype) == node.dtype
    return node.op in ALIASES or (node.op in ("slice", "expand") and node.shape == before.shape)


def _between(trace: Trace, output: Node) -> list[Node]:
    """What lies on a way from the input to the output, in the order of the pass."""
    needed, found = {id(output)}, []
    for node in reversed(trace.nodes):
        if id(node) in needed and node.varies:
            found.append(node)
            needed.update(id(n) for n in node.inputs)
    return found[::-1]


def _owner(parameter: str) -> str:
    return parameter.rpartition(".")[0]


def _no(*words: str) -> ValueError:
    asked = "module must be a fully connected ReLU network: linear layers with a ReLU between each two"
    return ValueError(f"{asked}; {' '.join(words)} ({ELSEWHERE})")


def _numbers(tensor: torch.Tensor) -> Any:
    """As NumPy: float32 stays, all other numbers become float64."""
    kept = tensor.detach().cpu()
    return (kept if kept.dtype == torch.float32 else kept.to(torch.float64)).numpy()
