"""The noun for other architectures: layers that read one another along a directed acyclic graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from relu_prob import checks
from relu_prob.domains import Domain
from relu_prob.initialization import Law
from relu_prob.layer_graph.layers import Convolution, Dense, Layer, Mask, Shape
from relu_prob.network import Network

if TYPE_CHECKING:
    import networkx

INPUT = "input"


@dataclass(frozen=True)
class LayerGraph:
    """A random ReLU network whose layers read one another along a directed acyclic graph.

    Build it layer by layer: every method returns a new graph with one layer more, which by default reads the layer
    before it. A Network is the special case of a path of dense layers, and is answered as one.

    Parameters
    ----------
    inputs : the input dimension d, or (channels, positions) of a signal that convolutions read; d is their product
    layers : Dense and Convolution layers in any order
    weights, biases, domain : as for Network
    read_out : names of the layers that the linear output reads; by default the last layer
    outputs : output dimension

    Raises
    ------
    TypeError, ValueError
        Where an argument is not one of these, a name is unknown or used twice, shapes do not fit or layers read one
        another in a circle.

    Examples
    --------
    >>> block = LayerGraph(3).dense("a", 4).dense("b", 4, reads=["a"]).dense("c", 4, reads=["a", "b"])
    >>> print(block)
    3 -> a = dense 4(input); b = dense 4(a); c = dense 4(a, b); HeNormal() weights, Zero() biases, on Ball(1)
    >>> residual = LayerGraph(3).dense("a", 4).residual("b").residual("c")
    >>> residual.layer("c").reads, residual.layer("c").add
    (('b',), 'b')
    >>> LayerGraph.from_network(Network((2, 5, 5, 1))).as_network() == Network((2, 5, 5, 1))
    True
    """

    inputs: Shape
    layers: tuple[Layer, ...]
    weights: Law
    biases: Law
    domain: Domain
    read_out: tuple[str, ...]
    outputs: int

    def __init__(
        self,
        inputs: int | tuple[int, int],
        layers: Iterable[Layer] = (),
        *,
        weights: Law | None = None,
        biases: Law | None = None,
        domain: Domain | None = None,
        read_out: Sequence[str] | None = None,
        outputs: int = 1,
    ) -> None:
        shape = _input_shape(inputs)
        given = checks.sequence("layers", layers, "a sequence of Dense and Convolution layers")
        for layer in given:
            checks.instance("layers", layer, Layer, "a sequence of Dense and Convolution layers")
        # a Network checks that laws and domain fit together
        probe = Network((shape.units, 1, 1), weights=weights, biases=biases, domain=domain)
        object.__setattr__(self, "inputs", shape)
        object.__setattr__(self, "layers", _sorted(given))
        object.__setattr__(self, "weights", probe.weights)
        object.__setattr__(self, "biases", probe.biases)
        object.__setattr__(self, "domain", probe.domain)
        object.__setattr__(self, "read_out", self._read_out(read_out))
        object.__setattr__(self, "outputs", checks.integer("outputs", outputs, low=1))
        _ = self.shapes  # raises where shapes do not fit

    def _read_out(self, value: Any) -> tuple[str, ...]:
        if value is None:
            return tuple(layer.name for layer in self.layers[-1:])
        names = checks.sequence("read_out", value, "a sequence of names of layers")
        for name in names:
            checks.choice("read_out", name, self.names)
        if len(set(names)) < len(names) or bool(names) != bool(self.layers):
            raise ValueError(f"read_out must name at least one layer, and each once, got {value!r}")
        return tuple(name for name in self.names if name in names)

    @classmethod
    def from_network(cls, network: Network) -> LayerGraph:
        """A Network as a graph: the path of its hidden layers, named "1", "2", ..."""
        net = checks.instance("network", network, Network, "a Network")
        names = [INPUT, *map(str, range(1, net.depth + 1))]
        layers = [Dense(name, n, (below,)) for below, name, n in zip(names, names[1:], net.hidden_widths, strict=False)]
        return cls(
            net.input_dimension,
            layers,
            weights=net.weights,
            biases=net.biases,
            domain=net.domain,
            outputs=net.widths[-1],
        )

    def as_network(self) -> Network | None:
        """The graph as a Network, if it is a path of dense layers without masks, otherwise None."""
        names = (INPUT, *self.names)
        plain = all(
            isinstance(layer, Dense) and layer.add is None and layer.keep == 1 and layer.reads == (below,)
            for below, layer in zip(names, self.layers, strict=False)
        )
        if not (plain and self.layers and self.read_out == names[-1:]):
            return None
        widths = (self.inputs.units, *(layer.channels for layer in self.layers), self.outputs)
        return Network(widths, weights=self.weights, biases=self.biases, domain=self.domain)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the layers, each after all that it reads."""
        return tuple(layer.name for layer in self.layers)

    @property
    def zero_bias(self) -> bool:
        """Whether every bias is 0."""
        return self.input_network.zero_bias

    @cached_property
    def input_network(self) -> Network:
        """The one-neuron Network on the same inputs with the same laws: what theorems of the first layer speak of."""
        return Network((self.inputs.units, 1, 1), weights=self.weights, biases=self.biases, domain=self.domain)

    @cached_property
    def digraph(self) -> networkx.DiGraph:
        """The graph as a frozen networkx.DiGraph, from "input" to the layers; ``nodes[name]["layer"]`` is the layer."""
        import networkx

        graph = networkx.DiGraph()
        graph.add_node(INPUT)
        for layer in self.layers:
            graph.add_node(layer.name, layer=layer)
            graph.add_edges_from((parent, layer.name) for parent in layer.parents)
        return networkx.freeze(graph)

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shapes of "input" and of every layer."""
        found = {INPUT: self.inputs}
        for layer in self.layers:
            found[layer.name] = shape = layer.shape(tuple(found[name] for name in layer.reads))
            if layer.add is not None and found[layer.add] != shape:
                raise ValueError(
                    f"add must name a layer of the same shape as the layer it is added to: {layer.name!r} has shape "
                    f"{shape}, but {layer.add!r} has shape {found[layer.add]}"
                )
        return MappingProxyType(found)

    def layer(self, name: str) -> Layer:
        """The layer of that name."""
        checks.choice("name", name, self.names)
        return next(layer for layer in self.layers if layer.name == name)

    def ancestors(self, names: Iterable[str]) -> frozenset[str]:
        """These layers, and all that they read or add, directly or not; without the inputs.

        >>> sorted(LayerGraph(3).dense("a", 4).dense("b", 4).dense("c", 4, reads=["a"]).ancestors(["c"]))
        ['a', 'c']
        """
        found = set(names)
        for layer in reversed(self.layers):
            found |= set(layer.parents) if layer.name in found else set()
        return frozenset(found - {INPUT})

    def restricted(self, names: Iterable[str]) -> LayerGraph:
        """The graph without the layers that these layers do not depend on; its output reads them.

        >>> print(LayerGraph(3).dense("a", 4).dense("b", 4).dense("c", 4, reads=["a"]).restricted(["b"]))
        3 -> a = dense 4(input); b = dense 4(a); HeNormal() weights, Zero() biases, on Ball(1)
        """
        kept = self.ancestors(names)
        return self._replaced(layers=[x for x in self.layers if x.name in kept], read_out=[*dict.fromkeys(names)])

    def dense(self, name: str, width: int, reads: Any = None, **more: Any) -> LayerGraph:
        """The graph with a layer ``relu(W h + b)`` more, which reads the given layers; ``more`` as for Dense."""
        return self._with(Dense(name, width, self._reads(reads), **more))

    def residual(
        self,
        name: str,
        reads: Any = None,
        *,
        add: str | None = None,
        keep: float | Fraction = 1,
        mask: Mask = "neurons",
    ) -> LayerGraph:
        """The graph with a layer ``h_add + relu(W h + b)`` more; by default it adds the one layer that it reads.

        >>> print(LayerGraph(3).dense("a", 4).dense("b", 9).residual("c", add="a").layer("c"))
        c = a + dense 4(b)
        """
        names = self._reads(reads)
        if add is None and len(names) != 1:
            raise ValueError(f"add must be given where several layers are read, got None and reads={reads!r}")
        added = names[0] if add is None else add
        checks.choice("add", added, (INPUT, *self.names))
        return self._with(Dense(name, self.shapes[added].channels, names, add=added, keep=keep, mask=mask))

    def convolution(self, name: str, channels: int, taps: int, reads: Any = None, **more: Any) -> LayerGraph:
        """The graph with a convolution of one dimension more; ``more`` as for Convolution.

        >>> graph = LayerGraph((2, 8)).convolution("a", 4, 3, stride=2, padding=1).dense("b", 5)
        >>> graph.shapes["a"], graph.shapes["b"]
        (Shape(channels=4, positions=4), Shape(channels=5, positions=1))
        """
        return self._with(Convolution(name, channels, taps, self._reads(reads), **more))

    def reading_out(self, *names: str) -> LayerGraph:
        """The same graph with an output that reads the layers of these names."""
        return self._replaced(read_out=names)

    def _reads(self, reads: Any) -> Any:
        return (self.layers[-1].name if self.layers else INPUT,) if reads is None else reads

    def _with(self, layer: Layer) -> LayerGraph:
        return self._replaced(layers=(*self.layers, layer), read_out=None)

    def _replaced(self, **changes: Any) -> LayerGraph:
        return replace(self, **{"inputs": tuple(self.inputs)} | changes)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: the value without what was derived from it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        parts = [*map(str, self.layers)]
        if self.read_out != self.names[-1:]:
            parts.append(f"output({', '.join(self.read_out)})")
        laws = f"{self.weights!r} weights, {self.biases!r} biases, on {self.domain!r}"
        return f"{self.inputs} -> {'; '.join([*parts, laws])}"


def _input_shape(value: Any) -> Shape:
    text = "an integer d >= 1 or a pair (channels, positions)"
    if not isinstance(value, Iterable):
        return Shape(checks.integer("inputs", value, low=1), 1)
    pair = checks.sequence("inputs", value, text)
    if len(pair) != 2:
        raise ValueError(f"inputs must be {text}, got {value!r}")
    return Shape(*(checks.integer("inputs", n, low=1) for n in pair))


def _sorted(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers, each after all that it reads, otherwise in the order given."""
    names = [INPUT, *(layer.name for layer in layers)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"layers must have different names, and none the name {INPUT!r}, got {twice} twice")
    for layer in layers:
        unknown = [name for name in layer.parents if name not in names]
        if unknown:
            raise ValueError(f"layer {layer.name!r} reads or adds {unknown}, which must be one of {names}")
    placed: dict[str, Layer | None] = {INPUT: None}
    waiting = list(layers)
    while waiting:
        ready = next((layer for layer in waiting if all(name in placed for name in layer.parents)), None)
        if ready is None:
            raise ValueError(f"layers must not read one another in a circle, got the circle {_circle(waiting)}")
        placed[ready.name] = ready
        waiting.remove(ready)
    return tuple(layer for layer in placed.values() if layer is not None)


def _circle(layers: Sequence[Layer]) -> str:
    import networkx

    graph = networkx.DiGraph((parent, layer.name) for layer in layers for parent in layer.parents)
    edges = networkx.find_cycle(graph)
    return " -> ".join([edges[0][0], *(end for _, end in edges)])
