"""Local search: widths that no small change improves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

Widths = tuple[int, ...]


class Ordered(Protocol):
    """What can be compared."""

    def __lt__(self, other: object, /) -> bool: ...


V = TypeVar("V", bound=Ordered)


def fewer(widths: Widths, cost: Callable[[Widths], int], good: Callable[[Widths], bool], reach: int) -> Widths:
    """Good widths of which no change costs less and is good: one width lowered by one, or that and another one raised.

    ``reach`` is how far apart in depth the two may be.
    """
    while True:
        costs = {changed: cost(changed) for changed in _changed(widths, -1, reach)}
        cheaper = sorted((c, changed) for changed, c in costs.items() if c < cost(widths))
        better = next((changed for _, changed in cheaper if good(changed)), None)
        if better is None:
            return widths
        widths = better


def larger(widths: Widths, value: Callable[[Widths], V], allowed: Callable[[Widths], bool], reach: int) -> Widths:
    """Allowed widths of which no change is allowed and has a larger value: one width raised by one, or that and another
    one lowered.
    """
    known = value(widths)
    while True:
        for changed in _changed(widths, 1, reach):
            if allowed(changed) and known < (other := value(changed)):
                widths, known = changed, other
                break
        else:
            return widths


def _changed(widths: Widths, step: int, reach: int) -> Iterator[Widths]:
    for i in range(len(widths)):
        one = (*widths[:i], widths[i] + step, *widths[i + 1 :])
        yield one
        for j in range(max(0, i - reach), min(len(widths), i + reach + 1)):
            if j != i:
                yield (*one[:j], one[j] - step, *one[j + 1 :])
