"""What the families of the first layer share: N_1 ~ Bin(n_1, 1 - p_1), with p_1 the death probability of one neuron.

The neurons of the first layer are independent and identically distributed, on any domain D, and one of them is dead
if w.x + b <= 0 for all x in D. A family says for which laws and domains it knows p_1, and gives it exactly or as
certified balls.
"""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction

import sympy

from relu_prob.domains import Ball, Box, Domain, Interval, Orthant, Points
from relu_prob.initialization import Law, Rademacher
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, ClosedForm, Rational, Real
from relu_prob.theorems.theorem import Masks, SymbolicEntry, Theorem, binomial

SOURCE = "docs/theory.md, section 'First layer'"
PAPER = f"Shin & Karniadakis (arXiv 1907.09696), death in the first layer; {SOURCE}"

Sides = tuple[tuple[Fraction, Fraction], ...]


class FirstLayer(Theorem):
    """A family of first layers whose death probability p_1 is known."""

    def missing(self, network: Network, layer: int) -> str | None:
        return f"the layer must be 1, got {layer}" if layer != 1 else self.fails(network)

    @abstractmethod
    def fails(self, network: Network) -> str | None:
        """The first hypothesis on laws and domain that fails, in words; None if the family covers the network."""

    @abstractmethod
    def dead(self, network: Network) -> Real:
        """p_1, the probability that a neuron of the first layer is dead."""

    def formula(self, network: Network) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str] | None:
        """(p_1, its symbols, what they stand for and where it holds), derived with sympy; None if there is none."""
        return None

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        return binomial(network.hidden_widths[0], self.dead(network))

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(N_1 = s, N_1 > 0): a neuron of the first layer that is dead now is dead for ever."""
        return (ZERO, *self.masses(network, layer, masks)[1:])

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry | None:
        formula = self.formula(network)
        if formula is None:
            return None
        dead, symbols, meaning = formula
        n, j = sympy.symbols("n j", integer=True, nonnegative=True)
        binomial_entry = sympy.binomial(n, j) * (1 - dead) ** j * dead ** (n - j)
        entry = sympy.KroneckerDelta(j, n) if dead == 0 else binomial_entry
        return SymbolicEntry(entry, (j, n, *symbols), f"n neurons in the first layer; {meaning}")


def exact(expression: sympy.Expr) -> Real:
    """A closed form, as a Rational where sympy sees that it is one.

    >>> exact(sympy.atan(1) / sympy.pi).fraction
    Fraction(1, 4)
    """
    if expression.is_Rational:
        return Rational(Fraction(int(expression.p), int(expression.q)))
    return ClosedForm(expression)


def rational(value: Fraction) -> sympy.Rational:
    """The same number in sympy."""
    return sympy.Rational(value.numerator, value.denominator)


def variance_ratio(network: Network) -> Fraction:
    """(sigma_w / sigma_b)^2, exactly; the biases must not be constant.

    The rows (w, b) and a multiple of them die on the same event, so that p_1 depends on this ratio only.
    """
    d, n = network.widths[:2]
    return network.weights.variance(d, n) / network.biases.variance(d, n)


def sides(domain: Domain, dimension: int) -> Sides | None:
    """The sides of a bounded box, also where it is written as an interval or as a ball in dimension 1.

    >>> sides(Ball(2), 1)
    ((Fraction(-2, 1), Fraction(2, 1)),)
    """
    if isinstance(domain, Interval):
        return ((domain.low, domain.high),)
    if isinstance(domain, Box):
        return tuple(zip(domain.low, domain.high, strict=True))
    if isinstance(domain, Ball) and dimension == 1:
        return ((-domain.radius, domain.radius),)
    return None


def contains_zero(domain: Domain, dimension: int) -> bool:
    """Whether 0 is in the domain."""
    if isinstance(domain, Points):
        return any(not any(row) for row in domain.points)
    box = sides(domain, dimension)
    if box is not None:
        return all(low <= 0 <= high for low, high in box)
    return domain.surrounds_zero or isinstance(domain, Orthant)


def no_zero_weights(law: Law) -> bool:
    """Whether almost surely no weight is 0."""
    return law.continuous or isinstance(law, Rademacher)
