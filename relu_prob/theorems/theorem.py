"""What a theorem is: a statement, its source, its hypotheses, and the masked count law that it proves.

The masked count law of layer l for sets A_1, ..., A_{l-1} of counts is

    law[j] = P(N_1 in A_1, ..., N_{l-1} in A_{l-1}, N_l = j),    j = 0..n_l.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from math import comb

from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ONE, ZERO, Real, compute, total
from relu_prob.results import SymbolicEntry

__all__ = [
    "CostError",
    "Mask",
    "Masks",
    "SymbolicEntry",
    "Theorem",
    "allows",
    "binomial",
    "mixture",
    "point_mass",
    "scaled",
]

Mask = frozenset[int] | None
Masks = tuple[Mask, ...]


class CostError(RuntimeError):
    """An exact computation that would take long: ask for balls by digits=, or for it by force=True."""


class Theorem(ABC):
    """A family of count laws; ``guarantee`` is the strongest that its masses can have."""

    name: str
    statement: str
    source: str
    guarantee: Guarantee = Guarantee.EXACT

    @abstractmethod
    def missing(self, network: Network, layer: int) -> str | None:
        """The first hypothesis that fails for this layer of the network, in words; None if the theorem covers it."""

    @abstractmethod
    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """The masked count law of a layer that the theorem covers; ``masks`` has layer - 1 entries."""

    def event(self, network: Network, layer: int, masks: Masks, counts: Collection[int]) -> Real:
        """P(N_1 in A_1, ..., N_{l-1} in A_{l-1}, N_l in counts); a theorem may know it better than its masses' sum."""
        masses = self.masses(network, layer, masks)
        return total([masses[j] for j in sorted(counts)])

    def seconds(self, network: Network, layer: int) -> float:
        """Roughly what the law takes to compute, beyond tables that are computed once; 0 where that is little."""
        return 0.0

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...] | None:
        """law[s] = P(S_1 in A_1, ..., S_l = s, no layer up to l entirely dead), where the theorem has it.

        S_l counts the neurons that are not sign-dead, which are those that are not permanently dead unless a whole
        layer is dead.
        """
        return None

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry | None:
        """P(N_layer = j | N_{layer-1} = i) as a formula, where the theorem has one."""
        return None


def binomial(n: int, dead: Real) -> tuple[Real, ...]:
    """The law Bin(n, 1 - dead) of the number of active among n neurons, each dead with the given probability.

    >>> [x.fraction for x in binomial(2, compute(lambda one: one / 4, [ONE]))]
    [Fraction(1, 16), Fraction(3, 8), Fraction(9, 16)]
    """
    if dead == ZERO:
        return point_mass(n, n)
    if dead == ONE:
        return point_mass(0, n)
    return tuple(compute(lambda p, j=j: comb(n, j) * (1 - p) ** j * p ** (n - j), [dead]) for j in range(n + 1))


def point_mass(at: int, n: int) -> tuple[Real, ...]:
    """The law on 0..n of a count that is certainly ``at``."""
    return tuple(ONE if j == at else ZERO for j in range(n + 1))


def scaled(weight: Real, masses: Sequence[Real]) -> tuple[Real, ...]:
    """``weight`` times every mass."""
    return tuple(mass if mass == ZERO else compute(lambda w, x: w * x, [weight, mass]) for mass in masses)


def mixture(*parts: tuple[Real, Sequence[Real]]) -> tuple[Real, ...]:
    """sum_k weight_k masses_k."""
    laws = [scaled(weight, masses) for weight, masses in parts]
    return tuple(compute(lambda *xs: sum(xs), column) for column in zip(*laws, strict=True))


def allows(mask: Mask, count: int) -> bool:
    """Whether a mask allows a count; None allows all."""
    return mask is None or count in mask
