"""The smallest width and the largest depth for a target trainability."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relu_prob import checks
from relu_prob.network import Network
from relu_prob.numbers.search import first, goal
from relu_prob.questions import arguments, catalogue
from relu_prob.questions.design.goal import bracketed, certain, first_width, out_of_reach, possible
from relu_prob.questions.trainability import trainability
from relu_prob.results import Probability

ABOVE = "what is known of the trainability from above stays below it"


@dataclass(frozen=True)
class DesignRange:
    """A width or depth that is only known to lie between two others, both included.

    ``low == high`` where a theorem decides; ``high`` is None where no guarantee was found up to the limit.
    ``at_low`` and ``at_high`` are what is known of the trainability there.

    >>> from relu_prob import Network, smallest_width
    >>> print(smallest_width(Network((2, 2, 2, 2, 1)), need=1, failure=1e-3))
    between 4 and 7
    """

    low: int
    high: int | None
    at_low: Probability
    at_high: Probability | None

    @property
    def exact(self) -> int | None:
        """The value where it is decided, otherwise None."""
        return self.low if self.low == self.high else None

    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        return f"at least {self.low}" if self.high is None else f"between {self.low} and {self.high}"


def smallest_width(
    network: Network,
    *,
    need: int = 1,
    target: float | Fraction | None = None,
    failure: float | Fraction | None = None,
    limit: int = 10_000,
) -> DesignRange:
    """The smallest width w of all hidden layers with trainability at least the target.

    ``min { w : P(N_1 >= m, ..., N_{L-1} >= m) >= target }`` with m = ``need`` in every hidden layer, and N the active
    neurons of the network whose hidden layers all have width w.

    Parameters
    ----------
    network : gives input dimension, depth, laws and domain; its hidden widths are replaced
    need : how many active neurons each hidden layer needs; need=1 asks that the network is not born dead
    target : the trainability to reach, 0 < target < 1; or
    failure : 1 - target, for targets very close to 1. Give exactly one of the two
    limit : the largest width to look at

    Returns
    -------
    DesignRange
        A single width where theorems decide, otherwise the range in which it lies: no smaller width reaches the target
        (by the sign chain), and ``high`` does: by two rays up to width 24, where layers are deeper than two with a
        numerical error bound (``at_high.guarantee`` says so), and by the ray chain from the last layer with an exact
        law beyond.

    Raises
    ------
    TypeError, ValueError
        For bad input, and where not even ``limit`` can reach the target.

    Examples
    --------
    >>> from relu_prob import Network, smallest_width
    >>> print(smallest_width(Network((1, 2, 2, 1)), need=1, failure=1e-6))
    11
    """
    net = arguments.network(network)
    need = checks.integer("need", need, low=1)
    wanted = goal(target, failure)
    limit = checks.integer("limit", limit, low=need)

    def at(width: int) -> Network:
        return net.with_hidden_widths([width] * net.depth)

    def around(width: int) -> Probability:
        return bracketed(at(width), [need] * net.depth)

    low = first(lambda width: possible(around(width), wanted), need, limit)
    if low is None:
        raise out_of_reach(limit, target, failure, ABOVE)
    high = first_width(lambda width: certain(around(width), wanted), low, limit)
    # between the two only a theorem can tell, and whether one covers the network may depend on the width
    for width in range(low, limit + 1 if high is None else high):
        if catalogue.covering(at(width), net.depth) is not None:
            if certain(_known(at(width), need), wanted):
                high = width
                break
            low = width + 1 if low == width else low
    if low > limit:
        raise out_of_reach(limit, target, failure, ABOVE)
    return DesignRange(low, high, _known(at(low), need), None if high is None else _known(at(high), need))


def largest_depth(
    network: Network,
    *,
    need: int = 1,
    target: float | Fraction | None = None,
    failure: float | Fraction | None = None,
    limit: int = 1000,
) -> DesignRange:
    """The largest number of hidden layers of one width with trainability at least the target.

    ``max { L - 1 : P(N_1 >= m, ..., N_{L-1} >= m) >= target }``; it falls with depth, so the maximum is well defined.

    Parameters
    ----------
    network : its hidden layers must all have the same width; their number is replaced
    need, target, failure : as for smallest_width
    limit : the largest depth to look at

    Returns
    -------
    DesignRange
        A single depth where theorems decide, otherwise the range in which it lies, by the bracket; 0 where not even one
        hidden layer is guaranteed to reach the target.

    Raises
    ------
    TypeError, ValueError
        For bad input.

    Examples
    --------
    >>> from relu_prob import Interval, Network, largest_depth
    >>> print(largest_depth(Network((1, 20, 1), domain=Interval(0, 1)), need=1, failure=1e-4))
    104
    """
    net = arguments.network(network)
    width = net.hidden_widths[0]
    if set(net.hidden_widths) != {width}:
        raise ValueError(f"network must have hidden layers of one width, got {net.hidden_widths!r}")
    need = checks.integer("need", need, low=1, high=width)
    wanted = goal(target, failure)
    limit = checks.integer("limit", limit, low=1)

    def at(depth: int) -> Network:
        return net.with_hidden_widths([width] * depth)

    uncertain = first(lambda depth: not certain(_known(at(depth), need), wanted), 1, limit)
    impossible = first(lambda depth: not possible(_known(at(depth), need), wanted), 1, limit)
    low = limit if uncertain is None else uncertain - 1
    high = None if impossible is None else impossible - 1
    at_high = None if high is None else _known(at(max(high, 1)), need)
    return DesignRange(low, high, _known(at(max(low, 1)), need), at_high)


def _known(net: Network, need: int) -> Probability:
    """The trainability, exactly where a theorem covers the network, otherwise the interval of the bracket."""
    if catalogue.covering(net, net.depth) is None:
        return bracketed(net, [need] * net.depth)
    return trainability(net, need=[need] * net.depth, method="exact")
