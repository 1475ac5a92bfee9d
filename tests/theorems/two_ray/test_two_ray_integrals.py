"""The double integrals: against one-dimensional quadrature at a right angle, the formula as printed, and simulation."""

import json
import os
import subprocess
import sys

import mpmath
import numpy as np
import pytest

from relu_prob.theorems.two_ray.integrals import integrals_at, rule_for
from relu_prob.theorems.two_ray.precision import HALF_PI, PI, Wide
from relu_prob.theorems.two_ray.representation import kernel
from relu_prob.theorems.two_ray.table import column_at

SIGMA = ["0", "1e-9", "0.001", "0.3", "1", "1.5", "2", "3"]


def phi(x):
    return (mpmath.pi / 2 + mpmath.asin(x)) ** 2 - mpmath.pi**2 / 4


def two_neurons_at_right_angle(sigma):
    """k = 2: {one ray, both} with chance 1/4 leaves a uniform angle, {both, both} with 1/16 a triangular one."""

    def density(t):
        return (mpmath.mpf(1) / 4 + (1 - t) / 8) * phi(mpmath.cos(sigma) * mpmath.cos(mpmath.pi * t / 2))

    return mpmath.quad(density, [0, 1e-9, 1e-6, 1e-3, 0.1, 1])


def test_two_neurons_at_a_right_angle():
    found = integrals_at(HALF_PI, np.array(SIGMA, Wide), 2)[0]
    eps = float(np.finfo(Wide).eps)
    with mpmath.workdps(30):
        for text, value in zip(SIGMA, found, strict=True):
            sigma = mpmath.fdiv(*Wide(text).as_integer_ratio())
            gap = mpmath.fdiv(*value.as_integer_ratio()) - two_neurons_at_right_angle(sigma)
            assert abs(gap) < 40 * eps


def as_printed(theta, sigma, k, step=0.2, reach=60):
    """The formula of the theory, by the plain trapezoid rule in (v, b), v = alpha + b."""
    v, b = np.meshgrid(np.arange(-reach, 2 * reach, step), np.arange(-reach, reach, step) / 2, indexing="ij")
    s, c0, kappa = np.sin(theta), np.cos(theta), np.cos(sigma)
    z = np.exp(v - np.abs(b))  # the rows start at alpha = -|b|

    def one_sided(root):
        return np.arctan2(s * root, c0) / (2 * np.pi * root)

    def both(kappa):
        det = 1 + 2 * z * (np.cosh(b) - kappa * c0) + z**2 * s**2 * (1 - kappa**2)
        return np.arctan2(s * np.sqrt(det), -(c0 + kappa * s**2 * z)) / (2 * np.pi * np.sqrt(det))

    one = one_sided(np.sqrt(1 + z * np.exp(b))) + one_sided(np.sqrt(1 + z * np.exp(-b)))
    return ((one + both(kappa)) ** k - (one + both(0)) ** k).sum() * step**2 / 2


# a Latin square
@pytest.mark.parametrize(
    ("theta", "sigma", "k"),
    [(0.5, 0.7, 2), (1.0, 1.3, 2), (1.5, 2.2, 2), (0.5, 1.3, 3), (1.0, 2.2, 3), (1.5, 0.7, 3), (0.5, 2.2, 8),
     (1.0, 0.7, 8), (1.5, 1.3, 8)],
)  # fmt: skip
def test_formula_as_printed(theta, sigma, k):
    # both terms of a difference are of order 1 and rounded at each of about 1e4 nodes of weight 0.02
    expected = as_printed(theta, sigma, k)
    assert float(integrals_at(Wide(theta), np.array([sigma], Wide), k)[-1, 0]) == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize(("theta", "k"), [(0.2, 2), (0.9, 3), (1.4, 7), (2.2, 2), (2.9, 4)])
def test_simulation_of_the_expectation(theta, k):
    """E[Phi(kappa cos theta') - Phi(0); k alive, some on both rays], also above a right angle; 5.5 standard errors."""
    samples, sigma = 100_000, np.array([0.0, 0.4, 1.2, 2.5])
    rng = np.random.default_rng(k)
    rows = rng.standard_normal((samples, k, 2)) @ np.array([[1, np.cos(theta)], [0, np.sin(theta)]])
    image = np.maximum(rows, 0)
    alive, some_both = (image > 0).any(axis=2).all(axis=1), (image > 0).all(axis=2).any(axis=1)
    a, b = (image / np.maximum(np.linalg.norm(image, axis=1, keepdims=True), 1e-300)).transpose(2, 0, 1)
    angle = 2 * np.arctan2(np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1))
    found = integrals_at(Wide(theta), sigma.astype(Wide), k)[-1].astype(float)
    for j, value in enumerate(found):
        draws = np.where(alive & some_both, kernel(sigma[j : j + 1], angle)[:, 0].astype(float), 0)
        assert abs(draws.mean() - value) < 5.5 * draws.std() / np.sqrt(samples)


@pytest.mark.parametrize("theta", [1e-6, 0.4, 1.5, 2.5, 3.1])
def test_measured_error_is_near_rounding(theta):
    values, error = column_at(Wide(theta), np.array([0, 1e-6, 0.2, 1.1, 2, 3], Wide), 16)
    assert values.shape == (15, 6, 1)
    assert (error < 2000 * np.finfo(Wide).eps).all()


def test_rule_is_finer_for_large_powers():
    steps = [rule_for(top).step_v for top in (16, 32, 128)]
    assert steps == sorted(steps, reverse=True)


def test_pi_in_the_widest_float():
    with mpmath.workdps(40):
        assert abs(mpmath.fdiv(*PI.as_integer_ratio()) - mpmath.pi) <= 2 * float(np.finfo(Wide).eps)


FLOAT64 = """
import json, numpy as np
from relu_prob.theorems.two_ray.precision import Wide, HALF_PI
from relu_prob.theorems.two_ray.integrals import integrals_at, rule_for
from relu_prob.theorems.two_ray.laws import count_laws
from relu_prob.theorems.two_ray.layers import Layers
from relu_prob.theorems.two_ray.nodes import sigma_nodes, theta_nodes
from relu_prob.theorems.two_ray.table import build_table
layers = Layers(build_table(2, sigma_nodes(32, 20), theta_nodes(32, 50), rule_for(2)))
laws = count_laws([2] * 10, bound=True, layers=layers)
print(json.dumps({
    "wide": Wide.__name__,
    "integrals": integrals_at(HALF_PI, np.array(SIGMA, Wide), 2)[0].tolist(),
    "born dead": laws.law[-1][0],
    "error": laws.error[-1][0],
}))
"""


def test_without_80_bit_floats():
    code = FLOAT64.replace("SIGMA", repr([float(text) for text in SIGMA]))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "RELU_PROB_FLOAT64": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = json.loads(done.stdout)
    assert found["wide"] == "float64"
    for text, value in zip(SIGMA, found["integrals"], strict=True):
        assert value == pytest.approx(float(two_neurons_at_right_angle(mpmath.mpf(float(text)))), abs=2e-14)
    assert abs(found["born dead"] - 0.9098772627611003) < found["error"] + 2e-15
    assert found["error"] < 1e-11  # with a third of the nodes; 1e-13 with all
