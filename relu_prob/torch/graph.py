"""A diagnosis of any graph of operations, from what was seen of it and from what stays as it is for ever."""

from __future__ import annotations

import numpy as np
import torch

from relu_prob.concrete.graph_diagnosis import GraphDiagnosis, GraphLayer, GraphReason
from relu_prob.concrete.permanence import Codes
from relu_prob.torch.forever import Forever
from relu_prob.torch.node import Node
from relu_prob.torch.operations import Mask, affine, kind, layer
from relu_prob.torch.units import Units
from relu_prob.torch.watch import Pass, Seen, WatchedLayer

DROPOUT = "in training, dropout changes what layers see: permanence is that of training without it"


def graph_diagnosis(sample: Pass, seen: Seen) -> GraphDiagnosis:
    """The diagnosis.

    Parameters
    ----------
    sample : a pass of a few inputs, in which the rules are applied
    seen : what all data showed
    """
    watched, notes = seen.result(), dropout_notes(seen.module)
    if not watched.layers and not watched.unattributed:
        notes.append("no ReLU was found; other activations are not diagnosed")
    notes += [f"not attributed to a layer of units: {text}" for text in watched.unattributed]
    obstacle = _obstacle(sample, seen)
    if obstacle:
        notes.append(f"permanence is not decided: {obstacle}")
        return _diagnosis(seen, [_undecided(x) for x in watched.layers], notes)
    relus = [node for node in sample.trace.nodes if node.op == "relu"]
    layers = {(x.name, x.call): x for x in watched.layers}
    silent, known = {}, {}
    for node, relu in zip(relus, sample.relus, strict=True):
        if relu is not None:
            key, units = relu
            known[key] = (node, units)
            top = torch.from_numpy(layers[key].largest.copy())
            silent[node] = (_entries(top <= 0, units, node.shape), _entries(top < 0, units, node.shape))
    forever = Forever(sample.trace, silent, seen.lowest >= 0)
    return _diagnosis(seen, [_reasons(forever, *known[x.name, x.call], x) for x in watched.layers], notes)


def dropout_notes(module: torch.nn.Module) -> list[str]:
    """A note if a module drops something in training."""
    drops = any(isinstance(m, torch.nn.modules.dropout._DropoutNd) and m.p > 0 for m in module.modules())
    return [DROPOUT] if drops else []


def _obstacle(sample: Pass, seen: Seen) -> str:
    """Why nothing can be said of all times, in words; empty if that is not so."""
    if sample.trace.written:
        return f"the module writes into {sample.trace.written!r}"
    if sample.trace.reads_values:
        return "what the module does may depend on numbers that it reads (an if on a tensor, .item())"
    places = [p.untyped_storage().data_ptr() for p in seen.module.parameters() if p.numel()]
    if len(set(places)) < len(places):
        return "parameters share their memory"
    if seen.operations != {sample.operations}:
        return "the module does different operations for different data"
    return ""


def _diagnosis(seen: Seen, reasons: list[Codes], notes: list[str]) -> GraphDiagnosis:
    watched, layers = seen.result(), []
    for k, (x, codes) in enumerate(zip(watched.layers, reasons, strict=True), 1):
        codes.setflags(write=False)
        layers.append(GraphLayer(k, x.title, x.kind, codes, x.largest))
    return GraphDiagnosis(type(seen.module).__name__, watched.inputs, tuple(layers), tuple(notes))


def _undecided(watched: WatchedLayer) -> Codes:
    return np.where(watched.fired, GraphReason.FIRES, GraphReason.UNDECIDED).astype(np.int8)


def _reasons(forever: Forever, relu: Node, units: Units, watched: WatchedLayer) -> Codes:
    """A reason for every unit of a ReLU."""
    z, h = relu.args[0], forever.of(relu)
    sets = forever.of(z)
    learned_below = _learned_below(z)
    frozen = _each(forever.without_gradient(relu) & sets.constant, units)
    codes = np.where(frozen, GraphReason.FIRES_FROZEN, GraphReason.FIRES)
    codes = np.where(watched.fired, codes, _open(forever, z, units))
    codes = np.where(_each(h.same, units), GraphReason.BEHIND, codes)
    never_changes = GraphReason.FROZEN if learned_below else GraphReason.STEADY_INPUT
    codes = np.where(_each(h.zero, units), never_changes, codes)
    return np.where(_each(sets.negative, units), GraphReason.NEVER_EXCITED, codes).astype(np.int8)


def _open(forever: Forever, z: Node, units: Units) -> Codes:
    """For silent units that no rule covers, what stands against it."""
    layers, normalized, sums = _feeding(z)
    if normalized:
        return np.full(units.number, GraphReason.NORMALIZED)
    found = np.full(units.number, GraphReason.UNDECIDED)
    if len(layers) == 1 and not sums:
        a, weight, bias = affine(layers[0])
        assert weight.value is not None
        positive = weight.value.to("cpu") > 0
        excited = layer(layers[0], ~forever.of(a).zero, positive)
        found[_some(excited, units)] = GraphReason.EXCITED
        if bias is not None and bias.value is not None:
            none = torch.zeros(a.shape, dtype=torch.bool)
            biased = layer(layers[0], none, positive, bias.value.to("cpu") > 0)
            found[_some(biased, units) & (found == GraphReason.UNDECIDED)] = GraphReason.BIASED
    return found


def _feeding(z: Node) -> tuple[list[Node], bool, bool]:
    """The layers whose outputs a ReLU gets, whether a normalization lies between, and whether anything else does."""
    layers, normalized, other, at, met = [], False, False, [z], set()
    while at:
        node = at.pop()
        if id(node) in met or not node.varies:
            continue
        met.add(id(node))
        if kind(node) == "affine":
            layers.append(node)
        elif "batch_norm" in node.op:
            normalized = True
        elif kind(node) in ("same", "spread") and len(node.inputs) == 1:
            at += node.inputs
        else:
            other = True
            at += [] if node.op == "relu" else node.inputs
    return layers, normalized, other


def _learned_below(z: Node) -> bool:
    """Whether what the layers before a ReLU are applied to depends on parameters."""
    return any(affine(node)[0].learned for node in _feeding(z)[0])


def _entries(chosen: Mask, units: Units, shape: tuple[int, ...]) -> Mask:
    """The entries of a tensor that belong to the chosen units."""
    several = torch.Size(shape).numel() // (units.number * units.inner)
    return chosen.reshape(1, -1, 1).expand(several, units.number, units.inner).reshape(shape)


def _each(entries: Mask, units: Units) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The units all entries of which are in a set."""
    rows = entries.reshape(-1, units.number, units.inner)
    return np.asarray(rows.all(2).all(0).numpy())


def _some(entries: Mask, units: Units) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return ~_each(~entries, units)
