"""What a simulation of a layer graph returns: how often each combination of counts was seen, by names of layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from relu_prob import checks
from relu_prob.layer_graph import LayerGraph
from relu_prob.simulation.counts import IntArray, distinct

COUNTS = ("active", "possible")


@dataclass(frozen=True, eq=False, repr=False)
class GraphCounts:
    """Counts of living neurons in independent networks of a layer graph, as a histogram. Compares by value.

    Parameters
    ----------
    graph : the layer graph
    count : "active" (neurons that are not dead) or "possible" (not kept silent by the signs of their weights)
    rows : integers of shape (k, layers), a column for each of ``graph.names``
    multiplicity : positive integers of shape (k,), how many networks had these counts
    exact : the names of layers in which death was decided exactly; in the others a network was looked at on finitely
        many inputs of its domain, so that their counts are lower bounds

    Examples
    --------
    >>> graph = LayerGraph(3).dense("a", 2).residual("b")
    >>> runs = GraphCounts(graph, "active", [[1, 2], [2, 2], [1, 1]], [5, 4, 1], frozenset({"a"}))
    >>> runs.counts("b", allowed={"a": [1]}), runs.joint({"a": 1, "b": 2})
    (array([0, 1, 5]), 9)
    """

    graph: LayerGraph
    count: str
    rows: IntArray
    multiplicity: IntArray
    exact: frozenset[str]

    def __post_init__(self) -> None:
        checks.instance("graph", self.graph, LayerGraph, "a LayerGraph")
        checks.choice("count", self.count, COUNTS)
        widths = [layer.channels for layer in self.graph.layers]
        rows, multiplicity = np.asarray(self.rows), np.asarray(self.multiplicity)
        if rows.ndim != 2 or rows.shape[1] != len(widths) or rows.dtype.kind not in "iu":
            raise ValueError(f"rows must be integers of shape (k, {len(widths)}), got {rows.dtype} of {rows.shape}")
        if not ((rows >= 0) & (rows <= np.array(widths))).all():
            raise ValueError(f"rows must lie between 0 and the widths {widths}, got others")
        if multiplicity.shape != rows.shape[:1] or multiplicity.dtype.kind not in "iu" or not (multiplicity > 0).all():
            raise ValueError(f"multiplicity must be {len(rows)} positive integers, one for each row")
        rows, multiplicity = distinct(widths, rows, multiplicity)
        rows.setflags(write=False)
        multiplicity.setflags(write=False)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "multiplicity", multiplicity)
        object.__setattr__(self, "exact", frozenset(self.exact))

    @property
    def samples(self) -> int:
        """The number of networks drawn."""
        return int(self.multiplicity.sum())

    def counts(self, *layers: str, allowed: Mapping[str, Iterable[int]] | None = None) -> IntArray:
        """How many networks have N_v in allowed[v] for all v there, and j living neurons in ``layers`` together.

        Shape (n + 1,), n the sum of the layers' widths.
        """
        if not layers:
            raise ValueError("layers must be at least one name of a layer, got none")
        columns = [self._column("layers", name) for name in layers]
        chosen = np.ones(len(self.rows), dtype=bool)
        for name, entry in (allowed or {}).items():
            values = list(checks.sequence("allowed", entry, "collections of integers, by names of layers"))
            chosen &= np.isin(self.rows[:, self._column("allowed", name)], values)
        result = np.zeros(1 + sum(self.graph.layers[k].channels for k in columns), dtype=np.int64)
        np.add.at(result, self.rows[chosen][:, columns].sum(axis=1), self.multiplicity[chosen])
        return result

    def joint(self, need: Mapping[str, int]) -> int:
        """The number of networks with N_v >= need[v] for all layers v named there."""
        enough = np.ones(len(self.rows), dtype=bool)
        for name, least in need.items():
            enough &= self.rows[:, self._column("need", name)] >= checks.integer("need", least, low=0)
        return int(self.multiplicity[enough].sum())

    def _column(self, argument: str, name: Any) -> int:
        return self.graph.names.index(checks.choice(argument, name, self.graph.names))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GraphCounts):
            return NotImplemented
        return (
            (self.graph, self.count, self.exact) == (other.graph, other.count, other.exact)
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.multiplicity, other.multiplicity)
        )

    def __hash__(self) -> int:
        return hash((self.graph, self.count, self.rows.tobytes(), self.multiplicity.tobytes(), self.exact))

    def __repr__(self) -> str:
        return f"<GraphCounts: {self.samples} draws of {self.graph}; {self.count} neurons>"
