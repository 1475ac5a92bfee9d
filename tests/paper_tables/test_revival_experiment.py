"""E5 in miniature: its trainers are what they say, no permanently dead neuron fires, many tentatively dead ones do."""

import csv
import json
from io import StringIO
from itertools import pairwise

import e5_revival
import numpy as np
import pytest
import shared
import watched_training
from experiments import e5_revival as experiment
from scipy.stats import binomtest

from relu_prob import ConcreteNetwork, Network, Normal, diagnose
from relu_prob.concrete.permanence import Reason


@pytest.fixture(scope="module")
def result():
    found = experiment.run(depths=(1, 2, 3), dimensions=(2,), networks=150, steps=60)
    return json.loads(json.dumps(found))


def totals(result):
    """(neurons, that ever fired) of the permanently silent, and of the tentatively dead."""
    rows = result["rows"]
    permanent = e5_revival.summed(pair for row in rows for pair in row["permanent"].values())
    return permanent, (sum(row["tentative"] for row in rows), sum(row["revived"] for row in rows))


def test_the_permanently_dead_never_fire_and_others_do(result):
    (permanent, fired), (tentative, revived) = totals(result)
    assert permanent > 1000
    assert fired == 0
    assert all(row["behind"][1] == 0 for row in result["rows"])
    # the two kinds of death differ
    assert binomtest(revived, tentative).proportion_ci(1 - 1e-6).low > 0.02
    assert all(row["tentative"] == 0 for row in result["rows"] if row["depth"] == 1)


def test_every_permanent_neuron_is_seen_by_every_trainer(result):
    for depth in (1, 2, 3):
        for biases in (False, True):
            rows = [row for row in result["rows"] if (row["depth"], row["biases"]) == (depth, biases)]
            assert [row["trainer"] for row in rows] == list(watched_training.TRAINERS)
            assert len({json.dumps([row["permanent"], row["tentative"]]) for row in rows}) == 1
            assert all(row["neurons"] == 150 * depth * experiment.WIDTH for row in rows)


def test_the_committed_results_have_ten_thousand_permanent_neurons_none_of_which_fired():
    (permanent, fired), _ = totals(shared.experiment("e5"))
    assert permanent / len(watched_training.TRAINERS) >= 10_000
    assert fired == 0


def test_seeded(result):
    again = experiment.run(depths=(1, 2, 3), dimensions=(2,), networks=150, steps=60)
    assert json.loads(json.dumps(again)) == result


def test_tables_and_figure(result):
    permanent, revival = e5_revival.build(result)
    rows = list(csv.DictReader(StringIO(permanent.csv())))
    assert [row["fired after any step"] for row in rows] == ["0"] * 4
    number = len(watched_training.TRAINERS)
    assert all(int(row["neurons times trainers"]) == number * int(row["neurons"]) for row in rows)
    rows = list(csv.DictReader(StringIO(revival.csv())))
    assert len(rows) == 2 * 2 * number
    for row in rows:
        assert int(row["firing at the end"]) <= int(row["revived"]) <= int(row["tentatively dead"])
        assert float(row["low"]) <= float(row["rate"]) <= float(row["high"])
    assert len(e5_revival.figure(result).axes) == 4


def test_a_permanent_neuron_that_fired_would_be_shown(result):
    changed = json.loads(json.dumps(result))
    changed["rows"][0]["permanent"]["first_layer"][1] += 1
    rows = list(csv.DictReader(StringIO(e5_revival.permanent_table(changed).csv())))
    assert [row["fired after any step"] for row in rows] == ["1", "0", "0", "1"]
    assert e5_revival.permanent_share(changed, biases=False) > 0


def test_curves_end_at_the_counts(result):
    for curve in result["curves"]:
        rows = [r for r in result["rows"] if (r["trainer"], r["biases"]) == (curve["trainer"], curve["biases"])]
        assert curve["revived"][-1] == sum(row["revived"] for row in rows)
        assert curve["revived"] == sorted(curve["revived"])


def stacked(widths, size, rng):
    weights = [rng.standard_normal((n, below, size)) for below, n in pairwise(widths)]
    return weights, [rng.standard_normal((n, 1, size)) for n in widths[1:]]


def test_gradients_against_automatic_differentiation():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    weights, biases = stacked((2, 4, 3, 2), 5, rng)
    x, at_output = rng.standard_normal((2, 6, 5)), rng.standard_normal((2, 6, 5))
    hidden, output = watched_training.forward(weights, biases, x)
    by_weights, by_biases = watched_training.gradients(weights, hidden, at_output)
    for k in range(5):
        w = [torch.tensor(a[..., k], requires_grad=True) for a in weights]
        b = [torch.tensor(a[..., k], requires_grad=True) for a in biases]
        h = torch.tensor(x[..., k])
        for l in range(3):
            h = w[l] @ (torch.relu(h) if l else h) + b[l]
        assert h.detach().numpy() == pytest.approx(output[..., k], rel=1e-12)
        (h * torch.tensor(at_output[..., k])).sum().backward()
        for mine, theirs in zip((*by_weights, *by_biases), (*w, *b), strict=True):
            # sums of at most 6 products through 3 layers, of numbers of the size of 1: rounding errors are far below
            assert np.abs(mine[..., k] - theirs.grad.numpy()).max() < 1e-12


@pytest.mark.parametrize("trainer", ["SGD", "momentum", "Adam"])
def test_training_lowers_the_loss(trainer):
    rng = np.random.default_rng(1)
    weights, biases = stacked((1, 8, 1), 20, rng)
    x, y = rng.standard_normal((1, 6, 20)), rng.standard_normal((1, 6, 20))
    before = watched_training.forward(weights, biases, x)[1]
    *_, (_, w, b) = watched_training.training(weights, biases, x, y, trainer, steps=300, rng=rng, with_biases=True)
    after = watched_training.forward(w, b, x)[1]
    assert np.median(((after - y) ** 2).mean(axis=1)) < 0.2 * np.median(((before - y) ** 2).mean(axis=1))


@pytest.mark.parametrize("trainer", watched_training.TRAINERS)
def test_below_a_dead_layer_nothing_moves(trainer):
    rng = np.random.default_rng(2)
    law = Network((2, 3, 2, 3, 1), biases=Normal(0.3))
    x = rng.standard_normal((6, 2))
    nets = [ConcreteNetwork.draw(law, rng) for _ in range(800)]
    frozen_at = [Reason.FROZEN in diagnose(net, x, progress=False).layers[1].reasons for net in nets]
    nets = [net for net, frozen in zip(nets, frozen_at, strict=True) if frozen]
    assert len(nets) > 10
    weights = [np.stack([net.weights[l] for net in nets], axis=-1) for l in range(4)]
    biases = [np.stack([net.biases[l][:, None] for net in nets], axis=-1) for l in range(4)]
    data = np.repeat(x.T[..., None], len(nets), axis=-1)
    labels = rng.standard_normal((1, 6, len(nets)))
    *_, (_, w, b) = watched_training.training(
        weights, biases, data, labels, trainer, steps=20, rng=rng, with_biases=True
    )
    for l in (0, 1):
        assert np.array_equal(w[l], weights[l])
        assert np.array_equal(b[l], biases[l])
    assert not np.array_equal(b[3], biases[3])
