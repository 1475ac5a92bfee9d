"""The engine against plain Fraction matrices and against the enumeration of all signs."""

from fractions import Fraction
from itertools import pairwise

import naive
import pytest
from flint import arb, fmpq
from hypothesis import given, settings, strategies as st

from relu_prob.numbers import balls
from relu_prob.numbers.chain import ExactLaw, FairStep, SignStep, SurvivingSignStep, masked, run_balls, run_exact


def exact_law(fractions):
    return ExactLaw.from_masses([fmpq(x.numerator, x.denominator) for x in fractions])


def fractions_of(law):
    return [Fraction(int(x.p), int(x.q)) for x in law.masses()]


def point(at, n):
    return [Fraction(int(j == at)) for j in range(n + 1)]


laws = st.lists(st.fractions(min_value=0, max_value=1, max_denominator=50), min_size=2, max_size=6)
widths = st.integers(1, 5)
offsets = st.sampled_from([0, 1, None])


@st.composite
def chains(draw):
    """(masses of the first count, steps and their matrices, masks)."""
    start = draw(laws)
    steps, kernels, masks, below = [], [], [], len(start) - 1
    for _ in range(draw(st.integers(0, 4))):
        n, offset = draw(widths), draw(offsets)
        masks.append(draw(st.none() | st.frozensets(st.integers(0, below))))
        if draw(st.booleans()):
            steps.append(FairStep(n))
            kernels.append(naive.fair_kernel(below, n))
        else:
            steps.append(SignStep(n, offset))
            kernels.append(naive.sign_kernel(below, n, offset))
        below = n
    return start, steps, kernels, masks


@given(chains())
def test_exact_steps_are_products_of_fraction_matrices(chain):
    start, steps, kernels, masks = chain
    assert fractions_of(run_exact(exact_law(start), steps, masks)) == naive.propagate(start, kernels, masks)


@given(chains(), st.sampled_from([15, 40]))
def test_balls_contain_the_exact_masses_and_are_small(chain, digits):
    start, steps, _, masks = chain
    exact = run_exact(exact_law(start), steps, masks).masses()
    with balls.precision(digits):
        result = run_balls([arb(fmpq(x.numerator, x.denominator)) for x in start], steps, masks)
        for ball, mass in zip(result, exact, strict=True):
            middle, radius = (balls.mpf_fraction(balls.to_mpf(x)) for x in (ball, ball.rad()))
            value = Fraction(int(mass.p), int(mass.q))
            assert abs(value - middle) <= radius
            # sums of positive terms: no cancellation, and fewer than 2^32 operations
            assert radius <= value * Fraction(1, 10**digits)


@pytest.mark.parametrize("hidden", [(2, 2, 2), (3, 2, 2), (1, 3, 2), (2, 3)])
def test_sign_steps_against_all_matrices_of_signs(hidden):
    joint = naive.sign_alive_by_enumeration(hidden)
    law = run_exact(
        exact_law(point(hidden[0], hidden[0])), [SignStep(n) for n in hidden[1:]], [None] * (len(hidden) - 1)
    )
    assert fractions_of(law) == [sum(p for c, p in joint.items() if c[-1] == j) for j in range(hidden[-1] + 1)]


@pytest.mark.parametrize("hidden", [(2, 2, 2), (2, 3), (3, 2), (1, 2, 2)])
def test_surviving_sign_steps_against_all_matrices_of_signs(hidden):
    joint = naive.one_ray_by_enumeration(hidden)
    start = FairStep(hidden[0]).exact(exact_law([Fraction(0), Fraction(1)]))
    start = start.masked(range(1, hidden[0] + 1))
    law = run_exact(start, [SurvivingSignStep(n) for n in hidden[1:]], [None] * (len(hidden) - 1))
    assert fractions_of(law) == [
        sum(p for c, p in joint.items() if all(active for active, _ in c) and c[-1][1] == s)
        for s in range(hidden[-1] + 1)
    ]


@given(laws, widths, st.sampled_from([0, 1]))
def test_surviving_sign_step_formula(start, n, offset):
    def entry(i, s):
        q = Fraction(1, 2 ** (i + offset))
        return naive.comb(n, s) * ((1 - q) ** s - (Fraction(1, 2) - q) ** s) * q ** (n - s)

    expected = [sum((start[i] * entry(i, s) for i in range(1, len(start))), Fraction(0)) for s in range(n + 1)]
    assert fractions_of(SurvivingSignStep(n, offset).exact(exact_law(start))) == expected


@given(laws, widths, offsets)
def test_steps_preserve_total_mass(start, n, offset):
    for step in (FairStep(n), SignStep(n, offset)):
        assert sum(fractions_of(step.exact(exact_law(start)))) == sum(start)


@given(chains())
@settings(max_examples=30)
def test_a_mask_of_everything_changes_nothing(chain):
    start, steps, _, _ = chain
    sizes = [len(start) - 1, *(step.width for step in steps)]
    everything = [frozenset(range(n + 1)) for n in sizes[:-1]]
    assert run_exact(exact_law(start), steps, everything) == run_exact(exact_law(start), steps, [None] * len(steps))


def test_from_masses_takes_the_least_common_denominator():
    law = ExactLaw.from_masses([fmpq(1, 6), fmpq(3, 4), fmpq(0)])
    assert (law.numerators, law.denominator) == ((2, 9, 0), 12)
    assert law.masses() == [fmpq(1, 6), fmpq(3, 4), fmpq(0)]


def test_masked_keeps_only_what_is_allowed():
    law = exact_law([Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)])
    assert fractions_of(law.masked({0, 2})) == [Fraction(1, 2), 0, Fraction(1, 4)]
    assert law.masked(None) == law
    assert fractions_of(law.masked(())) == [0, 0, 0]
    assert masked([arb(1), arb(2)], {1}) == [0, 2]


def test_cost_counts_the_bits_that_the_denominator_gets():
    start = exact_law(point(7, 7))
    bits, law = start.denominator.bit_length(), start
    for below, n in pairwise((7, 5, 6, 3)):
        for step in (SignStep(n, 1), FairStep(n)):
            predicted = step.cost(below, bits)[1]
            assert predicted == step.exact(law).denominator.bit_length()
        bits, law = SignStep(n, 1).cost(below, bits)[1], SignStep(n, 1).exact(law)
