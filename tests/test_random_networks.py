"""A hundred random networks: the theorem that answers, the bracket, the estimate and a plain simulation must agree."""

from __future__ import annotations

import numpy as np
import pytest

from relu_prob import (
    Ball,
    Box,
    Constant,
    GlorotNormal,
    Guarantee,
    HeNormal,
    HeUniform,
    Interval,
    LeCunNormal,
    Network,
    Normal,
    Orthant,
    Points,
    PyTorchDefault,
    Rademacher,
    SphereUniform,
    Uniform,
    WholeSpace,
    Zero,
    simulate,
    trainability,
)
from relu_prob.results.masses import proportion

LEVEL = 1e-6  # that one test among all rejects what is true
NETWORKS = 100
SAMPLES = 2000

LAWS = [
    (HeNormal(), Zero()),
    (LeCunNormal(), Zero()),
    (GlorotNormal(), Zero()),
    (HeUniform(), Zero()),
    (SphereUniform(), Zero()),
    (Rademacher(), Zero()),
    (HeNormal(), Normal(0.5)),
    (LeCunNormal(), Normal(1)),
    (Uniform(2), Uniform(1)),
    (PyTorchDefault(), PyTorchDefault()),
    (SphereUniform(), SphereUniform()),
    (Rademacher(), Normal(1)),
    (HeNormal(), Constant(0.25)),
    (HeNormal(), Constant(-0.25)),
]


def random_domain(rng, d):
    """A domain of every kind in dimension d."""
    kind = rng.integers(7)
    low, high = -rng.integers(0, 3, d), rng.integers(1, 3, d)
    return [
        lambda: Ball(int(rng.integers(1, 4))),
        lambda: Box(low.tolist(), high.tolist()) if d > 1 else Interval(int(low[0]), int(high[0])),
        lambda: Orthant(),
        lambda: WholeSpace(),
        lambda: Points(rng.integers(1, 5, (1, d)).tolist()),
        lambda: Points(rng.normal(size=(2, d)).tolist()),
        lambda: Points(rng.normal(size=(int(rng.integers(3, 6)), d)).tolist()),
    ][kind]()


def random_problem(seed):
    """(network, need): d = 1..4, 1..5 hidden layers of width 1..12, and thresholds up to half of the widths."""
    rng = np.random.default_rng((20, seed))
    d, depth = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    hidden = rng.integers(1, 13, depth).tolist()
    # half of the networks have the laws that most theorems are about
    weights, biases = LAWS[rng.integers(len(LAWS))] if rng.random() < 0.5 else LAWS[rng.choice([0, 1, 6, 7])]
    net = Network((d, *hidden, 1), weights=weights, biases=biases, domain=random_domain(rng, d))
    return net, tuple(int(rng.integers(0, n // 2 + 1)) for n in hidden)


def overlap(a, b):
    """Whether two intervals [low, high] have a point in common."""
    return a[0] <= b[1] and b[0] <= a[1]


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_bracket_estimate_and_simulation_agree(seed):
    net, need = random_problem(seed)
    each = 1 - LEVEL / NETWORKS / 2
    answer = trainability(net, need=need, samples=SAMPLES, rng=seed, level=each)
    certain = trainability(net, need=need, method="bracket", digits=30)
    known = (answer.low, answer.high)
    assert overlap(known, (certain.low, certain.high))
    if answer.guarantee is Guarantee.STATISTICAL:
        assert answer.bracket is not None
        assert overlap(known, (answer.bracket.low, answer.bracket.high))
    plain = simulate(net, samples=SAMPLES, rng=1000 + seed)
    seen = proportion(plain.joint(need), plain.samples, each)
    # inputs that were not looked at can only add living neurons
    assert overlap(known, (seen.low, seen.high if plain.exact else 1.0))
