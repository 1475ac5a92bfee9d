"""The ray and the sign chain: against Fraction matrices, enumeration, each other and simulated networks."""

from fractions import Fraction

import naive
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import binom

from relu_prob import simulate
from relu_prob.domains import Interval, Points
from relu_prob.initialization import Constant, HeNormal, Normal, Rademacher
from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Rational
from relu_prob.theorems.bracket import (
    Arithmetic,
    CostError,
    certain,
    cost,
    is_threshold,
    predicted_seconds,
    ray_masses,
    ray_missing,
    sign_masses,
    sign_missing,
    sign_offset,
    sign_ray_masses,
)

EXACT = Arithmetic()
LEVEL = 1e-6


def fractions_of(masses):
    return [x.fraction for x in masses]


@st.composite
def problems(draw):
    """(hidden widths, law of N_1, masks): the law of N_1 is binomial, the masks are any sets."""
    hidden = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    first = naive.binomial(hidden[0], draw(st.fractions(0, 1, max_denominator=9)))
    masks = tuple(draw(st.none() | st.frozensets(st.integers(0, n))) for n in hidden[:-1])
    return hidden, first, masks


@given(problems())
def test_the_ray_chain(problem):
    hidden, _, masks = problem
    net = Network((3, *hidden, 1))
    assert fractions_of(ray_masses(net, len(hidden), masks)) == naive.fair_law(hidden, masks)


@given(problems(), st.sampled_from([(None, 0), (Normal(1), 1), (Constant(1), None), (Constant(-1), 0)]))
def test_the_sign_chain(problem, law):
    hidden, first, masks = problem
    biases, offset = law
    net = Network((3, *hidden, 1), biases=biases)
    assert sign_offset(net) == offset
    expected = naive.sign_law(first, hidden, masks, offset)
    start = tuple(map(Rational, first))
    assert fractions_of(sign_masses(net, len(hidden), masks, start, EXACT)) == expected


@given(problems())
def test_the_sign_then_ray_chain(problem):
    hidden, first, masks = problem
    net = Network((3, *hidden, 1))
    expected = naive.sign_ray_law(first, hidden, masks)
    assert fractions_of(sign_ray_masses(net, len(hidden), masks, tuple(map(Rational, first)), EXACT)) == expected


@pytest.mark.parametrize("hidden", [(2, 2, 2), (3, 2, 2)])
def test_the_joint_law_of_the_sign_chain_against_all_matrices_of_signs(hidden):
    joint = naive.sign_alive_by_enumeration(hidden)
    first = tuple(Rational(int(j == hidden[0])) for j in range(hidden[0] + 1))
    net = Network((3, *hidden, 1))
    for i in range(hidden[1] + 1):
        law = fractions_of(sign_masses(net, 3, (None, frozenset({i})), first, EXACT))
        assert law == [joint[hidden[0], i, j] for j in range(hidden[2] + 1)]


@given(problems(), st.sampled_from([15, 40]))
@settings(max_examples=50)
def test_balls_contain_the_exact_chains_and_refine_to_any_accuracy(problem, digits):
    hidden, first, masks = problem
    net, l = Network((3, *hidden, 1)), len(hidden)
    start = tuple(map(Rational, first))
    for chain in (sign_masses, sign_ray_masses):
        exact = fractions_of(chain(net, l, masks, start, EXACT))
        for ball, value in zip(chain(net, l, masks, start, Arithmetic(digits)), exact, strict=True):
            assert ball.guarantee is (Guarantee.CERTIFIED if value else Guarantee.EXACT)
            for wanted in (digits, 80):
                low, high = map(balls.mpf_fraction, ball.ends(wanted))
                assert low <= value <= high
                # sums of positive terms lose no digits
                assert high - low <= 2 * value * Fraction(1, 10**wanted)


@given(problems(), st.fractions(0, Fraction(1, 2), max_denominator=9))
def test_the_three_chains_are_ordered_jointly(problem, dead):
    """Where a neuron of the first layer is dead with probability at most 1/2, as on every domain."""
    hidden, _, _ = problem
    net, l = Network((3, *hidden, 1)), len(hidden)
    start = tuple(map(Rational, naive.binomial(hidden[0], dead)))
    for m in range(1, max(hidden) + 1):
        masks = tuple(frozenset(range(min(m, n), n + 1)) for n in hidden[:-1])
        ray = fractions_of(ray_masses(net, l, masks))
        sharp = fractions_of(sign_ray_masses(net, l, masks, start, EXACT))
        sign = fractions_of(sign_masses(net, l, masks, start, EXACT))
        for j in range(hidden[-1] + 1):
            assert sum(ray[j:]) <= sum(sharp[j:]) <= sum(sign[j:])


@pytest.mark.parametrize(
    "net",
    [
        Network((1, 3, 3, 3, 1)),
        Network((2, 3, 3, 3, 1)),
        Network((1, 3, 3, 3, 1), biases=Normal(1)),
        Network((2, 4, 3, 2, 1), domain=Points([[1, 0], [0, 1], [-1, -1]])),
    ],
    ids=str,
)
def test_simulated_networks_lie_between_jointly(net):
    samples = 20_000
    counts = simulate(net, samples=samples, rng=5)
    assert counts.exact
    last = net.depth
    start = tuple(Rational(int(j == net.hidden_widths[0])) for j in range(net.hidden_widths[0] + 1))
    cells = 0
    for need in [(1, 1, 1), (1, 2, 1), (2, 2, 2), (3, 1, 2), (2, 3, 2)]:
        masks = tuple(frozenset(range(m, n + 1)) for m, n in zip(need[:-1], net.hidden_widths, strict=False))
        low = sum(fractions_of(ray_masses(net, last, masks))[need[-1] :])
        chain = sign_ray_masses if net.zero_bias else sign_masses
        high = sum(fractions_of(chain(net, last, masks, start, EXACT))[need[-1] :])
        seen = counts.joint(need)
        cells += 1
        assert binom.cdf(seen, samples, float(low)) > LEVEL / 10
        assert binom.sf(seen - 1, samples, float(high)) > LEVEL / 10
    assert 2 * cells <= 10


def test_numbers_of_the_theory():
    """Five layers of four neurons, zero biases, all of the first layer active: P(some layer is dead)."""
    net, alive = Network((3, *[4] * 5, 1)), (None,) * 4
    start = tuple(Rational(int(j == 4)) for j in range(5))
    assert float(ray_masses(net, 5, alive)[0].fraction) == pytest.approx(0.27580, abs=5e-6)
    assert ray_masses(net, 5, alive)[0].fraction == 1 - Fraction(15, 16) ** 5
    assert float(sign_masses(net, 5, alive, start, EXACT)[0].fraction) == pytest.approx(1.1563e-3, abs=5e-8)
    assert float(sign_ray_masses(net, 5, alive, start, EXACT)[0].fraction) == pytest.approx(1.3668e-3, abs=5e-8)


def test_hypotheses():
    assert ray_missing(Network((2, 3, 1))) is sign_missing(Network((2, 3, 1))) is None
    assert "Constant(1)" in ray_missing(Network((2, 3, 1), biases=Constant(1)))
    assert "ties" in ray_missing(Network((2, 3, 1), weights=Rademacher()))
    assert ray_missing(Network((2, 3, 1), weights=Rademacher(), biases=Normal(1))) is None
    assert sign_missing(Network((2, 3, 1), weights=Rademacher())) is None
    assert sign_missing(Network((2, 3, 1), biases=Constant(-1))) is None


def test_the_trivial_laws_where_no_chain_bounds():
    net = Network((2, 3, 4, 1), weights=HeNormal())
    assert fractions_of(certain(net, 2, (None,), dead=True)) == [1, 0, 0, 0, 0]
    assert fractions_of(certain(net, 2, (None,), dead=False)) == [0, 0, 0, 0, 1]
    assert fractions_of(certain(net, 2, (frozenset({1, 2, 3}),), dead=True)) == [0] * 5
    assert fractions_of(certain(net, 2, (frozenset({2, 3}),), dead=False)) == [0, 0, 0, 0, 1]


def test_thresholds():
    assert is_threshold(None, 3)
    assert all(is_threshold(frozenset(range(m, 4)), 3) for m in range(5))
    assert not is_threshold(frozenset({1}), 3)
    assert not is_threshold(frozenset({0, 1, 2}), 3)


def test_the_predicted_size_is_the_size_of_the_numbers():
    net = Network((1, 6, 5, 7, 1))
    start = tuple(Rational(int(j == 6)) for j in range(7))
    bits, _ = cost(1, net.hidden_widths, 0)
    masses = sign_masses(net, 3, (None, None), start, EXACT)
    assert max(x.fraction.denominator.bit_length() for x in masses) <= bits


def test_a_slow_exact_chain_is_refused_with_its_cost_and_what_to_do():
    net = Network((1, *[600] * 60, 1))
    assert predicted_seconds(net) > 60
    start = (Rational(0),) * 600 + (Rational(1),)
    for chain in (sign_masses, sign_ray_masses):
        with pytest.raises(CostError, match=r"about \d+ s .* \d+ bits: .*digits=50.*force=True"):
            chain(net, 60, (None,) * 59, start, EXACT)


def test_force_computes_what_is_slow(monkeypatch):
    monkeypatch.setattr("relu_prob.theorems.bracket.LIMIT_SECONDS", 0)
    net, start = Network((1, 3, 3, 1)), (Rational(0),) * 3 + (Rational(1),)
    with pytest.raises(CostError):
        sign_masses(net, 2, (None,), start, EXACT)
    assert sign_masses(net, 2, (None,), start, Arithmetic(force=True))[0].fraction == Fraction(1, 512)


def test_the_domain_matters_only_through_the_first_layer():
    start = tuple(Rational(int(j == 2)) for j in range(3))
    nets = [Network((1, 2, 3, 1)), Network((1, 2, 3, 1), domain=Interval(1, 2))]
    assert sign_masses(nets[0], 2, (None,), start, EXACT) == sign_masses(nets[1], 2, (None,), start, EXACT)
