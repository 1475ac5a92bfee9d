"""Permanent death over two rays: exact laws of layers 2 and 3 and of one ray, simulation, identities, the bracket."""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import comb, cos, pi, sin

import naive
import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob import Guarantee, Interval, Network, born_dead, simulate, trainability
from relu_prob.domains import Points
from relu_prob.theorems.layer_two import LAYER_TWO_ONE_DIMENSION
from relu_prob.theorems.one_ray import ONE_RAY
from relu_prob.theorems.two_ray import TWO_RAY
from relu_prob.theorems.two_ray.laws import last_event
from relu_prob.theorems.two_ray.permanent import last_law, sign_law
from relu_prob.theorems.two_ray.precision import EXTENDED, Wide, split

LEVEL = 1e-6


def exactly(x):
    return sum(Fraction(float(part)) for part in split(Wide(x)))


def flags(masks, widths):
    """Sets of counts as arrays of booleans; the last layer has none."""
    sets = zip((*masks, None), widths, strict=True)
    return [None if allowed is None else np.isin(np.arange(n + 1), list(allowed)) for allowed, n in sets]


def assert_within_bounds(found, exact):
    for value, error, mass in zip(*found, exact, strict=True):
        assert abs(exactly(value) - mass) <= error


@pytest.mark.parametrize("widths", [(3, 3), (2, 5), (5, 2), (1, 4), (8, 8)])
def test_layer_two_is_the_exact_law(widths, layers):
    exact = LAYER_TWO_ONE_DIMENSION.permanent_masses(Network((1, *widths, 1)), 2, (None,))
    assert_within_bounds(last_law(widths, None, layers=layers), [mass.fraction for mass in exact])


@pytest.mark.parametrize("masks", [(None,) * 3, (None, {1, 3}, {2, 3, 4}), ({1}, {2}, {0, 1, 4})])
def test_a_single_first_neuron_leaves_the_chain_of_one_ray(masks, layers):
    widths = (1, 3, 4, 2)
    exact = ONE_RAY.permanent_masses(Network((1, *widths, 1)), 4, masks)
    assert_within_bounds(last_law(widths, flags(masks, widths), layers=layers), [mass.fraction for mass in exact])


def third_layer(n1, n3, allowed):
    """P(S_2 in allowed, S_3 = s, no layer dead) behind two neurons, from the patterns of the two.

    Each is sign-dead (x), silent without being so (0), or alive: A and B on one ray only, C on both. Two that are alive
    leave the angle t pi/2, t = 0, 1, uniform, or the difference of two uniform variables.
    """
    law = [Fraction(0)] * (n3 + 1)
    quarter, sign_dead, lost = Fraction(1, 4), Fraction(1, 2**n1), Fraction(2, 2**n1)
    one_ray = {"x": sign_dead, "0": 2 * quarter - sign_dead, "A": 2 * quarter}
    rays = {"x": sign_dead, "0": quarter - sign_dead, "A": quarter, "B": quarter, "C": quarter}
    states = Counter()
    for chance, kinds in ((lost, one_ray), (1 - lost, rays)):
        for pattern in product(kinds, repeat=2) if chance else ():
            s, alive = 2 - pattern.count("x"), "".join(sorted(set(pattern) & set("ABC")))
            if alive and s in allowed:
                parallel = alive in ("A", "B") or set(pattern) & set("x0")
                t = "single" if parallel else {"AB": "right", "C": "triangular"}.get(alive, "uniform")
                states[s, t] += chance * kinds[pattern[0]] * kinds[pattern[1]]
    for (i, t), chance in states.items():
        q = Fraction(1, 2**i)
        for s in range(1, n3 + 1):
            # all s silent: ((2 - t)/4 - q)^s, expanded in powers of t
            silent = sum(
                comb(s, m) * (2 * quarter - q) ** (s - m) * (-quarter) ** m * moment(t, m) for m in range(s + 1)
            )
            law[s] += chance * comb(n3, s) * q ** (n3 - s) * ((1 - q) ** s - silent)
    return law


def moment(t, m):
    return {
        "single": Fraction(int(m == 0)),
        "right": Fraction(1),
        "uniform": Fraction(1, m + 1),
        "triangular": Fraction(2, (m + 1) * (m + 2)),
    }[t]


@pytest.mark.parametrize("allowed", [{0, 1, 2}, {1}, {2}])
@pytest.mark.parametrize("n3", [1, 3, 6])
@pytest.mark.parametrize("n1", [1, 2, 5])
def test_layer_three_behind_two_neurons_is_the_exact_law(n1, n3, allowed, layers):
    widths = (n1, 2, n3)
    values, errors = last_law(widths, flags((None, allowed), widths), layers=layers)
    assert_within_bounds((values, errors), third_layer(n1, n3, allowed))
    assert errors.max() < (1e-16 if EXTENDED else 1e-13)


def test_layer_three_by_hand():
    """Widths 1, 2, 1: of two neurons on one ray both can fire (9/16 less both silent), one can, or neither."""
    assert third_layer(1, 1, {2}) == [0, Fraction(1, 4) * Fraction(1, 2)] == [0, Fraction(1, 8)]
    assert third_layer(1, 1, {1}) == [0, 2 * Fraction(1, 2) * Fraction(1, 2) * Fraction(1, 2)]


@pytest.mark.parametrize(
    ("widths", "start"),
    [
        ((3, 4, 2), pi),
        ((2, 2, 2, 2), pi),
        ((4, 3, 5, 2, 6), pi),
        ((8,) * 10, pi),
        ((16,) * 4, pi),
        ((5, 1, 4), pi),
        ((4, 3, 5, 2, 6), 2.0),
    ],
)
def test_summed_over_the_counts_no_layer_is_dead(widths, start, layers):
    values, errors = last_law(widths, None, start, layers)
    dead, error = last_event(widths, None, [0], start, layers)
    eps = float(np.finfo(Wide).eps)
    assert abs(values.sum() - (1 - dead)) <= errors.sum() + error + len(values) * eps
    assert errors.sum() < (2e-15 if EXTENDED else 1e-11)


@pytest.mark.parametrize("start", [pi, 2.0])
def test_masks_add_up(start, layers):
    widths, even, odd = (4, 5, 3, 4), {0, 2, 4}, {1, 3, 5}
    whole, error = last_law(widths, None, start, layers)
    parts = [
        last_law(widths, flags(masks, widths), start, layers) for masks in product((None,), (even, odd), (even, odd))
    ]
    bound = error + sum(errors for _, errors in parts) + 4 * np.finfo(Wide).eps
    assert (np.abs(sum(values for values, _ in parts) - whole) <= bound).all()


@pytest.mark.parametrize("start", [pi, 2.0])
def test_each_count_is_rarer_than_in_the_sign_chain(start, layers):
    """From opposite rays: S_l = s whether or not a layer is dead, by matrices of fractions."""
    widths = (4, 3, 5, 4)
    masks = [None, {1, 3}, {2, 3, 5}]
    first = naive.binomial(4, 0) if start == pi else naive.binomial(4, Fraction((pi - start) / (2 * pi)))
    chain = naive.sign_law(first, widths, masks)
    values, errors = last_law(widths, flags(masks, widths), start, layers)
    rounding = 2.0**-50  # of the chance in layer 1, which Fraction took from a float
    for value, error, most in zip(values[1:], errors[1:], chain[1:], strict=True):
        assert 0 < exactly(value) <= most + Fraction(float(error)) + Fraction(rounding)


def test_what_cannot_happen_is_exactly_zero(layers):
    widths = (3, 4, 3)
    values, errors = last_law(widths, flags(({0, 1, 2}, None), widths), layers=layers)
    assert not values.any()
    assert not errors.any(), "over opposite rays all of layer 1 is alive"
    for masks in (({3}, {0}), ({0}, None)):
        values, errors = last_law(widths, flags(masks, widths), 2.0, layers)
        assert not values.any()
        assert not errors.any()
    values, errors = last_law(widths, [None, None, [True, False, True, False]], layers=layers)
    assert (values != 0).tolist() == (errors != 0).tolist() == [False, False, True, False]


def test_what_is_too_rare_for_floats_is_not_called_impossible(layers):
    widths = (2, 16, 16, 1)
    values, errors = last_law((2, 16, 16, 16), flags(({2}, {16}, {1}), (2, 16, 16, 16)), layers=layers)
    assert (errors[1:] > 0).all()
    assert errors[0] == values[0] == 0
    values, errors = last_law(widths, flags(({2}, {16}, {1}), widths), layers=layers)
    # all of layer 2 able to fire, and all but one of layer 3 not: 16 2^(-16 15) times at most 1
    assert 0 < values[1] < 16 * 2.0 ** (-16 * 15)


def agrees(network, start, layers, samples):
    """Exact binomial tests of P(S_1 in A_1, ..., S_L = s, no layer dead), s >= 1, random masks: Bonferroni at LEVEL.

    A dead layer anywhere freezes all below it, so that only the last layer of a network has the law of the chain.
    """
    runs = simulate(network, samples=samples, rng=99, death="permanent", progress=False)
    rng, widths = np.random.default_rng(3), network.hidden_widths
    p_values = []
    for keep in (1.0, 0.8, 0.8, 0.7, 0.7):
        masks = [rng.random(n + 1) < keep for n in widths[:-1]]
        seen = runs.counts(network.depth, [np.flatnonzero(mask).tolist() for mask in masks])
        law, _ = last_law(widths, [*masks, None], start, layers)
        pairs = list(zip(seen, law, strict=True))[1:]
        p_values += [binomtest(int(k), samples, min(1.0, max(0.0, float(p)))).pvalue for k, p in pairs]
    return min(p_values) > LEVEL / len(p_values)


@pytest.mark.parametrize("widths", [(3, 3, 3), (3, 2, 4), (2, 4, 2, 3), (4, 2, 5, 3, 2, 4), (5, 5, 5, 5)])
def test_simulated_networks(widths, layers):
    assert agrees(Network((1, *widths, 1)), pi, layers, 80_000)


@pytest.mark.parametrize(("widths", "start"), [((3, 4, 2, 3), pi / 4), ((4, 3, 2, 3), 2.0)])
def test_simulated_networks_on_two_points(widths, start, layers):
    domain = Points([(1, 0), (2 * cos(start), 2 * sin(start))])
    assert agrees(Network((2, *widths, 1), domain=domain), start, layers, 80_000)


@pytest.mark.parametrize("widths", [(4, 4, 4, 4), (3, 5, 2, 6, 4), (2, 2, 2)])
@pytest.mark.parametrize("need", [1, 2])
def test_trainability_is_a_number_in_its_bracket(widths, need):
    net, m = Network((1, *widths, 1)), (*[need] * (len(widths) - 1), 2)
    answer = trainability(net, need=m, death="permanent")
    assert answer.guarantee is Guarantee.NUMERICAL
    assert "permanent death" in answer.method
    assert answer.high - answer.low < (1e-14 if EXTENDED else 1e-11)
    around = trainability(net, need=m, death="permanent", method="bracket")
    assert around.low <= answer.high
    assert answer.low <= around.high
    # the same ends, computed here: P(N >= m) and, by matrices of fractions, P(S >= m)
    initially = trainability(net, need=m)
    assert initially.low <= answer.high
    first = [Fraction(int(j == widths[0])) for j in range(widths[0] + 1)]
    high = sum(naive.sign_law(first, widths, [range(need, n + 1) for n in widths[:-1]])[2:])
    assert answer.low <= float(high) * (1 + 2**-52)
    assert answer.high >= float(high) - float(born_dead(net).high) - 2**-52


def test_one_neuron_needed_in_each_layer_is_that_no_layer_is_dead():
    net = Network((1, 3, 4, 3, 3, 1))
    # S_4 >= 1 and no layer dead, from the law of those not sign-dead; masks leave nothing out that the event does not
    law = TWO_RAY.permanent_masses(net, 4, (frozenset(range(1, 4)), frozenset(range(1, 5)), frozenset(range(1, 4))))
    low, high = zip(*(mass.ends() for mass in law[1:]), strict=True)
    dead = born_dead(net)
    assert 1 - dead.high <= sum(high)
    assert sum(low) <= 1 - dead.low
    assert trainability(net, need=(1,) * 4, death="permanent") == trainability(net, need=(1,) * 4)


def test_any_interval_around_zero_and_any_scale():
    wide = Network((1, 3, 4, 3, 1), domain=Interval(-0.1, 7))
    assert trainability(wide, need=(2, 2, 2), death="permanent") == trainability(
        Network((1, 3, 4, 3, 1)), need=(2, 2, 2), death="permanent"
    )


def test_the_sign_chain_row_by_row():
    rows = naive.sign_kernel(5, 3, 0)
    for row, expected in zip(sign_law(5, 3)[1:], rows[1:], strict=True):
        assert [exactly(x) for x in row] == expected  # dyadic with few digits
