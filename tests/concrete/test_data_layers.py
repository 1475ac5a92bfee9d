"""Layers drawn on data: every neuron fires at its own point, in float32 and float64, in any order of summation."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import norm

from relu_prob.concrete.data_layers import CHUNK, draw_layer, second_moment, total_moment

LEVEL = 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("noise", [1e-30, 1e-6, 1.0])
def test_fires_in_every_order_of_summation(dtype, noise):
    rng = np.random.default_rng(0)
    for d in (1, 3, 40):
        h = (rng.normal(size=(6, d)) * 10.0 ** rng.integers(-3, 4, d)).astype(dtype)
        own = rng.integers(6, size=50)
        w, b, lifted = draw_layer(h.astype(float), own, noise, 1.0, rng, np.dtype(dtype))
        assert w.dtype == b.dtype == dtype
        assert lifted == 50 or noise > 1e-30
        for _ in range(10):
            order = rng.permutation(d + 1)
            terms = np.column_stack([w * h[own], b])[:, order]
            assert terms.dtype == dtype
            z = np.zeros(50, dtype)
            for term in terms.T:
                z += term
            assert (z > 0).all()
            assert (np.einsum("jd,jd->j", w, h[own]) + b > 0).all()


def test_the_bound_is_above_the_exact_value():
    """In rationals: w.h + b is at least half of the smallest allowed lift, and near the noise where that is larger."""
    rng = np.random.default_rng(1)
    h, own = rng.normal(size=(3, 7)).astype(np.float32).astype(float), np.array([0, 1, 2, 0])
    w, b, _ = draw_layer(h, own, 1e-12, 1.0, rng, np.dtype(np.float32))
    for row, bias, k in zip(w, b, own, strict=True):
        products = [Fraction(float(v)) * Fraction(float(x)) for v, x in zip(row, h[k], strict=True)]
        lift = sum(products) + Fraction(float(bias))
        smallest = 4 * 9 * Fraction(float(np.finfo(np.float32).eps)) * sum(map(abs, products))
        assert smallest / 2 < lift < 3 * smallest / 2


def test_total_moment_is_the_sum_over_pairs(monkeypatch):
    rng = np.random.default_rng(2)
    h, own = rng.normal(size=(11, 3)), rng.integers(11, size=20)
    by_pairs = sum(second_moment(np.linalg.norm(h - h[k], axis=1), 0.3, 0.7).sum() for k in own)
    assert CHUNK > 121
    for chunk in (CHUNK, 25):
        monkeypatch.setattr("relu_prob.concrete.data_layers.CHUNK", chunk)
        # 220 terms, all positive, each to a few units in the last place
        assert total_moment(h, own, 0.3, 0.7) == pytest.approx(by_pairs, rel=240 * np.finfo(float).eps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_second_moment_of_a_drawn_layer(dtype):
    """Mean over the data and N neurons of relu^2, against the formula. The square of a neuron's mean square over the
    points has a mean of at most 8 max (a^2 + e^2)^2; the mean over N neurons has a variance of at most that over N."""
    rng, neurons = np.random.default_rng(3), 200_000
    h = rng.normal(size=(5, 3)).astype(dtype).astype(float)
    own = np.repeat(np.arange(5), neurons // 5)
    w, b, lifted = draw_layer(h, own, 0.4, 0.6, rng, np.dtype(dtype))
    assert lifted < neurons / 1000
    seen = np.mean(np.maximum(h @ w.T.astype(float) + b, 0) ** 2)
    worst = 0.4**2 + 0.6**2 * max(np.sum((h - p) ** 2, axis=1).max() for p in h)
    deviation = worst * np.sqrt(8 / neurons)
    expected = total_moment(h, own, 0.4, 0.6) / (5 * neurons)
    assert abs(seen - expected) < norm.isf(LEVEL / 2) * deviation
