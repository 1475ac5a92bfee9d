"""The arguments that all questions share: their canonical form, and every way to get them wrong."""

import re

import numpy as np
import pytest

from relu_prob import (
    Network,
    agree,
    born_dead,
    bracket,
    count_law,
    explain,
    first_dead_layer,
    largest_depth,
    smallest_width,
    trainability,
    transition_matrix,
)
from relu_prob.questions import arguments
from relu_prob.questions.arguments import Options
from relu_prob.theorems.bracket import Arithmetic

NET = Network((1, 2, 3, 1))
NAN = float("nan")


def test_layers_count_from_one_and_default_to_the_last():
    assert arguments.layer(NET, None) == 2
    assert arguments.layer(NET, np.int64(1)) == 1


def test_masks_are_sets_and_a_mask_of_everything_is_none():
    assert arguments.masks(NET, 2, None) == (None,)
    assert arguments.masks(NET, 2, [range(3)]) == (None,)
    assert arguments.masks(NET, 2, ([1, 1, 0],)) == (frozenset({0, 1}),)
    assert arguments.masks(NET, 2, [np.array([2])]) == (frozenset({2}),)
    assert arguments.masks(NET, 2, [[]]) == (frozenset(),)
    assert arguments.masks(NET, 1, []) == ()


def test_thresholds():
    assert arguments.thresholds(NET, np.array([1, 3])) == (1, 3)
    assert arguments.at_least(0, 3) is None
    assert arguments.at_least(2, 3) == frozenset({2, 3})


def test_expensive_exact_chains_become_balls_only_where_nothing_was_asked_for():
    wide = Network((2, *[300] * 10, 1))
    assert Options().affordable(NET) == Arithmetic()
    assert Options().affordable(wide) == Arithmetic(digits=30)
    assert Options(digits=70).affordable(wide) == Arithmetic(digits=70)
    assert Options(force=True).affordable(wide) == Arithmetic(force=True)


QUESTIONS = {
    "count_law": count_law,
    "bracket": bracket,
    "born_dead": born_dead,
    "first_dead_layer": first_dead_layer,
    "transition_matrix": transition_matrix,
    "explain": explain,
    "trainability": lambda net, **more: trainability(net, **{"need": (1, 1)} | more),
    "smallest_width": lambda net, **more: smallest_width(net, **{"target": 0.5} | more),
    "largest_depth": lambda net, **more: largest_depth(net, **{"target": 0.5} | more),
    "agree": lambda net, **more: agree(net, **{"samples": 10, "rng": 0} | more),
}
LAYERS = ["count_law", "bracket", "born_dead", "transition_matrix", "agree"]
SIMULATING = ["count_law", "born_dead", "first_dead_layer", "transition_matrix", "trainability"]
METHODS = SIMULATING
CHAINS = ["count_law", "bracket", "born_dead", "first_dead_layer", "trainability"]
DESIGNS = ["smallest_width", "largest_depth"]


def table():
    for name in QUESTIONS:
        for value in (None, 3, "1-2-1", (1, 2, 1)):
            yield name, {"network": value}, TypeError
    for name in LAYERS:
        for value, error in ((0, ValueError), (3, ValueError), ("1", TypeError), (1.0, TypeError), (True, TypeError)):
            yield name, {"layer": value}, error
    for name in METHODS:
        for value in ("magic", None, 3):
            yield name, {"method": value}, ValueError
    yield "transition_matrix", {"method": "bracket"}, ValueError
    for name in CHAINS:
        for value, error in ((0, ValueError), (-1, ValueError), (2.5, TypeError), ("50", TypeError), (True, TypeError)):
            yield name, {"digits": value}, error
    for name in [*SIMULATING, "agree"]:
        for value, error in ((0, ValueError), (-5, ValueError), (1e3, TypeError), ("9", TypeError)):
            yield name, {"samples": value}, error
        for value, error in (
            (0, ValueError),
            (1, ValueError),
            (NAN, ValueError),
            ("0.9", TypeError),
            (None, TypeError),
        ):
            yield name, {"level": value}, error
    for value, error in (
        (1, TypeError),
        ("1", TypeError),
        ([], ValueError),
        ([None, None], ValueError),
        ([1], TypeError),
        (["1"], TypeError),
        ([[3]], ValueError),
        ([[-1]], ValueError),
        ([[1.0]], TypeError),
        ([[True]], TypeError),
    ):
        for name in ("count_law", "bracket"):
            yield name, {"allowed": value}, error
    yield "bracket", {"allowed": [[1]]}, ValueError
    yield "bracket", {"upper": "sharp"}, ValueError
    for value, error in (
        (1, TypeError),
        ("11", TypeError),
        (None, TypeError),
        ((1,), ValueError),
        ((1, 1, 1), ValueError),
        ((3, 1), ValueError),
        ((1, 4), ValueError),
        ((-1, 1), ValueError),
        ((1, 1.0), TypeError),
        ((1, True), TypeError),
    ):
        yield "trainability", {"need": value}, error
    yield "trainability", {"need": (1, 0), "death": "permanent"}, ValueError
    yield "trainability", {"death": "sudden"}, ValueError
    yield "agree", {"need": (1, 4)}, ValueError
    yield "agree", {"need": (1, 1), "layer": 1}, ValueError
    for name in DESIGNS:
        for value, error in ((0, ValueError), (-1, ValueError), (1.0, TypeError), ("1", TypeError)):
            yield name, {"need": value}, error
        for value, error in (
            (0, ValueError),
            (1, ValueError),
            (-0.5, ValueError),
            (2, ValueError),
            (NAN, ValueError),
            ("0.5", TypeError),
            (True, TypeError),
        ):
            yield name, {"target": value}, error
            yield name, {"failure": value, "target": None}, error
        yield name, {"target": None}, ValueError
        yield name, {"failure": 0.5}, ValueError
        for value, error in ((0, ValueError), (1.5, TypeError), ("9", TypeError)):
            yield name, {"limit": value}, error


def entries(value):
    if isinstance(value, list | tuple):
        for entry in value:
            yield entry
            yield from entries(entry)


@pytest.mark.parametrize(("name", "bad", "error"), list(table()), ids=str)
def test_bad_input_is_named_with_its_value(name, bad, error):
    equal = Network((1, 2, 2, 1))
    net = bad.get("network", equal if name in DESIGNS else NET)
    more = {key: value for key, value in bad.items() if key != "network"}
    with pytest.raises(error) as info:
        QUESTIONS[name](net, **more)
    message = str(info.value)
    key, value = next(iter(bad.items()))
    assert key in message
    # of a collection the message may show the bad entry only
    assert repr(value) in message or any(f"got {entry!r}" in message for entry in entries(value))


@pytest.mark.parametrize("name", SIMULATING)
@pytest.mark.parametrize(("rng", "error"), [("x", TypeError), (-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_a_bad_rng_is_named_where_it_is_used(name, rng, error):
    with pytest.raises(error, match=f"rng must be .*got {re.escape(repr(rng))}"):
        QUESTIONS[name](NET, rng=rng, method="simulate", samples=10)


@pytest.mark.parametrize("name", SIMULATING)
def test_a_bad_executor_is_named_where_it_is_used(name):
    with pytest.raises(TypeError, match=r"executor must be .*got 3"):
        QUESTIONS[name](NET, executor=3, method="simulate", samples=10, rng=0)


@pytest.mark.parametrize("name", SIMULATING)
def test_a_bad_progress_is_named_where_it_is_used(name):
    with pytest.raises(ValueError, match=r"progress must be .*got 'yes'"):
        QUESTIONS[name](NET, progress="yes", method="simulate", samples=10, rng=0)


def test_one_width_is_asked_of_largest_depth():
    with pytest.raises(ValueError, match=re.escape("network must have hidden layers of one width, got (2, 3)")):
        largest_depth(NET, target=0.5)
    with pytest.raises(ValueError, match="need must be an integer from 1 to 2, got 3"):
        largest_depth(Network((1, 2, 1)), target=0.5, need=3)


def test_numpy_scalars_are_numbers():
    law = count_law(NET, layer=np.int64(2), samples=np.int32(10), level=np.float64(0.9), method="simulate", rng=0)
    assert law.masses.samples == 10
    assert trainability(NET, need=np.array([1, 1])) == trainability(NET, need=(1, 1))
