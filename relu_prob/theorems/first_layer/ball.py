"""Balls around 0 and rows (w, b) of rotation-invariant law: p_1 is the share of a spherical cap."""

from __future__ import annotations

from functools import lru_cache

import sympy

from relu_prob.domains import Ball
from relu_prob.initialization import SphereUniform
from relu_prob.network import Network
from relu_prob.numbers.real import Real
from relu_prob.theorems.first_layer.family import PAPER, FirstLayer, exact, rational, variance_ratio


@lru_cache
def cap(d: int, r: sympy.Expr) -> sympy.Expr:
    """p_1 on the ball of effective radius r = radius sigma_w / sigma_b in R^d, in closed form.

    A neuron is dead if r |w| + b <= 0, both entries of variance 1: if the row makes an angle of at most atan(1/r)
    with the negative bias axis of R^(d+1), so that

        p_1(d) = K_d int_0^atan(1/r) sin^(d-1),    K_d = Gamma((d+1)/2) / (sqrt(pi) Gamma(d/2)).

    One integration by parts, int sin^m = -sin^(m-1) cos / m + (m-1)/m int sin^(m-2), and K_d (d-2)/(d-1) = K_(d-2)
    give p_1(d) = p_1(d-2) - K_d/(d-1) sin^(d-2) cos at atan(1/r), where sin^2 = 1/(1 + r^2). It starts from
    p_1(1) = atan(1/r)/pi and p_1(2) = (1 - cos)/2.

    >>> r = sympy.Symbol("r", positive=True)
    >>> cap(1, r), cap(3, r)
    (atan(1/r)/pi, -r/(pi*(r**2 + 1)) + atan(1/r)/pi)
    >>> cap(2, r)
    -r/(2*sqrt(r**2 + 1)) + 1/2
    """
    sine_squared = 1 / (1 + r**2)
    # steps down from 1/2 (even d) or from atan(1/r)/pi (odd d), without the common factor cos * sin^(0 or 1)
    start = 2 if d % 2 == 0 else 3
    coefficient = sympy.Rational(1, 2) if d % 2 == 0 else 1 / sympy.pi  # K_start / (start - 1)
    common = r * sympy.sqrt(sine_squared) if d % 2 == 0 else r
    steps = []
    for k in range(start, d + 1, 2):
        steps.append(coefficient * sine_squared ** ((k - 1) // 2 if d % 2 else (k - 2) // 2))
        coefficient = coefficient * sympy.Rational(k - 1, k)
    base = sympy.Rational(1, 2) if d % 2 == 0 else sympy.atan(1 / r) / sympy.pi
    return base - common * sympy.Add(*steps)


class BallDomain(FirstLayer):
    """A ball around 0; rows (w, b) whose direction is uniform once weights and biases have the same variance.

    >>> from relu_prob.initialization import Normal
    >>> from relu_prob.network import Network
    >>> BALL.dead(Network((1, 5, 1), weights=Normal(1), biases=Normal(1))).fraction
    Fraction(1, 4)
    >>> BALL.dead(Network((2, 5, 1), weights=Normal(2), biases=Normal(1))).expression
    1/2 - sqrt(5)/5
    """

    name = "a first layer on a ball"
    statement = (
        "N_1 ~ Bin(n_1, 1 - p_1), p_1 = Gamma((d+1)/2) / (sqrt(pi) Gamma(d/2)) int_0^atan(1/r) sin^(d-1), "
        "r = radius sigma_w / sigma_b"
    )
    source = PAPER

    def fails(self, network: Network) -> str | None:
        weights, biases = network.weights, network.biases
        if not isinstance(network.domain, Ball):
            return f"the domain must be a ball around 0, got {network.domain!r}"
        if not ((weights.gaussian and biases.gaussian) or isinstance(biases, SphereUniform)):
            return (
                "rows (w, b) must have a rotation-invariant law (weights and biases both Gaussian, or both "
                f"SphereUniform), got weights {weights!r} and biases {biases!r}"
            )
        return None

    def dead(self, network: Network) -> Real:
        assert isinstance(network.domain, Ball)
        r_squared = network.domain.radius**2 * variance_ratio(network)
        return exact(cap(network.input_dimension, sympy.sqrt(rational(r_squared))))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        # of a positive symbol sympy would look for the sign of p_1, by finding roots of polynomials of degree d
        r = sympy.Symbol("r", nonzero=True)
        d = network.input_dimension
        meaning = f"input dimension {d}, r = radius sigma_w / sigma_b is the effective radius"
        return cap(d, r), (r,), meaning


BALL = BallDomain()
