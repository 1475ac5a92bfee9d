"""A Network is a value that checks its parts together."""

import re

import numpy as np
import pytest

from relu_prob.domains import Ball, Box, Interval, Orthant, Points, WholeSpace
from relu_prob.initialization import (
    Constant,
    HeNormal,
    Normal,
    PyTorchDefault,
    Rademacher,
    SphereUniform,
    Uniform,
    Zero,
)
from relu_prob.network import Network


def test_defaults_are_he_normal_zero_biases_and_the_unit_ball():
    net = Network((3, 4, 5, 2))
    assert (net.weights, net.biases, net.domain) == (HeNormal(), Zero(), Ball(1))
    assert (net.input_dimension, net.hidden_widths, net.depth) == (3, (4, 5), 2)


def test_biases_follow_the_weights_that_bring_them():
    assert Network((1, 2, 1), weights=PyTorchDefault()).biases == PyTorchDefault()
    assert Network((1, 2, 1), weights=SphereUniform()).biases == SphereUniform()
    assert Network((1, 2, 1), weights=SphereUniform(), biases=Zero()).zero_bias


@pytest.mark.parametrize(
    ("weights", "biases", "zero_bias", "continuous", "symmetric"),
    [
        (HeNormal(), Zero(), True, True, True),
        (Rademacher(), Zero(), True, False, True),
        (Rademacher(), Normal(1), False, True, True),
        (HeNormal(), Constant(1), False, True, False),
        (Rademacher(), Constant(1), False, False, False),
        (SphereUniform(), SphereUniform(), False, True, True),
        (HeNormal(), Uniform(1), False, True, True),
    ],
)
def test_what_theorems_ask(weights, biases, zero_bias, continuous, symmetric):
    net = Network((2, 3, 1), weights=weights, biases=biases)
    assert (net.zero_bias, net.continuous, net.symmetric) == (zero_bias, continuous, symmetric)


def test_a_network_is_a_value():
    a, b = Network((1, 2, 1)), Network([np.int64(1), 2, 1], domain=Ball(1.0))
    assert a == b
    assert hash(a) == hash(b)
    assert a != Network((1, 2, 1), domain=WholeSpace())
    assert a != Network((1, 2, 2))
    with pytest.raises(AttributeError):
        a.widths = (1, 1, 1)


def test_its_parts_print_as_they_are_written():
    net = Network((2, 3, 1), weights=Uniform(2), biases=Normal(0.5), domain=Box((0, 0), (1, 1)))
    assert str(net) == "2-3-1, Uniform(2) weights, Normal(0.5) biases, on Box([0, 0], [1, 1])"
    assert eval(repr(net)) == net


def test_other_hidden_widths_keep_the_rest():
    net = Network((2, 3, 1), weights=Uniform(2), biases=Normal(1), domain=Orthant())
    other = net.with_hidden_widths(iter([7, 8]))
    assert other == Network((2, 7, 8, 1), weights=Uniform(2), biases=Normal(1), domain=Orthant())


BAD = [
    ({"widths": (1, 0, 1)}, ValueError, "widths", "0"),
    ({"widths": (1, -3, 1)}, ValueError, "widths", "-3"),
    ({"widths": (0, 1, 1)}, ValueError, "widths", "0"),
    ({"widths": (1, 1)}, ValueError, "widths", "(1, 1)"),
    ({"widths": ()}, ValueError, "widths", "()"),
    ({"widths": 5}, TypeError, "widths", "5"),
    ({"widths": "111"}, TypeError, "widths", "'111'"),
    ({"widths": None}, TypeError, "widths", "None"),
    ({"widths": (1, 2.0, 1)}, TypeError, "widths", "2.0"),
    ({"widths": (1, float("nan"), 1)}, TypeError, "widths", "nan"),
    ({"widths": (1, True, 1)}, TypeError, "widths", "True"),
    ({"widths": (1, "2", 1)}, TypeError, "widths", "'2'"),
    ({"weights": 1}, TypeError, "weights", "1"),
    ({"weights": HeNormal}, TypeError, "weights", "HeNormal"),
    ({"weights": Zero()}, ValueError, "weights", "Zero()"),
    ({"weights": Constant(1)}, ValueError, "weights", "Constant(1)"),
    ({"biases": 0}, TypeError, "biases", "0"),
    ({"biases": HeNormal()}, ValueError, "biases", "HeNormal()"),
    ({"biases": Rademacher()}, ValueError, "biases", "Rademacher()"),
    ({"biases": SphereUniform()}, ValueError, "biases", "HeNormal()"),
    ({"domain": 1}, TypeError, "domain", "1"),
    ({"domain": Ball}, TypeError, "domain", "Ball"),
    ({"domain": Interval(0, 1), "widths": (2, 3, 1)}, ValueError, "domain", "Interval(0, 1)"),
    ({"domain": Box((0, 0), (1, 1))}, ValueError, "domain", "Box([0, 0], [1, 1])"),
    ({"domain": Points([[1, 2]])}, ValueError, "domain", "Points([[1, 2]])"),
    ({"domain": Points([[0]])}, ValueError, "domain", "Points([[0]])"),
]


@pytest.mark.parametrize(("arguments", "error", "name", "value"), BAD)
def test_bad_input_is_named_with_its_value(arguments, error, name, value):
    with pytest.raises(error, match=re.escape(value)) as info:
        Network(**{"widths": (1, 2, 1)} | arguments)
    assert name in str(info.value)


def test_the_point_zero_is_a_domain_where_there_are_biases():
    assert Network((1, 2, 1), biases=Normal(1), domain=Points([[0]])).domain == Points([[0]])


def test_randomized_asymmetric_rows_bring_their_biases():
    from relu_prob.initialization import RandomizedAsymmetric

    law = RandomizedAsymmetric()
    assert Network((1, 2, 1), weights=law).biases == law
    for weights, biases in ((law, Zero()), (None, law), (law, RandomizedAsymmetric(1))):
        with pytest.raises(ValueError, match="weights and biases must be the same RandomizedAsymmetric law"):
            Network((1, 2, 1), weights=weights, biases=biases)


def test_orthogonal_weights_are_no_biases():
    from relu_prob.initialization import Orthogonal

    with pytest.raises(ValueError, match=r"biases must be a bias law: .*, got Orthogonal\(1\)"):
        Network((1, 2, 1), biases=Orthogonal())
