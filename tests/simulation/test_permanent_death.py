"""Initial and permanent death of concrete networks, against the fixpoint that defines permanent death."""

from itertools import pairwise

import numpy as np
import pytest

from relu_prob.domains import Points
from relu_prob.initialization import Normal, sample_layer
from relu_prob.network import Network
from relu_prob.simulation.chunk import living


def permanently_dead(layers, points):
    """Greatest fixpoint of one network: sets of (layer, neuron) that are dead, stay frozen, get no gradient."""
    outputs = []
    for w, b in layers:
        outputs.append(np.maximum((outputs[-1] if outputs else points) @ w.T + b, 0))
    depth = len(layers)
    zero = [~h.any(axis=0) for h in outputs]
    dead_now = [z.copy() for z in zero]
    frozen, blind = ([np.ones(len(z), dtype=bool) for z in zero] for _ in range(2))
    while True:
        before = [a.copy() for a in (*zero, *frozen, *blind)]
        for layer in range(depth):
            w, b = layers[layer]
            blind[layer] &= zero[layer] | (layer + 1 < depth and blind[layer + 1].all())
            below_frozen = frozen[layer - 1] if layer else np.ones(points.shape[1], dtype=bool)
            inputs_frozen = ~((w != 0) & ~below_frozen).any(axis=1)
            frozen[layer] &= zero[layer] | (blind[layer] & inputs_frozen)
            if layer:
                excited = ((w > 0) & ~below_frozen).any(axis=1)
                fixed = (outputs[layer - 1] * below_frozen) @ w.T + b
                zero[layer] &= dead_now[layer] & ~excited & (fixed <= 0).all(axis=0)
        if all((a == b).all() for a, b in zip(before, (*zero, *frozen, *blind), strict=True)):
            return zero


@pytest.mark.parametrize("biases", [None, Normal(0.3)], ids=repr)
@pytest.mark.parametrize("widths", [(2, 2, 2, 2, 1), (2, 4, 3, 4, 1), (1, 6, 2, 5, 3, 1)])
def test_against_the_fixpoint(widths, biases):
    points = np.random.default_rng(1).standard_normal((6, widths[0]))
    network = Network(widths, biases=biases, domain=Points(points.tolist()))
    rng = np.random.default_rng(2)
    size = 150
    layers = [sample_layer(network.weights, network.biases, rng, size, *fans) for fans in pairwise(widths[:-1])]
    initial, permanent = (living(network, layers, rng, death) for death in ("initial", "permanent"))
    assert (permanent >= initial).all()
    assert (permanent > initial).any()
    for net in range(size):
        zero = permanently_dead([(w[net], b[net]) for w, b in layers], points)
        alive = [int((~z).sum()) for z in zero]
        if initial[net].all():
            assert permanent[net].tolist() == alive
        else:
            first = int(np.argmin(initial[net]))
            assert permanent[net].tolist() == initial[net].tolist()
            # from the dead layer on nothing is alive, by definition
            assert permanent[net, : first + 1].tolist() == alive[: first + 1]
            assert not permanent[net, first:].any()


def test_a_dead_layer_kills_all_later_ones_even_with_biases():
    network = Network((1, 1, 1, 1), biases=Normal(1))
    layers = [(np.ones((1, 1, 1)), np.full((1, 1), -2.0)), (np.ones((1, 1, 1)), np.ones((1, 1)))]
    for death in ("initial", "permanent"):
        assert living(network, layers, np.random.default_rng(0), death).tolist() == [[0, 0]]
