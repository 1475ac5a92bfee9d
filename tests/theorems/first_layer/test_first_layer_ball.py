"""The cap formula: against quadrature, its own derivative, hand values, and a simulation."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
import sympy

from relu_prob.domains import Ball, Box
from relu_prob.initialization import HeNormal, Normal, PyTorchDefault, SphereUniform
from relu_prob.network import Network
from relu_prob.numbers.real import ClosedForm, Rational
from relu_prob.theorems.first_layer import BALL, death_probability
from relu_prob.theorems.first_layer.ball import cap

ONE = Normal(1)


def unit(d, radius, sigma_w=1, sigma_b=1):
    return Network((d, 3, 1), weights=Normal(sigma_w), biases=Normal(sigma_b), domain=Ball(radius))


def by_quadrature(d, r, digits):
    """The integral divided by its largest integrand, which may be too small for the absolute errors of quad."""
    with mpmath.workdps(digits):
        constant = mpmath.gamma(mpmath.mpf(d + 1) / 2) / (mpmath.sqrt(mpmath.pi) * mpmath.gamma(mpmath.mpf(d) / 2))
        end = mpmath.atan(1 / mpmath.mpf(r))
        integral = mpmath.quad(lambda a: (mpmath.sin(a) / mpmath.sin(end)) ** (d - 1), [0, end])
        return constant * integral * mpmath.sin(end) ** (d - 1)


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 10, 51])
@pytest.mark.parametrize("r", [0.125, 1, 3])
def test_against_quadrature_at_two_precisions(d, r):
    p = BALL.dead(unit(d, r))
    for digits in (20, 35):
        low, high = p.ends(digits)
        with mpmath.workdps(digits + 15):
            value = by_quadrature(d, r, digits + 10)
            slack = value * mpmath.mpf(10) ** (5 - digits)
            assert low - slack < value < high + slack


@pytest.mark.parametrize("d", range(1, 9))
def test_derivative_and_start(d):
    """d p_1 / dr = -K_d (1 + r^2)^(-(d+1)/2), and p_1 -> 1/2 as r -> 0."""
    r = sympy.Symbol("r", positive=True)
    half = sympy.Rational(d, 2)
    constant = sympy.gamma(half + sympy.Rational(1, 2)) / (sympy.sqrt(sympy.pi) * sympy.gamma(half))
    p = cap(d, r)
    assert sympy.simplify(sympy.diff(p, r) + constant * (1 + r**2) ** (-half - sympy.Rational(1, 2))) == 0
    assert sympy.limit(p, r, 0) == sympy.Rational(1, 2)


def test_first_three_dimensions():
    r = sympy.Symbol("r", positive=True)
    formulas = {
        1: sympy.atan(1 / r) / sympy.pi,
        2: (1 - r / sympy.sqrt(1 + r**2)) / 2,
        3: (sympy.atan(1 / r) - r / (1 + r**2)) / sympy.pi,
    }
    for d, formula in formulas.items():
        assert sympy.simplify(cap(d, r) - formula) == 0


def test_rational_where_it_is():
    assert BALL.dead(unit(1, 1)) == Rational(Fraction(1, 4))
    assert BALL.dead(unit(2, Fraction(3, 4))) == Rational(Fraction(1, 5))
    share = Fraction(1, 2) - Fraction(4, 5) * (Fraction(1, 2) + Fraction(1, 4) * Fraction(9, 25))
    assert BALL.dead(unit(4, Fraction(4, 3))) == Rational(share)
    assert isinstance(BALL.dead(unit(3, 1)), ClosedForm)


@pytest.mark.parametrize(("d", "r"), [(200, 10), (201, 10), (400, 1), (301, Fraction(1, 20))])
def test_all_digits_in_many_dimensions(d, r):
    """1/2 minus a sum that agrees with it to two hundred digits."""
    low, high = BALL.dead(unit(d, r)).ends(25)
    with mpmath.workdps(60):
        q = mpmath.mpf(r.numerator) / r.denominator if isinstance(r, Fraction) else mpmath.mpf(r)
        expected = mpmath.betainc(mpmath.mpf(d) / 2, 0.5, 0, 1 / (1 + q**2), regularized=True) / 2
        assert low > 0
        assert high / low - 1 < mpmath.mpf(10) ** -25
        assert abs(expected / low - 1) < mpmath.mpf(10) ** -24


def test_only_the_effective_radius_matters():
    for d in (1, 2, 5):
        p = BALL.dead(unit(d, 2, sigma_w=3, sigma_b=4))
        assert p == BALL.dead(unit(d, 2, sigma_w=6, sigma_b=8)) == BALL.dead(unit(d, Fraction(3, 2)))
    he = Network((8, 3, 1), weights=HeNormal(), biases=Normal(1), domain=Ball(2))
    assert BALL.dead(he) == BALL.dead(unit(8, 1))
    assert BALL.dead(Network((4, 3, 1), weights=SphereUniform(), domain=Ball(2))) == BALL.dead(unit(4, 2))


def test_decreases_in_radius_and_dimension():
    radii = [float(BALL.dead(unit(3, r)).value()) for r in (0.1, 0.5, 1, 2, 10)]
    dimensions = [float(BALL.dead(unit(d, 1)).value()) for d in range(1, 12)]
    assert all(a > b for a, b in pairwise(radii))
    assert all(a > b for a, b in pairwise(dimensions))


@pytest.mark.parametrize("d", [2, 3, 5])
def test_the_cube_around_it_has_fewer_dead(d):
    cube = Network((d, 3, 1), weights=ONE, biases=ONE, domain=Box((-1,) * d, (1,) * d))
    assert death_probability(cube).ends()[1] < BALL.dead(unit(d, 1)).ends()[0]


@pytest.mark.parametrize("d", [1, 2, 7])
def test_simulation(d, simulation_agrees):
    for network in (
        Network((d, 2, 1), biases=Normal(2), domain=Ball(1.5)),
        Network((d, 2, 1), weights=SphereUniform(), domain=Ball(0.5)),
    ):
        assert simulation_agrees(network, BALL.dead(network))


def test_symbolic():
    entry = BALL.symbolic(unit(2, 1), 1)
    assert {symbol.name for symbol in entry.symbols} == {"j", "n", "r"}
    dead = sympy.Rational(1, 5)
    assert entry(n=3, j=1, r=sympy.Rational(3, 4)) == 3 * (1 - dead) * dead**2
    assert BALL.symbolic(unit(200, 1), 1) is not None


def test_hypotheses():
    assert BALL.missing(unit(2, 1), 2) == "the layer must be 1, got 2"
    assert "ball" in BALL.missing(Network((2, 3, 1), weights=ONE, biases=ONE, domain=Box((0, 0), (1, 1))), 1)
    for weights, biases in ((PyTorchDefault(), None), (SphereUniform(), ONE), (ONE, None), (PyTorchDefault(), ONE)):
        network = Network((2, 3, 1), weights=weights, biases=biases)
        assert "rotation-invariant" in BALL.missing(network, 1)
