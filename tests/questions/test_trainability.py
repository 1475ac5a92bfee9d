"""Trainability, born-dead probability and the first dead layer: fractions, enumeration and simulated networks."""

from fractions import Fraction

import naive
import pytest
from scipy.stats import binomtest

from relu_prob import (
    Guarantee,
    Interval,
    Network,
    Normal,
    NotCovered,
    Points,
    Rademacher,
    born_dead,
    bracket,
    count_law,
    first_dead_layer,
    simulate,
    trainability,
)
from relu_prob.numbers.real import Between
from relu_prob.questions.design.goal import guaranteed

LEVEL = 1e-6
RAY = Interval(0, 1)


def test_by_hand():
    net = Network((1, 4, 4, 1))
    assert trainability(net, need=(2, 2)).fraction == Fraction(1877, 2048)
    assert trainability(net, need=(4, 1)).fraction == 1 - Fraction(23, 2048)
    assert trainability(net, need=(0, 0)).fraction == 1
    assert born_dead(net).fraction == Fraction(23, 2048)
    assert born_dead(net, layer=1).fraction == 0
    assert [p.fraction for p in first_dead_layer(net)] == [0, Fraction(23, 2048)]


@pytest.mark.parametrize(("hidden", "need"), [((2, 2, 2), (1, 1, 1)), ((3, 2, 2), (2, 1, 2)), ((2, 3), (1, 2))])
def test_on_one_ray_against_all_patterns_of_signs(hidden, need):
    joint = naive.one_ray_by_enumeration(hidden)
    net = Network((1, *hidden, 1), domain=RAY)
    active = sum(p for c, p in joint.items() if all(n >= m for (n, _), m in zip(c, need, strict=True)))
    permanent = sum(p for c, p in joint.items() if all(n and s >= m for (n, s), m in zip(c, need, strict=True)))
    assert trainability(net, need=need).fraction == active
    assert trainability(net, need=need, death="permanent").fraction == permanent
    firsts = [sum(p for c, p in joint.items() if c[l][0] == 0 and all(n for n, _ in c[:l])) for l in range(len(hidden))]
    assert [p.fraction for p in first_dead_layer(net)] == firsts
    assert born_dead(net).fraction == sum(firsts)


@pytest.mark.parametrize("need", [(1, 1), (3, 2), (2, 3)])
def test_permanent_death_in_layer_two_against_all_patterns_of_signs(need):
    joint = naive.two_rays_by_enumeration(3, 3)
    value = sum(p for (n, s), p in joint.items() if n and s >= need[1])
    assert trainability(Network((1, 3, 3, 1)), need=need, death="permanent").fraction == value


def test_one_hidden_layer_knows_no_difference_between_the_deaths():
    net = Network((2, 4, 1), biases=Normal(1))
    one, two = (trainability(net, need=(2,), death=death) for death in ("initial", "permanent"))
    assert one == two
    assert one.guarantee is Guarantee.EXACT


def test_a_layer_that_needs_nothing_at_the_end_restricts_nothing():
    net = Network((2, 3, 3, 3, 1), biases=Normal(1))
    assert trainability(net, need=(2, 0, 0)).number == count_law(net, layer=1).sf(1).number
    assert trainability(net, need=(2, 0, 0)).guarantee is Guarantee.EXACT


@pytest.mark.parametrize("death", ["initial", "permanent"])
@pytest.mark.parametrize(
    ("net", "need"),
    [
        (Network((1, 3, 4, 1)), (2, 3)),
        (Network((3, 3, 4, 1)), (3, 4)),
        (Network((1, 3, 3, 3, 1), domain=RAY), (1, 2, 2)),
        (Network((2, 3, 3, 3, 1), domain=Points([[1, 2]]), biases=Normal(1)), (1, 2, 2)),
        (Network((2, 1, 3, 3, 1)), (1, 2, 2)),
    ],
    ids=str,
)
def test_theorems_agree_with_simulated_networks(net, need, death):
    samples = 20_000
    theory = trainability(net, need=need, death=death, method="exact")
    counts = simulate(net, samples=samples, rng=6, death=death)
    assert counts.exact
    assert binomtest(counts.joint(need), samples, float(theory)).pvalue > LEVEL


@pytest.mark.parametrize(
    ("net", "need"),
    [
        (Network((2, 4, 3, 3, 1)), (2, 2, 2)),
        (Network((2, 3, 2, 3, 4, 1)), (1, 1, 1, 4)),
        (Network((1, 4, 3, 3, 1)), (4, 3, 1)),
        (Network((1, 3, 3, 1), biases=Normal(1)), (1, 2)),
        (Network((2, 2, 3, 1), domain=Points([[1, 0], [0, 1]])), (1, 3)),
        (Network((2, 3, 3, 1), weights=Rademacher()), (1, 3)),
    ],
    ids=str,
)
@pytest.mark.parametrize("death", ["initial", "permanent"])
def test_simulated_networks_lie_in_the_certain_interval(net, need, death):
    samples = 5_000
    around = trainability(net, need=need, death=death, method="bracket")
    assert around.guarantee <= Guarantee.NUMERICAL
    counts = simulate(net, samples=samples, rng=7, death=death)
    assert counts.exact
    seen = counts.joint(need)
    assert binomtest(seen, samples, float(around.low), "less").pvalue > LEVEL
    assert binomtest(seen, samples, float(around.high), "greater").pvalue > LEVEL


@pytest.mark.parametrize("need", [(2, 2, 2, 2), (1, 1, 1, 3), (2, 1, 3, 2)])
def test_the_interval_of_permanent_death_is_as_documented(need):
    """From the sign chain, not from the sharper one: a neuron that is dead on one ray may be revived."""
    net = Network((2, 4, 2, 3, 3, 1))
    around = trainability(net, need=need, death="permanent")
    masks = [range(m, n + 1) for m, n in zip(need[:-1], net.hidden_widths, strict=False)]
    sign = bracket(net, allowed=masks, upper="sign").high.sf(need[-1] - 1).fraction
    assert sign > bracket(net, allowed=masks).high.sf(need[-1] - 1).fraction or need[1] > 1
    alive = guaranteed(net, need, "quick")
    dead = bracket(net).low.pmf(0)
    assert around.number.high.fraction == sign
    # numbers of at most 17 digits, each rounded once or twice
    assert float(around.low) == pytest.approx(max(float(sign) - float(dead.high), float(alive.low)), abs=1e-15)
    assert "permanent death" in around.method


def test_wide_networks_get_their_interval_of_permanent_death_in_balls():
    net = Network((2, *[600] * 60, 1))
    around = trainability(net, need=(1,) * 59 + (2,), death="permanent")
    assert around.guarantee is Guarantee.CERTIFIED
    assert around.low > 0.99999


@pytest.mark.parametrize("net", [Network((1, 3, 4, 1)), Network((1, 3, 3, 3, 1), domain=RAY), Network((2, 3, 3, 1))])
def test_fewer_neurons_are_permanently_dead(net):
    need = (1,) * (net.depth - 1) + (2,)
    initial = trainability(net, need=need, method="bracket")
    permanent = trainability(net, need=need, death="permanent")
    assert permanent.high >= initial.low


def test_exact_permanent_death_needs_a_theorem():
    with pytest.raises(NotCovered):
        trainability(Network((2, 4, 3, 1)), need=(1, 2), death="permanent", method="exact")


@pytest.mark.parametrize(
    "net",
    [
        Network((1, 2, 2, 2, 1)),
        Network((1, 2, 3, 2, 1), biases=Normal(1)),
        Network((2, 2, 2, 2, 1), domain=Points([[1, 0], [0, 1]])),
        Network((2, 2, 2, 2, 1), weights=Rademacher()),
    ],
    ids=str,
)
def test_needs_of_one_neuron_do_not_tell_the_two_kinds_of_death_apart(net):
    need = (1,) * net.depth
    now, for_ever = (simulate(net, samples=500, rng=2, death=death).joint(need) for death in ("initial", "permanent"))
    assert 0 < now == for_ever < 500
    p, q = (trainability(net, need=need, death=death, samples=500, rng=3) for death in ("initial", "permanent"))
    assert (p.low, p.high, p.guarantee) == (q.low, q.high, q.guarantee)


def test_an_estimate_lies_in_its_bracket():
    p = trainability(Network((2, 4, 3, 3, 1)), need=(2, 2, 2), samples=2000, rng=1)
    assert p.guarantee is Guarantee.STATISTICAL
    assert isinstance(p.bracket.number, Between)
    assert p.bracket.low <= p.low < p.high <= p.bracket.high


def test_simulated_permanent_death_is_a_proportion_where_it_is_decided():
    net = Network((2, 4, 3, 3, 1))
    p = trainability(net, need=(2, 2, 2), death="permanent", method="simulate", samples=1000, rng=1)
    counts = simulate(net, samples=1000, rng=1, death="permanent")
    assert float(p) == counts.joint((2, 2, 2)) / 1000
    assert p.high < 1


def test_simulated_permanent_death_bounds_from_below_where_layers_may_wrongly_seem_dead():
    net = Network((3, 2, 2, 2, 1))
    p = trainability(net, need=(1, 1, 2), death="permanent", method="simulate", samples=1000, rng=1)
    assert p.high == 1
    assert "finite sample" in p.method


def test_one_simulation_serves_all_layers():
    net = Network((2, 2, 2, 2, 1), domain=Points([[1, 0], [0, 1]]))
    first = first_dead_layer(net, method="simulate", samples=1000, rng=1)
    dead = born_dead(net, method="simulate", samples=1000, rng=1)
    assert round(1000 * sum(map(float, first))) == round(1000 * float(dead)) > 0


def test_need_one_everywhere_is_not_to_be_born_dead():
    for net in (Network((1, 3, 3, 1)), Network((1, 2, 3, 2, 1), domain=RAY), Network((3, 2, 2, 1))):
        assert trainability(net, need=(1,) * net.depth).fraction == 1 - born_dead(net).fraction
