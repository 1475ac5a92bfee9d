"""The widest float that numpy offers here: 80-bit extended where it exists, otherwise float64."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # of Wide, unless it says otherwise

# RELU_PROB_FLOAT64=1 makes any machine behave like one without 80-bit floats (for tests)
EXTENDED: bool = bool(np.finfo(np.longdouble).eps < 2e-19) and os.environ.get("RELU_PROB_FLOAT64") != "1"
Wide: type[np.floating[Any]] = np.longdouble if EXTENDED else np.float64

# pi to 36 digits as a sum of two doubles, so that it is right in 80-bit floats too
PI = Wide(3.141592653589793116) + Wide(1.2246467991473532e-16)
HALF_PI = PI / 2


def split(x: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``x`` as an unevaluated sum of two float64 arrays: a portable form for files."""
    high = np.asarray(x).astype(np.float64)
    return high, (np.asarray(x) - high.astype(Wide)).astype(np.float64)


def join(high: NDArray[np.float64], low: NDArray[np.float64]) -> Array:
    """Inverse of :func:`split`; where there is no 80-bit float the low part only rounds."""
    return high.astype(Wide) + low.astype(Wide)


def product(a: Array, b: Array) -> Array:
    """``a @ b`` for matrices: without a BLAS, as in 80 bits, rows times rows are three times faster."""
    result: Array = np.inner(a, np.ascontiguousarray(b.T))
    return result
