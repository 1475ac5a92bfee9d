"""The certified quadrature rule: against one-dimensional formulas, itself with more digits, and ball arithmetic."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import acb, arb
from hypothesis import given, settings, strategies as st
from scipy.special import ndtr

from relu_prob.numbers import balls
from relu_prob.theorems.interval_bias.rule import GROWTH, LONG, SHORT, rule
from relu_prob.theorems.interval_bias.setting import Setting

squares = st.fractions(Fraction(1, 16), 16, max_denominator=16)


def expectation(where, power, digits=20):
    """E[p^power; one live neuron] as a ball."""
    points, weights, error = rule(where, max(power, 1), digits)
    with balls.precision(digits + 10):
        return sum((w * p**power for w, p in zip(weights, points, strict=True)), arb(0)) + arb(0, error)


def signed_root(x):
    return mpmath.sign(x) * mpmath.sqrt(mpmath.mpf(abs(x.numerator)) / x.denominator)


def share_alive(where):
    """P(a neuron is alive) = 1/2 + (atan B - atan A) / (2 pi)."""
    return 0.5 + (mpmath.atan(signed_root(where.b)) - mpmath.atan(signed_root(where.a))) / (2 * mpmath.pi)


def panels(cuts, count=24):
    """Gauss-Legendre nodes and weights on the panels between the cuts."""
    x, w = np.polynomial.legendre.leggauss(count)
    half = np.diff(cuts)[:, None] / 2
    return (np.array(cuts[:-1])[:, None] + half * (1 + x)).ravel(), (half * w).ravel()


def mean_angle(where):
    """E |atan K V_+ - atan K U_+| from the laws of max(U, V) and of min(U, V), by parts; c and w as they come.

    P(max > t) + P(min > t) = P(U > t) + P(V > t), and max = c + B w for w > 0, c + A w for w < 0.
    """
    k, a, b = (float(signed_root(x)) for x in (where.k, where.a, where.b))
    t, weight_t = panels([0, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64])
    w, weight_w = panels([0, 0.5, 1, 2, 4, 8, 12])
    gauss = np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi) * weight_w
    largest = (ndtr(b * w - t[:, None]) + ndtr(-a * w - t[:, None])) @ gauss
    both = ndtr(-t / np.hypot(1, a)) + ndtr(-t / np.hypot(1, b))
    return float(weight_t @ (k / (1 + (k * t) ** 2) * (2 * largest - both)))


@pytest.mark.parametrize(
    "where",
    [
        Setting(Fraction(-1), Fraction(1), Fraction(1)),
        Setting(Fraction(-1, 4), Fraction(4), Fraction(9)),
        Setting(Fraction(1, 4), Fraction(4), Fraction(1, 4)),
        Setting(Fraction(-9), Fraction(-1, 16), Fraction(1)),
        Setting(Fraction(0), Fraction(1), Fraction(2)),
    ],
    ids=str,
)
def test_mass_and_mean_against_one_dimensional_integrals(where):
    mean = float(share_alive(where)) / 2 - mean_angle(where) / (2 * np.pi)
    # panels of 24 nodes leave the rounding of some 1e5 floats
    assert float(expectation(where, 1)) == pytest.approx(mean, abs=1e-12)
    assert float(expectation(where, 0)) == pytest.approx(float(share_alive(where)), abs=1e-14)


@pytest.mark.parametrize(
    ("radius", "expected"), [("0.5", "0.4598839220422769602475814"), ("1", "0.4266569316250922267338399")]
)
def test_the_probability_of_a_zero_output(radius, expected):
    """P(zero output of a neuron of layer 2) on [-r, r], all standard deviations 1, also where layer 1 is dead."""
    r = Fraction(radius)
    where = Setting(-(r**2), r**2, Fraction(1))
    with mpmath.workdps(30):
        low, high = balls.ends(expectation(where, 1, 27))
        dead = 1 - share_alive(where)
        # the reference has 25 digits
        assert abs(low + dead / 2 - mpmath.mpf(expected)) < mpmath.mpf(10) ** -25
        assert high - low < mpmath.mpf(10) ** -25


def test_the_same_by_the_formula_with_one_arc_tangent():
    """1/2 - (1/pi) int_0^oo atan(k om s) phi(s) [2 Phi(al s) - 1] ds."""
    with mpmath.workdps(22):
        k, om, al = mpmath.mpf(2), mpmath.sqrt(1 + mpmath.mpf(9) / 4), mpmath.mpf(3) / 2

        def integrand(s):
            return mpmath.atan(k * om * s) * mpmath.npdf(s) * mpmath.erf(al * s / mpmath.sqrt(2))

        formula = 0.5 - mpmath.quad(integrand, [0, 0.25, 0.5, 1, 2, 4, 8, 12]) / mpmath.pi
        where = Setting(Fraction(-9, 4), Fraction(9, 4), Fraction(4))
        low, high = balls.ends(expectation(where, 1, 22))
        dead = 1 - share_alive(where)
        assert abs((low + high) / 2 + dead / 2 - formula) < mpmath.mpf(10) ** -20


@given(squares, squares, squares, st.sampled_from([(-1, 1), (1, 1), (-1, -1)]), st.integers(0, 3))
@settings(max_examples=12)
def test_more_digits_lie_within_the_error(a, b, k, signs, power):
    low, high = sorted((signs[0] * a, signs[1] * b))
    if low == high:
        high += 1
    where = Setting(low, high, k)
    rough, fine = expectation(where, power, 8), expectation(where, power, 16)
    assert rough.overlaps(fine)
    assert fine.rad() < 1e-15
    assert rough.contains(fine.mid()) or abs(rough.mid() - fine.mid()) <= rough.rad() + fine.rad()


def test_the_points_are_probabilities_of_two_rays_and_the_weights_are_positive():
    points, weights, error = rule(Setting(Fraction(-1), Fraction(1), Fraction(4)), 5, 17)
    assert all(0.25 < p < 0.5 and w >= 0 for p, w in zip(points, weights, strict=True))
    assert error < 1e-16


def test_the_mirror_image_has_the_same_law():
    one = Setting(Fraction(-1, 4), Fraction(9), Fraction(1))
    other = Setting(Fraction(-9), Fraction(1, 4), Fraction(1))
    assert expectation(one, 2).overlaps(expectation(other, 2))


def test_the_growth_bound_holds_on_the_ellipses():
    """|Im atan| <= 0.55 where |Im z| <= 1/2, or in the cone of an ellipse whose centre is two half-panels from 0."""
    half_angle = mpmath.atan(mpmath.mpf(int(SHORT.p)) / int(SHORT.q) / mpmath.sqrt(4 - mpmath.mpf(25) / 9))
    assert 5 / arb(3) == LONG or (int(LONG.p), int(LONG.q)) == (5, 3)
    bound = max(mpmath.atanh(0.5), mpmath.atanh(mpmath.sin(half_angle)) / 2)
    assert bound < 0.55
    im = 2 * bound / (2 * mpmath.pi)
    growth = float(GROWTH.p) / float(GROWTH.q)
    for re in (0, 1):
        p = mpmath.mpc(re, im)
        assert abs(p) + abs(1 - p) < growth
        assert 0.25 + abs(p - 0.25) < growth
    # spot checks of the two claims about the arc tangent
    for t in range(1, 200):
        x = arb(t) / 40
        for z in (acb(x, 0.5), acb(x, x * float(mpmath.tan(half_angle)))):
            assert abs(z.atan().imag) < 0.55
