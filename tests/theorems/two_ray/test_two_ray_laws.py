"""Laws of the counts: numbers found independently, forwards against backwards, simulation, and bad input."""

from math import cos, pi, sin

import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob import Network, simulate
from relu_prob.domains import Points
from relu_prob.theorems.two_ray.laws import backward_laws, count_laws, last_event, last_law
from relu_prob.theorems.two_ray.layers import Layers, binomials
from relu_prob.theorems.two_ray.precision import PI, Wide

LEVEL = 1e-6

# P(N_l = j) for l = 2..10, from two other discretisations that agree to 1e-15, and 1e8 simulated networks
EQUAL_WIDTHS = {
    2: [
        [0.15625, 0.4375, 0.40625],
        [0.3401692708333334, 0.408203125, 0.2516276041666666],
        [0.4977337093500502, 0.3266009977934007, 0.1756652928565491],
        [0.6213120637774309, 0.250297708675003, 0.1283902275475661],
        [0.7154536059744353, 0.189129412125784, 0.09541698189978065],
        [0.7864492854551575, 0.1422175360471474, 0.07133317849769506],
        [0.83979961950191, 0.1067608324246185, 0.05343954807347151],
        [0.8798398331439018, 0.08009638629938533, 0.04006378055671284],
        [0.9098772627611003, 0.06007908492061743, 0.03004365231828233],
    ],
    4: [
        [0.01123046875, 0.072265625, 0.2314453125, 0.400390625, 0.28466796875],
        [0.03675072960543299, 0.1328806976733797, 0.298288848650303, 0.3510263324398785, 0.1810533916310057],
        [0.07261025455268083, 0.1678048170843019, 0.320417091812002, 0.3084534281569201, 0.1307144083940952],
        [0.1145340730763729, 0.185145724359204, 0.3236462811319204, 0.2755161125268392, 0.1011578089056634],
        [0.1593932251628133, 0.1914271729956648, 0.3173906902865812, 0.2495094419532817, 0.08227946960165883],
        [0.2051068739025227, 0.1909226176587452, 0.3061686419463524, 0.228288404386733, 0.06951346210564652],
        [0.2503545140461052, 0.1863546398855394, 0.2924235517829716, 0.2104165936479759, 0.06045070063740763],
        [0.2943310407168271, 0.1794461210367543, 0.277551068058797, 0.1949544744968297, 0.05371729569079162],
        [0.3365705332210815, 0.1712828679695216, 0.2623668546278006, 0.1812856706132864, 0.04849407356830962],
    ],
}

# P(N_l >= 2 for all layers up to l), l = 1..10, by the same route
ALL_AT_LEAST_TWO = {
    2: [
        1.0,
        0.40625,
        0.1422526041666667,
        0.04627076160654909,
        0.01439134528671596,
        0.004342834165817369,
        0.00128228853275823,
        0.0003724415704504491,
        0.0001067958248029302,
        3.030956045852241e-05,
    ],
    4: [
        1.0,
        0.91650390625,
        0.7806859555336872,
        0.6340726493961623,
        0.4986646990292526,
        0.3832537576641395,
        0.2895403091322621,
        0.2158607844047698,
        0.1592458559313951,
        0.1164807152550496,
    ],
}

# (P(N_l = 0), P(N_l > 0)) at depths 10..100, by the same route
DEEP = {
    2: {
        10: (0.9098772627611003, 0.09012273723889976),
        20: (0.9949247919549618, 0.005075208045038212),
        50: (0.999999093658739, 9.063412611452996e-07),
        100: (0.9999999999994869, 5.132806842998856e-13),
    },
    3: {
        10: (0.6309391937738463, 0.3690608062261536),
        20: (0.902798399438632, 0.09720160056136797),
        50: (0.9982302311712574, 0.001769768828742511),
        100: (0.9999977699264198, 2.230073580309173e-06),
    },
    5: {
        10: (0.1523337829165093, 0.8476662170834902),
        20: (0.3754122891194837, 0.6245877108805158),
        50: (0.7587971774440448, 0.2412028225559542),
        100: (0.9506862107118446, 0.04931378928815468),
    },
    10: {
        10: (0.001706805996223384, 0.998293194003775),
        20: (0.00782621983285409, 0.9921737801671431),
        50: (0.03393537479038579, 0.9660646252096101),
        100: (0.0796899798979592, 0.9203100201020366),
    },
}


@pytest.mark.parametrize("n", EQUAL_WIDTHS)
def test_equal_widths(layers, n):
    forward = count_laws([n] * 10, layers=layers).law
    backward = backward_laws([n] * 10, layers=layers)
    for l, expected in enumerate(EQUAL_WIDTHS[n], start=2):
        values, errors = last_law([n] * l, None, layers=layers)
        for found in (forward[l - 1], backward.law[l - 1], values):
            assert np.abs(found - expected).max() < 5e-15
        assert np.array_equal(backward.error[l - 1], errors)
        assert errors.max() < 1e-15


@pytest.mark.parametrize("n", ALL_AT_LEAST_TWO)
def test_all_layers_with_at_least_two(layers, n):
    mask = np.arange(n + 1) >= 2
    for l, expected in enumerate(ALL_AT_LEAST_TWO[n], start=1):
        value, error = last_event([n] * l, [mask] * l, range(2, n + 1), layers=layers)
        assert float(value) == pytest.approx(expected, rel=0, abs=5e-15)
        assert error < 1e-14 * value
        values, _ = last_law([n] * l, [mask] * l, layers=layers)
        assert float(values.sum()) == pytest.approx(float(value), rel=1e-12)
        assert (values[:2] == 0).all()


@pytest.mark.parametrize(("n", "depth"), [(n, depth) for n in DEEP for depth in DEEP[n]])
def test_born_dead_deep(layers, n, depth):
    dead, alive = DEEP[n][depth]
    law = count_laws([n] * depth, layers=layers).law[-1]
    assert abs(law[0] - dead) < 5e-15
    assert law[1:].sum() == pytest.approx(alive, rel=1e-12)
    value, error = last_event([n] * depth, None, range(1, n + 1), layers=layers)
    assert float(value) == pytest.approx(alive, rel=1e-12)
    assert error < 1e-12 * value


WIDTHS = (5, 2, 7, 3, 1, 4)
SOME = [
    np.isin(np.arange(n + 1), allowed)
    for n, allowed in zip(WIDTHS, [{3, 5}, {1, 2}, {0, 2, 4, 6}, {1, 3}, {1}, {0, 2}], strict=True)
]


@pytest.mark.parametrize("masks", [None, SOME], ids=["free", "masked"])
@pytest.mark.parametrize("start", [pi, 0.3, 1.9, Wide("2.5")])
def test_forwards_backwards_and_last(layers, masks, start):
    laws = count_laws(WIDTHS, masks, start, bound=True, layers=layers)
    for l in range(1, len(WIDTHS) + 1):
        below = None if masks is None else [*masks[: l - 1], None]
        values, errors = last_law(WIDTHS[:l], below, start, layers)
        # forward values are rounded to float64 and have an error of their own, of about the same size
        assert (np.abs(laws.law[l - 1] - values) <= 3 * errors + 2e-16).all()
        for counts in ({0}, {0, 2}, range(1, WIDTHS[l - 1] + 1)):
            value, error = last_event(WIDTHS[:l], below, counts, start, layers)
            chosen = [j for j in counts if j <= WIDTHS[l - 1]]
            assert abs(values[chosen].sum() - value) <= error + errors[chosen].sum()
        everything = laws.law[l - 2][masks[l - 2]].sum() if masks is not None and l > 1 else 1
        assert abs(values.sum() - everything) <= errors.sum() + 1e-15


def test_layer_two_is_a_mixture(layers):
    """N_2 ~ (1 - 2^(1-n_1)) Bin(n_2, 3/4) + 2^(1-n_1) Bin(n_2, 1/2)."""
    for n1, n2 in [(1, 3), (2, 5), (7, 4), (16, 16)]:
        count = np.arange(n2 + 1)
        right = binomials(n2) * Wide(0.75) ** count * Wide(0.25) ** (n2 - count)
        expected = (1 - Wide(2) ** (1 - n1)) * right + Wide(2) ** (1 - n1) * binomials(n2) * Wide(0.5) ** n2
        values, errors = last_law([n1, n2], None, layers=layers)
        assert (np.abs(values - expected) <= errors + 4 * np.finfo(Wide).eps).all()


def test_first_layer():
    values, errors = last_law([3], None)
    assert values.tolist() == [0, 0, 0, 1]
    values, errors = last_law([2], [[True, False, True]], pi / 2)
    assert np.abs(values - [1 / 16, 0, 9 / 16]).max() < 1e-16
    assert errors[1] == 0
    assert last_event([3], None, [3])[0] == 1
    assert count_laws([3], bound=True).error[0].max() < 1e-17


def test_a_narrow_layer_leaves_one_ray(layers):
    values, errors = last_law([1, 2, 1], None, layers=layers)
    assert (np.abs(values - [0.25 + 0.75 / 2, 0.75 / 2]) <= errors).all()


def test_monotone_in_the_starting_angle(layers):
    """Given theta, the chance to be born dead is a power series in cos theta with non-negative coefficients."""
    dead = [last_law([3, 3, 3], None, start, layers)[0][0] for start in (0.1, 1.3, 2.7, pi)]
    assert dead == sorted(dead, reverse=True)
    near = last_law([3, 3, 3], None, 3.141592, layers)[0]
    assert np.abs(near - last_law([3, 3, 3], None, pi, layers)[0]).max() < 1e-6
    rounded = last_law([3, 3, 3], None, Wide(PI), layers)[0]
    assert np.array_equal(rounded, last_law([3, 3, 3], None, pi, layers)[0])


def test_steps_are_forgotten(layers):
    few = Layers(layers.table)
    few.KEPT = 2
    for n in (1, 2, 3, 4):
        few.step(n, np.ones(n + 1, bool))
    assert len(few._steps) == 2


@pytest.mark.parametrize(
    ("widths", "masks", "start", "said"),
    [
        ((), None, pi, "widths"),
        ((2, 0), None, pi, "widths"),
        ((2, 2), None, 0, "start"),
        ((2, 2), None, 3.2, "start"),
        ((2, 2), [None], pi, "masks"),
        ((2, 2), [[True, True], None], pi, "3 entries"),
    ],
)
def test_bad_input(widths, masks, start, said):
    for ask in (count_laws, backward_laws, last_law):
        with pytest.raises(ValueError, match=said):
            ask(widths, masks, start)
    with pytest.raises(ValueError, match=said):
        last_event(widths, masks, [0], start)


def cells(runs, widths, allowed):
    """(seen, layer, count, masked) of every layer, free and masked."""
    for l in range(1, len(widths) + 1):
        for masked in (False, True):
            for j, seen in enumerate(runs.counts(l, allowed[: l - 1] if masked else None)):
                yield int(seen), l, j, masked


def p_value(runs, widths, allowed, start, layers):
    """Exact binomial tests of all cells: the smallest p-value times their number."""
    masks = [np.isin(np.arange(n + 1), list(a)) for n, a in zip(widths, allowed, strict=True)]
    laws = {
        False: count_laws(widths, None, start, layers=layers).law,
        True: count_laws(widths, masks, start, layers=layers).law,
    }
    found = list(cells(runs, widths, allowed))
    return len(found) * min(
        binomtest(seen, runs.samples, min(max(laws[masked][l - 1][j], 0), 1)).pvalue for seen, l, j, masked in found
    )


def test_simulation_of_an_interval(layers):
    widths = (5, 2, 7, 3)
    runs = simulate(Network((1, *widths, 1)), samples=250_000, rng=1)
    assert p_value(runs, widths, [{5}, {2}, {2, 3, 5, 6}, {1, 2}], pi, layers) > LEVEL


@pytest.mark.parametrize("start", [0.3, 2.0])
def test_simulation_of_two_points(layers, start):
    widths = (4, 3, 5, 2)
    domain = Points([[1, 0], [3 * cos(start), 3 * sin(start)]])
    runs = simulate(Network((2, *widths, 1), domain=domain), samples=250_000, rng=2)
    assert p_value(runs, widths, [{2, 4}, {1, 2}, {2, 3, 5}, {1}], start, layers) > LEVEL
