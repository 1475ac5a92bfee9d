"""The engine: chains of active-neuron counts whose every step is a binomial law with dyadic probabilities.

Given i >= 1 active neurons below, each of the n neurons of a layer is dead independently with probability q_i:

    v'_j = C(n, j) sum_i v_i (1 - q_i)^j q_i^(n - j),        0 is absorbing.

In a *sign* step q_i = 2^-(i + offset) or 0; in a *fair* step q_i = 1/2. Exact steps work on integers over one common
denominator and need neither a matrix nor a gcd: with w_i = v_i 2^((n_prev - i) n), the j-th sum is
sum_i w_i (2^i - 1)^j, and the next j costs one shift and one subtraction, w_i <- (w_i << i) - w_i. Ball steps multiply
by the matrix.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

import flint
from flint import arb, arb_mat, fmpq, fmpz


@dataclass(frozen=True)
class ExactLaw:
    """Masses numerators[j] / denominator on 0..n; they need not sum to 1 (a masked law does not)."""

    numerators: tuple[fmpz, ...]
    denominator: fmpz

    @classmethod
    def from_masses(cls, masses: Sequence[fmpq]) -> ExactLaw:
        """The masses over their least common denominator."""
        denominator = fmpz(1)
        for mass in masses:
            denominator = denominator.lcm(fmpz(mass.q))
        return cls(tuple(fmpz(mass.p) * (denominator // mass.q) for mass in masses), denominator)

    def masses(self) -> list[fmpq]:
        """The masses in lowest terms."""
        return [fmpq(p, self.denominator) for p in self.numerators]

    def masked(self, allowed: Collection[int] | None) -> ExactLaw:
        """The part of the law on the allowed counts."""
        if allowed is None:
            return self
        kept = tuple(p if j in allowed else fmpz(0) for j, p in enumerate(self.numerators))
        return ExactLaw(kept, self.denominator)


@dataclass(frozen=True)
class SignStep:
    """A layer of ``width`` neurons, each dead with q_i = 2^-(i + offset); offset None means q_i = 0 for i >= 1."""

    width: int
    offset: int | None = 0

    def exact(self, law: ExactLaw) -> ExactLaw:
        """One layer, on integers."""
        n, previous = self.width, len(law.numerators) - 1
        dead, live = law.numerators[0], law.numerators[1:]
        if self.offset is None:
            return ExactLaw((dead, *[fmpz(0)] * (n - 1), sum(live, fmpz(0))), law.denominator)
        shifts = [i + self.offset for i in range(1, previous + 1)]
        top = previous + self.offset
        rows = [(s, v << (n * (top - s))) for s, v in zip(shifts, live, strict=True) if v != 0]
        sums = _power_sums(rows, n)
        sums[0] += dead << (n * top)
        return ExactLaw(tuple(sums), law.denominator << (n * top))

    def balls(self, law: Sequence[arb]) -> list[arb]:
        """One layer, on balls at the current precision."""
        previous = len(law) - 1
        if self.offset is None:
            return [law[0], *[arb(0)] * (self.width - 1), sum(law[1:], arb(0))]
        powers = _sign_powers(previous, self.width, self.offset, flint.ctx.prec)
        sums = (powers * arb_mat(previous, 1, list(law[1:]))).entries()
        masses = [c * total for c, total in zip(_binomials(self.width), sums, strict=True)]
        return [masses[0] + law[0], *masses[1:]]

    def cost(self, previous: int, bits: int) -> tuple[int, int]:
        """(bit operations of the exact step, bits after it) from a law with denominators of ``bits`` bits."""
        if self.offset is None:
            return 0, bits
        after = bits + self.width * (previous + self.offset)
        return 3 * self.width * previous * after, after


@dataclass(frozen=True)
class AsymmetricSignStep:
    """A layer of ``width`` neurons whose rows (w, b) have one positive entry, in any of their ``below`` + 1 places.

    A neuron is dead if that falls on one of the below - i inputs that are dead already, and the weights from the i
    others and the bias are not positive: q_i = (below - i) / (below + 1) 2^-(i + 1).
    """

    width: int
    below: int

    def exact(self, law: ExactLaw) -> ExactLaw:
        """One layer, on integers."""
        n, m = self.width, self.below
        denominator = fmpz(m + 1) << (m + 1)
        silent = [fmpz(m - i) << (m - i) for i in range(1, m + 1)]
        rows = list(zip(law.numerators[1:], silent, strict=True))
        sums = [
            c * sum((v * (denominator - q) ** j * q ** (n - j) for v, q in rows), fmpz(0))
            for j, c in enumerate(_binomials(n))
        ]
        sums[0] += law.numerators[0] * denominator**n
        return ExactLaw(tuple(sums), law.denominator * denominator**n)

    def balls(self, law: Sequence[arb]) -> list[arb]:
        """One layer, on balls at the current precision."""
        n, m = self.width, self.below
        silent = [arb(fmpq(m - i, m + 1)) * arb((1, -i - 1)) for i in range(1, m + 1)]
        masses = [
            c * sum((v * (1 - q) ** j * q ** (n - j) for v, q in zip(law[1:], silent, strict=True)), arb(0))
            for j, c in enumerate(_binomials(n))
        ]
        return [masses[0] + law[0], *masses[1:]]


@dataclass(frozen=True)
class FairStep:
    """A layer of ``width`` neurons, each dead with probability 1/2 unless the layer below is dead."""

    width: int

    def exact(self, law: ExactLaw) -> ExactLaw:
        """One layer, on integers."""
        n = self.width
        live = sum(law.numerators[1:], fmpz(0))
        numerators = [live * c for c in _binomials(n)]
        numerators[0] += law.numerators[0] << n
        return ExactLaw(tuple(numerators), law.denominator << n)

    def balls(self, law: Sequence[arb]) -> list[arb]:
        """One layer, on balls at the current precision."""
        n = self.width
        live = sum(law[1:], arb(0)) * arb((1, -n))
        masses = [live * c for c in _binomials(n)]
        return [masses[0] + law[0], *masses[1:]]

    def cost(self, previous: int, bits: int) -> tuple[int, int]:
        """(bit operations of the exact step, bits after it) from a law with denominators of ``bits`` bits."""
        return 2 * self.width * (bits + self.width), bits + self.width


@dataclass(frozen=True)
class SurvivingSignStep:
    """A sign step of ``width`` neurons that also fire with probability 1/2 each, never when sign-dead; some must fire.

    v'_s = C(n, s) sum_i v_i [(1 - q_i)^s - (1/2 - q_i)^s] q_i^(n - s), q_i = 2^-(i + offset): s neurons are not
    sign-dead, and not all of them are silent.
    """

    width: int
    offset: int = 0

    def exact(self, law: ExactLaw) -> ExactLaw:
        """One layer, on integers."""
        n, previous = self.width, len(law.numerators) - 1
        top = previous + self.offset
        shifts = [i + self.offset for i in range(1, previous + 1)]
        rows = [(s, v << (n * (top - s))) for s, v in zip(shifts, law.numerators[1:], strict=True) if v != 0]
        silent = [(s - 1, v) for s, v in rows]
        numerators = [a - b for a, b in zip(_power_sums(rows, n), _power_sums(silent, n), strict=True)]
        return ExactLaw(tuple(numerators), law.denominator << (n * top))


Step = SignStep | AsymmetricSignStep | FairStep | SurvivingSignStep
BallStep = SignStep | AsymmetricSignStep | FairStep


@lru_cache(maxsize=16)
def _binomials(n: int) -> tuple[fmpz, ...]:
    """C(n, 0), ..., C(n, n)."""
    return tuple(fmpz(comb(n, j)) for j in range(n + 1))


def _power_sums(rows: list[tuple[int, fmpz]], n: int) -> list[fmpz]:
    """C(n, j) sum_i w_i (2^s_i - 1)^j for j = 0..n, by shifts and subtractions.

    One row at a time, so that its power stays in the processor's cache.
    """
    sums = [fmpz(0)] * (n + 1)
    for shift, power in rows:
        for j in range(n + 1):
            sums[j] = sums[j] + power
            power = (power << shift) - power
    return [total * c for total, c in zip(sums, _binomials(n), strict=True)]


@lru_cache(maxsize=2)
def _sign_powers(previous: int, n: int, offset: int, bits: int) -> arb_mat:
    """Rows j = 0..n, columns i = 1..previous of (2^s - 1)^j 2^-(s n), s = i + offset.

    ``bits`` is the current precision: an argument so that the cache can tell. Two matrices are kept because a chain
    of equal widths asks for the same one at every layer.
    """
    shifts = [i + offset for i in range(1, previous + 1)]
    odds = [arb((fmpz(1) << s) - 1) for s in shifts]
    powers = [arb((1, -s * n)) for s in shifts]
    entries = list(powers)
    for _ in range(n):
        powers = [p * odd for p, odd in zip(powers, odds, strict=True)]
        entries += powers
    return arb_mat(n + 1, previous, entries)


def run_exact(start: ExactLaw, steps: Sequence[Step], masks: Sequence[Collection[int] | None]) -> ExactLaw:
    """The law after all steps; ``masks[k]`` restricts the counts before step k."""
    law = start
    for step, mask in zip(steps, masks, strict=True):
        law = step.exact(law.masked(mask))
    return law


def run_balls(start: Sequence[arb], steps: Sequence[BallStep], masks: Sequence[Collection[int] | None]) -> list[arb]:
    """The same on balls, at the current precision."""
    law = list(start)
    for step, mask in zip(steps, masks, strict=True):
        law = step.balls(masked(law, mask))
    return law


def masked(law: Sequence[arb], allowed: Collection[int] | None) -> list[arb]:
    """The part of a law of balls on the allowed counts."""
    return [p if allowed is None or j in allowed else arb(0) for j, p in enumerate(law)]
