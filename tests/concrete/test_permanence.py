"""Permanent death: against the fixpoint that defines it, and by hand. Against training: the experiment E5."""

from itertools import pairwise

import numpy as np
import pytest
from concrete_fixpoint import silent_for_ever
from hypothesis import given, settings, strategies as st

from relu_prob.concrete.diagnosis import diagnose
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.concrete.permanence import Reason, Status, causes, silent_for_ever as in_one_sweep
from relu_prob.domains import Points
from relu_prob.initialization import Normal
from relu_prob.network import Network
from relu_prob.simulation.chunk import living


def observed(network, points):
    return [(z <= 0).all(axis=0) for z in network.preactivations(points)]


@given(
    widths=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    d=st.integers(1, 3),
    m=st.integers(1, 6),
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(["normal", "signs", "biases", "negative biases"]),
)
@settings(max_examples=150)
def test_one_sweep_finds_the_greatest_fixpoint(widths, d, m, seed, kind):
    rng = np.random.default_rng(seed)
    shapes = [(n, below) for below, n in pairwise((d, *widths))]
    # small integers make ties and zero weights, which must be decided as in the definition
    draw = (lambda s: rng.integers(-1, 2, s).astype(float)) if kind == "signs" else rng.standard_normal
    shift = {"normal": 0.0, "signs": 0.0, "biases": 0.0, "negative biases": -0.7}[kind]
    layers = [(draw(s), 0 * draw(s[0]) if kind == "normal" else draw(s[0]) + shift) for s in shapes]
    points = rng.integers(-2, 3, (m, d)).astype(float) if kind == "signs" else rng.standard_normal((m, d))
    net = ConcreteNetwork([*(w for w, _ in layers), np.ones((1, widths[-1]))], [*(b for _, b in layers), [0.0]])
    quiet = observed(net, points)
    expected = silent_for_ever(layers, points)
    found = in_one_sweep(net.hidden, quiet)
    assert all((a == b).all() for a, b in zip(found, expected, strict=True))
    # the statuses say the same below and in the first dead layer, and count all as dead from there on
    diagnosis = diagnose(net, points, batch_size=2, progress=False)
    dead = next((l for l, q in enumerate(quiet) if q.all()), len(quiet))
    for l, layer in enumerate(diagnosis.layers):
        assert ((layer.statuses == Status.PERMANENT) == (expected[l] if l <= dead else True)).all()
        assert ((layer.statuses == Status.ACTIVE) == (~quiet[l] if l <= dead else False)).all()


@pytest.mark.parametrize("biases", [None, Normal(0.3)], ids=repr)
@pytest.mark.parametrize("widths", [(2, 2, 2, 2, 1), (1, 6, 2, 5, 3, 1)])
def test_counts_are_those_that_the_simulation_counts(widths, biases):
    """The simulation decides with code of its own who is active and who is not permanently dead."""
    rng = np.random.default_rng(5)
    points = rng.standard_normal((6, widths[0]))
    law = Network(widths, biases=biases, domain=Points(points.tolist()))
    for _ in range(60):
        net = ConcreteNetwork.draw(law, rng)
        layers = [(w[None], b[None]) for w, b in net.hidden]
        found = diagnose(net, points, progress=False)
        initial, permanent = (living(law, layers, rng, death)[0] for death in ("initial", "permanent"))
        assert found.active == tuple(initial)
        assert tuple(n - k for n, k in zip(net.hidden_widths, found.permanent, strict=True)) == tuple(permanent)


def test_reasons_by_hand():
    """Layer 1: relu(x), relu(-x) at x = 1, 2; layer 2: one of each kind."""
    w2 = np.array([[1.0, 1.0], [-1.0, 2.0], [-1.0, 0.0], [-3.0, -1.0], [-3.0, -1.0]])
    hidden = [(np.array([[1.0], [-1.0]]), np.zeros(2)), (w2, np.array([0.0, 0.0, 0.0, 0.5, 5.0]))]
    found = diagnose(ConcreteNetwork([hidden[0][0], w2, np.ones((1, 5))], [*(b for _, b in hidden), [0.0]]), [[1], [2]])
    assert [Reason(r).name for r in found.layers[0].reasons] == ["FIRES", "FIRST_LAYER"]
    # neuron 1 of layer 1 is silent for ever, so that the positive weight from it in row 1 revives nobody
    expected = ["FIRES", "NEVER_EXCITED", "NEVER_EXCITED", "BIASED", "FIRES"]
    assert [Reason(r).name for r in found.layers[1].reasons] == expected
    assert found.layers[1].through.tolist() == [-1] * 5
    assert found.layers[1].largest[1:4].tolist() == [-1.0, -1.0, -2.5]


def test_a_tentative_neuron_names_the_one_that_may_revive_it():
    net = ConcreteNetwork([[[1.0], [2.0], [0.5]], [[-9.0, 1.0, 3.0], [1.0, 1.0, 1.0]], [[1.0, 1.0]]])
    layer = diagnose(net, [[1.0]]).layers[1]
    assert Reason(layer.reasons[0]) == Reason.EXCITED
    assert layer.through.tolist() == [2, -1]


def test_a_dead_layer_freezes_what_is_below_and_cuts_off_what_is_above():
    weights = [[[1.0], [-1.0], [2.0]], [[-1.0, 0.0, 1.0], [-1.0, -1.0, -1.0]], [[-1.0, -1.0], [1.0, 1.0]]]
    biases = [[0.0, 0.0, 0.0], [-2.0, 0.0], [-1.0, -1.0]]
    net = ConcreteNetwork([*weights, [[1.0, 1.0], [1.0, 1.0]], [[1.0, 1.0]]], [*biases, [1.0, -1.0], [0.0]])
    found = diagnose(net, [[1.0], [0.5]])
    names = [[Reason(r).name for r in layer.reasons] for layer in found.layers]
    assert names[0] == ["FIRES_FROZEN", "FIRST_LAYER", "FIRES_FROZEN"]
    assert names[1] == ["FROZEN", "NEVER_EXCITED"]
    assert names[2:] == [["BEHIND"] * 2] * 2
    assert found.active == (2, 0, 0, 0)
    assert found.permanent == (1, 2, 2, 2)


def test_every_reason_has_words_and_a_status():
    assert {reason.status for reason in Reason} == set(Status)
    assert len({reason.words for reason in Reason}) == len(Reason)
    assert len({status.words for status in Status}) == len(Status)


def test_a_zero_weight_excites_nobody():
    hidden = [(np.ones((1, 1)), np.zeros(1)), (np.zeros((1, 1)), np.zeros(1))]
    found = causes(hidden, [np.array([False]), np.array([True])])
    # all of layer 2 is silent, so that layer 1 is frozen
    assert [Reason(r).name for layer in found for r in layer.reasons] == ["FIRES_FROZEN", "NEVER_EXCITED"]
