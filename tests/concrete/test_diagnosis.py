"""Diagnoses on data: results, reports, the law at initialization, and what is refused."""

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest

from relu_prob import Network, Normal, Points, diagnose
from relu_prob.concrete.diagnosis import Diagnosis
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.concrete.permanence import Reason, Status
from relu_prob.questions.count_law import count_law

NET = ConcreteNetwork([[[1.0], [-1.0]], [[1.0, 1.0], [-2.0, 1.0], [-1.0, -1.0]], [[1.0, 1.0, 1.0]]])


def test_depends_on_the_data():
    one_side = diagnose(NET, [[1.0], [2.0]])
    assert (one_side.active, one_side.tentative, one_side.permanent) == ((1, 1), (0, 0), (1, 2))
    both = diagnose(NET, [[1.0], [-1.0]])
    assert (both.active, both.tentative, both.permanent) == ((2, 2), (0, 0), (0, 1))


def test_duplicates_and_order_change_nothing():
    data = np.array([[1.0], [-1.0], [0.5]])
    expected = diagnose(NET, data)
    for again in (np.tile(data, (50, 1)), data[::-1]):
        found = diagnose(NET, again)
        assert [layer.reasons.tolist() for layer in found.layers] == [
            layer.reasons.tolist() for layer in expected.layers
        ]


def test_a_constant_input_is_a_bias():
    rng = np.random.default_rng(4)
    for seed in range(20):
        net = ConcreteNetwork.draw(Network((3, 4, 4, 1), biases=Normal(1)), seed)
        data = rng.standard_normal((7, 3))
        data[:, 2] = 0.5
        shifted = net.biases[0] + 0.5 * net.weights[0][:, 2]
        fewer = ConcreteNetwork([net.weights[0][:, :2], *net.weights[1:]], [shifted, *net.biases[1:]])
        mine, theirs = diagnose(net, data), diagnose(fewer, data[:, :2])
        assert [x.reasons.tolist() for x in mine.layers] == [x.reasons.tolist() for x in theirs.layers]


def test_one_input_and_all_inputs_zero():
    assert diagnose(NET, [[2.0]]).active == (1, 1)
    # without biases everything is 0 at 0: two dead layers
    zero = diagnose(NET, [[0.0]], initialization=Network((1, 2, 3, 1)))
    assert zero.permanent == (2, 3)
    assert [layer.at_initialization.fraction for layer in zero.layers] == [1, 1]


def test_points_memory_maps_and_integers_are_data(tmp_path):
    data = np.array([[1.0], [2.0]])
    np.save(tmp_path / "data.npy", data)
    expected = diagnose(NET, data)
    mapped = np.load(tmp_path / "data.npy", mmap_mode="r")
    for same in (Points([[1], [2]]), mapped, data.astype(int), data.astype(np.float32), [[1], [2]]):
        assert diagnose(NET, same) == expected


def test_values():
    found = diagnose(NET, [[1.0]])
    assert found == diagnose(NET, [[1.0]])
    assert hash(found) == hash(diagnose(NET, [[1.0]]))
    assert found != diagnose(NET, [[1.0], [-1.0]])
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(ValueError, match="read-only"):
        found.layers[0].reasons[0] = 1


def test_reports():
    found = diagnose(NET, [[1.0]], initialization=Network((1, 2, 3, 1)))
    assert repr(found) == "<Diagnosis: 1-2-3-1 on 1 input: 2 active, 0 tentatively and 3 permanently dead>"
    text = str(found)
    assert found.table() in text
    assert "layer 2: 2 permanently dead: no positive weight from a neuron below that may fire" in text
    line = (
        "layer 1: 1 of 2 dead; at initialization P(N_1 <= 1) = 3/4 = 0.75, exact: the network may well be born this way"
    )
    assert line in text
    assert found.markdown().count("|") > 20
    assert found.latex().count(r"\begin{") == 1
    as_json = json.loads(json.dumps(found.to_dict()))
    assert as_json["layers"][1]["statuses"] == ["active", "permanent", "permanent"]
    assert as_json["layers"][0]["at_initialization"]["fraction"] == "3/4"
    assert [row["active"] for row in found.rows()] == ["1", "1"]
    assert repr(found.layers[0]) == (
        "<LayerDiagnosis: layer 1, neurons 2, active 1, tentatively dead 0, permanently dead 1>"
    )


def test_all_the_neurons_of_a_long_list_are_counted_not_named():
    net = ConcreteNetwork([-np.ones((40, 1)), np.ones((1, 40))])
    assert "40 permanently dead: silent in the first layer" in str(diagnose(net, [[1.0]]))
    assert "11, ...)" in str(diagnose(net, [[1.0]]))


@pytest.mark.parametrize("kind", ["one ray", "two rays", "bracket"])
def test_the_law_at_initialization_is_that_of_the_data(kind):
    widths, data = {
        "one ray": ((2, 6, 6, 1), [[1.0, 1.0], [2.0, 2.0]]),
        "two rays": ((1, 6, 6, 1), [[1.0], [-2.0], [3.0], [-1.0]]),
        "bracket": ((2, 6, 6, 1), [[1.0, 1.0], [2.0, -1.0], [-1.0, 0.0], [0.0, 1.0]]),
    }[kind]
    law = Network(widths)
    found = diagnose(ConcreteNetwork.draw(law, 3), data, initialization=law)
    on_points = Network(widths, domain=Points(data))
    for layer in found.layers:
        p = layer.at_initialization
        method = "bracket" if kind == "bracket" and layer.layer == 2 else "exact"
        expected = count_law(on_points, layer=layer.layer, method=method).cdf(layer.active)
        if layer.active == layer.n:
            assert p.fraction == 1
        else:
            assert (p.low, p.high) == pytest.approx((expected.low, expected.high), rel=1e-12)


def test_training_did_it():
    """40 neurons on one input: 38 of them dead has the probability of at most 2 heads in 40 throws."""
    w = -np.ones((40, 1))
    w[:2] = 1.0
    found = diagnose(ConcreteNetwork([w, np.ones((1, 40))]), [[1.0]], initialization=Network((1, 40, 1)))
    assert found.layers[0].at_initialization.fraction == Fraction(1 + 40 + 780, 2**40)
    assert "P(N_1 <= 2) = 821/1099511627776 ≈ 7.46695e-10, exact: below 1e-06, so training did it" in str(found)


def test_a_part_of_large_data_gives_an_upper_bound():
    rng = np.random.default_rng(0)
    law = Network((2, 12, 1), biases=Normal(1))
    data = rng.standard_normal((5000, 2))
    net = ConcreteNetwork([-np.ones((12, 2)), np.ones((1, 12))], [[-9.0] * 12, [0.0]])
    p = diagnose(net, data, initialization=law).layers[0].at_initialization
    assert p.low == 0
    assert 0 < p.high < 1


@pytest.mark.parametrize(
    ("error", "match", "data", "more"),
    [
        (ValueError, "data must .* got 1 that are not finite", [[np.nan]], {}),
        (ValueError, r"data must have shape \(m, 1\) with m >= 1.* got shape \(0, 1\)", np.zeros((0, 1)), {}),
        (ValueError, r"data must have shape \(m, 1\)", [[1.0, 2.0]], {}),
        (ValueError, r"data must be .* got shape \(2,\)", [1.0, 2.0], {}),
        (TypeError, "data must be .* got <U1", [["x"]], {}),
        (ValueError, "batch_size must be an integer >= 1, got 0", [[1.0]], {"batch_size": 0}),
        (ValueError, "progress must be one of", [[1.0]], {"progress": 3}),
        (TypeError, "initialization must be None or a relu_prob.Network", [[1.0]], {"initialization": "he"}),
        (ValueError, r"initialization must be .*\(1, 2, 3, 1\), got", [[1.0]], {"initialization": Network((1, 2, 1))}),
    ],
)
def test_bad_input(error, match, data, more):
    with pytest.raises(error, match=match):
        diagnose(NET, data, **more)


@pytest.mark.parametrize("network", [Network((1, 2, 1)), None, "net"], ids=str)
def test_what_is_not_a_given_network(network):
    with pytest.raises(TypeError, match=r"network must be a relu_prob.ConcreteNetwork"):
        diagnose(network, [[1.0]])


def test_memory_maps_are_checked_batch_by_batch(tmp_path):
    data = np.ones((10, 1))
    data[7] = np.nan
    np.save(tmp_path / "data.npy", data)
    with pytest.raises(ValueError, match=r"data must .* not finite"):
        diagnose(NET, np.load(tmp_path / "data.npy", mmap_mode="r"))


def test_counts_are_those_of_the_statuses():
    net = ConcreteNetwork.draw(Network((2, 7, 5, 6, 1), biases=Normal(1)), 5)
    found = diagnose(net, np.random.default_rng(1).standard_normal((4, 2)))
    assert isinstance(found, Diagnosis)
    for layer in found.layers:
        assert layer.active + layer.tentative + layer.permanent == layer.n
        assert [Reason(r).status for r in layer.reasons] == [Status(s) for s in layer.statuses]
