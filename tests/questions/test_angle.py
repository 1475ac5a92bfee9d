"""The law of the angle: closed forms, the forward sweep as a second route, the counts above, simulation, bad input."""

from fractions import Fraction
from itertools import product
from math import acos, asin, comb, cos, log, pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

from relu_prob import (
    Guarantee,
    HeUniform,
    Interval,
    Network,
    Normal,
    NotCovered,
    Points,
    angle_law,
    born_dead,
    count_law,
)
from relu_prob.theorems.two_ray.integrals import integrals_at
from relu_prob.theorems.two_ray.laws import layers_for, states
from relu_prob.theorems.two_ray.precision import HALF_PI, Wide

LEVEL = 1e-6
DEEP = Network((1, 5, 3, 4, 6, 2, 3, 1))


def close(quantity, value, slack=0.0):
    """Within the quantity's own error bound, and what the reference is off by."""
    return float(quantity.low) - slack <= value <= float(quantity.high) + slack


def patterns(width):
    """At a right angle each neuron fires on neither ray, on A, on B or on both, with probability 1/4 each."""
    for fires in product([(0, 0), (1, 0), (0, 1), (1, 1)], repeat=width):
        a, b = sum(x for x, _ in fires), sum(x for _, x in fires)
        yield Fraction(1, 4**width), a, b, sum(x * y for x, y in fires), sum(x or y for x, y in fires)


@pytest.mark.parametrize("first", [1, 2, 4])
@pytest.mark.parametrize("second", [1, 2, 3, 5])
def test_masses_after_two_layers_by_counting(first, second):
    two = 1 - Fraction(2, 2**first)
    dead = sum(w for w, _, _, _, alive in patterns(second) if alive == 0)
    both = sum(w for w, a, b, _, alive in patterns(second) if a and b and alive > 1)
    right = sum(w for w, a, b, common, _ in patterns(second) if a and b and not common)
    silent = Fraction(1, 2**second)
    law = angle_law(Network((1, first, second, 1)))
    assert law.dead.fraction == two * dead + (1 - two) * silent
    assert law.two_rays.fraction == two * both
    assert law.right_angle.fraction == two * right
    assert law.dead.fraction + law.single.fraction + law.two_rays.fraction == 1


def test_layer_one_is_a_right_angle_or_one_ray():
    law = angle_law(Network((1, 3, 2, 1)), layer=1)
    assert (law.dead.fraction, law.single.fraction, law.two_rays.fraction) == (0, Fraction(1, 4), Fraction(3, 4))
    assert law.right_angle == law.two_rays
    assert close(law.mean, pi / 2, 1e-15)
    assert close(law.expect(lambda t: 1 + t), 0.75 * (1 + pi / 2), 1e-15)
    assert all(abs(float(x)) < 1e-12 for x in law.density([0.5, 1.0]))


@pytest.mark.parametrize(("f", "integral"), [(cos, (2 / pi, 8 / pi**2)), (lambda t: t, (pi / 4, pi / 6))])
def test_behind_two_neurons(f, integral):
    """theta/(pi/2) is uniform with probability 1/4, of density 2(1 - t) with 1/16, and 1 with 1/8."""
    uniform, triangular = integral
    law = angle_law(Network((1, 2, 2, 1)))
    expected = (uniform / 4 + triangular / 16 + f(pi / 2) / 8) / 2
    assert close(law.expect(f), expected, 1e-15)
    assert law.expect(f).high - law.expect(f).low < 1e-13


def test_moments_behind_three_neurons():
    """E theta and E theta^2 by pattern, in closed form where there is one, the others by integration to 24 digits."""
    by_pattern = [
        (Fraction(12, 64), pi / 4, pi**2 / 12),  # one neuron on both rays, one on a single ray
        (Fraction(3, 64), pi / 6, pi**2 / 24),  # two on both
        (Fraction(6, 64), 1.0, pi - 2),
        (Fraction(6, 64), 1.11578719811827915780958085, 1.379961783811497111051428015),
        (Fraction(6, 64), 0.8241294214014269554280159136, 0.8062690978185512586178565417),
        (Fraction(1, 64), 0.6614287486232122201566671465, 0.5404911564091167254312825497),
        (Fraction(12, 64), pi / 2, pi**2 / 4),  # none on both
    ]
    assert sum(row[0] for row in by_pattern) == sum(w for w, a, b, _, alive in patterns(3) if a and b and alive > 1)
    law = angle_law(Network((1, 4, 3, 1)))
    for k in (1, 2):
        expected = Fraction(7, 8) * sum(float(row[0]) * row[k] for row in by_pattern)
        assert close(law.moment(k), expected, 4e-16)
    assert close(law.moment(0), float(law.two_rays))
    assert close(law.mean, float(law.moment(1)) / float(law.two_rays), 1e-15)


def test_the_identity():
    """E[Phi(kappa cos theta) - Phi(0)] after layer 2 is a sum of the integrals themselves."""
    sigma, n = np.array([0.3, 0.9, 1.4], Wide), 5
    integrals = integrals_at(HALF_PI, sigma, n)
    law = angle_law(Network((1, 3, n, 1)))
    for j, kappa in enumerate(np.cos(sigma.astype(float))):
        # the integrals are over all patterns; a single neuron on both rays, not among k >= 2, would be single
        expected = 0.75 * sum(comb(n, k) * 0.25 ** (n - k) * float(integrals[k - 2, j]) for k in range(2, n + 1))
        found = law.expect(lambda t, kappa=kappa: (pi / 2 + asin(kappa * cos(t))) ** 2 - pi**2 / 4)
        assert close(found, expected, 1e-13)
        assert found.high - found.low < 1e-12


@pytest.mark.parametrize("layer", range(1, 7))
def test_forward_quadrature_is_a_second_route(layer):
    law = angle_law(DEEP, layer=layer)
    state = states(DEEP.hidden_widths[:layer])[-1]
    theta = layers_for(16).table.theta
    missed = 1e-13  # of the quadrature, times the few hundred that these functions weigh
    assert close(law.dead, float(state.dead), missed)
    assert close(law.single, float(state.single), missed)
    assert close(law.two_rays, float(state.angle.sum()), missed)
    assert close(law.moment(1), float(state.angle @ theta), missed)
    assert close(law.expect(cos), float(state.angle @ np.cos(theta)), missed)
    smooth = law.expect(lambda t: 1 / (1 + t))
    assert close(smooth, float(state.angle @ (1 / (1 + theta))), missed)


def test_forward_states_are_those_of_the_counts():
    for layer in (1, 4, 6):
        assert close(angle_law(DEEP, layer=layer).dead, float(born_dead(DEEP, layer=layer)), 1e-16)


@pytest.mark.parametrize("layer", [1, 2, 4])
def test_the_counts_above(layer):
    """N_{l+1} is binomial: 1/2 above one ray, (pi + theta)/(2 pi) above two."""
    above = count_law(DEEP, layer=layer + 1, method="exact")
    law = angle_law(DEEP, layer=layer)
    n = above.n
    for j in above.support:
        inside = law.expect(lambda t, j=j: comb(n, j) * ((pi + t) / (2 * pi)) ** j * ((pi - t) / (2 * pi)) ** (n - j))
        total = float(inside) + float(law.single) * comb(n, j) / 2**n + float(law.dead) * (j == 0)
        assert total == pytest.approx(float(above.pmf(j)), abs=1e-14)


def test_density_behind_two_neurons():
    """Against the exact density, smeared by quadrature; at both ends the mass is reflected."""
    h, at = 0.15, [0.0, 0.2, 0.7, 1.2, pi / 2]

    def density(theta):
        return (1 / 4 + 2 * (1 - 2 * theta / pi) / 16) * 2 / pi / 2

    def smeared(t):
        def integrand(theta):
            weights = [np.exp(-(((theta - x) / h) ** 2) / 2) for x in (t, -t, pi - t)]
            return density(theta) * sum(weights) / (h * sqrt(2 * pi))

        return quad(integrand, 0, pi / 2, epsabs=1e-12, points=[min(max(t, 0.01), 1.5)])[0]

    found = angle_law(Network((1, 2, 2, 1))).density(at, bandwidth=h)
    for value, t in zip(found, at, strict=True):
        assert close(value, smeared(t), 1e-10)
        assert value.high - value.low < 1e-3


def test_what_is_not_smooth_has_a_large_error_bound():
    law = angle_law(Network((1, 2, 2, 1)))
    below = 1 / 2 * (1 / 4 * 2 / pi + 1 / 16 * (4 / pi - 4 / pi**2))  # P(two rays, theta < 1)
    step = law.expect(lambda t: 1.0 if t < 1 else 0.0)
    assert close(step, below)
    assert step.high - step.low > 0.01
    root = law.expect(sqrt)
    exact = 1 / 2 * sqrt(pi / 2) * (1 / 4 * 2 / 3 + 1 / 16 * (4 / 3 - 4 / 5) + 1 / 8)
    assert close(root, exact)
    assert 1e-8 < root.high - root.low < 1e-3


def simulated(net, samples, rng):
    """(dead, single, right angle, angles) of the images of two inputs, with explicit weights."""
    x = net.domain.array[:2] if isinstance(net.domain, Points) else np.array([[-1.0], [1.0]])
    h = np.repeat(x[None], samples, axis=0)
    parallel = np.zeros(samples, bool)
    for fan_in, width in zip(net.widths, net.hidden_widths, strict=False):
        w = rng.standard_normal((samples, width, fan_in))
        h = np.maximum(np.einsum("snm,spm->spn", w, h), 0)
        parallel |= (h.max(axis=1) > 0).sum(axis=1) == 1
    alive = h.any(axis=2)
    two = alive.all(axis=1) & ~parallel
    dot = (h[two, 0] * h[two, 1]).sum(axis=1) / np.linalg.norm(h[two], axis=2).prod(axis=1)
    return (~alive.any(axis=1)).sum(), (alive.any(axis=1) & ~two).sum(), (dot == 0).sum(), np.arccos(np.minimum(dot, 1))


@pytest.mark.parametrize(
    "net",
    [
        Network((1, 3, 3, 3, 1)),
        Network((1, 6, 2, 5, 4, 1)),
        Network((2, 4, 3, 1), domain=Points([[1, 0], [1, 1]])),
        Network((3, 2, 1), domain=Points([[1, 0, 0], [-1, 2, 0], [2, 0, 0]])),
    ],
    ids=str,
)
def test_simulation(net):
    samples = 40_000
    law = angle_law(net)
    *counts, angles = simulated(net, samples, np.random.default_rng(11))
    # Hoeffding's inequality for four averages, each two-sided
    margin = sqrt(log(2 * 4 / LEVEL) / (2 * samples))
    for count, theory in zip(counts, (law.dead, law.single, law.right_angle), strict=True):
        assert abs(count / samples - float(theory)) < margin
    assert abs(angles.sum() / samples - float(law.moment(1))) < margin * pi / 2


def test_one_layer_from_two_points():
    """Two points at 60 degrees: patterns of two neurons, each dead, on A, on B, on both: p, q, q, p."""
    net = Network((2, 2, 2, 1), domain=Points([[1, 0], [0.5, 0.8660254037844386]]))
    start = acos(0.5)
    p, q = (pi - start) / (2 * pi), start / (2 * pi)
    law = angle_law(net, layer=1)
    assert close(law.dead, p * p, 1e-15)
    assert close(law.right_angle, 2 * q * q, 1e-15)
    assert close(law.single, 2 * p * (2 * q + p) + 2 * q * q, 1e-15)
    assert close(law.two_rays, 2 * q * q + p * p + 4 * p * q, 1e-15)


def test_a_layer_of_one_neuron_leaves_one_ray():
    law = angle_law(Network((1, 4, 1, 3, 3, 1)))
    assert law.two_rays.fraction == law.right_angle.fraction == 0
    with pytest.raises(ZeroDivisionError, match="after layer 4 there are never two rays"):
        law.mean  # noqa: B018


def test_the_angle_falls_with_depth():
    net = Network((1, *[6] * 12, 1))
    laws = [angle_law(net, layer=l) for l in range(1, 13)]
    means, masses = [float(law.mean) for law in laws], [float(law.two_rays) for law in laws]
    assert means == sorted(means, reverse=True)
    assert masses == sorted(masses, reverse=True)
    assert [law.guarantee for law in laws] == [Guarantee.NUMERICAL] * 12
    assert angle_law(net) == laws[-1]


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (Network((1, 3, 3, 1), biases=Normal(1)), "the biases must be zero"),
        (Network((1, 3, 3, 1), domain=Interval(0, 1)), "the inputs must lie on two rays"),
        (Network((2, 3, 3, 1)), "the inputs must lie on two rays"),
        (Network((1, 3, 3, 1), weights=HeUniform()), "the weights must be Gaussian"),
        (Network((1, 3, 129, 1)), "must be at most 128 wide, got 129"),
    ],
    ids=str,
)
@pytest.mark.parametrize("layer", [1, 2])
def test_not_covered(net, message, layer):
    if "128" in message and layer == 1:
        return
    with pytest.raises(NotCovered, match=f"no theorem has the law of the angle after layer {layer} of .*{message}"):
        angle_law(net, layer=layer)


@pytest.mark.parametrize("layer", [0, 3, 1.5, "2", True])
def test_bad_layer(layer):
    with pytest.raises((TypeError, ValueError), match="layer must be an integer from 1 to 2, got"):
        angle_law(Network((1, 3, 3, 1)), layer=layer)


def test_bad_network():
    with pytest.raises(TypeError, match=r"network must be a relu_prob\.Network, got"):
        angle_law((1, 3, 3, 1))
