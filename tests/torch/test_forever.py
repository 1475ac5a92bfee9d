"""What is said to be so for ever: against training, against the sweep over layers, against cuts of a graph, by hand."""

from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn
from torch_graphs import KINDS, UPDATES, Branches, Residual, random_module, train

from relu_prob.concrete.graph_diagnosis import GraphReason
from relu_prob.concrete.permanence import Status
from relu_prob.torch import diagnose
from relu_prob.torch.graph import graph_diagnosis
from relu_prob.torch.quiet import quiet
from relu_prob.torch.watch import Seen, look


def as_a_graph(module, x):
    """The diagnosis by the rules for graphs, whatever the module is."""
    seen = Seen(module)
    with quiet(module):
        sample = Seen(module).batch(x)
    look(seen, [x])
    return graph_diagnosis(sample, seen)


def trained(kind, seeds, steps):
    """Counts of (permanently silent, behind, frozen, tentative, tentative that fired), asserting what is for ever."""
    counts = np.zeros(5, dtype=int)
    for seed in seeds:
        module, x = random_module(kind, seed)
        found = diagnose(module, x, progress=False)
        with torch.no_grad():
            module(x)
        start = [z.clone() for z in module.seen]
        assert [(z > 0).any(0).tolist() for z in start] == [(layer.largest > 0).tolist() for layer in found.layers]
        reasons = [layer.reasons for layer in found.layers]
        fired = [np.zeros(len(r), dtype=bool) for r in reasons]
        for step in train(module, x, UPDATES[seed % 4], steps=steps, seed=seed):
            for z, before, r, ever in zip(step, start, reasons, fired, strict=True):
                ever |= (z > 0).any(0).numpy()
                h = z.relu().reshape(len(x), -1, z.shape[1])[:, :, r == GraphReason.BEHIND]
                # n eps |terms| of a sum of float32 that is rounded otherwise for another number of inputs
                assert torch.allclose(h, h[:1], rtol=1e-4, atol=1e-4)
                frozen = np.isin(r, (GraphReason.FIRES_FROZEN, GraphReason.FROZEN, GraphReason.STEADY_INPUT))
                assert torch.allclose(z[:, frozen], before[:, frozen], rtol=1e-4, atol=1e-4)
        for layer, ever in zip(found.layers, fired, strict=True):
            silent = (layer.statuses == Status.PERMANENT) & (layer.reasons != GraphReason.BEHIND)
            assert not ever[silent].any(), (kind, seed, layer)
            tentative = layer.statuses == Status.TENTATIVE
            counts += [
                silent.sum(),
                (layer.reasons == GraphReason.BEHIND).sum(),
                (layer.reasons == GraphReason.FIRES_FROZEN).sum(),
                tentative.sum(),
                (tentative & ever).sum(),
            ]
    return counts


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_nobody_permanent_ever_fires(kind):
    silent, _, _, tentative, revived = trained(kind, range(8), steps=25)
    assert silent > 5
    assert revived > 0 or tentative < 5


def test_chains_of_linear_layers_as_by_the_sweep():
    dead_layers = 0
    for seed in range(40):
        random = torch.Generator().manual_seed(seed)
        widths = torch.randint(1, 5, (int(torch.randint(3, 7, (), generator=random)),), generator=random).tolist()
        layers = [part for a, b in pairwise(widths) for part in (nn.Linear(a, b, dtype=torch.float64), nn.ReLU())]
        module = nn.Sequential(*layers[:-1])
        x = torch.randn(5, widths[0], generator=random, dtype=torch.float64)
        with torch.no_grad():
            for p in module.parameters():
                # small integers make ties and zero weights, which must be decided alike
                draw = torch.randn(p.shape, generator=random, dtype=torch.float64) - 0.3 * (p.ndim == 1)
                p.copy_(torch.randint(-1, 2, p.shape, generator=random) if seed % 2 else draw)
        expected, found = diagnose(module, x), as_a_graph(module, x.round() if seed % 2 else x)
        if seed % 2:
            expected = diagnose(module, x.round())
        for one, other in zip(expected.layers, found.layers, strict=True):
            assert one.statuses.tolist() == other.statuses.tolist()
        dead_layers += any(layer.permanent == layer.n for layer in expected.layers)
    assert dead_layers > 5


@pytest.mark.parametrize("dead", [c for n in (1, 2) for c in combinations("abcde", n)], ids="".join)
@pytest.mark.parametrize("seed", range(4))
def test_frozen_is_what_dead_layers_cut_off(seed, dead):
    """A layer that fires is frozen exactly if all ways from it and from what it sees to the output pass dead layers."""
    module, x = random_module(Branches, seed)
    with torch.no_grad():
        for name, p in module.named_parameters():
            p.copy_((p.abs() + 0.1) * (-1 if name[0] in dead else 1))
    found = diagnose(module, x.abs() + 0.1)
    ways = nx.DiGraph({"a": ["c", "short"], "b": ["d"], "c": ["d"], "d": ["e", "out"], "e": ["out"], "short": ["out"]})
    ways.remove_nodes_from([*dead, *(() if module.direct else ("short",))])
    fed = nx.DiGraph({"x": ["a", "b"], "a": ["c"], "b": ["d"], "c": ["d"], "d": ["e"]})
    fed.remove_nodes_from(dead)
    for layer in found.layers:
        if layer.name in dead:
            assert set(layer.reasons) == {GraphReason.NEVER_EXCITED}
        elif not nx.has_path(fed, "x", layer.name):
            assert set(layer.reasons) == {GraphReason.BEHIND}
        else:
            below = {layer.name, *nx.ancestors(fed, layer.name)} - {"x"}
            cut = not any(nx.has_path(ways, name, "out") for name in below)
            assert set(layer.reasons) == {GraphReason.FIRES_FROZEN if cut else GraphReason.FIRES}


def net_with(relu=torch.relu, **values):
    """A chain with a skip to the output, 2-2-2-1, so that it is no fully connected network."""

    class Skipped(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c, self.d = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1), nn.Linear(2, 1)
            with torch.no_grad():
                for name, value in values.items():
                    self.get_parameter(name.replace("_", ".")).copy_(torch.as_tensor(value))

        def forward(self, x):
            return self.c(relu(self.b(relu(self.a(x))))) + self.d(x)

    return Skipped()


SILENT_A = {"a_weight": -torch.ones(2, 2), "a_bias": 0.0}


def names(diagnosis):
    return [[GraphReason(r).name for r in layer.reasons] for layer in diagnosis.layers]


def test_behind_a_dead_layer_zero_may_be_revived_where_the_derivative_at_zero_is_not_zero():
    assert names(diagnose(net_with(**SILENT_A, b_bias=0.0), torch.ones(3, 2))) == [["NEVER_EXCITED"] * 2] * 2
    clamped = net_with(lambda z: z.clamp(min=0), **SILENT_A, b_bias=0.0)
    assert names(diagnose(clamped, torch.ones(3, 2))) == [["NEVER_EXCITED"] * 2, ["BEHIND"] * 2]
    # its bias does get a gradient
    out = clamped(torch.ones(3, 2)).sum()
    out.backward()
    assert clamped.b.bias.grad.any()


def test_first_layers_are_silent_for_ever_only_on_their_own():
    x = torch.tensor([[1.0, -0.5], [2.0, -1.0]])
    # the second layer fires, so that it lets gradients pass
    alone = net_with(a_weight=[[-1.0, 0.1], [1.0, 1.0]], a_bias=0.0, b_weight=torch.ones(2, 2), b_bias=1.0)
    assert names(diagnose(alone, x))[0] == ["STEADY_INPUT", "FIRES"]

    class Shared(nn.Module):
        """The first layer's weights are used again for another part of the input."""

        def __init__(self):
            super().__init__()
            self.a, self.out = alone.a, nn.Linear(2, 1)

        def forward(self, x):
            return self.out(torch.relu(self.a(x)) + torch.relu(self.a(-x)))

    assert names(diagnose(Shared(), x)) == [["EXCITED", "FIRES"], ["FIRES", "EXCITED"]]

    class Before(nn.Module):
        """What the ReLU gets is also used without it."""

        def __init__(self):
            super().__init__()
            self.a, self.out = alone.a, nn.Linear(2, 1)

        def forward(self, x):
            z = self.a(x)
            return self.out(torch.relu(z) + z)

    assert diagnose(Before(), x).permanent == (0,)


def test_inputs_that_are_not_negative_are_outputs_of_nothing_negative():
    # a first layer of negative weights is silent by its signs on data >= 0, whoever else uses it
    net = net_with(**SILENT_A)
    assert names(diagnose(net, torch.rand(4, 2)))[0] == ["NEVER_EXCITED"] * 2
    assert names(diagnose(net, torch.tensor([[1.0, -0.5]])))[0] == ["STEADY_INPUT"] * 2


def test_a_shortcut_that_may_fire_revives():
    module, _ = random_module(Residual, 0)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(-p.abs())
        module.stem.bias.fill_(50.0)
    module.shortcuts = nn.ModuleList([nn.Identity(), nn.Identity()])
    module.after = 1
    x = torch.rand(3, *module.shape)
    found = diagnose(module, x)
    assert found.active[0] == found.layers[0].n
    # the first convolution of a block is silent for ever by signs, its sum with the shortcut is not
    assert found.permanent[1] == found.layers[1].n
    assert found.permanent[2] == 0


@pytest.mark.parametrize(
    ("obstacle", "forward"),
    [
        ("reads", lambda m, x: m.net(x) if float(x.sum()) < 1e9 else x),
        ("different operations", lambda m, x: m.net(x) if len(x) > 1 else m.net(x).tanh()),
        ("writes into 'net.a.weight'", lambda m, x: m.net(x) if m.net.a.weight.data.mul_(1.0) is not x else x),
    ],
)
def test_where_nothing_is_decided_it_is_said(obstacle, forward):
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net_with(**SILENT_A)

        def forward(self, x):
            return forward(self, x)

    found = diagnose(Odd(), torch.ones(3, 2), batch_size=2)
    assert found.permanent == (0, 0)
    assert names(found)[0] == ["UNDECIDED"] * 2
    assert "permanence is not decided" in str(found)
    assert obstacle in str(found)


def test_dropout_of_a_fully_connected_module_is_noted():
    """Layer 2 is silent while both neurons below fire, but not where one of them is dropped."""
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Dropout(0.5), nn.Linear(2, 1), nn.ReLU(), nn.Linear(1, 1))
    with torch.no_grad():
        for layer, w in ((net[0], [[1.0], [1.0]]), (net[3], [[1.0, -2.0]]), (net[5], [[1.0]])):
            layer.weight.copy_(torch.tensor(w))
            layer.bias.zero_()
    found = diagnose(net, torch.ones(4, 1))
    assert found.active == (2, 0)
    assert "note: in training, dropout changes" in str(found)
    assert found.to_dict()["notes"] == list(found.notes)
    net[2].p = 0.0
    assert diagnose(net, torch.ones(4, 1)).notes == ()


@pytest.mark.parametrize("activation", [nn.ReLU6(), nn.GELU()])
def test_a_module_without_relu_is_not_called_healthy(activation):
    found = diagnose(nn.Sequential(nn.Linear(2, 8), activation, nn.Linear(8, 1)), torch.rand(3, 2))
    assert "no ReLU was found" in str(found)


def test_normalization_decides_nothing_behind_it_and_dropout_is_noted():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Dropout(0.5), nn.Linear(2, 2), nn.BatchNorm1d(2), nn.ReLU())
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
        net[0].bias.zero_()
        net[4].bias.fill_(-100.0)
    found = diagnose(nn.Sequential(net, nn.Linear(2, 1)), torch.rand(4, 2))
    assert names(found) == [["NEVER_EXCITED", "FIRES"], ["NORMALIZED"] * 2]
    assert "dropout" in found.notes[0]
