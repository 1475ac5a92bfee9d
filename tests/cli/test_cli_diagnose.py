"""relu-prob diagnose: every format, and files that are wrong."""

import csv
import io
import json

import numpy as np
import pytest

import relu_prob as rp
from relu_prob.cli import main, options

WEIGHTS = [[[1.0], [-1.0]], [[1.0, 1.0], [-2.0, 1.0], [-1.0, -1.0]], [[1.0, 1.0, 1.0]]]


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


BAD = [
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
