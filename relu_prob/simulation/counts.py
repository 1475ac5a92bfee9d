"""What a simulation returns: how often each combination of counts (N_1, ..., N_depth) was seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks
from relu_prob.network import Network

IntArray = NDArray[np.int64]

DEATHS = ("initial", "permanent")


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedCounts:
    """Counts of living neurons in independent networks, as a histogram. Immutable; compares by value.

    ``rows[k]`` is a combination (N_1, ..., N_depth) and ``multiplicity[k]`` the number of networks that had it. The
    rows are distinct and in lexicographic order, whatever the order they are given in. Sum two results of one network
    with ``+``.

    Parameters
    ----------
    network : the network
    death : "initial" (N_l neurons of layer l are active) or "permanent" (N_l are not permanently dead)
    rows : integers of shape (k, depth), 0 <= N_l <= n_l
    multiplicity : positive integers of shape (k,)
    exact_layers : the number of leading layers in which death was decided exactly. In the others a network was looked
        at on finitely many inputs of its domain, so that their counts are lower bounds.

    Examples
    --------
    >>> runs = SimulatedCounts(Network((1, 2, 2, 1)), "initial", [[2, 0], [2, 1], [2, 0]], [1, 3, 2], exact_layers=2)
    >>> runs
    <SimulatedCounts: 6 draws of 1-2-2-1, HeNormal() weights, Zero() biases, on Ball(1); initial death, exact>
    >>> runs.rows.tolist(), runs.multiplicity.tolist()
    ([[2, 0], [2, 1]], [3, 3])
    >>> runs.counts(2), runs.joint((1, 1))
    (array([3, 3, 0]), 3)
    """

    network: Network
    death: str
    rows: IntArray
    multiplicity: IntArray
    exact_layers: int

    def __post_init__(self) -> None:
        checks.instance("network", self.network, Network, "a Network")
        checks.choice("death", self.death, DEATHS)
        checks.integer("exact_layers", self.exact_layers, low=1, high=self.network.depth)
        rows, multiplicity = np.asarray(self.rows), np.asarray(self.multiplicity)
        depth, widths = self.network.depth, np.array(self.network.hidden_widths)
        if rows.ndim != 2 or rows.shape[1] != depth or rows.dtype.kind not in "iu":
            raise ValueError(f"rows must be integers of shape (k, {depth}), got {rows.dtype} of shape {rows.shape}")
        if not ((rows >= 0) & (rows <= widths)).all():
            raise ValueError(f"rows must lie between 0 and the widths {self.network.hidden_widths}, got others")
        if multiplicity.shape != rows.shape[:1] or multiplicity.dtype.kind not in "iu" or not (multiplicity > 0).all():
            raise ValueError(f"multiplicity must be {len(rows)} positive integers, one for each row")
        rows, multiplicity = tally(self.network, rows, multiplicity)
        rows.setflags(write=False)
        multiplicity.setflags(write=False)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "multiplicity", multiplicity)

    @property
    def samples(self) -> int:
        """The number of networks drawn."""
        return int(self.multiplicity.sum())

    @property
    def exact(self) -> bool:
        """Whether death was decided exactly in every hidden layer."""
        return self.exact_layers == self.network.depth

    def counts(self, layer: int, allowed: Sequence[Iterable[int] | None] | None = None) -> IntArray:
        """How many networks have N_i in allowed[i-1] for all i < layer and N_layer = j, for j = 0..n_layer.

        Parameters
        ----------
        layer : 1 to depth
        allowed : a sequence of layer - 1 collections of integers; None, alone or as an entry, is no restriction

        Returns
        -------
        integers of shape (n_layer + 1,)

        >>> simulate = SimulatedCounts(Network((1, 2, 2, 1)), "initial", [[1, 0], [2, 1]], [1, 3], exact_layers=2)
        >>> simulate.counts(2, allowed=[{2}])
        array([0, 3, 0])
        """
        layer = checks.integer("layer", layer, low=1, high=self.network.depth)
        chosen = np.ones(len(self.rows), dtype=bool)
        for i, entry in enumerate(self._allowed(layer, allowed)):
            if entry is not None:
                chosen &= np.isin(self.rows[:, i], entry)
        result = np.zeros(self.network.hidden_widths[layer - 1] + 1, dtype=np.int64)
        # not np.bincount, whose weights are floats
        np.add.at(result, self.rows[chosen, layer - 1], self.multiplicity[chosen])
        return result

    def joint(self, need: Sequence[int]) -> int:
        """The number of networks with N_i >= need[i-1] for i = 1, ..., len(need)."""
        text = f"a sequence of 1 to {self.network.depth} integers >= 0"
        values = checks.sequence("need", need, text)
        if not 1 <= len(values) <= self.network.depth:
            raise ValueError(f"need must be {text}, got {need!r}")
        least = [checks.integer("need", value, low=0) for value in values]
        enough = np.ones(len(self.rows), dtype=bool)
        for i, value in enumerate(least):
            enough &= self.rows[:, i] >= min(value, self.network.hidden_widths[i] + 1)
        return int(self.multiplicity[enough].sum())

    def _allowed(self, layer: int, allowed: Sequence[Iterable[int] | None] | None) -> list[list[int] | None]:
        if allowed is None:
            return [None] * (layer - 1)
        text = f"None or a sequence of layer - 1 = {layer - 1} collections of integers"
        entries = checks.sequence("allowed", allowed, text)
        if len(entries) != layer - 1:
            raise ValueError(f"allowed must be {text}, got {allowed!r}")
        return [
            None
            if entry is None
            else [checks.integer("allowed", j, low=0, high=n) for j in checks.sequence("allowed", entry, text)]
            for entry, n in zip(entries, self.network.hidden_widths, strict=False)
        ]

    def __add__(self, other: object) -> SimulatedCounts:
        """Both runs as one: of the same network, the same kind of death, and independent seeds."""
        if not isinstance(other, SimulatedCounts):
            return NotImplemented
        if (self.network, self.death, self.exact_layers) != (other.network, other.death, other.exact_layers):
            raise ValueError(f"results of different simulations do not add: {self!r} and {other!r}")
        rows = np.concatenate([self.rows, other.rows])
        multiplicity = np.concatenate([self.multiplicity, other.multiplicity])
        return SimulatedCounts(self.network, self.death, rows, multiplicity, self.exact_layers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SimulatedCounts):
            return NotImplemented
        return (
            (self.network, self.death, self.exact_layers) == (other.network, other.death, other.exact_layers)
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.multiplicity, other.multiplicity)
        )

    def __hash__(self) -> int:
        return hash((self.network, self.death, self.rows.tobytes(), self.multiplicity.tobytes(), self.exact_layers))

    def __repr__(self) -> str:
        exact = "exact" if self.exact else f"exact in {self.exact_layers} of {self.network.depth} layers"
        return f"<SimulatedCounts: {self.samples} draws of {self.network}; {self.death} death, {exact}>"


def tally(network: Network, rows: IntArray, multiplicity: IntArray | None = None) -> tuple[IntArray, IntArray]:
    """The distinct rows in lexicographic order, and how often each occurs (each row counts ``multiplicity`` times).

    >>> rows, times = tally(Network((1, 2, 2, 1)), np.array([[2, 1], [2, 0], [2, 1]]))
    >>> rows.tolist(), times.tolist()
    ([[2, 0], [2, 1]], [1, 2])
    """
    return distinct(network.hidden_widths, rows, multiplicity)


def distinct(widths: Sequence[int], rows: IntArray, multiplicity: IntArray | None = None) -> tuple[IntArray, IntArray]:
    """The distinct rows of counts 0..widths[k] in lexicographic order, and how often each occurs."""
    weights = np.ones(len(rows), dtype=np.int64) if multiplicity is None else multiplicity
    sizes = [n + 1 for n in widths]
    if math.prod(sizes) < 2**62:
        # sorting one number for each row is many times faster than sorting rows
        codes = np.ravel_multi_index(tuple(rows.T), tuple(sizes))
        distinct, inverse = np.unique(codes, return_inverse=True)
        unique = np.stack(np.unravel_index(distinct, tuple(sizes)), axis=1).astype(np.int64)
    else:
        unique, inverse = np.unique(rows.astype(np.int64), axis=0, return_inverse=True)
    times = np.zeros(len(unique), dtype=np.int64)
    np.add.at(times, inverse.reshape(-1), weights)
    return unique, times
