"""More digits at any depth: the same machinery on a small table, tested in full; the large one by stored results."""

import io
from math import pi

import flint
import mpmath
import numpy as np
import pytest
from flint import arb

from relu_prob import Network, born_dead, count_law
from relu_prob.numbers.real import Approximation
from relu_prob.theorems.two_ray import cache, digits, digits_table, doubledouble, laws, rational, series, theorem
from relu_prob.theorems.two_ray.digits import DigitsLayers
from relu_prob.theorems.two_ray.digits_table import DigitsTable, integrals_at
from relu_prob.theorems.two_ray.doubledouble import Pair
from relu_prob.theorems.two_ray.integrals import Rule
from relu_prob.theorems.two_ray.precision import EXTENDED

COARSE = Rule(step_v=0.5, step_t=0.25, drop=1e-17, fine=1e-6, block=65536)
LESS_COARSE = Rule(step_v=0.40625, step_t=0.203125, drop=1e-19, fine=1e-8, block=65536)


@pytest.fixture(scope="module")
def table():
    """A table of few nodes and coarse steps, made by the code that makes the large one: 11 to 12 digits."""
    theta, fitted = digits_table.theta_nodes(40, 1e-6)
    sigma = digits_table.sigma_nodes(34, 1e-6)
    return digits_table.build_table(4, sigma, theta, fitted, COARSE, LESS_COARSE)


@pytest.fixture(scope="module")
def small(table):
    return DigitsLayers(table)


def number(pair, i):
    return mpmath.mpf(float(pair.high[i])) + mpmath.mpf(float(pair.low[i]))


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "sqrt", "arctan2"])
def test_pairs_have_31_digits(name):
    rng, size = np.random.default_rng(1), 400
    x, y = (Pair(high, high * rng.uniform(-1, 1, size) * 2.0**-54) for high in np.exp(rng.uniform(-30, 30, (2, size))))
    signed = Pair(x.high * np.where(rng.random(size) < 0.5, -1, 1), x.low)
    below = Pair(y.high * np.where(rng.random(size) < 0.5, -1, 1), y.low)
    found, exact = {
        "+": (lambda: x + y, lambda i: number(x, i) + number(y, i)),
        "-": (lambda: 1.0 - (-x), lambda i: 1 + number(x, i)),
        "*": (lambda: signed * y, lambda i: number(signed, i) * number(y, i)),
        "/": (lambda: signed / y, lambda i: number(signed, i) / number(y, i)),
        "sqrt": (lambda: doubledouble.sqrt(x), lambda i: mpmath.sqrt(number(x, i))),
        "arctan2": (
            lambda: doubledouble.arctan2(below, signed),
            lambda i: mpmath.atan2(number(below, i), number(signed, i)),
        ),
    }[name]
    found = found()
    with mpmath.workdps(50):
        assert max(abs(number(found, i) / exact(i) - 1) for i in range(size)) <= 4 * doubledouble.EPS


def test_pairs_are_summed_with_all_digits():
    for size in (1, 2, 7, 1000):
        terms = Pair.of([[mpmath.mpf(1) / (n + 1) for n in range(size)]])
        with mpmath.workdps(50):
            exact = mpmath.fsum(number(terms[0], n) for n in range(size))
            assert abs(number(terms.sum(), 0) - exact) <= 12 * doubledouble.EPS * exact


@pytest.mark.parametrize("sigma", [0.0, 1e-9, 0.7, 2.0, 3.0])
def test_two_neurons_at_a_right_angle_against_quadrature_of_their_angle(sigma):
    # one on both rays and one on either: uniform; both on both: triangular
    found = integrals_at(pi / 2, np.array([sigma]), 2)[0]
    with mpmath.workdps(40):
        kappa, right = mpmath.cos(sigma), mpmath.pi / 2

        def gain(t):
            return (right + mpmath.asin(kappa * mpmath.cos(right * t))) ** 2 - right**2

        exact = mpmath.quad(
            lambda t: gain(t) * (mpmath.mpf(1) / 4 + (1 - t) / 8), [0, sigma, 1] if sigma < 1 else [0, 1]
        )
        assert abs(number(found, 0) - exact) <= 1e-25


@pytest.mark.parametrize("k", [3, 5, 8])
def test_more_neurons_at_a_right_angle_against_moments_of_the_cosine(k):
    # independent of the table: the route of layer 3. kappa = cos(sigma) is small enough for the series to converge
    sigma = 1.1
    found = integrals_at(pi / 2, np.array([sigma]), k)[k - 2]
    with flint.ctx.workprec(300):
        length = 120
        moments = series.cosine_moments(k, frozenset({k}), length)
        kappa, arcsine = arb(sigma).cos(), [arb(0)] * length
        value = arb(1)
        for j in range(length // 2):
            arcsine[2 * j + 1] = value / (2 * j + 1)
            value = value * (2 * j + 1) / (2 * j + 2)
        once = flint.arb_poly(arcsine)
        phi = (once * once + arb.pi() * once).coeffs()
        exact = sum((phi[m] * kappa**m * moments[m] for m in range(1, length)), arb(0))
        assert abs(float(arb(float(found.high[0])) + float(found.low[0]) - exact)) <= 1e-25


def test_another_angle_against_the_plain_integral():
    # no substitutions, no rearrangement: the trapezoid rule in alpha and beta with enough digits for the cancellation
    theta, sigma, k, across, along = 0.7, 1.3, 3, 0.45, 0.15
    with flint.ctx.workprec(140):
        s, c, kappa, two_pi = arb(theta).sin(), arb(theta).cos(), arb(sigma).cos(), 2 * arb.pi()

        def single(z):
            root = (1 + z).sqrt()
            return arb.atan2(s * root, c) / (two_pi * root)

        def both(z, cosh, kappa):
            root = (1 + 2 * z * (cosh - kappa * c) + (z * s) ** 2 * (1 - kappa**2)).sqrt()
            return arb.atan2(s * root, -(c + kappa * s**2 * z)) / (two_pi * root)

        total = arb(0)
        for j in range(int(36 / along)):
            beta = arb(along) * j
            e = beta.exp()
            row = arb(0)
            # alpha = v - beta: rows that begin where e^(alpha + beta) is small
            for i in range(int(-38 / across), int((38 + 2 * along * j) / across)):
                z = (arb(across) * i).exp() / e
                s_ab, cosh = single(z * e) + single(z / e), beta.cosh()
                row += (s_ab + both(z, cosh, kappa)) ** k - (s_ab + both(z, cosh, arb(0))) ** k
            total += row if j == 0 else 2 * row
        exact = total * across * along
        found = integrals_at(theta, np.array([sigma]), k)[k - 2]
        assert abs(float(arb(float(found.high[0])) + float(found.low[0]) - exact)) <= 1e-15


def gaps(law, exact):
    with flint.ctx.workprec(300):
        return [abs(float(value - x)) for (value, _), x in zip(law, exact, strict=True)]


@pytest.mark.parametrize("widths", [(3, 2, 3), (2, 3, 3), (5, 4, 2)])
@pytest.mark.parametrize("second", [None, {1, 2}, {2}, {0}])
def test_layer_three_of_the_small_table_is_within_its_bound_of_the_series(small, widths, second):
    second = None if second is None else frozenset(second)
    law = small.law(widths, (None, second))
    exact = [value for value, _ in series.third_layer(*widths, None, second)]
    for gap, (_, error) in zip(gaps(law, exact), law, strict=True):
        assert gap <= error <= 1e-12


def test_behind_two_neurons_the_rational_law(small):
    law = small.law((4, 2, 5), (None, None))
    exact = [arb(x.numerator) / x.denominator for x in rational.third_layer(4, 5)]
    for gap, (_, error) in zip(gaps(law, exact), law, strict=True):
        assert gap <= error + 1e-15  # the quotients are rounded


@pytest.mark.parametrize("seed", range(12))
def test_random_widths_and_masks_agree_with_the_fast_table(small, layers, seed):
    rng = np.random.default_rng(seed)
    widths = tuple(int(n) for n in rng.integers(1, 5, rng.integers(2, 13)))
    flags = [rng.random(n + 1) < 0.8 for n in widths[:-1]]
    masks = tuple(frozenset(np.flatnonzero(f).tolist()) if rng.random() < 0.7 else None for f in flags)
    law = small.law(widths, masks)
    kept = [None if mask is None else f for mask, f in zip(masks, flags, strict=True)]
    values, errors = laws.last_law(widths, [*kept, None], layers=layers)
    for (value, error), fast, bound in zip(law, values, errors, strict=True):
        assert abs(float(value) - float(fast)) <= error + bound + 2e-16
        assert error <= 1e-11


def test_the_law_adds_up(small):
    law = small.law((4, 3, 4, 2, 4), (None,) * 4)
    with flint.ctx.workprec(300):
        assert abs(float(sum((value for value, _ in law), arb(0)) - 1)) <= sum(error for _, error in law)


def test_between_the_angles_the_residual_is_not_much_larger(small):
    fine = np.concatenate([np.full(1, pi / 2), np.geomspace(1e-12, 1.57, 400)])
    nothing = Pair(np.zeros((3, 34, len(fine))), np.zeros((3, 34, len(fine))))
    dense = DigitsLayers(DigitsTable(small.table.sigma, fine, small.table.fitted, nothing, small.table.error))
    with flint.ctx.workprec(digits.BITS):
        for n in (2, 4, 8):
            at_nodes, between = small._last(n).angle, dense._last(n).angle
            weights, bound = small.fit(at_nodes)
            columns = range(n + 1)
            target = [[between[i, r] - between[0, r] for r in columns] for i in range(len(fine))]
            residual = digits._largest(dense.kernels * weights - flint.arb_mat(target))
            assert np.all(residual <= bound)


def test_stored_bit_for_bit_and_checked(table, tmp_path):
    path = tmp_path / "tables" / "digits.npz"
    assert digits_table.load(path) is None
    digits_table.save(table, path)
    again = digits_table.load(path)
    for name in ("sigma", "theta", "error"):
        assert np.array_equal(getattr(again, name), getattr(table, name))
    assert np.array_equal(again.values.high, table.values.high)
    assert np.array_equal(again.values.low, table.values.low)
    assert again.fitted == table.fitted
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :])
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert digits_table.load(path) is None


# P(N_1 in A_1, ..., N_L = j), computed by digits.last_law on the table for widths up to 8 (made in 580 s of processor
# time; benchmarks/two_ray_digits.py prints them), with that path's own bounds of 1e-26 to 8e-23
LAWS = [
    (
        (2, 2, 2, 2),
        None,
        ("0.4977337093500502368192 0.3266009977934006740193 0.1756652928565490891616"),
    ),
    (
        (2, 2, 2, 2, 2, 2, 2, 2, 2, 2),
        None,
        ("0.9098772627611002405316 0.0600790849206174281919 0.0300436523182823312765"),
    ),
    (
        (4, 4, 4, 4, 4, 4, 4),
        None,
        (
            "0.2051068739025225196973 0.1909226176587451980046 0.3061686419463526556292 0.2282884043867330822074 "
            "0.0695134621056465444615"
        ),
    ),
    (
        (6, 6, 6, 6, 6, 6),
        None,
        (
            "0.0218145685909459261636 0.0539479391542580037393 0.1602880820731455022686 0.2692716648235163935064 "
            "0.2765047455183337478340 0.1691056289761065706917 0.0490673708636938557964"
        ),
    ),
    (
        (3, 5, 2, 6, 4, 8),
        None,
        (
            "0.2123657693123024863518 0.0215090435008760851243 0.0768703635609125558464 0.1583658494805322950212 "
            "0.2071029448861307543073 0.1784751909492170564516 0.1017011159853764982334 0.0367501884277314225916 "
            "0.0068595338969208460724"
        ),
    ),
    (
        (8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8),
        None,
        (
            "0.0152760179227200701924 0.0218334599910339981093 0.0823242415340840714811 0.1803458664495213030426 "
            "0.2530173607782507627228 0.2357380336298196617843 0.1452870133268730246842 0.0556883564836467729075 "
            "0.0104896498840503350758"
        ),
    ),
    (
        (7, 2, 8, 3, 5),
        (None, (1, 2), (0, 3, 4, 8), (1, 3)),
        (
            "0.0055331184379680322633 0.0281595166478840445675 0.0579311024543429168838 0.0608350922739997152160 "
            "0.0333209454883433597420 0.0079441536317976048247"
        ),
    ),
]


@pytest.mark.parametrize(("widths", "masks", "law"), LAWS)
def test_the_large_table_agrees_with_the_fast_one(widths, masks, law, layers):
    flags = [
        None if mask is None else [j in mask for j in range(n + 1)]
        for n, mask in zip(widths, (*(masks or (None,) * (len(widths) - 1)), None), strict=True)
    ]
    values, errors = laws.last_law(widths, flags, layers=layers)
    for text, value, error in zip(law.split(), theorem.without_rounding(values), errors, strict=True):
        with mpmath.workdps(40):
            # the fast path is far better than its bound where it has 80 bits
            assert abs(mpmath.mpf(text) - value) <= (min(error, 5e-18) if EXTENDED else error)
    if masks is None:
        with mpmath.workdps(40):
            assert abs(mpmath.fsum(map(mpmath.mpf, law.split())) - 1) <= 1e-21


@pytest.fixture
def on_the_small_table(table, monkeypatch):
    monkeypatch.setattr(digits_table, "get_table", lambda top: table)
    law = digits.last_law
    law.cache_clear()
    yield
    law.cache_clear()
    digits._kept.clear()


def test_many_digits_come_from_the_larger_table(on_the_small_table, monkeypatch):
    p = born_dead(Network((1, 4, 4, 4, 4, 4, 4, 1)))
    # the small table knows less than the fast path: the better of the two is kept
    assert p.number.ends(30) == p.number.ends()
    with pytest.raises(ValueError, match="digits must be at most what is known, got 20"):
        p.mpf(20)
    with mpmath.workdps(40):
        value = mpmath.mpf("0.159393225162813152443435")
    monkeypatch.setattr(digits, "last_law", lambda widths, masks: ((value, 4.6e-24),))
    assert mpmath.nstr(p.mpf(20), 20) == "0.15939322516281315244"
    assert mpmath.nstr(p.mpf(22), 22) == "0.1593932251628131524434"
    with pytest.raises(ValueError, match="digits must be at most what is known, got 25"):
        p.mpf(25)


def test_who_asks_for_few_digits_needs_no_larger_table(monkeypatch):
    monkeypatch.setattr(digits, "last_law", None)
    p = born_dead(Network((1, 4, 3, 4, 1)))
    assert p.decimal(15) == mpmath.nstr(p.mpf(15), 15)
    assert p.describe().startswith(f"≈ {p.decimal(15)}, numerical")
    law = count_law(Network((1, 4, 9, 4, 4, 1)))  # too wide a layer
    assert isinstance(law.pmf(0).number, Approximation)
    assert law.pmf(0).number.refine is None


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A cache of its own, whose tables have few nodes and coarse steps."""
    monkeypatch.setenv("RELU_PROB_CACHE_DIR", str(tmp_path / "tables"))
    monkeypatch.setattr(cache, "_memory", {})
    sigma, theta = digits_table.sigma_nodes(5, 1e-2), digits_table.theta_nodes(6, 1e-2)
    monkeypatch.setattr(digits_table, "sigma_nodes", lambda: sigma)
    monkeypatch.setattr(digits_table, "theta_nodes", lambda: theta)
    monkeypatch.setattr(digits_table, "RULE", COARSE)
    monkeypatch.setattr(digits_table, "FINER", LESS_COARSE)
    return tmp_path / "tables"


def test_a_larger_table_serves(tiny, monkeypatch):
    six = digits_table.get_table(5)
    assert six.top == 6
    cache._memory.clear()
    monkeypatch.setattr(digits_table, "build_table", None)
    again = digits_table.get_table(2)
    assert np.array_equal(again.values.low, six.values.low)
    assert len(list(tiny.iterdir())) == 1


def test_says_what_it_does_on_a_terminal_only(tiny, monkeypatch, capsys):
    digits_table.get_table(4)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    cache._memory.clear()
    next(tiny.iterdir()).unlink()
    digits_table.get_table(4)
    assert "to 26 digits in layers of up to 4 neurons: about" in terminal.getvalue()
    assert str(tiny) in terminal.getvalue()


class Terminal(io.StringIO):
    def isatty(self):
        return True
