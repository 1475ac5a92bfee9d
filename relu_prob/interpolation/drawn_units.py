"""Random ReLU units with any number of inputs, drawn one after the other: more of them begin with fewer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relu_prob.interpolation.unit_laws import DataDependentUnits, GaussianUnits, UniformUnits, UnitLaw

Floats = NDArray[np.float64]


def draw_units(
    law: UnitLaw, x: Floats, layers: int, blocks: int, size: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Weights and biases of ``layers`` independent layers of units, of shapes (layers, n, d) and (layers, n).

    There are n = blocks * size units. Data-dependent ones come in blocks of one for each point, in random order, so
    that size must be m: any number h m + r of first ones then are h for each point, and one more for r of them drawn
    without replacement.
    """
    (m, d), n = x.shape, blocks * size
    if isinstance(law, DataDependentUnits):
        assert size == m
        w = float(law.weight_scale) * rng.standard_normal((layers, n, d))
        noise = np.abs(float(law.noise) * rng.standard_normal((layers, n)))
        own = rng.permuted(np.broadcast_to(np.arange(m), (layers, blocks, m)), axis=2).reshape(layers, n)
        return w, noise - np.sum(w * x[own], axis=2)
    assert isinstance(law, GaussianUnits | UniformUnits)
    scales = float(law.weight_scale), float(law.bias_scale)
    shapes = (layers, n, d), (layers, n)
    if isinstance(law, GaussianUnits):
        w, b = (scale * rng.standard_normal(shape) for scale, shape in zip(scales, shapes, strict=True))
    else:
        w, b = (scale * rng.uniform(-1, 1, shape) for scale, shape in zip(scales, shapes, strict=True))
    return w, b
