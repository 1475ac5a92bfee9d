"""Certified boxes: against the formula on the real line, closed forms, known digits and a simulation."""

from fractions import Fraction
from itertools import pairwise
from math import pi

import mpmath
import pytest
import sympy
from scipy.integrate import quad

from relu_prob.domains import Ball, Box, Interval
from relu_prob.initialization import Normal, PyTorchDefault, Zero
from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Rational
from relu_prob.theorems.first_layer import GAUSSIAN_BOX, POLYGON

ONE = Normal(1)


def boxed(low, high, weights=ONE, biases=ONE):
    domain = Box(low, high)
    return Network((domain.dimension, 3, 1), weights=weights, biases=biases, domain=domain)


def on_the_real_line(d, r, one_sided, digits):
    """1/2 - (1/pi) int_0^oo Im[ph(r t)^d] e^(-t^2/2) dt/t for [-r, r]^d or [0, r]^d, unit sigmas."""

    def factor(t):
        full = mpmath.exp(-(t**2) / 2) * (1 + 1j * mpmath.erfi(t / mpmath.sqrt(2)))
        return (1 + full) / 2 if one_sided else full

    def integrand(t):
        return mpmath.im(factor(r * t) ** d) * mpmath.exp(-(t**2) / 2) / t

    with mpmath.workdps(digits):
        return mpmath.mpf(1) / 2 - mpmath.quad(integrand, [0, 1, 2, 4, 8, 16]) / mpmath.pi


def overlap(x, y, digits):
    (a, b), (c, d) = x.ends(digits), y.ends(digits)
    return a <= d and c <= b and b - a < mpmath.mpf(10) ** -digits


def test_known_digits():
    square = GAUSSIAN_BOX.dead(boxed((-1, -1), (1, 1)))
    assert square.guarantee is Guarantee.CERTIFIED
    assert square.ball(30).str(30, radius=False) == "0.108173447969392729829144440778"
    assert overlap(GAUSSIAN_BOX.dead(boxed((-1,) * 3, (1,) * 3)), Rational(Fraction(1, 24)), 40)


@pytest.mark.parametrize(("d", "r", "one_sided"), [(2, 1, False), (3, 0.5, True), (6, 2, True), (5, 0.25, False)])
def test_against_the_formula_on_the_real_line(d, r, one_sided):
    low, high = GAUSSIAN_BOX.dead(boxed((0 if one_sided else -r,) * d, (r,) * d)).ends(17)
    for digits in (18, 28):
        value = on_the_real_line(d, r, one_sided, digits)
        assert low - 1e-15 < value < high + 1e-15


def test_relative_accuracy_of_a_tiny_probability():
    low, high = GAUSSIAN_BOX.dead(boxed((-2,) * 20, (2,) * 20)).ends(20)
    assert 0 < low < 2e-18
    assert high / low - 1 < mpmath.mpf(10) ** -19
    assert abs(on_the_real_line(20, 2, False, 45) / low - 1) < 1e-18


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((-1, Fraction(-1, 3)), (2, 1)),
        ((0, 0), (1, 5)),
        ((1, 2), (2, 3)),
        ((-7, Fraction(1, 100)), (-6, 40)),
        ((-100, -1), (1, 1000)),
        ((Fraction(1, 1000), Fraction(-1, 1000)), (Fraction(1, 500), Fraction(1, 999))),
    ],
)
def test_against_the_closed_form_for_rectangles(low, high):
    for sigma in (1, Fraction(1, 7), 30):
        network = boxed(low, high, weights=Normal(sigma))
        assert overlap(GAUSSIAN_BOX.dead(network), POLYGON.dead(network), 25)


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (-3, 0.5), (0, 2), (5, 6)])
def test_against_the_closed_form_for_intervals(low, high):
    network = Network((1, 3, 1), biases=Normal(0.5), domain=Interval(low, high))
    assert overlap(GAUSSIAN_BOX.dead(network), POLYGON.dead(network), 25)


@pytest.mark.parametrize(
    ("low", "high"), [((-1, 0, 1), (1, 2, 2)), ((-0.5,) * 4, (1,) * 4), ((-0.2, 0.1) * 5, (0.1, 0.3) * 5)]
)
def test_simulation(low, high, simulation_agrees):
    network = boxed(low, high, biases=Normal(1.5))
    assert simulation_agrees(network, GAUSSIAN_BOX.dead(network))


def test_scale_and_order_do_not_matter():
    p = GAUSSIAN_BOX.dead(boxed((-1, 0, 0), (1, 1, 2)))
    assert p == GAUSSIAN_BOX.dead(boxed((0, -1, 0), (2, 1, 1)))
    assert p == GAUSSIAN_BOX.dead(boxed((-1, 0, 0), (1, 1, 2), weights=Normal(3), biases=Normal(3)))
    mirrored = GAUSSIAN_BOX.dead(boxed((-1, -1, 0), (1, 0, 2)))
    assert overlap(p, mirrored, 20)


def test_more_inputs_leave_fewer_dead():
    sizes = [GAUSSIAN_BOX.dead(boxed((-r,) * 3, (r,) * 3)) for r in (0.1, 0.5, 1, 4)]
    dimensions = [GAUSSIAN_BOX.dead(boxed((-1,) * d, (1,) * d)) for d in (1, 2, 3, 10, 40)]
    for chain in (sizes, dimensions):
        assert all(larger.ends()[0] > smaller.ends()[1] for larger, smaller in pairwise(chain))


def test_symbolic():
    """The integral with the numbers put in, by a floating-point quadrature."""
    for low, high in (((-2, -2, -2), (2, 2, 2)), ((0, 0, -1), (1, 2, 2))):
        network = boxed(low, high)
        dead, (r,), _ = GAUSSIAN_BOX.formula(network)
        integral = next(iter(dead.atoms(sympy.Integral)))
        t = integral.variables[0]
        value, error = quad(sympy.lambdify(t, sympy.re(integral.function.subs(r, 2)), "scipy"), 0, 8)
        assert abs(0.5 - value / pi - float(GAUSSIAN_BOX.dead(network).value())) < error + 1e-10
        assert {symbol.name for symbol in GAUSSIAN_BOX.symbolic(network, 1).symbols} == {"j", "n", "r"}


def test_hypotheses():
    assert GAUSSIAN_BOX.missing(boxed((0, 0), (1, 1)), 3) == "the layer must be 1, got 3"
    assert "box" in GAUSSIAN_BOX.missing(Network((2, 3, 1), biases=ONE, domain=Ball(1)), 1)
    assert "weights must be Gaussian" in GAUSSIAN_BOX.missing(boxed((0, 0), (1, 1), weights=PyTorchDefault()), 1)
    assert "biases must be Gaussian" in GAUSSIAN_BOX.missing(boxed((0, 0), (1, 1), biases=Zero()), 1)
    assert GAUSSIAN_BOX.missing(Network((1, 3, 1), biases=ONE), 1) is None
