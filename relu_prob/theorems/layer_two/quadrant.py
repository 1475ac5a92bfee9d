"""A quadrant of inputs and two neurons: the law of the angle that the outputs span, and the next layer in rationals.

Let A and B be the pre-activations of the two neurons at the two edges of the quadrant: independent, Gaussian, their
directions uniform on the circle. On the inputs between the edges the pre-activations run along the shorter arc from A
to B, and ReLU moves every direction outside the positive quadrant to the nearest of its edges, or to 0. In right
angles, the outputs span an angle t, by the quadrants (counted 1, 2, 3, 4 around the circle) that hold A and B:

    1 1                    -> the difference of two uniform variables, density 2 (1 - t)
    1 2, 1 4               -> uniform
    1 3                    -> from A to the edge on the side of the shorter arc: again density 2 (1 - t)
    2 4                    -> t = 1
    2 2, 4 4, 2 3, 4 3     -> one neuron fires, t = 0
    3 3                    -> none does

A neuron of the next layer is dead with probability p = (2 - t)/4.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import comb

import sympy
from flint import fmpq, fmpq_poly

T = sympy.Symbol("t", nonnegative=True)
KINDS = {
    (1, 1): "triangular",
    (1, 2): "uniform",
    (1, 4): "uniform",
    (1, 3): "triangular",
    (2, 4): "right",
    (2, 2): "single",
    (4, 4): "single",
    (2, 3): "single",
    (3, 4): "single",
    (3, 3): "dead",
}


@dataclass(frozen=True)
class Kind:
    """A law of t on [0, 1]: the coefficients of its density in t, or (none given) an atom; and the neurons active."""

    active: int
    density: tuple[int, ...] = ()
    atom: int = 0

    def mean(self, polynomial: fmpq_poly) -> Fraction:
        """E f(t)."""
        if not self.density:
            return _fraction(polynomial(fmpq(self.atom)))
        return _fraction((polynomial * fmpq_poly(list(self.density))).integral()(fmpq(1)))


P = fmpq_poly([2, -1]) / 4
"""p as a polynomial in t."""

LAWS = {
    "triangular": Kind(2, (2, -2)),
    "uniform": Kind(2, (1,)),
    "right": Kind(2, atom=1),
    "single": Kind(1, atom=0),
}


@lru_cache(maxsize=1)
def chances() -> dict[str, Fraction]:
    """The probability of each kind, by running through the quadrants of A and B.

    >>> {kind: str(chance) for kind, chance in chances().items()}
    {'triangular': '3/16', 'uniform': '1/4', 'single': '3/8', 'right': '1/8', 'dead': '1/16'}
    """
    found = dict.fromkeys(("triangular", "uniform", "single", "right", "dead"), Fraction(0))
    for pair in product((1, 2, 3, 4), repeat=2):
        a, b = sorted(pair)
        found[KINDS[a, b]] += Fraction(1, 16)
    return found


def moment_of_p(k: int) -> Fraction:
    """E p^k, with p = 1 where the layer of two neurons is dead.

    >>> [str(moment_of_p(k)) for k in (1, 2, 3)]
    ['29/64', '359/1536', '1437/10240']
    """
    return _mean(1, P**k) + _mean(2, P**k) + chances()["dead"]


@lru_cache(maxsize=256)
def following(n: int, active: int) -> tuple[Fraction, ...]:
    """P(``active`` of the two neurons are active, j of n neurons of the next layer), j = 0..n."""
    if active == 0:
        return (chances()["dead"],) + (Fraction(0),) * n
    return tuple(comb(n, j) * _mean(active, P ** (n - j) * (1 - P) ** j) for j in range(n + 1))


@lru_cache(maxsize=256)
def above_pair(n: int) -> tuple[Fraction, ...]:
    """P(j of n neurons of the next layer are active, given that both neurons are), j = 0..n.

    >>> [str(x) for x in above_pair(1)]
    ['13/36', '23/36']
    """
    both = _mean(2, fmpq_poly([1]))
    return tuple(x / both for x in following(n, 2))


@lru_cache(maxsize=256)
def surviving(n: int, active: int) -> tuple[Fraction, ...]:
    """P(``active`` of the two neurons are active, s of n neurons of the next layer not sign-dead, not all dead).

    A neuron is sign-dead with probability q = 2^-active, and dead but not sign-dead with probability p - q.
    """
    if active == 0:
        return (Fraction(0),) * (n + 1)
    q = Fraction(1, 2**active)
    chance = _mean(active, fmpq_poly([1]))
    silent = [_mean(active, (P - fmpq(1, 2**active)) ** s) for s in range(n + 1)]
    return tuple(comb(n, s) * q ** (n - s) * ((1 - q) ** s * chance - silent[s]) for s in range(n + 1))


def _mean(active: int, polynomial: fmpq_poly) -> Fraction:
    """E[f(t); so many of the two neurons active]."""
    kinds = [kind for kind, law in LAWS.items() if law.active == active]
    return sum((chances()[kind] * LAWS[kind].mean(polynomial) for kind in kinds), Fraction(0))


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))
