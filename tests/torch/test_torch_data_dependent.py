"""Modules initialized from data: nobody is dead in their own forward pass, and nothing but numbers has changed."""

import copy
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import norm
from torch import nn
from torch_modules import all_ways

import relu_prob
from relu_prob.concrete.data_layers import draw_layers
from relu_prob.torch import data_dependent as room, data_dependent_, hidden_layers

LEVEL = 1e-6
WAYS = dict(all_ways())


def chain(d, widths, outputs, dtype=torch.float32, bias=True):
    layers = []
    for n, k in itertools.pairwise([d, *widths]):
        layers += [nn.Linear(n, k, bias=bias), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], outputs)).to(dtype)


def firing(module, x):
    """Which neurons fire at which inputs, layer by layer, read off the outputs of nn.ReLU modules."""
    seen = []
    relus = [m for m in module.modules() if isinstance(m, nn.ReLU)]
    hooks = [m.register_forward_hook(lambda _, __, h: seen.append(h > 0)) for m in relus]
    with torch.no_grad():
        module(x)
    for hook in hooks:
        hook.remove()
    return seen


def data(d=3, m=8, outputs=2, seed=0, dtype=torch.float32):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(m, d, generator=g, dtype=dtype), torch.randn(m, outputs, generator=g, dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_neuron_is_dead(dtype):
    """Any dimensions, numbers of points, one of them twice, depths, scales and noises; all options."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        d, m, depth = rng.integers(1, 6), rng.integers(1, 9), rng.integers(1, 4)
        widths = rng.integers(1, 15, depth).tolist()
        x = torch.tensor(rng.normal(size=(m, d)) * 10.0 ** rng.integers(-3, 4), dtype=dtype)
        x[rng.integers(m)] = x[rng.integers(m)]
        net = chain(d, widths, 1, dtype)
        report = data_dependent_(
            net,
            x,
            torch.tensor(rng.normal(size=m)),
            noise=10.0 ** rng.integers(-9, 2),
            copies=int(rng.integers(1, min(widths) + 1)) if rng.random() < 0.5 else None,
            choose=str(rng.choice(["k-means++", "leverage"])),
            generator=int(rng.integers(2**32)),
        )
        assert report.dead == (0,) * depth
        assert all(fires.any(dim=0).all() for fires in firing(net, x))


def test_a_seed_gives_the_network_of_numpy():
    """The same code draws both; in float64 they differ by how h W is summed up, which enters layer 2."""
    x, y = data(m=20, dtype=torch.float64)
    for options in ({}, {"copies": 2}, {"points": 5, "choose": "leverage"}, {"noise": [0.2, 0.3], "weight_scale": 0.7}):
        net = chain(3, [7, 9], 2, torch.float64)
        data_dependent_(net, x, y, generator=5, **options)
        drawn = relu_prob.data_dependent(x.numpy(), y.numpy(), [7, 9], rng=5, **options)
        for layer, w, b in zip(net[::2], drawn.weights, drawn.biases, strict=True):
            assert layer.weight.detach().numpy() == pytest.approx(w, rel=1e-12, abs=0)
            assert layer.bias.detach().numpy() == pytest.approx(b, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in WAYS if name != "no biases"])
def test_every_way_to_write_it(name):
    module, (x, y) = copy.deepcopy(WAYS[name]), data(d=5, m=9)
    report = data_dependent_(module, x, y, generator=1)
    assert report.dead == (0, 0)
    assert report.neurons == (4, 3)
    other = copy.deepcopy(WAYS["F.relu"])
    data_dependent_(other, x, y, generator=1)
    for mine, theirs in zip(hidden_layers(module, x).layers, hidden_layers(other, x).layers, strict=True):
        # layer 2 is drawn on activations that differ by the order of summation
        assert torch.equal(mine.weight.T if mine.transposed else mine.weight, theirs.weight)
        assert torch.allclose(mine.bias, theirs.bias, rtol=1e-4, atol=1e-5)
    module.eval()
    with torch.no_grad():
        moment = float(module(x.clone()).double().square().sum(dim=1).mean())
    assert moment == pytest.approx(report.output_moment, rel=1e-5)


def test_report_is_what_the_module_does():
    x, y = data(m=6)
    net = chain(3, [9, 7], 2)
    with torch.no_grad():
        net[0].bias.fill_(-100.0)
    constants = net[2].bias.detach().clone()  # all that layer 2 sees of a dead layer 1
    report = data_dependent_(net, x, y, generator=2)
    assert report.before == (9, int((constants <= 0).sum()))
    assert report.label_moment == pytest.approx(float(y.double().square().sum(dim=1).mean()))
    with torch.no_grad():
        assert report.output_moment == pytest.approx(float(net(x).double().square().sum(dim=1).mean()), rel=1e-6)
        features = net[:4](x).double()
    singular = torch.linalg.svdvals(features)
    assert report.rank == int(torch.linalg.matrix_rank(features.float()))
    if report.rank == 6:
        assert report.condition == pytest.approx(float(singular[0] / singular[-1]))
    assert report.points == ((0, 1, 2, 3, 4, 5),) * 2
    assert report.chosen == "all"
    assert len(str(report).splitlines()) <= 5


def test_only_numbers_change():
    x, y = data()
    net = nn.Sequential(nn.Linear(3, 5), nn.Dropout(0.5), nn.ReLU(), nn.Linear(5, 2))
    net[0].bias.requires_grad_(False)
    net.train()
    net[3].eval()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    net(x).sum().backward()
    parameters, grads = list(net.parameters()), [None if p.grad is None else p.grad.clone() for p in net.parameters()]
    states = [(p.requires_grad, p.dtype, p.device, p.data_ptr()) for p in parameters]
    names, x_before = {k: set(vars(m)) for k, m in net.named_modules()}, x.clone()
    torch_state = torch.get_rng_state()
    data_dependent_(net, x, y, generator=3)
    assert all(a is b for a, b in zip(parameters, net.parameters(), strict=True))
    assert [(p.requires_grad, p.dtype, p.device, p.data_ptr()) for p in net.parameters()] == states
    for p, g in zip(net.parameters(), grads, strict=True):
        assert (p.grad is None and g is None) or torch.equal(p.grad, g)
    assert [m.training for m in net] == [True, True, True, False]
    assert {k: set(vars(m)) for k, m in net.named_modules()} == names
    assert not any(m._forward_hooks for m in net.modules())
    assert all(p.grad_fn is None and p.is_leaf for p in net.parameters())
    assert torch.equal(x, x_before)
    assert torch.equal(torch.get_rng_state(), torch_state)
    before = net[3].weight.detach().clone()
    optimizer.step()
    assert torch.equal(net[3].weight, before - grads[2] / 2)


def test_the_generator_alone_determines_the_result():
    x, y = data()

    def drawn(generator):
        net = chain(3, [6, 4], 2)
        data_dependent_(net, x, y, generator=generator)
        return torch.cat([p.detach().flatten() for p in net.parameters()])

    one, two = torch.Generator().manual_seed(4), torch.Generator().manual_seed(4)
    first = drawn(one)
    torch.manual_seed(99)
    assert torch.equal(first, drawn(two))
    assert not torch.equal(first, drawn(two))

    net = chain(3, [6, 4], 2)
    torch.manual_seed(7)
    data_dependent_(net, x, y)
    here = net[0].weight.detach().clone()
    torch.manual_seed(7)
    data_dependent_(net, x, y)
    assert torch.equal(here, net[0].weight)


def test_compiled_modules():
    x, y = data()
    net, twin = chain(3, [6, 4], 2), chain(3, [6, 4], 2)
    compiled = torch.compile(net, backend="eager")
    compiled(x)
    data_dependent_(compiled, x, y, generator=5)
    data_dependent_(twin, x, y, generator=5)
    with torch.no_grad():
        assert torch.equal(compiled(x), net(x))
        assert torch.equal(net(x), twin(x))
        assert torch.equal(torch.compile(twin, backend="eager")(x), twin(x))
    assert all(fires.any(dim=0).all() for fires in firing(net, x))


def test_mean_squared_output_given_the_features():
    x, y = data(m=6)
    net, scores = chain(3, [10], 2), []
    g = torch.Generator().manual_seed(6)
    for _ in range(150):
        report = data_dependent_(net, x, y, noise=0.5, generator=g)
        scores.append((report.output_moment - report.given_features) / report.deviation)
    # independent, of mean 0 and variance 1
    assert abs(np.mean(scores)) < norm.isf(LEVEL / 2) / np.sqrt(150)


def test_inputs_in_a_row_and_images():
    net = chain(1, [5], 1)
    assert data_dependent_(net, torch.linspace(0, 1, 4), np.ones(4), generator=7).dead == (0,)
    net = nn.Sequential(nn.Flatten(), *chain(12, [5], 1))
    assert data_dependent_(net, np.random.default_rng(0).normal(size=(4, 3, 2, 2)), [1, 2, 3, 4], generator=7).dead == (
        0,
    )


def state(module):
    return [(p, p.detach().clone(), p._version) for p in module.parameters()]


def test_the_module_is_restored_if_something_raises(monkeypatch):
    x, y = data()
    net = chain(3, [6, 4], 2)
    before = state(net)
    for failure in (RuntimeError, KeyboardInterrupt):

        def broken(*args, failure=failure):
            raise failure

        monkeypatch.setattr(room, "_copy", copied_and(room._copy, broken))
        with pytest.raises(failure):
            data_dependent_(net, x, y, generator=8)
        monkeypatch.undo()
        assert all(p is q and torch.equal(p, value) for (p, value, _), q in zip(before, net.parameters(), strict=True))


def copied_and(copy_in, then):
    def both(*args):
        copy_in(*args)
        then()

    return both


def test_neurons_that_do_not_fire_after_all_are_found_and_undone(monkeypatch):
    """As where a module multiplies less accurately than its numbers are: biases that are too small."""
    net = chain(3, [6, 4], 2)
    x, y = data()
    before = state(net)

    def too_small(*args):
        layers, variance = draw_layers(*args)
        return replace(layers, biases=(layers.biases[0] - 100, *layers.biases[1:])), variance

    monkeypatch.setattr(room, "draw_layers", too_small)
    with pytest.raises(ArithmeticError, match="hidden neurons do not fire on the data in the module's own"):
        data_dependent_(net, x, y, generator=9)
    assert all(p is q and torch.equal(p, value) for (p, value, _), q in zip(before, net.parameters(), strict=True))


def test_whatever_was_there_before():
    net = chain(3, [6, 4], 2)
    with torch.no_grad():
        for p in net.parameters():
            p.fill_(float("nan"))
    report = data_dependent_(net, *data(), generator=10)
    assert (report.before, report.dead) == ((6, 4), (0, 0))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 2)

    def forward(self, x):
        return self.b(F.relu(self.a(F.relu(self.a(x)))))


X, Y = data()
GOOD = {"module": chain(3, [6], 2), "x": X, "y": Y, "generator": 0}
CONVOLUTION = nn.Sequential(nn.Conv1d(1, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"module": "net"}, TypeError, "module must be a torch.nn.Module"),
        ({"module": nn.Linear(3, 2)}, ValueError, "fully connected ReLU network.*it has no ReLU layer"),
        ({"module": CONVOLUTION, "x": X[:, None]}, ValueError, "fully connected ReLU network.*convolution"),
        ({"module": Shared()}, ValueError, "used twice"),
        ({"module": chain(3, [6, 4], 2, bias=False)}, ValueError, "module must have a bias in every hidden layer.*'0'"),
        (
            {"module": chain(3, [6], 2, torch.bfloat16)},
            ValueError,
            "torch.float32 or all of torch.float64, got torch.bf",
        ),
        ({"x": X * float("nan")}, ValueError, "x must be .*finite"),
        ({"x": X[:0], "y": Y[:0]}, ValueError, "x must be .*at least one"),
        ({"x": X[:, :2]}, ValueError, "x must have 3 numbers in each row, which layer '0' reads, got 2"),
        (
            {"module": nn.Sequential(nn.Flatten(), *chain(3, [6], 2)), "x": X[:, :2, None]},
            ValueError,
            r"x must be inputs that the module takes, one a row, got shape \(8, 2, 1\)",
        ),
        ({"x": "data"}, TypeError, "x must be an array or tensor"),
        ({"x": X.sign() * 3e38}, ValueError, "x must have distances, and noise a size"),
        ({"y": Y * 0}, ValueError, "y must not be all zero"),
        ({"y": Y[:7]}, ValueError, "y must have as many rows as x, 8"),
        ({"y": Y[:, 0]}, ValueError, "y must have 2 columns, one for each output of the module"),
        ({"y": Y[:, :, None]}, ValueError, "y must be a non-empty array of finite numbers, of shape"),
        ({"y": Y * float("inf")}, ValueError, "y must be .*finite"),
        ({"points": 9}, ValueError, "points must be an integer from 1 to 8, got 9"),
        ({"points": 0}, ValueError, "points must be an integer from 1 to 8, got 0"),
        ({"copies": 7}, ValueError, "copies must be an integer from 1 to 6, got 7"),
        ({"copies": 1, "points": 1}, ValueError, "at most one of points and copies"),
        ({"noise": -1.0}, ValueError, "noise must be a positive finite number, got -1.0"),
        ({"noise": [1.0, 1.0]}, ValueError, "noise must be one number, or one for each of the 1 hidden layers"),
        ({"weight_scale": 0}, ValueError, "weight_scale must be a positive finite number"),
        ({"choose": "random"}, ValueError, "choose must be one of"),
        ({"generator": np.random.default_rng(0)}, TypeError, "generator must be a torch.Generator, an integer >= 0 or"),
        ({"generator": -1}, ValueError, "generator must be a torch.Generator, an integer >= 0 or None, got -1"),
    ],
)
def test_bad_input(change, error, message):
    arguments = GOOD | change
    module = arguments["module"]
    before = state(module) if isinstance(module, nn.Module) else []
    with pytest.raises(error, match=message):
        data_dependent_(**arguments)
    assert all(torch.equal(p, value) and p._version == version for p, value, version in before)
