"""Data-dependent initialization: nobody is dead, the moments are those derived, and bad data are refused."""

import numpy as np
import pytest
from scipy.stats import norm

from relu_prob import data_dependent
from relu_prob.concrete.data_layers import second_moment
from relu_prob.concrete.data_points import spread

LEVEL = 1e-6


def test_no_neuron_is_dead_in_1000_draws():
    """Dead: fires at no data point. Any dimensions, numbers of points (some of them twice), widths and scales."""
    rng = np.random.default_rng(0)
    for _ in range(1000):
        d, m, depth = rng.integers(1, 6), rng.integers(1, 9), rng.integers(1, 4)
        x = rng.normal(size=(m, d)) * 10.0 ** rng.integers(-3, 4)
        x[rng.integers(m)] = x[rng.integers(m)]
        net = data_dependent(
            x,
            rng.normal(size=(m, rng.integers(1, 3))),
            rng.integers(1, 15, depth).tolist(),
            noise=10.0 ** rng.integers(-12, 2),
            rng=rng,
        )
        layers = net.hidden(x)
        assert all((h > 0).any(axis=0).all() for h in layers)
        assert net.report.dead == (0,) * depth
        for h, own in zip(layers, net.owners, strict=True):
            assert (h[own, np.arange(len(own))] > 0).all()


@pytest.mark.parametrize(
    ("distance", "noise", "scale"), [(0.0, 0.7, 1.0), (1.5, 0.3, 0.5), (0.2, 2.0, 1.0), (3.0, 0.01, 2.0)]
)
def test_second_moment_against_drawn_units(distance, noise, scale):
    """|a g + e |g'|| <= r |(g, g')| with r^2 = a^2 + e^2, and E |(g, g')|^4 = 8: the mean of the squares of N draws
    has a standard deviation of at most r^2 sqrt(8 / N)."""
    rng, samples = np.random.default_rng(1), 1_000_000
    z = scale * distance * rng.normal(size=samples) + np.abs(noise * rng.normal(size=samples))
    mean = np.mean(np.maximum(z, 0) ** 2)
    deviation = ((scale * distance) ** 2 + noise**2) * np.sqrt(8 / samples)
    assert abs(mean - second_moment(distance, noise, scale)) < norm.isf(LEVEL / 2) * deviation


def test_second_moment_by_hand():
    assert second_moment(0.0, 3.0, 1.0) == 9  # |eps|^2
    assert second_moment(2.0, 1e-200, 1.0) == pytest.approx(2)  # half of a^2
    # a = e = 1: 2 (1/2 + 1/4) + 1/pi
    assert second_moment(1.0, 1.0, 1.0) == pytest.approx(1.5 + 1 / np.pi, rel=1e-15)
    assert second_moment([[0.0, 1.0]], 1.0, 1.0).shape == (1, 2)


@pytest.mark.parametrize("widths", [[12], [3], [10, 10], [7, 20, 5]])
def test_mean_squared_output_given_the_features(widths):
    """Given the hidden layers only output weights are random: (moment - mean) / deviation has mean 0 and variance 1."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    scores = []
    for _ in range(600):
        report = data_dependent(x, y, widths, noise=0.5, rng=rng).report
        scores.append((report.output_moment - report.given_features) / report.deviation)
    assert abs(np.mean(scores)) < norm.isf(LEVEL / 2) / np.sqrt(600)


def test_mean_squared_output_over_all_draws_is_the_labels():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(5, 2)), 3 * rng.normal(size=5)
    for widths in ([5], [13], [3], [6, 8]):
        reports = [data_dependent(x, y, widths, noise=1.0, rng=rng).report for _ in range(800)]
        given = np.array([report.given_features for report in reports])
        assert reports[0].label_moment == pytest.approx(np.mean(y**2))
        deviation = given.std(ddof=1) / np.sqrt(800)
        assert abs(given.mean() - np.mean(y**2)) < norm.isf(LEVEL / 2) * deviation


def test_report_is_what_the_network_does():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    net = data_dependent(x, y, [9, 7], rng=5)
    h = net.hidden(x)[-1]
    assert np.mean(np.sum(net(x) ** 2, axis=1)) == pytest.approx(net.report.output_moment)
    assert np.linalg.matrix_rank(h) == net.report.rank
    if net.report.rank == 6:
        assert np.linalg.cond(h) == pytest.approx(net.report.condition)
    assert [w.shape for w in net.weights] == [(9, 4), (7, 9), (3, 7)]
    assert "dead on the data: 0" in str(net.report)


def test_every_point_has_its_copies():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(5, 1)), rng.normal(size=5)
    for n in (1, 4, 5, 13):
        net = data_dependent(x, y, [n], rng=rng)
        counts = np.bincount(net.owners[0], minlength=5)
        assert counts.max() - counts.min() <= 1
        assert counts.sum() == n
        assert net.report.chosen == ("all" if n >= 5 else "without replacement")
        assert len(net.report.points[0]) == min(n, 5)


def test_a_spread_out_subset():
    """Two clusters far apart: the second point of two is in the other one, except with probability 1e-12."""
    rng = np.random.default_rng(7)
    x = np.concatenate([rng.normal(size=(50, 2)), rng.normal(size=(50, 2)) + 1e8])
    for _ in range(50):
        first, second = spread(x, 2, rng)
        assert (first < 50) != (second < 50)
    net = data_dependent(x, np.ones(100), [6, 4], points=2, rng=rng)
    assert net.report.chosen == "k-means++"
    assert [len(points) for points in net.report.points] == [2, 2]
    assert all(len(set(own.tolist())) == 2 for own in net.owners)
    assert sorted(spread(np.zeros((4, 1)), 4, rng)) == [0, 1, 2, 3]


def test_copies_say_how_many_points_have_neurons():
    rng = np.random.default_rng(14)
    x, y = rng.normal(size=(9, 2)), rng.normal(size=9)
    for choose in ("k-means++", "leverage"):
        net = data_dependent(x, y, [6, 8, 30], copies=2, choose=choose, rng=rng)
        few, more, everything = net.report.points
        assert (len(few), len(more), len(everything)) == (3, 4, 9)
        assert set(few) < set(more)
        assert [np.bincount(own)[list(p)].min() for own, p in zip(net.owners, net.report.points, strict=True)] == [
            2,
            2,
            3,
        ]
        assert net.report.chosen == choose
    assert data_dependent(x, y, [18, 20], copies=2, rng=rng).report.chosen == "all"


def test_the_report_prints_in_a_few_lines():
    net = data_dependent([0.0, 1.0, 2.0], [1.0, 0.0, 2.0], [6, 2], rng=15)
    first, second, *rest = str(net.report).splitlines()
    assert (first, second) == (
        "dead on the data: 0 of 8 hidden neurons",
        "neurons at 2 to 3 points (without replacement)",
    )
    assert len(rest) == 2


def test_noise_below_the_rounding_error_is_counted():
    """At 0 nothing is rounded; at 1 the error is at most 8 units in the last place of the products."""
    assert data_dependent([0.0], [1.0], [5], noise=1e-100, rng=16).report.lifted == 0
    report = data_dependent([1.0], [1.0], [5], noise=1e-100, rng=16).report
    assert (report.lifted, report.dead) == (5, (0,))
    assert str(report).endswith("noise below the rounding error: 5 neurons")


def test_duplicated_points_are_allowed_and_cost_rank():
    net = data_dependent([1.0, 1.0, 2.0], [1, 1, 2], [12], rng=8)
    assert net.report.dead == (0,)
    assert net.report.rank <= 2
    assert net.report.condition == np.inf


def test_reproducible_and_frozen():
    x, y = [0.0, 1.0, 2.0], [1.0, 0.0, 1.0]
    one, two = (data_dependent(x, y, [7, 3], rng=9) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one.weights + one.biases, two.weights + two.biases, strict=True))
    assert one.report == two.report
    with pytest.raises(ValueError, match="read-only"):
        one.weights[0][0, 0] = 1.0


GOOD = {"x": [[0.0], [1.0]], "y": [1.0, 2.0], "widths": [3], "rng": 0}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": [[0.0], [np.nan]]}, ValueError, "x must be a non-empty array of finite numbers.*got nan"),
        ({"x": []}, ValueError, "x must be a non-empty array"),
        ({"x": np.zeros((2, 2, 2))}, ValueError, r"got shape \(2, 2, 2\)"),
        ({"x": ["a", "b"]}, TypeError, "x must be"),
        ({"y": [1.0]}, ValueError, "y must have as many rows as x, 2, got shape"),
        ({"y": [0.0, 0.0]}, ValueError, "y must not be all zero"),
        ({"y": [np.inf, 0.0]}, ValueError, "y must be a non-empty array of finite numbers"),
        ({"widths": []}, ValueError, "widths must hold at least one hidden width"),
        ({"widths": [0]}, ValueError, "widths must be an integer >= 1, got 0"),
        ({"widths": 3}, TypeError, "widths must be a sequence of integers, got 3"),
        ({"noise": 0}, ValueError, "noise must be a positive finite number, got 0"),
        ({"noise": [1.0, 2.0]}, ValueError, "noise must be one number, or one for each of the 1 hidden layers"),
        ({"weight_scale": -1.0}, ValueError, "weight_scale must be a positive finite number, got -1.0"),
        ({"points": 1, "copies": 1}, ValueError, "at most one of points and copies must be given"),
        ({"copies": 4}, ValueError, "copies must be an integer from 1 to 3, got 4"),
        ({"choose": "all"}, ValueError, "choose must be one of 'k-means\\+\\+', 'leverage', got 'all'"),
        ({"x": [[0.0], [1e200]]}, ValueError, "x must have distances, and noise a size, whose squares"),
        ({"x": [[1.0], [1.0]], "noise": 1e-200}, ValueError, "x must have distances, and noise a size, whose squares"),
        ({"y": [1e200, 0.0]}, ValueError, "y must not be all zero, and have finite squares"),
        ({"points": 3}, ValueError, "points must be an integer from 1 to 2, got 3"),
        ({"rng": "seed"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        data_dependent(**GOOD | change)


def test_inputs_of_another_dimension():
    net = data_dependent(**GOOD)
    with pytest.raises(ValueError, match="x must have 1 columns"):
        net(np.zeros((3, 2)))
