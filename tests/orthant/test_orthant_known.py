"""Probabilities without sampling: planes and polygons, Plackett's integral, and five rows by subsets."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, strategies as st

from relu_prob.domains import Points
from relu_prob.initialization import Normal
from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.orthant import cones, known_probability, plackett, planar
from relu_prob.theorems.first_layer import POLYGON


def one_factor(loadings):
    """For rows (l_i, sqrt(1 - l_i^2) e_i): given the first coordinate x all are independent."""
    with mpmath.workdps(25):
        slopes = [mpmath.mpf(l) / mpmath.sqrt(1 - mpmath.mpf(l) ** 2) for l in map(float, loadings)]
        ends = [-12, -6, -3, -1, 0, 1, 3, 6, 12]
        return mpmath.quad(lambda x: mpmath.npdf(x) * mpmath.fprod(mpmath.ncdf(-s * x) for s in slopes), ends)


def rows_of(loadings):
    l = np.array(loadings, float)
    return np.c_[l, np.diag(np.sqrt(1 - l**2))]


def equicorrelated(m):
    return np.linalg.cholesky((np.eye(m) + 1) / 2)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[5]], Fraction(1, 2)),
        ([[1, 0], [-1, 1]], Fraction(1, 8)),
        ([[1, 0], [1, 1], [0, 1], [3, 4]], Fraction(1, 4)),
        ([[1, 1, 1], [1, -1, 1], [-1, 1, 1], [-1, -1, 1], [0, 0, 1]], None),
        ([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1]], Fraction(1, 6)),
        (np.eye(6), Fraction(1, 64)),
        (equicorrelated(4), Fraction(1, 5)),
        (equicorrelated(5), Fraction(1, 6)),
        (np.c_[np.r_[np.zeros((1, 3)), np.eye(3)], np.ones(4)], Fraction(15, 64)),
        (np.c_[np.r_[np.zeros((1, 4)), np.eye(4)], np.ones(5)], Fraction(31, 160)),
        ([[0, 0], [1, 0], [0, 0]], Fraction(1, 2)),
        ([[0, 0]], Fraction(1)),
    ],
    ids=lambda x: str(np.shape(x)),
)
def test_hand_values(rows, expected):
    """1/6: a square on the unit circle. 1/(m+1): correlations 1/2. (1 - 2^-(d+1)) / (d+1): 0 and the unit vectors."""
    value = 0.5 - np.arctan(2 * np.sqrt(2)) / np.pi if expected is None else float(expected)
    p = known_probability(rows)
    assert abs(p.value - value) <= p.error + 1e-16
    assert p.error < 1e-13


def test_exact_numbers_are_said_to_be():
    assert known_probability([[3.0, 4.0]]).guarantee is Guarantee.EXACT
    assert known_probability(np.eye(5)).number.fraction == Fraction(1, 32)
    assert known_probability([[1, 0], [1, 1]]).guarantee is Guarantee.NUMERICAL


@pytest.mark.parametrize("tiny", [0.3, 1e-2, 1e-5])
@pytest.mark.parametrize("seed", range(3))
def test_polygons_that_leave_little_keep_their_digits(tiny, seed):
    """Rays around a plane, against angles with 60 digits: the bound holds and is far below the value."""
    rng = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 7, endpoint=False) + rng.uniform(-0.2, 0.2, 7)
    rows = cones.unit(np.c_[np.cos(turn), np.sin(turn), tiny * rng.uniform(0.9, 1.1, 7)])
    inside = cones.depth(rows)[1]
    corners = planar.hull(rows, inside)
    with mpmath.workdps(60):
        units = [mpmath.matrix(list(map(float, row))) for row in corners]
        units = [u / mpmath.norm(u) for u in units]
        pairs = zip(units, units[1:] + units[:1], strict=True)
        around = sum(2 * mpmath.atan2(mpmath.norm(u - v), mpmath.norm(u + v)) for u, v in pairs)
        exact = mpmath.mpf(1) / 2 - around / (4 * mpmath.pi)
    p = planar.planar(rows, inside)
    assert abs(p.value - exact) <= p.error
    assert p.error <= 1e-11 / tiny * p.value


whole = st.integers(-4, 4)


@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=8))
def test_against_the_exact_polygon_theorem(points):
    """The same angle in rational arithmetic and sympy."""
    domain = Points(points)
    exact = POLYGON.dead(Network((2, 3, 1), weights=Normal(1), biases=Normal(1), domain=domain)).value()
    p = known_probability(np.c_[domain.array, np.ones(len(points))])
    assert abs(p.value - exact) <= p.error + 1e-16


@pytest.mark.parametrize(
    "loadings",
    [
        (0.5, -0.3, 0.9, 0.2),
        (0.99, 0.9, -0.5, 0.3),
        (0.999, -0.999, 0.5, 0.1),
        (0.0, 0.7, -0.7, 0.7),
        (0.5, -0.3, 0.9, 0.2, 0.7),
        (0.999, -0.999, 0.5, 0.1, -0.4),
        (0.6, 0.6, 0.6, 0.6, 0.6),
    ],
)
def test_four_and_five_against_a_one_factor_integral(loadings):
    p = {4: plackett.four, 5: plackett.five}[len(loadings)](rows_of(loadings))
    assert abs(p.value - one_factor(loadings)) <= p.error
    assert p.error < 5e-14


@pytest.mark.parametrize("flat", [1, 0.1, 0.01])
def test_four_and_five_rows_in_three_dimensions_are_polygons(flat):
    """Plackett's integral where the determinant is 0, against the perimeter; also without an open half-space."""
    rng = np.random.default_rng(0)
    for m, method in ((4, plackett.four), (5, plackett.five)):
        for _ in range(8):
            rows = cones.unit(rng.standard_normal((m, 3)) * [1, 1, flat] + [0, 0, rng.choice([0, 0.5])])
            deep, inside = cones.depth(rows)
            exact = planar.planar(cones.extreme(rows)[0], inside) if deep > 1e-12 else None
            p = method(rows)
            assert abs(p.value - (exact.value if exact else 0)) <= p.error + (exact.error if exact else 1e-12)
            assert p.error < 1e-12


def test_nearly_dependent_rows_are_continuous():
    flat = np.c_[np.random.default_rng(1).standard_normal((4, 2)), np.ones(4), np.zeros(4)]
    off = np.c_[np.zeros((4, 3)), np.random.default_rng(2).standard_normal(4)]
    exact = known_probability(flat)
    for tiny in (1e-4, 1e-8, 1e-11):
        p = plackett.four(cones.unit(flat + tiny * off))
        # every row moves by less than 3 tiny, and so P by less than 4 * 3 tiny / pi
        assert abs(p.value - exact.value) <= 4 * tiny


@pytest.mark.parametrize("tiny", [1e-2, 3e-4, 1e-4])
def test_four_rays_around_a_hyperplane(tiny):
    """The simplex lifted slightly: P = const tiny^3 (1 + O(tiny^2)), a narrow feature at the end of the integral."""
    simplex = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    p, larger = (plackett.four(cones.unit(np.c_[simplex, np.full(4, t)])) for t in (tiny, 0.03))
    # the constant from 0.03 is off by a relative 4 * 0.03^2 at most, the smaller one by rounding
    assert p.value / tiny**3 == pytest.approx(larger.value / 0.03**3, rel=4 * 0.03**2 + p.error / p.value)


def test_the_row_that_is_scaled_does_not_matter():
    rows = cones.unit(np.random.default_rng(5).standard_normal((4, 4)))
    values = [plackett.four(rows[list(order)]) for order in ((0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0))]
    assert max(p.value for p in values) - min(p.value for p in values) <= 2 * max(p.error for p in values)


def test_groups_multiply():
    blocks = [np.array([[1.0, 0], [-1, 1]]), equicorrelated(4), np.eye(1)]
    rows = np.zeros((7, 7))
    rows[:2, :2], rows[2:6, 2:6], rows[6:, 6:] = blocks
    p = known_probability(rows)
    assert abs(p.value - 1 / 8 / 5 / 2) <= p.error
    assert p.method == "two dimensions x four rays (Plackett) x one ray"


def test_what_needs_sampling_is_not_known():
    assert known_probability(equicorrelated(6)) is None
