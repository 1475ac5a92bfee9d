"""Watching forward passes: what fires, to which layer it belongs, and that nothing is left changed."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torch_graphs import KINDS, random_module
from torch_modules import Written, all_ways

from relu_prob.torch import concrete_network, data_dependent_, diagnose, hidden_layers, watch

X = torch.randn(9, 5, generator=torch.Generator().manual_seed(1))
WAYS = dict(all_ways())


@pytest.mark.parametrize("module", list(WAYS.values()), ids=list(WAYS))
def test_maxima_are_those_of_the_network(module):
    seen = watch(module, X, batch_size=4)
    assert seen.inputs == 9
    assert seen.unattributed == ()
    expected = [z.max(axis=0) for z in concrete_network(module, X).preactivations(X.numpy())]
    for layer, top in zip(seen.layers, expected, strict=True):
        # of float32 numbers: two orders of summation
        np.testing.assert_allclose(layer.largest, top, rtol=1e-4, atol=1e-5)
        assert layer.kind == "neuron"
        assert layer.call == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_maxima_are_those_that_the_module_saw_itself(kind):
    for seed in range(6):
        module, x = random_module(kind, seed)
        seen = watch(module, x)
        with torch.no_grad():
            module(x)
        assert len(seen.layers) == len(module.seen)
        for layer, z in zip(seen.layers, module.seen, strict=True):
            np.testing.assert_allclose(layer.largest, z.amax(0).numpy(), rtol=1e-4, atol=1e-5)
            assert set(layer.silent) == set(np.flatnonzero(~layer.fired))


class Basic(nn.Module):
    """A residual block as of a ResNet, with normalization and a ReLU that is used twice."""

    def __init__(self, shortcut):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)
        self.conv2, self.bn2 = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)
        self.relu, self.shortcut = nn.ReLU(inplace=True), shortcut

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += self.shortcut(x)
        return self.relu(y)


def test_residual_blocks_and_pooling():
    net = nn.Sequential(
        *(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), Basic(nn.Identity()), Basic(nn.Conv2d(3, 3, 1))),
        *(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 4), nn.ReLU(), nn.Linear(4, 2)),
    )
    seen = watch(net, torch.randn(2, 1, 8, 8))
    names = ["0", "3.conv1", "3.conv2", "4.conv1", "4.conv2 + 4.shortcut", "7"]
    assert [layer.title for layer in seen.layers] == names
    assert [layer.kind for layer in seen.layers] == ["channel"] * 5 + ["neuron"]
    assert seen["7"].n == 4
    assert seen.unattributed == ()
    with pytest.raises(ValueError, match="name must be one of '0', "):
        seen["8"]


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.conv = nn.Linear(5, 4), nn.Linear(5, 4), nn.Conv1d(1, 4, 2)
        self.function = function

    def forward(self, x):
        return self.function(self, x)


BRANCHES = {
    "a (4), a (call 2) (4)": lambda m, x: F.relu(m.a(x)) + F.relu(m.a(-x)),
    "a (4), a (call 2) (2)": lambda m, x: F.relu(m.a(x)) + F.relu(m.a(x)[:, :2]).repeat(1, 2),
    "a + b (8)": lambda m, x: F.relu(torch.cat([m.a(x), m.b(x)], 1)),
    "a + b (4)": lambda m, x: F.relu(m.a(x) - m.b(x)),
    "a (2)": lambda m, x: F.relu(m.a(x).chunk(2, 1)[1]),
    "conv (4)": lambda m, x: F.relu(m.conv(x[:, None]).flatten(1)),
    "conv (4), conv (call 2) (4)": lambda m, x: F.relu(F.max_pool1d(F.relu(m.conv(x[:, None])), 2)),
    "b (4)": lambda m, x: F.relu(m.b(x.repeat(3, 1)).unflatten(0, (3, -1)).permute(1, 0, 2)),
    "conv (4) ": lambda m, x: F.relu(m.conv(x[:, None]).transpose(1, 2)),
    "conv (4)  ": lambda m, x: F.relu(m.conv(x[:, None]).mean(2)),
    "a (4)": lambda m, x: F.relu(m.a(x) * 2 + x[:, :4]),
    "a.weight... (4)": lambda m, x: F.relu(x @ (2 * m.a.weight).T),
}


@pytest.mark.parametrize("expected", BRANCHES)
def test_units_are_followed(expected):
    seen = watch(Function(BRANCHES[expected]), X)
    assert ", ".join(f"{x.title} ({x.n})" for x in seen.layers) == expected.strip().replace("a.weight...", "a")
    assert seen.unattributed == ()


LOST = {
    "native_layer_norm stands between": lambda m, x: F.relu(F.layer_norm(m.a(x), (4,))),
    "tanh stands between": lambda m, x: F.relu(m.a(x).tanh()),
    "no linear or convolutional layer comes before it": lambda m, x: F.relu(x),
    "mul stands between": lambda m, x: F.relu(m.a(x) * m.b(x)),
    "mean stands between": lambda m, x: F.relu(m.a(x).mean(1)),
    "add stands between": lambda m, x: F.relu(m.a(x)[:4] + m.b(x)[:4].T),
    "mm stands between": lambda m, x: F.relu(m.a(x) @ m.a(x).T),
    "_softmax stands between": lambda m, x: F.relu(m.a(x).softmax(1)),
    "cat stands between": lambda m, x: F.relu(torch.cat([m.a(x), x], 1)),
}


@pytest.mark.parametrize("words", LOST)
def test_what_stands_between_is_named(words):
    seen = watch(Function(LOST[words]), X)
    assert seen.layers == ()
    assert len(seen.unattributed) == 1
    assert words in seen.unattributed[0]
    assert f"not attributed: ReLU 1, of a tensor of shape (m{seen.unattributed[0].partition('(m')[2]}" in str(seen)


def test_the_module_of_a_lost_relu_is_named():
    seen = watch(nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU()), X)
    text = "ReLU 1 in module '2', of a tensor of shape (m, 4): native_layer_norm (in module '1') stands between"
    assert seen.unattributed == (text,)
    assert [layer.title for layer in seen.layers] == ["3"]


def test_layers_of_transformers_and_recurrent_networks():
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    fast = torch.backends.mha.get_fastpath_enabled()
    assert [(x.title, x.n) for x in watch(encoder, torch.randn(2, 3, 8)).layers] == [("linear1", 16)]
    assert torch.backends.mha.get_fastpath_enabled() == fast
    words = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 4), nn.ReLU())
    assert watch(words, torch.tensor([[1, 2], [3, 4]])).layers[0].n == 4
    normalized = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(5, 4)), nn.ReLU())
    assert watch(normalized, X).layers[0].name == "0"


def test_without_relu():
    seen = watch(nn.Sequential(nn.Linear(5, 4), nn.Tanh()), X)
    assert seen.layers == seen.unattributed == ()
    assert repr(seen) == "<Watched: 0 ReLU layers on 9 inputs: 0 of 0 units fire, 0 ReLUs not attributed>"


def test_forms_of_data_are_the_same_data(tmp_path):
    module, y = Written(), torch.zeros(9)
    expected = [layer.largest for layer in watch(module, X).layers]
    np.save(tmp_path / "data.npy", X.numpy())
    forms = [
        *(X.numpy(), X.double(), X.tolist(), np.load(tmp_path / "data.npy", mmap_mode="r")),
        *(DataLoader(TensorDataset(X, y), 4), DataLoader(X, 4), [X[:5], X[5:]], [(X[:5], y), (X[5:], y)]),
        *((part for part in (X[:2], X[2:])), [X[:5].numpy(), X[5:].numpy()]),
    ]
    for data in forms:
        seen = watch(module, data)
        assert seen.inputs == 9
        for layer, top in zip(seen.layers, expected, strict=True):
            np.testing.assert_allclose(layer.largest, top, rtol=1e-5, atol=1e-6)


def state(module):
    return [
        [m.training for m in module.modules()],
        [(m._forward_hooks, m._forward_pre_hooks, m._backward_hooks) for m in module.modules()],
        [(p.requires_grad, p.clone(), None if p.grad is None else p.grad.clone()) for p in module.parameters()],
        [(str(t.device), t.dtype, t.data_ptr()) for t in module.parameters()],
        [b.clone() for b in module.buffers()],
        [list(m._buffers) for m in module.modules()],
        torch.get_rng_state(),
        torch.is_grad_enabled(),
        torch.backends.mha.get_fastpath_enabled(),
    ]


def equal(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other


class Careless(nn.Module):
    """Counts its calls in a buffer, replaces another, writes into its input, draws random numbers, and may raise."""

    def __init__(self, error=None):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 1))
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("last", torch.zeros(1))
        self.error = error

    def forward(self, x):
        self.calls += 1
        self.last = x.sum()[None]
        x.mul_(2.0).add_(0.1 * torch.randn(x.shape))
        assert not self.net.training
        assert not torch.is_grad_enabled()
        y = self.net(x)
        if self.error is not None:
            raise self.error
        return y


@pytest.mark.parametrize("error", [None, RuntimeError("inside"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("training", [True, False])
def test_everything_is_afterwards_as_before(error, training):
    module = Careless().train(training)
    module.net[3].eval()
    module.net(X).sum().backward()
    module.net[0].bias.requires_grad_(False)
    module.error = error
    calls = []
    hook = module.net[2].register_forward_hook(lambda *_: calls.append(1))
    before, data = state(module), X.clone()
    hooks = [dict(m._forward_hooks) for m in module.modules()]
    if error is None:
        watch(module, data)
    else:
        with pytest.raises(type(error)):
            watch(module, data)
    assert equal(before, state(module))
    assert hooks == [dict(m._forward_hooks) for m in module.modules()]
    assert torch.equal(data, X)
    # hooks of the module itself are run
    assert len(calls) == 1
    hook.remove()


def test_errors_inside_say_where():
    module = nn.Sequential(nn.Unflatten(1, (2, 2)), nn.Linear(3, 1))
    with pytest.raises(RuntimeError) as caught:
        watch(module, torch.ones(3, 4))
    assert "on data of shape (3, 4)" in caught.value.__notes__[0]


def test_data_of_another_width_are_named():
    module = nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 1))
    text = "must have 5 numbers in each row, which layer '0' reads, got 4"
    for ask in (watch, diagnose):
        with pytest.raises(ValueError, match=f"data {text}"):
            ask(module, torch.ones(3, 4))
    for ask in (hidden_layers, concrete_network):
        with pytest.raises(ValueError, match=f"x {text}"):
            ask(module, torch.ones(3, 4))
    with pytest.raises(ValueError, match=f"x {text}"):
        data_dependent_(module, torch.ones(3, 4), torch.ones(3, 1))
    assert not any(m._forward_pre_hooks or m._forward_hooks for m in module.modules())


def test_random_numbers_of_a_loader_are_put_back():
    module, loader = Written(), DataLoader(TensorDataset(X), 4, shuffle=True)
    before = torch.get_rng_state()
    watch(module, loader)
    assert torch.equal(before, torch.get_rng_state())


def test_compiled_modules():
    module = Written()
    expected = watch(module, X)
    for compiled in (torch.compile(module, backend="eager"), nn.Sequential(torch.compile(module, backend="eager"))):
        found = watch(compiled, X)
        assert [x.largest.tolist() for x in found.layers] == [x.largest.tolist() for x in expected.layers]


def test_numbers_that_are_not_finite():
    module = Written()
    with torch.no_grad():
        module.a.weight.fill_(1e38)
    with pytest.raises(FloatingPointError, match="ReLU 1 gets numbers that are not finite"):
        watch(module, 1e9 * X.abs())


class Numbers(Dataset):
    def __len__(self):
        return 3

    def __getitem__(self, k):
        return X[k]


@pytest.mark.parametrize(
    ("error", "match", "data", "more"),
    [
        (ValueError, "data must be .* got 1 that are not finite", [[np.nan] * 1 + [1.0] * 4], {}),
        (ValueError, r"data must be .* got shape \(0, 5\)", np.zeros((0, 5)), {}),
        (ValueError, r"data must be .* got shape \(0, 5\)", [torch.zeros(0, 5)], {}),
        (ValueError, "data must be .* got no batches", iter([]), {}),
        (ValueError, r"data must be .* got shape \(0,\)", [], {}),
        (ValueError, r"data must be .* got shape \(\)", 3.0, {}),
        (TypeError, "data must be .* got 'words'", "words", {}),
        (TypeError, "data must be .* got torch.bool", X > 0, {}),
        (TypeError, "got a tuple: give the inputs alone", (X, X), {}),
        (TypeError, "got a Dataset: give a DataLoader of it", Numbers(), {}),
        (ValueError, "batch_size must be an integer >= 1, got 0", X, {"batch_size": 0}),
        (ValueError, "progress must be one of", X, {"progress": 3}),
    ],
)
def test_bad_input(error, match, data, more):
    with pytest.raises(error, match=match):
        watch(Written(), data, **more)


def test_what_is_no_module():
    with pytest.raises(TypeError, match=r"module must be a torch.nn.Module, got <class"):
        watch(nn.ReLU, X)
