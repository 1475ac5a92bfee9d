"""The estimator against exact laws, quadrature and simulated networks; unbiased, reproducible, and refusing."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import comb

import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob.domains import Points
from relu_prob.estimator import estimate, missing
from relu_prob.initialization import Constant, HeUniform, Normal, PyTorchDefault
from relu_prob.network import Network
from relu_prob.results.estimated import EstimatedMasses
from relu_prob.simulation import simulate
from relu_prob.theorems.two_ray import TWO_RAY

LEVEL = 1e-6
OPPOSITE = [[1], [-1]]
THREE = [(1, 0), (0.2, 1), (-0.7, -0.5)]


def at_least(m, n):
    return frozenset(range(m, n + 1))


def masses(net, masks, level, samples=1000, rng=0):
    run = estimate(net, masks, samples=samples, rng=rng)
    return EstimatedMasses(run.laws[len(masks)], run.samples, level, rounding=run.rounding)


def covers(number, truth):
    return number.low <= truth <= number.high


def layer_two_dead_on_three_points(n2, nodes):
    """E p^n2 behind a first layer of two neurons in the plane, by quadrature.

    Neuron k has a uniform angle f_k and a radius; with tan^2 s the ratio of the squared radii, sin^2 s is uniform. The
    images (cos(f_1 - a_i)_+ cos s, cos(f_2 - a_i)_+ sin s) lie in a quadrant, so that p = 1/2 - (largest difference of
    their angles)/(2 pi). It is smooth while the sets of points at which each neuron fires do not change, except
    where f_1 = f_2.
    """
    directions = np.arctan2(*np.array(THREE).T[::-1])
    breaks = np.sort(np.mod(np.concatenate([directions + np.pi / 2, directions - np.pi / 2]), 2 * np.pi))
    arcs = [*pairwise(breaks), (breaks[-1], breaks[0] + 2 * np.pi)]
    x, weight = np.polynomial.legendre.leggauss(nodes)
    x, weight = (x + 1) / 2, weight / 2
    # nodes cluster at both ends, where the images turn quickly
    u, du = x**3 * (10 - 15 * x + 6 * x**2), weight * 30 * x**2 * (1 - x) ** 2
    s, ds = u * np.pi / 2, du * np.pi / 2 * np.sin(np.pi * u)
    total = 0.0
    for i, (a, b) in enumerate(arcs):
        for k, (c, d) in enumerate(arcs):
            # equal arcs are cut along the diagonal, and one half is taken twice
            f1 = (a + (b - a) * u)[:, None] + 0 * u
            f2 = a + (b - a) * u[:, None] * u if i == k else c + (d - c) * u + 0 * u[:, None]
            area = (b - a) * (d - c) * du[:, None] * du * (2 * u[:, None] if i == k else 1)
            angles = []
            for direction in directions:
                first, second = (
                    np.cos(f - direction) * (np.cos((p + q) / 2 - direction) > 0)
                    for f, p, q in ((f1, a, b), (f2, c, d))
                )
                if first.any() or second.any():
                    angles.append(np.arctan2(second[..., None] * np.sin(s), first[..., None] * np.cos(s)))
            p = 0.5 - (np.max(angles, axis=0) - np.min(angles, axis=0)) / (2 * np.pi)
            total += np.einsum("ab,abs,s->", area, p**n2, ds)
    return total / (2 * np.pi) ** 2


def test_the_event_that_a_naive_estimate_misses():
    """Both rays alive: 4^-20; one ray, with probability 2^-19: 2^-20, and half of the mass."""
    truth = float((1 - 2.0**-19) * 4.0**-20 + 2.0**-39)
    assert truth == 2.7284823705953087e-12
    net = Network((1, 20, 20, 1), domain=Points(OPPOSITE))
    for seed in range(20):
        number = masses(net, (None,), 0.99, samples=200, rng=seed).event([0])
        assert covers(number, truth)
        assert 0 < number.high - number.low < 1e-10 * truth


def test_three_points_against_quadrature():
    truth = layer_two_dead_on_three_points(40, 24)
    assert truth == pytest.approx(layer_two_dead_on_three_points(40, 18), rel=1e-6)
    assert truth == pytest.approx(1.0423929613426e-13, rel=1e-7)
    net = Network((2, 2, 40, 1), domain=Points(THREE))
    numbers = [masses(net, (None,), 0.99, samples=4000, rng=seed).event([0]) for seed in range(20)]
    # each misses with probability 0.01 at most: more than 4 of 20 do with probability 1e-6
    assert sum(covers(number, truth) for number in numbers) >= 16
    assert all(number.high - number.low < 0.3 * truth for number in numbers)


def random_case(seed):
    """Two points at a random angle, random widths and masks."""
    rng = np.random.default_rng(seed)
    depth = int(rng.integers(2, 5))
    widths = [int(n) for n in rng.integers(1, 9, depth)]
    angle = rng.uniform(0, np.pi)
    masks = []
    for n in widths[:-1]:
        chosen = frozenset(np.flatnonzero(rng.random(n + 1) < 0.7).tolist())
        masks.append(None if rng.random() < 0.3 else chosen or frozenset({n}))
    points = Points([(1, 0), (float(np.cos(angle)), float(np.sin(angle)))])
    return Network((2, *widths, 1), domain=points), tuple(masks)


@pytest.mark.parametrize("seed", range(6))
def test_two_rays_against_the_theorem(seed):
    net, masks = random_case(seed)
    exact = [float(mass.value()) for mass in TWO_RAY.masses(net, len(masks) + 1, masks)]
    found = masses(net, masks, 1 - LEVEL / 10, rng=seed)
    for j, truth in enumerate(exact):
        assert covers(found.event([j]), truth)
    assert covers(found.event(range(len(exact))), sum(exact))


CASES = [
    (Network((2, 3, 4, 3, 1), domain=Points(THREE)), (None, None)),
    (Network((2, 3, 4, 3, 1), domain=Points(THREE)), (frozenset({1, 3}), frozenset({0, 2, 3}))),
    (Network((2, 8, 8, 1), domain=Points(THREE)), (at_least(5, 8),)),
    (Network((3, 2, 3, 3, 1), domain=Points([(1, 0, 0), (0, 1, 0), (0.1, 0, 1)])), (None, at_least(1, 3))),
    (Network((2, 3, 2, 3, 1), domain=Points(THREE), biases=Normal(1)), (None, None)),
    (Network((2, 3, 4, 3, 1), domain=Points(THREE), biases=Normal(0.2)), (at_least(1, 3), frozenset({1, 2}))),
    (Network((1, 2, 2, 4, 1), domain=Points(OPPOSITE), biases=Normal(0.5)), (None, frozenset({0, 1}))),
    (Network((1, 1, 1, 1, 2, 1), domain=Points([[1], [-1], [0]]), biases=Normal(2)), (None, None, None)),
    (Network((2, 3, 3, 1), domain=Points([(1, 2)]), biases=Normal(2)), (at_least(2, 3),)),
]


@pytest.mark.parametrize(("net", "masks"), CASES, ids=str)
def test_against_simulated_networks(net, masks):
    """The probability of what is seen, or more, is at least the level for some value in an interval of that level."""
    samples = 20_000
    tally = simulate(net, samples=samples, rng=5).counts(len(masks) + 1, masks)
    found = masses(net, masks, 1 - LEVEL, samples=5_000, rng=6)
    for j, seen in enumerate(tally):
        number = found.event([j])
        if seen > samples * number.high:
            assert binomtest(int(seen), samples, number.high, "greater").pvalue > LEVEL / len(tally)
        if seen < samples * number.low:
            assert binomtest(int(seen), samples, number.low, "less").pvalue > LEVEL / len(tally)


@pytest.mark.parametrize("particles", [64, 640])
def test_few_particles_are_unbiased(particles):
    """One or ten particles in a replicate: the mean of many runs is that of a long one."""
    net, masks = Network((2, 4, 5, 5, 1), domain=Points(THREE)), (at_least(2, 4), at_least(1, 5))
    long = estimate(net, masks, samples=30_000, rng=1).laws[2]
    short = np.concatenate([estimate(net, masks, samples=particles, rng=seed).laws[2] for seed in range(20)])
    error = np.sqrt(long.var(axis=0) / len(long) + short.var(axis=0) / len(short))
    assert (np.abs(long.mean(axis=0) - short.mean(axis=0)) < 5.5 * error + 1e-14).all()


def test_the_total_is_exact_where_nothing_is_restricted():
    net = Network((2, 5, 5, 5, 1), domain=Points(THREE))
    run = estimate(net, (None, None), samples=2000, rng=0)
    for law in run.laws:
        assert law.sum(axis=1) == pytest.approx(np.ones(len(law)), rel=1e-12)


def test_the_first_layer_is_exact():
    law = estimate(Network((1, 4, 1), domain=Points(OPPOSITE), biases=Normal(1)), (), samples=1, rng=0).laws[0]
    # He weights, variance 2: (2^(1/2) x, 1) for x = 1 and -1 have the cosine -1/3
    dead = 0.5 - np.arccos(-1 / 3) / (2 * np.pi)
    exact = [comb(4, j) * (1 - dead) ** j * dead ** (4 - j) for j in range(5)]
    assert (law == law[0]).all()
    assert law[0] == pytest.approx(exact, rel=1e-13)


def test_a_dead_layer_is_followed_by_dead_ones():
    net = Network((2, 1, 2, 3, 1), domain=Points(THREE[:2]))
    run = estimate(net, (frozenset({0}), frozenset({0})), samples=64, rng=0)
    angle = np.arccos(0.2 / np.hypot(0.2, 1))
    assert run.laws[2][0] == pytest.approx([0.5 - angle / (2 * np.pi), 0, 0, 0], rel=1e-14)
    assert not estimate(net, (frozenset({0}), frozenset({1, 2})), samples=64, rng=0).laws[2].any()
    assert not estimate(net, (frozenset(), None), samples=64, rng=0).laws[2].any()


def test_wide_layers():
    """Width 700, whose binomial coefficients and powers leave the range of floats."""
    net = Network((1, 3, 700, 2, 1), domain=Points(OPPOSITE))
    run = estimate(net, (None, None), samples=200, rng=0)
    two, one = 3 / 4, 1 / 4
    exact = [two * 0.75**700 * (1 / 3) ** 700 + one * 0.5**700]
    assert run.laws[1][:, 0].mean() == pytest.approx(exact[0], rel=run.rounding)
    assert run.laws[2].sum(axis=1) == pytest.approx(np.ones(64), rel=run.rounding)


def test_runs_repeat_add_up_and_do_not_depend_on_the_executor():
    net, masks = Network((2, 40, 40, 40, 1), domain=Points(THREE)), (None, None)
    first, again, other = (estimate(net, masks, samples=5_000, rng=seed) for seed in (1, 1, 2))
    with ThreadPoolExecutor(2) as executor:
        spread = estimate(net, masks, samples=5_000, rng=1, executor=executor)
    for x, y, z in zip(first.laws, again.laws, spread.laws, strict=True):
        assert (x == y).all()
        assert (x == z).all()
    assert (first.laws[2] != other.laws[2]).any()
    both = first + other
    assert both.samples == first.samples + other.samples >= 10_000
    assert both.laws[2].shape == (2 * len(first.laws[2]), 41)


@pytest.mark.parametrize(
    ("net", "why"),
    [
        (Network((2, 3, 1)), "the domain must be Points, got Ball(1)"),
        (
            Network((1, 3, 1), domain=Points([[1]]), weights=HeUniform()),
            "the weights must be Gaussian, got HeUniform()",
        ),
        (Network((1, 3, 1), domain=Points([[1]]), weights=PyTorchDefault()), "the weights must be Gaussian"),
        (Network((1, 3, 1), domain=Points([[1]]), biases=Constant(1)), "zero or Gaussian, got Constant(1)"),
        (Network((2, 3, 1), domain=Points([*THREE, (0, 1)])), "must lie on at most 3 rays, got 4"),
        (Network((1, 3, 1), domain=Points([[1], [2], [3], [4]]), biases=Normal(1)), "must be at most 3, got 4"),
    ],
    ids=str,
)
def test_the_hypothesis_that_fails_is_named(net, why):
    assert why in missing(net)
    with pytest.raises(ValueError, match=r"network must be one that the estimator covers, got .*: ") as info:
        estimate(net, (), samples=10, rng=0)
    assert why in str(info.value)


def test_more_points_on_the_same_rays_are_covered():
    points = [(k * x, k * y) for k in (0, 1, 2, 2.0**-20) for x, y in THREE]
    assert missing(Network((2, 3, 1), domain=Points(points))) is None


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"samples": 0}, ValueError),
        ({"samples": 1.5}, TypeError),
        ({"rng": -1}, ValueError),
        ({"rng": "x"}, TypeError),
        ({"allowed": 3}, TypeError),
        ({"allowed": (None, None)}, ValueError),
        ({"allowed": ({4},)}, ValueError),
        ({"executor": 3}, TypeError),
        ({"progress": "yes"}, ValueError),
        ({"network": 3}, TypeError),
    ],
    ids=str,
)
def test_bad_input_is_named(more, error):
    good = {"network": Network((1, 3, 3, 1), domain=Points(OPPOSITE)), "allowed": (None,), "samples": 10, "rng": 0}
    name = next(iter(more))
    with pytest.raises(error, match=f"{name} must be"):
        estimate(**(good | more))
