"""Who comes near to firing on data, in single precision: all others are silent, and need no second look.

A pre-activation in single precision is compared with the largest one of its layer at the same input. How far it can be
from the one in double precision, in this unit, is measured on a sample; a neuron is silent if it stays away from 0 by
many times that. This is no proof, but neither is double precision: both can err only where rounding decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.network import ConcreteNetwork

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Indices = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SAFETY = 100.0
"""How many times the largest difference that was measured."""

SAMPLE = 128
"""At so many inputs, of which every layer has a pre-activation for each of its neurons."""

FLOOR = 1e-25
"""Where all pre-activations of a layer are smaller, underflow may decide, and they count as near 0."""

CHUNK = 256
"""So many inputs are looked at again at a time: the first show most of what there is to see."""

MOST_NEAR = 100_000
"""Of a layer with more pre-activations near 0 than this not all are kept."""


class _Layer:
    """What is seen of a hidden layer.

    ``near`` are pairs of a neuron and an input with a pre-activation near 0; of ``clear`` these are left out.
    """

    def __init__(self, n: int) -> None:
        self.margin = np.inf
        self.peaks = np.full(n, -np.inf)
        self.clear = np.full(n, -np.inf)
        self.by_signs: BoolArray = np.zeros(n, dtype=bool)
        self.closest = np.full(n, -np.inf)
        self.where: Indices = np.zeros(n, dtype=np.int64)
        self.near: list[tuple[Indices, Indices]] = []
        self.pairs = 0

    def take(self, z: Single, size: Single, wanted: Indices, first: int) -> None:
        """Pre-activations of the wanted neurons at inputs from number ``first`` on, which this changes."""
        self.peaks[wanted] = np.maximum(self.peaks[wanted], z.max(axis=0))
        share = z / size
        rows = share.argmax(axis=0)
        values = share[rows, np.arange(len(wanted))]
        closer = values > self.closest[wanted]
        self.closest[wanted[closer]] = values[closer]
        self.where[wanted[closer]] = first + rows[closer]
        inputs, neurons = np.nonzero(np.abs(share) <= self.margin)
        z[inputs, neurons] = -np.inf
        self.clear[wanted] = np.maximum(self.clear[wanted], z.max(axis=0))
        if self.pairs <= MOST_NEAR:
            self.pairs += len(inputs)
            self.near.append((wanted[neurons], first + inputs))

    def to_look_at(self, unclear: BoolArray) -> Indices:
        """Inputs that decide about unclear neurons: where each comes closest to firing, or near to it."""
        if self.pairs > MOST_NEAR:
            return self.where[unclear]
        return np.concatenate([self.where[unclear], *(inputs[unclear[neurons]] for neurons, inputs in self.near)])


class Screening:
    """What is seen of every hidden neuron in single precision, while data pass by."""

    def __init__(self, network: ConcreteNetwork, data: Array) -> None:
        self._network = network
        self._single = [(np.asarray(w, np.float32), np.asarray(b, np.float32)) for w, b in network.hidden]
        self._layers = [_Layer(n) for n in network.hidden_widths]
        self._seen, self._looked = 0, False
        sample = data[np.linspace(0, len(data) - 1, SAMPLE).astype(int)]
        with np.errstate(over="ignore", invalid="ignore"):
            passes = zip(self._layers, self._forward(sample), network.preactivations(sample), strict=True)
            for layer, (z, size), exact in passes:
                # a sample without any rounding says nothing about other data
                error = max(float(np.finfo(np.float32).eps), float(np.max(np.abs(z - exact) / size)))
                layer.margin = SAFETY * error

    def _forward(self, batch: Array) -> Iterator[tuple[Single, Single]]:
        """Of every layer the pre-activations, and the largest size of one at each input, as a column."""
        h = batch.astype(np.float32)
        for w, b in self._single:
            z = h @ w.T
            z += b
            size = np.maximum(np.maximum(z.max(axis=1), -z.min(axis=1)), np.float32(FLOOR))
            yield z, size[:, None]
            h = np.maximum(z, np.float32(0), out=z)

    def look(self, batch: Array, undecided: Sequence[BoolArray]) -> bool:
        """Take a batch, up to the highest layer with somebody undecided; False if it overflows single precision."""
        top = max(l for l, still in enumerate(undecided) if still.any())
        with np.errstate(over="ignore", invalid="ignore"):
            for layer, (z, size), still in zip(
                self._layers[: top + 1], self._forward(batch), undecided[: top + 1], strict=False
            ):
                if not np.isfinite(size).all():
                    return False
                wanted = np.flatnonzero(still)
                if len(wanted):
                    layer.take(z[:, wanted], size, wanted, self._seen)
        self._seen += len(batch)
        return True

    def second_look(self, undecided: Sequence[BoolArray]) -> Iterator[Indices]:
        """Numbers of inputs that decide about those who may fire, while there are undecided ones among these."""
        looked: Indices = np.empty(0, dtype=np.int64)
        while True:
            silent = self.silent(undecided)
            unclear = [layer.to_look_at(s & ~q) for layer, s, q in zip(self._layers, undecided, silent, strict=True)]
            rows = np.concatenate(unclear)
            left, counts = np.unique(rows[~np.isin(rows, looked)], return_counts=True)
            if not len(left):
                break
            # those that decide about the most neurons first
            chunk = np.sort(left[np.argsort(-counts, kind="stable")[:CHUNK]])
            looked = np.concatenate([looked, chunk])
            yield chunk
        self._looked = True

    def silent(self, undecided: Sequence[BoolArray]) -> list[BoolArray]:
        """Of the undecided, those who never fire.

        They stay away from 0, or did not fire at any input where they come near to it, or have neither a positive
        weight from anybody who may fire nor a positive bias.
        """
        found: list[BoolArray] = []
        for l, (layer, (w, b), still) in enumerate(zip(self._layers, self._network.hidden, undecided, strict=True)):
            away = still & (layer.closest < -layer.margin)
            if self._looked and layer.pairs <= MOST_NEAR:
                away |= still & (layer.closest <= layer.margin)
            close = still & ~away
            # inputs may have any sign
            rows = w[close] != 0 if l == 0 else w[np.ix_(close, ~found[-1])] > 0
            layer.by_signs[close] = ~rows.any(axis=1) & (b[close] <= 0)
            found.append(away | layer.by_signs)
        return found

    def peaks(self, layer: int) -> Array:
        """The largest pre-activations of the silent of a hidden layer, where they need no second look."""
        seen = self._layers[layer]
        return np.where(seen.by_signs, seen.peaks, seen.clear)
