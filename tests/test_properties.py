"""What must hold for every network, on generated ones."""

import json
import re
from fractions import Fraction
from itertools import pairwise

import pytest
import sympy
from hypothesis import assume, given, settings, strategies as st
from law_pairs import PAIRS

import relu_prob
from relu_prob import (
    Ball,
    Box,
    Constant,
    Guarantee,
    HeNormal,
    Interval,
    Network,
    Normal,
    Orthant,
    Orthogonal,
    Points,
    RandomizedAsymmetric,
    WholeSpace,
    Zero,
    born_dead,
    bracket,
    count_law,
    first_dead_layer,
    trainability,
    transition_matrix,
)
from relu_prob.numbers.balls import mpf_fraction
from relu_prob.numbers.real import Rational
from relu_prob.questions import catalogue

LAWS = [
    *PAIRS,
    (HeNormal(), Constant(1)),
    (HeNormal(), Constant(-1)),
    (Orthogonal(), Zero()),
    (Orthogonal(2), Normal(1)),
    (RandomizedAsymmetric(), RandomizedAsymmetric()),
]
LINES = [
    Ball(1),
    Ball(Fraction(1, 3)),
    Interval(-1, 2),
    Interval(0, 1),
    Interval(1, 2),
    Interval(-2, 0),
    Orthant(),
    WholeSpace(),
    Points([[1]]),
    Points([[1], [-2]]),
]
AXES = [
    lambda d: Ball(2),
    lambda d: Box((-1,) * d, (1,) * d),
    lambda d: Box((0,) * d, (1,) * d),
    lambda d: Orthant(),
    lambda d: WholeSpace(),
    lambda d: Points([[1] * d]),
    lambda d: Points([[1] * d, [2] * d, [0] * d]),
    lambda d: Points([[1] + [0] * (d - 1), [0] * (d - 1) + [1], [1] * d]),
]


@st.composite
def networks(draw, laws=tuple(LAWS)):
    d = draw(st.integers(1, 3))
    hidden = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    weights, biases = draw(st.sampled_from(laws))
    domain = draw(st.sampled_from(LINES)) if d == 1 else draw(st.sampled_from(AXES))(d)
    return Network((d, *hidden, 1), weights=weights, biases=biases, domain=domain)


@st.composite
def in_layers(draw):
    """(network, layer, sets {m, ..., n} for the layers below)."""
    net = draw(networks())
    layer = draw(st.integers(1, net.depth))
    need = [draw(st.integers(0, n)) for n in net.hidden_widths[: layer - 1]]
    return net, layer, [range(m, n + 1) for m, n in zip(need, net.hidden_widths, strict=False)]


def known(net, layer):
    """Whether the law is a rational or a closed form, or a ball for the first layer."""
    theorem = catalogue.covering(net, layer)
    if theorem is None or theorem.guarantee > Guarantee.CERTIFIED:
        return False
    return type(theorem).__module__.split(".")[2] in {"first_layer", "one_ray", "layer_two"}


def at_most(x, y):
    """Whether x <= y, as far as x and y are known."""
    if x.fraction is not None and y.fraction is not None:
        return x.fraction <= y.fraction
    return x.low <= y.high


def is_one(probability):
    if probability.fraction is not None:
        return probability.fraction == 1
    if probability.exact is not None:
        return sympy.expand(probability.exact) == 1
    # six binomial terms, each of relative accuracy 10^-17 up to a factor 2 n
    low, high = mpf_fraction(probability.low), mpf_fraction(probability.high)
    return low <= 1 <= high and high - low < Fraction(1, 10**14)


def same(x, y):
    """Whether two numbers are equal, as far as they are known."""
    if x.fraction is not None and y.fraction is not None:
        return x.fraction == y.fraction
    if x.exact is not None and y.exact is not None:
        return x.exact == y.exact or sympy.expand(x.exact - y.exact) == 0
    return x.low <= y.high and y.low <= x.high


@given(in_layers())
def test_rows_of_the_transition_matrix_sum_to_one(problem):
    net, layer, _ = problem
    assume(known(net, layer))
    matrix = transition_matrix(net, layer=layer, method="exact")
    rows = [row for row in matrix.rows if row is not None]
    assert rows
    assert all(is_one(row.total) for row in rows)


@given(in_layers())
@settings(max_examples=200)
def test_the_truth_lies_between_ray_and_sign_jointly(problem):
    net, layer, masks = problem
    sharp, sign = (bracket(net, layer=layer, allowed=masks, upper=upper) for upper in ("sharpest", "sign"))
    laws = [sharp.low, sharp.high, sign.high]
    if known(net, layer):
        laws.insert(1, count_law(net, layer=layer, allowed=masks, method="exact"))
    for smaller, larger in pairwise(laws):
        for j in range(smaller.n + 1):
            assert at_most(smaller.event(range(j, smaller.n + 1)), larger.event(range(j, larger.n + 1)))
    assert sharp.low == sign.low


@given(in_layers(), st.data())
@settings(max_examples=150)
def test_wider_networks_have_more_active_neurons(problem, data):
    """P(N_1 >= m_1, ..., N_l >= m_l) for one more neuron in one of the layers 1..l."""
    net, layer, masks = problem
    wider_layer = data.draw(st.integers(0, layer - 1))
    widths = list(net.hidden_widths)
    widths[wider_layer] += 1
    wide = net.with_hidden_widths(widths)
    more = [range(mask.start, n + 1) for mask, n in zip(masks, widths, strict=False)]
    pairs = [
        (getattr(bracket(a, layer=layer, allowed=m, upper=u), side) for a, m in ((net, masks), (wide, more)))
        for side, u in (("low", "sign"), ("high", "sign"), ("high", "sharpest"))
    ]
    if known(net, layer) and known(wide, layer):
        pairs.append(count_law(a, layer=layer, allowed=m, method="exact") for a, m in ((net, masks), (wide, more)))
    for narrow_law, wide_law in pairs:
        for j in range(narrow_law.n + 1):
            assert at_most(narrow_law.event(range(j, narrow_law.n + 1)), wide_law.event(range(j, wide_law.n + 1)))


@given(in_layers())
@settings(max_examples=150)
def test_symbols_and_numbers_are_equal(problem):
    net, layer, _ = problem
    assume(known(net, layer))
    theorem = catalogue.covering(net, layer)
    entry = theorem.symbolic(net, layer)
    assume(entry is not None)
    values = {"n": net.hidden_widths[layer - 1]}
    for symbol in entry.symbols:
        if symbol.name == "d":
            values["d"] = net.input_dimension
        elif symbol.name == "r":
            # a closed form in the effective radius; the integral of Gaussian boxes is no closed form
            assume(isinstance(net.domain, Ball))
            ratio = Fraction(net.weights.variance(*net.widths[:2]), net.biases.variance(*net.widths[:2]))
            values["r"] = sympy.sqrt(sympy.Rational(net.domain.radius**2 * ratio))
        elif symbol.name == "a":
            values["a"] = -sympy.Rational(net.biases.value) / (
                sympy.Rational(net.domain.radius) * sympy.sqrt(net.weights.variance(*net.widths[:2]))
            )
        elif symbol.name not in "ijn":
            assume(False)
    matrix = transition_matrix(net, layer=layer, method="exact")
    for i, row in enumerate(matrix.rows):
        if row is None:
            continue
        for j in row.support:
            given_values = values | {"j": j} | ({"i": i} if layer > 1 else {})
            formula = entry(**{s.name: given_values[s.name] for s in entry.symbols})
            number = row.pmf(j)
            if number.fraction is not None:
                assert formula == number.exact
            else:
                assert formula == number.exact or sympy.simplify(formula - number.exact) == 0


@given(in_layers())
@settings(max_examples=100)
def test_text_json_and_latex_read_back(problem):
    net, layer, masks = problem
    law = count_law(net, layer=layer, allowed=masks, method="exact") if known(net, layer) else None
    laws = [law] if law else [bracket(net, layer=layer, allowed=masks).low, bracket(net, layer=layer).high]
    for law in laws:
        for entry, p in zip(json.loads(json.dumps(law.to_dict()))["pmf"], map(law.pmf, law.support), strict=True):
            assert entry["guarantee"] == str(p.guarantee)
            assert Fraction(entry["low"]) <= mpf_fraction(p.low) <= mpf_fraction(p.high) <= Fraction(entry["high"])
            if p.exact is not None:
                # sympy may multiply a number into a sum when it reads
                assert sympy.expand(sympy.sympify(entry["exact"]) - p.exact) == 0
            if p.fraction is not None:
                assert Fraction(entry["fraction"]) == p.fraction
                value, _, rounded = str(p).removesuffix(", exact").partition("≈ ")
                assert all(Fraction(text) == p.fraction for text in value.split(" = ") if text)
                assert not rounded or abs(Fraction(rounded) - p.fraction) <= p.fraction * Fraction(1, 10**14)
                latex = re.fullmatch(r"\\frac\{(\d+)\}\{(\d+)\}|(\d+)", p.latex())
                if latex:
                    assert Fraction(int(latex[1] or latex[3]), int(latex[2] or 1)) == p.fraction
                else:
                    # a rounded number says so
                    mantissa, _, exponent = p.latex(10).removeprefix(r"\approx ").partition(r" \times 10^")
                    assert p.latex(10).startswith(r"\approx ")
                    value = Fraction(mantissa) * Fraction(10) ** int(exponent.strip("{}") or 0)
                    assert abs(value - p.fraction) <= p.fraction * Fraction(1, 10**9)


@given(in_layers())
@settings(max_examples=100)
def test_masks_that_allow_everything_change_nothing(problem):
    net, layer, _ = problem
    everything = [range(n + 1) for n in net.hidden_widths[: layer - 1]]
    assert bracket(net, layer=layer, allowed=everything) == bracket(net, layer=layer)
    method = "exact" if known(net, layer) else "bracket"
    assert count_law(net, layer=layer, allowed=everything, method=method) == count_law(net, layer=layer, method=method)


@st.composite
def rational_chains(draw):
    """Networks of two hidden layers or more with rational laws of the last, and thresholds for the others."""
    hidden = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    kind = draw(st.sampled_from(["point", "ray", "one neuron", "line", "narrow"]))
    net = {
        "point": Network((2, *hidden, 1), domain=Points([[1, 2]]), biases=Normal(1)),
        "ray": Network((1, *hidden, 1), domain=Interval(0, 1)),
        "one neuron": Network((2, 1, *hidden[1:], 1)),
        "line": Network((1, *hidden[:2], 1)),
        "narrow": Network((hidden[0], *hidden[:2], 1)),
    }[kind]
    need = [draw(st.integers(0, n)) for n in net.hidden_widths[:-1]]
    return net, net.depth, [range(m, n + 1) for m, n in zip(need, net.hidden_widths, strict=False)]


@given(rational_chains(), st.data())
@settings(max_examples=100)
def test_laws_over_a_partition_sum_to_the_law(problem, data):
    net, layer, masks = problem
    split = data.draw(st.integers(0, layer - 2))
    n = net.hidden_widths[split]
    labels = data.draw(st.lists(st.integers(0, 2), min_size=n + 1, max_size=n + 1))
    parts = [[j for j in masks[split] if labels[j] == label] for label in range(3)]
    law = count_law(net, layer=layer, allowed=masks, method="exact")
    pieces = [
        count_law(net, layer=layer, allowed=[*masks[:split], part, *masks[split + 1 :]], method="exact")
        for part in parts
    ]
    for j in law.support:
        assert sum(piece.pmf(j).fraction for piece in pieces) == law.pmf(j).fraction


@given(networks())
@settings(max_examples=150)
def test_the_first_dead_layers_sum_to_born_dead_and_the_rest_is_trainable(net):
    assume(all(known(net, l) for l in range(1, net.depth + 1)))
    first = first_dead_layer(net, method="exact")
    dead = born_dead(net, method="exact")
    alive = trainability(net, need=(1,) * net.depth, method="exact")
    if all(p.fraction is not None for p in (*first, dead, alive)):
        assert sum(p.fraction for p in first) == dead.fraction == 1 - alive.fraction
    else:
        total = sum(mpf_fraction(p.low) for p in first), sum(mpf_fraction(p.high) for p in first)
        assert total[0] <= mpf_fraction(dead.high)
        assert mpf_fraction(dead.low) <= total[1]
        assert mpf_fraction(alive.low) <= 1 - mpf_fraction(dead.low)
        assert 1 - mpf_fraction(dead.high) <= mpf_fraction(alive.high)


@given(networks())
@settings(max_examples=40)
def test_first_dead_layers_of_a_simulation_sum_to_its_born_dead_ones(net):
    first = first_dead_layer(net, method="simulate", samples=50, rng=1)
    dead = born_dead(net, method="simulate", samples=50, rng=1)
    assert round(50 * sum(map(float, first))) == round(50 * float(dead))


@given(networks())
@settings(max_examples=100)
def test_permanent_death_is_bracketed_and_rarer(net):
    need = tuple(max(1, n // 2) for n in net.hidden_widths)
    around = trainability(net, need=need, death="permanent", method="bracket")
    active = trainability(net, need=need, method="bracket")
    assert at_most(active, around), "the lower end of the one is at most the upper end of the other"
    theorem = catalogue.covering(net, net.depth) if known(net, net.depth) else None
    masks = tuple(frozenset(range(m, n + 1)) for m, n in zip(need[:-1], net.hidden_widths, strict=False))
    if theorem is not None and theorem.permanent_masses(net, net.depth, masks) is not None:
        p = trainability(net, need=need, death="permanent", method="exact")
        assert same(p, trainability(net, need=need, death="permanent"))
        assert around.low <= p.high
        assert p.low <= around.high
        assert at_most(trainability(net, need=need, method="exact"), p)


@given(networks(), st.integers(5, 40))
@settings(max_examples=60)
def test_balls_of_the_bracket_contain_its_rationals(net, digits):
    exact, balls = (bracket(net, digits=d) for d in (None, digits))
    for side in ("low", "high"):
        for j in range(net.hidden_widths[-1] + 1):
            x, y = getattr(exact, side).pmf(j), getattr(balls, side).pmf(j)
            if x.fraction is not None:
                low, high = map(mpf_fraction, y.number.ends(digits))
                assert low <= x.fraction <= high
                assert high - low <= 2 * x.fraction * Fraction(1, 10**digits) or y.fraction == x.fraction


@given(networks())
@settings(max_examples=60)
def test_networks_are_values(net):
    again = eval(repr(net), {name: getattr(relu_prob, name) for name in relu_prob.__all__} | {"Fraction": Fraction})
    assert again == net
    assert hash(again) == hash(net)
    assert net.with_hidden_widths(net.hidden_widths) == net


@given(in_layers())
@settings(max_examples=60)
def test_guarantees_say_how_numbers_are_known(problem):
    net, layer, masks = problem
    method = "exact" if known(net, layer) else "bracket"
    law = count_law(net, layer=layer, allowed=masks, method=method)
    for p in map(law.pmf, law.support):
        assert (p.exact is not None) == (p.guarantee is Guarantee.EXACT)
        assert p.low <= p.high
        assert p.guarantee <= Guarantee.CERTIFIED
        if isinstance(p.number, Rational):
            assert 0 <= p.fraction <= 1


@pytest.mark.parametrize("laws", LAWS, ids=str)
def test_every_pair_of_laws_makes_networks(laws):
    assert Network((2, 3, 1), weights=laws[0], biases=laws[1]).biases == laws[1]
