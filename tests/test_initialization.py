"""Laws have the moments and the symmetries that they claim, and draw what they describe."""

import re
from fractions import Fraction
from math import log, sqrt

import numpy as np
import pytest

from relu_prob.initialization import (
    Constant,
    GlorotNormal,
    HeNormal,
    HeUniform,
    LeCunNormal,
    Normal,
    Orthogonal,
    PyTorchDefault,
    Rademacher,
    RandomizedAsymmetric,
    SphereUniform,
    Uniform,
    Zero,
    sample_layer,
)

NAN, INF = float("nan"), float("inf")
FAN_IN, FAN_OUT = 6, 10
LAWS = [
    (HeNormal(), Fraction(1, 3)),
    (LeCunNormal(), Fraction(1, 6)),
    (GlorotNormal(), Fraction(1, 8)),
    (Normal(0.5), Fraction(1, 4)),
    (HeUniform(), Fraction(1, 3)),
    (PyTorchDefault(), Fraction(1, 18)),
    (Uniform(3), Fraction(3)),
    (Rademacher(), Fraction(1)),
    (Zero(), Fraction(0)),
    (Constant(-2), Fraction(0)),
]
LEVEL = 1e-6


@pytest.mark.parametrize(("law", "variance"), LAWS, ids=lambda x: str(x))
def test_variance_exactly_and_in_a_sample(law, variance):
    assert law.variance(FAN_IN, FAN_OUT) == variance
    x = law.sample(np.random.default_rng(1), (100_000, FAN_IN), FAN_IN, FAN_OUT)
    x = x + 2 if law == Constant(-2) else x
    # Chernoff: P(|mean| > t sigma) and P(|mean square - variance| > t variance) <= 2 exp(-size t^2 / 8), t <= 1
    t = sqrt(8 * log(2 / LEVEL) / x.size)
    assert abs(x.mean()) <= t * sqrt(variance)
    assert abs((x**2).mean() - float(variance)) <= (t + 1e-12) * float(variance)


@pytest.mark.parametrize("law", [law for law, _ in LAWS] + [SphereUniform()], ids=repr)
def test_flags_say_what_the_samples_show(law):
    x = law.sample(np.random.default_rng(2), (2000, FAN_IN), FAN_IN, FAN_OUT)
    assert x.shape == (2000, FAN_IN)
    assert law.continuous is (len(np.unique(x)) == x.size)
    if not isinstance(law, Zero):
        assert law.symmetric is bool((x > 0).any() and (x < 0).any())
    assert law.gaussian is isinstance(law, HeNormal | LeCunNormal | GlorotNormal | Normal)


@pytest.mark.parametrize(("law", "bound"), [(HeUniform(), 1.0), (PyTorchDefault(), 6**-0.5), (Uniform(3), 3.0)])
def test_uniform_laws_stay_within_their_bound(law, bound):
    x = law.sample(np.random.default_rng(3), (10_000,), FAN_IN, FAN_OUT)
    # the largest of 10^4 falls short of the bound by a thousandth with probability 0.999^10000 < 1e-4
    assert 0.999 * bound < abs(x).max() <= bound * (1 + 2**-52)


def test_rademacher_is_plus_or_minus_one():
    x = Rademacher().sample(np.random.default_rng(4), (1000,), 3, 3)
    assert set(x.tolist()) == {-1.0, 1.0}


def test_rows_of_the_sphere_have_length_one_with_and_without_bias():
    rng = np.random.default_rng(5)
    w, b = sample_layer(SphereUniform(), SphereUniform(), rng, 100, 3, 4)
    # d + 1 squares and a square root, each to half a unit in the last place
    np.testing.assert_allclose((w**2).sum(axis=2) + b**2, 1, rtol=0, atol=10 * 2**-53)
    w, b = sample_layer(SphereUniform(), Zero(), rng, 100, 3, 4)
    np.testing.assert_allclose((w**2).sum(axis=2), 1, rtol=0, atol=10 * 2**-53)
    assert not b.any()
    assert SphereUniform().variance(3, 4) == Fraction(1, 4), "the squares of the d + 1 entries sum to 1"


def test_shapes_of_a_layer():
    w, b = sample_layer(HeNormal(), Constant(2), np.random.default_rng(6), 7, fan_in=3, fan_out=2)
    assert w.shape == (7, 2, 3)
    assert b.shape == (7, 2)
    assert (b == 2).all()


def test_the_same_seed_draws_the_same_layer():
    one, two = (sample_layer(HeUniform(), Normal(1), np.random.default_rng(7), 3, 2, 2) for _ in range(2))
    assert all((x == y).all() for x, y in zip(one, two, strict=True))


def test_values_and_text():
    assert HeNormal() == HeNormal() != LeCunNormal()
    assert Normal(1) == Normal(1.0) != Normal(2)
    assert Normal(1) != Uniform(1)
    assert len({HeNormal(), HeNormal(), Normal(Fraction(1, 2)), Normal(0.5)}) == 2
    assert [repr(law) for law, _ in LAWS[3:]] == [
        "Normal(0.5)",
        "HeUniform()",
        "PyTorchDefault()",
        "Uniform(3)",
        "Rademacher()",
        "Zero()",
        "Constant(-2)",
    ]


def test_default_biases():
    assert HeNormal().default_biases() == Zero()
    assert SphereUniform().default_biases() == SphereUniform()
    assert PyTorchDefault().default_biases() == PyTorchDefault()


@pytest.mark.parametrize("law", [Normal, Uniform, Constant])
@pytest.mark.parametrize(
    ("value", "error"),
    [(0, ValueError), (NAN, ValueError), (INF, ValueError), ("1", TypeError), (True, TypeError), (None, TypeError)],
)
def test_bad_parameters_are_named(law, value, error):
    name = {Normal: "sigma", Uniform: "bound", Constant: "value"}[law]
    with pytest.raises(error, match=re.escape(f"{name} must be")) as info:
        law(value)
    assert repr(value) in str(info.value)


@pytest.mark.parametrize("law", [Normal, Uniform])
def test_scales_are_positive(law):
    with pytest.raises(ValueError, match="must be a positive finite number, got -1"):
        law(-1)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(3, 2), (2, 3), (3, 3), (1, 4), (1, 1), (4, 1)])
def test_orthogonal_matrices_are_orthogonal_up_to_the_gain_and_have_their_variance(fan_in, fan_out):
    law, size = Orthogonal(Fraction(3, 2)), 20_000
    w, b = sample_layer(law, Zero(), np.random.default_rng(8), size, fan_in, fan_out)
    assert w.shape == (size, fan_out, fan_in)
    assert not b.any()
    w = w if fan_out <= fan_in else np.swapaxes(w, 1, 2)
    identity = np.broadcast_to(2.25 * np.eye(w.shape[1]), (size, w.shape[1], w.shape[1]))
    np.testing.assert_allclose(w @ np.swapaxes(w, 1, 2), identity, rtol=0, atol=1e-13)
    assert law.variance(fan_in, fan_out) == Fraction(9, 4) / max(fan_in, fan_out)
    # all entries have one law, so that the mean square of each is the share of all
    t = sqrt(2 * log(2 * fan_in * fan_out / LEVEL) / size)  # Hoeffding: squares lie in [0, 9/4]
    assert (abs((w**2).mean(axis=0) - float(law.variance(fan_in, fan_out))) <= 2.25 / 2 * t).all()


def test_an_orthogonal_matrix_has_the_law_of_its_rotations():
    """The first column of W O is that of W, in law, for a rotation O: angles of the plane are uniform."""
    from scipy.stats import kstest

    w = Orthogonal().sample(np.random.default_rng(9), (20_000, 2, 2), 2, 2)
    turns = np.arctan2(w[:, 1, 0], w[:, 0, 0]) / (2 * np.pi) % 1
    determinants = np.linalg.det(w)
    for part in (determinants > 0, determinants < 0):
        assert kstest(turns[part], "uniform").pvalue > LEVEL
    # half of them are reflections
    assert abs((determinants > 0).mean() - 0.5) <= sqrt(log(2 / LEVEL) / (2 * len(w)))


def test_randomized_asymmetric_rows():
    law, fan_in, size = RandomizedAsymmetric(Fraction(1, 2)), 3, 100_000
    w, b = sample_layer(law, law, np.random.default_rng(10), size, fan_in, 2)
    assert w.shape == (size, 2, fan_in)
    rows = np.concatenate([w, b[..., None]], axis=2).reshape(-1, fan_in + 1)
    share = sqrt(log(2 * 4 / LEVEL) / (2 * len(rows)))  # Hoeffding
    # P(entry <= 0) = (1 - 1/4)/2 in each of the four places, the bias included
    assert (abs((rows <= 0).mean(axis=0) - 3 / 8) <= share).all()
    # never are all entries negative
    assert (rows.max(axis=1) > 0).all()
    # 4 standard deviations of a mean of variables with a fourth moment below 1 give 1e-4; here 6
    assert (abs(rows.mean(axis=0) - 1 / 6) <= 6 / sqrt(len(rows))).all()
    assert (abs(rows.var(axis=0) - float(law.variance(fan_in, 2))) <= 6 / sqrt(len(rows))).all()
    assert law.variance(fan_in, 2) == Fraction(3, 4) * Fraction(1, 12) + Fraction(1, 8) - Fraction(1, 36)
    assert repr(RandomizedAsymmetric()) == "RandomizedAsymmetric(0.6007)"
    assert law.default_biases() == law


@pytest.mark.parametrize(("law", "name"), [(Orthogonal, "gain"), (RandomizedAsymmetric, "sigma")])
def test_bad_parameters_of_the_matrix_laws_are_named(law, name):
    for value, error in [(0, ValueError), (-1, ValueError), (NAN, ValueError), ("1", TypeError), (True, TypeError)]:
        with pytest.raises(error, match=f"{name} must be a positive finite number, got"):
            law(value)


def test_what_the_matrix_laws_say_of_themselves():
    assert Orthogonal().symmetric
    assert not Orthogonal().independent_rows
    assert not RandomizedAsymmetric().symmetric
    assert RandomizedAsymmetric().leans_up
    others = [law for law, _ in LAWS] + [SphereUniform()]
    assert all(law.independent_rows and not law.leans_up for law in others)
