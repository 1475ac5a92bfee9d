"""The estimator in the questions: when it answers, until when, and what it refuses."""

import json
import warnings

import pytest

from relu_prob import (
    Network,
    Normal,
    NotCovered,
    Points,
    agree,
    born_dead,
    count_law,
    explain,
    first_dead_layer,
    trainability,
    transition_matrix,
)
from relu_prob.cli.program import main
from relu_prob.questions import estimation
from relu_prob.questions.estimation import METHOD

THREE = Points([(1, 0), (0.2, 1), (-0.7, -0.5)])
FOUR = Points([(1, 0), (0.2, 1), (-0.7, -0.5), (0, -1)])
NET = Network((2, 4, 4, 4, 1), domain=THREE)
OPPOSITE = Network((1, 4, 4, 4, 1), domain=Points([[1], [-1]]))


def test_it_answers_where_no_theorem_does():
    p = born_dead(NET, samples=2000, rng=0)
    assert p.method == METHOD
    assert p.level == 0.99
    assert p.bracket.low <= p.low <= p.high <= p.bracket.high
    assert "by the sequential estimator" not in str(explain(OPPOSITE))
    assert born_dead(OPPOSITE, samples=2000).method == "two rays"
    assert born_dead(Network((2, 4, 4, 1), domain=FOUR), samples=200, rng=0).method == "simulation"


def test_it_agrees_with_the_theorem():
    asked = {"need": (2, 2, 2)}
    exact = float(trainability(OPPOSITE, **asked))
    p = trainability(OPPOSITE, method="estimate", samples=5000, rng=1, level=1 - 1e-6, **asked)
    assert p.method == METHOD
    assert p.low <= exact <= p.high


def test_one_run_serves_the_first_dead_layer(monkeypatch):
    runs = []
    monkeypatch.setattr(
        estimation.estimator, "estimate", lambda *args, original=estimation.estimator.estimate, **more: (
            runs.append(args[1]) or original(*args, **more)
        )
    )  # fmt: skip
    first = first_dead_layer(OPPOSITE, method="estimate", samples=5000, rng=0, level=1 - 1e-6)
    assert len(runs) == 1
    for p, exact in zip(first, first_dead_layer(OPPOSITE), strict=True):
        assert p.low <= float(exact) <= p.high


def test_rows_of_a_transition_matrix_are_conditional():
    exact = transition_matrix(OPPOSITE, layer=3)
    found = transition_matrix(OPPOSITE, layer=3, method="estimate", samples=5000, rng=0, level=1 - 1e-6)
    for row, truth in zip(found.rows, exact.rows, strict=True):
        assert (row is None) == (truth is None)
        for j in range(5 if row else 0):
            assert row.pmf(j).low <= truth.pmf(j).high
            assert row.pmf(j).high >= truth.pmf(j).low


def test_relative_error_draws_more():
    rough = born_dead(NET, samples=256, rng=0)
    fine = born_dead(NET, samples=256, rng=0, relative_error=0.1)
    assert fine.number.samples > rough.number.samples
    assert fine.high - fine.low <= 2.001 * 0.1 * float(fine)
    simulated = born_dead(NET, method="simulate", samples=256, rng=0, relative_error=0.2)
    assert simulated.number.samples > 256
    assert simulated.high - simulated.low <= 2.001 * 0.2 * float(simulated)


def test_relative_error_that_is_not_reached_is_said(monkeypatch):
    monkeypatch.setattr(estimation, "MOST_ROUNDS", 2)
    with pytest.warns(RuntimeWarning, match=r"relative_error=1e-06 was not reached: it is .* with \d+ networks"):
        born_dead(NET, samples=64, rng=0, relative_error=1e-6)


def test_exact_answers_do_not_ask_for_it():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert born_dead(OPPOSITE, relative_error=1e-9) == born_dead(OPPOSITE)


QUESTIONS = [count_law, born_dead, first_dead_layer, lambda net, **more: trainability(net, need=(1, 1, 1), **more)]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("value", "error"), [(0, ValueError), (1, ValueError), (-1, ValueError), ("0.1", TypeError)])
def test_a_bad_relative_error_is_named(question, value, error):
    with pytest.raises(error, match=f"relative_error must be .*got {value!r}"):
        question(OPPOSITE, relative_error=value)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_hypothesis_that_fails_is_named(question):
    with pytest.raises(NotCovered, match=r"the estimator does not cover .*the domain must be Points, got Ball"):
        question(Network((2, 3, 3, 3, 1)), method="estimate")
    with pytest.raises(NotCovered, match="at most 3 rays, got 4"):
        question(Network((2, 3, 3, 3, 1), domain=FOUR), method="estimate")


def test_permanent_death_needs_weights():
    with pytest.raises(NotCovered, match="death='initial' only"):
        trainability(NET, need=(1, 1, 2), death="permanent", method="estimate")


def test_runs_repeat_with_their_seed():
    one, two, other = (count_law(NET, samples=500, rng=seed) for seed in (1, 1, 2))
    assert one == two != other


def test_explain_says_who_estimates():
    layer = explain(NET).layers[1]
    assert layer.estimator_missing is None
    assert "layer 2: no theorem; the sequential estimator inside the bracket" in str(layer)
    layer = explain(Network((2, 4, 4, 1), domain=FOUR)).layers[1]
    assert layer.estimator_missing == "the points must lie on at most 3 rays, got 4"
    assert "simulation inside the bracket" in str(layer)
    assert "not the sequential estimator: the points must lie on at most 3 rays, got 4" in str(layer)
    assert explain(Network((2, 5, 5, 1))).layers[1].estimator_missing == "the domain must be Points, got Ball(1)"


def test_evidence_has_weights(monkeypatch):
    """Theory is held against explicit weights, whatever is faster."""
    spaces = []
    from relu_prob.questions import count_law as room

    original = room.simulate
    monkeypatch.setattr(room, "simulate", lambda *args, **more: spaces.append(more["space"]) or original(*args, **more))
    assert agree(Network((1, 3, 3, 1), domain=Points([[1], [-1]])), samples=2000, rng=0).agrees
    count_law(Network((1, 3, 3, 1), domain=Points([[1], [-1]])), method="simulate", samples=100, rng=0)
    count_law(Network((1, 3, 3, 1)), method="simulate", samples=100, rng=0)
    assert spaces == ["weights", "functions", "weights"]


def test_biases_and_masks():
    net = Network((2, 3, 3, 3, 1), domain=THREE, biases=Normal(0.5))
    law = count_law(net, allowed=[{1, 3}, None], samples=2000, rng=0, level=1 - 1e-6)
    seen = count_law(net, allowed=[{1, 3}, None], method="simulate", samples=20_000, rng=1, level=1 - 1e-6)
    assert law.pmf(0).bracket is None
    for j in law.support:
        assert law.pmf(j).low <= seen.pmf(j).high
        assert law.pmf(j).high >= seen.pmf(j).low


def test_the_command_line(capsys):
    words = ["born-dead", "1-20-20-1", "--domain", "points:1;-1", "--method", "estimate", "--relative-error", "1e-3"]
    assert main([*words, "--seed", "1", "--samples", "500", "--format", "json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["method"] == METHOD
    assert float(found["low"]) <= 2.7284823705953087e-12 <= float(found["high"])
    assert main(["born-dead", "2-3-3-1", "--method", "estimate"]) == 2
    assert "the domain must be Points" in capsys.readouterr().err
