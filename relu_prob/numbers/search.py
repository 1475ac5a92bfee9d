"""What a search is given, a target or the failure that is left, and the search itself: the first of a monotone row."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from relu_prob import checks


def goal(target: Any, failure: Any) -> Fraction:
    """The probability to reach, from exactly one of ``target`` and ``failure`` = 1 - target.

    >>> goal(None, 0.25)
    Fraction(3, 4)
    >>> goal(0.5, 0.5)
    Traceback (most recent call last):
    ...
    ValueError: exactly one of target and failure must be given, got target=0.5, failure=0.5
    """
    if (target is None) == (failure is None):
        raise ValueError(f"exactly one of target and failure must be given, got {goal_text(target, failure)}")
    name, value = ("target", target) if failure is None else ("failure", failure)
    exact = checks.real(name, value, positive=True)
    if exact >= 1:
        raise ValueError(f"{name} must be a number strictly between 0 and 1, got {value!r}")
    return exact if failure is None else 1 - exact


def goal_text(target: Any, failure: Any) -> str:
    """The two arguments, for an error."""
    return f"target={target!r}, failure={failure!r}"


def first(true: Callable[[int], bool], low: int, limit: int) -> int | None:
    """The smallest value in low..limit for which a monotone statement is true, by doubling and bisection; or None.

    >>> first(lambda n: n * n >= 50, 1, 100), first(lambda n: n > 7, 1, 7)
    (8, None)
    """
    if low > limit:
        return None
    high = low
    while not true(high):
        if high >= limit:
            return None
        low, high = high + 1, min(2 * high, limit)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle + 1, high)
    return high
