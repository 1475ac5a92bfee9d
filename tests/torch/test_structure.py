"""The layers of fully connected modules: found in every way they are written, and refused for a reason."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch_modules import WIDTHS, Written, all_ways

from relu_prob import ConcreteNetwork
from relu_prob.torch import concrete_network, hidden_layers

X = torch.randn(7, 5, generator=torch.Generator().manual_seed(1))
WAYS = dict(all_ways())


class Function(nn.Module):
    """Three linear layers a: 5 -> 5, b: 5 -> 5, c: 5 -> 2, used by a function."""

    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 2)
        self.norm, self.scale = nn.BatchNorm1d(5), nn.Parameter(torch.ones(()))
        self.function = function

    def forward(self, x):
        return self.function(self, x)


@pytest.mark.parametrize("module", list(WAYS.values()), ids=list(WAYS))
def test_every_way_to_write_it(module):
    found = hidden_layers(module, X)
    assert found.widths == WIDTHS
    net = concrete_network(module, X.numpy())
    assert net.widths == WIDTHS
    module.eval()
    with torch.no_grad():
        # of float32 numbers: two orders of summation
        np.testing.assert_allclose(net(X.numpy()), module(X.clone()).numpy(), rtol=1e-4, atol=1e-5)
    for layer in found.layers:
        assert layer.weight is dict(module.named_parameters(remove_duplicate=False)).get(layer.name, layer.weight)
        assert any(layer.weight is p for p in module.parameters())
        assert layer.linear is None or layer.linear.weight is layer.weight
        # the matrix is the parameter itself
        assert layer.matrix.data_ptr() == layer.weight.data_ptr()


def test_names_and_modules():
    module = WAYS["nested"]
    found = hidden_layers(module, X)
    assert found.names == ("blocks.0.body.lin", "blocks.1.body.lin")
    assert found.output.name == "head"
    assert found.output.linear is module.head
    assert [layer.linear for layer in found.hidden] == [block.body["lin"] for block in module.blocks]
    assert hidden_layers(WAYS["matrices"], X).names == ("w.0", "w.1")


def test_one_input_is_enough_and_images_are_flattened():
    module = nn.Sequential(nn.Flatten(), nn.Linear(12, 3), nn.ReLU(), nn.Linear(3, 1))
    assert hidden_layers(module, np.ones((1, 3, 2, 2))).widths == (12, 3, 1)
    assert concrete_network(module.double(), np.ones((1, 3, 2, 2))).weights[0].dtype == np.float64


def test_numbers_are_those_of_the_module():
    module = Written().to(torch.bfloat16)
    net = concrete_network(module, X)
    assert net == ConcreteNetwork(
        [m.weight.detach().double().numpy() for m in (module.a, module.b, module.c)],
        [m.bias.detach().double().numpy() for m in (module.a, module.b, module.c)],
    )


def test_compiled_modules_are_what_was_compiled():
    module = Written()
    compiled = torch.compile(module, backend="eager")
    assert hidden_layers(compiled, X).hidden[0].linear is module.a
    inside = nn.Sequential(nn.Flatten(), torch.compile(module, backend="eager"))
    assert [layer.linear for layer in hidden_layers(inside, X).layers] == [module.a, module.b, module.c]
    module.compile(backend="eager")
    assert hidden_layers(module, X).hidden[0].linear is module.a


def test_inference_mode_inside():
    @torch.inference_mode()
    def forward(m, x):
        return m.c(F.relu(m.b(F.relu(m.a(x)))))

    assert hidden_layers(Function(forward), X).widths == (5, 5, 5, 2)


REFUSED = {
    "it has native_batch_norm (in module 'norm') after 'a'": lambda m, x: m.c(F.relu(m.norm(m.a(x)))),
    "add joins two branches (a skip connection) after 'a'": lambda m, x: m.c(x + F.relu(m.a(x))),
    "cat joins two branches": lambda m, x: m.c(torch.cat([F.relu(m.a(x)), x], 1)[:, 5:]),
    "'a.weight' is used twice (shared weights)": lambda m, x: m.c(F.relu(m.a(F.relu(m.a(x))))),
    "it has tanh after 'a'": lambda m, x: m.c(torch.tanh(m.a(x))),
    "it has gelu after 'b'": lambda m, x: m.c(F.gelu(m.b(F.relu(m.a(x))))),
    "it has hardtanh after 'a'": lambda m, x: m.c(F.relu6(m.a(x))),
    "it has leaky_relu after 'a'": lambda m, x: m.c(F.leaky_relu(m.a(x))),
    "it has clamp after 'a'": lambda m, x: m.c(m.a(x).clamp(0, 9)),
    "it has clamp after 'a' (": lambda m, x: m.c(m.a(x).clamp(min=0.1)),
    "it has maximum after 'a'": lambda m, x: m.c(torch.maximum(m.a(x), torch.ones(5))),
    "it has mul after 'a'": lambda m, x: m.c(F.relu(2 * m.a(x))),
    "it has _softmax after 'c'": lambda m, x: m.c(F.relu(m.a(x))).softmax(1),
    "it has a relu before the first linear layer": lambda m, x: m.c(F.relu(m.a(F.relu(x)))),
    "it has flip": lambda m, x: m.c(F.relu(m.a(x)).flip(1)),
    "it has slice": lambda m, x: F.linear(F.relu(m.a(x))[:, 1:], m.c.weight[:, 1:]),
    "there is no ReLU between 'a' and 'b'": lambda m, x: m.c(F.relu(m.b(m.a(x)))),
    "it has no ReLU layer": lambda m, x: m.a(x),
    "it has no linear layer": lambda m, x: x.view(-1),
    "it ends with a ReLU, after 'b'": lambda m, x: F.relu(m.b(F.relu(m.a(x)))),
    "the weights of a linear layer are computed, by mul": lambda m, x: m.c(F.relu(x @ (m.scale * m.a.weight))),
    "the weights of a linear layer are no parameter": lambda m, x: m.c(F.relu(x @ torch.ones(5, 5))),
    "what is added after 'a' is not one bias": lambda m, x: m.c(F.relu(m.a(x) + m.b.bias)),
    "the bias 'scale' has the shape ()": lambda m, x: m.c(F.relu(F.linear(x, m.a.weight) + m.scale)),
    "'a.bias' is used twice": lambda m, x: m.c(F.relu(F.linear(F.relu(m.a(x)), m.b.weight, m.a.bias))),
    "it writes into 'a.weight'": lambda m, x: m.c(F.relu(m.a(x))) if m.a.weight.data.clamp_(-9, 9) is not x else x,
    "it returns tuple": lambda m, x: (m.a(x), x),
    "numbers that it reads": lambda m, x: m.c(F.relu(m.a(x))) if x.sum() < 1e9 else x,
    "its output does not depend on its input": lambda m, x: m.c(torch.ones(2, 5)),
    "it has slice after 'a'": lambda m, x: m.c(_half(m.a(x))),
    "the data are the right factor": lambda m, x: m.c(F.relu(torch.ones(2, 2) @ x)),
    "two branches meet in mm": lambda m, x: F.relu(x @ x.reshape(5, 2)),
    "sees 10 rows of 2 inputs": lambda m, x: F.linear(F.relu(F.linear(x.view(10, 1), m.a.weight[:, :1])), m.b.weight),
    "it has convolution": lambda m, x: m.c(F.relu(F.conv1d(x[:, None], torch.ones(1, 1, 3), padding=1))[:, 0]),
}


def _half(z):
    z[:, :2].relu_()
    return z


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_no_chain_is_named(words):
    with pytest.raises(ValueError, match="module must be a fully connected ReLU network") as caught:
        hidden_layers(Function(REFUSED[words]), X)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("error", "match", "x"),
    [
        (ValueError, "x must be .* got 1 that are not finite", [[np.nan, 1, 1, 1, 1]]),
        (ValueError, r"x must be .* got shape \(0, 5\)", np.zeros((0, 5))),
        (ValueError, r"x must be .* got shape \(\)", 3.0),
        (TypeError, "x must be .* got 'no data'", "no data"),
        (TypeError, "x must be .* got torch.complex64", X.to(torch.complex64)),
    ],
)
def test_bad_data(error, match, x):
    with pytest.raises(error, match=match):
        hidden_layers(Written(), x)


def test_what_is_no_module():
    with pytest.raises(TypeError, match=r"module must be a torch.nn.Module, got 3"):
        hidden_layers(3, X)
