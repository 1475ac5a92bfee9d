"""The histogram that a simulation returns."""

import pickle

import numpy as np
import pytest

from relu_prob.network import Network
from relu_prob.simulation import SimulatedCounts
from relu_prob.simulation.counts import tally

NETWORK = Network((1, 2, 3, 1))
ROWS = [[2, 3], [2, 0], [1, 1], [2, 3]]


def counts(rows=ROWS, multiplicity=(1, 2, 3, 4), network=NETWORK, death="initial", exact_layers=2):
    return SimulatedCounts(network, death, rows, multiplicity, exact_layers)


def test_rows_are_distinct_and_sorted():
    runs = counts()
    assert runs.rows.tolist() == [[1, 1], [2, 0], [2, 3]]
    assert runs.multiplicity.tolist() == [3, 2, 5]
    assert (runs.samples, runs.exact, counts(exact_layers=1).exact) == (10, True, False)


def test_values_are_frozen_and_compare_by_value():
    runs = counts()
    assert runs == counts(ROWS[::-1], [4, 3, 2, 1])
    assert hash(runs) == hash(counts(ROWS[::-1], [4, 3, 2, 1]))
    assert runs != counts(multiplicity=(1, 2, 3, 5))
    assert runs != counts(death="permanent")
    assert runs != counts(exact_layers=1)
    assert runs != "counts"
    assert pickle.loads(pickle.dumps(runs)) == runs
    with pytest.raises(AttributeError):
        runs.death = "permanent"
    with pytest.raises(ValueError, match="read-only"):
        runs.rows[0, 0] = 1


def test_counts():
    runs = counts()
    assert runs.counts(1).tolist() == [0, 3, 7]
    assert runs.counts(2).tolist() == [2, 3, 0, 5]
    assert runs.counts(2, [None]).tolist() == [2, 3, 0, 5]
    assert runs.counts(2, [{2}]).tolist() == [2, 0, 0, 5]
    assert runs.counts(2, [range(2)]).tolist() == [0, 3, 0, 0]
    assert runs.counts(2, (np.array([1, 2]),)).tolist() == [2, 3, 0, 5]
    assert runs.counts(2, [()]).tolist() == [0, 0, 0, 0]
    assert runs.counts(1, []).tolist() == [0, 3, 7]


def test_joint():
    runs = counts()
    assert runs.joint((2,)) == 7
    assert runs.joint((0, 1)) == 8
    assert runs.joint((2, 1)) == 5
    assert runs.joint((3, 1)) == 0
    assert runs.joint((10**30,)) == 0
    assert isinstance(runs.joint((2,)), int)


def test_sum():
    assert counts() + counts([[0, 0]], [1]) == counts([*ROWS, [0, 0]], [1, 2, 3, 4, 1])
    for other in (counts(death="permanent"), counts(exact_layers=1), counts(network=Network((2, 2, 3, 1)))):
        with pytest.raises(ValueError, match="do not add"):
            counts() + other
    with pytest.raises(TypeError):
        counts() + 1


def test_it_prints_in_one_line():
    assert repr(counts(exact_layers=1)) == (
        "<SimulatedCounts: 10 draws of 1-2-3-1, HeNormal() weights, Zero() biases, on Ball(1); "
        "initial death, exact in 1 of 2 layers>"
    )
    assert repr(counts(death="permanent")).endswith("; permanent death, exact>")


@pytest.mark.parametrize("width", [3, 10**5])
def test_tally_of_many_layers_agrees_with_that_of_few(width):
    """With 10 layers of width 10^5 there is no single number for a row."""
    network = Network((1,) + (width,) * 10 + (1,))
    rows = np.random.default_rng(0).integers(0, 2, (5000, 10))
    unique, times = tally(network, rows)
    expected, expected_times = np.unique(rows, axis=0, return_counts=True)
    np.testing.assert_array_equal(unique, expected)
    np.testing.assert_array_equal(times, expected_times)
    np.testing.assert_array_equal(tally(network, rows, np.full(5000, 2**40))[1], 2**40 * expected_times)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": 1}, "network must be a Network, got 1"),
        ({"death": "final"}, "death must be one of 'initial', 'permanent', got 'final'"),
        ({"exact_layers": 3}, "exact_layers must be an integer from 1 to 2, got 3"),
        ({"rows": [[1]]}, r"rows must be integers of shape \(k, 2\), got int64 of shape \(1, 1\)"),
        ({"rows": [[0.5, 1]]}, "rows must be integers"),
        ({"rows": [[1, 4]]}, "rows must lie between 0 and the widths"),
        ({"rows": [[1, -1]]}, "rows must lie between 0 and the widths"),
        ({"multiplicity": [1]}, "multiplicity must be 4 positive integers"),
        ({"multiplicity": [1, 1, 1, 0]}, "multiplicity must be 4 positive integers"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        counts(**arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda runs: runs.counts(0), "layer must be an integer from 1 to 2, got 0"),
        (lambda runs: runs.counts(3), "layer must be an integer from 1 to 2, got 3"),
        (lambda runs: runs.counts(1.0), "layer must be an integer from 1 to 2, got 1.0"),
        (lambda runs: runs.counts(2, []), "allowed must be None or a sequence of layer - 1 = 1 collections"),
        (lambda runs: runs.counts(2, 5), "allowed must be None or a sequence of layer - 1 = 1 collections"),
        (lambda runs: runs.counts(2, [5]), "allowed must be None or a sequence of layer - 1 = 1 collections"),
        (lambda runs: runs.counts(2, [{3}]), "allowed must be an integer from 0 to 2, got 3"),
        (lambda runs: runs.joint(()), r"need must be a sequence of 1 to 2 integers >= 0, got \(\)"),
        (lambda runs: runs.joint((1, 1, 1)), "need must be a sequence of 1 to 2 integers >= 0"),
        (lambda runs: runs.joint(1), "need must be a sequence of 1 to 2 integers >= 0, got 1"),
        (lambda runs: runs.joint((-1,)), "need must be an integer >= 0, got -1"),
    ],
)
def test_bad_questions(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(counts())
