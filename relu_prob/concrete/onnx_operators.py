"""The operators that may occur in an ONNX graph of a fully connected ReLU network, applied to a Signal.

Each takes the arguments of a node, None where one is left out, and its attributes by name; a ValueError says why the
node is no part of such a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from relu_prob.concrete.onnx_signal import Array, Signal

Attributes = dict[str, Any]
Value = Signal | Array


def _data(values: Sequence[Value | None]) -> Signal:
    """The first argument, which is the one that depends on the inputs."""
    if not isinstance(values[0], Signal):
        raise ValueError("its first input must depend on the network's input")
    return values[0]


def _known(values: Sequence[Value | None], position: int) -> Array | None:
    """A constant argument; None where it is not given."""
    value = values[position] if position < len(values) else None
    if isinstance(value, Signal):
        raise ValueError("this input must be a constant, and depends on the network's input")
    return value


def _numbers(value: Array) -> Array:
    """Floats of a precision that NumPy computes with."""
    if value.dtype not in (np.float64, np.float32):
        return value.astype(np.float64)
    return value


def _pair(values: Sequence[Value | None]) -> tuple[Signal, Array, bool]:
    """(signal, constant, whether the constant is the first) of two arguments."""
    first, second = values[:2]
    if first is None or second is None:
        raise ValueError("it lacks an input")
    if not isinstance(second, Signal):
        return _data(values), _numbers(second), False
    if isinstance(first, Signal):
        raise ValueError("both inputs depend on the network's input: layers must follow each other, without branches")
    return second, _numbers(first), True


def _same(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    return _data(values)


def _cast(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    from onnx import TensorProto

    floats = {TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.FLOAT, TensorProto.DOUBLE}
    if attributes.get("to") not in floats:
        raise ValueError("only floating-point types are allowed")
    return _data(values)


def _dropout(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    training = _known(values, 2)
    if training is not None and training.any():
        raise ValueError("it drops neurons at random: export the network for inference (in PyTorch after .eval())")
    return _data(values)


def _gemm(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, matrix, left = _pair(values)
    turn_data, turn_matrix = ("transB", "transA") if left else ("transA", "transB")
    if signal.place.ndim != 2 or matrix.ndim != 2:
        raise ValueError(f"its factors must be matrices, got shapes {signal.shape} and {matrix.shape}")
    signal = signal.transposed() if attributes.get(turn_data) else signal
    matrix = matrix.T if attributes.get(turn_matrix) else matrix
    alpha, beta = attributes.get("alpha", 1.0), attributes.get("beta", 1.0)
    result = signal.product(matrix if alpha == 1 else alpha * matrix.astype(np.float64), left=left)
    bias = _known(values, 2)
    return result if bias is None else result.plus(beta * bias.astype(np.float64))


def _matmul(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, matrix, left = _pair(values)
    return signal.product(matrix, left=left)


def _add(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, constant, _ = _pair(values)
    return signal.plus(constant)


def _subtract(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, constant, left = _pair(values)
    return signal.times(np.array(-1.0)).plus(constant) if left else signal.plus(-constant)


def _multiply(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, constant, _ = _pair(values)
    return signal.times(constant)


def _divide(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, constant, left = _pair(values)
    if left or not constant.all():
        raise ValueError("only a division by constants that are not 0 is allowed")
    return signal.times(1.0 / constant.astype(np.float64))


def _relu(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    return _data(values).relu()


def _clip(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    low, high = _known(values, 1), _known(values, 2)
    low = np.asarray(attributes.get("min", -np.inf)) if low is None else low
    high = np.asarray(attributes.get("max", np.inf)) if high is None else high
    # no upper end is written as the largest number, too
    if low.size != 1 or low != 0 or high.size != 1 or float(high.item()) < float(np.finfo(np.float16).max):
        raise ValueError("only min = 0 without max is a Relu")
    return _data(values).relu()


def _flatten(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, axis = _data(values), attributes.get("axis", 1)
    return signal.reshaped([prod(signal.shape[:axis]), prod(signal.shape[axis:])])


def _reshape(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, target = _data(values), _axes(values, attributes, "shape")
    if target is None:
        raise ValueError("it lacks a shape")
    keep = not attributes.get("allowzero", 0)
    if keep and any(n == 0 for n in target[len(signal.shape) :]):
        raise ValueError(f"its shape {target} has a 0 beyond the axes of its input")
    shape = [signal.shape[axis] if n == 0 and keep else n for axis, n in enumerate(target)]
    if shape.count(-1) == 1:
        rest = -prod(shape)
        shape[shape.index(-1)] = prod(signal.shape) // rest if rest else 0
    return signal.reshaped(shape)


def _squeeze(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, axes = _data(values), _axes(values, attributes, "axes")
    rank = len(signal.shape)
    gone = {axis % rank for axis in axes} if axes else {k for k, n in enumerate(signal.shape) if n == 1}
    return signal.reshaped([n for axis, n in enumerate(signal.shape) if axis not in gone])


def _unsqueeze(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    signal, axes = _data(values), _axes(values, attributes, "axes") or []
    rank = len(signal.shape) + len(axes)
    new, old = {axis % rank for axis in axes}, iter(signal.shape)
    return signal.reshaped([1 if axis in new else next(old) for axis in range(rank)])


def _axes(values: Sequence[Value | None], attributes: Attributes, name: str) -> list[int] | None:
    """Integers that are an attribute in old versions of an operator and an input in new ones."""
    given = _known(values, 1)
    listed: Iterable[Any] | None = attributes.get(name) if given is None else given.ravel()
    return None if listed is None else [int(n) for n in listed]


def _transpose(values: Sequence[Value | None], attributes: Attributes) -> Signal:
    return _data(values).transposed(attributes.get("perm"))


def _shape(values: Sequence[Value | None], attributes: Attributes) -> Array:
    return np.array(_data(values).shape[attributes.get("start", 0) : attributes.get("end")], dtype=np.int64)


OPERATORS: dict[str, Callable[[Sequence[Value | None], Attributes], Value]] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Relu": _relu,
    "Clip": _clip,
    "Add": _add,
    "Sub": _subtract,
    "Mul": _multiply,
    "Div": _divide,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Shape": _shape,
    "Identity": _same,
    "Cast": _cast,
    "Dropout": _dropout,
}
ALLOWED = (
    "Gemm, MatMul, Add, Sub, Mul and Div with constants, Relu (or Clip with min = 0), Flatten, Reshape, Squeeze, "
    "Unsqueeze, Transpose, Shape, Identity, Cast and Dropout"
)
