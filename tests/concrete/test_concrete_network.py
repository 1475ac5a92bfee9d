"""Given networks: construction, forward pass, comparison, draws, and what is refused."""

import numpy as np
import pytest

from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.initialization import Normal, SphereUniform
from relu_prob.network import Network

W = ([[1.0, 2.0], [-1.0, 0.5], [0.0, 1.0]], [[1.0, -1.0, 2.0]])


def test_forward_by_hand():
    net = ConcreteNetwork(W, [[0.5, 0.0, -1.0], [10.0]])
    # at (1, 2): z = (5.5, 0, 1), h the same; 10 + 5.5 - 0 + 2
    assert net([[1.0, 2.0]]).tolist() == [[17.5]]
    (z,) = net.preactivations([[1.0, 2.0], [0.0, 0.0]])
    assert z.tolist() == [[5.5, 0.0, 1.0], [0.5, 0.0, -1.0]]
    assert (net.widths, net.hidden_widths, net.depth) == ((2, 3, 1), (3,), 1)


def test_missing_biases_are_zero():
    assert ConcreteNetwork(W) == ConcreteNetwork(W, [None, [0.0]]) == ConcreteNetwork(W, [np.zeros(3), None])
    assert ConcreteNetwork(W).without_biases
    assert str(ConcreteNetwork(W, [None, [1.0]])) == "2-3-1, with biases"


def test_values():
    net, same = ConcreteNetwork(W), ConcreteNetwork([np.array(w, dtype=np.float32) for w in W])
    assert net == same
    assert hash(net) == hash(same)
    assert net != ConcreteNetwork([W[0], [[1.0, -1.0, 3.0]]])
    assert net != ConcreteNetwork(W, [None, [1.0]])
    assert net != 3
    assert repr(net) == "<ConcreteNetwork: 2-3-1, without biases>"


def test_arrays_are_copied_and_cannot_be_written():
    mine = np.ones((2, 1))
    net = ConcreteNetwork([mine, np.ones((1, 2))])
    mine[0, 0] = 5.0
    assert net.weights[0][0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        net.weights[0][0, 0] = 2.0


def test_single_precision_is_kept_and_computed_in_double():
    w = [np.array(m, dtype=np.float32) / np.float32(3) for m in W]
    net = ConcreteNetwork(w)
    assert net.weights[0].dtype == np.float32
    assert net([[1.0, 2.0]])[0, 0] == ConcreteNetwork([m.astype(float) for m in w])([[1.0, 2.0]])[0, 0]


@pytest.mark.parametrize("law", [Network((2, 5, 4, 3)), Network((2, 3, 1), biases=Normal(1))], ids=str)
def test_draw(law):
    net = ConcreteNetwork.draw(law, 1)
    assert net.widths == law.widths
    assert net.without_biases == law.zero_bias
    assert net == ConcreteNetwork.draw(law, np.random.default_rng(1))
    assert net != ConcreteNetwork.draw(law, 2)


def test_draw_has_the_scale_of_the_law():
    wide = ConcreteNetwork.draw(Network((1, 400, 400, 1)), 0)
    # the sum of 160 000 squares of N(0, 1/200), in units of its standard deviation: 6 are a level of 2e-9
    share = (wide.weights[1] ** 2).sum() / 800
    assert abs(share - 1) < 6 * (2 / 160_000) ** 0.5
    rows = ConcreteNetwork.draw(Network((3, 5, 1), weights=SphereUniform()), 0)
    lengths = (rows.weights[0] ** 2).sum(axis=1) + rows.biases[0] ** 2
    assert np.allclose(lengths, 1, rtol=0, atol=8 * np.finfo(float).eps)


BAD = [
    (TypeError, "weights must be a sequence", [3]),
    (ValueError, "weights must be a sequence of at least 2", [[W[0]]]),
    (ValueError, r"weights\[1\] must have 3 columns, .* got shape \(1, 2\)", [[W[0], [[1.0, 2.0]]]]),
    (ValueError, r"weights\[0\] must be .* got shape \(2,\)", [[[1.0, 2.0], W[1]]]),
    (ValueError, r"weights\[0\] must be .* different lengths", [[[[1.0], [1.0, 2.0]], W[1]]]),
    (ValueError, r"weights\[0\] must be .* got 1 that are not finite", [[[[1.0, np.nan]], [[1.0]]]]),
    (ValueError, "not finite", [[[[1.0, np.inf]], [[1.0]]]]),
    (TypeError, r"weights\[0\] must be .* got complex128", [[[[1j]], [[1.0]]]]),
    (TypeError, r"weights\[0\] must be .* got object", [[[[None]], [[1.0]]]]),
    (TypeError, r"weights\[0\] must be .* got <U1", [[[["1"]], [[1.0]]]]),
    (TypeError, r"weights\[0\] must be .* got bool", [[[[True]], [[1.0]]]]),
    (ValueError, r"weights\[0\] must be .* got shape \(3, 0\)", [[np.zeros((3, 0)), W[1]]]),
    (ValueError, "biases must be None or a sequence of 2 vectors", [W, [[0.0, 0.0, 0.0]]]),
    (ValueError, r"biases\[0\] must have shape \(3,\), .* got shape \(2,\)", [W, [[0.0, 0.0], None]]),
    (ValueError, r"biases\[1\] must be .* got 1 that are not finite", [W, [None, [np.nan]]]),
]


@pytest.mark.parametrize(("error", "match", "arguments"), BAD, ids=[match for _, match, _ in BAD])
def test_bad_networks(error, match, arguments):
    with pytest.raises(error, match=match):
        ConcreteNetwork(*arguments)


def test_bad_inputs():
    net = ConcreteNetwork(W)
    for value in ([[1.0]], [1.0, 2.0], np.zeros((0, 2))):
        with pytest.raises(ValueError, match="inputs must"):
            net(value)
    with pytest.raises(ValueError, match=r"inputs must be .* not finite"):
        net([[1.0, np.nan]])
    with pytest.raises(TypeError, match=r"network must be a relu_prob.Network, got 3"):
        ConcreteNetwork.draw(3)
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator, .* got -1"):
        ConcreteNetwork.draw(Network((1, 1, 1)), -1)
    with pytest.raises(TypeError, match=r"rng must be .* got 'x'"):
        ConcreteNetwork.draw(Network((1, 1, 1)), "x")
