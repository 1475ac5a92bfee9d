"""Estimates: weights against the truth, tilts, error bars, and the probabilities they are asked for."""

from itertools import product

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_ndtr
from scipy.stats import binomtest, multivariate_normal

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Sampled
from relu_prob.orthant import cones, known_probability, orthant_probability, randomised, sequential, truncated
from relu_prob.orthant.tilting import tilt

LEVEL = 1 - 1e-6


def equicorrelated(m, rho=0.5):
    return np.eye(m) * (1 - rho) + rho


def one_factor(slopes, power=1):
    """E prod Phi(-s_i x)^power for standard normal x, by quadrature in many digits; slopes l / sqrt(1 - l^2)."""
    with mpmath.workdps(40):
        slopes = [mpmath.mpmathify(s) for s in slopes]

        def integrand(x):
            factors = ((1 + mpmath.erf(-s * x / mpmath.sqrt(2))) / 2 for s in slopes)
            return mpmath.re(mpmath.npdf(x) * mpmath.fprod(factors) ** power)

        return float(mpmath.quad(integrand, [-20, -12, -8, -5, -3, -1, 0, 1, 3, 5, 8, 12, 20]))


def equicorrelated_truth(m, rho):
    """Also for negative correlations, where the slope is imaginary."""
    return one_factor([mpmath.sqrt(mpmath.mpf(rho) / (1 - mpmath.mpf(rho)))], m)


def cross(d, bias=1.0):
    """The rays (+-e_i, bias): all vertices of the cross-polytope."""
    return np.r_[np.c_[np.eye(d), np.full(d, bias)], np.c_[-np.eye(d), np.full(d, bias)]]


def cross_truth(d, bias=1.0):
    """P(max |w_i| <= -bias b)."""
    with mpmath.workdps(25):
        ends = [0, 1, 2, 3, 4, 6, 12]
        return float(mpmath.quad(lambda b: mpmath.npdf(b) * (2 * mpmath.ncdf(bias * b) - 1) ** d, ends))


CASES = {
    "equicorrelated 1/2, dimension 6": ({"covariance": equicorrelated(6)}, 1 / 7),
    "equicorrelated 1/2, dimension 50": ({"covariance": equicorrelated(50)}, 1 / 51),
    "equicorrelated -0.1": ({"covariance": equicorrelated(8, -0.1)}, equicorrelated_truth(8, -0.1)),
    "rare, nearly independent": ({"covariance": equicorrelated(40, 1e-3)}, equicorrelated_truth(40, 1e-3)),
    "rare, negative": ({"covariance": equicorrelated(20, -0.045)}, equicorrelated_truth(20, -0.045)),
    "cross-polytope in dimension 5": ({"rows": cross(5)}, 1 / 12),
    "cross-polytope, rare": ({"rows": cross(4, 0.03)}, cross_truth(4, 0.03)),
    "cube in dimension 3": ({"rows": [[*s, 1] for s in product((-1, 1), repeat=3)]}, 0.041668602),
}


@pytest.mark.parametrize("name", CASES)
def test_against_independent_truth(name):
    """Truths: 1/(m+1), 1/(2 (d+1)), one-dimensional integrals, for the cube the inversion integral of boxes."""
    arguments, truth = CASES[name]
    p = orthant_probability(**arguments, level=LEVEL, relative_error=5e-3, rng=1)
    assert p.guarantee is Guarantee.STATISTICAL
    assert abs(p.value - truth) <= p.error + 1e-8 * truth
    assert p.error <= 5e-3 * p.value


def test_rare_probabilities_are_rare():
    assert CASES["rare, nearly independent"][1] < 2e-12
    assert CASES["rare, negative"][1] < 1e-12


def test_random_loadings():
    loadings = np.random.default_rng(0).uniform(-0.95, 0.95, 12)
    covariance = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    p = orthant_probability(covariance=covariance, relative_error=3e-3, level=LEVEL, rng=0)
    assert abs(p.value - one_factor(loadings / np.sqrt(1 - loadings**2))) <= p.error


def test_against_scipy_with_any_covariance():
    rows = np.random.default_rng(3).standard_normal((6, 6))
    p = orthant_probability(rows, level=LEVEL, rng=0)
    other = multivariate_normal(np.zeros(6), rows @ rows.T, abseps=1e-8, maxpts=10**6).cdf(np.zeros(6), rng=0)
    # scipy asks for an absolute error of 1e-8 and says nothing about the one it reached: 1e-6 of 0.01 is its usual one
    assert abs(p.value - other) <= p.error + 1e-5


def test_against_plain_draws_with_many_rows_of_low_rank():
    rng = np.random.default_rng(4)
    rows = np.c_[rng.standard_normal((60, 5)), np.full(60, 2.0)]
    p = orthant_probability(rows, rng=0)
    below = int((rng.standard_normal((100_000, 6)) @ rows.T).max(axis=1).__le__(0).sum())
    # the estimate is far better than the draws
    assert binomtest(below, 100_000, p.value).pvalue > 1e-6


def test_methods_agree_where_both_apply():
    for m in (4, 5):
        rows = np.linalg.cholesky(equicorrelated(m, 0.3))
        exact = known_probability(rows)
        order = sequential.steps(rows)
        for mean in (np.zeros(m), tilt(order)):
            found = randomised.run(
                lambda u, order=order, mean=mean: sequential.log_weights(order, mean, u),
                m - 1,
                2**8,
                LEVEL,
                np.random.default_rng(m),
            )
            assert abs(found.value - exact.value) <= found.error + exact.error


def test_any_tilt_is_unbiased_and_the_saddle_point_is_better_than_none():
    rows = np.linalg.cholesky(equicorrelated(15, 0.02))
    truth = equicorrelated_truth(15, 0.02)
    order = sequential.steps(rows)
    best, none = tilt(order), np.zeros(15)
    errors = []
    for mean in (best, none, best / 2, np.append(np.full(14, 0.1), 0.0)):
        found = randomised.run(
            lambda u, mean=mean: sequential.log_weights(order, mean, u), 14, 2**9, LEVEL, np.random.default_rng(0)
        )
        assert abs(found.value - truth) <= found.error
        errors.append(found.error)
    assert errors[0] < errors[1]


def test_the_tilt_is_a_saddle_point():
    """At the solution both gradients vanish, by differences of psi itself."""
    order = sequential.steps(np.linalg.cholesky(equicorrelated(5, -0.2)))
    mu = tilt(order)
    lower = np.zeros((5, 5))
    for k, step in enumerate(order):
        lower[k, :k] = step.upper[0]

    def psi(g, mu):
        mu = np.append(mu, 0.0)
        return np.sum(mu**2 / 2 + log_ndtr(-lower[:, :4] @ g - mu)) - mu[:4] @ g

    g = minimize(lambda g: -psi(g, mu[:4]), np.zeros(4), options={"gtol": 1e-7}).x
    slope = [float(psi(g, mu[:4] + h) - psi(g, mu[:4] - h)) / 2e-4 for h in 1e-4 * np.eye(4)]
    # the gradient in mu moves by as much as g, which is known to about gtol; differences of step 1e-4 are better
    assert slope == pytest.approx([0.0] * 4, abs=1e-5)


def test_error_bars_are_honest():
    """40 seeds at confidence 0.9: the count of misses passes an exact binomial test at level 1e-6."""
    misses = 0
    for seed in range(40):
        p = orthant_probability(covariance=equicorrelated(6), relative_error=1e-2, level=0.9, rng=seed)
        misses += abs(p.value - 1 / 7) > p.error
    assert binomtest(misses, 40, 0.1, alternative="greater").pvalue > 1e-6


def test_steps_write_the_rows_in_another_basis():
    """Every row is a combination of coordinates up to its last one: products of rows are kept."""
    rows = cones.unit(np.random.default_rng(0).standard_normal((9, 4)))
    order = sequential.steps(rows)
    assert sum(len(step.upper) + len(step.lower) for step in order) == 9
    full = []
    for k, step in enumerate(order):
        for bounds, sign in ((step.upper, 1.0), (step.lower, -1.0)):
            for bound in bounds:
                row = np.r_[bound, 1.0, np.zeros(3 - k)] * sign
                full.append(row / np.linalg.norm(row))
    ours, theirs = np.sort(np.ravel(np.array(full) @ np.array(full).T)), np.sort(np.ravel(rows @ rows.T))
    assert ours == pytest.approx(theirs, abs=1e-13)


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (3, 3.5), (-40, -38), (38, 40), (-np.inf, -30), (30, np.inf)])
def test_truncated_normal_in_the_tails(low, high):
    ends = [np.array([float(end)]) if np.isfinite(end) else None for end in (low, high)]
    with mpmath.workdps(400):
        a, b = (mpmath.ncdf(mpmath.mpf(end)) for end in (low, high))
        assert float(truncated.log_mass(*ends)[0]) == pytest.approx(float(mpmath.log(b - a)), rel=1e-13)
        for u in (0.1, 0.5, 0.99):
            x = float(truncated.quantile(np.array([u]), *ends)[0])
            assert low <= x <= high
            back = float((mpmath.ncdf(mpmath.mpf(x)) - a) / (b - a))
            # x is rounded to eps |x|, which the density turns into eps x^2 relative to the mass
            assert back == pytest.approx(u, abs=1e-15 * max(1, x**2) * 8)


def test_one_sided_intervals_near_and_far():
    u = np.array([0.25, 0.75])
    for high in (np.array([-1.0, 2.0]), np.array([-29.0, 0.0]), np.array([-60.0, 1.0])):
        log, draw = truncated.below(u, high)
        # the distribution function is computed in two ways, to a few eps each
        assert log == pytest.approx(truncated.log_mass(None, high), rel=1e-14, abs=1e-15)
        assert draw == pytest.approx(truncated.quantile(u, None, high), rel=1e-12)


def test_empty_intervals_weigh_nothing():
    assert truncated.log_mass(np.array([1.0]), np.array([0.5]))[0] == -np.inf


@pytest.mark.parametrize("tiny", [1e-2, 1e-4, 1e-6])
def test_thin_cones_scale_as_they_must(tiny):
    """Eight rays around a hyperplane: P = const tiny^7 (1 + O(tiny^2)), down to 2e-41."""
    simplex = np.linalg.svd(np.eye(8) - 1 / 8)[0][:, :7]
    simplex /= np.linalg.norm(simplex, axis=1, keepdims=True)
    p = orthant_probability(np.c_[simplex, np.full(8, tiny)], level=LEVEL, relative_error=1e-2, rng=1)
    # 22.712(9) is the limit, from 1e-3 and an independent seed
    assert p.value / tiny**7 == pytest.approx(22.712, rel=p.error / p.value + 5e-4 + 30 * tiny**2)


def test_reproducible_and_fresh():
    matrix = equicorrelated(7)
    first = orthant_probability(covariance=matrix, relative_error=1e-2, rng=5)
    assert first == orthant_probability(covariance=matrix, relative_error=1e-2, rng=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    runs = [orthant_probability(covariance=matrix, relative_error=1e-2, rng=rng) for _ in range(2)]
    assert runs[0] == first != runs[1]


def test_the_result_as_a_number():
    p = orthant_probability(covariance=equicorrelated(7), relative_error=1e-2, level=0.95, rng=0)
    assert isinstance(p.number, Sampled)
    assert (p.number.low, p.number.high, p.number.level) == (p.low, p.high, 0.95)
    assert float(p) == p.value
    assert p.evaluations > 0


def test_a_small_budget_is_kept_and_said_in_the_error():
    p = orthant_probability(covariance=equicorrelated(30), max_evaluations=2000, rng=0)
    assert p.evaluations <= 4000
    assert p.error > 1e-3 * p.value
    assert abs(p.value - 1 / 31) < 3 * p.error


def test_where_no_weight_is_positive_nothing_is_claimed():
    found = randomised.run(lambda u: np.full(len(u), -np.inf), 2, 4, 0.99, np.random.default_rng(0))
    assert (found.value, found.error) == (0.0, 0.5)


def test_singular_covariances():
    rows = np.array([[1.0, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1]])
    p = orthant_probability(covariance=rows @ rows.T)
    assert p.value == pytest.approx(1 / 6, abs=1e-12)
    assert orthant_probability(covariance=np.diag([1.0, 0.0])).value == 0.5


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, TypeError, "exactly one of rows and covariance must be given"),
        ({"rows": [[1]], "covariance": [[1]]}, TypeError, "exactly one"),
        ({"rows": "ab"}, TypeError, "rows must be a non-empty array"),
        ({"rows": [1, 2]}, ValueError, "rows must be a non-empty array of shape"),
        ({"rows": [[np.nan]]}, ValueError, "of finite numbers"),
        ({"rows": np.zeros((0, 2))}, ValueError, "non-empty"),
        ({"covariance": [[1, 2]]}, ValueError, "covariance must be a symmetric positive semidefinite"),
        ({"covariance": [[1, 0.5], [0.4, 1]]}, ValueError, "symmetric"),
        ({"covariance": [[1, 2], [2, 1]]}, ValueError, "eigenvalue -1 of its correlations"),
        ({"covariance": [[-1, 0], [0, 1]]}, ValueError, "covariance must be"),
        ({"covariance": [[0, 1], [1, 1]]}, ValueError, "covariance must be"),
        ({"rows": [[1]], "relative_error": 0}, ValueError, "relative_error must be a number strictly between 0 and 1"),
        ({"rows": [[1]], "level": 1}, ValueError, "level must be"),
        ({"rows": [[1]], "max_evaluations": 0}, ValueError, "max_evaluations must be"),
        ({"rows": [[1]], "rng": -1}, ValueError, "rng must be a numpy.random.Generator"),
        ({"rows": [[1]], "rng": "a"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
    ids=str,
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        orthant_probability(**arguments)
