"""Balls around 0, Gaussian weights and a constant negative bias: p_1 is a chi distribution function."""

from __future__ import annotations

from functools import lru_cache

import sympy

from relu_prob.domains import Ball
from relu_prob.initialization import Constant
from relu_prob.network import Network
from relu_prob.numbers.real import Real
from relu_prob.theorems.first_layer.family import SOURCE, FirstLayer, exact, rational


@lru_cache
def chi(d: int, a: sympy.Expr) -> sympy.Expr:
    """P(chi_d <= a) = P(d/2, a^2/2), the regularized incomplete gamma function, in closed form.

    P(s+1, x) = P(s, x) - x^s e^-x / Gamma(s+1), from P(1/2, x) = erf(sqrt x) or P(0, x) = 1.

    >>> a = sympy.Symbol("a", positive=True)
    >>> chi(1, a), chi(2, a)
    (erf(sqrt(2)*a/2), 1 - exp(-a**2/2))
    """
    x = a**2 / 2
    half = sympy.Rational(d % 2, 2)
    # sum of x^s / Gamma(s+1) without the common factor x^half / Gamma(half + 1)
    steps, step = [], sympy.Integer(1)
    for k in range(d // 2):
        steps.append(step)
        step = step * x / (half + k + 1)
    common = sympy.exp(-x) if d % 2 == 0 else sympy.exp(-x) * a * sympy.sqrt(2 / sympy.pi)
    base = sympy.Integer(1) if d % 2 == 0 else sympy.erf(a / sympy.sqrt(2))
    return base - common * sympy.Add(*steps)


class BallConstantBias(FirstLayer):
    """A ball of radius r around 0, weights N(0, sigma^2), bias c < 0: dead if r |w| <= -c.

    >>> from relu_prob.network import Network
    >>> from relu_prob.initialization import Normal
    >>> BALL_CONSTANT_BIAS.dead(Network((2, 5, 1), weights=Normal(1), biases=Constant(-1))).expression
    1 - exp(-1/2)
    """

    name = "a first layer on a ball, constant bias"
    statement = "N_1 ~ Bin(n_1, 1 - p_1), p_1 = P(chi_d <= a), a = -bias / (radius sigma_w)"
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        if not (isinstance(network.biases, Constant) and network.biases.value < 0):
            return f"the biases must be constant and negative, got {network.biases!r}"
        if not isinstance(network.domain, Ball):
            return f"the domain must be a ball around 0, got {network.domain!r}"
        if not network.weights.gaussian:
            return f"the weights must be Gaussian, got {network.weights!r}"
        return None

    def dead(self, network: Network) -> Real:
        assert isinstance(network.domain, Ball)
        assert isinstance(network.biases, Constant)
        variance = network.weights.variance(*network.widths[:2])
        a_squared = network.biases.value**2 / (network.domain.radius**2 * variance)
        return exact(chi(network.input_dimension, sympy.sqrt(rational(a_squared))))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        # of a positive symbol sympy would look for the sign of p_1, by finding roots of polynomials of degree d
        a = sympy.Symbol("a", nonzero=True)
        d = network.input_dimension
        return chi(d, a), (a,), f"input dimension {d}, a = -bias / (radius sigma_w)"


BALL_CONSTANT_BIAS = BallConstantBias()
