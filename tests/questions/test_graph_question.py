"""Questions asked of layer graphs: identical answers on paths, theory against simulation, and honest intervals."""

from fractions import Fraction

import naive
import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob import (
    Constant,
    CostError,
    Interval,
    LayerGraph,
    Network,
    Normal,
    NotCovered,
    Orthant,
    Points,
    Rademacher,
    Uniform,
    WholeSpace,
    angle_law,
    born_dead,
    bracket,
    count_law,
    explain,
    first_dead_layer,
    simulate,
    trainability,
    transition_matrix,
)
from relu_prob.questions import graph as graphs
from relu_prob.questions.graph import first_deaths
from relu_prob.simulation import simulate_graph
from relu_prob.theorems.bracket import Arithmetic

LEVEL = 1e-6
HALF = Fraction(1, 2)
SIGNALS = Points(np.round(np.random.default_rng(7).normal(size=(2, 6)), 3))
PAIR = Points([[1, 0], [1, 2]])


def fractions_of(law):
    return [law.pmf(j).fraction for j in law.support]


def dense_net(depth, width, **more):
    graph = LayerGraph(2, **more).dense("0", width)
    for k in range(1, depth):
        graph = graph.dense(str(k), width, reads=graph.names)
    return graph


PATHS = [
    Network((1, 4, 4, 1)),
    Network((3, 2, 5, 1)),
    Network((2, 3, 3, 2, 1)),
    Network((1, 3, 3, 2, 1), domain=Interval(0, 1), biases=None),
    Network((2, 3, 3, 4), domain=PAIR, biases=Normal(1)),
    Network((2, 3, 3, 4), weights=Rademacher()),
]


@pytest.mark.parametrize("net", PATHS, ids=str)
def test_a_path_is_answered_as_its_network(net):
    graph, last = LayerGraph.from_network(net), str(net.depth)
    more = {"samples": 200, "rng": 3}
    need, by_name = (1,) * net.depth, {str(l): 1 for l in range(1, net.depth + 1)}
    masks = [{1, 2, 3, 4} & set(range(n + 1)) for n in net.hidden_widths[:-1]]
    sets = {str(l): mask for l, mask in enumerate(masks, 1)}
    assert born_dead(graph, **more) == born_dead(net, **more)
    assert born_dead(graph, layer="1", **more) == born_dead(net, layer=1, **more)
    assert trainability(graph, need=by_name, **more) == trainability(net, need=need, **more)
    assert trainability(graph, need={last: 1}, **more) == trainability(net, need=(0,) * (net.depth - 1) + (1,), **more)
    assert count_law(graph, layer=last, allowed=sets, **more) == count_law(net, allowed=masks, **more)
    assert bracket(graph, layer=last, allowed=sets) == bracket(net, allowed=masks)
    assert bracket(graph, upper="sign", digits=20) == bracket(net, upper="sign", digits=20)
    assert str(explain(graph)) == str(explain(net))
    assert simulate(graph, **more) == simulate(net, **more)
    assert transition_matrix(graph, layer=2, **more) == transition_matrix(net, layer=2, **more)
    assert first_dead_layer(graph, **more) == first_dead_layer(net, **more)


def test_permanent_death_and_angles_of_a_path():
    net = Network((1, 3, 3, 1))
    graph = LayerGraph.from_network(net)
    assert trainability(graph, need={"1": 1, "2": 1}, death="permanent") == trainability(
        net, need=(1, 1), death="permanent"
    )
    assert angle_law(graph) == angle_law(net)


EXAMPLES = {
    "dense net": dense_net(5, 3, domain=PAIR),
    "dense net with biases": dense_net(4, 3, domain=PAIR, biases=Normal(1)),
    "uniform weights, two streams": LayerGraph(2, domain=Orthant(), weights=Uniform(1))
    .dense("a", 2)
    .dense("b", 2)
    .dense("x", 2, reads=["input"])
    .dense("y", 3, reads=["b", "x"])
    .dense("z", 2, reads=["a", "y"]),
    "residual": LayerGraph(2, domain=PAIR).dense("a", 4).residual("b").residual("c").dense("d", 2),
    "residual with a branch of two layers": LayerGraph(2, domain=PAIR, biases=Normal(1))
    .dense("a", 3)
    .dense("u", 2)
    .residual("b", add="a")
    .dense("v", 2)
    .residual("c", add="b")
    .dense("d", 2),
    "residual stream of non-negative inputs": LayerGraph(2, domain=Orthant())
    .dense("a", 2)
    .dense("b", 2, reads=["a", "input"])
    .residual("s", add="input")
    .dense("c", 1),
    "convolution": LayerGraph((1, 6), domain=WholeSpace())
    .convolution("a", 1, 3, padding=1)
    .convolution("b", 2, 2, stride=2)
    .convolution("c", 1, 1)
    .dense("d", 3),
    "convolution of points": LayerGraph((3, 2), domain=SIGNALS)
    .convolution("a", 2, 1)
    .convolution("b", 2, 2, padding=1)
    .convolution("c", 2, 1, add="b")
    .dense("d", 3, reads=["c", "a"]),
    "convolution with biases": LayerGraph((1, 6), domain=WholeSpace(), biases=Normal(1))
    .convolution("a", 1, 3, padding=1)
    .convolution("b", 2, 1)
    .convolution("c", 2, 1)
    .dense("d", 3, reads=["a", "c"]),
    "masked neurons": LayerGraph(2, domain=PAIR)
    .dense("a", 4, keep=HALF)
    .dense("b", 3, keep=Fraction(2, 3))
    .residual("c", keep=HALF),
    "masked weights": LayerGraph(2, domain=Orthant())
    .dense("a", 3, keep=HALF, mask="weights")
    .dense("b", 3, keep=Fraction(2, 3), mask="weights")
    .dense("c", 3, reads=["a", "b"], keep=HALF, mask="weights"),
    "masked weights with biases": LayerGraph(2, domain=Orthant(), biases=Normal(1))
    .dense("a", 2, keep=HALF, mask="weights")
    .dense("b", 3, keep=HALF, mask="weights")
    .dense("c", 2, reads=["a", "b"], keep=HALF, mask="weights"),
    "constant biases": LayerGraph(2, domain=WholeSpace(), biases=Constant(-1))
    .dense("a", 1)
    .dense("b", 2)
    .dense("c", 2, reads=["a", "b"]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sign_chain_and_the_bracket_against_simulation(name):
    """Every cell of the sign law, and every threshold of the counts, by exact binomial tests, Bonferroni corrected."""
    graph = EXAMPLES[name]
    samples = 20_000 if graph.domain in (PAIR, SIGNALS) else 2000
    possible = simulate_graph(graph, samples=samples, rng=1, count="possible")
    active = simulate(graph, samples=samples, rng=2)
    p_values = []
    for layer in graph.names:
        around = bracket(graph, layer=layer)
        for j in around.high.support:
            p_values.append(binomtest(int(possible.counts(layer)[j]), samples, float(around.high.pmf(j))).pvalue)
            if j:
                at_least = int(active.counts(layer)[j:].sum())
                low, high = float(around.low.sf(j - 1)), float(around.high.sf(j - 1))
                p_values.append(binomtest(at_least, samples, high, alternative="greater").pvalue)
                if layer in active.exact:
                    p_values.append(binomtest(at_least, samples, low, alternative="less").pvalue)
    assert min(p_values) * len(p_values) > LEVEL


def test_a_mask_on_weights_is_not_a_mask_on_neurons():
    """The two laws differ by far more than the simulation's error, and each is that of its own mask."""
    laws, tallies = {}, {}
    for mask in ("neurons", "weights"):
        graph = LayerGraph(1, domain=WholeSpace()).dense("a", 2).dense("b", 2, keep=HALF, mask=mask)
        laws[mask] = [float(p) for p in fractions_of(bracket(graph).high)]
        tallies[mask] = simulate_graph(graph, samples=20_000, rng=4, count="possible").counts("b")
    assert laws["neurons"][0] == (1 - 3 / 8) ** 2
    assert laws["weights"][0] == (9 / 16) ** 2
    for mask in laws:
        for other in laws:
            p = binomtest(int(tallies[mask][0]), 20_000, laws[other][0]).pvalue
            assert (p > LEVEL) == (mask == other)


def test_joint_thresholds_of_layers_that_do_not_read_one_another():
    graph = LayerGraph(2, domain=PAIR).dense("a", 2).dense("b", 2).dense("c", 2, reads=["a"]).dense("d", 2, ["b", "c"])
    need = {"b": 2, "c": 1, "d": 2}
    answer = trainability(graph, need=need, samples=20_000, rng=5)
    high = trainability(graph, need=need, method="bracket").high
    seen = simulate_graph(graph, samples=20_000, rng=6, count="possible").joint(need)
    assert binomtest(seen, 20_000, float(high)).pvalue > LEVEL
    assert answer.bracket.low <= answer.low <= answer.high <= answer.bracket.high == high
    assert answer.guarantee.name == "STATISTICAL"


@pytest.mark.parametrize("biases", [None, Normal(1)])
def test_exact_on_one_ray(biases):
    """At one point the ray chain is the law: 2 neurons fire with 1/2 each, and c reads both layers."""
    graph = LayerGraph(1, domain=Points([[1]]), biases=biases).dense("a", 1).dense("b", 1).dense("c", 1, ["a", "b"])
    law = count_law(graph, layer="c")
    assert fractions_of(law) == [Fraction(3, 4), Fraction(1, 4)]
    assert law.guarantee.name == "EXACT"
    assert count_law(graph, layer="c", allowed={"a": None}) == law
    residual = LayerGraph(1, domain=Points([[1]]), biases=biases).dense("a", 2).residual("b").dense("c", 2)
    tally = simulate(residual, samples=20_000, rng=7).counts("c")
    cells = zip(tally, fractions_of(count_law(residual)), strict=True)
    assert min(binomtest(int(seen), 20_000, float(p)).pvalue for seen, p in cells) * 3 > LEVEL


def test_exact_for_layers_that_read_the_inputs():
    graph = LayerGraph(2, domain=Orthant()).dense("a", 2).dense("b", 1, ["input"], keep=HALF).dense("c", 2, ["a", "b"])
    assert fractions_of(count_law(graph, layer="a", allowed={"b": {1}})) == [
        p * Fraction(3, 8) for p in naive.binomial(2, Fraction(1, 4))
    ]
    both = born_dead(graph.reading_out("a", "b"))
    assert both.fraction == Fraction(1, 16) * Fraction(5, 8)
    assert both.method == "layers that read the inputs"
    with pytest.raises(NotCovered, match="layers must read only the inputs and have a known law, got c"):
        count_law(graph, method="exact")


def test_first_layers_of_convolutions():
    graph = LayerGraph((1, 4), domain=Orthant()).convolution("a", 2, 2, padding=1).convolution("b", 1, 2, ["input"])
    assert [q.fraction for q in first_deaths(graph).values()] == [Fraction(1, 4)] * 2
    unseen = LayerGraph((1, 2), domain=Points([[0, 1]])).convolution("a", 2, 1, stride=2).dense("b", 2)
    assert fractions_of(count_law(unseen, layer="a")) == [1, 0, 0]
    assert simulate(unseen, samples=100, rng=0).counts("a")[0] == 100
    assert born_dead(unseen, method="bracket").fraction == 1


def test_the_output_is_dead_when_all_that_it_reads_is():
    graph = LayerGraph(2, domain=PAIR).dense("a", 2).dense("b", 2).dense("c", 2, reads=["input"])
    answer = born_dead(graph.reading_out("b", "c"), samples=20_000, rng=8)
    assert answer.bracket.low <= answer.low <= answer.high <= answer.bracket.high
    assert float(born_dead(graph, layer="b", method="bracket").high) > float(answer.bracket.high)


def test_a_dense_net_dies_more_rarely_than_its_path_and_a_residual_network_hardly_ever():
    path = born_dead(LayerGraph.from_network(Network((3, *[4] * 8, 1))), method="bracket")
    dense = born_dead(dense_net(8, 4), method="bracket")
    residual = LayerGraph(3).dense("a", 4)
    for k in range(7):
        residual = residual.residual(f"r{k}")
    assert dense.low < path.low
    # a residual stream has every neuron that its first layer has
    assert fractions_of(bracket(residual).low) == fractions_of(bracket(residual).high) == [0, 0, 0, 0, 1]


def test_estimates_of_undercounted_layers_lie_in_the_bracket():
    graph = LayerGraph(3).dense("a", 3).dense("b", 3).dense("c", 3, ["a", "b"])
    law = count_law(graph, samples=1000, rng=9)
    assert law.method.startswith("simulation (activity is looked for at a finite sample")
    p = law.pmf(0)
    assert p.bracket.low <= p.low <= p.high <= p.bracket.high
    assert law.layer == "c"


def tangled():
    graph = LayerGraph(3, domain=Points([[1, 0, 0], [0, 1, 1]]))
    for k in range(8):
        graph = graph.dense(f"y{k}", 8, reads=["input"])
    for k in range(8):
        for l in range(k):
            graph = graph.dense(f"z{k}{l}", 8, reads=[f"y{k}", f"y{l}"])
    return graph.dense("out", 2, reads=[name for name in graph.names if name.startswith("z")])


def test_too_much_tied_together_is_refused_and_then_only_simulated():
    graph = tangled()
    with pytest.raises(CostError, match=r"treewidth at most \d"):
        bracket(graph)
    answer = born_dead(graph, samples=50, rng=10)
    assert answer.bracket is None
    assert "without a bracket" in answer.method
    assert "no bracket: the sum over the counts" in str(explain(graph))


def test_hypotheses_that_fail_leave_the_trivial_laws():
    around = bracket(LayerGraph(2, biases=Constant(1)).dense("a", 2).residual("b"))
    assert around.method == "between 'no active neuron' and 'the sign chain of the graph'"
    assert fractions_of(around.low) == [1, 0, 0]


def test_a_bracket_in_balls():
    graph = dense_net(4, 3)
    exact, balls = bracket(graph), bracket(graph, digits=40)
    for j in exact.high.support:
        assert balls.high.pmf(j).low <= exact.high.pmf(j).mpf(30) <= balls.high.pmf(j).high
        assert balls.high.pmf(j).mpf(35) == exact.high.pmf(j).mpf(35)
    assert graphs.bracket(graphs.asked(graph, None, None), Arithmetic()) == exact


def test_explain_says_how_each_layer_is_answered():
    graph = LayerGraph(2, domain=Orthant()).dense("a", 2).dense("b", 2).dense("c", 2, ["a", "b"])
    text = str(explain(graph))
    assert text.startswith("2 -> a = dense 2(input)")
    assert "a: exact, by 'layers that read the inputs'" in text
    assert "c: no theorem; simulation inside the bracket" in text
    assert "not 'one ray, through a layer graph': the inputs must lie on one ray, got Orthant()" in text
    assert [layer.name for layer in explain(graph).layers] == ["a", "b", "c"]


G = LayerGraph(2).dense("a", 2).dense("b", 2).dense("c", 2, ["a", "b"])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: count_law(G, layer="z"), "layer must be one of 'a', 'b', 'c', got 'z'"),
        (lambda: count_law(G, layer=1), "layer must be one of"),
        (lambda: count_law(G, allowed=[{1}]), "allowed must be a mapping from names of layers"),
        (lambda: count_law(G, allowed={"z": {1}}), "allowed must be one of"),
        (lambda: count_law(G, layer="b", allowed={"c": {1}}), "other layers than 'b' and those above it, got 'c'"),
        (lambda: count_law(G, allowed={"a": {3}}), "allowed, layer 'a', must be an integer from 0 to 2, got 3"),
        (lambda: bracket(G, allowed={"a": {1}}), r"thresholds .* got \{'a': \[1\]\}"),
        (lambda: bracket(G, upper="low"), "upper must be one of"),
        (lambda: trainability(G, need=(1, 1, 1)), "need must be a mapping from names of layers to integers"),
        (lambda: trainability(G, need={"a": 3}), "need, layer 'a', must be an integer from 0 to 2, got 3"),
        (lambda: trainability(G, need={"a": 1}, death="permanent"), "death must be one of 'initial', got 'permanent'"),
        (lambda: trainability(Network((1, 2, 1)), need={"1": 1}), "need"),
        (lambda: count_law(Network((1, 2, 2, 1)), allowed={"1": {1}}), "allowed must be a sequence"),
        (lambda: born_dead(LayerGraph(2)), "at least one hidden layer"),
        (lambda: explain(LayerGraph(2)), "at least one hidden layer"),
        (lambda: transition_matrix(G, layer=2), "a LayerGraph that is a path, got 2 -> a"),
        (lambda: first_dead_layer(G), "a LayerGraph that is a path"),
    ],
)
def test_bad_input(ask, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ask()
