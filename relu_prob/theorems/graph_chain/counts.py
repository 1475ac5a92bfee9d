"""The law of counts in a layer graph: a Bayesian network of counts, summed out by variable elimination.

Layers that read several others see the sum of their counts. *Running sums* S_k = S_{k-1} + m_k N_k, shared by all
layers that read the same first layers, are variables of their own; so the counts of a DenseNet, in which every layer
reads all before it, are eliminated along a chain, however many layers there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from math import comb, lcm
from typing import Any

from flint import arb, fmpq, fmpz

from relu_prob.numbers import balls
from relu_prob.numbers.elimination import Factor, Plan, Table, Variable, eliminate, plan
from relu_prob.numbers.real import ZERO, Ball, Rational, Real, enclosure
from relu_prob.theorems.graph_chain.rule import Rule
from relu_prob.theorems.theorem import CostError

Terms = tuple[tuple[str, int], ...]
Allowed = Mapping[str, Collection[int]]

LIMIT_ENTRIES = 1_000_000
LIMIT_SECONDS = 60
SECONDS_PER_ENTRY = 1e-5  # measured on one core; only its order of magnitude matters
BIT_OPERATIONS_PER_SECOND = 1e13
BALL_DIGITS = 30


def law(
    rules: Mapping[str, Rule],
    query: Sequence[str],
    allowed: Allowed,
    *,
    digits: int | None = None,
    force: bool = False,
    limit: float = LIMIT_SECONDS,
) -> tuple[Real, ...]:
    """P(N_v in allowed[v] for all v there, sum of N_v over the query = j), j = 0..n.

    Parameters
    ----------
    rules : for each layer, each after all that it reads
    query : names of layers
    allowed : sets of counts, for any layers
    digits : certified balls with so many digits, instead of exact rationals
    force : compute however long it takes
    limit : how many seconds the exact law may take, roughly

    Raises
    ------
    CostError
        Where the layers read one another so much that the tables become too large.
    """
    return Counts(rules, query, allowed).law(digits, force, limit)


class Counts:
    """The variables of a sum over counts, their values, and the order in which they are eliminated."""

    def __init__(self, rules: Mapping[str, Rule], query: Sequence[str], allowed: Allowed) -> None:
        self.rules = _ancestors(rules, {*query, *allowed})
        self.allowed = allowed
        self.values: dict[Variable, list[int]] = {}
        self.sums: dict[Terms, tuple[tuple[Variable, int], tuple[Variable, int]]] = {}
        for name, rule in self.rules.items():
            self._read(rule.reads)
            self.values[name] = [j for j in range(rule.n + 1) if name not in allowed or j in allowed[name]]
        places = {name: k for k, name in enumerate(self.rules)}
        self.query, _ = self._read(tuple((name, 1) for name in sorted(query, key=places.__getitem__)))
        self.top = sum(self.rules[name].n for name in query)
        self.order: Plan = plan([*map(self._scope, self.rules), *map(self._sum_scope, self.sums)], self.query)

    def _read(self, terms: Terms) -> tuple[Variable, int]:
        """(variable, factor) with sum of m_u N_u = factor * variable; a running sum where there are several terms."""
        if len(terms) == 1:
            return terms[0]
        if terms and terms not in self.sums:
            below, last = self._read(terms[:-1]), terms[-1]
            self.sums[terms] = below, last
            (x, a), (y, b) = below, last
            self.values[terms] = sorted({a * i + b * j for i in self.values[x] for j in self.values[y]})
        return terms, 1

    def _scope(self, name: str) -> tuple[Variable, ...]:
        rule = self.rules[name]
        reads = (self._read(rule.reads)[0],) if rule.reads else ()
        return tuple(dict.fromkeys((name, *reads, *(() if rule.add is None else (rule.add,)))))

    def _sum_scope(self, terms: Terms) -> tuple[Variable, ...]:
        (x, _), (y, _) = self.sums[terms]
        return terms, x, y

    def law(self, digits: int | None, force: bool, limit: float) -> tuple[Real, ...]:
        """The law of the query, exactly or in balls."""
        dead = {name: self._dead(name) for name in self.rules}
        known = [q for of_layer in dead.values() for q in of_layer.values()]
        exact = digits is None and all(isinstance(q, Rational) for q in known)
        if not force:
            self._check_cost(dead if exact else None, limit)
        if exact:
            return self._exact(dead)
        return _balls(partial(self._in_balls, dead), digits or BALL_DIGITS)

    def _dead(self, name: str) -> dict[int, Real]:
        """q(i) for all i that occur."""
        rule = self.rules[name]
        if not rule.reads:
            return {0: rule.dead(0)}
        variable, factor = self._read(rule.reads)
        return {factor * value: rule.dead(factor * value) for value in self.values[variable]}

    def _exact(self, dead: Mapping[str, Mapping[int, Real]]) -> tuple[Real, ...]:
        """On integers over one common denominator, which needs no gcd."""
        factors, denominator = self._sum_factors(fmpz(1)), fmpz(1)
        for name, rule in self.rules.items():
            common = _common_denominator(dead[name])
            one = fmpz(common)
            numerators = {i: fmpz(_rational(q).p) * (common // int(_rational(q).q)) for i, q in dead[name].items()}
            factors.append(self._factor(name, numerators, one))
            denominator *= one**rule.n
        found = eliminate(factors, self.order)
        return tuple(Rational(fmpq(found.get(j, fmpz(0)), denominator)) for j in range(self.top + 1))

    def _in_balls(self, dead: Mapping[str, Mapping[int, Real]], digits: int) -> list[arb]:
        numbers = {name: {i: enclosure(q, digits) for i, q in row.items()} for name, row in dead.items()}
        with balls.precision(digits):
            factors = self._sum_factors(arb(1))
            factors += [self._factor(name, numbers[name], arb(1)) for name in self.rules]
            found = eliminate(factors, self.order)
            return [found.get(j, arb(0)) for j in range(self.top + 1)]

    def _factor(self, name: str, dead: Mapping[int, Any], one: Any) -> Factor:
        """C(n - a, j - a) (one - q_i)^(j - a) q_i^(n - j) one^a for N_v = j, N_a = a, in units of one^n."""
        rule, scope = self.rules[name], self._scope(name)
        n, ones = rule.n, _powers(one, rule.n)
        rows = {i: (_powers(one - q, n), _powers(q, n)) for i, q in dead.items()}
        variable, factor = self._read(rule.reads) if rule.reads else (None, 0)
        added = self.values[rule.add] if rule.add is not None else [0]
        table: Table = {}
        for below in [0] if variable is None else self.values[variable]:
            alive, silent = rows[factor * below]
            for a in [below] if variable == rule.add and variable is not None else added:
                for j in self.values[name]:
                    if j >= a and (number := comb(n - a, j - a) * alive[j - a] * silent[n - j] * ones[a]) != 0:
                        at = {name: j, variable: below, rule.add: a}
                        table[tuple(at[x] for x in scope)] = number
        return Factor(scope, table)

    def _sum_factors(self, one: Any) -> list[Factor]:
        factors = []
        for terms, ((x, a), (y, b)) in self.sums.items():
            table: Table = {(a * i + b * j, i, j): one for i in self.values[x] for j in self.values[y]}
            factors.append(Factor((terms, x, y), table))
        return factors

    def _check_cost(self, dead: Mapping[str, Mapping[int, Real]] | None, limit: float) -> None:
        """Raise CostError, which says why and what to do instead, before anything slow begins."""
        sizes = {x: len(values) for x, values in self.values.items()}
        parts: dict[Variable, tuple[Variable, ...]] = {terms: (x, y) for terms, ((x, _), (y, _)) in self.sums.items()}
        tables = self.order.entries(sizes, parts)
        entries = max(tables)
        width = self.order.width
        if entries > LIMIT_ENTRIES:
            raise CostError(
                f"the sum over the counts of {len(self.rules)} layers needs a table of up to {entries} entries, "
                f"because the layers that read one another tie {width + 1} counts together (treewidth at most {width}):"
                " ask for fewer or narrower layers, simulate with method='simulate', or insist with force=True"
            )
        if dead is None:
            return
        bits = [rule.n * _common_denominator(dead[name]).bit_length() for name, rule in self.rules.items()]
        work = sum(bits) * max(bits) / BIT_OPERATIONS_PER_SECOND
        seconds = sum(tables) * (SECONDS_PER_ENTRY + work)
        if seconds > limit:
            raise CostError(
                f"the exact sum over the counts would take up to about {seconds:.0f} s because its numbers grow to "
                f"{sum(bits)} bits and its tables to {entries} entries (treewidth at most {width}): ask for certified "
                "balls with digits=50, or insist with force=True"
            )


def _ancestors(rules: Mapping[str, Rule], names: set[str]) -> dict[str, Rule]:
    """The rules of these layers and of all that their counts depend on, in the same order."""
    wanted = set(names)
    for name in reversed(list(rules)):
        if name in wanted:
            rule = rules[name]
            wanted |= {u for u, _ in rule.reads} | ({rule.add} if rule.add is not None else set())
    return {name: rule for name, rule in rules.items() if name in wanted}


def _powers(base: Any, n: int) -> list[Any]:
    """base^0, ..., base^n."""
    powers = [base**0]
    for _ in range(n):
        powers.append(powers[-1] * base)
    return powers


def _rational(number: Real) -> fmpq:
    assert isinstance(number, Rational)
    return number.rational


def _common_denominator(dead: Mapping[int, Real]) -> int:
    return lcm(*(int(_rational(q).q) for q in dead.values()))


def _balls(run: partial[list[arb]], digits: int) -> tuple[Real, ...]:
    def refine(j: int, more_digits: int) -> arb:
        return run(more_digits)[j]

    return tuple(ZERO if x == 0 else Ball(x, partial(refine, j)) for j, x in enumerate(run(digits)))
