"""n_1 = d + 2: the reduction to one variable against integrals in two, known digits, and the count over signs."""

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb
from scipy.stats import binomtest

from relu_prob import Guarantee, born_dead, simulate
from relu_prob.estimator.sign_group import dead_fraction
from relu_prob.initialization import HeUniform, Normal, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.closed_form import enclose
from relu_prob.theorems.layer_two import LAYER_TWO_TWO_MORE
from relu_prob.theorems.layer_two.two_more import dead_ball, dead_plane, strip, triangle

LEVEL = 1e-6


def mid(ball):
    return balls.to_mpf(ball)


def test_one_dimension_is_known():
    """1-3-1: two sides with probability 3/4, then 1/4; one side, then 1/2: 5/16."""
    ball = dead_ball(1, 30)
    assert ball.contains(arb(5) / 16)
    assert ball.rel_accuracy_bits() > 95


@pytest.mark.parametrize("digits", [17, 40])
def test_the_plane_has_the_closed_form(digits):
    assert dead_ball(2, digits).overlaps(enclose(dead_plane(), digits))
    assert str(sympy.N(dead_plane(), 20)) == "0.11467695632723854679"


def test_the_square_of_the_area_has_a_closed_form():
    log = sympy.log(2)
    area = (2 * log - log**2) / sympy.pi**2 - sympy.Rational(1, 12)
    assert triangle(2, 30).overlaps(enclose(area, 30))
    assert str(sympy.N(area, 32)) == "0.0084475841573116676612749511457562"


def test_three_dimensions_by_a_quadrature_in_two_variables():
    with mpmath.workdps(25):
        assert abs(mid(dead_ball(3, 20)) - mpmath.mpf("0.046006085347530455985")) < mpmath.mpf("1e-20")


def mean_power_of_area(d, nodes):
    """E (area / 2 pi)^d: heights uniform on (0, 1), an angle uniform on (0, pi), the area by its solid angle."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    x, w = (x + 1) / 2, w / 2
    a, b, g = np.meshgrid(x, x, np.pi * x, indexing="ij", sparse=True)
    across = np.sqrt((1 - a**2) * (1 - b**2))
    # tan(area/2) = |e . (u x v)| / (1 + e.u + e.v + u.v) for unit vectors e = (0, 0, 1), u, v
    area = 2 * np.arctan2(across * np.sin(g), 1 + a + b + a * b + across * np.cos(g))
    return float(np.einsum("i,j,k,ijk", w, w, w, (area / (2 * np.pi)) ** d))


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_the_triangle_against_three_variables(d):
    coarse, fine = mean_power_of_area(d, 60), mean_power_of_area(d, 90)
    # the rules converge like a power of the number of nodes: their difference bounds the error of the finer one
    assert abs(fine - float(mid(triangle(d, 20)))) < abs(fine - coarse) < 1e-4 * fine


@pytest.mark.parametrize("d", [0, 1, 2, 3, 7, 20, 61])
def test_the_strip_is_its_integral(d):
    with mpmath.workdps(60):
        value = mpmath.quad(lambda x: (x / mpmath.pi) ** d * mpmath.cos(x), [0, mpmath.pi / 4, mpmath.pi / 2])
        ball = strip(d, 25)
        assert abs(mid(ball) / value - 1) < mpmath.mpf("1e-24")


@pytest.mark.parametrize("d", [2, 5, 40])
def test_two_accuracies_overlap(d):
    low, high = dead_ball(d, 17), dead_ball(d, 45)
    assert low.overlaps(high)
    assert high.rel_accuracy_bits() > 3.33 * 45
    # more rows than d + 1 only add ways to be dead beyond all weights <= 0
    assert 2.0 ** -(d + 2) < float(low) < 0.25 + 2.0 ** -(d + 3)


@pytest.mark.parametrize(("d", "samples"), [(2, 20_000), (3, 5000), (4, 1000)])
def test_against_the_count_over_signs(d, samples):
    net = Network((d, d + 2, 1, 1))
    seen = dead_fraction(net, samples=samples, rng=d, level=1 - LEVEL, progress=False)
    theory = born_dead(net)
    assert seen.low <= theory.low <= theory.high <= seen.high
    assert seen.high - seen.low < 1e-3


def test_against_simulation():
    net = Network((3, 5, 1, 1))
    seen = int(simulate(net, samples=50_000, rng=3, progress=False).counts(2)[0])
    assert binomtest(seen, 50_000, float(born_dead(net))).pvalue > LEVEL


def test_the_questions_answer():
    assert born_dead(Network((2, 4, 1, 1))).guarantee is Guarantee.EXACT
    p = born_dead(Network((3, 5, 1, 1)))
    assert p.guarantee is Guarantee.CERTIFIED
    with mpmath.workdps(40):
        assert mpmath.almosteq(p.mpf(40), mid(dead_ball(3, 45)), mpmath.mpf(10) ** -39)
    masses = LAYER_TWO_TWO_MORE.masses(Network((3, 5, 1, 1)), 2, (frozenset({0, 4}),))
    assert [x.fraction for x in masses] == [0, 0]
    assert LAYER_TWO_TWO_MORE.symbolic(Network((3, 5, 1, 1)), 2) is None


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (Network((2, 4, 1, 4, 1)), 3, "the layer must be 2, got 3"),
        (Network((2, 3, 1, 1)), 2, "n_1 = d + 2, got n_1 = 3, d = 2"),
        (Network((2, 4, 2, 1)), 2, "the second layer must have one neuron, got n_2 = 2"),
        (Network((2, 4, 1, 1), weights=HeUniform()), 2, "the weights must be Gaussian, got HeUniform()"),
        (Network((2, 4, 1, 1), weights=SphereUniform(), biases=Zero()), 2, "the weights must be Gaussian"),
        (Network((2, 4, 1, 1), biases=Normal(1)), 2, "the biases must be zero"),
    ],
    ids=str,
)
def test_the_hypothesis_that_fails_is_named(net, layer, why):
    assert why in LAYER_TWO_TWO_MORE.missing(net, layer)
