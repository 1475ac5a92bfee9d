"""explain says of every layer what is used, or what is missing."""

from dataclasses import replace

import pytest

from relu_prob import (
    Ball,
    Box,
    Constant,
    HeNormal,
    Interval,
    Network,
    Normal,
    Points,
    Rademacher,
    Zero,
    bracket,
    count_law,
    explain,
)
from relu_prob.questions import catalogue, nearest
from relu_prob.results.text import outward


@pytest.mark.parametrize(
    "net",
    [
        Network((1, 3, 3, 3, 1)),
        Network((2, 3, 3, 1)),
        Network((1, 3, 3, 1), domain=Interval(0, 1)),
        Network((2, 3, 3, 1), biases=Normal(1)),
        Network((2, 3, 3, 1), weights=Rademacher()),
        Network((2, 3, 3, 1), biases=Constant(1), domain=Points([[1, 2], [2, 1]])),
    ],
    ids=str,
)
def test_every_layer_is_explained_by_what_answers_it(net):
    explanation = explain(net)
    assert str(explanation).startswith(str(net))
    assert [layer.layer for layer in explanation.layers] == list(range(1, net.depth + 1))
    for layer in explanation.layers:
        theorem = catalogue.covering(net, layer.layer)
        assert layer.theorem is theorem
        text = str(layer)
        assert text in str(explanation)
        if theorem is not None:
            assert layer.bracket is None
            assert f"by the theorem '{theorem.name}'" in text
            assert theorem.statement in text
            assert theorem.source in text
            assert count_law(net, layer=layer.layer).method == theorem.name
        else:
            assert layer.bracket == bracket(net, layer=layer.layer)
            assert layer.missing == catalogue.missing(net, layer.layer)
            for name, why in layer.missing.items():
                assert (f"not '{name}': {why}" in text) == (name in layer.shown)
            assert f"nor {len(layer.missing) - len(layer.shown)} others" in text
            ends = outward(layer.bracket.high.pmf(0).low, -1), outward(layer.bracket.low.pmf(0).high, 1)
            assert f"P(N_{layer.layer} = 0) lies between {ends[0]} and {ends[1]}" in text


def test_wide_networks_are_explained_in_balls():
    text = str(explain(Network((3, 150, 150, 150, 150, 1))).layers[-1])
    assert "no theorem; simulation inside the bracket" in text


def test_everything_is_there_when_asked_for():
    net = Network((2, 3, 3, 1), biases=Normal(1))
    layer = explain(net, everything=True).layers[1]
    assert layer.shown == tuple(layer.missing)
    assert all(f"  not '{name}': {why}" in str(layer) for name, why in layer.missing.items())
    assert "others" not in str(layer)
    with pytest.raises(ValueError, match="everything must be one of True, False, got 3"):
        explain(net, everything=3)


@pytest.mark.parametrize(
    ("net", "change"),
    [
        (Network((2, 3, 3, 1), weights=Rademacher()), {"weights": HeNormal()}),
        (Network((2, 3, 3, 1), biases=Constant(1)), {"biases": Zero()}),
        (Network((2, 3, 3, 1), domain=Box((0, 0), (1, 1))), {"domain": Ball(1)}),
        (Network((2, 5, 3, 1)), {"widths": (2, 2, 3, 1)}),
        (Network((2, 5, 3, 1)), {"widths": (1, 5, 3, 1)}),
    ],
    ids=str,
)
def test_what_is_shown_is_one_change_away(net, change):
    theorem = catalogue.covering(replace(net, **change), 2)
    assert theorem.name in explain(net).layers[1].shown
    assert len(explain(net).layers[1].shown) <= nearest.MOST
