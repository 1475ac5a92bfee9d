"""Hidden widths for a target trainability or a number of parameters, with the lower bound that guarantees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import groupby
from math import comb
from typing import Any

from flint import fmpq

from relu_prob import checks
from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.search import first, goal
from relu_prob.questions import arguments
from relu_prob.questions.bracket_ends import LOWERS, Lower
from relu_prob.questions.design.goal import (
    WIDEST_TWO_RAY,
    certain,
    first_width,
    guaranteed,
    out_of_reach,
)
from relu_prob.questions.design.local import fewer, larger
from relu_prob.questions.design.widths import Problem, Widths, fewest_parameters, largest_product, parameters
from relu_prob.results import Probability
from relu_prob.theorems import bracket as chains

BELOW = "what is known of the trainability from below stays under it"
NEIGHBOURS = 1
"""Local search raises a width and lowers one of a layer next to it: each try takes some 10 ms where two rays answer."""


@dataclass(frozen=True)
class Design:
    """A network with proposed hidden widths, and what guarantees its trainability.

    ``certificate`` is a lower bound of the trainability for ``need``: where it is numerical, its value minus its error
    is. ``optimality`` says among which widths none is better. Of ``target`` and ``budget`` the one that was given.
    """

    network: Network
    need: Widths
    certificate: Probability
    optimality: str
    target: Fraction | None = None
    budget: int | None = None

    @property
    def widths(self) -> Widths:
        """Those of the hidden layers."""
        return self.network.hidden_widths

    @property
    def parameters(self) -> int:
        """Weights and biases of all layers, the output layer among them."""
        return parameters(self.network.widths)

    def __str__(self) -> str:
        runs = [(n, len(list(group))) for n, group in groupby(self.widths)]
        shown = ", ".join(f"{n} ({k} times)" if k > 2 else ", ".join([str(n)] * k) for n, k in runs)
        bound = f"{self.certificate.describe(10)}, by {self.certificate.method}"
        return f"hidden widths {shown}: {self.parameters} parameters, trainability at least {bound}; {self.optimality}"


def design(
    network: Network,
    *,
    depth: int | None = None,
    need: int | Sequence[int] = 1,
    target: float | Fraction | None = None,
    failure: float | Fraction | None = None,
    budget: int | None = None,
    equal: bool = True,
    lower: Lower = "quick",
    limit: int = 1000,
) -> Design:
    """Hidden widths whose trainability is guaranteed: few parameters for a target, or a large bound for a budget.

    A guarantee is a lower bound of ``P(N_1 >= m_1, ..., N_{L-1} >= m_{L-1})``: the value where a theorem has it,
    otherwise the lower end of the bracket.

    Parameters
    ----------
    network : gives inputs, outputs, laws and domain; its hidden widths are replaced
    depth : the number of hidden layers; by default that of ``network``
    need : how many active neurons each hidden layer needs, m_l >= 1: a number for all or one for each
    target : the trainability to guarantee with few parameters, 0 < target < 1; or
    failure : 1 - target; or
    budget : the most parameters, to guarantee as large a trainability as possible. Give exactly one of the three
    equal : whether all hidden layers have one width
    lower : the lower bounds to use, as for bracket: "quick", "sharpest" (slow beyond width 24) or "ray"
    limit : the largest width to look at

    Returns
    -------
    Design
        With ``equal=False`` and ``lower="ray"`` the optimum, proved: the fewest parameters for the target, or the
        largest bound within the budget. With other bounds a local optimum, found from that of the ray chain above
        the first layer and from equal widths.

    Raises
    ------
    TypeError, ValueError
        For bad input, and where no widths up to the limit are guaranteed to reach the target, or fit the budget.

    Examples
    --------
    >>> from relu_prob import Network, design
    >>> print(design(Network((784, 1, 10)), depth=2, failure=1e-6))
    hidden widths 5, 5: 4015 parameters, trainability at least ...
    >>> design(Network((8, 1, 1)), depth=3, need=2, target=0.99, equal=False, lower="ray").widths
    (12, 12, 12)

    Possible issues: parameters count a bias for every neuron, also where biases start at 0. ``need=1`` asks for no more
    than one active neuron in every layer; a first layer of one neuron may then be enough. Unequal widths take
    seconds at depth 20. A local optimum need not grow with the target.
    """
    net = _with_depth(arguments.network(network), depth)
    m = _needs(net, need)
    wanted = None if budget is not None and target is None and failure is None else _goal(target, failure, budget)
    checks.choice("lower", lower, LOWERS)
    if not isinstance(equal, bool):
        raise TypeError(f"equal must be True or False, got {equal!r}")
    limit = checks.integer("limit", limit, low=max(m))
    task = _Task(net, m, lower, limit)
    if wanted is None:
        most = checks.integer("budget", budget, low=1)
        if task.cost(m) > most:
            raise ValueError(f"budget must be at least {task.cost(m)} parameters, for need = {m!r}, got {budget!r}")
        hidden, optimality = task.largest_equal(most) if equal else task.largest(most)
    else:
        found = task.fewest_equal(wanted) if equal else task.fewest(wanted)
        if found is None:
            raise out_of_reach(limit, target, failure, BELOW)
        hidden, optimality = found
    return Design(net.with_hidden_widths(hidden), m, task.certificate(hidden), optimality, wanted, budget)


@dataclass(frozen=True)
class _Task:
    net: Network
    need: Widths
    lower: Lower
    limit: int

    def cost(self, hidden: Widths) -> int:
        return parameters((self.net.input_dimension, *hidden, self.net.widths[-1]))

    def certificate(self, hidden: Widths) -> Probability:
        return guaranteed(self.net.with_hidden_widths(hidden), self.need, self.lower)

    def reaches(self, wanted: Fraction, hidden: Widths) -> bool:
        return self._allowed(hidden) and certain(self.certificate(hidden), wanted)

    def fewest_equal(self, wanted: Fraction) -> tuple[Widths, str] | None:
        width = first_width(lambda n: self.reaches(wanted, self._equal(n)), max(self.need), self.limit)
        return None if width is None else (self._equal(width), "the smallest equal width found with such a bound")

    def largest_equal(self, budget: int) -> tuple[Widths, str]:
        too_wide = first(lambda n: self.cost(self._equal(n)) > budget, max(self.need), self.limit)
        width = self.limit if too_wide is None else too_wide - 1
        if width < max(self.need):
            least = self.cost(self._equal(max(self.need)))
            raise ValueError(f"budget must be at least {least} parameters for equal widths, got {budget}")
        # the bound may fall where two rays end
        return max(
            (self._equal(n) for n in sorted({width, min(width, max(WIDEST_TWO_RAY, *self.need))}, reverse=True)),
            key=lambda hidden: self.certificate(hidden).low,
        ), "the best equal width within the budget"

    def fewest(self, wanted: Fraction) -> tuple[Widths, str] | None:
        optimum = fewest_parameters(self._product(), fmpq(wanted.numerator, wanted.denominator))
        if self.lower == "ray":
            return None if optimum is None else (optimum, "optimal for the ray chain")
        equal = self.fewest_equal(wanted)
        starts = [hidden for hidden in (optimum, None if equal is None else equal[0]) if hidden is not None]
        good = partial(self.reaches, wanted)
        found = [fewer(hidden, self.cost, good, NEIGHBOURS) for hidden in starts if good(hidden)]
        return (min(found, key=self.cost), "locally optimal") if found else None

    def largest(self, budget: int) -> tuple[Widths, str]:
        optimum = largest_product(self._product(), budget)
        assert optimum is not None  # the narrowest fit
        if self.lower == "ray":
            return optimum, "optimal for the ray chain"

        def allowed(hidden: Widths) -> bool:
            return self._allowed(hidden) and self.cost(hidden) <= budget

        starts = [optimum]
        if self.cost(self._equal(max(self.need))) <= budget:
            starts.append(self.largest_equal(budget)[0])
        found = [larger(hidden, lambda h: self.certificate(h).low, allowed, NEIGHBOURS) for hidden in starts]
        return max(found, key=lambda hidden: self.certificate(hidden).low), "locally optimal"

    def _equal(self, width: int) -> Widths:
        return (width,) * self.net.depth

    def _allowed(self, hidden: Widths) -> bool:
        return all(m <= n <= self.limit for m, n in zip(self.need, hidden, strict=True))

    def _product(self) -> Problem:
        """The ray chain, or for other bounds the ray chain above the first layer."""
        missing = chains.ray_missing(self.net)
        if missing is not None:
            raise ValueError(f"network must have laws with which the ray chain is a lower bound: {missing}")
        dead = [fmpq(1, 2)] * self.net.depth
        if self.lower != "ray":
            dead[0] = self._dead_in_layer_one()
        factors = tuple(partial(_enough, m=m, dead=p) for m, p in zip(self.need, dead, strict=True))
        outer = self.net.input_dimension, self.net.widths[-1]
        return Problem(*outer, factors, self.need, (self.limit,) * self.net.depth)

    def _dead_in_layer_one(self) -> fmpq:
        """The probability that a neuron of layer 1 is dead, or a little more."""
        number = guaranteed(self.net.with_hidden_widths([1]), (1,), self.lower).number
        value = number.fraction if number.fraction is not None else balls.mpf_fraction(number.ends()[0])
        return 1 - fmpq(value.numerator, value.denominator)


@lru_cache(maxsize=4096)
def _enough(n: int, m: int, dead: fmpq) -> fmpq:
    """P(Bin(n, 1 - dead) >= m)."""
    return 1 - sum((comb(n, j) * (1 - dead) ** j * dead ** (n - j) for j in range(m)), fmpq(0))


def _with_depth(net: Network, depth: Any) -> Network:
    return net if depth is None else net.with_hidden_widths([1] * checks.integer("depth", depth, low=1))


def _needs(net: Network, need: Any) -> Widths:
    if isinstance(need, Sequence) and not isinstance(need, str):
        if len(need) != net.depth:
            raise ValueError(f"need must be an integer or {net.depth} of them, one for each hidden layer, got {need!r}")
        return tuple(checks.integer(f"need, layer {l},", m, low=1) for l, m in enumerate(need, 1))
    return (checks.integer("need", need, low=1),) * net.depth


def _goal(target: Any, failure: Any, budget: Any) -> Fraction:
    if budget is not None or (target is None) == (failure is None):
        given = f"target={target!r}, failure={failure!r}, budget={budget!r}"
        raise ValueError(f"exactly one of target, failure and budget must be given, got {given}")
    return goal(target, failure)
