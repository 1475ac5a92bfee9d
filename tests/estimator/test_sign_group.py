"""The count over signs: constants that are proved, plain enumeration, known digits, coverage, reproducibility."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from relu_prob import Guarantee
from relu_prob.domains import Box, Orthant, Points, WholeSpace
from relu_prob.estimator import sign_group
from relu_prob.estimator.sign_group import dead_fraction
from relu_prob.initialization import Constant, HeNormal, HeUniform, Normal, Rademacher, SphereUniform, Zero
from relu_prob.network import Network

LEVEL = 1e-6


def net(d, first, **more):
    return Network((d, first, 1, 1), **more)


def estimate(network, samples=2000, rng=0, **more):
    return dead_fraction(network, samples=samples, rng=rng, level=1 - LEVEL, progress=False, **more)


def covers(p, value):
    return p.low <= float(value) <= p.high


@pytest.mark.parametrize(("d", "first"), [(1, 1), (2, 2), (3, 2), (1, 2), (2, 3), (4, 5)])
@pytest.mark.parametrize("weights", [HeNormal(), HeUniform()], ids=str)
def test_where_the_count_is_constant(d, first, weights):
    p = estimate(net(d, first, weights=weights), samples=100)
    exact = Fraction(1, 2**first) if first <= d else Fraction(2**d + 1, 2 * 4**d)
    assert float(p) == float(exact)
    # an agreement of all samples is not taken for certainty
    assert p.low < float(exact) - 0.1 or p.low == 0
    assert p.high > float(exact) + 0.1


def test_the_plane_with_four_rows_has_three_counts():
    counts = 256 * sign_group._by_signs(net(2, 4), HeNormal(), 5000, np.random.default_rng(0))
    assert sorted(set(counts.tolist())) == [28, 30, 32]


def test_one_count_by_plain_enumeration():
    """f at many directions of the plane, for all signs of rows and weights."""
    rng = np.random.default_rng(4)
    rows, w = HeNormal().sample(rng, (1, 4, 2), 2, 4), HeNormal().sample(rng, (1, 1, 4), 4, 1)
    angles = np.linspace(0, 2 * np.pi, 20_001)
    x = np.stack([np.cos(angles), np.sin(angles)])
    dead = 0
    for flips, signs in product(product((1, -1), repeat=4), repeat=2):
        f = (np.array(signs) * w[0, 0]) @ np.maximum(np.array(flips)[:, None] * rows[0] @ x, 0)
        dead += bool(np.all(f <= 1e-3 * np.abs(w).max()))
    assert dead == 256 * sign_group._by_signs(net(2, 4), HeNormal(), 1, np.random.default_rng(4))[0]


@pytest.mark.parametrize(
    ("network", "second", "known", "error"),
    [
        (net(2, 5), None, 0.094212, 3e-6),
        (net(2, 6), None, 0.083729, 4e-6),
        (net(3, 6), None, 0.0343276, 2.3e-6),
        (net(2, 4), Rademacher(), 0.115864, 3e-6),
        (net(3, 5), Rademacher(), 0.0466284, 1.2e-6),
        (net(2, 2, domain=Orthant()), None, 29 / 64, 0),
        (net(3, 2, domain=Orthant()), None, 0.36345, 3.4e-4),
        (net(2, 10), None, 0.07298, 8e-5),
        (net(2, 40), None, 0.07285, 1.2e-4),
        (net(2, 100), None, 0.07339, 1.8e-4),
    ],
    ids=str,
)
def test_known_values(network, second, known, error):
    """Within the interval widened by 4 standard errors of the known value."""
    p = estimate(network, second=second)
    assert p.low - 4 * error <= known <= p.high + 4 * error


def test_one_direction_and_plain_looking_agree_with_the_signs(monkeypatch):
    exact = 0.11467695632723854
    monkeypatch.setattr(sign_group, "WIDEST_GROUP", 3)
    smooth, plain = estimate(net(2, 4), samples=4000), estimate(net(2, 4, weights=HeUniform()), samples=4000)
    assert (smooth.method, plain.method) == ("simulation given all but one direction", "simulation")
    assert covers(smooth, exact)
    monkeypatch.undo()
    signs = estimate(net(2, 4, weights=HeUniform()), samples=4000)
    assert signs.method == "sign group"
    assert plain.low <= signs.high <= plain.high or plain.low <= signs.low <= plain.high
    assert signs.high - signs.low < (plain.high - plain.low) / 20


def test_coverage_of_the_interval():
    """At level 0.9, of 80 intervals at least those that a binomial variable has with probability 1 - 1e-6."""
    exact = 0.11467695632723854
    seen = sum(
        covers(dead_fraction(net(2, 4), samples=100, rng=seed, level=0.9, progress=False), exact) for seed in range(80)
    )
    assert binom.cdf(seen, 80, 0.9) > LEVEL


def test_reproducible_and_independent_of_scale():
    assert estimate(net(2, 5)) == estimate(net(2, 5))
    assert estimate(net(2, 5)) != estimate(net(2, 5), rng=1)
    assert estimate(net(2, 5, domain=WholeSpace())) == estimate(net(2, 5, domain=Box((-1, -1), (1, 2))))
    assert float(estimate(Network((2, 5, 7, 3, 1)))) == float(estimate(net(2, 5)))
    generator = np.random.default_rng(0)
    assert estimate(net(2, 5), rng=generator) != estimate(net(2, 5), rng=generator)


def test_what_comes_back():
    p = estimate(net(2, 5), samples=150)
    assert p.guarantee is Guarantee.STATISTICAL
    assert p.number.samples == 150
    assert p.level == 1 - LEVEL
    assert 0 <= p.low <= float(p) <= p.high <= 1


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"network": 3}, TypeError, "network must be a relu_prob.Network, got 3"),
        ({"network": Network((2, 3, 1))}, ValueError, "at least two hidden layers"),
        ({"network": net(2, 3, biases=Normal(1))}, ValueError, "zero biases, got Normal"),
        ({"network": net(2, 3, biases=Constant(1))}, ValueError, "zero biases, got Constant"),
        ({"network": net(2, 3, domain=Points([[1, 0]]))}, ValueError, "surrounds 0 or is the orthant"),
        ({"network": net(9, 12)}, ValueError, "few enough rays"),
        ({"network": net(2, 3), "second": Zero()}, ValueError, "symmetric law of weights, got Zero()"),
        ({"network": net(2, 3), "second": "normal"}, TypeError, "second must be a law of weights"),
        ({"network": net(2, 3), "samples": 99}, ValueError, "samples must be an integer >= 100, got 99"),
        ({"network": net(2, 3), "level": 1}, ValueError, "level must be a number strictly between 0 and 1, got 1"),
        ({"network": net(2, 3), "rng": -1}, ValueError, "rng must be"),
        ({"network": net(2, 3), "progress": "yes"}, ValueError, "progress must be one of"),
    ],
    ids=str,
)
def test_bad_input(arguments, error, text):
    with pytest.raises(error, match=text.replace("(", r"\(").replace(")", r"\)")):
        dead_fraction(**arguments)


def test_other_laws_are_covered():
    p = estimate(net(2, 3, weights=SphereUniform(), biases=Zero()), samples=100)
    assert float(p) == 5 / 32
