"""A tensor of an ONNX graph that depends on the network's inputs: which neurons it holds, and where.

As long as there is at most one product with a matrix between two ReLUs, such a tensor holds for every input of the
batch the numbers ``scale_i (W_i . h) + shift_i``, or ``scale_i h_i + shift_i`` before the product, where h is the
output of the last ReLU layer. Where number i lies in the tensor is said by an array of the tensor's shape, so that
reshaping and transposing it is NumPy's work; its axis along the batch has length 1, whatever the size of a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

ANY_BATCH = 2**31 - 1
"""Stands for a batch of no fixed size: a prime, so that no product of other dimensions can be taken for it."""


@dataclass(frozen=True, eq=False)
class Signal:
    """``place`` holds the numbers i of the entries; ``batch`` is the axis along the batch, None where there is none.

    ``matrix`` is W or None; ``layers`` are (W, b) of the hidden layers below.
    """

    layers: tuple[tuple[Array, Array], ...]
    matrix: Array | None
    scale: Array | None
    shift: Array
    place: NDArray[np.int64]
    batch: int | None
    batch_size: int

    @classmethod
    def of_inputs(cls, shape: Sequence[int], batch: int | None) -> Signal:
        """The inputs of the network, of the shape that the graph declares."""
        own = tuple(1 if axis == batch else n for axis, n in enumerate(shape))
        place = np.arange(prod(own)).reshape(own)
        size = 1 if batch is None else shape[batch]
        return cls((), None, None, np.zeros(prod(own)), place, batch, size)

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's."""
        return tuple(self.batch_size if axis == self.batch else n for axis, n in enumerate(self.place.shape))

    def reshaped(self, shape: Sequence[int]) -> Signal:
        """In another shape, which leaves every input of the batch its own numbers."""
        if prod(shape) != prod(self.shape):
            raise ValueError(f"{_text(self.shape)} cannot be reshaped to {_text(shape)} for every size of the batch")
        if self.batch is None:
            return replace(self, place=self.place.reshape(shape))
        before = prod(self.shape[: self.batch])
        for axis, n in enumerate(shape):
            if n == self.batch_size and prod(shape[:axis]) == before:
                own = (*shape[:axis], 1, *shape[axis + 1 :])
                return replace(self, place=self.place.reshape(own), batch=axis)
        if self.batch_size != 1:
            raise ValueError(f"the shape {_text(shape)} mixes the inputs of a batch")
        return replace(self, place=self.place.reshape(shape), batch=None)

    def transposed(self, order: Sequence[int] | None = None) -> Signal:
        """With its axes in another order; by default in the reverse one."""
        axes = tuple(range(self.place.ndim))[::-1] if order is None else tuple(order)
        batch = None if self.batch is None else axes.index(self.batch)
        return replace(self, place=self.place.transpose(axes), batch=batch)

    def plus(self, constant: Array) -> Signal:
        """Plus numbers that are the same for all inputs."""
        wide, numbers = self._beside(constant)
        return replace(wide, shift=self.shift + numbers)

    def times(self, constant: Array) -> Signal:
        """Times numbers that are the same for all inputs."""
        wide, numbers = self._beside(constant)
        return replace(wide, scale=numbers if self.scale is None else self.scale * numbers, shift=self.shift * numbers)

    def _beside(self, constant: Array) -> tuple[Signal, Array]:
        """In the shape that broadcasting gives it, and the constant's number for each of its own."""
        try:
            shape = np.broadcast_shapes(self.place.shape, constant.shape)
        except ValueError:
            shape = ()
        if prod(shape) != self.place.size:
            raise ValueError(
                f"a constant of shape {_text(constant.shape)} does not fit one input of a tensor of shape "
                f"{_text(self.shape)}"
            )
        numbers = np.empty(self.place.size)
        numbers[self.place.ravel()] = np.broadcast_to(constant, shape).ravel()
        batch = None if self.batch is None else self.batch + len(shape) - self.place.ndim
        return replace(self, place=self.place.reshape(shape), batch=batch), numbers

    def product(self, matrix: Array, *, left: bool = False) -> Signal:
        """``tensor @ matrix``; with ``left=True`` ``matrix @ tensor``."""
        if self.matrix is not None:
            raise ValueError(
                "two linear layers with no Relu between them: multiply their matrices if they are meant as one layer "
                "(training two layers is not training their product)"
            )
        while matrix.ndim > 2 and matrix.shape[0] == 1:
            matrix = matrix[0]
        axis = self.place.ndim - (2 if left and self.place.ndim > 1 else 1)
        w = matrix if left or matrix.ndim == 1 else matrix.T
        if axis == self.batch:
            raise ValueError(f"it multiplies along the batch, axis {axis} of a tensor of shape {_text(self.shape)}")
        if matrix.ndim not in (1, 2) or axis < 0 or w.shape[-1] != self.shape[axis]:
            raise ValueError(
                f"a matrix of shape {_text(matrix.shape)} does not fit a tensor of shape {_text(self.shape)}"
            )
        if self.place.size != self.place.shape[axis]:
            raise ValueError(
                f"it applies one matrix to many parts of an input, of a tensor of shape {_text(self.shape)}: only "
                "fully connected layers are allowed"
            )
        rows = np.atleast_2d(w)
        place = np.expand_dims(np.arange(len(rows)), tuple(k for k in range(self.place.ndim) if k != axis))
        batch = self.batch
        if matrix.ndim == 1:  # as everywhere in NumPy, the axis disappears
            place = place.squeeze(axis)
            batch = batch - 1 if batch is not None and batch > axis else batch
        w = self._own(rows)
        if self.scale is not None:
            w = w * self.scale
        return replace(
            self, matrix=w, scale=None, shift=rows @ self.shift[self.place.ravel()], place=place, batch=batch
        )

    def _own(self, rows: Array) -> Array:
        """Rows of weights in the order of the numbers, not of their places."""
        order = np.argsort(self.place.ravel())
        ordered = rows if (order == np.arange(len(order))).all() else rows[:, order]
        return np.ascontiguousarray(ordered)

    def relu(self) -> Signal:
        """The positive parts."""
        if self.matrix is None:
            if not self.layers:
                raise ValueError("a Relu of the inputs, before any layer: apply it to the data")
            if self.scale is not None or self.shift.any():
                raise ValueError("a Relu of single neurons that were scaled or shifted: a layer is missing before it")
            return self
        n = self.place.size
        return replace(self, layers=(*self.layers, self.affine()), matrix=None, scale=None, shift=np.zeros(n))

    def affine(self) -> tuple[Array, Array]:
        """(W, b) of the numbers as a layer; the identity where there was no product."""
        matrix = np.eye(self.place.size) if self.matrix is None else self.matrix
        return (matrix if self.scale is None else self.scale[:, None] * matrix), self.shift

    def output_layer(self) -> tuple[Array, Array]:
        """(W, b) of the output layer, its rows in the order of the tensor."""
        w, b = self.affine()
        order = self.place.ravel()
        return w[order], b[order]


def _text(shape: Sequence[int]) -> str:
    return f"({', '.join('batch' if n == ANY_BATCH else str(n) for n in shape)})"
