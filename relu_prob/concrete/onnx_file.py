"""Given networks in ONNX files, as PyTorch, Keras and scikit-learn export them. Needs the extra ``onnx``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from relu_prob import checks
from relu_prob.concrete.network import ConcreteNetwork

ALLOWED = "an .onnx file of a fully connected ReLU network"


def read_onnx(path: Path | str) -> ConcreteNetwork:
    """The network in an ONNX file: linear layers (Gemm, or MatMul and Add) with ReLUs between them.

    Between two ReLUs there may be one product with a constant matrix, on either side of it, and numbers that are added
    to neurons or multiplied with them; these become part of the layer's weights and biases. Inputs and neurons may be
    reshaped (Flatten, Reshape, Squeeze, Transpose), which says which is which; Cast, Identity and Dropout change
    nothing. A network that ends in a ReLU gets the identity as its output layer, so that its last layer is a hidden
    one like the others.

    Parameters
    ----------
    path : an .onnx file; weights that are stored beside it are found by the names in it

    Raises
    ------
    ImportError
        Where the package onnx is missing.
    TypeError
        Where ``path`` is neither text nor a Path.
    ValueError
        Where the file is no such file, or a node is no part of such a network: the message names the node, the
        operator and what is allowed. Among others two products without a ReLU between are refused: a network that is
        trained with both is not trained as their product is, so that nothing follows on who is dead for ever.

    Notes
    -----
    float32 weights stay float32, others become float64; all computations are in float64, so that outputs differ from
    those of other programs by rounding. A tensor of inputs of shape (batch, 1, 28, 28) that is flattened has 784
    numbers for each input: the data are then an array of shape (m, 784), which for an array of shape (m, 1, 28, 28) is
    ``data.reshape(len(data), -1)``. The size of the batch in the file does not matter.

    Possible issues
    ---------------
    Numbers added or multiplied outside of products are taken for constants of the network. Where they are trained
    and belong to the inputs of a layer, such as those of a normalization layer that the exporter left so, the
    permanence that ``diagnose`` claims need not hold. Where inputs are scaled in the file, scale the data instead to
    compare with a law of the first layer's weights at initialization.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from onnx import helper, numpy_helper, save
    >>> nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["z"]), helper.make_node("Relu", ["z"], ["y"])]
    >>> constants = [numpy_helper.from_array(np.ones(n), name) for name, n in (("w", (2, 3)), ("b", 3))]
    >>> ends = [helper.make_tensor_value_info(name, 11, ["batch", n]) for name, n in (("x", 2), ("y", 3))]
    >>> path = Path(tempfile.mkdtemp()) / "net.onnx"
    >>> save(helper.make_model(helper.make_graph(nodes, "net", ends[:1], ends[1:], constants)), path)
    >>> print(read_onnx(path))
    2-3-3, with biases
    """
    checks.path("path", path)
    try:
        import onnx
    except ImportError:
        raise ImportError("reading .onnx files needs the package onnx: pip install 'relu_prob[onnx]'") from None
    from relu_prob.concrete.onnx_graph import layers

    model = _load(onnx, path)
    try:
        return ConcreteNetwork(*zip(*layers(model), strict=True))
    except (TypeError, ValueError) as error:
        raise ValueError(f"network must be {ALLOWED}, got {str(path)!r}: {error}") from None


def _load(onnx: Any, path: Path | str) -> Any:
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, format="protobuf")
    except (OSError, ValueError, DecodeError, onnx.checker.ValidationError) as error:
        raise ValueError(f"network must be {ALLOWED}, got {str(path)!r} ({error})") from None
    if not model.HasField("graph"):
        raise ValueError(f"network must be {ALLOWED}, got {str(path)!r}, in which there is no graph")
    return model
