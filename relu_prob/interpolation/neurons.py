"""How many hidden ReLU units it takes to interpolate data with one input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq

from relu_prob import checks
from relu_prob.interpolation.breakpoints import Point, sweep
from relu_prob.interpolation.interpolant import Interpolant, as_fraction
from relu_prob.interpolation.search import Truncated, interpolate

SOURCE = "docs/theory/over_parameterization.md, section 'How many units interpolate'"


@dataclass(frozen=True)
class NeuronsToInterpolate:
    """The fewest hidden units of a network through given points, with a network of that size as the certificate.

    ``low`` units are proved to be necessary and ``high`` to be enough: ``network`` has no more and takes the labels
    exactly. They are equal unless the search was cut short. ``breakpoints`` is the fewest number of breakpoints of a
    continuous piecewise-linear function through the points.
    """

    low: int
    high: int
    breakpoints: int
    network: Interpolant
    source: str = SOURCE

    @property
    def exact(self) -> int | None:
        """The fewest number of units where it is decided, otherwise None."""
        return self.low if self.low == self.high else None

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"between {self.low} and {self.high}"


def neurons_to_interpolate(
    x: Sequence[float | Fraction],
    y: Sequence[float | Fraction],
    *,
    output_bias: bool = True,
    limit: int = 500,
) -> NeuronsToInterpolate:
    """The fewest hidden ReLU units, breakpoints free, with which one hidden layer interpolates (x_i, y_i), d = 1.

    ``min { n : y_i = c + sum_{j <= n} v_j relu(w_j x_i + b_j) for all i }``, with c = 0 where there is no output bias.
    It exceeds the fewest number of breakpoints, K, by 0 or 1 with an output bias and by 0, 1 or 2 without one.

    Parameters
    ----------
    x, y : the data, in any order; floats are the dyadic rationals that they store. Equal x must have equal y
    output_bias : whether there is a c
    limit : how many sets of functions the search keeps at a point, at least 10

    Returns
    -------
    NeuronsToInterpolate
        With a network through the points in exact rationals.

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Possible issues
    ---------------
    Where many points lie on each of many straight pieces nothing can be moved, and whether K units are enough is then a
    subset-sum problem in the changes of slope: beyond a dozen of such pieces the answer may be "between K and K + 1".
    With labels in general position a hundred points take less than a second, without an output bias some seconds.

    Examples
    --------
    >>> from relu_prob import neurons_to_interpolate
    >>> answer = neurons_to_interpolate([0, 1, 2, 3, 4], [0, 1, 0, 1, 0])
    >>> answer.exact, answer.breakpoints, [answer.network(x) for x in range(5)] == [0, 1, 0, 1, 0]
    (3, 3, True)
    >>> print(neurons_to_interpolate([-1, 1], [-1, 1]), neurons_to_interpolate([-1, 1], [-1, 1], output_bias=False))
    1 2
    """
    points = _points(x, y)
    output_bias = checks.instance("output_bias", output_bias, bool, "True or False")
    limit = checks.integer("limit", limit, low=10)
    breakpoints = sweep(points)[-1]
    low: int | None = None
    for units in range(breakpoints, breakpoints + 2):
        try:
            network = _interpolated(points, units, output_bias, limit)
        except Truncated:
            low = units if low is None else low
            continue
        if network is not None:
            return _checked(NeuronsToInterpolate(units if low is None else low, units, breakpoints, network), points)
        low = None  # so few are certainly not enough
    # without an output bias a unit that does not look at its input can take its place
    high = breakpoints + 2
    assert not output_bias
    with_bias = neurons_to_interpolate(x, y, output_bias=True, limit=limit).network
    network = Interpolant(
        (*with_bias.weights, Fraction(0)),
        (*with_bias.biases, Fraction(1)),
        (*with_bias.outputs, with_bias.output_bias),
    )
    return _checked(NeuronsToInterpolate(high if low is None else low, high, breakpoints, network), points)


def _interpolated(points: Sequence[Point], units: int, output_bias: bool, limit: int) -> Interpolant | None:
    """A network with so many units, looked for among few sets of functions first, which mostly is enough."""
    for few in (4, 32):
        try:
            return interpolate(points, units, output_bias, min(few, limit))
        except Truncated:
            continue
    return interpolate(points, units, output_bias, limit)


def _checked(answer: NeuronsToInterpolate, points: Sequence[Point]) -> NeuronsToInterpolate:
    """The certificate: the network is evaluated at every point."""
    network = answer.network
    for x, y in points:
        if network(as_fraction(x)) != as_fraction(y) or network.units > answer.high:
            raise AssertionError(f"the network found does not interpolate ({x}, {y}): please report the data")
    return answer


def _points(x: Sequence[float | Fraction], y: Sequence[float | Fraction]) -> list[Point]:
    """The different points, sorted."""
    xs, ys = (checks.sequence(name, value, "a sequence of numbers") for name, value in (("x", x), ("y", y)))
    if not xs or len(xs) != len(ys):
        raise ValueError(f"x and y must be non-empty and of the same length, got {len(xs)} and {len(ys)} numbers")
    labels: dict[Fraction, Fraction] = {}
    for a, b in zip(xs, ys, strict=True):
        at, label = checks.real("x", a), checks.real("y", b)
        if labels.setdefault(at, label) != label:
            raise ValueError(f"y must be equal where x is, got the labels {labels[at]} and {label} at x = {a!r}")
    return [(fmpq(*a.as_integer_ratio()), fmpq(*b.as_integer_ratio())) for a, b in sorted(labels.items())]
