"""A LayerGraph is a value that checks its layers together, and a Network is its path."""

import pickle
from fractions import Fraction

import networkx
import numpy as np
import pytest

from relu_prob import Ball, Box, Convolution, Dense, LayerGraph, Network, Normal, Orthant, Points
from relu_prob.layer_graph import Shape

BLOCK = LayerGraph(3).dense("a", 4).dense("b", 4).dense("c", 2, reads=["a", "b"])


def test_layers_in_any_order_are_sorted_after_what_they_read():
    layers = [Dense("c", 2, ("a", "b")), Dense("b", 4, ("a",)), Dense("a", 4, ("input",))]
    assert LayerGraph(3, layers) == BLOCK
    assert LayerGraph(3, layers).names == ("a", "b", "c")


def test_a_graph_is_a_value():
    again = LayerGraph(3).dense("a", 4).dense("b", 4).dense("c", 2, reads=["a", "b"])
    assert again == BLOCK
    assert hash(again) == hash(BLOCK)
    assert again != LayerGraph(3, BLOCK.layers, domain=Orthant())
    assert len({BLOCK, again, BLOCK.reading_out("a")}) == 2
    with pytest.raises(AttributeError):
        again.layers = ()


def test_a_graph_survives_pickling_after_it_was_used():
    _ = BLOCK.shapes, BLOCK.digraph, BLOCK.input_network
    assert pickle.loads(pickle.dumps(BLOCK)) == BLOCK


def test_it_prints_in_one_line():
    graph = LayerGraph((2, 8), biases=Normal(1)).convolution("a", 4, 3, stride=2, padding=1)
    assert str(graph.convolution("r", 4, 1, add="a")) == (
        "2x8 -> a = convolution 4 (3 taps, stride 2, padding 1)(input); r = a + convolution 4 (1 taps)(a); "
        "HeNormal() weights, Normal(1) biases, on Ball(1)"
    )
    assert str(LayerGraph(3).dense("a", 4).residual("b", keep=0.5, mask="weights")) == (
        "3 -> a = dense 4(input); b = a + dense 4(a) keeping 0.5 of its weights; "
        "HeNormal() weights, Zero() biases, on Ball(1)"
    )
    assert str(BLOCK.reading_out("c", "a")).split("; ")[3] == "output(a, c)"


def test_chains_add_a_layer_and_leave_the_graph_as_it_was():
    assert BLOCK.dense("d", 3).layers[:-1] == BLOCK.layers
    assert BLOCK.read_out == ("c",)
    assert BLOCK.dense("d", 3).read_out == ("d",)


def test_shapes_of_convolutions():
    graph = LayerGraph((2, 8)).convolution("a", 4, 3, stride=2, padding=1).convolution("b", 5, 2).dense("c", 3)
    assert dict(graph.shapes) == {"input": Shape(2, 8), "a": Shape(4, 4), "b": Shape(5, 3), "c": Shape(3, 1)}
    assert graph.domain == Ball(1)
    assert LayerGraph((2, 2), domain=Points(np.ones((3, 4)))).inputs.units == 4


def test_taps_are_those_of_a_convolution():
    rng = np.random.default_rng(0)
    for positions, taps, stride, padding in ((5, 3, 1, 1), (7, 3, 2, 0), (6, 4, 3, 2), (4, 1, 1, 0)):
        signal, kernel = rng.normal(size=positions), rng.normal(size=taps)
        padded = np.pad(signal, padding)
        expected = np.correlate(padded, kernel, "valid")[::stride]
        layer = Convolution("a", 1, taps, ("input",), stride=stride, padding=padding)
        found = [sum(kernel[k] * signal[p] for k, p in pairs) for pairs in layer.taps(positions)]
        assert np.allclose(found, expected, rtol=1e-12)
        assert layer.shape((Shape(1, positions),)).positions == len(expected)


def test_ancestors_and_digraph():
    graph = BLOCK.dense("d", 2, reads=["a"])
    assert graph.ancestors(["d"]) == {"a", "d"}
    assert networkx.is_directed_acyclic_graph(graph.digraph)
    assert set(graph.digraph.successors("a")) == {"b", "c", "d"}
    assert graph.digraph.nodes["b"]["layer"] == Dense("b", 4, ("a",))
    with pytest.raises(networkx.NetworkXError):
        graph.digraph.add_node("z")


@pytest.mark.parametrize(
    "net", [Network((1, 4, 1)), Network((2, 3, 5, 4, 7), biases=Normal(2), domain=Box((0, 0), (1, 1)))], ids=str
)
def test_a_network_is_a_path(net):
    graph = LayerGraph.from_network(net)
    assert graph.as_network() == net
    assert graph.names == tuple(str(l) for l in range(1, net.depth + 1))


@pytest.mark.parametrize(
    "graph",
    [
        BLOCK,
        LayerGraph(3),
        LayerGraph(3).dense("a", 3).residual("b"),
        LayerGraph(3).dense("a", 3, keep=Fraction(1, 2)),
        LayerGraph((1, 3)).convolution("a", 3, 3),
        LayerGraph(3).dense("a", 3).dense("b", 3).reading_out("a"),
        LayerGraph(3).dense("a", 3).dense("b", 3, reads=["input"]),
    ],
    ids=str,
)
def test_what_is_no_path_is_no_network(graph):
    assert graph.as_network() is None


def make(*layers, inputs=3, **more):
    return lambda: LayerGraph(inputs, layers, **more)


A = Dense("a", 4, ("input",))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (make(Dense("a", 2, ("b",)), Dense("b", 2, ("a",))), r"circle, got the circle a -> b -> a|circle b -> a -> b"),
        (make(Dense("a", 2, ("a",))), "circle, got the circle a -> a"),
        (make(Dense("a", 2, ("x",))), r"'a' reads or adds \['x'\], which must be one of \['input', 'a'\]"),
        (make(A, A), r"different names.*got \['a'\] twice"),
        (make(Dense("input", 2, ("input",))), r"none the name 'input', got \['input'\] twice"),
        (make(A, Dense("b", 3, ("a",), add="a")), "same shape as the layer it is added to: 'b' has shape 3, but 'a'"),
        (make(A, read_out=["z"]), "read_out must be one of 'a', got 'z'"),
        (make(A, read_out=["a", "a"]), "each once"),
        (make(A, read_out=[]), "at least one layer"),
        (make(3), "layers must be a sequence of Dense and Convolution layers, got 3"),
        (make(A, inputs=0), "inputs must be an integer >= 1, got 0"),
        (make(A, inputs="3"), r"inputs must be an integer d >= 1 or a pair \(channels, positions\), got '3'"),
        (make(A, inputs=(1, 2, 3)), "inputs must be .* a pair"),
        (make(A, domain=Points([[1, 2]])), "input dimension"),
        (make(A, outputs=0), "outputs must be an integer >= 1, got 0"),
        (make(Convolution("a", 2, 5, ("input",)), inputs=(1, 3)), "taps must be at most the positions and the padding"),
        (
            make(A, Convolution("b", 2, 1, ("input", "a")), inputs=(1, 3)),
            r"reads must name layers with one number of positions, got \[1, 3\] for \('input', 'a'\)",
        ),
        (lambda: Dense("", 2, ("input",)), "name must be the name of a layer, not empty"),
        (lambda: Dense("a", 0, ("input",)), "width must be an integer >= 1, got 0"),
        (lambda: Dense("a", 2, ()), "reads must be a non-empty sequence"),
        (lambda: Dense("a", 2, "input"), "reads must be a non-empty sequence of names of layers, got 'input'"),
        (lambda: Dense("a", 2, ("x", "x")), "reads must name every layer once"),
        (lambda: Dense("a", 2, ("x",), keep=0), "keep must be a positive finite number, got 0"),
        (lambda: Dense("a", 2, ("x",), keep=1.5), "keep must be a probability > 0 and <= 1, got 1.5"),
        (lambda: Dense("a", 2, ("x",), mask="rows"), "mask must be one of 'neurons', 'weights', got 'rows'"),
        (lambda: Convolution("a", 2, 3, ("x",), stride=0), "stride must be an integer >= 1, got 0"),
        (lambda: Convolution("a", 2, 3, ("x",), padding=3), "padding must be an integer from 0 to 2, got 3"),
        (lambda: BLOCK.residual("d", reads=["a", "b"]), "add must be given where several layers are read"),
        (lambda: BLOCK.residual("d", add="z"), "add must be one of 'input', 'a', 'b', 'c', got 'z'"),
        (lambda: LayerGraph((1, 4)).convolution("a", 2, 1).residual("b"), "'b' has shape 2, but 'a' has shape 2x4"),
        (lambda: BLOCK.layer("z"), "name must be one of 'a', 'b', 'c', got 'z'"),
        (lambda: LayerGraph.from_network((1, 2, 1)), "network must be a Network"),
    ],
)
def test_bad_input(build, message):
    with pytest.raises((TypeError, ValueError), match=message):
        build()
