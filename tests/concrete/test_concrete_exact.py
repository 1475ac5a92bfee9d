"""Exact forward passes and polylines, against Fractions and against many inputs."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings, strategies as st

from relu_prob.concrete import exact
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.initialization import Normal
from relu_prob.network import Network


def by_fractions(net, point, layer):
    h = list(point)
    for w, b in net.hidden[:layer]:
        z = [
            sum((Fraction(float(x)) * y for x, y in zip(row, h, strict=True)), Fraction(float(c)))
            for row, c in zip(w, b, strict=True)
        ]
        h = [max(x, Fraction(0)) for x in z]
    return z


@given(widths=st.lists(st.integers(1, 5), min_size=1, max_size=4), d=st.integers(1, 3), seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_integers_are_the_fractions(widths, d, seed):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((d, *widths, 1), biases=Normal(0.5)), rng)
    point = tuple(Fraction(int(p), int(q)) for p, q in zip(rng.integers(-9, 9, d), rng.integers(1, 9, d), strict=True))
    for layer in range(1, net.depth + 1):
        expected = by_fractions(net, point, layer)
        assert exact.preactivations(net, point, layer) == expected
        assert [exact.fires(net, point, layer, j) for j in range(len(expected))] == [x > 0 for x in expected]


def test_extreme_floats_are_exact():
    net = ConcreteNetwork([[[5e-324, 1e300], [-0.0, 0.0]], [[1.0, 1.0]]], [[2.0**-1000, 1e-310], [0.0]])
    point = (Fraction(1, 3), Fraction(-1))
    assert exact.preactivations(net, point, 1) == by_fractions(net, point, 1)
    assert exact.preactivations(ConcreteNetwork([np.zeros((2, 2)), np.ones((1, 2))]), point, 1) == [0, 0]


def test_rounding_does_not_decide():
    """In floats 0.1 + 0.2 - 0.3 is 5.6e-17; of the floats 0.1, 0.2 and 0.3 the exact sum is 2.8e-17 > 0."""
    net = ConcreteNetwork([[[0.1, 0.2, -0.3]], [[1.0]]])
    assert exact.preactivations(net, (1, 1, 1), 1) == [Fraction(0.1) + Fraction(0.2) - Fraction(0.3)]
    # 3 * (1/3) is 1 exactly, and so -1 + that is 0, which does not fire
    third = ConcreteNetwork([[[3.0]], [[1.0]]], [[-1.0], [0.0]])
    assert not exact.fires(third, (Fraction(1, 3),), 1, 0)


def test_text():
    assert exact.text((Fraction(1, 2), Fraction(1, 3))) == "(0.5, 1/3)"
