"""The smallest width and the largest depth, against a search over all of them."""

from fractions import Fraction

import naive
import pytest

from relu_prob import (
    Interval,
    Network,
    Normal,
    NotCovered,
    bracket,
    largest_depth,
    smallest_width,
    trainability,
)
from relu_prob.numbers.balls import mpf_fraction
from relu_prob.questions.design.goal import guaranteed

RAY = Interval(0, 1)


def exact(net, width, need):
    wide = net.with_hidden_widths([width] * net.depth)
    return trainability(wide, need=[need] * net.depth, method="exact").fraction


def bounds(net, width, need):
    """The lower end of the best lower bound, and the upper bound."""
    wide = net.with_hidden_widths([width] * net.depth)
    allowed = [range(need, width + 1)] * (net.depth - 1)
    low = guaranteed(wide, [need] * net.depth, "quick")
    high = bracket(wide, allowed=allowed).high.event(range(need, width + 1))
    return mpf_fraction(low.low) if low.fraction is None else low.fraction, high.fraction


def known(net, width, need):
    """What a theorem, or else the bracket, says of the probability: an interval."""
    try:
        value = trainability(net.with_hidden_widths([width] * net.depth), need=[need] * net.depth, method="exact")
    except NotCovered:
        return bounds(net, width, need)
    return mpf_fraction(value.low), mpf_fraction(value.high)


@pytest.mark.parametrize("need", [1, 2, 3])
@pytest.mark.parametrize("failure", [Fraction(1, 3), 0.01, 1e-6])
@pytest.mark.parametrize(
    "net", [Network((1, 2, 2, 1)), Network((1, 2, 2, 2, 1), domain=RAY), Network((1, 2, 1), domain=RAY)], ids=str
)
def test_the_smallest_width_where_theorems_decide(net, failure, need):
    answer = smallest_width(net, need=need, failure=failure)
    goal = 1 - Fraction(failure)
    width = next(w for w in range(need, 100) if exact(net, w, need) >= goal)
    assert answer.exact == answer.low == answer.high == width
    assert str(answer) == str(width)
    assert answer.at_low.fraction == answer.at_high.fraction == exact(net, width, need)


def test_the_smallest_width_by_hand():
    """P(born dead) of 1-w-w-1 is 4^-w (3 - 2^(1-w))."""
    width = next(w for w in range(1, 30) if Fraction(3 * 2**w - 2, 8**w) <= Fraction(1, 10**6))
    assert smallest_width(Network((1, 2, 2, 1)), failure=Fraction(1, 10**6)).exact == width == 11


@pytest.mark.parametrize("need", [1, 3])
@pytest.mark.parametrize("failure", [0.2, 1e-3])
@pytest.mark.parametrize("net", [Network((3, 9, 9, 9, 1)), Network((2, 9, 9, 9, 1))], ids=str)
def test_the_range_of_the_smallest_width_is_that_of_the_bracket(net, failure, need):
    answer, goal = smallest_width(net, need=need, failure=failure), 1 - Fraction(failure)
    assert known(net, answer.low, need)[1] >= goal
    assert answer.low == need or known(net, answer.low - 1, need)[1] < goal
    assert known(net, answer.high, need)[0] >= goal
    assert answer.high == need or known(net, answer.high - 1, need)[0] < goal
    assert mpf_fraction(answer.at_low.high) >= goal
    decided = answer.low == answer.high
    assert str(answer) == (str(answer.low) if decided else f"between {answer.low} and {answer.high}")
    assert answer.exact == (answer.low if decided else None)


def test_target_and_failure_are_two_ways_to_say_the_same():
    net = Network((1, 2, 2, 1))
    assert smallest_width(net, target=Fraction(99, 100)) == smallest_width(net, failure=Fraction(1, 100))


def test_a_target_exactly_reached_is_reached():
    net = Network((1, 2, 1), domain=RAY)
    assert smallest_width(net, target=Fraction(7, 8)).exact == 3
    assert smallest_width(net, target=Fraction(7, 8) + Fraction(1, 10**30)).exact == 4


def test_a_first_layer_with_biases_in_closed_form():
    net = Network((1, 2, 1), biases=Normal(1), weights=Normal(1))
    # p_1 = atan(1)/pi = 1/4
    assert smallest_width(net, failure=Fraction(1, 4**5)).exact == 5


def test_out_of_reach():
    with pytest.raises(ValueError, match=r"target must be within reach of widths up to limit = 4, .*failure=1e-06"):
        smallest_width(Network((3, 2, 2, 2, 1)), failure=1e-6, limit=4)


def test_out_of_reach_where_only_a_theorem_can_tell():
    """The sign chain allows width 5, but the exact answer is 11."""
    with pytest.raises(ValueError, match=r"target must be within reach of widths up to limit = 10, .*failure=1e-06"):
        smallest_width(Network((1, 2, 2, 1)), failure=1e-6, limit=10)
    assert smallest_width(Network((1, 2, 2, 1)), failure=1e-6, limit=11).exact == 11


def test_no_guarantee_up_to_the_limit():
    answer = smallest_width(Network((3, 9, 9, 9, 1)), failure=1e-3, limit=6)
    assert answer.high is answer.at_high is None
    assert str(answer) == f"at least {answer.low}"


@pytest.mark.parametrize(("width", "need", "target"), [(20, 1, 1 - 1e-4), (5, 1, 0.9), (6, 2, 0.5), (3, 3, 0.01)])
def test_the_largest_depth_on_one_ray_is_that_of_a_power(width, need, target):
    step = sum(naive.binomial(width, Fraction(1, 2))[need:])
    depth = 0
    while step ** (depth + 1) >= Fraction(target):
        depth += 1
    answer = largest_depth(Network((1, width, 1), domain=RAY), need=need, target=target)
    assert answer.exact == depth
    assert str(answer) == str(depth)


def test_no_depth_at_all():
    assert largest_depth(Network((1, 1, 1), domain=RAY), target=0.9).exact == 0


@pytest.mark.parametrize(
    ("net", "target"),
    [
        (Network((5, 4, 1)), 0.999),
        (Network((5, 4, 1)), 0.99),
        (Network((3, 4, 1)), 0.99),
        (Network((3, 4, 1)), 0.8),
        (Network((3, 4, 4, 1)), 0.999),
        (Network((3, 4, 4, 1)), 0.8),
    ],
    ids=str,
)
def test_the_range_of_the_largest_depth_is_that_of_what_is_known(net, target):
    answer, goal = largest_depth(net, target=target), Fraction(target)

    def at(depth):
        return known(net.with_hidden_widths([4] * depth), 4, 1)

    assert answer.low == 0 or at(answer.low)[0] >= goal
    assert at(answer.low + 1)[0] < goal
    assert answer.high == 0 or at(answer.high)[1] >= goal
    assert at(answer.high + 1)[1] < goal


def test_depth_beyond_the_limit():
    answer = largest_depth(Network((1, 50, 1), domain=RAY), target=0.5, limit=9)
    assert (answer.low, answer.high) == (9, None)
    assert str(answer) == "at least 9"
