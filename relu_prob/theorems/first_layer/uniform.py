"""Uniform weights and biases: p_1 is the volume of a polytope (boxes) or of a cone over a ball."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import lru_cache
from math import factorial, lcm

import sympy
from flint import fmpq

from relu_prob.domains import Ball
from relu_prob.initialization import HeUniform, Law, PyTorchDefault, Uniform
from relu_prob.network import Network
from relu_prob.numbers.real import Real
from relu_prob.theorems.first_layer.family import (
    SOURCE,
    FirstLayer,
    Sides,
    exact,
    rational,
    sides,
    variance_ratio,
)

MAX_STEPS = 1_500_000
"""How many terms may be formed in expanding the product over the sides: a few seconds' worth."""


def _uniform(law: Law) -> bool:
    return isinstance(law, Uniform | HeUniform | PyTorchDefault)


def _laws_fail(network: Network) -> str | None:
    if _uniform(network.weights) and _uniform(network.biases):
        return None
    return f"weights and biases must be uniform, got weights {network.weights!r} and biases {network.biases!r}"


class TooLong(ValueError):
    """An expansion of more than MAX_STEPS steps."""


@lru_cache(maxsize=256)
def _terms(box: Sides, limit: Fraction | None) -> tuple[tuple[int, Fraction, Fraction], ...]:
    """The triples (m, y, c) of the sum in ``box_dead``.

    They are the expansion of prod_i (A(h_i) + A(-l_i))/2 in powers s^-m and exponentials e^(-s y), where
    A(a) = E e^(-s a U) = (1 - e^(-s a)) / (s a) belongs to a uniform variable U on (0, 1). Terms with y^2 >= limit,
    y > 0, vanish in the end and are left out.
    """
    # lengths as integers, which are quick as keys
    unit = lcm(*(end.denominator for side in box for end in side))
    scaled = [(int(high * unit), int(-low * unit)) for low, high in box]
    beyond = None if limit is None else limit * unit**2
    steps = 0
    terms = {(0, 0): fmpq(1)}
    # negative ends first: afterwards y only grows, so that what is above the limit stays there
    for ends in sorted(scaled, key=min):
        steps += 4 * len(terms)
        if steps > MAX_STEPS:
            raise TooLong
        products: defaultdict[tuple[int, int], fmpq] = defaultdict(fmpq)
        for end in ends:
            for (m, y), c in terms.items():
                if end == 0:
                    products[m, y] += c / 2
                    continue
                share = c / (2 * end)
                products[m + 1, y] += share
                products[m + 1, y + end] -= share
        prune = beyond if min(ends) >= 0 else None
        terms = {(m, y): c for (m, y), c in products.items() if c != 0 and (prune is None or y <= 0 or y * y < prune)}
    return tuple((m, Fraction(y, unit), Fraction(int(c.p), int(c.q)) * unit**m) for (m, y), c in terms.items())


def box_dead(box: Sides, ratio: sympy.Expr, limit: Fraction | None = None) -> sympy.Expr:
    """p_1 on a box, ``ratio`` = (bound of the weights) / (bound of the biases); ``limit`` = 1 / ratio^2 if rational.

    In units of the biases' bound a neuron is dead if b + sum_i M_i <= 0, where M_i, the largest value of w_i x_i on
    side i, is a mixture in equal parts of the uniform variables ratio h_i U and -ratio l_i U. Hence

        p_1 = E[(1 - S)_+ - (-1 - S)_+] / 2,    S = sum_i M_i,

    and with the Laplace transform of S expanded into terms c s^-m e^(-s y),

        p_1 = sum c [(1 - y)_+^(m+1) - (-1 - y)_+^(m+1)] / (2 (m+1)!).

    >>> centred = (Fraction(-1), Fraction(1))
    >>> box_dead((centred, centred), sympy.Integer(1)), box_dead((centred,), sympy.Rational(1, 2))
    (1/12, 3/8)
    """
    parts = []
    for m, y, c in _terms(box, limit):
        shift = ratio * rational(y)
        powers = _positive(1 - shift) ** (m + 1) - _positive(-1 - shift) ** (m + 1)
        parts.append(rational(c / (2 * factorial(m + 1))) * powers / ratio**m)
    return sympy.Add(*parts)


def _positive(x: sympy.Expr) -> sympy.Expr:
    return sympy.Max(0, x)


class UniformBox(FirstLayer):
    """Any bounded box; weights uniform on (-c_w, c_w), biases on (-c_b, c_b): a rational number if c_w/c_b is.

    On [-r, r]^d it is, with r in units of c_b/c_w,
    p_1 = 1 / (2 (d+1)! r^d) sum_k (-1)^k C(d, k) (1 - k r)_+^(d+1); for r >= 1 only k = 0 is left.

    >>> from relu_prob.domains import Box
    >>> from relu_prob.network import Network
    >>> net = Network((2, 5, 1), weights=PyTorchDefault(), domain=Box((0, 0), (1, 1)))
    >>> UNIFORM_BOX.dead(net).fraction
    Fraction(13, 48)
    """

    name = "a first layer on a box, uniform laws"
    statement = "N_1 ~ Bin(n_1, 1 - p_1), p_1 = E[(1 - S)_+ - (-1 - S)_+] / 2, S = sum_i max(w_i x_i) / c_b"
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        box = sides(network.domain, network.input_dimension)
        if box is None:
            return f"the domain must be a bounded box or interval, got {network.domain!r}"
        if (why := _laws_fail(network)) is not None:
            return why
        try:
            _terms(box, 1 / variance_ratio(network))
        except TooLong:
            return f"the sides of the box must have few different lengths, got {network.domain!r}"
        return None

    def dead(self, network: Network) -> Real:
        box = sides(network.domain, network.input_dimension)
        assert box is not None
        square = variance_ratio(network)
        return exact(box_dead(box, sympy.sqrt(rational(square)), 1 / square))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str] | None:
        box = sides(network.domain, network.input_dimension)
        assert box is not None
        r = sympy.Symbol("r", positive=True)
        largest = max(abs(end) for side in box for end in side)
        shape = tuple((low / largest, high / largest) for low, high in box)
        try:
            dead = box_dead(shape, r)
        except TooLong:
            return None
        meaning = f"input dimension {len(box)}, r = (largest coordinate of the box) c_w / c_b, laws uniform on (-c, c)"
        return dead, (r,), meaning


class UniformBall(FirstLayer):
    """A ball of radius at least c_b / c_w; weights uniform on (-c_w, c_w), biases on (-c_b, c_b).

    With a bias b = -u c_b < 0 a neuron is dead if radius |w| <= u c_b. This ball of weights lies inside their cube for
    every u in (0, 1) if and only if r = radius c_w / c_b >= 1; then, kappa_d being the volume of the unit ball,

        p_1 = (1/2) int_0^1 kappa_d (u/r)^d / 2^d du = kappa_d / (2^(d+1) (d+1) r^d).

    >>> from relu_prob.network import Network
    >>> UNIFORM_BALL.dead(Network((2, 5, 1), weights=PyTorchDefault())).expression
    pi/24
    """

    name = "a first layer on a ball, uniform laws"
    statement = "N_1 ~ Bin(n_1, 1 - kappa_d / (2^(d+1) (d+1) r^d)), r = radius c_w / c_b >= 1"
    source = SOURCE

    def fails(self, network: Network) -> str | None:
        if not isinstance(network.domain, Ball):
            return f"the domain must be a ball around 0, got {network.domain!r}"
        if (why := _laws_fail(network)) is not None:
            return why
        square = network.domain.radius**2 * variance_ratio(network)
        if square < 1:
            return (
                "the effective radius r = radius c_w / c_b must be at least 1 (else the ball of deadly weights sticks "
                f"out of their cube), got r^2 = {square}"
            )
        return None

    def dead(self, network: Network) -> Real:
        assert isinstance(network.domain, Ball)
        square = network.domain.radius**2 * variance_ratio(network)
        return exact(_ball_dead(sympy.Integer(network.input_dimension), sympy.sqrt(rational(square))))

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str]:
        r = sympy.Symbol("r", positive=True)
        d = sympy.Symbol("d", integer=True, positive=True)
        return _ball_dead(d, r), (d, r), "input dimension d, r = radius c_w / c_b >= 1, laws uniform on (-c, c)"


def _ball_dead(d: sympy.Expr, r: sympy.Expr) -> sympy.Expr:
    u = sympy.Symbol("u", positive=True)
    volume = sympy.pi ** (d / 2) / sympy.gamma(d / 2 + 1)
    return volume / (2 * r) ** d * sympy.integrate(u**d, (u, 0, 1)) / 2


UNIFORM_BOX = UniformBox()
UNIFORM_BALL = UniformBall()
