"""ONNX models for tests, built node by node, and what the reference implementation computes with them."""

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

TYPES = {np.float16: TensorProto.FLOAT16, np.float32: TensorProto.FLOAT, np.float64: TensorProto.DOUBLE}


@dataclass
class Graph:
    """A graph with the input "x" that grows by ``node`` and ``constant``, which return the names of their outputs."""

    shape: tuple
    dtype: type = np.float64
    nodes: list = field(default_factory=list)
    constants: list = field(default_factory=list)

    def constant(self, value, dtype=None):
        name = f"c{len(self.constants)}"
        array = np.asarray(value, dtype=self.dtype if dtype is None else dtype)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind, *inputs, **attributes):
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=f"/{kind}_{len(self.nodes)}", **attributes))
        return name

    def model(self, output, opset=18):
        ends = [
            helper.make_tensor_value_info("x", TYPES[self.dtype], self.shape),
            helper.make_tensor_value_info(output, TYPES[self.dtype], None),
        ]
        graph = helper.make_graph(self.nodes, "net", ends[:1], ends[1:], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def small(*kinds, shape=("batch", 2), dtype=np.float64):
    """A model of two linear layers with what is said between them, a node for each (kind, attributes)."""
    graph = Graph(shape, dtype)
    h = graph.node("Gemm", "x", graph.constant(np.ones((2, 3))), graph.constant(np.ones(3)))
    for kind, attributes in kinds:
        h = graph.node(kind, h, **attributes)
    return graph.model(graph.node("Gemm", h, graph.constant(np.ones((3, 1)))))


def saved(model, folder):
    """The path of a file with the model."""
    onnx.save(model, folder / "net.onnx")
    return folder / "net.onnx"


def evaluated(model, x):
    """The outputs of the model at x."""
    return ReferenceEvaluator(model).run(None, {"x": x})[0]


def rounding(weights, biases, rows, unit):
    """Twice what the rounding of two forward passes can differ by: (1 + gamma)^layers - 1 times the network of sizes.

    The gamma of a layer is (n + 4) u; a factor of 2 covers the higher orders.
    """
    size, terms = np.abs(rows), 0
    for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
        size, terms = size @ np.abs(w).T + np.abs(b), terms + w.shape[1] + 4
        assert terms * unit < 0.1, k
    return 4 * terms * unit * size
