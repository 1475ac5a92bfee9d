"""E1, E2, E3 in miniature: the trainer is PyTorch's, the bounds of needed units are sound, rows add up."""

import itertools

import numpy as np
import pytest
import torch
from experiments import e1_absolute_value, e2_more_neurons, e3_two_dimensions
from needed_units import least_loss, least_loss_of_three, sides
from scipy.optimize import linprog
from scipy.stats import binomtest
from small_networks import OPTIMIZERS, Trainer, label_variance, train
from success import Case, Task, measure, run

from relu_prob import ConcreteNetwork, Network, Normal

LEVEL = 1e-6
X = np.array([[-1.0], [0.0], [2.0]])
NET, WIDER = (ConcreteNetwork.draw(Network((1, n, 1)), rng=1) for n in (2, 3))


def fit(nets, x, y):
    return train(nets, x, y, Trainer("Adam", 0.01, 10), 0.1)


def torch_loss(net, x, y, trainer, with_biases):
    """The loss after training by torch.optim."""
    weights = [torch.tensor(w, requires_grad=True) for w in net.weights]
    biases = [torch.tensor(b, requires_grad=with_biases) for b in net.biases]
    kind = torch.optim.Adam if trainer.optimizer == "Adam" else torch.optim.SGD
    optimizer = kind([*weights, *(biases if with_biases else [])], lr=trainer.rate)

    def loss():
        h = torch.tensor(x)
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            h = torch.relu(h @ w.T + b)
        return ((h @ weights[-1].T + biases[-1] - torch.tensor(y)) ** 2).sum(dim=1).mean()

    for _ in range(trainer.steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return loss().item()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("widths", "with_biases"), [((1, 5, 1), True), ((2, 6, 2), True), ((3, 4, 3, 5, 2), True), ((1, 3, 4, 1), False)]
)
def test_the_trainer_follows_torch_optim(widths, with_biases, optimizer):
    rng = np.random.default_rng(1)
    law = Network(widths, biases=Normal(0.5) if with_biases else None)
    nets = [ConcreteNetwork.draw(law, rng) for _ in range(3)]
    x, y = rng.standard_normal((7, widths[0])), rng.standard_normal((7, widths[-1]))
    trainer = Trainer(optimizer, 0.01, 40)
    losses, steps = train(nets, x, y, trainer, 0.0, with_biases=with_biases)
    expected = [torch_loss(net, x, y, trainer, with_biases) for net in nets]
    # 40 steps of rounding; a wrong gradient, moment or bias shows in the first digits
    np.testing.assert_allclose(losses, expected, rtol=1e-9)
    assert steps.tolist() == [40] * 3


def test_training_stops_at_the_goal_and_where_nothing_moves():
    x = np.array([[-1.0], [1.0]])
    born_dead = ConcreteNetwork([[[1.0]], [[-1.0]], [[1.0]]])
    alive = ConcreteNetwork([[[1.0], [-1.0]], [[0.9, -0.9]]])
    for optimizer in OPTIMIZERS:
        trainer = Trainer(optimizer, 0.05, 1000)
        (loss,), (steps,) = train([born_dead], x, x, trainer, 0.0, with_biases=False)
        assert (loss, steps) == (1.0, 0)
        (loss,), (steps,) = train([alive], x, x, trainer, 1e-4)
        assert loss <= 1e-4
        assert 0 < steps < 1000
        assert train([alive], x, x, Trainer(optimizer, 0.05, steps - 1), 1e-4)[0] > 1e-4


def test_an_overflow_is_no_success():
    x = np.array([[-1.0], [1.0]])
    net = ConcreteNetwork.draw(Network((1, 8, 8, 1)), rng=1)
    (loss,), (steps,) = train([net], x, x, Trainer("gradient descent", 2.0, 1000), 1e-4)
    assert not np.isfinite(loss)
    assert steps < 1000


def separable(x, chosen):
    """Whether w x + b >= 1 on the chosen points and <= -1 on the others has a solution."""
    signs = np.where(chosen, -1.0, 1.0)
    system = signs[:, None] * np.column_stack([x, np.ones(len(x))])
    return linprog(np.zeros(x.shape[1] + 1), system, -np.ones(len(x)), bounds=(None, None)).status == 0


@pytest.mark.parametrize("kind", ["line", "grid", "random"])
def test_sides_are_the_sets_that_a_line_cuts_off(kind):
    x = {
        "line": np.linspace(-1, 1, 6)[:, None],
        "grid": np.array([[i, j] for i in range(3) for j in range(3)], dtype=float),
        "random": np.random.default_rng(2).standard_normal((7, 2)),
    }[kind]
    subsets = np.array(list(itertools.product([False, True], repeat=len(x))))
    expected = {tuple(s) for s in subsets.tolist() if separable(x, s)}
    found = sides(x)
    assert len(found) == len(expected)
    assert {tuple(s) for s in found.tolist()} == expected


def drawn_labels(x, units, outputs, rng):
    net = ConcreteNetwork.draw(Network((x.shape[1], units, outputs), biases=Normal(1)), rng)
    return net(x)


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("d", [1, 2])
def test_labels_of_a_network_have_lower_bound_0_with_as_many_units(d, units):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((8, d))
    for _ in range(5):
        y = drawn_labels(x, units, 2, rng)
        assert least_loss(x, y, units) < 1e-12 * max(1.0, label_variance(y))


def test_labels_of_three_units_have_lower_bound_0_with_three():
    rng = np.random.default_rng(4)
    x = np.array([[i, j] for i in range(3) for j in range(3)], dtype=float)
    for _ in range(5):
        y = drawn_labels(x, 3, 2, rng)
        assert least_loss_of_three(x, y, 1e-3 * label_variance(y)) < 1e-12 * max(1.0, label_variance(y))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Trainer("SGD", 0.1, 5), ValueError, "optimizer must be one of 'gradient descent', 'Adam', got 'SGD'"),
        (lambda: Trainer("Adam", 0.0, 5), ValueError, "rate must be a positive finite number, got 0.0"),
        (lambda: Trainer("Adam", 0.1, -1), ValueError, "steps must be an integer >= 0, got -1"),
        (lambda: fit([], X, X), ValueError, "nets must be at least one network, all of the same widths, got none"),
        (lambda: fit([NET, WIDER], X, X), ValueError, "all of the same widths, got 1-2-1, 1-3-1"),
        (lambda: fit([NET], X[:, [0, 0]], X), ValueError, r"x must have shape \(m, 1\).*got shape \(3, 2\)"),
        (lambda: fit([NET], X, X[:2]), ValueError, r"y must be finite numbers of shape \(3, 1\).*got shape \(2, 1\)"),
        (lambda: fit([NET], X, X * np.nan), ValueError, "y must be finite numbers"),
        (lambda: sides(np.ones((4, 1))), ValueError, "x must be distinct points"),
        (lambda: sides(np.ones(3)), ValueError, r"x must be .*of shape \(m, 1\) or \(m, 2\).*got shape \(3,\)"),
        (lambda: sides(np.eye(3)), ValueError, r"got shape \(3, 3\)"),
        (lambda: least_loss(X, X, -1), ValueError, "units must be an integer >= 0, got -1"),
        (lambda: least_loss(X, X[:2], 1), ValueError, r"y must be finite numbers of shape \(3, d_out\)"),
        (lambda: least_loss(X, X * np.nan, 1), ValueError, "y must be finite numbers"),
        (lambda: least_loss_of_three(X, X[:, [0, 0]], 0), ValueError, "loss must be a positive finite number, got 0"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_one_output_has_no_direction_left():
    x = np.linspace(-1, 1, 5)[:, None]
    with pytest.raises(ValueError, match="y must have at least 2 columns"):
        least_loss_of_three(x, np.abs(x), 0.1)


def test_no_training_gets_below_a_lower_bound():
    rng = np.random.default_rng(5)
    for data, units, bound in (
        (e1_absolute_value.task(), 1, least_loss),
        (e2_more_neurons.kinked(), 2, least_loss),
    ):
        lower = bound(data.x, data.y, units)
        assert lower > 100 * data.goal
        nets = [ConcreteNetwork.draw(Network((1, units, 1), biases=Normal(1)), rng) for _ in range(20)]
        losses, _ = train(nets, data.x, data.y, Trainer("Adam", 0.01, 3000), 0.0)
        assert losses.min() >= lower
        assert losses.min() < 10 * lower


def test_three_units_cannot_do_two_lines_but_four_can():
    data = e3_two_dimensions.task()
    lower = least_loss_of_three(data.x, data.y, 0.01 * label_variance(data.y))
    assert lower > 50 * data.goal
    exact = ConcreteNetwork([[[1, 1], [-1, -1], [1, -1], [-1, 1]], [[1, 1, 0, 0], [0, 0, 1, 1]]])
    np.testing.assert_allclose(exact(data.x), data.y, atol=1e-12)
    nets = [ConcreteNetwork.draw(Network((2, 3, 2)), rng) for rng in range(20)]
    losses, _ = train(nets, data.x, data.y, Trainer("Adam", 0.01, 3000), 0.0)
    assert losses.min() >= lower


def test_rows_count_what_they_say():
    x = np.linspace(-1, 1, 5)[:, None]
    task = Task("|x|", x, np.abs(x))
    cases = [Case(task, (1, 3, 1), 1.0, (2,), (Trainer("Adam", 0.02, 4000), Trainer("gradient descent", 0.1, 50)))]
    rows = run(cases, 40, 7, None)
    assert [row["optimizer"] for row in rows] == ["Adam", "gradient descent"]
    assert rows[0]["enough"] == rows[1]["enough"] == rows[0]["enough active"]
    assert 0 < rows[0]["succeeded"] <= rows[0]["enough"] < 40
    assert rows[0]["without enough"] == rows[0]["without enough active"] == 0
    assert rows[0]["in the second half"] <= rows[0]["succeeded"]
    assert rows == run(cases, 40, 7, map_in_this_process()), "results do not depend on who computes"


class map_in_this_process:
    """An executor that is none."""

    map = staticmethod(map)


def test_a_network_that_needs_more_than_it_has_is_seen():
    """With needs that are none, successes of networks without enough are counted, not hidden."""
    x = np.array([[-1.0], [1.0]])
    case = Case(Task("x", x, x), (1, 3, 1), 0.0, (3,), (Trainer("Adam", 0.02, 3000),))
    nets = 30
    (row,) = measure(case, nets, np.random.SeedSequence(1))
    assert row["enough"] == nets
    tentative = Case(Task("x", x, x), (1, 3, 3, 1), 0.0, (3, 3), (Trainer("Adam", 0.02, 3000),))
    (row,) = measure(tentative, nets, np.random.SeedSequence(1))
    assert row["enough"] < nets
    assert row["without enough"] > 0


def test_the_experiments_run_in_miniature():
    short = [Trainer(optimizer, 0.05, 300) for optimizer in OPTIMIZERS]
    first = e1_absolute_value.run(widths=(2, 6), networks=30, trainers=short)
    second = e2_more_neurons.run(
        widths=(4,), deep_widths=(2,), depths=(2,), networks=200, trainers=short, deep_trainers=short
    )
    third = e3_two_dimensions.run(widths=(5,), networks=20, trainers=short)
    assert [len(result["rows"]) for result in (first, second, third)] == [8, 10, 4]
    for result in (first, second, third):
        assert all(row["without enough"] == 0 for row in result["rows"])
        assert min(result["settings"]["loss with one unit fewer"].values()) > 100 * result["settings"]["threshold"]
    deep = [row for row in second["rows"] if row["task"] == "x"]
    # 17/32 of these networks have two neurons that are not permanently dead in both layers, 13/32 two active ones
    assert binomtest(deep[0]["enough"], 200, 17 / 32).pvalue > LEVEL
    assert binomtest(deep[0]["enough active"], 200, 13 / 32).pvalue > LEVEL
