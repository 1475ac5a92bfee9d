"""The masked count law, by theorem, bracket and simulation; theory against simulation at a stated level."""

from fractions import Fraction

import naive
import pytest
from scipy.stats import binomtest

from relu_prob import (
    Ball,
    Box,
    Constant,
    Guarantee,
    HeUniform,
    Interval,
    Network,
    Normal,
    NotCovered,
    Orthant,
    Points,
    PyTorchDefault,
    Rademacher,
    SphereUniform,
    Zero,
    count_law,
    simulate,
)
from relu_prob.numbers.balls import mpf_fraction
from relu_prob.numbers.real import Between

LEVEL = 1e-6


def fractions_of(law):
    return [law.pmf(j).fraction for j in law.support]


COVERED = [
    (Network((1, 3, 3, 1)), 2, None),
    (Network((1, 2, 4, 1), weights=HeUniform(), domain=Interval(-1, 3)), 2, None),
    (Network((1, 4, 3, 1), weights=SphereUniform(), biases=Zero()), 2, None),
    (Network((2, 2, 4, 1)), 2, None),
    (Network((3, 2, 3, 1), domain=Box((-1, -1, -2), (1, 2, 1))), 2, None),
    (Network((1, 3, 3, 3, 1), domain=Interval(0, 1)), 3, None),
    (Network((1, 3, 3, 3, 1), domain=Interval(0, 1)), 3, [{1, 3}, {0, 2}]),
    (Network((2, 3, 2, 3, 1), domain=Points([[1, 2]]), weights=PyTorchDefault()), 3, [None, {1}]),
    (Network((2, 1, 3, 3, 1)), 3, [None, {1, 2}]),
    (Network((2, 4, 1), biases=Normal(1)), 1, None),
    (Network((2, 4, 1), weights=SphereUniform(), domain=Ball(2)), 1, None),
    (Network((3, 3, 1), domain=Orthant()), 1, None),
    (Network((1, 4, 1), weights=PyTorchDefault(), domain=Ball(2)), 1, None),
]


@pytest.mark.parametrize(("net", "layer", "allowed"), COVERED, ids=str)
def test_theorems_agree_with_simulated_networks(net, layer, allowed):
    samples = 20_000
    law = count_law(net, layer=layer, allowed=allowed, method="exact")
    counts = simulate(net, samples=samples, rng=11)
    assert counts.exact_layers >= layer
    tally = counts.counts(layer, allowed)
    for j in law.support:
        p = float(law.pmf(j))
        assert binomtest(int(tally[j]), samples, p).pvalue > LEVEL / (law.n + 1)


def test_by_hand():
    law = count_law(Network((1, 2, 2, 1)))
    assert fractions_of(law) == [Fraction(5, 32), Fraction(14, 32), Fraction(13, 32)]
    assert law.guarantee is Guarantee.EXACT
    assert law.method == "layer 2 in one dimension"


def test_masks_of_a_ray():
    net = Network((1, 2, 3, 2, 1), domain=Interval(0, 1))
    masks = [{1}, {0, 3}]
    assert fractions_of(count_law(net, allowed=masks)) == naive.fair_law((2, 3, 2), masks)


def test_exact_needs_a_theorem():
    with pytest.raises(NotCovered, match="no theorem covers layer 2"):
        count_law(Network((2, 4, 3, 1)), method="exact")


def test_the_bracket_is_certain():
    law = count_law(Network((2, 5, 3, 1)), method="bracket")
    assert law.guarantee is Guarantee.CERTIFIED
    assert isinstance(law.pmf(0).number, Between)
    assert law.pmf(0).number.low.fraction == Fraction(1, 2**15)
    # two opposite inputs: two rays with probability 15/16, on which a neuron is dead with probability 1/4
    assert law.pmf(0).number.high.fraction == Fraction(15, 16) / 64 + Fraction(1, 16) / 8
    assert law.total.fraction == 1


def test_the_bracket_has_moments_in_balls_too():
    for net in (Network((3, 4, 4, 4, 1)), Network((2, 3, 3, 1), biases=Normal(1))):
        mean, low = (count_law(net, method="bracket", digits=d).mean for d in (30, 60))
        assert mean.low <= low.high
        assert 0 < mean.low < mean.high < net.hidden_widths[-1]
        assert count_law(net, method="bracket", digits=30).var.low >= 0


def test_tiny_probabilities_of_a_bracket_in_balls_keep_their_digits():
    net = Network((3, *[20] * 4, 1))
    exact, balls = (count_law(net, method="bracket", digits=d).pmf(0) for d in (None, 20))
    value = exact.number.low.fraction
    assert value * (1 - Fraction(1, 10**15)) < mpf_fraction(balls.low) <= value


def test_the_bracket_bounds_only_thresholds():
    """N_1 = 3 certainly, so that P(N_1 = 1) = 0; but the ray chain has one neuron left with probability 3/8."""
    with pytest.raises(ValueError, match=r"allowed must be thresholds .*got \[\[1\]\]"):
        count_law(Network((2, 3, 3, 1)), allowed=[{1}], method="bracket")


def test_without_a_theorem_a_simulation_inside_the_bracket():
    net = Network((2, 4, 2, 1))
    law = count_law(net, samples=2000, rng=3)
    assert law.guarantee is Guarantee.STATISTICAL
    assert law.method == "simulation"
    p = law.pmf(0)
    assert p.bracket.low <= p.low <= p.high <= p.bracket.high
    assert count_law(net, allowed=[{1}], samples=200, rng=3).pmf(0).bracket is None


def test_simulations_repeat_with_their_seed():
    net = Network((2, 3, 3, 1))
    one, two, other = (count_law(net, method="simulate", samples=500, rng=seed) for seed in (1, 1, 2))
    assert one == two != other


def test_the_tally_is_that_of_simulate():
    net = Network((2, 3, 4, 1))
    law = count_law(net, method="simulate", samples=500, rng=1, allowed=[{3}])
    assert law.masses.tally == tuple(simulate(net, samples=500, rng=1).counts(2, [{3}]))


def test_counts_that_may_be_too_small_say_so_and_bound_in_one_direction():
    net = Network((3, 3, 3, 3, 1))
    law = count_law(net, samples=500, rng=1)
    assert "may be too small" in law.method
    p = law.sf(0)
    assert p.high == p.bracket.high
    assert p.low >= p.bracket.low


def test_a_mask_on_counts_that_may_be_too_small_bounds_nothing():
    """P(N_3 = 1, N_4 > 0) may be smaller than seen, because networks with N_3 > 1 may have seemed to have N_3 = 1."""
    net = Network((3, 3, 3, 3, 3, 1))
    p = count_law(net, allowed=[None, None, {1}], samples=300, rng=1).sf(0)
    assert (p.low, p.high) == (0, 1)
    # exact layers may be masked at will
    p = count_law(net, allowed=[None, {1}, None], samples=300, rng=1).sf(0)
    assert p.low > 0
    assert p.high == 1


@pytest.mark.parametrize(
    "net",
    [
        Network((2, 3, 3, 1), weights=Rademacher()),
        Network((2, 3, 3, 1), biases=Constant(-1)),
        Network((2, 3, 3, 1), biases=Constant(1)),
        Network((1, 3, 3, 1), weights=Rademacher(), domain=Interval(0, 1)),
    ],
    ids=str,
)
def test_outside_of_a_chain_the_bracket_is_trivial_and_still_true(net):
    law = count_law(net, method="bracket")
    counts = simulate(net, samples=2000, rng=4)
    tally = counts.counts(2)
    for j in range(1, law.n + 1):
        event = law.sf(j - 1)
        seen = int(tally[j:].sum())
        if counts.exact:
            assert binomtest(seen, 2000, float(event.low), "less").pvalue > LEVEL
        assert binomtest(seen, 2000, float(event.high), "greater").pvalue > LEVEL
