"""Layer 2 behind one neuron with a bias: against a plain quadrature, explicit networks, and its own sums."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from relu_prob import agree, simulate, trainability
from relu_prob.domains import Ball, Interval, Points, WholeSpace
from relu_prob.initialization import HeNormal, HeUniform, Normal, Zero
from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO
from relu_prob.theorems.interval_bias import LAYER_TWO_ONE_NEURON
from relu_prob.theorems.interval_bias.setting import Setting, ends, setting

LEVEL = 1e-6
UNIT = {"weights": Normal(1), "biases": Normal(1)}


def line(second, **more):
    return Network((1, 1, second, 1), **(UNIT | more))


def floats(masses):
    return np.array([float(x.value()) for x in masses])


@pytest.mark.parametrize(
    ("k", "expected"), [(1, "0.30165693162509222673"), (2, "0.12391491322569410709"), (3, "0.05191083121148379189")]
)
def test_moments_on_the_unit_interval(k, expected):
    """E[p^k; N_1 = 1] = P(N_1 = 1, N_2 = 0) for n_2 = k."""
    mass = LAYER_TWO_ONE_NEURON.masses(line(k), 2, (frozenset({1}),))[0]
    with mpmath.workdps(25):
        low, high = mass.ends(20)
        # half a unit of the last digit that is printed
        assert low - mpmath.mpf(10) ** -20 <= mpmath.mpf(expected) <= high + mpmath.mpf(10) ** -20
    assert mass.guarantee is Guarantee.CERTIFIED


@pytest.mark.parametrize("n", [1, 4, 8])
def test_masses_sum_to_the_certain_events(n):
    net = line(n, domain=Interval(-0.5, 2))
    free, alive, dead = (
        LAYER_TWO_ONE_NEURON.masses(net, 2, (mask,)) for mask in (None, frozenset({1}), frozenset({0}))
    )
    assert floats(free).sum() == pytest.approx(1, abs=1e-14)
    p1 = 0.5 - (np.arctan(2) + np.arctan(0.5)) / (2 * np.pi)
    assert float(dead[0].value()) == pytest.approx(p1, abs=1e-15)
    assert dead[1:] == (ZERO,) * n
    assert floats(alive).sum() == pytest.approx(1 - p1, abs=1e-14)
    np.testing.assert_allclose(floats(alive) + floats(dead), floats(free), rtol=0, atol=1e-15)
    assert LAYER_TWO_ONE_NEURON.masses(net, 2, (frozenset(),)) == (ZERO,) * (n + 1)


def panels(cuts, count=24):
    """Gauss-Legendre nodes and weights on the panels between the cuts."""
    x, w = np.polynomial.legendre.leggauss(count)
    half = np.diff(cuts)[:, None] / 2
    return (np.array(cuts[:-1])[:, None] + half * (1 + x)).ravel(), (half * w).ravel()


def test_a_law_by_quadrature_over_the_two_ends():
    """E[C(3, 2) p (1 - p)^2; one live neuron] over the bivariate Gaussian density of (U, V), on [-1/4, 1]."""
    a, b, k = -0.25, 1.0, 1.5
    gap = b - a  # c = (b U - a V) / gap, w = (V - U) / gap

    def density(u, v):
        return np.exp(-(((b * u - a * v) / gap) ** 2 + ((v - u) / gap) ** 2) / 2) / (2 * np.pi * gap)

    def f(low, high):
        p = 0.5 - (np.arctan(k * high) - np.arctan(k * low)) / (2 * np.pi)
        return 3 * p * (1 - p) ** 2

    x, weight = panels([0, 0.25, 0.5, 1, 2, 4, 8, 16])
    u, v = x[:, None], x[None, :]
    square = weight[:, None] * weight
    expected = (square * (density(u, u + v) + density(u + v, u)) * f(u, u + v)).sum()
    expected += (square * (density(-u, v) + density(v, -u)) * f(0, v)).sum()
    masses = LAYER_TWO_ONE_NEURON.masses(
        line(3, weights=Normal(1.5), biases=Normal(1.5), domain=Interval(a, b)), 2, (frozenset({1}),)
    )
    assert setting(line(3, weights=Normal(1.5), biases=Normal(1.5), domain=Interval(a, b))).k == Fraction(9, 4)
    # panels of 24 nodes leave the rounding of some 1e5 floats
    assert float(masses[2].value()) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "net",
    [
        line(3),
        line(2, weights=HeNormal(), biases=Normal(0.25), domain=Interval(-0.25, 3)),
        line(3, weights=HeNormal(), biases=Normal(0.5), domain=Interval(0.25, 2)),
        line(2, biases=Normal(3), domain=Points([[-3], [0.25], [0.5]])),
    ],
    ids=str,
)
def test_simulated_networks(net):
    assert agree(net, layer=2, samples=40_000, rng=11, level=LEVEL).agrees


def test_simulated_permanent_death():
    from scipy.stats import binomtest

    net, samples = line(3), 100_000
    counts = simulate(net, samples=samples, rng=12, death="permanent")
    for need in (1, 2, 3):
        theory = trainability(net, need=(1, need), death="permanent", method="exact")
        assert binomtest(counts.joint((1, need)), samples, float(theory)).pvalue > LEVEL / 3


def test_permanent_death_is_rarer_and_has_the_mass_of_live_layers():
    net = line(5)
    alive = floats(LAYER_TWO_ONE_NEURON.masses(net, 2, (frozenset({1}),)))
    permanent = floats(LAYER_TWO_ONE_NEURON.permanent_masses(net, 2, (None,)))
    assert permanent[0] == 0
    assert permanent.sum() == pytest.approx(alive[1:].sum(), abs=1e-15)
    assert all(permanent[j:].sum() >= alive[j:].sum() - 1e-15 for j in range(1, 6))
    assert LAYER_TWO_ONE_NEURON.permanent_masses(net, 2, (frozenset({0}),)) == (ZERO,) * 6


def test_tiny_masses_have_all_their_digits():
    mass = LAYER_TWO_ONE_NEURON.masses(line(20), 2, (frozenset({1}),))[0]
    low, high = mass.ends(17)
    with mpmath.workdps(40):
        assert 0 < low <= high < low * (1 + mpmath.mpf(10) ** -17)
    assert high < 1e-6


def test_only_ratios_matter():
    one = LAYER_TWO_ONE_NEURON.masses(line(2, domain=Ball(0.5)), 2, (None,))
    other = line(2, weights=Normal(0.5), biases=Normal(1), domain=Ball(1))
    assert setting(other) == Setting(Fraction(-1, 4), Fraction(1, 4), Fraction(1, 4))
    scaled = line(2, weights=Normal(3), biases=Normal(3), domain=Points([[0.5], [-0.5]]))
    assert setting(scaled) == Setting(Fraction(-1, 4), Fraction(1, 4), Fraction(9))
    assert floats(one)[0] != floats(LAYER_TWO_ONE_NEURON.masses(scaled, 2, (None,)))[0]


def test_short_intervals_tend_to_one_ray_and_long_ones_to_the_whole_line():
    short = floats(LAYER_TWO_ONE_NEURON.masses(line(3, domain=Interval(1, 1 + 2**-30)), 2, (None,)))
    # N_1 ~ Bin(1, 1/2), then Bin(3, 1/2), up to a multiple of the length
    np.testing.assert_allclose(short, np.array([1 / 2 + 1 / 16, 3 / 16, 3 / 16, 1 / 16]), rtol=0, atol=2**-28)
    long = floats(LAYER_TWO_ONE_NEURON.masses(line(3, domain=Ball(10**6)), 2, (None,)))
    # then the image is all of [0, oo) and p = 1/4, up to a multiple of log(r) / r
    np.testing.assert_allclose(long, np.array([1, 9, 27, 27]) / 64, rtol=0, atol=1e-4)


def test_ends():
    assert ends(line(1, domain=Ball(2))) == (-2, 2)
    assert ends(line(1, domain=Points([[1], [1]]))) is None
    assert ends(line(1, domain=WholeSpace())) is None
    assert ends(Network((2, 1, 1, 1), domain=Ball(1))) is None


@pytest.mark.parametrize(
    ("net", "layer", "why"),
    [
        (line(3), 1, "the layer must be 2, got 1"),
        (Network((1, 2, 3, 1), **UNIT), 2, "the first layer must have one neuron, got 2"),
        (Network((2, 1, 3, 1), **UNIT), 2, "the input dimension must be 1, got 2"),
        (line(3, weights=HeUniform()), 2, "weights and biases must be Gaussian, got weights HeUniform()"),
        (line(3, biases=Zero()), 2, "biases Zero()"),
        (line(3, domain=WholeSpace()), 2, "bounded interval"),
        (line(3, domain=Points([[2]])), 2, "of which two differ"),
    ],
    ids=lambda x: str(x),
)
def test_the_hypothesis_that_fails_is_named(net, layer, why):
    assert why in LAYER_TWO_ONE_NEURON.missing(net, layer)
