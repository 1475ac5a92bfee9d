"""The parts of wide layers: the continued integrand, polynomials of the counts, nodes, and when they are chosen."""

from math import comb, cos, pi, sin

import mpmath
import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

from relu_prob import Network, Points
from relu_prob.theorems.two_ray import TWO_RAY, laws
from relu_prob.theorems.two_ray.laws import backward_laws, count_laws, last_event, last_law, wide_layers_for
from relu_prob.theorems.two_ray.precision import EXTENDED, Wide
from relu_prob.theorems.two_ray.wide import WideLayers, WideRepresentation
from relu_prob.theorems.two_ray.wide_counts import Polynomial, binomial_law, power_difference
from relu_prob.theorems.two_ray.wide_integrals import FINER, Angle, Ray, WideRule, wide_integrals
from relu_prob.theorems.two_ray.wide_nodes import angles, kernels, margin, rotation

EPS = float(np.finfo(np.float64).eps)
GAUSS = leggauss(400)


def orthant(first, second, mixed, s):
    """E[exp(-z Q/2); both positive] for the precision matrix ((first, -mixed), (-mixed, second)), radially done."""
    nodes, weights = GAUSS
    psi = (nodes + 1) * pi / 4
    form = first * np.cos(psi) ** 2 + second * np.sin(psi) ** 2 - 2 * mixed * np.sin(psi) * np.cos(psi)
    return (weights / form).sum() * pi / 4 / (2 * pi * s)


@pytest.mark.parametrize("width", [32, 1000])
@pytest.mark.parametrize("theta", [0.3, 1.0, pi / 2, 2.4])
def test_continued_integrand(width, theta):
    """At random points of the sector, of all sizes, against quadrature of the Gaussian integrals: no branch is left."""
    rng = np.random.default_rng(3)
    basis, (s, c0) = kernels(width), (sin(theta), cos(theta))
    angle = Angle(theta, Polynomial(2, np.ones(3, bool), (pi - theta) / (2 * pi)))
    for run in basis.groups:
        kappa, defect = basis.kappa[run], basis.defect[run]
        phi, half = rotation(defect)
        v, b = np.sort(rng.uniform(-9, 5, 25)), rng.uniform(0, 2, 25)
        ray = Ray.of(v, b, np.ones(25), phi + rng.uniform(-0.7, 0.7) * half)
        y, u = angle.arguments(ray, kappa[:, None], defect[:, None])
        for i, z in enumerate(ray.z):
            plus, minus = 1 / s**2 + z * np.exp(b[i]), 1 / s**2 + z * np.exp(-b[i])
            sides = orthant(plus, 1 / s**2, -c0 / s**2, s) + orthant(minus, 1 / s**2, -c0 / s**2, s)
            without = orthant(plus, minus, c0 / s**2, s)
            assert abs(y[i] - sides - without) < 2e-14
            for j in (0, len(kappa) - 1):
                if abs(defect[j]) > 1e-2:  # nearer to 1 the quadrature would need more nodes
                    both = orthant(plus, minus, c0 / s**2 + kappa[j] * z, s)
                    assert abs(u[j, i] - both + without) < 2e-13


@pytest.mark.parametrize("width", [32, 128, 1024, 4096])
def test_sectors_are_shared(width):
    basis = kernels(width)
    assert sum(run.stop - run.start for run in basis.groups) == len(basis.kappa)
    for run in basis.groups:
        phi, half = rotation(basis.defect[run])
        assert half > 0.69 * margin(basis.defect[run]).min() > 0
        for b, c in [(0, 0), (0, 1), (0.3, 1), (3, 0.5)]:
            z = np.exp(1j * (phi + np.array([-1, 1]) * 0.999 * half))[:, None]
            assert (np.real(z * (np.cosh(b) - basis.kappa[run] * c)) > -1e-12).all()


def exact_difference(width, allowed, p, y, u):
    with mpmath.workdps(50 + width // 2):
        p, y, u = mpmath.mpf(p), mpmath.mpmathify(y), mpmath.mpmathify(u)
        terms = ((k, comb(width, k) * p ** (width - k)) for k in range(2, width + 1) if allowed[k])
        return complex(sum(c * ((y + u) ** k - y**k) for k, c in terms))


@pytest.mark.parametrize("width", [1, 2, 5, 60, 300])
@pytest.mark.parametrize("chosen", ["all", "none", "one", "few", "above", "below", "odd"])
def test_polynomials(width, chosen):
    k, middle = np.arange(width + 1), 2 * width // 3
    allowed = {
        "all": k >= 0,
        "none": k < 0,
        "one": k == middle,
        "few": np.isin(k, [0, 1, middle, width]),
        "above": k >= middle,
        "below": k <= middle,
        "odd": k % 2 == 1,
    }[chosen]
    p = 0.3
    found = Polynomial(width, allowed, p)
    y = 0.7 * np.array([1, 0.9 * np.exp(0.1j), 0.2j, 0])
    u = 0.7 * np.array([[-1e-9 + 1e-9j, 0.1j, 0.1, 0.5], [-0.3, 1e-3, -1e-7j, 1e-12]])
    difference = found.difference(y, u)
    for i, j in np.ndindex(u.shape):
        expected = exact_difference(width, allowed, p, y[j], u[i, j])
        # the derivative, in y/(1-p), of a polynomial of degree n that is at most 1 in the disc
        slope = min(1, width * abs(u[i, j]) / 0.7)
        assert abs(difference[i, j] - expected) < 20 * (width + 4) * EPS * slope + 1e-18 * width


def test_power_difference():
    y, u = np.array([0.8 + 0.1j, 0.0]), np.array([[1e-13j, 0.5]])
    difference, power = power_difference(y, u, 0)
    assert (difference == 0).all()
    assert (power == 1).all()
    difference, power = power_difference(y, u, 37)
    assert np.abs(power - y**37).max() < 37 * EPS
    assert difference[0, 0] == pytest.approx(37 * y[0] ** 36 * u[0, 0], rel=1e-10)
    assert difference[0, 1] == pytest.approx(0.5**37, rel=37 * EPS)


@pytest.mark.parametrize(
    ("n", "j", "expected"),
    [(50, 25, 0.00215705728694213), (100, 50, 2.92913756306937e-05), (100, 75, 0.0476835793996931)],
)
def test_known_densities(n, j, expected):
    """P(N_3 = j where the angle has a density) from a right angle: found by an Abel transform, to 15 digits."""
    basis, (theta, fitted) = kernels(n), angles(n)
    values = binomial_law(n, (pi + theta) / (2 * pi))[:, j : j + 1]
    weights, residual = WideRepresentation(basis, theta, fitted).fit(values)
    column = wide_integrals(pi / 2, basis, Polynomial(n, np.ones(n + 1, bool), 0.25))
    # some neuron fires on both rays, and not one alone
    density = 1 - 0.75**n - n * 0.25**n
    found = values[0, 0] * density + float(basis.parts(column[None, :])[0] @ weights[:, 0])
    assert residual[0] < 2e-11
    assert abs(found - expected) < residual[0]


@pytest.mark.parametrize("width", [2, 40, 1000])
@pytest.mark.parametrize("theta", [1e-5, 0.2, 1.4, 2.7])
def test_rotations_and_steps(width, theta):
    """Other rays and steps give the same integrals."""
    basis = kernels(width)
    polynomial = Polynomial(width, np.arange(width + 1) >= 2 * width // 3, (pi - theta) / (2 * pi))
    expected = wide_integrals(theta, basis, polynomial)
    for rule in (FINER, WideRule(digits=32, across=0.6, turn=-0.15)):
        assert np.abs(wide_integrals(theta, basis, polynomial, rule) - expected).max() < 1e-12


def test_the_choice(monkeypatch):
    """On a table up to 24; a wide layer above narrow ones by whichever bound is smaller."""
    asked = []
    monkeypatch.setattr(laws, "layers_for", asked.append)
    monkeypatch.setattr(laws, "wide_layers_for", lambda widest: asked.append(-widest))
    for widths, expected in [
        ((24, 24), [24]),
        ((4, 24, 10), [24]),
        ((25, 3), [-25]),
        ((3, 300, 5, 1000), [-1000]),
        ((24, 100), [24, -100]),
        ((2, 2000), [2, -2000] if EXTENDED else [-2000]),
    ]:
        asked.clear()
        list(laws._suited(widths))
        assert asked == expected
    for widths, expected in [((24, 48), 24), ((24, 49), -49), ((25, 2), -25), ((3,), 2)]:
        asked.clear()
        laws._needed(widths)
        assert asked == [expected]


def test_a_wide_layer_above_narrow_ones(layers, monkeypatch):
    """Smooth events keep the digits of the table, sharp ones get those of the wide nodes."""
    monkeypatch.setattr(laws, "layers_for", lambda top: layers)
    widths = (3, 1, 200)
    law, errors = last_law(widths, None)
    assert abs(float(law.sum()) - 1) <= float(errors.sum())
    assert errors.max() < 1e-10
    value, error = last_event(widths, None, [0])
    assert (value, error) == last_event(widths, None, [0], layers=layers)
    assert float(abs(value - law[0])) <= error + errors[0]
    sharp = (2, 200)
    on_the_table = last_law(sharp, None, start=1.0, layers=layers)[1].max()
    law, errors = last_law(sharp, None, start=1.0)
    assert abs(float(law.sum()) - 1) <= float(errors.sum())
    assert errors.max() < 1e-10 < on_the_table


def test_nodes_of_all_widths():
    for width in (32, 100, 1000, 4096):
        theta, fitted = angles(width)
        assert theta[0] == pi / 2
        assert (np.diff(theta) < 0).all()
        assert 0.2 < (~fitted).mean() < 0.3
        bins = binomial_law(width, (pi + theta) / (2 * pi))
        weights, residual = WideRepresentation(kernels(width), theta, fitted).fit(bins)
        assert residual.max() < 2e-11
        assert np.abs(weights).sum(axis=0).max() < 3


def test_residual_between_the_nodes():
    basis, (theta, fitted) = kernels(300), angles(300)
    between = np.sort(np.concatenate([theta, np.random.default_rng(1).uniform(0, pi / 2, 1000)]))
    weights, residual = WideRepresentation(basis, theta, fitted).fit(binomial_law(300, (pi + theta) / (2 * pi)))
    fit = (basis.functions(between) - basis.functions(theta[:1])) @ weights
    expected = binomial_law(300, (pi + between) / (2 * pi)) - binomial_law(300, np.array([0.75]))
    assert (np.abs(fit - expected).max(axis=0) <= residual + 1e-14).all()


def test_binomial_law():
    with mpmath.workdps(30):
        for k in (0, 400, 700, 1000):
            exact = mpmath.binomial(1000, k) * mpmath.mpf(0.7) ** k * (1 - mpmath.mpf(0.7)) ** (1000 - k)
            assert binomial_law(1000, [0.7])[0, k] == pytest.approx(float(exact), rel=1004 * EPS)


def test_steps_are_forgotten():
    wide = WideLayers(40)
    wide.KEPT = 2
    for start in (pi, 3.0, 2.0, 2.0):
        step = wide.first_step(1, np.ones(2, bool), start)
    assert len(wide._steps) == 2
    assert wide.first_step(1, np.ones(2, bool), 2.0) is step


def test_a_narrow_layer_leaves_one_ray():
    widths = (60, 1, 4)
    alive = 0.75 * (1 - Wide(0.5) ** 59) + Wide(0.5) ** 60
    expected = alive * np.array([1, 4, 6, 4, 1]) / 16
    expected[0] += 1 - alive
    values, errors = last_law(widths, None)
    assert (np.abs(values - expected) <= errors).all()
    assert errors.max() < 1e-10
    both = count_laws(widths, bound=True)
    assert np.abs(both.law[2] - values).max() < 1e-13
    every = backward_laws(widths)
    assert np.abs(every.law[2] - values).max() < 1e-15
    assert every.error is not None
    assert (np.abs(every.error[2] - errors) <= 0.01 * errors + EPS).all()
    assert wide_layers_for(60) is wide_layers_for(64)


def test_the_limit():
    domain = Points([[1, 0], [3 * cos(2.2), 3 * sin(2.2)]])
    assert TWO_RAY.missing(Network((2, 4096, 3, 3, 1), domain=domain), 3) is None
    why = TWO_RAY.missing(Network((1, 3, 4097, 3, 1)), 3)
    assert why is not None
    assert "at most 4096 wide" in why
