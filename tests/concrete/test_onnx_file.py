"""Networks in ONNX files: the same function as the reference implementation's, and what is refused."""

import warnings

import numpy as np
import onnx
import pytest
from hypothesis import given, settings, strategies as st
from onnx import TensorProto, helper
from onnx_models import Graph, evaluated, rounding, saved, small

from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.concrete.onnx_file import read_onnx

NO_FILE = r"^network must be an \.onnx file"
LINEAR = ("gemm", "gemm transposed", "matmul", "matmul add", "add first", "transposed weights", "scaled")


def linear(graph, h, w, b, form):
    """W h + b, rows of h the inputs, in one of the forms that exporters write."""
    match form:
        case "gemm":
            return graph.node("Gemm", h, graph.constant(w), graph.constant(b), transB=1)
        case "gemm transposed":
            turned = graph.node("Transpose", h, perm=[1, 0])
            attributes = {"alpha": 0.5, "beta": 0.25, "transA": 1}
            return graph.node("Gemm", turned, graph.constant(2 * w.T), graph.constant(4 * b[None]), **attributes)
        case "matmul":
            b[:] = 0
            return graph.node("MatMul", h, graph.constant(w.T))
        case "matmul add":
            return graph.node("Add", graph.node("MatMul", h, graph.constant(w.T)), graph.constant(b))
        case "add first":
            return graph.node("Add", graph.constant(b), graph.node("MatMul", h, graph.constant(w.T)))
        case "transposed weights":
            turned = graph.node("Transpose", graph.constant(w), perm=[1, 0])
            return graph.node("Add", graph.node("MatMul", h, turned), graph.constant(b))
        case "scaled":
            product = graph.node("MatMul", h, graph.constant(w.T / 4))
            return graph.node("Add", graph.node("Mul", product, graph.constant(4.0)), graph.constant(b))


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    widths=st.lists(st.integers(1, 5), min_size=3, max_size=5),
    forms=st.lists(st.sampled_from(LINEAR), min_size=4, max_size=4),
    dtype=st.sampled_from((np.float64, np.float32, np.float16)),
)
def test_the_function_is_the_reference_implementations(tmp_path_factory, seed, widths, forms, dtype):
    rng = np.random.default_rng(seed)
    graph, h = Graph(("batch", widths[0]), dtype), "x"
    weights, biases = [], []
    for k, (n, m) in enumerate(zip(widths[1:], widths[:-1], strict=True)):
        # twice and four times these are floats of the type, too
        weights.append(rng.normal(size=(n, m)).astype(dtype).astype(float))
        biases.append(rng.normal(size=n).astype(dtype).astype(float))
        h = linear(graph, h, weights[-1], biases[-1], forms[k])
        if k < len(widths) - 2:
            h = graph.node("Relu", h)
    model, x = graph.model(h), rng.normal(size=(6, widths[0])).astype(dtype)
    net = read_onnx(saved(model, tmp_path_factory.mktemp("onnx")))
    assert net == ConcreteNetwork(weights, biases)
    difference = np.abs(net(x.astype(float)) - evaluated(model, x))
    assert (difference <= rounding(weights, biases, x, np.finfo(dtype).eps / 2)).all()


W, B, V = np.array([[1.0, -2.0, 3.0, 0.5], [2.0, 1.0, -1.0, 1.0]]), np.array([1.0, -1.0]), np.array([[1.0, 2.0]])
EXPECTED = ConcreteNetwork([W, V], [B, None])


def flattened(graph, form):
    """The input, of shape (batch, 1, 2, 2), as rows of four numbers."""
    match form:
        case "flatten":
            return graph.node("Flatten", "x")
        case "reshape":
            return graph.node("Reshape", "x", graph.constant([-1, 4], np.int64))
        case "reshape 0":
            return graph.node("Reshape", "x", graph.constant([0, -1], np.int64))
        case "shape, gather":  # x.view(x.size(0), -1) of PyTorch's TorchScript exporter
            size = graph.node("Gather", graph.node("Shape", "x"), graph.constant(0, np.int64), axis=0)
            rows = graph.node("Unsqueeze", size, graph.constant([0], np.int64))
            return graph.node("Reshape", "x", graph.node("Concat", rows, graph.constant([-1], np.int64), axis=0))
        case "shape from 0 to 1":  # torch.flatten of PyTorch's exporter of exported programs
            rows = graph.node("Shape", "x", start=0, end=1)
            shape = graph.node("Concat", rows, graph.constant([4], np.int64), axis=0)
            return graph.node("Reshape", "x", shape, allowzero=1)
        case "squeeze":
            pair = graph.node("Squeeze", "x", graph.constant([1], np.int64))
            turned = graph.node("Transpose", graph.node("Transpose", pair, perm=[0, 2, 1]), perm=[0, 2, 1])
            return graph.node("Reshape", turned, graph.constant([-1, 4], np.int64))
        case "unsqueeze":
            pair = graph.node("Unsqueeze", "x", graph.constant([-1], np.int64))
            return graph.node("Flatten", pair, axis=-4)


@pytest.mark.parametrize(
    "form", ["flatten", "reshape", "reshape 0", "shape, gather", "shape from 0 to 1", "squeeze", "unsqueeze"]
)
@pytest.mark.parametrize("batch", ["batch", 3, 1])
def test_images_are_rows_of_numbers(tmp_path, form, batch):
    graph = Graph((batch, 1, 2, 2))
    h = graph.node("Relu", linear(graph, flattened(graph, form), W, B, "gemm"))
    model = graph.model(graph.node("MatMul", h, graph.constant(V.T)))
    assert read_onnx(saved(model, tmp_path)) == EXPECTED
    x = np.arange(-2.0, 2).reshape(1, 1, 2, 2).repeat(1 if batch == 1 else 3, axis=0)
    assert (evaluated(model, x) == EXPECTED(x.reshape(len(x), -1))).all()


def test_the_order_of_transposed_inputs_and_neurons_is_kept(tmp_path):
    graph = Graph(("batch", 2, 2))
    h = graph.node("Flatten", graph.node("Transpose", "x", perm=[0, 2, 1]))
    h = graph.node("Relu", linear(graph, h, W, B, "gemm"))
    pair = graph.node("Reshape", linear(graph, h, np.arange(8.0).reshape(4, 2), np.arange(4.0), "gemm"),
                      graph.constant([-1, 2, 2], np.int64))  # fmt: skip
    model = graph.model(graph.node("Flatten", graph.node("Transpose", pair, perm=[0, 2, 1])))
    net = read_onnx(saved(model, tmp_path))
    assert net.weights[0].tolist() == W[:, [0, 2, 1, 3]].tolist()
    assert net.weights[1].tolist() == [[0, 1], [4, 5], [2, 3], [6, 7]]
    x = np.array([[[1.0, -2.0], [4.0, 0.5]]])
    assert (evaluated(model, x) == net(x.reshape(1, 4))).all()


@pytest.mark.parametrize(
    ("shape", "x"),
    [((4, "batch"), np.arange(8.0).reshape(4, 2)), ((4, 1), np.arange(4.0)[:, None]), ((4,), np.arange(4.0))],
    ids=["columns", "one column", "a vector"],
)
def test_products_from_the_left(tmp_path, shape, x):
    graph = Graph(shape)
    b = B if len(shape) == 1 else B[:, None]
    h = graph.node("Relu", graph.node("Add", graph.node("MatMul", graph.constant(W), "x"), graph.constant(b)))
    model = graph.model(graph.node("MatMul", graph.constant(V), h))
    assert read_onnx(saved(model, tmp_path)) == EXPECTED
    assert (evaluated(model, x).ravel() == EXPECTED(x.reshape(4, -1).T).ravel()).all()


def test_a_gemm_of_columns(tmp_path):
    graph = Graph(("batch", 4))
    turned = graph.node("Transpose", "x")
    h = graph.node("Relu", graph.node("Gemm", graph.constant(W.T), turned, graph.constant(B[:, None]), transA=1))
    model = graph.model(graph.node("Gemm", graph.constant(V), graph.node("Transpose", h), transB=1))
    assert read_onnx(saved(model, tmp_path)) == EXPECTED
    x = np.arange(8.0).reshape(2, 4)
    assert (evaluated(model, x).ravel() == EXPECTED(x).ravel()).all()


def test_inputs_are_scaled_and_neurons_shifted(tmp_path):
    graph = Graph(("batch", 4))
    mean, deviation = np.array([1.0, 2.0, 0.0, -1.0]), np.array([2.0, 0.5, 4.0, 1.0])
    h = graph.node("Div", graph.node("Sub", "x", graph.constant(mean)), graph.constant(deviation))
    h = graph.node("Relu", linear(graph, h, W, B, "gemm"))
    h = graph.node("Mul", graph.node("Sub", graph.constant([1.0, 2.0]), h), graph.constant(0.5))
    model = graph.model(graph.node("MatMul", h, graph.constant(V.T)))
    net = read_onnx(saved(model, tmp_path))
    assert net == ConcreteNetwork([W / deviation, -V / 2], [B - W @ (mean / deviation), [2.5]])
    x = np.arange(8.0).reshape(2, 4)
    assert np.array_equal(evaluated(model, x), net(x))  # all numbers are short dyadic rationals


def test_what_changes_nothing(tmp_path):
    graph = Graph(("batch", 4))
    h = graph.node("Identity", graph.node("Cast", "x", to=TensorProto.DOUBLE))
    h = graph.node("Relu", linear(graph, h, W, B, "gemm"))
    h = graph.node("Relu", graph.node("Dropout", h, graph.constant(0.5), graph.constant(False, bool)))
    assert read_onnx(saved(graph.model(graph.node("MatMul", h, graph.constant(V.T))), tmp_path)) == EXPECTED


@pytest.mark.parametrize("ends", [(0.0,), (0.0, np.inf), (0.0, np.finfo(np.float32).max)])
def test_a_clip_at_zero_is_a_relu(tmp_path, ends):
    graph = Graph(("batch", 4))
    h = graph.node("Clip", linear(graph, "x", W, B, "gemm"), *map(graph.constant, ends))
    model = graph.model(graph.node("MatMul", h, graph.constant(V.T)))
    assert read_onnx(saved(model, tmp_path)) == EXPECTED
    old = Graph(("batch", 4))
    h = old.node("Clip", linear(old, "x", W, B, "gemm"), **dict(zip(("min", "max"), ends, strict=False)))
    assert read_onnx(saved(old.model(old.node("MatMul", h, old.constant(V.T)), 10), tmp_path)) == EXPECTED


def test_a_last_relu_gets_the_identity_behind_it(tmp_path):
    graph = Graph(("batch", 4))
    model = graph.model(graph.node("Relu", linear(graph, "x", W, B, "gemm")))
    net = read_onnx(saved(model, tmp_path))
    assert net == ConcreteNetwork([W, np.eye(2)], [B, None])
    x = np.arange(-4.0, 4).reshape(2, 4)
    assert np.array_equal(evaluated(model, x), net(x))


def test_single_precision_stays_single(tmp_path):
    net = read_onnx(saved(small(("Relu", {}), dtype=np.float32), tmp_path))
    assert [w.dtype for w in net.weights] == [np.float32, np.float32]
    assert all(w.flags.c_contiguous for w in net.weights)


def test_weights_in_a_file_beside_it(tmp_path):
    options = {"save_as_external_data": True, "location": "weights.bin", "size_threshold": 0}
    graph = Graph(("batch", 4))
    h = graph.node("Relu", linear(graph, "x", W, B, "gemm"))
    onnx.save(graph.model(graph.node("MatMul", h, graph.constant(V.T))), tmp_path / "net.onnx", **options)
    assert read_onnx(str(tmp_path / "net.onnx")) == EXPECTED
    (tmp_path / "weights.bin").write_bytes(b"\0" * 8)
    with pytest.raises(ValueError, match=NO_FILE):
        read_onnx(tmp_path / "net.onnx")
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ValueError, match=NO_FILE):
        read_onnx(tmp_path / "net.onnx")


REFUSED = {
    r"'/Tanh_1' \(Tanh\): this is no part of .* which has Gemm, MatMul": small(("Tanh", {})),
    r"'/Gemm_1' \(Gemm\): two linear layers with no Relu": small(),
    r"\(Clip\): only min = 0 without max is a Relu": small(("Clip", {"min": 0.0, "max": 6.0})),
    r"\(Cast\): only floating-point": small(("Relu", {}), ("Cast", {"to": TensorProto.INT64})),
    r"\(Reshape\): it lacks a shape": small(("Relu", {}), ("Reshape", {})),
    r"\(Gemm\): a matrix of shape \(2, 3\) does not fit a tensor of shape \(batch, 5\)": small(shape=("batch", 5)),
    r"\(Gemm\): it multiplies along the batch": small(("Relu", {}), ("Transpose", {"perm": [1, 0]})),
    r"the shape \(\?, \?\) of its input 'x' must be known": small(("Relu", {}), shape=("batch", "width")),
    "its input 'x' must have a shape": small(("Relu", {}), shape=None),
    r"\(Transpose\): axes don't match": small(("Relu", {}), ("Transpose", {"perm": [0, 1, 2]})),
    "which no node before it computes": helper.make_model(
        helper.make_graph(
            [helper.make_node("Relu", ["nothing"], ["y"])],
            "net",
            [helper.make_tensor_value_info("x", 1, [1, 2])],
            [helper.make_tensor_value_info("y", 1, [1, 2])],
        )
    ),
    "in which there is no graph": onnx.ModelProto(ir_version=8),
}


@pytest.mark.parametrize("match", REFUSED)
def test_refused_graphs(tmp_path, match):
    with pytest.raises(ValueError, match=f"{NO_FILE} of .*{match}"):
        read_onnx(saved(REFUSED[match], tmp_path))


def refused_more():
    """Graphs that are refused, with the reason."""
    graph = Graph(("batch", 4))
    h = graph.node("Relu", linear(graph, "x", W, B, "gemm"))
    yield "both inputs depend on the network's input", graph.model(graph.node("Add", h, h))
    graph = Graph(("batch", 4))
    yield "before any layer", graph.model(graph.node("Relu", "x"))
    graph = Graph(("batch", 4))
    yield "it has no Relu", graph.model(linear(graph, "x", W, B, "gemm"))
    graph = Graph(("batch", 4))
    h = graph.node("Relu", linear(graph, "x", W, B, "gemm"))
    yield "a layer is missing before it", graph.model(graph.node("Relu", graph.node("Sub", h, graph.constant(1.0))))
    graph = Graph(("batch", 4))
    h = graph.node("Dropout", linear(graph, "x", W, B, "gemm"), graph.constant(0.5), graph.constant(True, bool))
    yield "export the network for inference", graph.model(graph.node("Relu", h))
    graph = Graph(("batch", 3, 4))
    yield "one matrix to many parts", graph.model(graph.node("Relu", graph.node("MatMul", "x", graph.constant(W.T))))
    graph = Graph(("batch", 4))
    h = linear(graph, "x", W, B, "gemm")
    yield "does not fit one input", graph.model(graph.node("Add", h, graph.constant(np.ones((3, 2)))))
    graph = Graph(("batch", 4))
    yield "a division by constants", graph.model(graph.node("Div", "x", graph.constant(0.0)))
    graph = Graph(("batch", 2, 2))
    yield "for every size", graph.model(graph.node("Reshape", "x", graph.constant([1, 4], np.int64)))
    graph = Graph((2, 2, 2))
    yield "mixes the inputs", graph.model(graph.node("Reshape", "x", graph.constant([8], np.int64)))
    graph = Graph(("batch", 4))
    yield "of constants only", graph.model(graph.node("RandomNormal", shape=[2], dtype=11))
    graph = Graph(("batch", 4))
    sizes = graph.node("Concat", graph.constant([1, 2]), graph.constant([[1]]), axis=0)
    yield "cannot be computed", graph.model(sizes)
    graph = Graph(("batch", 4))
    yield "does not depend on its input", graph.model(graph.node("Identity", graph.constant(1.0)))
    graph = Graph(("batch", 4))
    h = linear(graph, "x", W * np.nan, B, "gemm")
    yield r"weights\[0\] must be .* not finite", graph.model(graph.node("Relu", h))
    graph = Graph(("batch", 4))
    model = graph.model(graph.node("Relu", linear(graph, "x", W, B, "gemm")))
    for ends, name in ((model.graph.input, "input"), (model.graph.output, "output")):
        ends.append(helper.make_tensor_value_info("more", 11, [1]))
        yield f"it must have one {name}, and has 2", model
        del ends[-1]
    model.graph.sparse_initializer.append(onnx.SparseTensorProto())
    yield "sparse", model


def test_more_that_is_refused(tmp_path):
    for match, model in refused_more():
        with pytest.raises(ValueError, match=f"{NO_FILE} of .*{match}"):
            read_onnx(saved(model, tmp_path))


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 garbage", None], ids=repr)
def test_what_is_no_such_file(tmp_path, content):
    if content is not None:
        (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(ValueError, match=NO_FILE):
        read_onnx(tmp_path / "net.onnx")


def test_a_truncated_file(tmp_path):
    path = saved(small(("Relu", {})), tmp_path)
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=NO_FILE):
            read_onnx(path)


def test_without_the_package(tmp_path, without_onnx):
    with pytest.raises(ImportError, match=r"pip install 'relu_prob\[onnx\]'"):
        read_onnx(tmp_path / "net.onnx")


@pytest.mark.parametrize("dynamic", [False, True])
def test_what_pytorch_exports(tmp_path, dynamic):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layers = [torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(5, 3, bias=False)]
    module = torch.nn.Sequential(torch.nn.Flatten(), *layers, torch.nn.ReLU(), torch.nn.Linear(3, 2)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own, of its older exporter; the newer needs one more package
        axes = {"x": {0: "batch"}} if dynamic else None
        x = torch.zeros(2, 1, 2, 2)
        torch.onnx.export(module, (x,), tmp_path / "m.onnx", dynamo=False, input_names=["x"], dynamic_axes=axes)
    net = read_onnx(tmp_path / "m.onnx")
    linears = [layer for layer in module if isinstance(layer, torch.nn.Linear)]
    biases = [None if layer.bias is None else layer.bias.detach().numpy() for layer in linears]
    assert net == ConcreteNetwork([layer.weight.detach().numpy() for layer in linears], biases)


def test_the_form_of_pytorchs_exporter_of_exported_programs(tmp_path):
    # as onnxscript's functions for aten.linear write it: a Gemm for matrices, else a transposed constant and MatMul
    graph = Graph(("s77", 1, 4), np.float32)
    first = graph.node("Add", graph.node("MatMul", "x", graph.node("Transpose", graph.constant(W), perm=[1, 0])),
                       graph.constant(B))  # fmt: skip
    h = graph.node("Reshape", graph.node("Relu", first), graph.constant([-1, 2], np.int64), allowzero=1)
    model = graph.model(graph.node("Gemm", h, graph.constant(V), alpha=1.0, beta=1.0, transA=0, transB=1))
    assert read_onnx(saved(model, tmp_path)) == EXPECTED


def test_a_path_is_no_number():
    with pytest.raises(TypeError, match="path must be a string"):
        read_onnx(3)
