"""E4 in miniature: its trainers, initializations and solvers against others, and what theory says of its features."""

import csv
import json
from dataclasses import replace
from io import StringIO

import e4_initializations
import e4_problems
import e4_starts
import full_batch
import numpy as np
import pytest
import shared
from experiments import e4_initializations as experiment
from scipy.stats import binomtest

pytest.importorskip("torch")
pytest.importorskip("lsuv")

LEVEL = 1e-6
OF_DATA = ("data-dependent", "data-dependent, noise 1")


@pytest.fixture(scope="module")
def result():
    found = experiment.run(names=("sines",), draws=4, rank_draws=12, shorter=50, ratios=(1, 2), solved_exactly=False)
    return json.loads(json.dumps(found))


@pytest.fixture(scope="module")
def committed():
    return shared.experiment("e4")


def rows_of(table):
    return list(csv.DictReader(StringIO(table.csv())))


@pytest.mark.parametrize("which", ["result", "committed"])
def test_data_dependent_networks_start_with_no_dead_neuron(which, request):
    rows = request.getfixturevalue(which)["starts"]
    assert {row["start"] for row in rows} == set(e4_starts.STARTS)
    assert all(set(row["dead"]) == {0} for row in rows if row["start"] in OF_DATA)
    assert any(max(row["dead"]) > 0 for row in rows if row["start"] not in OF_DATA)


@pytest.mark.parametrize("which", ["result", "committed"])
def test_least_squares_reach_zero_if_and_only_if_the_rank_is_m(which, request):
    rows = request.getfixturevalue(which)["ranks"]
    assert sum(row["full"] for row in rows) > 0
    assert all(row["full"] == row["zero"] == row["both"] for row in rows)
    # nothing lies between: the losses of rank m are rounding errors, the others are not
    full = [row["largest loss of full rank"] for row in rows if row["full"]]
    others = [row["smallest loss otherwise"] for row in rows if row["full"] < row["draws"]]
    assert max(full) < 1e-15
    assert min(others) > 1e-12


def test_ranks_against_their_exact_probabilities(committed):
    known = [row for row in committed["ranks"] if row["exact"] is not None]
    assert len(known) >= 12
    for row in known:
        p = float(row["exact"])
        # the digits of a decimal are correct to one unit of the last one
        tests = [binomtest(row["full"], row["draws"], min(1.0, max(0.0, q))) for q in (p - 1e-5 * p, p, p + 1e-5 * p)]
        assert max(test.pvalue for test in tests) > LEVEL / len(known)


def test_the_rank_and_least_squares_in_every_problem():
    rng = np.random.default_rng(0)
    for problem in experiment.PROBLEMS.values():
        if len(problem.hidden) == 1:
            small = replace(problem, x=problem.x[:12], y=problem.y[:12], hidden=(15,))
            for start in e4_starts.STARTS.values():
                net = start(small, rng)
                h = e4_starts.last_hidden(net, small.x)
                loss, zero = e4_starts.least_squares(h, rng.standard_normal((12, 1)))
                assert (e4_starts.features(small, net).rank == 12) == zero
                assert zero == (loss < 1e-15)


def test_what_is_solved_is_what_gradient_descent_does():
    problem = e4_problems.sines((30,), 0, m=10)
    net = e4_starts.by_data(problem, np.random.default_rng(1))
    h = e4_starts.last_hidden(net, problem.x)
    v = net.weights[-1].T.copy()
    rate = 1 / np.linalg.norm(h, 2) ** 2
    seen = []
    for _ in range(200):
        v -= rate * h.T @ (h @ v - problem.y)
        seen.append(np.sum((h @ v - problem.y) ** 2) / np.sum(problem.y**2))
    assert e4_starts.output_layer_alone(problem, net, np.arange(1, 201)) == pytest.approx(seen, rel=1e-9)
    # the features have rank m: convex, with minimum 0
    assert e4_starts.output_layer_alone(problem, net, np.array([10**12]))[0] < 1e-12


@pytest.mark.parametrize("optimizer", full_batch.OPTIMIZERS)
@pytest.mark.parametrize("hidden", [(12,), (7, 9)])
def test_training_against_pytorch(optimizer, hidden):
    import torch

    problem = e4_problems.kinked(hidden, 0, m=10)
    rng = np.random.default_rng(2)
    nets = [e4_starts.he_with_biases(problem, rng) for _ in range(3)]
    rates = (0.001, 0.01, 0.03)
    losses, trained = full_batch.fit(nets, problem.x, problem.y, optimizer, rates, 40)
    x, y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
    for k, net in enumerate(nets):
        w, b = ([torch.tensor(a, requires_grad=True) for a in arrays] for arrays in (net.weights, net.biases))
        kind = torch.optim.Adam if optimizer == "Adam" else torch.optim.SGD
        step = kind([*w, *b], lr=rates[k])
        for t in range(41):
            h = x
            for l in range(len(w)):
                h = torch.nn.functional.linear(torch.relu(h) if l else h, w[l], b[l])
            loss = torch.mean((h - y) ** 2)
            # rounding errors of 1e-16 that 40 steps may enlarge
            assert float(loss.detach()) / np.mean(problem.y**2) == pytest.approx(losses[t, k], rel=1e-9)
            if t < 40:
                step.zero_grad()
                loss.backward()
                step.step()
        assert trained[k].weights[0] == pytest.approx(w[0].detach().numpy(), rel=1e-7, abs=1e-9)


def test_a_run_that_diverges_is_infinite_and_does_not_disturb_the_others():
    problem = e4_problems.sines((8,), 0, m=6)
    net = e4_starts.he_with_biases(problem, np.random.default_rng(3))
    losses, trained = full_batch.fit([net, net], problem.x, problem.y, "gradient descent", (1e30, 0.01), 50)
    alone, _ = full_batch.fit([net], problem.x, problem.y, "gradient descent", (0.01,), 50)
    assert losses[-1, 0] == np.inf
    assert trained[0] is None
    assert losses[:, 1] == pytest.approx(alone[:, 0], rel=1e-12)


def test_lsuv_scales_to_unit_variance_and_leaves_the_random_numbers_of_torch_alone():
    import torch

    problem = e4_problems.smooth((20, 20), 0)
    before = torch.random.get_rng_state()
    net = e4_starts.unit_variance(problem, np.random.default_rng(4))
    assert torch.equal(torch.random.get_rng_state(), before)
    # the tolerance of the package is 0.1
    assert all(abs(z.std() - 1) < 0.11 for z in net.preactivations(problem.x))
    assert net == e4_starts.unit_variance(problem, np.random.default_rng(4))


def test_problems_are_standardized_and_over_parameterized():
    for problem in experiment.PROBLEMS.values():
        for values in (problem.x, problem.y):
            assert np.abs(values.mean(axis=0)).max() < 1e-12
            assert values.std(axis=0) == pytest.approx(np.ones(values.shape[1]), rel=1e-12)
        assert min(problem.hidden) == 2 * problem.m
    digits = experiment.PROBLEMS["digits"]
    assert np.bincount(digits.y.argmax(axis=1)).tolist() == [10] * 10
    assert not {row.tobytes() for row in digits.x} & {row.tobytes() for row in digits.test_x}


def test_seeds_are_those_of_the_purpose():
    case = experiment.Case("sines", "RAI", 3, 3, (1,), 1, False, 0)
    drawn = {purpose: list(case.draw(purpose, 3)) for purpose in ("tuning", "training", "rank")}
    assert drawn["tuning"] == list(case.draw("tuning", 3))
    assert len({net for nets in drawn.values() for net in nets}) == 9


def test_tables_and_figure(result):
    starts, training, comparison, rank = e4_initializations.build(result)
    assert len(rows_of(starts)) == len(e4_starts.STARTS)
    rows = rows_of(training)
    assert len(rows) == 2 * len(e4_starts.STARTS)
    for row in rows:
        assert float(row["rate"]) in experiment.RATES[row["optimizer"]]
    assert [row["optimizer"] for row in rows_of(comparison)] == list(experiment.RATES)
    assert all(row["rank m iff loss 0"] == "12 of 12" for row in rows_of(rank))
    assert len(e4_initializations.figure(result).axes) == 3


def test_p_values_by_hand():
    assert e4_initializations.p_lower([1, 2, 3], [4, 5, 6]) == pytest.approx(1 / 20)
    assert e4_initializations.p_lower([4, 5, 6], [1, 2, 3]) == pytest.approx(1)
    # ties count against it: as if the 4 were above
    assert e4_initializations.p_lower([1, 2, 4], [4, 5, 6]) == pytest.approx(2 / 20)


def test_medians():
    assert experiment.median_first(np.array([[False, False], [True, False], [True, True]])) == 2
    assert experiment.median_first(np.array([[False, False], [True, False], [True, False]])) is None
    assert e4_initializations.middle([3, None, 1, 2]) == 2
    assert e4_initializations.interval(3, 0.0712, 0.9123).text == "3 [0.07, 0.92]"
