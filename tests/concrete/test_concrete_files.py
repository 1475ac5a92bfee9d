"""Networks in .npz files: what is written is read, and what is wrong is said."""

import numpy as np
import pytest

from relu_prob.concrete.files import read_npz
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.initialization import Normal
from relu_prob.network import Network


def test_what_is_written_is_read(tmp_path):
    net = ConcreteNetwork.draw(Network((2, 12, 3, 4, 1), biases=Normal(1)), 0)
    arrays = {f"weights_{k}": w for k, w in enumerate(net.weights)} | {
        f"biases_{k}": b for k, b in enumerate(net.biases)
    }
    np.savez(tmp_path / "net.npz", **arrays)
    assert read_npz(tmp_path / "net.npz") == net
    np.savez_compressed(tmp_path / "few.npz", weights_1=[[1.0, 1.0]], weights_0=[[1.0], [2.0]], biases_1=[3.0])
    assert read_npz(str(tmp_path / "few.npz")) == ConcreteNetwork([[[1.0], [2.0]], [[1.0, 1.0]]], [None, [3.0]])


def test_more_than_ten_layers_are_in_order(tmp_path):
    weights = [np.full((1, 1), k + 1.0) for k in range(12)]
    np.savez(tmp_path / "deep.npz", **{f"weights_{k}": w for k, w in enumerate(weights)})
    assert read_npz(tmp_path / "deep.npz") == ConcreteNetwork(weights)


BAD = {
    "has 'activation'": {"weights_0": [[1.0]], "weights_1": [[1.0]], "activation": "tanh"},
    "lacks 'weights_1'": {"weights_0": [[1.0]], "weights_2": [[1.0]]},
    "has 'biases_2'": {"weights_0": [[1.0]], "weights_1": [[1.0]], "biases_2": [0.0]},
    r"at least 2 matrices.* got 0": {},
    r"weights\[1\] must have 1 columns": {"weights_0": [[1.0]], "weights_1": [[1.0, 2.0]]},
    "not finite": {"weights_0": [[np.nan]], "weights_1": [[1.0]]},
    "got <U1": {"weights_0": [["x"]], "weights_1": [[1.0]]},
}


@pytest.mark.parametrize("match", BAD)
def test_bad_arrays(tmp_path, match):
    np.savez(tmp_path / "bad.npz", **BAD[match])
    with pytest.raises(ValueError, match=f"^network must be an .npz file of.*{match}"):
        read_npz(tmp_path / "bad.npz")


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 garbage"], ids=repr)
def test_what_is_no_such_file(tmp_path, content):
    path = tmp_path / "net.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^network must be an .npz file"):
        read_npz(path)


def test_other_files(tmp_path):
    with pytest.raises(ValueError, match=r"network must be an .npz file .*No such file"):
        read_npz(tmp_path / "missing.npz")
    np.save(tmp_path / "one.npy", np.ones((2, 2)))
    with pytest.raises(ValueError, match="this is a single array"):
        read_npz(tmp_path / "one.npy")
    np.savez(tmp_path / "objects.npz", weights_0=np.array([[None]], dtype=object), weights_1=[[1.0]])
    with pytest.raises(ValueError, match="network must be"):
        read_npz(tmp_path / "objects.npz")


def test_a_path_is_no_number():
    with pytest.raises(TypeError, match="path must be a string"):
        read_npz(3)
