"""R^d with biases: against the count over all signs, and simulation where it is exact."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest

from relu_prob import agree, born_dead, trainability
from relu_prob.domains import Ball, WholeSpace
from relu_prob.initialization import Constant, HeUniform, Normal, PyTorchDefault, Rademacher, SphereUniform, Zero
from relu_prob.network import Network
from relu_prob.theorems.layer_two import WHOLE_SPACE_NARROW, WHOLE_SPACE_ONE_MORE


def everywhere(d, first, second, **more):
    return Network((d, first, second, 1), **({"biases": Normal(1)} | more), domain=WholeSpace())


def dead_signs(rows, weights):
    """The number of choices of signs of rows (W_j, b_j), weights and bias for which f <= 0 on R^d.

    f(x, s) = sum_j w_j relu(W_j x + b_j s) + b s <= 0 is decided on the rays of the arrangement of the rows and s = 0.
    """
    n, size = rows.shape
    planes = np.vstack([rows, np.eye(size)[-1]])
    z = []
    for chosen in combinations(range(n + 1), size - 1):
        u = np.linalg.svd(planes[list(chosen)])[2][-1]
        values = planes @ u
        values[list(chosen)] = 0.0
        z += [sign * values for sign in (1.0, -1.0) if sign * values[-1] >= 0]
    z = np.array(z)
    count = 0
    signs = np.array(list(product((1.0, -1.0), repeat=n + 1)))
    for flips in product((1.0, -1.0), repeat=n):
        outputs = np.hstack([np.maximum(z[:, :n] * np.array(flips), 0.0), z[:, n:]])
        count += int(np.all((outputs * weights) @ signs.T <= 0, axis=0).sum())
    return count


@pytest.mark.parametrize(("d", "first"), [(1, 1), (2, 2), (3, 3), (1, 2), (2, 3), (3, 4)])
def test_the_count_over_all_signs_is_the_same_for_every_draw(d, first):
    rng = np.random.default_rng(10 * d + first)
    theorem = WHOLE_SPACE_ONE_MORE if first > d else WHOLE_SPACE_NARROW
    p = theorem.masses(everywhere(d, first, 1), 2, (None,))[0].fraction
    draws = range(4)
    counts = [dead_signs(rng.standard_normal((first, d + 1)), np.abs(rng.standard_normal(first + 1))) for _ in draws]
    assert counts == [p * 2**first * 2 ** (first + 1)] * len(draws)


@pytest.mark.parametrize("d", [1, 2, 3, 10])
def test_values(d):
    assert WHOLE_SPACE_ONE_MORE.dead(everywhere(d, d + 1, 1)).fraction == Fraction(2**d + 1, 4 ** (d + 1))
    assert WHOLE_SPACE_NARROW.masses(everywhere(d, 1, 1), 2, (None,))[0].fraction == Fraction(1, 4)
    assert born_dead(everywhere(d, d, 3)).fraction == Fraction(1, 2 ** (3 * (d + 1)))


@pytest.mark.parametrize(
    "net",
    [
        everywhere(1, 1, 3),
        everywhere(1, 2, 1),
        everywhere(1, 2, 1, biases=Normal(0.1), weights=HeUniform()),
        everywhere(1, 2, 1, weights=PyTorchDefault(), biases=PyTorchDefault()),
        everywhere(1, 2, 1, weights=SphereUniform(), biases=SphereUniform()),
    ],
    ids=str,
)
def test_against_simulation(net):
    assert agree(net, layer=2, samples=60_000, rng=2, progress=False).agrees


def test_masks_symbols_and_permanent_death():
    for theorem, net in ((WHOLE_SPACE_NARROW, everywhere(3, 2, 4)), (WHOLE_SPACE_ONE_MORE, everywhere(3, 4, 1))):
        first, second = net.hidden_widths
        masses = theorem.masses(net, 2, (None,))
        assert sum(x.fraction for x in masses) == 1
        assert theorem.masses(net, 2, (frozenset({first}),)) == masses
        assert {x.fraction for x in theorem.masses(net, 2, (frozenset({0}),))} == {0}
        assert [x.fraction for x in theorem.permanent_masses(net, 2, (None,))] == [0, *(x.fraction for x in masses[1:])]
        entry = theorem.symbolic(net, 2)
        values = {"i": first, "n": second} if theorem is WHOLE_SPACE_NARROW else {"i": first}
        assert [entry(**values, j=j) for j in range(second + 1)] == [x.fraction for x in masses]
    assert trainability(everywhere(3, 2, 1), need=(2, 1), death="permanent").fraction == Fraction(7, 8)


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (everywhere(2, 2, 1), 1, "the layer must be 2, got 1"),
        (everywhere(2, 2, 1, biases=Zero()), 2, "symmetric and continuous, got Zero()"),
        (everywhere(2, 2, 1, biases=Constant(1)), 2, "symmetric and continuous, got Constant(1)"),
        (everywhere(2, 2, 1, weights=Rademacher()), 2, "no ties, got Rademacher()"),
        (Network((2, 2, 1, 1), biases=Normal(1), domain=Ball(1)), 2, "all of R^d, got Ball(1)"),
    ],
    ids=str,
)
def test_the_hypothesis_that_fails_is_named(net, layer, why):
    assert why in WHOLE_SPACE_NARROW.missing(net, layer)


def test_the_widths_that_fail_are_named():
    assert "got n_1 = 3 > d = 2" in WHOLE_SPACE_NARROW.missing(everywhere(2, 3, 1), 2)
    assert "n_1 = d + 1, got n_1 = 2, d = 2" in WHOLE_SPACE_ONE_MORE.missing(everywhere(2, 2, 1), 2)
    assert "one neuron, got n_2 = 2" in WHOLE_SPACE_ONE_MORE.missing(everywhere(2, 3, 2), 2)
