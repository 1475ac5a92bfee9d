"""AngleLaw as a value: what it asks of a theorem, how it prints, and bad input."""

import json
from dataclasses import dataclass
from fractions import Fraction
from math import inf, nan, pi

import mpmath
import numpy as np
import pytest

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO, Approximation, Rational
from relu_prob.results import AngleLaw


@dataclass(frozen=True)
class Uniform:
    """A stand-in for a theorem: dead 1/8, single 1/8, a right angle 1/4, uniform on (0, pi/2) with mass 1/2."""

    mass: Fraction = Fraction(1, 2)

    dead = Rational(Fraction(1, 8))
    single = Rational(Fraction(1, 8))
    right_angle = Rational(Fraction(1, 4))

    @property
    def two_rays(self):
        return Rational(self.mass + Fraction(1, 4))

    def moment(self, k):
        value = float(self.mass) * (pi / 2) ** k / (k + 1) + (pi / 2) ** k / 4
        return Approximation(mpmath.mpf(value), mpmath.mpf(1e-15))

    def expect(self, functions):
        theta, weights = np.polynomial.legendre.leggauss(200)
        values = functions((theta + 1) * pi / 4)
        atom = functions(np.array([pi / 2]))[0]
        found = float(self.mass) * weights @ values / 2 + atom / 4
        return tuple(Approximation(mpmath.mpf(float(x)), mpmath.mpf(1e-14)) for x in found)


@pytest.fixture
def law():
    return AngleLaw(Uniform(), layer=3, method="a test", source="none")


def test_masses_and_moments(law):
    assert (law.dead.fraction, law.single.fraction) == (Fraction(1, 8), Fraction(1, 8))
    assert (law.two_rays.fraction, law.right_angle.fraction) == (Fraction(3, 4), Fraction(1, 4))
    assert float(law.moment(1)) == pytest.approx(pi / 4, rel=1e-15)
    assert float(law.mean) == pytest.approx(pi / 3, rel=1e-15)
    assert law.mean.guarantee is law.guarantee is Guarantee.NUMERICAL
    assert (law.layer, law.method, law.source, law.mean.source) == (3, "a test", "none", "none")


def test_expect(law):
    assert float(law.expect(lambda t: 1)) == pytest.approx(0.75, rel=1e-14)
    assert float(law.expect(lambda t: Fraction(1, 2))) == pytest.approx(0.375, rel=1e-14)
    assert float(law.expect(np.cos)) == pytest.approx(1 / pi, rel=1e-13)


def test_density_leaves_out_the_atom_and_reflects_at_the_ends(law):
    for bandwidth in (0.05, 0.2):
        found = law.density([0, 0.1, pi / 4, pi / 2], bandwidth=bandwidth)
        assert [float(x) for x in found] == pytest.approx([1 / pi] * 4, rel=1e-10)
    assert law.density([]) == ()
    assert law.density(iter([0.5]))[0].guarantee is Guarantee.NUMERICAL


def test_density_has_the_mass_of_what_is_not_at_a_right_angle(law):
    theta, weights = np.polynomial.legendre.leggauss(60)
    values = [float(x) for x in law.density((theta + 1) * pi / 4)]
    assert weights @ values * pi / 4 == pytest.approx(0.5, rel=1e-10)


def test_equality_and_hash(law):
    same = AngleLaw(Uniform(), layer=3, method="a test", source="none")
    assert law == same
    assert hash(law) == hash(same)
    assert law != AngleLaw(Uniform(), layer=2, method="a test", source="none")
    assert law != AngleLaw(Uniform(Fraction(1, 4)), layer=3, method="a test", source="none")
    assert law != 3


def test_print_and_dict(law):
    assert repr(law) == (
        "AngleLaw(layer 3, dead 0.125, single 0.125, two rays 0.75, right angle 0.25, mean angle 1.04720, numerical)"
    )
    record = json.loads(json.dumps(law.to_dict()))
    assert list(record) == ["layer", "method", "source", "dead", "single", "two_rays", "right_angle", "mean_angle"]
    assert record["two_rays"]["fraction"] == "3/4"
    assert record["mean_angle"]["guarantee"] == "numerical"


def test_without_two_rays():
    class Never(Uniform):
        two_rays = right_angle = ZERO

    law = AngleLaw(Never(), layer=2, method="a test")
    assert repr(law) == "AngleLaw(layer 2, dead 0.125, single 0.125, two rays 0, right angle 0, exact)"
    assert "mean_angle" not in law.to_dict()
    with pytest.raises(ZeroDivisionError, match="after layer 2 there are never two rays"):
        law.mean  # noqa: B018


@pytest.mark.parametrize("k", [-1, 1.5, "1", True])
def test_bad_moment(law, k):
    with pytest.raises((TypeError, ValueError), match="k must be an integer >= 0, got"):
        law.moment(k)


@pytest.mark.parametrize("value", [nan, inf, "1", None, 1j, True])
def test_a_function_must_have_finite_values(law, value):
    with pytest.raises((TypeError, ValueError), match=r"f\(.+\) must be a finite number, got"):
        law.expect(lambda t: value)


def test_bad_function(law):
    with pytest.raises(TypeError, match=r"f must be a function of a float, got 0\.5"):
        law.expect(0.5)


@pytest.mark.parametrize("at", [0.5, "0.5", [nan], ["a"], [0.5, None]])
def test_bad_angles(law, at):
    with pytest.raises((TypeError, ValueError), match="at must be a"):
        law.density(at)


@pytest.mark.parametrize("bandwidth", [0, -0.1, nan, "0.1"])
def test_bad_bandwidth(law, bandwidth):
    with pytest.raises((TypeError, ValueError), match="bandwidth must be a positive finite number, got"):
        law.density([0.5], bandwidth=bandwidth)
