"""The law of the number of active neurons in a layer, with scipy's words: pmf, cdf, sf, mean, var, support."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

import tabulate

from relu_prob import checks
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import ZERO, Real, compute
from relu_prob.results.estimated import EstimatedMasses
from relu_prob.results.masses import Masses, RealMasses, SampledMasses
from relu_prob.results.probability import Probability, Quantity
from relu_prob.results.text import booktabs

Q = TypeVar("Q", bound=Quantity)


class CountLaw:
    """The law of N_l, the number of active neurons of layer l, restricted to an event about the layers below.

    ``pmf(j) = P(N_1 in A_1, ..., N_{l-1} in A_{l-1}, N_l = j)``: a *masked* law, whose ``total`` is the probability
    of the event (1 where nothing is restricted). Immutable; compares by value.

    Examples
    --------
    >>> from relu_prob import Network, count_law
    >>> law = count_law(Network((1, 2, 2, 1)), layer=2)
    >>> [law.pmf(j).fraction for j in law.support]
    [Fraction(5, 32), Fraction(7, 16), Fraction(13, 32)]
    >>> law.mean.fraction, law.total.fraction
    (Fraction(5, 4), Fraction(1, 1))
    """

    def __init__(self, masses: Masses, *, layer: int | str, method: str, source: str = "") -> None:
        self._masses = masses
        self._layer = layer
        self._method = method
        self._source = source

    @property
    def masses(self) -> Masses:
        """The masses, as ``relu_prob.results.masses`` knows them."""
        return self._masses

    @property
    def layer(self) -> int | str:
        """The layer l whose neurons are counted; of a layer graph its name."""
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
    def n(self) -> int:
        """The width of the layer."""
        return self._masses.n

    @property
    def guarantee(self) -> Guarantee:
        """The weakest guarantee of its masses."""
        return self._masses.guarantee

    @property
    def support(self) -> range:
        """The counts 0..n (some may have probability 0)."""
        return range(self.n + 1)

    def event(self, counts: Iterable[int]) -> Probability:
        """The mass of a set of counts."""
        values = checks.sequence("counts", counts, f"a collection of integers from 0 to {self.n}")
        chosen = {checks.integer("counts", j, low=0, high=self.n) for j in values}
        if not chosen:
            return self._as(Probability, ZERO)
        probability = self._as(Probability, self._masses.event(chosen))
        around = self._masses.bracket if isinstance(self._masses, SampledMasses | EstimatedMasses) else None
        if around is None:
            return probability
        interval = Probability(around.event(chosen), method=around.method, source=around.source)
        return Probability(probability.number, method=self._method, source=self._source, bracket=interval)

    def pmf(self, j: int) -> Probability:
        """The mass at j, for j in 0..n."""
        return self.event([checks.integer("j", j, low=0, high=self.n)])

    def cdf(self, j: int) -> Probability:
        """The mass of counts <= j, for j in 0..n."""
        return self.event(range(checks.integer("j", j, low=0, high=self.n) + 1))

    def sf(self, j: int) -> Probability:
        """The mass of counts > j, for j in 0..n."""
        return self.event(range(checks.integer("j", j, low=0, high=self.n) + 1, self.n + 1))

    @cached_property
    def total(self) -> Probability:
        """The total mass: the probability of the event that the law is restricted to."""
        return self.event(self.support)

    @cached_property
    def _moments(self) -> tuple[Real, Real]:
        return self._masses.moments()

    @property
    def mean(self) -> Quantity:
        """The mean number of active neurons, given the event. Undefined (ZeroDivisionError) where its mass is 0."""
        return self._as(Quantity, self._moments[0])

    @property
    def var(self) -> Quantity:
        """The variance of the number of active neurons, given the event."""
        return self._as(Quantity, self._moments[1])

    def quantile(self, q: float | Fraction) -> int:
        """The smallest j with cdf(j) >= q * total, for 0 < q < 1; of the tally or the estimate where the law is one.

        Raises
        ------
        ArithmeticError
            Where the masses are not known well enough to decide.
        """
        checks.fraction_between("q", q, 0, 1)
        goal = checks.real("q", q)
        least, most = self._known(self.n)
        for j in self.support[:-1]:
            low, high = self._known(j)
            if low >= goal * most:
                return j
            if high >= goal * least:
                raise ArithmeticError(
                    f"quantile({q}): cdf({j}) is only known to lie in [{float(low):g}, {float(high):g}]"
                )
        return self.n

    def _known(self, j: int) -> tuple[Fraction, Fraction]:
        """Rationals that enclose cdf(j); for a tally what was counted, twice, and for an estimate the estimate."""
        if isinstance(self._masses, SampledMasses):
            seen = Fraction(sum(self._masses.tally[: j + 1]))
            return seen, seen
        if isinstance(self._masses, EstimatedMasses):
            estimate = Fraction(self._masses.event(range(j + 1)).estimate)
            return estimate, estimate
        number = self.cdf(j).number
        if number.fraction is not None:
            return number.fraction, number.fraction
        low, high = number.ends()
        return balls.mpf_fraction(low), balls.mpf_fraction(high)

    def conditional(self) -> CountLaw:
        """The law divided by its total mass.

        Raises
        ------
        ZeroDivisionError
            Where the total mass is 0: then it is undefined.
        TypeError
            For a tally of a simulation: condition by restricting the simulation instead.
        """
        if isinstance(self._masses, EstimatedMasses):
            return CountLaw(self._masses.given(), layer=self._layer, method=self._method, source=self._source)
        if not isinstance(self._masses, RealMasses):
            raise TypeError("conditional() needs exact or certified masses, got a tally of a simulation")
        total = self.total.number
        if total == ZERO:
            raise ZeroDivisionError("the event that the law is restricted to has probability 0")
        masses = [x if x == ZERO else compute(_ratio, [x, total]) for x in self._masses.masses]
        return CountLaw(RealMasses(masses), layer=self._layer, method=self._method, source=self._source)

    def _as(self, kind: Callable[..., Q], number: Real) -> Q:
        return kind(number, method=self._method, source=self._source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CountLaw) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> Hashable:
        return (self._masses.key(), self._layer, self._method, self._source)

    def __repr__(self) -> str:
        shown = ", ".join(f"{j}: {self.pmf(j).decimal(6)}" for j in list(self.support)[:5])
        more = ", ..." if self.n >= 5 else ""
        return f"CountLaw(layer {self._layer}, {{{shown}{more}}}, {self.guarantee}, {self._method})"

    def rows(self, digits: int = 15) -> list[dict[str, str]]:
        """A table of the law: j, P(N = j) exactly where that is short, and in decimals with the guarantee."""
        return [{"j": str(j), "P(N = j)": self.pmf(j).describe(digits)} for j in self.support]

    def to_dict(self, digits: int = 15) -> dict[str, Any]:
        """A plain dict for JSON."""
        return {
            "layer": self._layer,
            "guarantee": str(self.guarantee),
            "method": self._method,
            "source": self._source,
            "total": self.total.to_dict(digits),
            "pmf": [self.pmf(j).to_dict(digits) for j in self.support],
        }

    def markdown(self, digits: int = 15) -> str:
        """The table in Markdown."""
        return str(tabulate.tabulate(self.rows(digits), headers="keys", tablefmt="github", disable_numparse=True))

    def latex(self, digits: int = 6) -> str:
        """The table in LaTeX (booktabs)."""
        rows = [(f"${j}$", f"${self.pmf(j).latex(digits)}$") for j in self.support]
        headers = ("$j$", f"$P(N_{{{self._layer}}} = j)$")
        return booktabs(rows, headers)


def _ratio(x: Any, y: Any) -> Any:
    return x / y
