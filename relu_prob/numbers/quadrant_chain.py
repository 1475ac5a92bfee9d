"""A chain of counts that is sign while many neurons are alive, and sharper where few are: two, or one.

The laws of four states are carried along, apart because they pass on different things:

- *spread*, three or more sign-alive neurons: a sign step, as in ``chain``;
- *two* sign-alive neurons: again a sign step, but two neurons above them are a
- *pair*: two active neurons that read two, at most over the quadrant that these span. ``pairs(n)`` is the law of the
  number of active ones among n neurons above a pair;
- *ray*: one ray, or dead. A fair step.

Exact laws are integers over one denominator that every layer multiplies by one number, without a gcd of large ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any

from flint import arb, fmpq, fmpz

from relu_prob.numbers.chain import ExactLaw, FairStep, SignStep

Pairs = Callable[[int], Sequence[Fraction]]
Numbers = list[Any]  # all integers, or all balls
Step = Callable[[Numbers], Numbers]
Steps = tuple[Step, Step, Numbers]


def exact(first: ExactLaw, widths: Sequence[int], masks: Sequence[Collection[int] | None], pairs: Pairs) -> ExactLaw:
    """The law after layers of these widths; ``masks[k]`` restricts the counts before layer k.

    >>> two = ExactLaw.from_masses([fmpq(0), fmpq(0), fmpq(1)])
    >>> [str(mass) for mass in exact(two, [2], [None], lambda n: [Fraction(1), *[Fraction(0)] * n]).masses()]
    ['1/16', '3/8', '9/16']
    """
    denominator = first.denominator

    def steps(previous: int, n: int) -> Steps:
        nonlocal denominator
        sign, law = fmpz(1) << (n * previous), pairs(n)
        common = reduce(lcm, (x.denominator for x in law), int(sign))
        denominator *= common

        def scaled(step: SignStep | FairStep, divisor: int) -> Step:
            factor = fmpz(common // divisor)
            return lambda masses: [x * factor for x in step.exact(ExactLaw(tuple(masses), fmpz(1))).numerators]

        above = [fmpz(x.numerator * (common // x.denominator)) for x in law]
        return scaled(SignStep(n), int(sign)), scaled(FairStep(n), 2**n), above

    masses = _run(list(first.numerators), widths, masks, steps)
    return ExactLaw(tuple(masses), denominator)


def in_balls(
    first: Sequence[arb], widths: Sequence[int], masks: Sequence[Collection[int] | None], pairs: Pairs
) -> list[arb]:
    """The same on balls, at the current precision."""

    def steps(previous: int, n: int) -> Steps:
        above = [arb(fmpq(x.numerator, x.denominator)) for x in pairs(n)]
        return SignStep(n).balls, FairStep(n).balls, above

    return _run(list(first), widths, masks, steps)


def _run(
    first: Numbers,
    widths: Sequence[int],
    masks: Sequence[Collection[int] | None],
    steps: Callable[[int, int], Steps],
) -> Numbers:
    spread, two, ray = _split(first)
    pair = [x * 0 for x in first]
    for n, mask in zip(widths, masks, strict=True):
        sign, fair, above = steps(len(spread) - 1, n)
        spread, two, pair, ray = (_only(law, mask) for law in (spread, two, pair, ray))
        # only the entry 2 of a pair is not 0
        after_pair = [sum(pair[2:3], pair[0] * 0) * x for x in above]
        parts = [_split(law) for law in (sign(spread), sign(two), after_pair)]
        spread = _sum([part[0] for part in parts])
        ray = _sum([fair(ray), *(part[2] for part in parts)])
        # two that read two are a pair; others may read more
        two, pair = _sum([parts[0][1], parts[2][1]]), parts[1][1]
    return _sum([spread, two, pair, ray])


def _split(law: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Three or more, two, and fewer."""
    return _only(law, range(3, len(law))), _only(law, (2,)), _only(law, (0, 1))


def _only(law: Numbers, allowed: Collection[int] | None) -> Numbers:
    return [x if allowed is None or j in allowed else x * 0 for j, x in enumerate(law)]


def _sum(laws: list[Numbers]) -> Numbers:
    return [sum(column[1:], column[0]) for column in zip(*laws, strict=True)]
