"""Exact forward passes and polylines, against Fractions and against many inputs."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings, strategies as st

from relu_prob.concrete import exact
from relu_prob.concrete.network import ConcreteNetwork
from relu_prob.initialization import Normal, Rademacher
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


@given(
    widths=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    seed=st.integers(0, 2**32),
    law=st.sampled_from([{}, {"biases": Normal(1)}, {"weights": Rademacher()}]),
)
@settings(max_examples=40)
def test_the_polyline_is_the_network(widths, seed, law):
    rng = np.random.default_rng(seed)
    net = ConcreteNetwork.draw(Network((2, *widths, 1), **law), rng)
    path = [tuple(map(Fraction, row.tolist())) for row in rng.integers(-3, 4, (3, 2)).astype(float)]
    for layer, (inputs, vertices) in enumerate(exact.polyline(net, path), 1):
        values = [[Fraction(int(x), int(v[-1])) for x in v[:-1]] for v in vertices]
        for x, at in zip(inputs, values, strict=True):
            assert at == by_fractions(net, x, layer)
        # linear in between: at a third of every segment
        for (x, y), (u, v) in zip(pairwise(inputs), pairwise(values), strict=True):
            between = tuple((2 * p + q) / 3 for p, q in zip(x, y, strict=True))
            assert by_fractions(net, between, layer) == [(2 * p + q) / 3 for p, q in zip(u, v, strict=True)]


def test_text():
    assert exact.text((Fraction(1, 2), Fraction(1, 3))) == "(0.5, 1/3)"
