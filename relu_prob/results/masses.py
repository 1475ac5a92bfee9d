"""The masses of a count law: real numbers, or the tally of a simulation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from math import log, sqrt
from typing import Any

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ONE, ZERO, Between, Rational, Real, Sampled, compute, total


class Masses(ABC):
    """Masses on the counts 0..n, maybe of total mass below 1."""

    n: int

    @abstractmethod
    def event(self, counts: Collection[int]) -> Real:
        """The mass of a set of counts."""

    @abstractmethod
    def moments(self) -> tuple[Real, Real]:
        """(mean, variance) of the law divided by its total mass."""

    @property
    @abstractmethod
    def guarantee(self) -> Guarantee:
        """The weakest guarantee among the masses."""

    @abstractmethod
    def key(self) -> Hashable:
        """What two equal laws have in common."""


class RealMasses(Masses):
    """Masses that are exact, certified or numerical."""

    def __init__(self, masses: Sequence[Real]) -> None:
        self._masses = tuple(masses)
        self.n = len(self._masses) - 1

    @property
    def masses(self) -> tuple[Real, ...]:
        """One for each count."""
        return self._masses

    def event(self, counts: Collection[int]) -> Real:
        chosen = [self.masses[j] for j in sorted(counts)]
        return chosen[0] if len(chosen) == 1 else total(chosen)

    def moments(self) -> tuple[Real, Real]:
        live = [(j, mass) for j, mass in enumerate(self.masses) if mass != ZERO]
        counts, masses = [j for j, _ in live], [mass for _, mass in live]

        def mean(*xs: Any) -> Any:
            return _dot(counts, xs) / sum(xs)

        def variance(*xs: Any) -> Any:
            return _dot([j * j for j in counts], xs) / sum(xs) - mean(*xs) ** 2

        return compute(mean, masses), compute(variance, masses)

    @property
    def guarantee(self) -> Guarantee:
        return Guarantee.weakest(mass.guarantee for mass in self.masses)

    def key(self) -> Hashable:
        return self.masses


class DeferredMasses(RealMasses):
    """Masses that are computed when they are asked for, and sets of counts that are known better than by their sum."""

    def __init__(
        self,
        n: int,
        masses: Callable[[], tuple[Real, ...]],
        event: Callable[[Collection[int]], Real],
        guarantee: Guarantee,
    ) -> None:
        self.n, self._compute, self._event, self._guarantee = n, masses, event, guarantee
        self._known: dict[frozenset[int], Real] = {}

    @cached_property
    def _masses(self) -> tuple[Real, ...]:  # type: ignore[override]
        return self._compute()

    def event(self, counts: Collection[int]) -> Real:
        chosen = frozenset(counts)
        if chosen not in self._known:
            self._known[chosen] = self._event(chosen)
        return self._known[chosen]

    @property
    def guarantee(self) -> Guarantee:
        return self._guarantee


def _dot(weights: Sequence[int], values: Sequence[Any]) -> Any:
    return sum(w * x for w, x in zip(weights, values, strict=True))


class BracketMasses(Masses):
    """What two laws that enclose a third stochastically say of it: P_low(N > j) <= P(N > j) <= P_high(N > j).

    ``restricted`` says whether the laws are masked; otherwise their total mass is 1. ``method`` and ``source`` say what
    the two laws are.
    """

    def __init__(
        self, low: RealMasses, high: RealMasses, *, restricted: bool, method: str = "bracket", source: str = ""
    ) -> None:
        self.low, self.high, self.restricted = low, high, restricted
        self.method, self.source = method, source
        self.n = low.n

    @property
    def guarantee(self) -> Guarantee:
        return Guarantee.weakest([Guarantee.CERTIFIED, self.low.guarantee, self.high.guarantee])

    def event(self, counts: Collection[int]) -> Real:
        """An interval for the mass of a set of counts, from its runs {a..b}: P(N > a - 1) - P(N > b)."""
        everything = range(self.n + 1)
        if not self.restricted and len(counts) == self.n + 1:
            return ONE
        chosen = sorted(counts)
        starts = [j for j in chosen if j - 1 not in counts]
        stops = [j for j in chosen if j + 1 not in counts]
        lows, highs = [], []
        for a, b in zip(starts, stops, strict=True):
            if a == 0 and not self.restricted:  # P(N <= b), without taking the difference of two numbers close to 1
                lows.append(self.high.event(range(b + 1)))
                highs.append(self.low.event(range(b + 1)))
            else:
                above_a, above_b = everything[a:], everything[b + 1 :]
                lows.append(_positive_difference(self.low.event(above_a), self.high.event(above_b)))
                highs.append(_positive_difference(self.high.event(above_a), self.low.event(above_b)))
        low, high = total(lows), total(highs)
        if len(highs) > 1:
            high = _smaller(high, self.high.event(everything) if self.restricted else ONE)
        return low if low == high else Between(low, high)

    def moments(self) -> tuple[Real, Real]:
        """Intervals for mean and variance, where nothing is restricted (then the laws are ordered, so are means)."""
        if self.restricted:
            raise ValueError("mean and variance of a bracketed law need an unrestricted law (allowed=None)")
        low_mean, high_mean = (_raw_moment(law, 1) for law in (self.low, self.high))
        low_square, high_square = (_raw_moment(law, 2) for law in (self.low, self.high))
        low_var = _positive(compute(_variance, [low_square, high_mean]))
        # a count in 0..n has variance at most n^2/4
        high_var = _smaller(compute(_variance, [high_square, low_mean]), Rational(Fraction(self.n**2, 4)))
        return Between(low_mean, high_mean), Between(low_var, high_var)

    def key(self) -> Hashable:
        return (self.low.key(), self.high.key(), self.restricted)


def _raw_moment(law: RealMasses, power: int) -> Real:
    return total(law.masses, [j**power for j in range(law.n + 1)])


def _variance(square: Any, mean: Any) -> Any:
    return square - mean**2


def _positive_difference(x: Real, y: Real) -> Real:
    return x if y == ZERO else _positive(compute(_minus, [x, y]))


def _minus(x: Any, y: Any) -> Any:
    return x - y


def _positive(x: Real) -> Real:
    """max(0, x): what a lower bound of a probability may be raised to."""
    return ZERO if x.ends()[1] <= 0 else x


def _smaller(x: Real, y: Real) -> Real:
    """The better of two upper bounds."""
    return x if x.ends()[1] <= y.ends()[1] else y


class SampledMasses(Masses):
    """The tally of a simulation: how many of ``samples`` networks satisfied the masks and had j active neurons.

    ``undercounts`` says that activity was looked for at a finite sample of the domain, so that counts may be too
    small: then a tally bounds P(N >= j) from below only, and the other end of an interval is that of the bracket.
    Unless ``ordered``, masks on such counts let it bound nothing.
    """

    guarantee = Guarantee.STATISTICAL

    def __init__(
        self,
        tally: Iterable[int],
        samples: int,
        level: float,
        *,
        bracket: BracketMasses | None = None,
        undercounts: bool = False,
        ordered: bool = True,
    ) -> None:
        self.tally, self.samples, self.level = tuple(int(k) for k in tally), samples, level
        self.bracket, self.undercounts, self.ordered = bracket, undercounts, ordered
        self.n = len(self.tally) - 1

    def event(self, counts: Collection[int]) -> Sampled:
        result = proportion(sum(self.tally[j] for j in counts), self.samples, self.level)
        if not self.undercounts:
            return result
        low, high = (0.0, 1.0) if self.bracket is None else map(float, self.bracket.event(counts).ends())
        if self.ordered and set(counts) == set(range(min(counts), self.n + 1)):
            low = max(low, min(result.low, high))
        elif self.ordered and set(counts) == set(range(max(counts) + 1)) and sum(self.tally) == self.samples:
            high = min(high, max(result.high, low))
        return Sampled(result.estimate, low, high, self.level, self.samples)

    def moments(self) -> tuple[Real, Real]:
        """Estimates with Hoeffding intervals: N/n lies in [0, 1], so they hold for every law and sample size."""
        size = sum(self.tally)
        if size == 0:
            raise ZeroDivisionError("the mean of a law of which no network was seen")
        if self.undercounts:
            raise ValueError("the mean of counts that a finite sample of the domain only bounds from below")
        mean = sum(j * k for j, k in enumerate(self.tally)) / size
        square = sum(j * j * k for j, k in enumerate(self.tally)) / size
        radius = sqrt(log(4 / (1 - self.level)) / (2 * size))  # both moments at once, each at half the level
        low, high = max(0.0, mean - self.n * radius), min(float(self.n), mean + self.n * radius)
        square_low, square_high = square - self.n**2 * radius, square + self.n**2 * radius
        variance_low, variance_high = max(0.0, square_low - high**2), min(self.n**2 / 4, square_high - low**2)
        return (
            Sampled(mean, low, high, self.level, size),
            Sampled(square - mean**2, variance_low, variance_high, self.level, size),
        )

    def key(self) -> Hashable:
        around = self.bracket and self.bracket.key()
        return (self.tally, self.samples, self.level, self.undercounts, self.ordered, around)


def proportion(successes: int, samples: int, level: float) -> Sampled:
    """successes / samples with the Clopper-Pearson interval, which covers with probability at least ``level``.

    >>> p = proportion(0, 1000, 0.99)
    >>> p.low, round(p.high, 6)
    (0.0, 0.005284)
    """
    # scipy.stats takes half a second to import
    from scipy.stats import binomtest

    interval = binomtest(successes, samples).proportion_ci(level, method="exact")
    return Sampled(successes / samples, float(interval.low), float(interval.high), level, samples)
