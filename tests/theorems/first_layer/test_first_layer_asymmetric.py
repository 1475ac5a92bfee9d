"""Randomized asymmetric rows in one dimension: against quadrature, hand values and explicit rows."""

from fractions import Fraction

import mpmath
import pytest

from relu_prob.domains import Interval, Orthant, Points
from relu_prob.initialization import HeNormal, RandomizedAsymmetric
from relu_prob.network import Network
from relu_prob.theorems.first_layer.asymmetric import ASYMMETRIC_LINE


def line(domain, sigma=Fraction(6007, 10000)):
    return Network((1, 2, 1), weights=RandomizedAsymmetric(sigma), domain=domain)


DOMAINS = [Interval(-1, 1), Interval(-2, Fraction(1, 2)), Interval(1, 3), Interval(-3, -1), Interval(0, 2)]
POINTS = [Points([[0.5]]), Points([[-2], [-1]]), Points([[0]]), Points([[-1], [2]])]


@pytest.mark.parametrize("domain", DOMAINS + POINTS, ids=repr)
@pytest.mark.parametrize("sigma", [Fraction(1, 2), Fraction(2)])
def test_explicit_rows(domain, sigma, simulation_agrees):
    net = line(domain, sigma)
    assert ASYMMETRIC_LINE.missing(net, 1) is None
    assert simulation_agrees(net, ASYMMETRIC_LINE.dead(net))


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (-2, -1), (1, 2), (Fraction(1, 8), 8)])
def test_quadrature_over_the_beta_entry(low, high):
    sigma = Fraction(3, 4)
    with mpmath.workdps(25):

        def below(x):
            return mpmath.erfc(-x / mpmath.sqrt(2)) / 2

        s, low_, high_ = (mpmath.mpf(x.numerator) / x.denominator for x in (sigma, Fraction(low), Fraction(high)))
        expected = mpmath.quad(lambda t: t * below(-high_ * t / s), [0, 1])
        if low > 0 or high < 0:
            near = min(abs(low_), abs(high_))
            expected += mpmath.quad(lambda t: t * below(-t / (near * s)), [0, 1])
        low_end, high_end = ASYMMETRIC_LINE.dead(line(Interval(low, high), sigma)).ends(20)
        assert abs((low_end + high_end) / 2 - expected) < mpmath.mpf(10) ** -18


def test_at_zero_only_the_bias_is_left():
    """P(b <= 0) = 1/4: the positive entry is the weight, and the bias is negative."""
    assert ASYMMETRIC_LINE.dead(line(Points([[0]]))).fraction == Fraction(1, 4)
    # and on [-1, 0] the largest value of w x + b with w > 0 is at 0
    assert ASYMMETRIC_LINE.dead(line(Interval(-1, 0))).fraction == Fraction(1, 4)


def test_hypotheses():
    assert "RandomizedAsymmetric" in ASYMMETRIC_LINE.missing(Network((1, 2, 1), weights=HeNormal()), 1)
    assert "bounded" in ASYMMETRIC_LINE.missing(line(Orthant()), 1)
    two = Network((2, 2, 1), weights=RandomizedAsymmetric())
    assert "dimension must be 1" in ASYMMETRIC_LINE.missing(two, 1)
