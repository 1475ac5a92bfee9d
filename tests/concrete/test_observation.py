"""The forward pass in batches: the same findings as by one look at everything, and less work."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from relu_prob.concrete import observation
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.concrete.observation import batch_rows, largest
from relu_prob.initialization import Normal
from relu_prob.network import Network


@given(
    widths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    m=st.integers(1, 200),
    batch=st.integers(1, 90),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60)
def test_batches_find_what_one_look_finds(widths, m, batch, seed):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((2, *widths, 1), biases=Normal(0.5)), rng)
    data = rng.standard_normal((m, 2))
    for found, z in zip(largest(net, data, batch, False), net.preactivations(data), strict=True):
        top = z.max(axis=0)
        assert ((found > 0) == (top > 0)).all()
        # a sum of at most 3 + 6 terms per layer may be rounded differently in other batches
        assert np.allclose(found[top <= 0], top[top <= 0], rtol=1e-12, atol=1e-12)
        assert (found <= top + 1e-12 * (1 + abs(top))).all()


def test_what_everybody_fired_at_is_not_looked_at_again(monkeypatch):
    looked = []
    look = observation._look

    def noted(net, batch, *rest):
        looked.append(len(batch))
        look(net, batch, *rest)

    monkeypatch.setattr(observation, "_look", noted)
    net = ConcreteNetwork([[[1.0], [-1.0]], [[1.0, 1.0]], [[1.0]]])
    largest(net, np.tile([[1.0], [-1.0]], (5000, 1)), 1000, False)
    assert looked == [64]
    looked.clear()
    largest(net, np.ones((5000, 1)), 1000, False)
    assert looked == [64, 1000, 1000, 1000, 1000, 936]


def test_layers_above_the_last_silent_neuron_are_left_out():
    """Layer 2 has fired after the first batch; its overflow at the last input is then never seen, as it need not be."""
    net = ConcreteNetwork([[[1.0], [-1.0]], [[1e300, 0.0]], [[1.0]]])
    data = np.ones((100, 1))
    data[-1] = 1e300
    assert largest(net, data, 64, False)[1].tolist() == [1e300]
    with pytest.raises(FloatingPointError, match="layer 2 overflows"), np.errstate(over="ignore"):
        largest(net, data[::-1].copy(), 64, False)


def test_memory_is_bounded_by_the_batch():
    assert batch_rows(ConcreteNetwork([np.ones((4096, 1)), np.ones((1, 4096))])) == 2048
    assert batch_rows(ConcreteNetwork([[[1.0]], [[1.0]]])) == 2**23
