"""The choice among the methods: closed forms, quadrature, and quasi-Monte Carlo with or without tilting."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.orthant import cones, randomised, sequential
from relu_prob.orthant.plackett import five, four
from relu_prob.orthant.planar import planar
from relu_prob.orthant.result import OrthantProbability
from relu_prob.orthant.tilting import tilt

Array = NDArray[np.float64]

RARE = 1e-4
"""Below this probability the pilot run without tilting is not believed: it may have seen nothing."""


def orthant_probability(
    rows: Any = None,
    *,
    covariance: Any = None,
    relative_error: float = 1e-3,
    level: float = 0.99,
    max_evaluations: int = 2**24,
    rng: np.random.Generator | np.random.SeedSequence | int | None = None,
) -> OrthantProbability:
    """P(z_1 <= 0, ..., z_m <= 0) for a centred Gaussian vector z, that may be degenerate.

    That is the share of the sphere of directions g with a_i . g <= 0 for all i, the polar cone of the rows a_i.
    Rows that say nothing new are dropped, and independent groups of coordinates multiplied. What is left of a group is
    computed in closed form where it has at most three dimensions, by quadrature where it has at most five rows, and
    otherwise by randomised quasi-Monte Carlo, with minimax tilting where that helps.

    Parameters
    ----------
    rows : array of shape (m, r): z = rows @ g with g standard normal in R^r
    covariance : array of shape (m, m), instead of rows: the covariance matrix of z, which may be singular
    relative_error : the half width of the confidence interval of an estimate, relative to the estimate, that is aimed
        at
    level : the confidence level of an estimate
    max_evaluations : an estimate stops after so many weights for each group, whether or not it is good enough
    rng : a Generator, a SeedSequence or a seed

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed; also where the covariance is not positive
        semidefinite.

    Possible issues
    ---------------
    What is nearer than 1e-13 to a plane, a ray or the cone of other rays is taken to lie in it. The error bound of a
    number that is not an estimate accounts for that, so that it is seldom below 1e-16; an estimate does not, which
    matters where rows are nearly dependent and the probability is tiny. A covariance knows small angles less well than
    rows. A value below the range of floats is returned as 0, with a positive error.

    Source: docs/theory/orthant.md

    Examples
    --------
    >>> round(orthant_probability([[1, 0], [-1, 1]]).value, 15)
    0.125
    >>> equicorrelated = (np.eye(12) + 1) / 2
    >>> p = orthant_probability(covariance=equicorrelated, rng=0)
    >>> print(p.guarantee, abs(p.value - 1 / 13) <= p.error <= 1e-3 * p.value)
    statistical True
    """
    if (rows is None) == (covariance is None):
        raise TypeError("exactly one of rows and covariance must be given")
    relative_error = checks.fraction_between("relative_error", relative_error, 0, 1)
    level = checks.fraction_between("level", level, 0, 1)
    max_evaluations = checks.integer("max_evaluations", max_evaluations, low=1)
    generator = checks.generator("rng", rng)
    matrix = _rows(rows) if covariance is None else _factor(covariance)
    groups, moved = cones.blocks(cones.unit(matrix))
    levels = 1 - (1 - level) / max(len(groups), 1)
    target = relative_error / max(len(groups), 1)
    return _product([_group(group, target, levels, max_evaluations, generator) for group in groups], moved, level)


def _array(name: str, value: Any, allowed: str) -> Array:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be {allowed}, got {value!r}") from None
    if array.ndim != 2 or 0 in array.shape or not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return array


def _rows(rows: Any) -> Array:
    return _array("rows", rows, "a non-empty array of shape (m, r) of finite numbers")


def _factor(covariance: Any) -> Array:
    """Rows with the given inner products, each divided by the standard deviation."""
    allowed = "a symmetric positive semidefinite array of shape (m, m)"
    array = _array("covariance", covariance, allowed)
    scale = np.sqrt(np.abs(np.diag(array))) if array.shape[0] == array.shape[1] else np.zeros(0)
    near = 64 * len(array) * np.finfo(float).eps * np.outer(scale, scale)
    if not len(scale) or np.any(np.abs(array - array.T) > near):
        raise ValueError(f"covariance must be {allowed}, got {covariance!r}")
    scale[scale == 0] = 1.0
    correlation = (array + array.T) / 2 / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < -64 * len(array) * np.finfo(float).eps:
        raise ValueError(f"covariance must be {allowed}, got the eigenvalue {values[0]:.3g} of its correlations")
    try:
        return np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        found: Array = vectors * np.sqrt(np.maximum(values, 0.0))
        found[np.diag(array) == 0] = 0.0
        return found


def known_probability(rows: Any) -> OrthantProbability | None:
    """The same without sampling, with guarantee EXACT or NUMERICAL; None where some group of rows needs sampling.

    >>> known_probability(np.eye(7)).number.fraction
    Fraction(1, 128)
    >>> known_probability(np.eye(7) + 1) is None
    True
    """
    parts = []
    groups, moved = cones.blocks(cones.unit(_rows(rows)))
    for group in groups:
        known = _known(*cones.reduced(group))
        if known is None:
            return None
        parts.append(known)
    return _product(parts, moved, 1.0)


def _known(rows: Array, moved: float) -> OrthantProbability | None:
    """The probability where it is 0, has a closed form, or is an integral, for rows moved so far; otherwise None."""
    known = _known_of_reduced(rows)
    return known if known is None else _moved(known, moved)


def _moved(known: OrthantProbability, distance: float) -> OrthantProbability:
    """The error bound for rows that were moved by a distance in all."""
    if distance == 0:
        return known
    guarantee = Guarantee.weakest([known.guarantee, Guarantee.NUMERICAL])
    return replace(known, error=known.error + distance / math.pi, guarantee=guarantee)


def _known_of_reduced(rows: Array) -> OrthantProbability | None:
    m, rank = rows.shape
    if m > rank or rank <= 3:
        deep, inside = cones.depth(rows)
        if deep <= m * cones.TOLERANCE:
            bound = cones.flat_bound(m * cones.TOLERANCE, rank)
            return OrthantProbability(0.0, bound, Guarantee.NUMERICAL, "no open half-space holds the rays")
        if rank <= 3:
            return planar(rows, inside)
    return {4: four, 5: five}[m](rows) if m in (4, 5) else None


def _group(
    group: Array, relative_error: float, level: float, max_evaluations: int, rng: np.random.Generator
) -> OrthantProbability:
    """One group of rows that are not orthogonal to each other, by the first method that is good enough."""
    rows, moved = cones.reduced(group)
    known = _known(rows, moved)
    # a closed form is as good as the rows are; an integral has an absolute error, too large for a tiny value
    if known is not None and (known.evaluations == 0 or known.error <= relative_error * known.value):
        return known
    estimate = _estimate(rows, relative_error, level, max_evaluations, rng)
    return known if known is not None and known.error <= estimate.error else estimate


def _estimate(
    rows: Array, relative_error: float, level: float, max_evaluations: int, rng: np.random.Generator
) -> OrthantProbability:
    """Tilted weights; where the tilt does not know all rows, both kinds on trial and the better of them to the end."""
    order = sequential.steps(rows)
    means = {}
    found = tilt(order)
    if found is not None:
        means["minimax tilting"] = found
    if found is None or len(rows) > len(order):
        means["sequential conditioning"] = np.zeros(len(order))
    points = min(randomised.PILOT_POINTS, max(2, 2 ** int(math.log2(max_evaluations / randomised.REPLICATES + 1))))
    trials = {}
    for name, mean in means.items():
        weights = partial(sequential.log_weights, order, mean)
        trials[name] = randomised.run(weights, len(order) - 1, points, level, rng)
    name = min(trials, key=lambda name: trials[name].relative)
    if "minimax tilting" in trials and trials[name].value < RARE:
        name = "minimax tilting"
    estimate = randomised.refine(
        partial(sequential.log_weights, order, means[name]),
        len(order) - 1,
        trials[name],
        relative_error=relative_error,
        level=level,
        max_evaluations=max_evaluations,
        rng=rng,
    )
    evaluations = estimate.evaluations + sum(t.evaluations for other, t in trials.items() if other != name)
    # the float nearest to a positive number may be 0
    error = max(estimate.error, np.finfo(float).tiny)
    if name == "sequential conditioning" and estimate.value < RARE:
        # weights up to 1 of a smaller mean may not have been seen: the chance of that is below 1 - level
        error = max(error, math.log(1 / (1 - level)) / estimate.evaluations)
    return OrthantProbability(estimate.value, error, Guarantee.STATISTICAL, name, evaluations, level)


def _product(parts: list[OrthantProbability], moved: float, level: float) -> OrthantProbability:
    """The probability of independent groups; the error bounds hold together, by Bonferroni those of estimates."""
    if not parts:
        return OrthantProbability(1.0, 0.0, Guarantee.EXACT, "all coordinates are 0")
    if len(parts) == 1:
        return _moved(parts[0], moved)
    value = math.prod(part.value for part in parts)
    high = math.prod(part.value + part.error for part in parts)
    guarantee = Guarantee.weakest(part.guarantee for part in parts)
    methods = dict.fromkeys(part.method for part in parts)
    rounding = len(parts) * np.finfo(float).eps * value if guarantee is not Guarantee.EXACT else 0.0
    product = OrthantProbability(
        value,
        high - value + rounding,
        guarantee,
        " x ".join(methods),
        sum(part.evaluations for part in parts),
        level if guarantee is Guarantee.STATISTICAL else None,
    )
    return _moved(product, moved)
