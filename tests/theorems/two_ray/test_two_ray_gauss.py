"""Layer 3 enclosed by quadrature rules, in balls: certified, and independent of the table and of every fit."""

from fractions import Fraction

import flint
import pytest
from flint import arb, fmpq

from relu_prob.theorems.two_ray.gauss import gauss, radau, recurrence, third_layer_dead
from relu_prob.theorems.two_ray.laws import last_event
from relu_prob.theorems.two_ray.rational import third_layer


def _jacobi_moments(count):
    """Of the uniform law on (0, 1): 1/(i+1)."""
    return [arb(1) / (i + 1) for i in range(count)]


def test_the_rules_integrate_polynomials_of_their_degree_exactly():
    with flint.ctx.workprec(500):
        moments = _jacobi_moments(12)
        alpha, beta = recurrence(moments)
        for rule, degree in ((gauss(alpha, beta), 11), (radau(alpha, beta), 10)):
            for power in range(degree + 1):
                found = sum((w * x**power for x, w in zip(*rule, strict=True)), arb(0))
                assert found.overlaps(moments[power])
                assert float((found - moments[power]).rad()) < 1e-40


def test_a_power_series_with_positive_coefficients_lies_between_them():
    # E 1/(2 - x) = log 2 for the uniform law
    with flint.ctx.workprec(500):
        alpha, beta = recurrence(_jacobi_moments(12))
        low, high = (
            sum((w / (2 - x) for x, w in zip(*rule, strict=True)), arb(0))
            for rule in (gauss(alpha, beta), radau(alpha, beta))
        )
        assert low < arb(2).log() < high


def test_the_last_node_of_radau_is_one():
    with flint.ctx.workprec(500):
        nodes, weights = radau(*recurrence(_jacobi_moments(12)))
        assert nodes[-1] == 1
        assert all(0 < w < 1 for w in weights)


@pytest.mark.parametrize(("n1", "n3"), [(2, 2), (3, 5), (6, 1)])
def test_the_rational_law_behind_two_neurons_lies_between(n1, n3):
    exact = third_layer(n1, n3)[0]
    low, high = third_layer_dead(n1, 2, n3)
    assert isinstance(exact, Fraction)
    assert low < arb(fmpq(exact.numerator, exact.denominator)) < high


@pytest.mark.parametrize(
    ("widths", "gap"),
    [((3, 3, 3), 1e-5), ((4, 5, 3), 5e-6), ((2, 7, 1), 5e-6), ((5, 10, 6), 1e-8), ((9, 12, 15), 1e-11)],
)
def test_the_main_path_lies_between(widths, gap, layers):
    low, high = third_layer_dead(*widths)
    value, error = last_event(widths, None, [0], layers=layers)
    assert low - arb(error) < arb(float(value)) < high + arb(error)
    assert float(high - low) < gap


def test_more_nodes_are_closer():
    wide = third_layer_dead(3, 4, 3, nodes=15)
    narrow = third_layer_dead(3, 4, 3, nodes=30)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
