"""Large data are looked at in single precision first: double precision decides the same, whatever is nearly 0."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from relu_prob.concrete import observation, screening
from relu_prob.concrete.diagnosis import diagnose
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.concrete.observation import largest
from relu_prob.initialization import Normal
from relu_prob.network import Network


@pytest.fixture
def looked(monkeypatch):
    """Every data set is large; the sizes of the batches in double precision."""
    sizes = []
    look = observation._look

    def noted(network, batch, *rest):
        sizes.append(len(batch))
        look(network, batch, *rest)

    monkeypatch.setattr(observation, "_look", noted)
    monkeypatch.setattr(observation, "SCREENED", 0)
    return sizes


def in_double(network, data):
    """The maxima over the data in double precision, one input after the other."""
    return [z.max(axis=0) for z in network.preactivations(data)]


@settings(max_examples=60)
@given(
    widths=st.lists(st.integers(1, 8), min_size=1, max_size=4),
    m=st.integers(65, 400),
    batch=st.integers(1, 90),
    biases=st.sampled_from((None, Normal(0.5), Normal(2))),
    seed=st.integers(0, 2**32),
)
def test_the_same_as_in_double_precision(widths, m, batch, biases, seed):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((3, *widths, 1), biases=biases), rng)
    data = rng.standard_normal((m, 3)) * np.exp(rng.normal(size=(m, 1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observation, "SCREENED", 0)
        found = largest(net, data, batch, False)
    for l, (mine, top) in enumerate(zip(found, in_double(net, data), strict=True)):
        assert ((mine > 0) == (top > 0)).all()
        # at most 8 + 1 terms in each of l + 1 layers, gains of a few, in units of the largest pre-activation
        size = max(np.abs(z).max() for z in net.preactivations(data))
        assert np.allclose(mine[top <= 0], top[top <= 0], rtol=0, atol=4 ** (l + 1) * 10 * 2.0**-24 * size)


def test_who_is_silent_by_far_needs_no_second_look(looked):
    rng = np.random.default_rng(0)
    net = ConcreteNetwork(
        [rng.standard_normal((20, 3)), rng.standard_normal((20, 20)), np.ones((1, 20))],
        [np.where(np.arange(20) < 5, -50.0, 0.0), np.where(np.arange(20) < 5, -500.0, 0.0), None],
    )
    data = rng.standard_normal((3000, 3))
    found = largest(net, data, 1000, False)
    assert [np.flatnonzero(z <= 0).tolist() for z in found] == [[0, 1, 2, 3, 4]] * 2
    assert looked == [64]
    for mine, top in zip(found, in_double(net, data), strict=True):
        assert np.allclose(mine[:5], top[:5], rtol=1e-6, atol=0)
        assert ((mine > 0) == (top > 0)).all()


@pytest.mark.parametrize("gap", [1e-9, 1e-13, 0.0, -1e-9, -1e-13])
def test_what_single_precision_cannot_see_is_seen(looked, gap):
    """The neuron fires at the largest input only, where its pre-activation is ``gap``: below the rounding of floats."""
    data = np.linspace(0.1, 0.9, 5000)[np.random.default_rng(1).permutation(5000)][:, None]
    net = ConcreteNetwork([[[1.0], [1.0]], [[1.0, 1.0]]], [[gap - 0.9, 1.0], None])
    z = largest(net, data, 1000, False)[0][0]
    assert (z > 0) == (gap > 0)
    assert z == pytest.approx(gap, rel=0, abs=2**-53)
    assert len(looked) == 2
    assert looked[1] < 10


def test_rare_firing_is_found(looked):
    """Each of 300 neurons fires at one input of 20 000, or few."""
    rng = np.random.default_rng(2)
    data = rng.standard_normal((20_000, 20))
    chosen = data[rng.choice(20_000, 300, replace=False)]
    lengths = np.linalg.norm(chosen, axis=1)
    net = ConcreteNetwork([chosen / lengths[:, None], np.ones((1, 300))], [0.1 - lengths, None])
    z = data @ net.weights[0].T + net.biases[0]
    assert np.median((z > 0).sum(axis=0)) < 20
    assert (largest(net, data, 4000, False)[0] > 0).all()
    assert sum(looked) < 1000


def test_pruned_and_empty_layers_are_silent_by_signs(looked):
    rng = np.random.default_rng(3)
    first = rng.standard_normal((6, 2))
    first[3:] = 0
    second = -np.abs(rng.standard_normal((4, 6)))
    net = ConcreteNetwork([first, second, np.ones((3, 4)), np.ones((1, 3))], [[0, 0, 0, 0, -1, 1], None, None, None])
    found = largest(net, rng.standard_normal((2000, 2)), 500, False)
    assert [(z > 0).tolist() for z in found] == [[True] * 3 + [False, False, True], [False] * 4, [False] * 3]
    assert looked == [64]
    assert found[0][3:5].tolist() == [0.0, -1.0]


def test_too_many_near_zero_are_decided_in_double_precision(looked, monkeypatch):
    monkeypatch.setattr(screening, "MOST_NEAR", 10)
    data = np.ones((1000, 1))
    net = ConcreteNetwork([[[1.0], [1.0]], [[1.0, 1.0]]], [[-1.0 - 1e-12, 1.0], None])
    assert largest(net, data, 100, False)[0][0] == 1.0 - (1.0 + 1e-12)
    assert looked == [64, 1, *[100] * 9, 36]


@pytest.mark.parametrize("scale", [1e30, 1e-300])
def test_what_single_precision_cannot_hold(looked, scale):
    data = scale * np.linspace(-1, 1, 501)[:, None]
    net = ConcreteNetwork([[[1e10], [-1e10]], [[1.0, -1.0], [-1.0, -1.0]], [[1.0, 1.0]]])
    found = largest(net, data, 100, False)
    assert [(z > 0).tolist() for z in found] == [[True, True], [True, False]]


def test_overflow_of_double_precision_is_said(looked):
    data = np.ones((200, 1))
    data[150] = 1e300
    net = ConcreteNetwork([[[1e10], [-1e10]], [[1.0, 1.0]]])
    with pytest.raises(FloatingPointError, match="layer 1 overflows"), np.errstate(over="ignore"):
        largest(net, data, 50, False)


def test_the_diagnosis_of_single_precision_weights_and_progress(looked, capsys):
    rng = np.random.default_rng(4)
    weights = [rng.standard_normal(shape).astype(np.float32) for shape in ((30, 5), (30, 30), (1, 30))]
    biases = [np.full(30, -2.0), np.full(30, -20.0), None]
    net, data = ConcreteNetwork(weights, biases), rng.standard_normal((3000, 5))
    found = diagnose(net, data, batch_size=500, progress=True)
    assert "100%" in capsys.readouterr().err
    for layer, top in zip(found.layers, in_double(net, data), strict=True):
        assert (layer.statuses == 0).tolist() == (top > 0).tolist()
