"""The sharper ends of the bracket: two inputs below, known layers on both sides, against hand and simulation."""

from fractions import Fraction

import naive
import pytest
from scipy.stats import binom

from relu_prob import (
    Ball,
    Box,
    Guarantee,
    HeUniform,
    Network,
    Normal,
    Orthant,
    Points,
    Rademacher,
    SphereUniform,
    born_dead,
    bracket,
    count_law,
    simulate,
    trainability,
)
from relu_prob.questions.bracket_ends import best_upper_law, lower_laws
from relu_prob.theorems.bracket import Arithmetic

LEVEL = 1e-6


def fractions_of(law):
    return [law.pmf(j).fraction for j in law.support]


@pytest.mark.parametrize(("width", "dead", "seen"), [(4, 0.1147, 1e-4), (8, 0.00166, 1e-5)])
def test_two_rays_below_five_layers(width, dead, seen):
    """Against a simulation with the standard error ``seen``, at the level 1e-6 (4.9 standard errors)."""
    low = bracket(Network((3, *[width] * 5, 1))).low
    assert low.guarantee is Guarantee.NUMERICAL
    assert low.method == "two rays, opposite inputs"
    assert float(low.pmf(0)) == pytest.approx(dead, abs=4.9 * seen)
    assert low.pmf(0).number == born_dead(Network((1, *[width] * 5, 1))).number


def test_layer_two_by_hand():
    """5 neurons: two rays with probability 15/16, each neuron dead with 1/4; otherwise 1/2. For any symmetric law."""
    for weights in (None, HeUniform(), SphereUniform()):
        net = Network((3, 5, 4, 1), weights=weights, biases=Network((3, 5, 1)).biases)
        low = bracket(net).low
        assert low.guarantee is Guarantee.EXACT
        assert low.pmf(0).fraction == Fraction(15, 16) / 256 + Fraction(1, 16) / 16


def test_beyond_layer_two_other_laws_go_on_with_one_ray():
    low = bracket(Network((3, 4, 4, 3, 1), weights=HeUniform())).low
    alive = 1 - Fraction(7, 8) / 256 - Fraction(1, 8) / 16
    assert fractions_of(low) == [
        (alive * x if j else 1 - alive + alive * x) for j, x in enumerate(naive.binomial(3, Fraction(1, 2)))
    ]
    assert low.method == "two rays, opposite inputs, to layer 2, then the ray chain"


def test_masks_of_a_known_layer_and_above():
    """N_2 >= 2 behind a narrow first layer is exact; a live layer 2 fires at some input."""
    net = Network((3, 2, 3, 3, 1))
    low = bracket(net, allowed=[None, {2, 3}], upper="sign").low
    enough = sum(naive.binomial(3, Fraction(1, 4))[2:])
    laws = lower_laws(net, 3, (None, frozenset({2, 3})), "ray") + lower_laws(net, 3, (None, frozenset({2, 3})), "quick")
    known = next(law for law in laws if law.method == "layer 2 of a narrow first layer, then the ray chain")
    assert fractions_of(known) == [enough * x for x in naive.binomial(3, Fraction(1, 2))]
    assert low.sf(0).low >= known.sf(0).low


def test_biases_know_the_first_layer():
    """p_1 = atan(1)/pi = 1/4 on the interval; then one input at which layer 1 fires."""
    net = Network((1, 2, 2, 1), weights=Normal(1), biases=Normal(1))
    alive = 1 - Fraction(1, 16)
    low = bracket(net).low.pmf(0)
    assert low.guarantee is not Guarantee.NUMERICAL
    assert float(low) == pytest.approx(float(1 - alive + alive / 4), rel=1e-15)


def test_the_upper_law_starts_from_the_last_exact_layer():
    net = Network((1, 3, 3, 3, 1))
    second = [x.number.fraction for x in (count_law(net, layer=2).pmf(j) for j in range(4))]
    high = best_upper_law(net, 3, (None, None), Arithmetic(), "sharpest")
    assert fractions_of(high) == naive.sign_ray_law(second, (3, 3), (None,))
    assert high.method == "layer 2 in one dimension, then the sign chain, then quadrant and ray"
    assert bracket(net, layer=2).high.pmf(0) == count_law(net, layer=2).pmf(0)


def test_two_neurons_that_read_two_are_followed():
    """Layers of two, all sign-alive at first: the chain knows layer 3 exactly, and dies oftener than without pairs."""
    net = Network((2, 2, 2, 2, 2, 2, 1))
    from_first = bracket(net.with_hidden_widths((2, 2, 2))).high.pmf(0).fraction
    assert from_first == count_law(net, layer=3).pmf(0).fraction
    sharp, ray = (bracket(net, upper=upper).high.pmf(0).fraction for upper in ("sharpest", "sign-ray"))
    assert ray < sharp < 1
    samples = 20_000
    for widths in ((2, 2, 2, 2, 2), (3, 2, 2, 3, 2)):
        other = net.with_hidden_widths(widths)
        died = simulate(other, samples=samples, rng=5).counts(5)[0]
        assert binom.cdf(died, samples, float(bracket(other).high.pmf(0))) > LEVEL / 2


NETS = [
    Network((2, 4, 3, 3, 1)),
    Network((2, 4, 3, 3, 1), domain=Orthant()),
    Network((2, 4, 3, 3, 1), domain=Box((1, -2), (2, 1))),
    Network((2, 4, 3, 3, 1), domain=Points([[1, 0], [0.2, 1], [-0.7, -0.5]])),
    Network((2, 4, 3, 3, 1), weights=HeUniform()),
    Network((2, 2, 3, 3, 1)),
    Network((1, 3, 3, 3, 1), weights=Normal(1), biases=Normal(1)),
    Network((2, 3, 3, 3, 1), weights=Rademacher()),
]
NEEDS = [(1, 1, 1), (2, 1, 1), (2, 2, 2), (1, 3, 1), (2, 1, 3)]


@pytest.mark.parametrize("net", NETS, ids=str)
def test_simulated_networks_lie_between_jointly(net):
    samples = 8_000
    counts = simulate(net, samples=samples, rng=11)
    assert counts.exact
    tests = 2 * len(NEEDS) * len(NETS)
    for need in NEEDS:
        around = trainability(net, need=need, method="bracket")
        seen = counts.joint(need)
        assert binom.cdf(seen, samples, float(around.low)) > LEVEL / tests
        assert binom.sf(seen - 1, samples, float(around.high)) > LEVEL / tests


def test_the_lower_law_is_that_of_two_opposite_inputs_in_any_dimension():
    """The theory of one input dimension against the simulation of two points in three."""
    net, samples = Network((3, 3, 3, 2, 1)), 20_000
    seen = simulate(net.__class__(net.widths, domain=Points([[1, 2, -1], [-1, -2, 1]])), samples=samples, rng=3)
    low = bracket(net).low
    for j, tally in enumerate(seen.counts(3)):
        p = float(low.pmf(j))
        assert min(binom.cdf(tally, samples, p), binom.sf(tally - 1, samples, p)) > LEVEL / 6


@pytest.mark.parametrize("net", NETS[:-1], ids=str)
def test_quick_is_sharper_than_the_chains(net):
    quick, chains = bracket(net), bracket(net, lower="ray", upper="sign-ray")
    # the law is the best for P(N > 0)
    assert chains.low.sf(0).low <= quick.low.sf(0).low <= quick.high.sf(0).high <= chains.high.sf(0).high
    assert bracket(net, lower="sharpest").low == quick.low


def test_what_is_certain_and_what_is_not_is_printed():
    numerical = born_dead(Network((2, 4, 4, 4, 1)), samples=200, rng=1)
    assert "certainly" not in str(numerical)
    assert "(numerical, error of the ends <= " in str(numerical)
    assert numerical.bracket.guarantee is Guarantee.NUMERICAL
    assert numerical.bracket.method.startswith("between 'two rays, opposite inputs' and 'the sign chain")
    certain = born_dead(Network((2, 4, 4, 1)), samples=200, rng=1)
    assert "certainly in [" in str(certain)
    assert certain.bracket.guarantee is Guarantee.CERTIFIED


def test_wide_layers_are_left_out_unless_asked_for():
    net = Network((2, 30, 30, 2, 1), domain=Ball(1))
    assert bracket(net).low.method == "two rays, opposite inputs, to layer 2, then the ray chain"
    assert [law.method for law in lower_laws(net, 3, (None, None), "sharpest")][-1] == "two rays, opposite inputs"
