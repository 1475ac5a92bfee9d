"""What is asked of a design, and whether what is known of a trainability reaches it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.real import Between, Real
from relu_prob.numbers.search import first, goal_text
from relu_prob.questions import arguments
from relu_prob.questions.arguments import Options
from relu_prob.questions.bracket_ends import Lower, best_lower_law
from relu_prob.questions.trainability import trainability
from relu_prob.results import Probability

WIDEST_TWO_RAY = 24
"""Up to this width the lower end of the bracket is that of two rays in every layer; beyond, each would take seconds."""


def out_of_reach(limit: int, target: Any, failure: Any, side: str) -> ValueError:
    """No width up to the limit will do; ``side`` says what is known about that."""
    return ValueError(
        f"target must be within reach of widths up to limit = {limit}, got {goal_text(target, failure)}: {side}"
    )


def bracketed(net: Network, need: Sequence[int]) -> Probability:
    """The interval of the bracket around the trainability."""
    arithmetic = Options().affordable(net)
    return trainability(net, need=need, method="bracket", digits=arithmetic.digits)


def guaranteed(net: Network, need: Sequence[int], lower: Lower) -> Probability:
    """The largest lower bound known of the trainability: that of a law below the counts, or the value itself.

    Where it is numerical, the bound is the value minus its error.
    """
    masks = tuple(map(arguments.at_least, need[:-1], net.hidden_widths))
    law = best_lower_law(net, net.depth, masks, lower, need[-1])
    return law.event(range(need[-1], law.n + 1))


def certain(probability: Probability, wanted: Fraction) -> bool:
    """Whether the lower end of what is known is at least the wanted value."""
    number = probability.number
    return _at_least(number.low if isinstance(number, Between) else number, wanted, 0)


def possible(probability: Probability, wanted: Fraction) -> bool:
    """Whether the upper end of what is known is at least the wanted value."""
    number = probability.number
    return _at_least(number.high if isinstance(number, Between) else number, wanted, 1)


def _at_least(number: Real, wanted: Fraction, end: int) -> bool:
    if number.fraction is not None:
        return number.fraction >= wanted
    low, high = map(balls.mpf_fraction, number.ends())
    if low >= wanted or high < wanted:
        return low >= wanted
    # more digits may take long: only where the first ones leave it open
    return balls.mpf_fraction(number.ends(30)[end]) >= wanted


def first_width(reaches: Callable[[int], bool], low: int, limit: int) -> int | None:
    """The smallest width in low..limit found that reaches a target: by two rays, and beyond their widths otherwise.

    The bound may fall where two rays end, so the two parts are searched one after the other.
    """
    narrow = first(reaches, low, min(limit, WIDEST_TWO_RAY))
    return first(reaches, max(low, WIDEST_TWO_RAY + 1), limit) if narrow is None else narrow
