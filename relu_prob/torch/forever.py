"""What stays as it is in every gradient training of a module: the greatest sets that satisfy the rules.

The rules, and the proof that they are sound, are in ``docs/theory/permanent_death.md``, section 'Convolutions, residual
blocks and other graphs'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from relu_prob.torch.node import LIKE, Node
from relu_prob.torch.operations import POINTWISE, Mask, affine, kind, layer, pull, spread
from relu_prob.torch.trace import Trace

SLOPED_AT_ZERO = {"clamp", "clamp_min", "maximum"}
"""Ways to write ReLU in which a derivative that is not 0 is found at 0."""


@dataclass(eq=False)
class Sets:
    """Of a tensor, the entries of which something is true at all data and at all times.

    Attributes
    ----------
    zero, positive, negative : the entry is 0; it is >= 0; it is <= 0
    constant : at each of the data it is always what it is now
    same : at any one time it is the same at all data
    """

    zero: Mask
    positive: Mask
    negative: Mask
    constant: Mask
    same: Mask


class Forever:
    """The greatest consistent sets for a pass.

    Parameters
    ----------
    trace : a forward pass of ``operations.ROWS`` inputs
    silent : for ReLUs, which entries of what they get are <= 0 at all data now, and which are < 0
    non_negative : whether all inputs are >= 0
    """

    def __init__(self, trace: Trace, silent: Mapping[Node, tuple[Mask, Mask]], non_negative: bool) -> None:
        self._nodes = trace.nodes
        self._outputs = trace.outputs
        self._silent = silent
        self._non_negative = non_negative
        leaves = {id(n): n for node in (*trace.nodes, *trace.outputs) for n in (node, *node.inputs) if not n.inputs}
        self._leaves = list(leaves.values())
        self._kept = {id(n): _all(n, True) for n in self._leaves if n.op == "parameter"}
        self.sets = {id(n): self._leaf(n) for n in self._leaves}
        self.reached: dict[int, Mask] = {}
        while True:
            self._forward()
            self._backward()
            fewer = {k: kept & ~self.reached[k] if k in self.reached else kept for k, kept in self._kept.items()}
            changed = [
                n for n in self._leaves if n.op == "parameter" and not torch.equal(fewer[id(n)], self._kept[id(n)])
            ]
            if not changed:
                break
            self._kept = fewer
            for node in changed:
                self.sets[id(node)] = self._leaf(node)

    def of(self, node: Node) -> Sets:
        """What is true for ever of a tensor."""
        return self.sets[id(node)]

    def without_gradient(self, node: Node) -> Mask:
        """The entries that the outputs' derivatives with respect to vanish at all data and at all times."""
        return ~self.reached[id(node)] if id(node) in self.reached else _all(node, True)

    def _forward(self) -> None:
        for node in self._nodes:
            if node.inputs:
                self.sets[id(node)] = self._after(node)

    def _leaf(self, node: Node) -> Sets:
        none, every = _all(node, False), _all(node, True)
        if node.op == "input":
            positive = every if self._non_negative else none
            return Sets(none, positive, none, every, none)
        if node.unknown or node.value is None:
            return Sets(none, none, none, none, none)
        return _by_value(node, self._kept.get(id(node), every))

    def _after(self, node: Node) -> Sets:
        if node.op in LIKE and node.fixed:
            return _by_value(node, _all(node, True))
        found = _RULES[kind(node)](self, node)
        if not node.varies and not node.unknown and node.value is not None:
            return _by_value(node, found.constant)
        return found

    def _relu(self, node: Node) -> Sets:
        z = self.of(node.args[0])
        zero = z.negative
        if node in self._silent:
            zero = zero | (z.constant & self._silent[node][0])
        return Sets(zero, _all(node, True), zero, zero | z.constant, zero | z.same)

    def _affine(self, node: Node) -> Sets:
        first, second, third = affine(node)
        a, w = self.of(first), self.of(second)
        b = _by_nothing() if third is None else self.of(third)

        # a term w a is out of the question where w or a is 0 for ever
        mixed = layer(node, ~a.zero & ~a.positive, ~w.zero, None)
        changing = layer(node, ~a.constant, ~w.zero, None)
        return Sets(
            ~layer(node, ~a.zero, ~w.zero, ~b.zero),
            ~(layer(node, ~a.zero, ~w.positive, ~b.positive) | mixed),
            ~(layer(node, ~a.zero, ~w.negative, ~b.negative) | mixed),
            ~(layer(node, ~a.zero, ~w.constant, ~b.constant) | changing),
            ~layer(node, ~a.same, torch.ones_like(w.zero), ~b.same),
        )

    def _same(self, node: Node) -> Sets:
        return self.of(node.inputs[0])

    def _spread(self, node: Node) -> Sets:
        return Sets(
            *(
                ~spread(node, {id(n): ~getattr(self.of(n), name) for n in node.inputs})
                for name in ("zero", "positive", "negative", "constant", "same")
            )
        )

    def _other(self, node: Node) -> Sets:
        """At most known that it is a function of what it is given, row by row."""
        steady = node.op in POINTWISE and not node.unknown
        none = _all(node, False)
        constant = steady and all(bool(self.of(n).constant.all()) for n in node.inputs)
        same = steady and all(bool(self.of(n).same.all()) for n in node.inputs)
        return Sets(none, none, none, _all(node, constant), _all(node, same))

    def _backward(self) -> None:
        self.reached = {}
        for node in self._outputs:
            self._reach(node, _all(node, True))
        for node in reversed(self._nodes):
            wanted = self.reached.get(id(node))
            if wanted is None or not node.inputs or node.op in LIKE or not bool(wanted.any()):
                continue
            what = kind(node)
            if what == "relu":
                self._reach(node.args[0], wanted & ~self._flat(node))
            elif what == "same":
                self._reach(node.inputs[0], wanted)
            elif what == "other":
                for n in node.inputs:
                    self._reach(n, _all(n, True))
            else:
                for n, mask in self._pulled(node, what, wanted):
                    self._reach(n, mask)

    def _flat(self, node: Node) -> Mask:
        """Where the derivative of a ReLU vanishes for ever."""
        if _function(node) not in SLOPED_AT_ZERO:
            return self.of(node).zero
        if node not in self._silent:
            return _all(node, False)
        return self.of(node.args[0]).constant & self._silent[node][1]

    def _pulled(self, node: Node, what: str, wanted: Mask) -> list[tuple[Node, Mask]]:
        at = {id(n): _all(n, True) for n in node.inputs}
        if what == "affine":
            # a weight gets a gradient from entries below that are not 0, these get one through weights that are not 0
            first, second, _ = affine(node)
            at[id(first)], at[id(second)] = ~self.of(first).zero, ~self.of(second).zero
        found = pull(node, at, wanted)
        return [(n, found[id(n)]) for n in {id(n): n for n in node.inputs}.values() if id(n) in found]

    def _reach(self, node: Node, mask: Mask) -> None:
        key = id(node)
        self.reached[key] = self.reached[key] | mask if key in self.reached else mask


_RULES = {
    "relu": Forever._relu,
    "affine": Forever._affine,
    "same": Forever._same,
    "spread": Forever._spread,
    "max": Forever._spread,
    "other": Forever._other,
}


def _function(node: Node) -> str:
    """The name of the operation that a ReLU was written as."""
    return "" if node.call is None else str(node.call[0]._schema.name).partition("::")[2]


def _by_nothing() -> Sets:
    """Of a bias that is not there: it is 0."""
    return Sets(*(torch.ones((), dtype=torch.bool) for _ in range(5)))


def _by_value(node: Node, constant: Mask) -> Sets:
    """Of something that does not depend on the inputs, by its numbers of now."""
    assert node.value is not None
    value = node.value.to("cpu")
    signs = (constant & (value == 0), constant & (value >= 0), constant & (value <= 0))
    return Sets(*signs, constant, _all(node, True))


def _all(node: Node, value: bool) -> Mask:
    return torch.tensor(value).expand(node.shape)
