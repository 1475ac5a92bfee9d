"""relu-prob diagnose: every format, and files that are wrong."""

import csv
import io
import json
import pickle

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import relu_prob as rp
from relu_prob.cli import main, options

WEIGHTS = [[[1.0], [-1.0]], [[1.0, 1.0], [-2.0, 1.0], [-1.0, -1.0]], [[1.0, 1.0, 1.0]]]


def exported(dtype):
    """The network for images of one pixel as PyTorch's exporter writes it: Flatten, Gemm, Relu, ..."""
    nodes, constants, below = [helper.make_node("Flatten", ["x"], ["h"])], [], "h"
    for k, w in enumerate(WEIGHTS):
        constants.append(numpy_helper.from_array(np.array(w, dtype=dtype), f"{k}.weight"))
        nodes.append(helper.make_node("Gemm", [below, f"{k}.weight"], [f"z{k}"], transB=1))
        nodes.append(helper.make_node("Relu", [f"z{k}"], [below := f"h{k}"]))
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    ends = [
        helper.make_tensor_value_info("x", kind, ["batch", 1, 1, 1]),
        helper.make_tensor_value_info("z2", kind, None),
    ]
    return helper.make_model(helper.make_graph(nodes[:-1], "net", ends[:1], ends[1:], constants))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("given")
    np.savez(path / "net.npz", **{f"weights_{k}": w for k, w in enumerate(WEIGHTS)})
    np.save(path / "data.npy", np.array([[1.0], [2.0]]))
    (path / "data.csv").write_text("1\n2\n")
    (path / "words.csv").write_text("x\n2\n")
    np.save(path / "nan.npy", np.array([[np.nan]]))
    np.save(path / "empty.npy", np.zeros((0, 1)))
    np.save(path / "flat.npy", np.ones(2))
    np.save(path / "wide.npy", np.ones((2, 3)))
    np.save(path / "text.npy", np.array([["1"]]))
    (path / "garbage.npy").write_bytes(b"garbage")
    np.savez(path / "one.npz", x=np.array([[1.0], [2.0]]))
    (path / "garbage.npz").write_bytes(b"PK\x03\x04 garbage")
    (path / "model.pt").write_bytes(pickle.dumps([1]))
    np.save(path / "images.npy", np.array([1.0, 2.0]).reshape(2, 1, 1, 1))
    for name, dtype in (("net", np.float64), ("single", np.float32)):
        onnx.save(exported(dtype), path / f"{name}.onnx")
    np.savez(path / "tanh.npz", weights_0=[[1.0]], weights_1=[[1.0]], activation="tanh")
    np.savez(path / "short.npz", weights_0=[[1.0]])
    return path


@pytest.fixture
def run(folder, capsys):
    """Exit status, output and errors of ``relu-prob diagnose`` on files of the folder."""

    def call(network, data, *more):
        status = main(["diagnose", str(folder / network), str(folder / data), *more])
        return (status, *capsys.readouterr())

    return call


@pytest.mark.parametrize("style", options.FORMATS)
@pytest.mark.parametrize("law", [[], ["--weights", "he"]], ids=["", "with a law"])
def test_formats(run, style, law):
    status, out, err = run("net.npz", "data.npy", *law, "--format", style)
    assert (status, err) == (0, "")
    found = rp.diagnose(
        rp.ConcreteNetwork(WEIGHTS), [[1.0], [2.0]], initialization=rp.Network((1, 2, 3, 1)) if law else None
    )
    match style:
        case "json":
            assert found.to_dict().items() <= json.loads(out).items()
        case "csv":
            rows = list(csv.DictReader(io.StringIO(out)))
            assert [row["status"] for row in rows if row["layer"] == "2"] == [
                "active",
                "permanently dead",
                "permanently dead",
            ]
            assert [float(row["largest"]) for row in rows] == [z for layer in found.layers for z in layer.largest]
        case "text":
            assert str(found) in out
            assert ("HeNormal() weights, Zero() biases" in out) == bool(law)
        case "md":
            assert found.markdown() in out
        case "tex":
            assert found.latex() in out
            assert out.startswith("% 1-2-3-1 on 2 inputs")


def test_csv_data_are_the_same(run):
    _, expected, _ = run("net.npz", "data.npy", "--format", "json")
    _, out, _ = run("net.npz", "data.csv", "--format", "json")
    assert json.loads(out)["layers"] == json.loads(expected)["layers"]


@pytest.mark.parametrize("network", ["net.onnx", "single.onnx"])
@pytest.mark.parametrize("data", ["data.npy", "data.csv", "one.npz", "images.npy"])
def test_onnx_networks_are_the_same(run, network, data):
    _, expected, _ = run("net.npz", "data.npy", "--weights", "he", "--format", "json")
    status, out, err = run(network, data, "--weights", "he", "--format", "json")
    assert (status, err) == (0, "")
    assert json.loads(out)["layers"] == json.loads(expected)["layers"]


def test_born_this_way(run):
    assert "P(N_1 <= 1) = 3/4 = 0.75, exact: the network may well be born this way" in run(
        "net.onnx", "images.npy", "--weights", "he"
    )[1]  # fmt: skip


def test_without_the_package_onnx(run, without_onnx):
    status, out, err = run("net.onnx", "data.npy")
    assert (status, out) == (2, "")
    assert "pip install 'relu_prob[onnx]'" in err
    assert err.count("\n") == 1


BAD = [
    ("loading it could run any program. Write it by torch.onnx.export(", "model.pt", "data.npy"),
    ("loading it could run any program. Write it by numpy.save(", "net.npz", "model.pt"),
    ("network must be an .onnx file", "missing.onnx", "data.npy"),
    ("data must be a file of one array of numbers, got", "net.npz", "garbage.npz"),
    ("(it has 3: weights_0, weights_1, weights_2)", "net.npz", "net.npz"),
    ("shape (2, 1, 1, 1)", "net.npz", "images.npy"),
    ("m >= 1", "net.onnx", "empty.npy"),
    ("network must be an .npz file", "missing.npz", "data.npy"),
    ("network must be an .npz file", "data.csv", "data.npy"),
    ("this is a single array", "data.npy", "data.npy"),
    ("it has 'activation'", "tanh.npz", "data.npy"),
    ("at least 2 matrices", "short.npz", "data.npy"),
    ("data must be a file", "net.npz", "missing.npy"),
    ("data must be a file", "net.npz", "garbage.npy"),
    ("data must be", "net.npz", "net.npz"),
    ("not finite", "net.npz", "nan.npy"),
    ("m >= 1", "net.npz", "empty.npy"),
    ("shape (2,)", "net.npz", "flat.npy"),
    ("shape (2, 3)", "net.npz", "wide.npy"),
    ("got <U1", "net.npz", "text.npy"),
    ("CSV file of numbers", "net.npz", "words.csv"),
]


@pytest.mark.parametrize(("message", "network", "data"), BAD)
def test_bad_files(run, message, network, data):
    status, out, err = run(network, data)
    assert (status, out) == (2, "")
    assert message in err
    assert err.startswith("relu-prob diagnose: error: ")
    assert err.count("\n") == 1


def test_bad_laws(run):
    assert run("net.npz", "data.npy", "--weights", "cauchy")[0] == 2
    assert run("net.npz", "data.npy", "--biases", "sphere")[0] == 2
