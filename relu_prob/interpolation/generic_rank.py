"""When the features of ReLU units with one input have full rank: a walk over the gaps between the data points.

Sorted points x_1 < ... < x_m; the breakpoint of a unit lies in one of the gaps 0..m (gap g: between x_g and x_{g+1}),
and the unit fires to the right of it or to the left. On the data a unit of gap g that fires to the right is 0 up to x_g
and affine from x_{g+1} on; one that fires to the left is affine up to x_g and 0 from x_{g+1} on; right units of gap 0
and left units of gap m are affine on all points, the others there are 0. Rank m depends, with probability 1, on the
numbers of units in these cells only, and in each cell no more than two of them matter.
"""

from __future__ import annotations

from typing import NamedTuple

ENOUGH = 2  # units of one cell: affine functions on any set of points have dimension at most 2


class Slack(NamedTuple):
    """By how much Hall's condition holds in the gaps passed so far, in its worst cases.

    ``window`` is the least surplus of units over needed breakpoints in a run of gaps that ends here, at most 1. The
    others are the least surplus over the ways to mark gaps (see the theory), by what was marked last: ``open`` where
    the last gap is not marked, ``zero`` where it is marked as balanced with the left end, ``whole`` with the right end.
    """

    window: int
    open: int
    zero: int
    whole: int


def start(affine: int) -> Slack:
    """Before the first gap between two points: ``affine`` units are affine on all points."""
    zero = min(affine, ENOUGH) - 2
    return Slack(1, zero + 1, zero, zero + 1)


def advance(slack: Slack, right: int, left: int) -> Slack | None:
    """Past a gap with so many units that fire to the right and to the left; None where rank m is out of reach.

    >>> advance(start(2), 0, 0)
    Slack(window=0, open=0, zero=0, whole=0)
    >>> advance(advance(start(2), 0, 0), 0, 0) is None  # a straight line over four points: at most rank 3
    True
    """
    right, left = min(right, ENOUGH), min(left, ENOUGH)
    window = min(slack.window + right + left - 1, 1)
    if window < 0:
        return None
    zero = right + min(slack.zero, slack.whole + 1)
    whole = left + min(slack.whole, slack.zero + 1)
    # what is no better than another case in every future is brought down to it, which keeps the states few
    zero, whole = min(zero, 0), min(whole, 0)
    opened = min(slack.open + right + left - 1, window, zero + 1, whole + 1)
    return Slack(window, opened, min(zero, opened), min(whole, opened))


def full(slack: Slack) -> bool:
    """Whether the features have rank m, after the last gap between two points."""
    return slack.whole >= 0 and slack.zero >= -1


def has_full_rank(affine: int, gaps: list[tuple[int, int]]) -> bool:
    """Whether units have features of rank m = len(gaps) + 1, almost surely.

    Parameters
    ----------
    affine : the number of units that fire at all points
    gaps : for each gap between neighbouring points the numbers of units with a breakpoint in it that fire to the
        right and to the left

    >>> has_full_rank(0, [(1, 1)]), has_full_rank(0, [(2, 0)])
    (True, False)
    """
    slack: Slack | None = start(affine)
    for right, left in gaps:
        assert slack is not None
        slack = advance(slack, right, left)
        if slack is None:
            return False
    assert slack is not None
    return full(slack)
