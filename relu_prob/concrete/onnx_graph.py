"""From an ONNX graph to the layers of the network that it computes, node by node.

Whatever does not depend on the inputs, such as transposed weights or the shape for a Reshape, is computed by the
reference implementation of ONNX.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from relu_prob.concrete.onnx_operators import ALLOWED, OPERATORS, Attributes, Value
from relu_prob.concrete.onnx_signal import ANY_BATCH, Array, Signal

Layers = list[tuple[Array, Array]]

# of constants, or of the shape of a tensor
_CONSTANT = frozenset(
    ("Add", "Cast", "Concat", "Constant", "Div", "Flatten", "Gather", "GatherElements", "Identity", "Mul", "Neg",
     "Reshape", "Slice", "Squeeze", "Sub", "Transpose", "Unsqueeze")
)  # fmt: skip


def layers(model: Any) -> Layers:
    """(W, b) of every layer, the output layer's last.

    Raises
    ------
    ValueError
        Naming the node that is no part of a fully connected ReLU network.
    """
    graph = model.graph
    constants = _initializers(graph)
    name, shape = _input(graph, constants)
    if len(graph.output) != 1:
        raise ValueError(f"it must have one output, and has {len(graph.output)}")
    # the batch is the first axis; W x + b with the inputs in the columns of x is understood too
    axes: tuple[int | None, ...] = {1: (None,), 2: (0, 1)}.get(len(shape), (0,))
    batches = [batch for batch in axes if all(n != ANY_BATCH for axis, n in enumerate(shape) if axis != batch)]
    errors = []
    for batch in batches:
        try:
            return _read(model, {**constants, name: Signal.of_inputs(shape, batch)})
        except ValueError as error:
            errors.append(str(error))
    if errors:
        raise ValueError(errors[0])
    sizes = ", ".join("?" if n == ANY_BATCH else str(n) for n in shape)
    raise ValueError(f"the shape ({sizes}) of its input {name!r} must be known, but for the size of a batch")


def _initializers(graph: Any) -> dict[str, Value]:
    from onnx.numpy_helper import to_array

    if len(graph.sparse_initializer):
        raise ValueError("it has sparse weights")
    return {tensor.name: to_array(tensor) for tensor in graph.initializer}


def _input(graph: Any, constants: dict[str, Value]) -> tuple[str, tuple[int, ...]]:
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1:
        raise ValueError(f"it must have one input, and has {len(inputs)}")
    tensor = inputs[0].type.tensor_type
    if not tensor.HasField("shape") or not tensor.shape.dim:
        raise ValueError(f"its input {inputs[0].name!r} must have a shape")
    shape = tuple(d.dim_value if d.HasField("dim_value") else ANY_BATCH for d in tensor.shape.dim)
    # some exporters write 0 or -1 for a size that they do not know
    return inputs[0].name, tuple(n if n > 0 else ANY_BATCH for n in shape)


def _read(model: Any, values: dict[str, Value]) -> Layers:
    from onnx.helper import get_attribute_value

    opset = next((x.version for x in model.opset_import if x.domain in ("", "ai.onnx")), 1)
    for node in model.graph.node:
        where = f"node {node.name or node.output[0]!r} ({node.op_type})"
        try:
            arguments = [values[name] if name else None for name in node.input]
        except KeyError as error:
            raise ValueError(f"{where} reads {error}, which no node before it computes") from None
        attributes = {attribute.name: get_attribute_value(attribute) for attribute in node.attribute}
        try:
            values[node.output[0]] = _apply(node, arguments, attributes, opset)
        except (ValueError, IndexError, ArithmeticError) as error:
            raise ValueError(f"{where}: {error}") from None
    output = values.get(model.graph.output[0].name)
    if not isinstance(output, Signal):
        raise ValueError("its output does not depend on its input")
    if not output.layers:
        raise ValueError("it has no Relu")
    return [*output.layers, output.output_layer()]


def _apply(node: Any, arguments: list[Value | None], attributes: Attributes, opset: int) -> Value:
    operator = OPERATORS.get(node.op_type) if node.domain in ("", "ai.onnx") else None
    if any(isinstance(value, Signal) for value in arguments):
        if operator is None:
            raise ValueError(f"this is no part of a fully connected ReLU network, which has {ALLOWED}")
        return operator(arguments, attributes)
    if node.op_type not in _CONSTANT or node.domain not in ("", "ai.onnx"):
        raise ValueError(f"of constants only {', '.join(sorted(_CONSTANT))} are computed")
    return _constant(node, arguments, opset)


def _constant(node: Any, arguments: list[Value | None], opset: int) -> Array:
    from onnx.reference import ReferenceEvaluator

    feeds: dict[str, Any] = {str(name): value for name, value in zip(node.input, arguments, strict=True) if name}
    try:
        found: Any = ReferenceEvaluator(node, opsets={"": opset}).run(None, feeds)
    except Exception as error:
        # NumPy and the evaluator raise all kinds of errors where a file is wrong
        raise ValueError(f"cannot be computed: {error}") from None
    return np.asarray(found[0])
