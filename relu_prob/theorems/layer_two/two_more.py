"""Layer 2 behind a first layer two wider than the input dimension, n_1 = d + 2, Gaussian weights: E p."""

from __future__ import annotations

from functools import lru_cache, partial
from math import comb

import sympy
from flint import acb, arb

from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import DIGITS, Ball, ClosedForm, Real
from relu_prob.theorems.layer_two.hypotheses import zero_bias_missing
from relu_prob.theorems.layer_two.one_neuron import OneNeuron, one_neuron_missing

SOURCE = "docs/theory/layer_two.md, section 'Two neurons more than dimensions'"


def strip(d: int, digits: int) -> arb:
    """J_d = int_0^(pi/2) (theta/pi)^d cos(theta) dtheta, by J_d = 2^-d - d (d - 1) J_(d-2) / pi^2.

    >>> strip(1, 20).str(20, radius=False)  # 1/2 - 1/pi
    '0.18169011381620932846'
    """
    # the recurrence multiplies an error by d!/pi^d
    with balls.precision(digits + 2 * d):
        value = arb(1) if d % 2 == 0 else arb(1) / 2 - 1 / arb.pi()
        for k in range(2 + d % 2, d + 1, 2):
            value = arb((1, -k)) - k * (k - 1) * value / arb.pi() ** 2
        return value


def triangle(d: int, digits: int) -> arb:
    """E (area / 2 pi)^d for the spherical triangle between a pole and two uniform points of its hemisphere.

    Half the area exceeds pi/2 - x with the probability

        H(x) = (1/pi) [2x - 8 g c sqrt(1 + c^2) / s^2 + 8 x c^2 / s^2 - 4 (x^2 - 2 g^2) c / s^3],

    s = sin x, c = cos x, sin g = s / sqrt 2, so that the moment is int_0^(pi/2) d (pi/2 - x)^(d-1) pi^-d H(x) dx.
    Below a small x_0 H, which increases, is at most H(x_0), about 0.04 x_0^5; the rest is enclosed by adaptive
    quadrature.

    Raises
    ------
    ArithmeticError
        Where the quadrature does not get to this accuracy.

    >>> triangle(1, 20).str(20, radius=False)  # 1/pi - 1/4
    '0.068309886183790671538'
    """
    for goal in (digits + 6, 2 * digits + 20, 4 * digits + 100):
        start = arb((1, -goal * 10 // 18 - 8))  # its sixth power is below 10^-goal
        with balls.precision(2 * goal + 10):
            body = acb.integral(partial(_integrand, d), start, arb.pi() / 2, rel_tol=arb(10) ** -goal).real
            end = _tail(acb(start)).real.upper()
            largest = start * (arb.pi() / 2) ** (d - 1) * d * end
            value = (body + largest.union(arb(0))) / arb.pi() ** d
            if value.is_finite() and value.rel_accuracy_bits() > 3.33 * digits:
                return value
    raise ArithmeticError(f"no {digits} digits of the integral for d = {d}")


def _integrand(d: int, x: acb, analytic: bool) -> acb:
    return d * (acb.pi() / 2 - x) ** (d - 1) * _tail(x, analytic)


def _tail(x: acb, analytic: bool = False) -> acb:
    """H(x)."""
    sine, cosine = x.sin(), x.cos()
    square, half = 1 + cosine**2, sine / acb(2).sqrt()
    if analytic and (_may_be_cut(-square) or _may_be_cut(half - 1) or _may_be_cut(-half - 1)):
        return acb(arb("nan"))
    g = half.asin()
    return (
        2 * x
        - 8 * cosine * square.sqrt() * g / sine**2
        + 8 * x * cosine**2 / sine**2
        - 4 * cosine * (x**2 - 2 * g**2) / sine**3
    ) / acb.pi()


def _may_be_cut(z: acb) -> bool:
    """Whether z may be real and >= 0: a branch cut runs there."""
    return bool(z.imag.contains(0)) and not z.real < 0


def dead_ball(d: int, digits: int) -> arb:
    """E p = 2^-n [1 + n q_1 + C(n, 2) q_2], n = d + 2."""
    n = d + 2
    edges, q2 = strip(d, digits + 10), triangle(d, digits + 10)
    with balls.precision(digits + 10):
        q1 = arb((1, 1 - n)) + (n - 1) * edges / 2
        return (1 + n * q1 + comb(n, 2) * q2) * arb((1, -n))


@lru_cache(maxsize=256)
def _cached(d: int, digits: int) -> arb:
    return dead_ball(d, digits)


def dead_plane() -> sympy.Expr:
    """E p for d = 2 in closed form.

    >>> dead_plane()
    -(-6*log(2) + 3*log(2)**2 + 6)/(8*pi**2) + 5/32
    """
    log = sympy.log(2)
    return sympy.Rational(5, 32) - 3 * (2 - 2 * log + log**2) / (8 * sympy.pi**2)


class LayerTwoTwoMore(OneNeuron):
    """Zero biases, Gaussian weights, n_1 = d + 2, n_2 = 1: E p = 2^-n [1 + n q_1 + C(n, 2) q_2].

    q_k is the probability that the zonotope of k rows lies in that of the n - k others: with n - k = d + 2 - k >= d
    only k = 0, 1, 2 are possible. q_1 is elementary, q_2 an integral over one variable (docs/theory/layer_two.md): a
    closed form for d = 2, otherwise certified.

    >>> from relu_prob.network import Network
    >>> print(LAYER_TWO_TWO_MORE.dead(Network((3, 5, 1, 1))).value())
    0.0460060853475305
    """

    name = "one neuron of layer 2, n_1 = d + 2"
    statement = "P(N_2 = 0) = 2^-n [1 + n q_1 + C(n, 2) q_2], n = d + 2, q_2 = E (area of a triangle / 2 pi)^d"
    source = SOURCE
    guarantee = Guarantee.CERTIFIED

    def missing(self, network: Network, layer: int) -> str | None:
        shape = one_neuron_missing(network, layer, 2)
        if shape is None and layer == 2 and not network.weights.gaussian:
            return f"the weights must be Gaussian, got {network.weights!r}"
        return shape or zero_bias_missing(network, layer)

    def dead(self, network: Network) -> Real:
        d = network.input_dimension
        if d == 2:
            return ClosedForm(dead_plane())
        refine = partial(_cached, d)
        return Ball(refine(DIGITS), refine)


LAYER_TWO_TWO_MORE = LayerTwoTwoMore()
