"""The law of the angle between the images of two rays of inputs after a layer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from math import pi, sqrt
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO, Rational, Real, compute
from relu_prob.results.probability import Probability, Quantity

Q = TypeVar("Q", bound=Quantity)
Floats = NDArray[np.float64]

BANDWIDTH = 0.15


class Angle(Hashable, Protocol):
    """What an AngleLaw asks of the theorem that it comes from."""

    @property
    def dead(self) -> Real:
        """P(dead)."""

    @property
    def single(self) -> Real:
        """P(single)."""

    @property
    def two_rays(self) -> Real:
        """P(two rays)."""

    @property
    def right_angle(self) -> Real:
        """P(theta = pi/2)."""

    def moment(self, k: int) -> Real:
        """E[theta^k; two rays]."""

    def expect(self, functions: Callable[[Floats], Floats]) -> tuple[Real, ...]:
        """E[f(theta); two rays] of R functions, given together: angles of shape (m,) to values of shape (m, R)."""


class AngleLaw:
    """The state after layer l of a network whose inputs lie on two rays: dead, a single ray, or two rays at an angle.

    - *dead*: no neuron of the layer is active;
    - *single*: only one ray is alive, or both are parallel, so that everything above sees one ray;
    - *two rays* at the angle theta in (0, pi/2], of which a part, the *right angle*, has theta = pi/2 exactly, because
      no neuron fires on both rays.

    ``expect(f) = E[f(theta); two rays]`` is the integral over the two-ray part only, of mass ``two_rays``. Immutable;
    compares by value.

    Possible issues
    ---------------
    The law is known by its integrals: those of smooth functions have tiny error bounds, those of functions with jumps
    or narrow peaks large ones. Therefore there is no cdf, and ``density`` is smeared out by a normal law of a stated
    standard deviation.

    Examples
    --------
    >>> from relu_prob import Network, angle_law
    >>> law = angle_law(Network((1, 2, 2, 1)))
    >>> law
    AngleLaw(layer 2, dead 0.15625, single 0.625, two rays 0.21875, right angle 0.0625, mean angle 0.972398, numerical)
    >>> law.dead.fraction, law.single.fraction, law.two_rays.fraction, law.right_angle.fraction
    (Fraction(5, 32), Fraction(5, 8), Fraction(7, 32), Fraction(1, 16))
    """

    def __init__(self, angle: Angle, *, layer: int, method: str, source: str = "") -> None:
        self._angle = angle
        self._layer = layer
        self._method = method
        self._source = source

    @property
    def layer(self) -> int:
        """The layer l after which the angle is taken."""
        return self._layer

    @property
    def method(self) -> str:
        """How the law was computed."""
        return self._method

    @property
    def source(self) -> str:
        """Where the theorem is stated or proved."""
        return self._source

    @property
    def guarantee(self) -> Guarantee:
        """The guarantee of its integrals; its four masses may have a stronger one."""
        return self.mean.guarantee

    @property
    def dead(self) -> Probability:
        """P(no neuron of layer l is active): the born-dead probability."""
        return self._as(Probability, self._angle.dead)

    @property
    def single(self) -> Probability:
        """P(a single ray is left)."""
        return self._as(Probability, self._angle.single)

    @property
    def two_rays(self) -> Probability:
        """P(two rays are left, at an angle in (0, pi/2])."""
        return self._as(Probability, self._angle.two_rays)

    @property
    def right_angle(self) -> Probability:
        """P(two rays are left, at the angle pi/2 exactly): the atom of the law."""
        return self._as(Probability, self._angle.right_angle)

    @cached_property
    def mean(self) -> Quantity:
        """E[theta | two rays]. Undefined (ZeroDivisionError) where P(two rays) = 0."""
        two_rays = self._angle.two_rays
        if two_rays == ZERO:
            raise ZeroDivisionError(f"after layer {self._layer} there are never two rays")
        return self._as(Quantity, compute(_ratio, [self._angle.moment(1), two_rays]))

    def moment(self, k: int) -> Quantity:
        """``E[theta^k; two rays]``, k >= 0; for k = 1 this is E theta with theta = 0 for dead and single."""
        return self._as(Quantity, self._angle.moment(checks.integer("k", k, low=0)))

    def expect(self, f: Callable[[float], float]) -> Quantity:
        """``E[f(theta); two rays]``, with an error bound.

        Parameters
        ----------
        f : called with floats in (0, pi/2], some of them tiny. For functions that are smooth in theta the bound is
            about 1e-15 times the largest value; for others it is as large as what the fit to them misses

        Raises
        ------
        TypeError, ValueError
            Where a value of f is not a finite number.

        Examples
        --------
        >>> from math import cos
        >>> from relu_prob import Network, angle_law
        >>> print(angle_law(Network((1, 2, 2, 1))).expect(cos))
        ≈ 0.1049077674..., numerical, error <= ...
        """
        if not callable(f):
            raise TypeError(f"f must be a function of a float, got {f!r}")

        def value(theta: float) -> float:
            return float(checks.real(f"f({theta:.6g})", f(theta)))

        (number,) = self._angle.expect(lambda angles: np.array([[value(float(theta))] for theta in angles]))
        return self._as(Quantity, number)

    def density(self, at: Iterable[float], *, bandwidth: float = BANDWIDTH) -> tuple[Quantity, ...]:
        """The density of theta on (0, pi/2), without its atom at pi/2, smeared out by a normal law.

        ``E[K_h(t, theta); two rays, theta < pi/2]``, where K_h(t, theta) is the normal density of standard deviation h
        around theta, with what lies beyond 0 or pi/2 reflected there: exactly what such a kernel estimate would show
        for infinitely many networks, and no more.

        Parameters
        ----------
        at : the angles t, 0 <= t <= pi/2
        bandwidth : h. The integrals resolve about 0.1, and the error bounds grow fast below that: they are about 1e-6
            at h = 0.2, 1e-4 at h = 0.15, 1e-2 at h = 0.1 (of densities near 1), and smaller at small angles

        Raises
        ------
        TypeError, ValueError
            For bad input, naming argument, value and what is allowed.

        Examples
        --------
        >>> from relu_prob import Network, angle_law
        >>> [round(float(x), 3) for x in angle_law(Network((1, 3, 3, 1))).density([0.5, 1.0], bandwidth=0.2)]
        [0.238, 0.283]
        """
        points = np.array([_in_quadrant(t) for t in checks.sequence("at", at, "a sequence of angles")])
        h = float(checks.real("bandwidth", bandwidth, positive=True))
        if not len(points):
            return ()
        integrals = self._angle.expect(lambda angles: _kernels(angles, points, h))
        atoms = [Rational(checks.real("height", height)) for height in _kernels(np.array([pi / 2]), points, h)[0]]
        right = self._angle.right_angle
        return tuple(
            self._as(Quantity, compute(_minus, [whole, right, height]))
            for whole, height in zip(integrals, atoms, strict=True)
        )

    def _as(self, kind: Callable[..., Q], number: Real) -> Q:
        return kind(number, method=self._method, source=self._source)

    def _key(self) -> Hashable:
        return (self._angle, self._layer, self._method, self._source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AngleLaw) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _parts(self) -> dict[str, Quantity]:
        parts: dict[str, Quantity] = {
            "dead": self.dead,
            "single": self.single,
            "two rays": self.two_rays,
            "right angle": self.right_angle,
        }
        return parts if self._angle.two_rays == ZERO else parts | {"mean angle": self.mean}

    def __repr__(self) -> str:
        parts = self._parts()
        shown = ", ".join(f"{name} {value.decimal(6)}" for name, value in parts.items())
        return f"AngleLaw(layer {self._layer}, {shown}, {Guarantee.weakest(x.guarantee for x in parts.values())})"

    def to_dict(self, digits: int = 15) -> dict[str, Any]:
        """A plain dict for JSON."""
        return {
            "layer": self._layer,
            "method": self._method,
            "source": self._source,
            **{name.replace(" ", "_"): value.to_dict(digits) for name, value in self._parts().items()},
        }


def _kernels(angles: Floats, points: Floats, h: float) -> Floats:
    """Normal densities around the angles, at the points and their images in 0 and pi/2: shape (angles, points)."""
    images = np.stack([points, -points, pi - points])
    heights = np.exp(-(((angles[:, None, None] - images) / h) ** 2) / 2).sum(axis=1)
    result: Floats = heights / (h * sqrt(2 * pi))
    return result


def _ratio(x: Any, y: Any) -> Any:
    return x / y


def _minus(whole: Any, atom: Any, height: Any) -> Any:
    return whole - atom * height


def _in_quadrant(angle: float) -> float:
    value = float(checks.real("at", angle))
    if not 0 <= value <= pi / 2:
        raise ValueError(f"at must be angles from 0 to pi/2, got {angle!r}")
    return value
