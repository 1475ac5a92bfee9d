"""The best hidden widths for a bound that is a product of one factor for each layer, such as that of the ray chain.

The parameters sum_l (n_{l-1} + 1) n_l couple neighbouring layers only, so widths are a path with two costs: these and
the loss -log f_1(n_1) - ... - log f_L(n_L). A partial path is dropped only if another one to the same width has no more
parameters and no smaller product, or if Lagrange's bound shows that no completion of it is as good as a known solution;
so one of the optima is found. Products are compared as rationals; floats only decide what Lagrange's bound drops, with
a margin far above their rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flint import fmpq

from relu_prob.numbers.search import first
from relu_prob.questions.design.paths import MARGIN, Paths, loss

Factor = Callable[[int], fmpq]
Widths = tuple[int, ...]


def parameters(widths: Sequence[int]) -> int:
    """Weights and biases of a fully connected network with these widths, from the inputs to the outputs.

    >>> parameters((3, 4, 2))
    26
    """
    return sum((before + 1) * n for before, n in pairwise(widths))


@dataclass(frozen=True)
class Problem:
    """Hidden layer l may have ``narrowest[l]`` to ``widest[l]`` neurons; ``factors[l]`` is in (0, 1] and grows."""

    inputs: int
    outputs: int
    factors: tuple[Factor, ...]
    narrowest: Widths
    widest: Widths

    def cost(self, hidden: Sequence[int]) -> int:
        """The parameters."""
        return parameters((self.inputs, *hidden, self.outputs))

    def product(self, hidden: Sequence[int]) -> fmpq:
        """The product of the factors."""
        found = fmpq(1)
        for factor, n in zip(self.factors, hidden, strict=True):
            found *= factor(n)
        return found

    def equal(self, width: int) -> Widths:
        """Layers of one width, as far as each may have it."""
        return tuple(min(max(width, a), b) for a, b in zip(self.narrowest, self.widest, strict=True))


def fewest_parameters(problem: Problem, target: fmpq) -> Widths | None:
    """The widths with the fewest parameters and a product of at least ``target``; of several those with the largest.

    None where the widest layers do not reach the target.
    """
    width = first(lambda n: bool(problem.product(problem.equal(n)) >= target), 1, max(problem.widest))
    if width is None:
        return None
    known = problem.equal(width)
    paths = _paths(problem, target, problem.cost(known))
    solutions = [known, *(path for path in paths.lagrange(most_loss=loss(target)) if problem.product(path) >= target)]
    fewest = min(map(problem.cost, solutions))
    # costs are integers, so half a parameter is a margin
    found = [(cost, -product, path) for cost, product, path in paths.search(most_cost=fewest, best=fewest + 0.5)]
    return min(solution for solution in found if -solution[1] >= target)[2]


def largest_product(problem: Problem, budget: int) -> Widths | None:
    """The widths with the largest product and at most ``budget`` parameters; of several those with the fewest.

    None where the narrowest layers have more.
    """
    if problem.cost(problem.narrowest) > budget:
        return None
    too_wide = first(lambda n: problem.cost(problem.equal(n)) > budget, 1, max(problem.widest))
    known = problem.equal(max(problem.widest) if too_wide is None else too_wide - 1)
    paths = _paths(problem, problem.product(known), budget)
    solutions = [known, *(path for path in paths.lagrange(most_cost=budget) if problem.cost(path) <= budget)]
    least = loss(max(map(problem.product, solutions)))
    found = [
        (-product, cost, path) for cost, product, path in paths.search(most_cost=budget, best=least * (1 + MARGIN))
    ]
    return min(found)[2]


def _paths(problem: Problem, product: fmpq, most: int) -> Paths:
    """The widths that a solution with at least this product and at most so many parameters may have."""
    layers = range(len(problem.factors))

    def narrowest(l: int, value: fmpq) -> int:
        found = first(lambda n: bool(problem.factors[l](n) >= value), problem.narrowest[l], problem.widest[l])
        return problem.widest[l] if found is None else found

    # no factor is above 1, so none is below the product; and none is wider than where it is 1
    low, top = ([narrowest(l, value) for l in layers] for value in (product, fmpq(1)))
    around = [problem.inputs, *low, problem.outputs]
    spare = most - problem.cost(low)
    high = [min(top[l], low[l] + spare // (around[l] + 1 + around[l + 2])) for l in layers]
    windows = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
    factors = [[f(n) for n in window] for f, window in zip(problem.factors, windows, strict=True)]
    return Paths(problem.inputs, problem.outputs, windows, factors)
