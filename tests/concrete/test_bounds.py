"""Rounding bounds and interval arithmetic, against rationals."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings, strategies as st

from relu_prob.concrete import exact
from relu_prob.concrete.bounds import Range, above, below, onward, start, with_errors
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.initialization import Normal
from relu_prob.network import Network


@given(st.fractions(), st.integers(-400, 400))
def test_neighbouring_floats(value, power):
    value *= Fraction(2) ** power
    assert Fraction(below(value)) <= value <= Fraction(above(value))
    assert above(value) <= np.nextafter(below(value), np.inf)


@given(widths=st.lists(st.integers(1, 6), min_size=1, max_size=4), seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_errors_of_a_forward_pass_are_bounded(widths, seed):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((2, *widths, 1), biases=Normal(0.5)), rng)
    points = rng.standard_normal((3, 2))
    for l, (z, error) in enumerate(with_errors(net, points), 1):
        for i, point in enumerate(points):
            true = exact.preactivations(net, tuple(map(Fraction, point.tolist())), l)
            for j, value in enumerate(true):
                assert abs(Fraction(float(z[i, j])) - value) <= Fraction(float(error[i, j]))
        # a bound that is no bound at all would prove nothing: 40 terms in all, of size 100 at most
        assert (error < 1e-9).all()


@given(widths=st.lists(st.integers(1, 6), min_size=1, max_size=4), seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_intervals_contain_exact_values(widths, seed):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((2, *widths, 1), biases=Normal(0.5)), rng)
    low, high = (Fraction(-1, 3), Fraction(1, 10)), (Fraction(1, 7), Fraction(2, 3))
    box = start(low, high)
    points = [
        tuple(l + Fraction(int(k), 8) * (h - l) for l, h, k in zip(low, high, row, strict=True))
        for row in rng.integers(0, 9, (6, 2))
    ]
    for l, (w, b) in enumerate(net.hidden, 1):
        bounds = onward(w, b, box)
        for point in points:
            for value, bottom, top in zip(exact.preactivations(net, point, l), *bounds, strict=True):
                assert Fraction(float(bottom)) <= value <= Fraction(float(top))
        box = Range(*(np.maximum(end, 0.0) for end in bounds))


def test_corners_of_one_neuron_are_enclosed_tightly():
    (low,), (high,) = onward(
        np.array([[0.1, -0.3]]), np.array([0.7]), Range(np.array([-1.0, 2.0]), np.array([3.0, 5.0]))
    )
    exact_high = 3 * Fraction(0.1) - 2 * Fraction(0.3) + Fraction(0.7)
    exact_low = -Fraction(0.1) - 5 * Fraction(0.3) + Fraction(0.7)
    assert 0 <= Fraction(float(high)) - exact_high < Fraction(1, 10**14)
    assert 0 <= exact_low - Fraction(float(low)) < Fraction(1, 10**14)


def test_an_exact_zero_is_not_rounded_up():
    bounds = onward(np.array([[-0.1, -3.0], [0.0, 0.0], [1e-200, 0.0]]), np.zeros(3), Range(np.zeros(2), np.ones(2)))
    assert bounds.high[:2].tolist() == [0.0, 0.0]
    assert bounds.high[2] > 0
