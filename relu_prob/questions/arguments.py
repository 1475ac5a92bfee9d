"""The arguments that the questions share, checked and brought to one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from relu_prob import checks
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.theorems.bracket import Arithmetic, predicted_seconds
from relu_prob.theorems.theorem import Mask, Masks

Method = Literal["auto", "exact", "bracket", "estimate", "simulate"]
Death = Literal["initial", "permanent"]
METHODS = ("auto", "exact", "bracket", "estimate", "simulate")
DEATHS = ("initial", "permanent")
Rng = np.random.Generator | np.random.SeedSequence | int | None


@dataclass(frozen=True)
class Options:
    """How to answer: by which method, in which arithmetic, and how to simulate where it comes to that.

    method : "auto" (the strongest theorem that covers the network, else the estimator or a simulation, and the
        bracket), "exact" (a theorem or an error that says which hypothesis is missing), "bracket", "estimate" (the
        estimator or such an error) or "simulate"
    digits : None for exact rationals in the bracket's chains, or the digits of certified balls
    force : compute an exact chain however long it takes
    samples, rng, level, executor, progress : of the estimate; ``level`` is the confidence level of its intervals
    relative_error : None, or go on with samples until half the interval is at most so large a part of the estimate
    """

    method: Method = "auto"
    digits: int | None = None
    force: bool = False
    samples: int = 100_000
    rng: Rng = None
    level: float = 0.99
    executor: Executor | None = None
    progress: bool | None = None
    relative_error: float | None = None

    def __post_init__(self) -> None:
        checks.choice("method", self.method, METHODS)
        if self.digits is not None:
            checks.integer("digits", self.digits, low=1)
        checks.integer("samples", self.samples, low=1)
        checks.fraction_between("level", self.level, 0, 1)
        if self.relative_error is not None:
            checks.fraction_between("relative_error", self.relative_error, 0, 1)

    @property
    def arithmetic(self) -> Arithmetic:
        """The arithmetic of the bracket's chains."""
        return Arithmetic(self.digits, self.force)

    def affordable(self, net: Network) -> Arithmetic:
        """The same, but balls where the exact chains would take more than a second and nothing was asked for."""
        if self.digits is None and not self.force and predicted_seconds(net) > 1:
            return Arithmetic(digits=30)
        return self.arithmetic


def network(value: Any) -> Network:
    """``value`` if it is a Network, or a LayerGraph that is a path, as a Network."""
    if isinstance(value, LayerGraph):
        path = value.as_network()
        if path is None:
            raise TypeError(f"network must be a relu_prob.Network, or a LayerGraph that is a path, got {value}")
        return path
    return checks.instance("network", value, Network, "a relu_prob.Network")


def layer(net: Network, value: Any) -> int:
    """A hidden layer of the network, counted from 1; None is the last."""
    return net.depth if value is None else checks.integer("layer", value, low=1, high=net.depth)


def masks(
    net: Network, at_layer: int, allowed: Sequence[Iterable[int] | None] | Mapping[str, Iterable[int]] | None
) -> Masks:
    """One set of allowed counts (or None: all) for every layer below ``at_layer``."""
    if allowed is None:
        return (None,) * (at_layer - 1)
    text = f"a sequence of {at_layer - 1} collections of counts (or None), one for each layer below layer {at_layer}"
    if isinstance(allowed, Mapping):  # names are for the layers of a LayerGraph
        raise TypeError(f"allowed must be {text}, got {allowed!r}")
    values = checks.sequence("allowed", allowed, text)
    if len(values) != at_layer - 1:
        raise ValueError(f"allowed must be {text}, got {len(values)}: {allowed!r}")
    return tuple(_mask(net, k, value, text) for k, value in enumerate(values, 1))


def _mask(net: Network, below: int, value: Any, text: str) -> Mask:
    if value is None:
        return None
    counts = checks.sequence("allowed", value, text)
    width = net.hidden_widths[below - 1]
    mask = frozenset(checks.integer(f"allowed, layer {below},", j, low=0, high=width) for j in counts)
    return None if len(mask) == width + 1 else mask


def thresholds(net: Network, need: Any, *, low: int = 0) -> tuple[int, ...]:
    """The numbers of neurons that a task needs, one for each hidden layer: m_l in low..n_l."""
    text = f"a sequence of integers, one for each hidden layer ({net.depth} in all)"
    values = checks.sequence("need", need, text)
    if len(values) != net.depth:
        raise ValueError(f"need must be {text}, got {len(values)}: {need!r}")
    return tuple(
        checks.integer(f"need, layer {k},", m, low=low, high=n)
        for k, (m, n) in enumerate(zip(values, net.hidden_widths, strict=True), 1)
    )


def at_least(m: int, n: int) -> Mask:
    """The counts m..n, as a mask."""
    return None if m == 0 else frozenset(range(m, n + 1))
