"""Modules drawn from the laws of networks, and by LSUV: the laws' numbers, reproducibly, and in place."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm
from torch import nn

from relu_prob import (
    ConcreteNetwork,
    HeNormal,
    Network,
    Normal,
    Orthogonal,
    PyTorchDefault,
    RandomizedAsymmetric,
    SphereUniform,
    Zero,
)
from relu_prob.torch import initialize_, lsuv_

LEVEL = 1e-6


def chain(*widths, bias=True, dtype=torch.float64):
    layers = []
    for n, k in pairwise(widths):
        layers += [nn.Linear(n, k, bias=bias), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(dtype)


LAWS = [
    (HeNormal(), None),
    (HeNormal(), Normal(0.5)),
    (PyTorchDefault(), None),
    (Orthogonal(), Zero()),
    (SphereUniform(), None),
    (RandomizedAsymmetric(), None),
]


@pytest.mark.parametrize(("weights", "biases"), LAWS, ids=repr)
def test_the_numbers_are_those_of_a_drawn_network(weights, biases):
    module = chain(3, 5, 4, 2)
    initialize_(module, weights, biases, rng=1)
    drawn = ConcreteNetwork.draw(Network((3, 5, 4, 2), weights=weights, biases=biases), rng=1)
    for layer, w, b in zip(module[::2], drawn.weights, drawn.biases, strict=True):
        assert layer.weight.detach().numpy().tolist() == w.tolist()
        assert layer.bias.detach().numpy().tolist() == b.tolist()


def test_randomized_asymmetric_rows_are_those_of_the_paper():
    """(w, b) normal of variance 0.36/fan_in, except for one entry, which is a Beta(2, 1) variable: P(B <= t) = t^2."""
    fan_in, rows = 4, 20_000
    module = nn.Sequential(nn.Linear(fan_in, rows), nn.ReLU(), nn.Linear(rows, 1))
    initialize_(module, RandomizedAsymmetric(), rng=2)
    row = torch.cat([module[0].weight, module[0].bias[:, None]], dim=1).detach().double().numpy()

    # an entry is the chosen one with probability 1/5, so that its distribution function is a mixture
    def mixture(t):
        return 0.8 * norm.cdf(t, scale=0.6007 / fan_in**0.5) + 0.2 * np.clip(t, 0, 1) ** 2

    for entry in row.T:  # weights and biases alike
        assert kstest(entry, mixture).pvalue > LEVEL / 5
    # 1 in a row and not one for each entry by itself: the variance of the sum shows it
    variance = RandomizedAsymmetric().variance(fan_in, rows)
    together = 4 * 0.6007**2 / fan_in + 1 / 18
    assert abs(float(variance) * 5 - together) > 0.3
    # the sum of a row has a fourth moment below 6 together^2, by that of its two parts
    assert abs(np.var(row.sum(axis=1)) - together) < 5 * together * np.sqrt(5 / rows)


def test_float32_biases_and_compiled_modules():
    module = chain(2, 3, 1, dtype=torch.float32)
    parameters = list(module.parameters())
    initialize_(torch.compile(module, backend="eager"), PyTorchDefault(), rng=3)
    assert all(a is b for a, b in zip(parameters, module.parameters(), strict=True))
    drawn = ConcreteNetwork.draw(Network((2, 3, 1), weights=PyTorchDefault()), rng=3)
    assert module[0].weight.detach().numpy().tolist() == drawn.weights[0].astype(np.float32).tolist()
    without = chain(2, 3, 1, bias=False)
    initialize_(without, rng=3)
    assert without[0].weight.shape == (3, 2)


@pytest.mark.parametrize(
    ("module", "options", "error", "message"),
    [
        ("net", {}, TypeError, "module must be a torch.nn.Module"),
        (nn.ReLU(), {}, ValueError, "module must be a module whose parameters.*got ReLU without any"),
        (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), {}, ValueError, "got BatchNorm1d '1' with weight, bias"),
        (chain(2, 3, 1, bias=False), {"weights": PyTorchDefault()}, ValueError, r"biases must be Zero\(\) for '0'"),
        (chain(2, 3, 1), {"weights": Zero()}, ValueError, "weights must be"),
        (chain(2, 3, 1), {"weights": RandomizedAsymmetric(), "biases": Zero()}, ValueError, "must be the same"),
        (chain(2, 3, 1), {"rng": "seed"}, TypeError, "rng must be"),
    ],
)
def test_bad_input(module, options, error, message):
    with pytest.raises(error, match=message):
        initialize_(module, **{"rng": 0} | options)


def preactivations(module, x):
    seen, hooks = [], []
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            hooks.append(layer.register_forward_hook(lambda _, __, z: seen.append(z.std())))
    with torch.no_grad():
        module(x)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lsuv_makes_unit_variance_reproducibly(dtype):
    x = torch.randn(200, 3, generator=torch.Generator().manual_seed(0), dtype=dtype) * 7 + 1
    module, twin = chain(3, 20, 20, 2, dtype=dtype).train(), chain(3, 20, 20, 2, dtype=dtype)
    parameters, state = list(module.parameters()), torch.get_rng_state()
    lsuv_(module, x, generator=4)
    assert torch.equal(torch.get_rng_state(), state)
    assert module.training
    assert all(a is b for a, b in zip(parameters, module.parameters(), strict=True))
    assert all(0.9 <= std <= 1.1 for std in preactivations(module, x))
    assert all(p.requires_grad and p.dtype == dtype for p in parameters)
    assert not any(layer.bias.any() for layer in module[::2])
    w = module[2].weight.detach()  # a multiple of an orthogonal matrix
    scale = (w @ w.T)[0, 0]
    assert torch.allclose(w @ w.T / scale, torch.eye(20, dtype=dtype), atol=1e-5)
    lsuv_(twin, x.numpy(), generator=4)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), twin.parameters(), strict=True))
    one, two = (torch.Generator().manual_seed(5) for _ in range(2))
    lsuv_(module, x, generator=one)
    lsuv_(twin, x, generator=two, std_tol=0.1)
    assert torch.equal(module[0].weight, twin[0].weight)
    module(x).sum().backward()  # parameters are still ones to be trained
    assert module[0].weight.grad is not None


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "lsuv", None)
    with pytest.raises(ImportError, match=r"needs the package lsuv: pip install 'relu_prob\[train\]'"):
        lsuv_(chain(3, 4, 1), torch.ones(5, 3))


def test_lsuv_leaves_a_module_as_it_was_where_it_fails(capsys):
    module = chain(3, 4, 1)
    before = [p.detach().clone() for p in module.parameters()]
    with pytest.raises(FloatingPointError, match="did not bring the standard deviation of layer '0'"):
        lsuv_(module, torch.zeros(5, 3), generator=0)
    with pytest.raises(RuntimeError):
        lsuv_(module, torch.ones(5, 2), generator=0)
    assert all(torch.equal(p, value) for p, value in zip(module.parameters(), before, strict=True))
    assert not any(m._forward_hooks for m in module.modules())
    assert capsys.readouterr().out == ""
