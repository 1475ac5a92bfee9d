"""Where breakpoints fall: by hand, in total, and against drawn weights and biases."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from scipy.stats import binomtest

from relu_prob.interpolation.unit_laws import DataDependentUnits, GaussianUnits, UniformUnits

POINTS = [Fraction(-3, 2), Fraction(-1, 4), Fraction(0), Fraction(5, 4)]
LAWS = [
    GaussianUnits(),
    GaussianUnits(2, Fraction(1, 3)),
    UniformUnits(),
    UniformUnits(1, 3),
    DataDependentUnits(1),
    DataDependentUnits(Fraction(1, 8), 2),
]


def drawn(law, rng, size, own=None):
    if isinstance(law, DataDependentUnits):
        w = rng.normal(scale=float(law.weight_scale), size=size)
        return w, -w * float(own) + np.abs(rng.normal(scale=float(law.noise), size=size))
    draw = rng.normal if isinstance(law, GaussianUnits) else lambda size: rng.uniform(-1, 1, size)
    return draw(size=size) * float(law.weight_scale), draw(size=size) * float(law.bias_scale)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_probabilities_add_up_to_one(law):
    for cells in law.classes(POINTS):
        assert len(cells) == 2 * len(POINTS)
        assert sympy.simplify(sum(p.expression for p in cells)) == 1


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_cells_against_drawn_units(law):
    """Which points a unit fires at says in which cell it is; 8 cells in up to 4 classes, level 1e-6 in all."""
    rng, size = np.random.default_rng(2), 20_000
    x = np.array(POINTS, dtype=float)
    for k, cells in enumerate(law.classes(POINTS)):
        w, b = drawn(law, rng, size, POINTS[k])
        fires = w[:, None] * x + b[:, None] > 0
        number = fires.sum(axis=1)
        seen = [np.sum(number == 4)]
        for gap in (1, 2, 3):
            seen += [np.sum(fires[:, -1] & (number == 4 - gap)), np.sum(fires[:, 0] & (number == gap))]
        seen.append(np.sum(number == 0))
        assert sum(seen) == size
        for count, p in zip(seen, cells, strict=True):
            expected = float(p.value())
            if expected == 0:
                assert count == 0
            else:
                assert binomtest(int(count), size, expected).pvalue > 1e-6 / 32


def test_by_hand():
    (cells,) = GaussianUnits().classes([Fraction(-1), Fraction(1)])
    assert [p.expression for p in cells] == [sympy.Rational(1, 4)] * 4
    (cells,) = UniformUnits().classes([Fraction(-2), Fraction(0), Fraction(2)])
    # |b/w| > 2 has probability 1/4, so a unit is affine with probability 1/8
    assert [p.fraction for p in cells] == [Fraction(1, 8), *[Fraction(3, 16)] * 4, Fraction(1, 8)]
    left, right = DataDependentUnits(1).classes([Fraction(0), Fraction(1)])
    assert [p.expression for p in left] == [sympy.Rational(3, 4), 0, sympy.Rational(1, 4), 0]
    assert [p.expression for p in right] == [sympy.Rational(3, 4), sympy.Rational(1, 4), 0, 0]


def test_counts():
    assert GaussianUnits().counts(5, 12) == (12, 0)
    assert DataDependentUnits(1).counts(5, 12) == (2, 2)


def test_laws_are_values():
    assert GaussianUnits(1.0, 2) == GaussianUnits(1, 2.0)
    assert len({DataDependentUnits(0.5), DataDependentUnits(Fraction(1, 2)), DataDependentUnits(1)}) == 2
    assert repr(UniformUnits(0.5)) == "UniformUnits(weight_scale=0.5, bias_scale=1)"


@pytest.mark.parametrize("law", [GaussianUnits, UniformUnits])
def test_bad_scales(law):
    with pytest.raises(ValueError, match="weight_scale must be a positive finite number, got 0"):
        law(0)
    with pytest.raises(ValueError, match="bias_scale must be a number >= 0, got -1"):
        law(1, -1)
    with pytest.raises(ValueError, match="bias_scale must be positive"):
        law(1, 0).classes([Fraction(1)])


def test_bad_noise():
    for bad in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="noise must be a positive finite number"):
            DataDependentUnits(bad)
