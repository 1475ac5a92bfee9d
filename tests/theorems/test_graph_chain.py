"""The chains of a layer graph: against enumeration of counts and of signs, in Fractions, and those of a Network."""

from fractions import Fraction
from itertools import product

import naive
import pytest
from hypothesis import given, settings, strategies as st

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import Constant, Normal, PyTorchDefault, Rademacher
from relu_prob.layer_graph import Convolution, Dense, LayerGraph
from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO, Ball as BallNumber, Rational
from relu_prob.theorems import bracket as chains
from relu_prob.theorems.graph_chain import (
    first_network,
    law,
    ray_exact_missing,
    ray_missing,
    ray_rules,
    reads_nothing,
    sign_missing,
    sign_rules,
)
from relu_prob.theorems.graph_chain.counts import Counts
from relu_prob.theorems.graph_chain.ray import readable
from relu_prob.theorems.graph_chain.sign import fan, is_nonnegative, sign_dead
from relu_prob.theorems.theorem import CostError

HALF = Fraction(1, 2)


def fractions_of(masses):
    return [x.fraction for x in masses]


def by_enumeration(graph, first, dead, query, allowed):
    """The law of the summed counts of the query, from all combinations of counts of all layers.

    ``first``: P(dead) in layers that read the inputs; ``dead(i)``: in others, i the sum of what they read.
    """
    joint = {(): Fraction(1)}
    for layer in graph.layers:
        following = {}
        for counts, p in joint.items():
            at = dict(zip(graph.names, counts, strict=False))
            q = first if layer.reads == ("input",) else dead(sum(at[u] for u in layer.reads))
            a = at[layer.add] if layer.add is not None else 0
            for j, share in enumerate(naive.binomial(layer.channels - a, q)):
                if layer.name not in allowed or a + j in allowed[layer.name]:
                    following[(*counts, a + j)] = p * share
        joint = following
    result = [Fraction(0)] * (1 + sum(graph.layer(name).channels for name in query))
    for counts, p in joint.items():
        at = dict(zip(graph.names, counts, strict=True))
        result[sum(at[name] for name in query)] += p
    return result


@st.composite
def problems(draw):
    """(graph of up to 5 small dense and residual layers, query, sets of allowed counts)."""
    graph = LayerGraph(2).dense("v0", draw(st.integers(1, 3)))
    for k in range(1, draw(st.integers(1, 5))):
        reads = draw(st.lists(st.sampled_from(graph.names), min_size=1, max_size=3, unique=True))
        add = draw(st.none() | st.sampled_from(graph.names))
        width = draw(st.integers(1, 3)) if add is None else graph.layer(add).channels
        graph = graph.dense(f"v{k}", width, reads, add=add)
    query = draw(st.lists(st.sampled_from(graph.names), min_size=1, max_size=2, unique=True))
    masked = draw(st.lists(st.sampled_from(graph.names), max_size=2, unique=True))
    return graph, query, {v: draw(st.frozensets(st.integers(0, graph.layer(v).channels))) for v in masked}


def absorbing(dead):
    return lambda i: Fraction(1) if i == 0 else dead(i)


@given(problems(), st.fractions(0, 1, max_denominator=7), st.sampled_from([None, Normal(1), Constant(1), Constant(-1)]))
@settings(max_examples=60)
def test_the_sign_chain_is_the_sum_over_all_counts(problem, p1, biases):
    graph, query, allowed = problem
    graph = LayerGraph(2, graph.layers, biases=biases)
    rules = sign_rules(graph, {layer.name: Rational(p1) for layer in graph.layers if layer.reads == ("input",)})
    offset = 1 if biases == Normal(1) else 0
    dead = absorbing(lambda i: Fraction(0) if biases == Constant(1) else Fraction(1, 2 ** (i + offset)))
    assert fractions_of(law(rules, query, allowed)) == by_enumeration(graph, p1, dead, query, allowed)


@given(problems())
@settings(max_examples=40)
def test_the_ray_chain_is_the_sum_over_all_counts(problem):
    graph, query, allowed = problem
    expected = by_enumeration(graph, HALF, absorbing(lambda i: HALF), query, allowed)
    assert fractions_of(law(ray_rules(graph, {}), query, allowed)) == expected


@given(problems(), st.sampled_from([1, 40]))
@settings(max_examples=30)
def test_balls_enclose_the_exact_law(problem, digits):
    graph, query, allowed = problem
    rules = sign_rules(graph, {layer.name: Rational(Fraction(1, 3)) for layer in graph.layers[:1]})
    for exact, ball in zip(law(rules, query, allowed), law(rules, query, allowed, digits=digits), strict=True):
        low, high = ball.ends()
        assert low <= exact.value(60) <= high


@given(problems())
@settings(max_examples=40)
def test_every_threshold_is_rarer_for_the_ray_than_for_the_sign_chain(problem):
    graph, query, _ = problem
    low, high = fractions_of(law(ray_rules(graph, {}), query, {})), fractions_of(law(sign_rules(graph, {}), query, {}))
    assert sum(low) == sum(high) == 1
    assert all(sum(low[j:]) <= sum(high[j:]) for j in range(len(low)))


def test_by_hand():
    """1 neuron, read by 1 neuron, both read by 1: dead with 1/2, or 1/2 and 1/4."""
    graph = LayerGraph(2).dense("a", 1).dense("b", 1).dense("c", 1, reads=["a", "b"])
    rules = sign_rules(graph, {"a": ZERO})
    assert fractions_of(law(rules, ["c"], {})) == [Fraction(3, 8), Fraction(5, 8)]
    assert fractions_of(law(rules, ["b", "c"], {})) == [Fraction(1, 4), Fraction(3, 8), Fraction(3, 8)]
    assert fractions_of(law(rules, ["c"], {"b": {1}})) == [Fraction(1, 8), Fraction(3, 8)]


def signs_by_enumeration(layers):
    """The joint law of counts over all matrices of signs: ``layers`` are (width, reads, add), the first all alive."""
    law_of_sets = {(tuple(range(layers[0][0])),): Fraction(1)}
    for n, reads, add in layers[1:]:
        following = {}
        for history, p in law_of_sets.items():
            alive = [(u, k) for u in reads for k in history[u]]
            columns = [(u, k) for u in reads for k in range(layers[u][0])]
            matrices = list(naive.signs(n, len(columns)))
            for matrix in matrices:
                excited = [{x for x, w in zip(columns, row, strict=True) if w > 0} & set(alive) for row in matrix]
                fires = {j for j, weights in enumerate(excited) if weights}
                now = tuple(sorted(fires | (set(history[add]) if add is not None else set())))
                following[(*history, now)] = following.get((*history, now), 0) + p / len(matrices)
        law_of_sets = following
    return naive.counts_of(law_of_sets)


@pytest.mark.parametrize(
    "layers",
    [
        [(2, (), None), (2, (0,), None), (2, (0, 1), None)],
        [(2, (), None), (2, (0,), 0), (1, (1,), None)],
        [(2, (), None), (1, (0,), None), (2, (1,), 0), (1, (2, 1), None)],
        [(1, (), None), (2, (0,), None), (2, (0, 1), 1), (1, (2,), None)],
    ],
)
def test_against_all_matrices_of_signs(layers):
    """The joint law of all counts; the streams share neurons, so that this is more than sums of counts."""
    graph = LayerGraph(3)
    for k, (n, reads, add) in enumerate(layers):
        graph = graph.dense(str(k), n, [str(u) for u in reads] or ["input"], add=None if add is None else str(add))
    rules, joint = sign_rules(graph, {"0": ZERO}), signs_by_enumeration(layers)
    last = graph.names[-1]
    for counts in product(*(range(n + 1) for n, _, _ in layers)):
        allowed = {name: {j} for name, j in zip(graph.names[:-1], counts, strict=False)}
        assert law(rules, [last], allowed)[counts[-1]].fraction == joint.get(counts, 0)


@pytest.mark.parametrize("biases", [None, Normal(1), Constant(2), Constant(-2)])
def test_a_path_has_the_chains_of_its_network(biases):
    net = Network((3, 3, 4, 2, 1), biases=biases)
    graph, first = LayerGraph.from_network(net), Rational(Fraction(1, 5))
    masks, allowed = (None, frozenset({2, 3, 4})), {"2": {2, 3, 4}}
    start = tuple(map(Rational, naive.binomial(3, Fraction(1, 5))))
    expected = chains.sign_masses(net, 3, masks, start, chains.Arithmetic())
    assert law(sign_rules(graph, {"1": first}), ["3"], allowed) == expected
    if chains.ray_missing(net) is None:
        assert law(ray_rules(graph, {}), ["3"], allowed) == chains.ray_masses(net, 3, masks)
    assert (ray_missing(graph) is None) == (chains.ray_missing(net) is None)


def dense_net(depth, width=4, **more):
    graph = LayerGraph(3, **more).dense("0", width)
    for k in range(1, depth):
        graph = graph.dense(str(k), width, reads=[*graph.names])
    return graph


def test_running_sums_keep_the_treewidth_of_a_dense_net_at_two():
    for depth in (4, 30):
        counts = Counts(sign_rules(dense_net(depth), {"0": ZERO}), [str(depth - 1)], {})
        assert counts.order.width == 2
        assert len(counts.sums) == depth - 2


def test_a_dense_net_is_a_chain_of_its_running_sum():
    """The state (sum of all counts so far, last count), by Fractions."""
    depth, width = 7, 3
    state = {(width, width): Fraction(1)}
    for _ in range(depth - 1):
        following = {}
        for (total, _), p in state.items():
            for j, share in enumerate(naive.binomial(width, Fraction(1, 2**total))):
                following[total + j, j] = following.get((total + j, j), 0) + p * share
        state = following
    expected = [sum(p for (_, last), p in state.items() if last == j) for j in range(width + 1)]
    rules = sign_rules(dense_net(depth, width), {"0": ZERO})
    assert fractions_of(law(rules, [str(depth - 1)], {})) == expected


def test_too_much_tied_together_is_refused_with_its_treewidth():
    """Layers that read different pairs of many others: no order keeps the tables small."""
    graph = LayerGraph(3)
    for k in range(8):
        graph = graph.dense(f"x{k}", 8)
        graph = graph.dense(f"y{k}", 8, reads=["input"])
    first = {name: Rational(HALF) for name in graph.names if name.startswith("y")} | {"x0": Rational(HALF)}
    for k in range(8):
        for l in range(k):
            graph = graph.dense(f"z{k}{l}", 8, reads=[f"y{k}", f"y{l}"])
    graph = graph.dense("out", 2, reads=[name for name in graph.names if name.startswith("z")])
    rules = sign_rules(graph, first)
    with pytest.raises(
        CostError, match=r"table of up to \d+ entries, .* tie \d+ counts together \(treewidth at most \d"
    ):
        law(rules, ["out"], {})
    with pytest.raises(CostError, match="treewidth"):
        law(rules, ["out"], {}, digits=30)


def test_numbers_that_grow_long_are_refused_and_balls_recommended():
    graph = dense_net(12, 60)
    rules = sign_rules(graph, {"0": ZERO})
    with pytest.raises(CostError, match=r"about \d+ s .* \d+ bits .*digits=50.*force=True"):
        law(rules, ["11"], {})


def test_force_computes_what_is_refused(monkeypatch):
    rules = sign_rules(dense_net(4), {"0": ZERO})
    expected = law(rules, ["3"], {})
    monkeypatch.setattr("relu_prob.theorems.graph_chain.counts.LIMIT_ENTRIES", 0)
    with pytest.raises(CostError):
        law(rules, ["3"], {})
    assert law(rules, ["3"], {}, force=True) == expected


def test_a_first_layer_that_is_only_enclosed_gives_balls_that_can_be_refined():
    graph = LayerGraph(3, biases=Normal(1)).dense("a", 2).residual("b")
    net = first_network(graph, graph.layer("a"))
    assert net.widths == (3, 2, 1)
    from relu_prob.theorems.first_layer.ball import BALL

    masses = law(sign_rules(graph, {"a": BALL.dead(net)}), ["b"], {})
    assert all(isinstance(x, BallNumber) for x in masses)
    assert masses[0].guarantee is Guarantee.CERTIFIED
    low, high = masses[1].ends(40)
    assert 0 < high - low < 1e-38


def test_what_the_masks_do_to_a_neuron():
    """Of i weights, each kept with k: none is positive with (1 - k/2)^i. A neuron kept: dead with 1 - k (1 - 2^-i)."""
    k = Fraction(1, 3)
    for i in range(1, 5):
        patterns = list(product((-1, 0, 1), repeat=i))
        weight = {0: 1 - k, 1: k / 2, -1: k / 2}

        def share(pattern, weight=weight):
            result = Fraction(1)
            for s in pattern:
                result *= weight[s]
            return result

        silent = sum(share(s) for s in patterns if max(s) <= 0)
        unread = sum(share(s) for s in patterns if not any(s))
        assert sign_dead(i, 0, k, "weights") == silent == (1 - k / 2) ** i
        assert sign_dead(i, 1, k, "weights") == unread + (silent - unread) / 2
        assert sign_dead(i, None, k, "weights") == unread
        assert sign_dead(i, 0, k, "neurons") == 1 - k * (1 - Fraction(1, 2**i))
    assert sign_dead(0, 1, k, "weights") == sign_dead(0, None, k, "neurons") == 1


def test_convolutions_have_a_weight_for_each_tap_that_meets_the_signal():
    graph = LayerGraph((2, 3), domain=WholeSpace()).convolution("a", 2, 3, padding=1)
    graph = graph.convolution("b", 2, 3).convolution("c", 2, 3, padding=1).dense("d", 4, reads=["a"])
    layers = {layer.name: layer for layer in graph.layers}
    assert [fan(graph, layers[x], y) for x, y in (("b", "a"), ("c", "b"), ("d", "a"))] == [3, 1, 3]
    rules = sign_rules(graph, {"a": ZERO})
    assert rules["b"].dead(3 * 2).fraction == Fraction(1, 64)
    assert fractions_of(law(rules, ["d"], {})) == naive.binomial(4, Fraction(1, 2**6))


def test_a_position_that_nobody_reads_is_not_relied_upon():
    graph = LayerGraph((1, 6)).convolution("a", 2, 1).convolution("b", 2, 2, stride=3)
    assert readable(graph)["a"] == {0, 1, 3, 4}
    graph = LayerGraph((1, 2)).convolution("a", 2, 1).convolution("b", 2, 1, stride=2).convolution("c", 2, 1, ["a"])
    assert readable(graph)["a"] == {0}
    points = LayerGraph((1, 2), graph.layers, domain=Points([[0, 1]]))
    assert fractions_of(law(ray_rules(points, {}), ["a"], {})) == [1, 0, 0]
    assert fractions_of(law(ray_rules(graph, {}), ["a"], {})) == naive.binomial(2, HALF)


def test_a_layer_that_reads_the_inputs_never_sees_zero():
    graph = LayerGraph(2).dense("a", 1).dense("b", 2, reads=["a", "input"]).residual("s", ["b"], add="input")
    graph = graph.dense("c", 2)
    sign, ray = sign_rules(graph, {"a": ZERO}), ray_rules(graph, {})
    for name in ("b", "c"):
        assert fractions_of(law(sign, [name], {})) == [0, 0, 1]
        assert fractions_of(law(ray, [name], {})) == naive.binomial(2, HALF)
    assert fractions_of(law(ray, ["s"], {})) == [0, 0, 1]


def test_inputs_that_are_not_negative_have_a_sign_rule():
    graph = LayerGraph(2, domain=Box((0, 0), (1, 1))).dense("a", 1).dense("b", 1, reads=["a", "input"])
    assert fractions_of(law(sign_rules(graph, {"a": Rational(Fraction(1, 4))}), ["b"], {"a": {1}})) == [
        Fraction(3, 4) / 8,
        Fraction(3, 4) * Fraction(7, 8),
    ]
    one_coordinate = LayerGraph(2, graph.layers, domain=Points([[1, 0], [2, 0]]))
    assert law(sign_rules(one_coordinate, {}), ["a"], {})[0].fraction == HALF
    assert [is_nonnegative(d) for d in (Orthant(), Interval(0, 1), Points([[1]]), Ball(1), Points([[-1]]))] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_convolutions_with_biases_have_a_sign_rule_only_in_a_plain_chain():
    graph = LayerGraph((1, 4), biases=Normal(1)).convolution("a", 2, 3, padding=1)
    graph = graph.convolution("b", 2, 1).convolution("c", 2, 1, reads=["a", "b"]).convolution("d", 2, 1, add="c")
    rules = sign_rules(graph, {"a": ZERO})
    assert rules["b"].dead(2).fraction == Fraction(1, 8)
    assert rules["c"].reads == rules["d"].reads == ()
    assert rules["c"].dead(0) == ZERO


def test_patches_of_a_convolution():
    def domain(graph):
        net = first_network(graph, graph.layer("a"))
        return None if net is None else net.domain

    def graph(domain, positions=4, padding=0, taps=2):
        return LayerGraph((1, positions), domain=domain).convolution("a", 2, taps, padding=padding)

    for d in (Ball(2), Orthant(), WholeSpace()):
        assert domain(graph(d, padding=1)) == d
    assert domain(graph(Box([1] * 4, [2] * 4))) == Box([1, 1], [2, 2])
    assert domain(graph(Box([1] * 4, [2] * 4), padding=1)) is None
    assert domain(graph(Box([-1] * 4, [2] * 4), padding=1)) == Box([-1, -1], [2, 2])
    assert domain(graph(Box([-1, -2, -1, -1], [2] * 4))) is None
    assert domain(graph(Ball(1), positions=2, padding=2, taps=3)) is None
    assert domain(graph(Interval(0, 1), positions=1, taps=1)) == Box([0], [1])
    assert domain(graph(Points([[1, 2, 3]]), positions=3, padding=1)) == Points([[0, 1], [1, 2], [2, 3], [3, 0]])
    skipped = LayerGraph((1, 2), domain=Points([[0, 1]])).convolution("a", 2, 1, stride=2)
    assert reads_nothing(skipped, skipped.layer("a"))
    assert first_network(skipped, skipped.layer("a")) is None
    assert first_network(graph(Ball(1)).dense("b", 2), Dense("b", 2, ("a",))) is None


@given(problems(), st.fractions(0, 1, max_denominator=5))
@settings(max_examples=30)
def test_the_ray_chain_whose_input_the_first_layer_chooses(problem, p1):
    """The first layer has its exact law; a later one that reads only the inputs is looked at where the first chose."""
    graph, query, allowed = problem
    graph = graph.dense("g", 2, ["input"]).dense("h", 2, ["g", "v0"])
    query = [*query, "h"] if "h" not in query else query
    n, rules = graph.layer("v0").channels, ray_rules(graph, {"v0": Rational(p1)})
    for i, share in enumerate(naive.binomial(n, p1)):
        masked = {**allowed, "v0": {i} & set(allowed.get("v0", {i}))}
        fixed = by_enumeration(graph, HALF, absorbing(lambda i: HALF), query, masked)
        assert fractions_of(law(rules, query, masked)) == [x * share / naive.binomial(n, HALF)[i] for x in fixed]


def test_residual_streams_keep_what_the_first_layer_has():
    graph = LayerGraph(2).dense("a", 3).residual("b").residual("c").dense("d", 1)
    rules = ray_rules(graph, {"a": ZERO})
    assert fractions_of(law(rules, ["c"], {})) == [0, 0, 0, 1]
    assert fractions_of(law(rules, ["d"], {})) == [HALF, HALF]
    masked = LayerGraph(2).dense("a", 3).residual("b").dense("d", 1, keep=HALF, mask="weights")
    assert ray_rules(masked, {"a": ZERO})["d"].dead(3).fraction == Fraction(3, 4)
    assert ray_rules(masked, {})["d"].dead(3).fraction == 1 - Fraction(7, 16)


def test_a_layer_chooses_among_points_only_if_a_convolution_sees_them_all():
    for points, chosen in (([[1, 1, 0], [0, 1, 1]], Fraction(1, 4)), ([[1, 0, 0], [0, 0, 1]], HALF)):
        graph = LayerGraph((1, 3), domain=Points(points)).dense("a", 2).convolution("b", 2, 1, ["input"])
        rules = ray_rules(graph, {"a": Rational(Fraction(1, 4))})
        assert rules["a"].dead(0).fraction == chosen
        assert rules["b"].dead(0).fraction == HALF


def test_what_fails_is_named():
    assert "ties" in ray_missing(LayerGraph(2, weights=Rademacher()).dense("a", 2))
    assert "Constant(1)" in ray_missing(LayerGraph(2, biases=Constant(1)).dense("a", 2))
    assert sign_missing(LayerGraph(2, weights=Rademacher(), biases=Constant(1)).dense("a", 2)) is None
    on_ray = {"domain": Points([[1, 0], [2, 0]])}
    assert ray_exact_missing(LayerGraph(2, **on_ray).dense("a", 2).residual("b"), ["b"]) is None
    assert "one ray" in ray_exact_missing(LayerGraph(2).dense("a", 2), ["a"])
    assert "a single point" in ray_exact_missing(LayerGraph(2, weights=PyTorchDefault(), **on_ray).dense("a", 2), ["a"])
    assert "add the inputs" in ray_exact_missing(LayerGraph(2, **on_ray).residual("a"), ["a"])
    conv = LayerGraph((1, 2), [Convolution("a", 2, 1, ("input",))], **on_ray)
    assert "convolution 'a'" in ray_exact_missing(conv, ["a"])
    assert "ties" in ray_exact_missing(LayerGraph(2, weights=Rademacher(), **on_ray).dense("a", 2), ["a"])
