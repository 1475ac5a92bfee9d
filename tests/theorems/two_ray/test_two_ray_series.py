"""Layer 3 by the moments of cos(theta), a route that shares nothing with the table of integrals."""

from fractions import Fraction
from math import comb

import flint
import mpmath
import pytest
from flint import arb, fmpq

from relu_prob import Guarantee, Network, born_dead, count_law
from relu_prob.theorems.two_ray import rational, series


@pytest.mark.parametrize(("n1", "n3"), [(1, 2), (5, 4)])
@pytest.mark.parametrize("second", [None, {1, 2}, {2}, {0}, {0, 1}, set()])
def test_behind_two_neurons_it_is_the_rational_law(n1, n3, second):
    flags = None if second is None else [j in second for j in range(3)]
    found = series.third_layer(n1, 2, n3, None, None if second is None else frozenset(second))
    with flint.ctx.workprec(300):
        for (value, error), exact in zip(found, rational.third_layer(n1, n3, None, flags), strict=True):
            gap = abs(value - arb(fmpq(exact.numerator, exact.denominator)))
            assert float(gap.upper()) <= 1e-30
            # the error is an estimate: allow for a factor
            assert float(gap.upper()) <= 10 * error + float(value.rad())


@pytest.mark.parametrize(("n2", "digits"), [(3, "0.372458074554782379396999085"), (5, "0.330513092597120222199972558")])
def test_the_first_moment_of_p(n2, digits):
    # E[p; layer 2 alive] at a right angle, from independent high-precision quadrature: 27 digits
    moment, error = series._moments(n2, 1, frozenset(range(n2 + 1)))[1]
    with flint.ctx.workprec(300):
        assert abs(float((moment - arb(digits)).mid())) <= 1e-27 + error


@pytest.mark.parametrize("widths", [(3, 3, 2), (4, 5, 3), (2, 8, 6)])
def test_the_table_agrees_within_its_bound_and_more_digits_are_there_when_asked(widths):
    net = Network((1, *widths, 1))
    law = count_law(net, layer=3)
    assert law.guarantee is Guarantee.NUMERICAL
    for j, (value, error) in enumerate(series.third_layer(*widths)):
        number = law.pmf(j).number
        with mpmath.workdps(60):
            exact = mpmath.mpf(value.str(45, radius=False))
            assert abs(number.value() - exact) <= number.error + error
            low, high = number.ends(30)
            assert low - mpmath.mpf(10) ** -40 <= exact <= high + mpmath.mpf(10) ** -40
            assert high - low <= exact * mpmath.mpf(10) ** -29
            assert abs(law.pmf(j).mpf(29) - exact) <= exact * mpmath.mpf(10) ** -28


def test_events_have_the_digits_too():
    p = born_dead(Network((1, 3, 3, 3, 1)))
    with mpmath.workdps(40):
        exact = mpmath.mpf(series.third_layer(3, 3, 3)[0][0].str(38, radius=False))
        assert abs(p.mpf(30) - exact) <= mpmath.mpf(10) ** -30
    with pytest.raises(ValueError, match="digits must be at most what is known, got 30"):
        born_dead(Network((1, 3, 9, 3, 3, 1))).mpf(30)


def test_masks_add_up():
    whole = series.third_layer(3, 4, 2)
    parts = [series.third_layer(3, 4, 2, None, frozenset({k})) for k in range(5)]
    with flint.ctx.workprec(300):
        for j in range(3):
            gap = whole[j][0] - sum((part[j][0] for part in parts), arb(0))
            assert abs(float(gap.mid())) <= 1e-30
    assert [value for value, _ in series.third_layer(3, 4, 2, frozenset({2}))] == [0, 0, 0]
    # one neuron of layer 2 alive: one ray is left, whatever the angle before
    mass = 4 * (Fraction(3, 4) * Fraction(1, 4**3) * Fraction(3, 4) + Fraction(1, 4) * Fraction(1, 2**4))
    with flint.ctx.workprec(300):
        for j in range(3):
            exact = mass * Fraction(comb(2, j), 4)
            assert abs(float((parts[1][j][0] - arb(fmpq(exact.numerator, exact.denominator))).mid())) <= 1e-30
