"""The choice among the theorems."""

import pytest

from relu_prob import Ball, Box, Interval, Network, Normal, NotCovered, Points, count_law
from relu_prob.questions import catalogue


@pytest.mark.parametrize(
    ("net", "layer", "name"),
    [
        (Network((1, 3, 3, 1)), 2, "layer 2 in one dimension"),
        (Network((3, 3, 3, 1)), 2, "layer 2 of a narrow first layer"),
        (Network((1, 3, 3, 3, 1), domain=Interval(0, 1)), 3, "one ray"),
        (Network((3, 1, 3, 3, 1)), 3, "one ray"),
        (Network((2, 3, 1), biases=Normal(1)), 1, "a first layer on a ball"),
    ],
    ids=str,
)
def test_who_answers(net, layer, name):
    assert catalogue.covering(net, layer).name == catalogue.require(net, layer).name == name


@pytest.mark.parametrize(
    ("net", "layer"),
    [
        (Network((2, 5, 3, 1)), 2),
        (Network((2, 3, 3, 3, 1)), 3),
        (Network((1, 3, 3, 1), biases=Normal(1)), 2),
        (Network((2, 3, 3, 1), domain=Box((0, 0), (1, 1))), 2),
        (Network((2, 3, 3, 1), domain=Points([[1, 0], [0, 1], [1, 1]])), 2),
    ],
    ids=str,
)
def test_who_is_not_covered_is_told_why(net, layer):
    assert catalogue.covering(net, layer) is None
    with pytest.raises(NotCovered) as info:
        count_law(net, layer=layer, method="exact")
    reasons = catalogue.missing(net, layer)
    assert f"no theorem covers layer {layer} of {net}" in str(info.value)
    for name, why in reasons.items():
        assert f"- {name}: {why}" in str(info.value)
    assert not any(why.startswith("the layer must be") for why in reasons.values())


def test_names_are_unique_and_statements_and_sources_are_there():
    names = [theorem.name for theorem in catalogue.THEOREMS]
    assert len(set(names)) == len(names)
    assert all(theorem.statement and theorem.source for theorem in catalogue.THEOREMS)


def test_theorems_about_other_layers_are_left_out():
    missing = catalogue.missing(Network((2, 3, 3, 3, 1), domain=Ball(1)), 3)
    assert "one ray" in missing
    assert not any("layer 2" in name or "first layer" in name for name in missing)


def test_not_covered_is_a_value_error():
    assert issubclass(NotCovered, ValueError)
