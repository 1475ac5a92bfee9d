"""The helpers of all theorems: binomial laws, point masses, mixtures, masks."""

from fractions import Fraction

import naive
import sympy
from hypothesis import given, strategies as st

from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ONE, ZERO, ClosedForm, Rational
from relu_prob.theorems.theorem import Theorem, allows, binomial, mixture, point_mass, scaled

shares = st.fractions(min_value=0, max_value=1, max_denominator=50)


def fractions_of(masses):
    return [x.fraction for x in masses]


@given(st.integers(1, 8), shares)
def test_binomial_is_the_formula(n, dead):
    assert fractions_of(binomial(n, Rational(dead))) == naive.binomial(n, dead)


def test_binomial_of_a_closed_form():
    p = sympy.atan(2) / sympy.pi
    masses = binomial(3, ClosedForm(p))
    assert masses[1].expression == 3 * (1 - p) * p**2
    assert all(x.guarantee is Guarantee.EXACT for x in masses)
    assert sympy.expand(sum(x.expression for x in masses)) == 1


def test_certain_death_and_certain_life_are_rational():
    assert binomial(3, ZERO) == point_mass(3, 3) == (ZERO, ZERO, ZERO, ONE)
    assert binomial(3, ONE) == point_mass(0, 3) == (ONE, ZERO, ZERO, ZERO)


@given(shares, shares, st.integers(1, 5), shares, shares)
def test_a_mixture_is_the_weighted_sum(a, b, n, p, q):
    laws = naive.binomial(n, p), naive.binomial(n, q)
    result = mixture(*((Rational(w), list(map(Rational, law))) for w, law in zip((a, b), laws, strict=True)))
    assert fractions_of(result) == [a * x + b * y for x, y in zip(*laws, strict=True)]


def test_scaling_keeps_zeros_exact():
    half = ClosedForm(sympy.pi / 4)
    masses = scaled(half, [ZERO, Rational(Fraction(1, 2))])
    assert masses[0] == ZERO
    assert masses[1].expression == sympy.pi / 8


def test_a_mask_of_none_allows_everything():
    assert allows(None, 3)
    assert allows(frozenset({3}), 3)
    assert not allows(frozenset(), 3)


def test_a_theorem_need_not_know_permanent_death_nor_symbols():
    class Certain(Theorem):
        name, statement, source = "certain", "N = n", "nowhere"

        def missing(self, network, layer):
            return None

        def masses(self, network, layer, masks):
            return point_mass(1, 1)

    net = Network((1, 1, 1))
    assert Certain().permanent_masses(net, 1, ()) is None
    assert Certain().symbolic(net, 1) is None
