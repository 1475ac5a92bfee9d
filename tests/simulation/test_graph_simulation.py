"""Simulated layer graphs: by-hand values, a second implementation of the forward pass, and laws known by hand."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from relu_prob import GraphCounts, LayerGraph, Network, simulate
from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import HeNormal, Normal, PyTorchDefault, Rademacher, SphereUniform
from relu_prob.simulation import graph_chunk as chunks, simulate_graph
from relu_prob.simulation.graph_chunk import exact_names, look

LEVEL = 1e-6
SIGNAL = Points(np.random.default_rng(7).normal(size=(3, 8)))
HALF = Fraction(1, 2)


def agrees(counts, law):
    """Chi-square test; cells of probability 0 must be empty, and all others are large enough for the asymptotic law."""
    counts, law = np.asarray(counts), np.asarray(law)
    assert not counts[law == 0].any()
    expected = counts.sum() * law[law > 0] / law.sum()
    assert expected.min() > 50
    return len(expected) == 1 or chisquare(counts[law > 0], expected).pvalue > LEVEL


def forward(graph, drawn, net, x):
    """The values of all layers of one drawn network at one input, one neuron and one position after the other."""
    values = {"input": x.reshape(graph.inputs)}
    for layer in graph.layers:
        w, b = drawn[layer.name]
        w, b = w[net], b[net]
        channels, positions = graph.shapes[layer.name]
        out = np.zeros((channels, positions))
        for c in range(channels):
            if hasattr(layer, "size"):
                below = np.concatenate([values[name] for name in layer.reads])
                kernel = w[c].reshape(len(below), layer.size)
                padded = np.pad(below, ((0, 0), (layer.padding, layer.padding)))
                for t in range(positions):
                    window = padded[:, t * layer.stride : t * layer.stride + layer.size]
                    out[c, t] = max(0.0, float((kernel * window).sum()) + b[c])
            else:
                flat = np.concatenate([values[name].ravel() for name in layer.reads])
                out[c, 0] = max(0.0, float(w[c] @ flat) + b[c])
        values[layer.name] = out + (values[layer.add] if layer.add is not None else 0)
    return values


@pytest.mark.parametrize("biases", [None, Normal(1)])
def test_a_second_forward_pass_finds_the_same_active_neurons(biases, monkeypatch):
    """Without dead layers, active means a positive value at some input; weights are caught as they are drawn."""
    graph = LayerGraph((2, 4), domain=SIGNAL, biases=biases).convolution("a", 3, 3, padding=1)
    graph = graph.convolution("b", 2, 2, stride=2).convolution("c", 2, 1, add="b").convolution("d", 3, 1, ["b", "c"])
    graph = graph.dense("e", 4, ["d", "a"]).residual("f").dense("g", 2, ["e", "f"])
    drawn, weights, bias = {}, [], []
    for law, found in ((graph.weights, weights), (graph.biases, bias)):
        monkeypatch.setattr(type(law), "sample", catching(type(law).sample, found))
    counts = look(graph, 80, np.random.default_rng(3))["active"]
    monkeypatch.undo()
    for k, layer in enumerate(graph.layers):
        drawn[layer.name] = weights[k], bias[k]
    for net in range(80):
        seen = [forward(graph, drawn, net, np.array([float(v) for v in x])) for x in SIGNAL.points]
        fires = {name: np.any([s[name].max(axis=1) > 0 for s in seen], axis=0) for name in graph.names}
        if biases is None or all(fires[name].any() for name in graph.names):
            assert [fires[name].sum() for name in graph.names] == counts[net].tolist()


def catching(sample, found):
    def caught(self, *arguments):
        result = sample(self, *arguments)
        found.append(result)
        return result

    return caught


@pytest.mark.parametrize(
    "net",
    [
        Network((2, 3, 3, 1), domain=Points([[1, 0], [0, 1], [-1, -2]])),
        Network((1, 3, 2, 2, 1)),
        Network((2, 2, 2, 1), domain=Points([[1, 2], [0, 1]]), biases=Normal(1)),
        Network((3, 2, 3, 1), weights=Rademacher(), domain=Points([[1, 1, 0], [0, 1, 1]])),
    ],
    ids=str,
)
def test_a_path_has_the_laws_of_its_network(net):
    """Two simulations that share only the description of the network."""
    graph = LayerGraph.from_network(net)
    runs, other = simulate_graph(graph, samples=40_000, rng=1), simulate(net, samples=40_000, rng=2)
    assert runs.exact == set(graph.names)
    for l in range(1, net.depth + 1):
        both = np.array([runs.counts(str(l)), other.counts(l)])
        both = both[:, both.sum(axis=0) > 0]
        expected = both.sum(axis=0) / 2
        assert both.shape[1] == 1 or chisquare(both.ravel(), np.tile(expected, 2), ddof=both.shape[1]).pvalue > LEVEL


def test_a_path_is_simulated_as_its_network():
    net = Network((2, 3, 3, 1))
    assert simulate(LayerGraph.from_network(net), samples=100, rng=4) == simulate(net, samples=100, rng=4)


@pytest.mark.parametrize(
    ("domain", "law", "dead"),
    [
        (Ball(1), {}, 0.0),
        (Orthant(), {}, 0.25),
        (Box([-1, -1], [1, 1]), {}, 0.0),
        (WholeSpace(), {"biases": Normal(1)}, 0.0),
        (Ball(1), {"weights": Normal(1), "biases": Normal(1)}, (1 - 0.5**0.5) / 2),
        (Ball(1), {"weights": SphereUniform()}, (1 - 0.5**0.5) / 2),
    ],
)
def test_layers_that_read_the_inputs_are_decided_exactly(domain, law, dead):
    graph = LayerGraph(2, domain=domain, **law).dense("a", 2).dense("b", 2, ["input"]).dense("c", 2, ["a", "b"])
    runs = simulate_graph(graph, samples=3000, rng=5)
    assert runs.exact == {"a", "b"}
    for name in ("a", "b"):
        assert agrees(runs.counts(name), binom.pmf(np.arange(3), 2, 1 - dead))


def test_an_interval_with_biases_is_looked_at_inside():
    graph = LayerGraph(1, weights=Normal(1), biases=Normal(1), domain=Interval(1, 2)).dense("a", 1).residual("b")
    dead = 0.5 - float(np.arctan(2) - np.arctan(1)) / (2 * np.pi)  # (w, b) is on the wrong side of both ends
    assert agrees(simulate_graph(graph, samples=10_000, rng=6).counts("a"), [dead, 1 - dead])


def test_masks():
    one = {"domain": Points([[1]])}
    neurons = LayerGraph(1, **one).dense("a", 2, keep=HALF).dense("b", 2)
    runs = simulate_graph(neurons, samples=40_000, rng=7)
    assert agrees(runs.counts("a"), binom.pmf(np.arange(3), 2, 1 / 4))
    weights = LayerGraph(2, domain=Points([[1, 1]])).dense("a", 2, keep=HALF, mask="weights")
    runs = simulate_graph(weights, samples=40_000, rng=8)
    assert agrees(runs.counts("a"), binom.pmf(np.arange(3), 2, 3 / 8))
    residual = LayerGraph(1, **one).dense("a", 2).residual("b", keep=HALF)
    runs = simulate_graph(residual, samples=40_000, rng=9)
    assert agrees(runs.counts("b", allowed={"a": [1]}), np.array([0, 3 / 4, 1 / 4]))


def test_one_active_neuron_below_is_enough_and_a_stream_does_not_die():
    graph = LayerGraph(2, domain=SIGNAL2).dense("a", 2).dense("x", 1).residual("b", ["x"], add="a").dense("c", 2)
    rows = simulate_graph(graph, samples=5000, rng=10).rows
    a, x, b, c = rows.T
    assert (b >= a).all()
    assert (b[a == 0] == 0).all()
    assert ((x > 0) | (b == a)).all()
    assert (c[b == 0] == 0).all()


SIGNAL2 = Points([[1, 0], [1, 1]])


def test_what_counts_as_active_after_a_dead_layer():
    """With biases a neuron above a dead layer has a constant output; read with a live layer it is a bias."""
    graph = LayerGraph(1, biases=Normal(1), domain=SIGNAL1).dense("a", 1).dense("b", 3).dense("e", 1, ["input"])
    graph = graph.dense("c", 3, ["b", "e"])
    rows = simulate_graph(graph, samples=20_000, rng=11).rows
    a, b, e, c = rows.T
    assert (b[a == 0] == 0).all()
    assert (c[(a == 0) & (e == 1)] > 0).any()
    assert (c[(b == 0) & (e == 0)] == 0).all()


SIGNAL1 = Points([[1], [2]])


@pytest.mark.parametrize(
    "graph",
    [
        LayerGraph((1, 8), domain=SIGNAL).convolution("a", 2, 3, padding=1).convolution("b", 2, 2).dense("c", 2),
        LayerGraph((1, 8), domain=SIGNAL, weights=PyTorchDefault()).convolution("a", 2, 3).convolution("b", 2, 3),
        LayerGraph(2, domain=SIGNAL2, biases=Normal(1))
        .dense("a", 2, keep=HALF, mask="weights")
        .dense("b", 3)
        .dense("c", 2, ["a", "b"], keep=HALF, mask="weights"),
        LayerGraph(2).dense("a", 2).dense("b", 2, ["input", "a"]).residual("c", ["b"], add="input").dense("d", 2),
    ],
    ids=str,
)
def test_active_neurons_are_possible_in_every_single_network(graph):
    seen = look(graph, 1500, np.random.default_rng(12))
    assert (seen["active"] <= seen["possible"]).all()
    assert (seen["active"] < seen["possible"]).any()


def test_exact_names():
    assert exact_names(LayerGraph(1).dense("a", 2).residual("b")) == {"a", "b"}
    assert exact_names(LayerGraph(1, biases=Normal(1)).dense("a", 2).residual("b")) == {"a"}
    assert exact_names(LayerGraph(3).dense("a", 3).residual("s", ["a"], add="input")) == {"a", "s"}
    assert exact_names(LayerGraph(2, domain=SIGNAL2).dense("a", 2).dense("b", 2)) == {"a", "b"}


def test_the_result_is_a_value_and_reproducible(monkeypatch):
    graph = LayerGraph(2, domain=SIGNAL2).dense("a", 2).residual("b")
    monkeypatch.setattr(chunks, "CHUNK_NETWORKS", 64)
    runs = simulate_graph(graph, samples=150, rng=13)
    assert runs == simulate_graph(graph, samples=150, rng=13)
    assert hash(runs) == hash(simulate_graph(graph, samples=150, rng=13))
    assert runs != simulate_graph(graph, samples=150, rng=14)
    with ThreadPoolExecutor(2) as executor:
        assert runs == simulate_graph(graph, samples=150, rng=13, executor=executor)
    assert runs.samples == 150 == runs.counts("a", "b").sum()
    assert "150 draws of 2 -> a" in repr(runs)
    assert pickle.loads(pickle.dumps(runs)) == runs


GRAPH = LayerGraph(2).dense("a", 2)
RUNS = GraphCounts(GRAPH, "active", [[1], [2]], [3, 4], frozenset())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: simulate_graph(GRAPH, samples=0, rng=0), "samples must be an integer >= 1, got 0"),
        (lambda: simulate_graph(GRAPH, samples=1, rng=0, death="permanent"), "death must be one of 'initial', got"),
        (lambda: simulate_graph(GRAPH, samples=1, rng=0, count="dead"), "count must be one of 'active', 'possible'"),
        (lambda: simulate_graph(LayerGraph(2), samples=1, rng=0), "at least one hidden layer"),
        (
            lambda: GraphCounts(GRAPH, "active", [[3]], [1], frozenset()),
            r"rows must lie between 0 and .* \[2\]",
        ),
        (lambda: GraphCounts(GRAPH, "active", [[1, 1]], [1], frozenset()), r"rows must be integers of shape \(k, 1\)"),
        (lambda: GraphCounts(GRAPH, "active", [[1]], [0], frozenset()), "multiplicity must be 1 positive integers"),
        (lambda: GraphCounts(GRAPH, "all", [[1]], [1], frozenset()), "count must be one of"),
        (lambda: RUNS.counts(), "layers must be at least one name"),
        (lambda: RUNS.counts("b"), "layers must be one of 'a', got 'b'"),
        (lambda: RUNS.joint({"b": 1}), "need must be one of 'a', got 'b'"),
        (lambda: RUNS.joint({"a": -1}), "need must be an integer >= 0, got -1"),
        (lambda: RUNS.counts("a", allowed={"a": 1}), "allowed must be collections of integers"),
    ],
)
def test_bad_input(build, message):
    with pytest.raises((TypeError, ValueError), match=message):
        build()


def test_the_weights_of_a_convolution_are_shared():
    graph = LayerGraph((1, 3), domain=SIGNAL3, weights=HeNormal()).convolution("a", 1, 2)
    drawn = chunks._draw(graph, graph.layer("a"), 4, np.random.default_rng(0))
    for w in drawn.w:
        assert (w == [[w[0, 0], w[0, 1], 0], [0, w[0, 0], w[0, 1]]]).all()


SIGNAL3 = Points([[1, 0, 2]])
