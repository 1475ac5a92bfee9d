"""The standard normal distribution restricted to an interval: its mass and its quantiles, without underflow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

Array = NDArray[np.float64]

FAR = -30.0
"""Above this Phi, times any float in (0, 1) that is drawn, is a normal float."""


def log_mass(low: Array | None, high: Array | None) -> Array:
    """log P(low <= Z <= high); an end that is None is infinite; -inf where the interval is empty.

    >>> log_mass(np.array([38.0, 1.0]), np.array([39.0, 0.0])).round(6)
    array([-726.557216,         -inf])
    """
    if low is None:
        assert high is not None
        return np.asarray(log_ndtr(high))
    if high is None:
        return np.asarray(log_ndtr(-low), dtype=float)
    left, right, _ = _in_left_half(low, high)
    return _two_sided(left, right)


def below(u: Array, high: Array) -> tuple[Array, Array]:
    """(log_mass(None, high), quantile(u, None, high)), faster where nothing underflows.

    >>> [float(x[0]) for x in below(np.array([0.5]), np.array([0.0]))] == [np.log(0.5), float(ndtri(0.25))]
    True
    """
    if high.min() > FAR:
        mass = ndtr(high)
        return np.log(mass), np.asarray(ndtri(u * mass))
    log = np.asarray(log_ndtr(high))
    return log, np.asarray(ndtri_exp(np.log(u) + log))


def quantile(u: Array, low: Array | None, high: Array | None) -> Array:
    """The u-quantile of Z given low <= Z <= high, 0 < u < 1; any number where the interval is empty.

    >>> quantile(np.array([0.5, 0.5]), np.array([0.0, 50.0]), np.array([1.0, 60.0])).round(4)
    array([ 0.4418, 50.0139])
    """
    if low is None:
        assert high is not None
        return np.asarray(ndtri_exp(np.log(u) + log_ndtr(high)))
    if high is None:
        return np.asarray(-ndtri_exp(np.log1p(-u) + log_ndtr(-low)))
    left, right, mirrored = _in_left_half(low, high)
    u = np.where(mirrored, 1 - u, u)
    with np.errstate(divide="ignore", invalid="ignore"):
        # P(Z <= left) + u P(left <= Z <= right), as the part 1 - u of P(Z <= left) and u of P(Z <= right)
        log_cdf = np.logaddexp(np.log1p(-u) + log_ndtr(left), np.log(u) + log_ndtr(right))
    value = ndtri_exp(log_cdf)
    result: Array = np.where(mirrored, -value, value)
    return result


def _in_left_half(low: Array, high: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """The interval, or its mirror image where its middle is positive: there the distribution function is near 1."""
    mirrored = low + high > 0
    return np.where(mirrored, -high, low), np.where(mirrored, -low, high), mirrored


def _two_sided(low: Array, high: Array) -> Array:
    top, bottom = log_ndtr(high), log_ndtr(low)
    with np.errstate(divide="ignore", invalid="ignore"):
        mass: Array = np.where(low < high, top + np.log1p(-np.exp(np.minimum(bottom - top, 0.0))), -np.inf)
        return mass
