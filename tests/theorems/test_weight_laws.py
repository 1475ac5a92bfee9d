"""Which theorem speaks of which weight law: a theorem whose hypothesis fails refuses, and says which one."""

from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest
from flint import arb, fmpq
from scipy.stats import binom

from relu_prob import agree, bracket, simulate
from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import (
    HeNormal,
    HeUniform,
    Normal,
    Orthogonal,
    PyTorchDefault,
    Rademacher,
    RandomizedAsymmetric,
    SphereUniform,
    Zero,
)
from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.chain import AsymmetricSignStep, ExactLaw, run_balls, run_exact
from relu_prob.questions import catalogue
from relu_prob.theorems import bracket as chains

LEVEL = 1e-6
RAI = RandomizedAsymmetric()
PAIRS = {
    "he": (HeNormal(), Zero()),
    "he, bias": (HeNormal(), Normal(1)),
    "he-uniform": (HeUniform(), Zero()),
    "sphere": (SphereUniform(), Zero()),
    "sphere, bias": (SphereUniform(), SphereUniform()),
    "rademacher": (Rademacher(), Zero()),
    "pytorch": (PyTorchDefault(), PyTorchDefault()),
    "orthogonal": (Orthogonal(), Zero()),
    "orthogonal, bias": (Orthogonal(), Normal(1)),
    "rai": (RAI, RAI),
}
CASES = {
    "ray, layer 1": (Network((1, 3, 3, 3, 1), domain=Interval(0, 1)), 1),
    "ray, layer 3": (Network((1, 3, 3, 3, 1), domain=Interval(0, 1)), 3),
    "point, layer 2": (Network((2, 3, 3, 1), domain=Points([[1, 2]])), 2),
    "quadrant, layer 1": (Network((2, 3, 3, 1), domain=Orthant()), 1),
    "plane, layer 1": (Network((2, 3, 3, 1), domain=WholeSpace()), 1),
    "line, layer 1": (Network((1, 3, 3, 1)), 1),
    "line, layer 2": (Network((1, 3, 3, 1)), 2),
    "line, layer 3": (Network((1, 3, 2, 3, 1)), 3),
    "narrow, layer 2": (Network((3, 2, 3, 1)), 2),
    "one neuron, layer 2": (Network((1, 1, 3, 1)), 2),
}
ZERO_BIAS = ("he", "he-uniform", "sphere", "rademacher", "orthogonal")
COVERED = {
    # with biases [0, 1] is an interval like any other; orthogonal rows have no family there
    "ray, layer 1": set(PAIRS) - {"orthogonal, bias"},
    "ray, layer 3": {"he", "he-uniform", "sphere", "orthogonal"},
    # at one input biases matter as little as laws, as long as signs are fair
    "point, layer 2": set(PAIRS) - {"rademacher", "rai"},
    "quadrant, layer 1": set(PAIRS) - {"orthogonal", "orthogonal, bias", "rai"},
    "plane, layer 1": set(PAIRS),
    "line, layer 1": {*ZERO_BIAS, "he, bias", "sphere, bias", "pytorch", "rai"},
    "line, layer 2": {"he", "he-uniform", "sphere"},
    "line, layer 3": {"he"},
    "narrow, layer 2": {"he", "he-uniform", "sphere"},
    # without a bias a single neuron passes on one ray
    "one neuron, layer 2": {"he", "he-uniform", "sphere", "orthogonal", "he, bias"},
}


def network(case, law):
    net, layer = CASES[case]
    weights, biases = PAIRS[law]
    return Network(net.widths, weights=weights, biases=biases, domain=net.domain), layer


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("law", PAIRS)
def test_laws_and_theorems(case, law):
    net, layer = network(case, law)
    assert (catalogue.covering(net, layer) is not None) is (law in COVERED[case])


@pytest.mark.parametrize(
    ("case", "law", "theorem", "why"),
    [
        ("ray, layer 1", "rai", "a first layer on one ray", "the biases must be zero"),
        ("ray, layer 3", "rai", "one ray", "symmetric under a change of sign of any entry"),
        ("point, layer 2", "rai", "one ray", "symmetric under a change of sign of any entry"),
        ("quadrant, layer 1", "rai", "a first layer on the orthant", "the weights must be symmetric"),
        ("quadrant, layer 1", "orthogonal", "a first layer on the orthant", "rows of the weight matrix must be indep"),
        ("line, layer 2", "orthogonal", "layer 2 in one dimension", "rows of a weight matrix must be independent"),
        ("narrow, layer 2", "orthogonal", "layer 2 of a narrow first layer", "rows of a weight matrix must be indep"),
        ("line, layer 3", "orthogonal", "two rays", "the weights must be Gaussian"),
        ("line, layer 3", "sphere", "two rays", "the weights must be Gaussian"),
        ("line, layer 1", "orthogonal, bias", "a first layer on a ball", "rotation-invariant"),
        ("one neuron, layer 2", "rai", "layer 2 behind one neuron with a bias", "must be Gaussian"),
        ("one neuron, layer 2", "pytorch", "layer 2 behind one neuron with a bias", "must be Gaussian"),
    ],
)
def test_the_hypothesis_that_fails_is_named(case, law, theorem, why):
    net, layer = network(case, law)
    assert why in catalogue.missing(net, layer)[theorem]


@pytest.mark.parametrize("law", ["sphere", "pytorch", "orthogonal", "orthogonal, bias", "rai"])
@pytest.mark.parametrize("case", ["point, layer 2", "ray, layer 3", "one neuron, layer 2", "line, layer 1"])
def test_what_is_covered_or_bracketed_agrees_with_explicit_matrices(case, law):
    net, layer = network(case, law)
    assert agree(net, layer=layer, samples=40_000, rng=21, level=LEVEL).agrees


ORTHOGONAL = [
    Network((3, 4, 2, 3, 1), weights=Orthogonal(), domain=Points([[1, -2, 0]])),
    Network((2, 5, 1, 2, 1), weights=Orthogonal(2), biases=Normal(1), domain=Points([[1, 1]])),
    Network((1, 4, 3, 1), weights=Orthogonal(), domain=Interval(0, 1)),
]


@pytest.mark.parametrize("net", ORTHOGONAL, ids=str)
def test_signs_of_an_orthogonal_image_are_independent_and_fair(net):
    assert catalogue.covering(net, net.depth).name == "one ray"
    assert agree(net, samples=60_000, rng=22, level=LEVEL).agrees


def test_orthogonal_rows_break_the_law_of_the_sign_chain():
    """Two orthogonal rows of the plane are never both negative, which independent rows are with probability 1/16."""
    net = Network((2, 2, 2, 1), weights=Orthogonal())
    assert simulate(net, samples=20_000, rng=23, death="permanent").counts(2)[0] == 0
    assert "rows of a weight matrix must be independent" in chains.sign_missing(net)
    around = bracket(net, layer=2)
    assert around.high.method == "all neurons active"
    # layer 1 is active, and each neuron of layer 2 fires with probability 1/2 at an input where it is
    assert around.low.pmf(0).fraction == Fraction(1, 4)
    # with independent rows the upper bound of P(N_2 >= 1) is 15/16, which orthogonal ones exceed
    assert bracket(Network((2, 2, 2, 1)), layer=2).high.sf(0).fraction == Fraction(15, 16)


def naive_asymmetric_law(first, widths):
    law = first
    for below, n in pairwise(widths):
        following = [Fraction(0)] * (n + 1)
        for i, p in enumerate(law):
            dead = Fraction(1) if i == 0 else Fraction(below - i, below + 1) / 2 ** (i + 1)
            for j in range(n + 1):
                following[j] += p * comb(n, j) * (1 - dead) ** j * dead ** (n - j)
        law = following
    return law


@pytest.mark.parametrize("widths", [(1, 1), (2, 3), (3, 2, 4), (4, 1, 1, 3)])
def test_the_asymmetric_sign_chain_exactly_and_in_balls(widths):
    n = widths[0]
    first = [Fraction(comb(n, j) * 2**j, 3**n) for j in range(n + 1)]
    expected = naive_asymmetric_law(first, widths)
    steps = [AsymmetricSignStep(b, a) for a, b in pairwise(widths)]
    masks = (None,) * len(steps)
    start = ExactLaw.from_masses([fmpq(x.numerator, x.denominator) for x in first])
    masses = run_exact(start, steps, masks).masses()
    assert [Fraction(int(x.p), int(x.q)) for x in masses] == expected
    with balls.precision(30):
        law = run_balls([arb(fmpq(x.numerator, x.denominator)) for x in first], steps, masks)
        for ball, x in zip(law, expected, strict=True):
            assert ball.overlaps(arb(fmpq(x.numerator, x.denominator)))
            assert ball.rad() < 1e-30


def test_the_asymmetric_sign_chain_against_explicit_rows():
    """The number of neurons that are not sign-dead, while no layer is dead, is that of the simulation."""
    net, samples = Network((1, 2, 3, 2, 1), weights=RandomizedAsymmetric(2), domain=Interval(-2, -1)), 60_000
    first = catalogue.covering(net, 1).masses(net, 1, ())
    chain = chains.sign_masses(net, 3, (None, None), first, chains.Arithmetic(20))
    # S_3 >= j is at least as probable as S_3 >= j without a dead layer, which is what permanent death counts
    seen = simulate(net, samples=samples, rng=24, death="permanent")
    dead = simulate(net, samples=samples, rng=24).counts(3)[0]
    for j in (1, 2):
        high = float(sum(float(x.value()) for x in chain[j:]))
        count = seen.joint((1, 1, j))
        assert binom.sf(count - 1, samples, high) > LEVEL / 4
        assert binom.cdf(count + dead, samples, high) > LEVEL / 4


@pytest.mark.parametrize(
    "net",
    [
        Network((1, 3, 3, 3, 1), weights=RAI),
        Network((1, 4, 2, 2, 1), weights=RandomizedAsymmetric(3), domain=Interval(1, 4)),
        Network((2, 3, 2, 2, 1), weights=RandomizedAsymmetric(1), domain=Points([[1, 0], [-1, 2], [-1, -1]])),
    ],
    ids=str,
)
def test_the_bracket_of_randomized_asymmetric_rows(net):
    assert chains.ray_missing(net) is chains.sign_missing(net) is None
    for need in [(1, 1, 1), (2, 1, 2), (3, 2, 2)]:
        assert agree(net, need=need, samples=30_000, rng=25, level=LEVEL).agrees


@pytest.mark.parametrize("domain", [Interval(-3, -2), Points([[-9], [-8]])], ids=repr)
def test_without_an_input_above_zero_the_ray_chain_is_no_bound(domain):
    net = Network((1, 3, 2, 1), weights=RandomizedAsymmetric(1), domain=domain)
    assert "some input must have no negative coordinate" in chains.ray_missing(net)
    assert bracket(net).low.method == "no active neuron"
    # here a neuron of layer 1 does fire with probability below 1/2
    fires = 1 - float(catalogue.covering(net, 1).dead(net).value())
    assert fires < 0.5
    assert agree(net, layer=1, samples=40_000, rng=26, level=LEVEL).agrees


def test_a_box_needs_a_corner_above_zero():
    for high, fails in (((0, 1), False), ((1, -1), True)):
        net = Network((2, 3, 1), weights=RAI, domain=Box((-2, -2), high))
        assert (chains.ray_missing(net) is not None) is fails
    assert chains.ray_missing(Network((2, 3, 1), weights=RAI, domain=Ball(1))) is None
