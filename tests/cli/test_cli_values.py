"""The arguments' text, read exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

import relu_prob as rp
from relu_prob.cli import values


@given(st.fractions())
def test_fractions_are_read_exactly(value):
    assert values.number(str(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_decimals_are_read_exactly(value):
    assert values.number(str(value)) == Fraction(value)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("he", rp.HeNormal()),
        ("lecun", rp.LeCunNormal()),
        ("glorot", rp.GlorotNormal()),
        ("normal:1/3", rp.Normal(Fraction(1, 3))),
        ("he-uniform", rp.HeUniform()),
        ("pytorch", rp.PyTorchDefault()),
        ("uniform:0.1", rp.Uniform(Fraction(1, 10))),
        ("sphere", rp.SphereUniform()),
        ("rademacher", rp.Rademacher()),
        ("orthogonal", rp.Orthogonal()),
        ("rai", rp.RandomizedAsymmetric()),
    ],
)
def test_weights(text, law):
    assert values.weights(text) == law


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("zero", rp.Zero()),
        ("normal:2", rp.Normal(2)),
        ("uniform:1e-1", rp.Uniform(Fraction(1, 10))),
        ("constant:-1/2", rp.Constant(-0.5)),
        ("pytorch", rp.PyTorchDefault()),
        ("sphere", rp.SphereUniform()),
        ("rai", rp.RandomizedAsymmetric()),
    ],
)
def test_biases(text, law):
    assert values.biases(text) == law


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("ball:2", rp.Ball(2)),
        ("interval:-1,1/3", rp.Interval(-1, Fraction(1, 3))),
        ("box:0,1;-0.1,1", rp.Box((0, Fraction(-1, 10)), (1, 1))),
        ("orthant", rp.Orthant()),
        ("space", rp.WholeSpace()),
        ("points:1,0;-1,1/3", rp.Points([[1, 0], [-1, Fraction(1, 3)]])),
        ("points:-1;2", rp.Points([[-1], [2]])),
    ],
)
def test_domains(text, domain):
    assert values.domain(text) == domain


def test_every_law_and_domain_is_reachable():
    laws = {type(values.weights(text)) for text in ("he", "lecun", "glorot", "he-uniform", "pytorch", "sphere")}
    assert len(laws) == 6
    assert set(values.WEIGHTS) | set(values.BIASES) == set(values.LAWS)


def test_points_of_a_csv_file_are_exact_decimals(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("0.1,2\n\n1/3,-1e-2\n")
    expected = rp.Points([[Fraction(1, 10), 2], [Fraction(1, 3), Fraction(-1, 100)]])
    assert values.domain(f"points:{file}") == expected


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8"])
def test_points_of_an_array_are_what_it_stores(tmp_path, dtype):
    array = np.array([[1.7, 2.0], [3.0, -4.1]]).astype(dtype)
    np.save(tmp_path / "points.npy", array)
    assert values.domain(f"points:{tmp_path / 'points.npy'}") == rp.Points(array.tolist())


def test_a_huge_exponent_is_refused_at_once():
    with pytest.raises(ValueError, match="must be a finite number"):
        values.number("1e999999999999")
