"""A hundred random networks: the theorem that answers, the bracket, the estimate and a plain simulation must agree."""

from __future__ import annotations

import numpy as np
import pytest
from law_pairs import GAUSSIAN, PAIRS

from relu_prob import (
    Ball,
    Box,
    Constant,
    GlorotNormal,
    Guarantee,
    HeNormal,
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
    explain,
    simulate,
    trainability,
)
from relu_prob.questions import catalogue
from relu_prob.results.masses import proportion

LEVEL = 1e-6  # that one test among all rejects what is true
NETWORKS = 100
SAMPLES = 2000

LAWS = [*PAIRS, (HeNormal(), Constant(0.25)), (HeNormal(), Constant(-0.25))]


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
    laws = LAWS if rng.random() < 0.5 else GAUSSIAN
    weights, biases = laws[rng.integers(len(laws))]
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


def directions(net):
    """What the domain is for a network without biases: "all" directions, "one", "two", "opposite" ones, or "other"."""
    domain, d = net.domain, net.input_dimension
    if isinstance(domain, Ball | WholeSpace):
        return "all"
    if isinstance(domain, Orthant):
        return "one" if d == 1 else "other"
    if isinstance(domain, Points):
        rays = {tuple(np.sign(x)) if d == 1 else tuple(x) for x in domain.array}
        two = "opposite" if d == 1 else "two"
        return {1: "one", 2: two}.get(len(rays), "other")
    ends = [(domain.low, domain.high)] if d == 1 else list(zip(domain.low, domain.high, strict=True))
    if all(low < 0 < high for low, high in ends):
        return "all"
    return "one" if d == 1 else "other"


def expected_theorem(net, l):
    """The name of the theorem for layer l >= 2, decided anew from the hypotheses as the theory states them."""
    d, below, width = net.input_dimension, net.hidden_widths[: l - 1], net.hidden_widths[l - 1]
    weights, biases, seen, n1 = net.weights, net.biases, directions(net), net.hidden_widths[0]
    zero = isinstance(biases, Zero)
    gaussian = isinstance(weights, HeNormal | LeCunNormal | GlorotNormal | Normal)
    no_ties = not isinstance(weights, Rademacher)
    noise = isinstance(biases, Normal | Uniform | PyTorchDefault | SphereUniform)
    if zero and no_ties and (seen == "one" or (seen == "all" and n1 == 1)):
        return "one ray"
    if noise and isinstance(net.domain, Points) and len(net.domain.points) == 1:
        return "one ray"
    if l == 2 and zero and no_ties and seen == "all":
        if d == 1:
            return "layer 2 in one dimension"
        if n1 <= d:
            return "layer 2 of a narrow first layer"
        if n1 == d + 1 and (width == 1 or gaussian):
            return "one neuron of layer 2, n_1 = d + 1" if width == 1 else "layer 2, n_1 = d + 1"
        if n1 == d + 2 and width == 1 and gaussian:
            return "one neuron of layer 2, n_1 = d + 2"
    if (
        l == 2
        and zero
        and gaussian
        and d == n1 == 2
        and (
            isinstance(net.domain, Orthant)
            or (isinstance(net.domain, Box) and 0 in (net.domain.low[0], net.domain.high[0]) and net.domain.low[1] == 0)
        )
    ):
        return "layer 2 of two neurons over a quadrant"
    if l == 2 and noise and no_ties and isinstance(net.domain, WholeSpace):
        if n1 <= d:
            return "layer 2 of a narrow first layer, over R^d with biases"
        if n1 == d + 1 and width == 1:
            return "one neuron of layer 2, n_1 = d + 1, over R^d with biases"
    if l == 3 and zero and gaussian:
        if seen == "all" and below == (2, 2) and d >= 2:
            return "layer 3 behind two layers of width 2"
        if below[1] == 2 and (seen == "opposite" or (seen == "all" and d == 1)):
            return "layer 3 in one dimension behind a layer of width 2"
    if zero and gaussian and (seen in ("two", "opposite") or (seen == "all" and d == 1)):
        return "two rays"
    bounded = isinstance(net.domain, Ball | Interval | Points)
    if d == 1 and bounded and gaussian and isinstance(biases, Normal) and set(below) == {1}:
        return "layer 2 behind one neuron with a bias" if l == 2 else "layers of one neuron with a bias"
    return None


def test_explain_names_the_theorem_that_applies():
    # many more networks than are simulated, narrow ones among them, so that every theorem has its turn
    met = set()
    for seed in range(3000):
        net, _ = random_problem(seed)
        if seed % 2:
            hidden = [1 + (n - 1) % (3 if seed % 4 == 1 else 2) for n in net.hidden_widths]
            hidden[0] += net.input_dimension * (seed % 8 in (3, 5))
            net = net.with_hidden_widths(hidden)
        for layer in range(2, min(net.depth, 4) + 1):
            theorem = catalogue.covering(net, layer)
            name = None if theorem is None else theorem.name
            assert name == expected_theorem(net, layer), (net, layer)
            met.add(name)
    beyond_layer_one = {t.name for t in catalogue.THEOREMS if not t.name.startswith("a first layer")}
    assert met == beyond_layer_one | {None}
    for seed in range(20):
        net, _ = random_problem(seed)
        for layer in explain(net).layers:
            theorem = catalogue.covering(net, layer.layer)
            assert layer.theorem is theorem
            assert bool(layer.missing) == (theorem is None)
