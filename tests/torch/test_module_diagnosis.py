"""Diagnoses of modules: the very same as of the network they are, or of the same kind; reports; what is refused."""

import json
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch_graphs import ConvChain, random_module
from torch_modules import Written, all_ways

import relu_prob as rp
from relu_prob.concrete.graph_diagnosis import GraphDiagnosis, GraphReason
from relu_prob.concrete.onnx_file import read_onnx
from relu_prob.concrete.permanence import Status
from relu_prob.concrete.plots import plot_diagnosis
from relu_prob.torch import concrete_network, diagnose

X = torch.randn(9, 5, generator=torch.Generator().manual_seed(1))
WAYS = dict(all_ways())


@pytest.mark.parametrize("module", list(WAYS.values()), ids=list(WAYS))
def test_the_same_network_gets_the_same_diagnosis(module):
    found = diagnose(module, X)
    assert isinstance(found, rp.Diagnosis)
    assert found == rp.diagnose(concrete_network(module, X), X.numpy())


def test_networks_of_numbers_are_diagnosed_alike():
    rng = np.random.default_rng(3)
    for seed in range(20):
        law = rp.Network((3, 6, 5, 4, 2), biases=rp.Normal(1))
        net = rp.ConcreteNetwork.draw(law, seed)
        layers = [nn.Linear(w.shape[1], len(w), dtype=torch.float64) for w in net.weights]
        with torch.no_grad():
            for layer, w, b in zip(layers, net.weights, net.biases, strict=True):
                layer.weight.copy_(torch.tensor(w))
                layer.bias.copy_(torch.tensor(b))
        a, b, c, d = layers
        module = nn.Sequential(nn.Flatten(), a, nn.ReLU(), b, nn.ReLU(), c, nn.ReLU(), d)
        data = rng.standard_normal((7, 3))
        assert concrete_network(module, data) == net
        expected = rp.diagnose(net, data)
        loader = DataLoader(TensorDataset(torch.tensor(data), torch.zeros(7)), 4)
        for same in (data, data.tolist(), torch.tensor(data), rp.Points(data.tolist()), loader, data.reshape(7, 1, 3)):
            assert diagnose(module, same) == expected


def test_one_network_as_numbers_as_a_module_and_as_a_file(tmp_path):
    """The same weights in three forms, one of them written by PyTorch's exporter: one diagnosis."""
    data = np.random.default_rng(4).standard_normal((6, 3)).astype(np.float32)
    kinds = set()
    for seed in range(8):
        net = rp.ConcreteNetwork.draw(rp.Network((3, 4, 4, 3, 2), biases=rp.Normal(0.7)), seed)
        net = rp.ConcreteNetwork([np.float32(w) for w in net.weights], [np.float32(b) for b in net.biases])
        module = nn.Sequential(
            *(nn.Linear(w.shape[1], len(w)) if k % 2 == 0 else nn.ReLU() for w in net.weights for k in (0, 1))
        )[:-1]
        with torch.no_grad():
            for layer, w, b in zip(module[::2], net.weights, net.biases, strict=True):
                layer.weight.copy_(torch.tensor(w))
                layer.bias.copy_(torch.tensor(b))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's own, of its older exporter; the newer needs one more package
            torch.onnx.export(module, (torch.tensor(data),), tmp_path / "m.onnx", dynamo=False)
        expected = rp.diagnose(net, data)
        assert diagnose(module, data) == expected
        assert rp.diagnose(read_onnx(tmp_path / "m.onnx"), data) == expected
        kinds |= {status for layer in expected.layers for status in layer.statuses}
    assert kinds == set(Status)


def test_the_law_at_initialization():
    module = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1))
    law = rp.Network((1, 4, 1), weights=rp.PyTorchDefault())
    found = diagnose(module, [[1.0], [-2.0]], initialization=law)
    assert found == rp.diagnose(concrete_network(module, [[1.0]]), [[1.0], [-2.0]], initialization=law)
    assert found.layers[0].at_initialization is not None
    with pytest.raises(ValueError, match=r"initialization must be .*\(1, 4, 1\), got"):
        diagnose(module, [[1.0]], initialization=rp.Network((1, 5, 1)))
    with pytest.raises(ValueError, match=r"initialization must be None, .* it has tanh"):
        diagnose(nn.Sequential(nn.Linear(1, 4), nn.Tanh()), [[1.0]], initialization=law)


def picture():
    """A convolution with a dead channel, pooling, a dead layer with a way around it."""

    class Picture(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.dead = nn.Conv2d(1, 3, 3), nn.Linear(3, 4)
            self.out = nn.Linear(7, 2)
            with torch.no_grad():
                self.conv.weight.copy_(torch.tensor([1.0, -1.0, 0.5])[:, None, None, None])
                self.conv.bias.zero_()
                self.dead.weight.fill_(-1.0)
                self.dead.bias.fill_(-1.0)

        def forward(self, x):
            h = torch.relu(self.conv(x)).amax((2, 3))
            return self.out(torch.cat([h, torch.relu(self.dead(h))], 1))

    return Picture(), torch.rand(4, 1, 6, 6)


def test_reports():
    module, x = picture()
    found = diagnose(module, x)
    assert isinstance(found, GraphDiagnosis)
    assert repr(found) == "<GraphDiagnosis: Picture on 4 inputs: 2 active, 0 tentatively and 5 permanently dead>"
    assert (found.active, found.tentative, found.permanent) == ((2, 0), (0, 0), (1, 4))
    text = str(found)
    assert found.table() in text
    assert "layer 1 (conv): 1 permanently dead: no positive weight from anything that may be positive" in text
    assert found.markdown().count("|") > 20
    assert found.latex().count(r"\begin{") == 1
    as_json = json.loads(json.dumps(found.to_dict()))
    assert as_json["layers"][0]["statuses"] == ["active", "permanent", "active"]
    assert as_json["layers"][1]["name"] == "dead"
    assert [row["units"] for row in found.rows()] == ["3 channels", "4 neurons"]
    assert found == diagnose(module, x)
    assert hash(found) == hash(diagnose(module, x))
    assert found != diagnose(module, -x)
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(ValueError, match="read-only"):
        found.layers[0].reasons[0] = 1


def test_pictures_of_graphs():
    figure = plot_diagnosis(diagnose(*picture()))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["active (2)", "permanently dead (5)"]


def test_every_reason_has_words_and_a_status():
    assert {reason.status for reason in GraphReason} == set(Status)
    assert len({reason.words for reason in GraphReason}) == len(GraphReason)


def test_batches_and_order_of_data_change_nothing():
    for seed in range(5):
        module, x = random_module(ConvChain, seed, m=7)
        expected = [layer.reasons.tolist() for layer in diagnose(module, x).layers]
        for same in (x.flip(0), x.repeat(3, 1, 1, 1), DataLoader(x, 3), x.numpy()):
            assert [layer.reasons.tolist() for layer in diagnose(module, same, batch_size=2).layers] == expected


def test_lost_relus_are_noted():
    module = nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU())
    found = diagnose(module, X)
    assert len(found.layers) == 1
    assert "note: not attributed to a layer of units: ReLU 1 in module '2'" in str(found)


def test_without_relu():
    found = diagnose(nn.Linear(5, 4), X)
    assert found.layers == ()
    assert str(found).startswith("Linear on 9 inputs: 0 active")


@pytest.mark.parametrize("module", [Written(), picture()[0]], ids=["chain", "graph"])
def test_the_module_is_left_alone(module):
    module.train()
    x = X if isinstance(module, Written) else picture()[1]
    module(x).sum().backward()
    before = [(p.clone(), p.grad.clone(), p.requires_grad) for p in module.parameters()]
    state = torch.get_rng_state()
    diagnose(module, x)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.is_grad_enabled()
    assert all(m.training for m in module.modules())
    for p, (value, grad, required) in zip(module.parameters(), before, strict=True):
        assert torch.equal(p, value)
        assert torch.equal(p.grad, grad)
        assert p.requires_grad == required


@pytest.mark.parametrize("module", [Written(), picture()[0]], ids=["chain", "graph"])
@pytest.mark.parametrize(
    ("error", "match", "data", "more"),
    [
        (ValueError, "data must be .* that are not finite", np.full((2, 1, 5, 5), np.nan), {}),
        (ValueError, "data must be .* got shape", np.zeros((0, 5)), {}),
        (ValueError, "data must be .* got no batches", iter(()), {}),
        (TypeError, "data must be .* got None", None, {}),
        (ValueError, "batch_size must be an integer >= 1, got 0", np.ones((2, 1, 5, 5)), {"batch_size": 0}),
        (ValueError, "progress must be one of", np.ones((2, 1, 5, 5)), {"progress": 3}),
        ((RuntimeError, ValueError), "numbers in each row|Expected 3D", np.ones((2, 7)), {}),
    ],
)
def test_bad_input(module, error, match, data, more):
    with pytest.raises(error, match=match):
        diagnose(module, data, **more)


def test_data_that_end_badly():
    with pytest.raises(ValueError, match=r"data must be .* got 1 that are not finite"):
        diagnose(Written(), torch.cat([torch.ones(300, 5), torch.tensor([[np.nan, 1, 1, 1, 1]])]))


def test_what_is_no_module():
    with pytest.raises(TypeError, match=r"module must be a torch.nn.Module, got <ConcreteNetwork"):
        diagnose(rp.ConcreteNetwork([[[1.0]], [[1.0]]]), [[1.0]])


def test_missing_torch_is_explained():
    code = "import sys; sys.modules['torch'] = None\nimport relu_prob.torch"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: relu_prob.torch needs PyTorch: pip install 'relu_prob[torch]'" in result.stderr
