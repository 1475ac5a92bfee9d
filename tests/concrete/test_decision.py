"""Verdicts on intervals and boxes: against vertices, against another exact route, against witnesses; never a guess."""

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from relu_prob import Ball, Box, ConcreteNetwork, Interval, Network, Normal, diagnose_on
from relu_prob.concrete import decision, exact
from relu_prob.concrete.bounds import Range, onward, start
from relu_prob.concrete.domain_diagnosis import Evidence, Verdict
from relu_prob.concrete.program import Program
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.questions.count_law import count_law
from relu_prob.simulation.chunk import living


def verdicts(found):
    return [[Verdict(v).name for v in layer.verdicts] for layer in found.layers]


def without_vertices(monkeypatch):
    """Have boxes of one or two dimensions decided like those of many: by bounds, samples and programs."""
    monkeypatch.setattr(decision._Decision, "_pieces", lambda self: iter(()))


def witnesses_fire(net, found, low, high):
    for layer in found.layers:
        for j, (verdict, point) in enumerate(zip(layer.verdicts, layer.witnesses, strict=True)):
            assert (point is not None) == (verdict == Verdict.ALIVE)
            if point is not None:
                assert all(l <= x <= h for l, x, h in zip(low, point, high, strict=True))
                assert exact.fires(net, point, layer.layer, j)


@given(
    widths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    seed=st.integers(0, 2**32),
    biases=st.sampled_from([None, Normal(1)]),
)
@settings(max_examples=40)
def test_intervals_against_the_polyline_of_the_simulation(widths, seed, biases):
    """Which follows the vertices in floating point, with code of its own."""
    law = Network((1, *widths, 1), biases=biases, domain=Interval(-1, 1))
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(law, rng)
    found = diagnose_on(net, Interval(-1, 1))
    assert found.undecided == (0,) * net.depth
    assert found.alive == tuple(living(law, [(w[None], b[None]) for w, b in net.hidden], rng, "initial")[0])
    assert {Evidence(e).guarantee for layer in found.layers for e in layer.evidence} <= {
        Guarantee.EXACT,
        Guarantee.CERTIFIED,
    }
    witnesses_fire(net, found, (-1,), (1,))


@pytest.mark.parametrize(
    ("d", "biases"), [(1, Normal(0.5)), (1, None), (2, Normal(0.5)), (2, None), (3, None)], ids=repr
)
def test_programs_against_vertices(d, biases, monkeypatch):
    law = Network((d, 4, 4, 4, 1), biases=biases)
    nets = [ConcreteNetwork.draw(law, seed) for seed in range(8)]
    box = Interval(-1, 1) if d == 1 else Box([-1] * d, [1] * d)
    by_vertices = [diagnose_on(net, box) for net in nets]
    assert all(sum(found.undecided) == 0 for found in by_vertices)
    without_vertices(monkeypatch)
    kinds = set()
    for net, expected in zip(nets, by_vertices, strict=True):
        found = diagnose_on(net, box, samples=2, time_limit=10)
        witnesses_fire(net, found, [-1] * d, [1] * d)
        witnesses_fire(net, expected, [-1] * d, [1] * d)
        for mine, theirs in zip(found.layers, expected.layers, strict=True):
            decided = mine.verdicts != Verdict.UNDECIDED
            assert (mine.verdicts == theirs.verdicts)[decided].all()
            # what is certain to bound the pre-activation does so
            proved = mine.evidence != Evidence.PROGRAM
            assert (mine.highest >= theirs.highest)[proved & (theirs.evidence != Evidence.BEHIND)].all()
            kinds |= {Evidence(e) for e in mine.evidence}
            assert biases is None or decided.all()
    assert {Evidence.WITNESS, Evidence.INTERVALS} <= kinds
    assert biases is None or Evidence.PROGRAM in kinds or Evidence.RELAXATION in kinds


@pytest.mark.parametrize("d", [2, 3])
def test_boxes_against_many_inputs(d):
    law = Network((d, 5, 5, 1), biases=Normal(0.7))
    rng = np.random.default_rng(d)
    box = Box([-1] * d, [1] + [Fraction(1, 3)] * (d - 1))
    inputs = rng.uniform([-1] * d, [1] + [0.333] * (d - 1), (20_000, d))
    dead = 0
    for seed in range(8):
        net = ConcreteNetwork.draw(law, seed)
        found = diagnose_on(net, box, samples=50)
        witnesses_fire(net, found, box.low, box.high)
        for layer, z in zip(found.layers, net.preactivations(inputs), strict=True):
            fires = (z > 0).any(axis=0)
            assert not (fires & (layer.verdicts == Verdict.DEAD)).any()
            assert (z.max(axis=0) <= layer.highest + 1e-12).all()
            dead += layer.dead
        assert sum(found.undecided) == 0
    assert dead > 5


@pytest.mark.parametrize(("low", "high"), [((-1, -1), (1, 1)), ((1, -1), (2, 1)), ((0, 0), (1, 2))])
def test_rectangles_without_biases_against_the_simulation(low, high):
    """The border decides; the simulation follows a closed curve around 0 where the box surrounds it."""
    law = Network((2, 4, 4, 4, 1), domain=Box(low, high))
    rng = np.random.default_rng(0)
    inputs = rng.uniform(low, high, (20_000, 2))
    for seed in range(10):
        net = ConcreteNetwork.draw(law, seed)
        found = diagnose_on(net, Box(low, high))
        assert sum(found.undecided) == 0
        witnesses_fire(net, found, low, high)
        for layer, z in zip(found.layers, net.preactivations(inputs), strict=True):
            behind = layer.evidence == Evidence.BEHIND
            assert not ((z > 0).any(axis=0) & (layer.verdicts == Verdict.DEAD)).any()
            assert (z.max(axis=0) <= layer.highest + 1e-12)[~behind].all()
        if law.domain.surrounds_zero:
            assert found.alive == tuple(living(law, [(w[None], b[None]) for w, b in net.hidden], rng, "initial")[0])


def test_space_without_biases_against_the_arrangement():
    """The simulation decides layer 2 on all of space by the rays of the arrangement of layer 1."""
    law = Network((3, 5, 6, 1), domain=Ball(1))
    rng = np.random.default_rng(1)
    dead = 0
    for seed in range(25):
        net = ConcreteNetwork.draw(law, seed)
        found = diagnose_on(net, Box((-1, -2, -1), (1, 1, 3)))
        assert found.undecided == (0, 0)
        assert found.alive == tuple(living(law, [(w[None], b[None]) for w, b in net.hidden], rng, "initial")[0])
        dead += found.dead[1]
    assert dead > 5


@pytest.mark.parametrize("exactly", [True, False])
def test_a_neuron_that_fires_in_a_tiny_place_is_found(exactly, monkeypatch):
    """2^-12 - |x - 1/2| - |y - 1/2| is positive in a square of area 2^-23 only, where no sample is."""
    w1 = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    b1 = [-0.5, 0.5, -0.5, 0.5]
    net = ConcreteNetwork([w1, [[-1.0] * 4], [[1.0]]], [b1, [2.0**-12], [0.0]])
    if not exactly:
        without_vertices(monkeypatch)
    found = diagnose_on(net, Box((0, 0), (0.75, 0.75)), samples=5, rng=1)
    assert found.layers[1].alive == 1
    assert exact.fires(net, found.layers[1].witnesses[0], 2, 0)


@pytest.mark.parametrize("exactly", [True, False])
def test_a_margin_within_the_tolerance_is_no_verdict_of_the_program(exactly, monkeypatch):
    """relu(x + y) <= relu(x) + relu(y), with equality in a quadrant; 2^-40 less is dead, but no solver can say so."""
    w1, w2 = [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]], [[1.0, -1.0, -1.0]]
    net = ConcreteNetwork([w1, w2, [[1.0]]], [np.zeros(3), [-(2.0**-40)], [0.0]])
    if not exactly:
        without_vertices(monkeypatch)
    found = diagnose_on(net, Box((-1, -1), (1, 1))).layers[1]
    assert Evidence(found.evidence[0]) == (Evidence.VERTICES if exactly else Evidence.NONE)
    assert found.highest[0] >= -(2.0**-40)
    # with room to spare it can
    spare = ConcreteNetwork([w1, w2, [[1.0]]], [np.zeros(3), [-0.25], [0.0]])
    evidence = Evidence(diagnose_on(spare, Box((-1, -1), (1, 1))).layers[1].evidence[0])
    assert evidence == Evidence.VERTICES if exactly else evidence in (Evidence.PROGRAM, Evidence.RELAXATION)


def test_touching_zero_is_dead_where_it_is_exact_and_undecided_where_not():
    """-|x| is 0 at 0 and fires nowhere; 2^-60 more and it does."""
    weights = [[[1.0], [-1.0]], [[-1.0, -1.0]], [[1.0]]]
    assert verdicts(diagnose_on(ConcreteNetwork(weights), Interval(-1, 1)))[1] == ["DEAD"]
    alive = diagnose_on(ConcreteNetwork(weights, [None, [2.0**-60], None]), Interval(-1, 1))
    assert verdicts(alive)[1] == ["ALIVE"]
    assert alive.layers[1].witnesses[0] == (0,)


def test_behind_a_dead_layer():
    net = ConcreteNetwork([[[1.0]], [[-1.0]], [[1.0]], [[1.0], [-1.0]], [[1.0, 1.0]]], [[0], [-1], [2], [1, 1], [0]])
    found = diagnose_on(net, Interval(0, 1))
    assert verdicts(found) == [["ALIVE"], ["DEAD"], ["DEAD"], ["DEAD", "DEAD"]]
    assert [Evidence(layer.evidence[0]).name for layer in found.layers] == ["WITNESS", "VERTICES", "BEHIND", "BEHIND"]


def test_without_time_nothing_is_guessed(monkeypatch):
    without_vertices(monkeypatch)
    net = ConcreteNetwork.draw(Network((2, 12, 12, 12, 1), biases=Normal(0.5)), 0)
    hurried, patient = (diagnose_on(net, Box((-1, -1), (1, 1)), time_limit=t) for t in (1e-9, 30))
    assert sum(hurried.undecided) > 0
    for a, b in zip(hurried.layers, patient.layers, strict=True):
        both = (a.verdicts != Verdict.UNDECIDED) & (b.verdicts != Verdict.UNDECIDED)
        assert (a.verdicts == b.verdicts)[both].all()


def test_layer_1_is_exact_in_any_dimension():
    """max over [0, 1]^d of w.x + b is b + sum of the positive w: 0.1 + 0.2 - 0.3 in floats of those."""
    d = 12
    w = np.zeros((3, d))
    w[:, 0], w[:, 1] = 0.1, 0.2
    sums = Fraction(0.1) + Fraction(0.2)
    net = ConcreteNetwork([w, np.ones((1, 3))], [[-0.3, -0.1 - 0.2, -0.5], [0.0]])
    layer = diagnose_on(net, Box([0] * d, [1] * d)).layers[0]
    expected = ["ALIVE" if sums + Fraction(b) > 0 else "DEAD" for b in net.biases[0].tolist()]
    assert [Verdict(v).name for v in layer.verdicts] == expected
    assert set(expected) == {"ALIVE", "DEAD"}


def test_many_dimensions():
    net = ConcreteNetwork.draw(Network((100, 6, 5, 1), biases=Normal(1)), 0)
    found = diagnose_on(net, Box([0] * 100, [1] * 100), time_limit=5)
    witnesses_fire(net, found, [0] * 100, [1] * 100)
    assert found.undecided[0] == 0


def test_wide_networks_are_looked_at_in_passing():
    net = ConcreteNetwork.draw(Network((2, 800, 800, 1), biases=Normal(0.1)), 0)
    found = diagnose_on(net, Box((-1, -1), (1, 1)), time_limit=1, samples=200)
    assert found.undecided[0] == 0
    assert found.alive[1] > 400
    assert not np.isin(found.layers[1].evidence, [Evidence.VERTICES, Evidence.RELAXATION, Evidence.PROGRAM]).any()


def test_relaxation_bounds_are_bounds():
    rng = np.random.default_rng(3)
    net = ConcreteNetwork.draw(Network((2, 5, 5, 1), biases=Normal(0.5)), rng)
    box = start((Fraction(-1),) * 2, (Fraction(1),) * 2)
    bounds = onward(*net.hidden[0], box)
    program = Program(net, 2, box, [bounds], [np.zeros(5, dtype=bool)])
    w, b = net.hidden[1]
    intervals = onward(w, b, Range(np.maximum(bounds.low, 0), np.maximum(bounds.high, 0)))
    *_, z = net.preactivations(rng.uniform(-1, 1, (50_000, 2)))
    for j in range(5):
        point, top = program.solve(w[j], float(b[j]), 20)
        relaxed = program.relaxed(w[j], float(b[j]))
        # sampled <= the program's optimum, up to its tolerance and gap, <= relaxation <= intervals, up to theirs
        assert z[:, j].max() <= top + 1e-6 * (1 + abs(top))
        assert top <= float(relaxed) + 1e-6
        assert float(relaxed) <= intervals.high[j] + 1e-6
        assert net.preactivations(point[None])  # an input of the network


def test_the_law_at_initialization_is_that_of_the_domain():
    law = Network((1, 4, 5, 1))
    net = ConcreteNetwork.draw(law, 1)
    found = diagnose_on(net, Interval(-2, 3), initialization=law)
    expected = count_law(Network((1, 4, 5, 1), domain=Interval(-2, 3)), layer=2).cdf(found.layers[1].active)
    p = found.layers[1].at_initialization
    assert p.fraction == (expected.fraction if found.layers[1].active < 5 else 1)


def test_reports_and_values():
    net = ConcreteNetwork([[[1.0], [-1.0]], [[-1.0, -1.0], [2.0, -1.0]], [[1.0, 1.0]]], [[0, 0], [-1, 0], [0]])
    found = diagnose_on(net, Interval(-1, 2))
    assert str(found).splitlines()[0] == "1-2-2-1 on Interval(-1, 2): 3 alive, 1 dead and 0 undecided"
    assert "1 dead, exact: silent at all vertices of the piecewise linear function that it is (0)" in str(found)
    as_json = json.loads(json.dumps(found.to_dict()))
    assert as_json["layers"][1]["witnesses"] == [None, ["2"]]
    assert as_json["layers"][1]["verdicts"] == ["dead", "alive"]
    assert found == diagnose_on(net, Interval(-1, 2))
    assert hash(found) == hash(pickle.loads(pickle.dumps(found)))
    assert found.layers[1].witness_text(0) == "none"
    assert found.markdown().count("|") > 10
    assert r"\toprule" in found.latex()
    assert len({evidence.words for evidence in Evidence}) == len(Evidence)


@pytest.mark.parametrize(
    ("error", "match", "domain", "more"),
    [
        (TypeError, "domain must be a Box or an Interval", Ball(1), {}),
        (ValueError, "domain must have the network's input dimension 1", Box((0, 0), (1, 1)), {}),
        (ValueError, "time_limit must be a positive finite number, got 0", Interval(0, 1), {"time_limit": 0}),
        (ValueError, "domain must lie within the range of floats", Interval(0, 10**400), {}),
        (ValueError, "samples must be an integer >= 1", Interval(0, 1), {"samples": 0}),
        (ValueError, "initialization must be", Interval(0, 1), {"initialization": Network((1, 1, 1))}),
        (ValueError, "progress must be", Interval(0, 1), {"progress": "no"}),
    ],
)
def test_bad_input(error, match, domain, more):
    net = ConcreteNetwork([[[1.0], [-1.0]], [[1.0, 1.0]]])
    with pytest.raises(error, match=match):
        diagnose_on(net, domain, **more)


def test_nothing_is_printed(monkeypatch, capfd):
    without_vertices(monkeypatch)
    net = ConcreteNetwork.draw(Network((2, 8, 8, 8, 1)), 1)
    diagnose_on(net, Box((-1, -1), (1, 1)), time_limit=5)
    print("after")
    assert capfd.readouterr() == ("after\n", "")
