"""Exact sums over many discrete variables: variable elimination along a tree decomposition.

A joint law is a product of *factors*, each a table over few variables. The sum over all variables but one is computed
by eliminating them one after the other; what it costs is decided by the *treewidth* of the graph that joins the
variables of every factor. The order is that of networkx's min-fill heuristic. Tables are sparse, so that a variable
that others determine costs nothing, and hold any numbers that add and multiply.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

Variable = Hashable
Table = dict[tuple[int, ...], Any]


@dataclass(frozen=True)
class Factor:
    """A table: for each combination of values of the variables in ``scope`` a number, 0 where there is none."""

    scope: tuple[Variable, ...]
    table: Table

    def __mul__(self, other: Factor) -> Factor:
        """The product, over the variables of both."""
        mine = [self.scope.index(x) for x in self.scope if x in other.scope]
        theirs = [other.scope.index(self.scope[k]) for k in mine]
        rest = [k for k in range(len(other.scope)) if k not in theirs]
        matching: dict[tuple[int, ...], list[tuple[tuple[int, ...], Any]]] = {}
        for values, number in other.table.items():
            key = tuple(values[k] for k in theirs)
            matching.setdefault(key, []).append((tuple(values[k] for k in rest), number))
        table = {
            (*values, *more): number * factor
            for values, number in self.table.items()
            for more, factor in matching.get(tuple(values[k] for k in mine), ())
        }
        return Factor((*self.scope, *(other.scope[k] for k in rest)), table)

    def summed(self, kept: frozenset[Variable]) -> Factor:
        """The sum over all variables that are not in ``kept``."""
        places = [k for k, x in enumerate(self.scope) if x in kept]
        table: Table = {}
        for values, number in self.table.items():
            key = tuple(values[k] for k in places)
            table[key] = table[key] + number if key in table else number
        return Factor(tuple(self.scope[k] for k in places), table)


@dataclass(frozen=True)
class Plan:
    """A tree decomposition: bags of variables, each summed into the later bag ``into``; the last has the query.

    ``width`` is the size of the largest bag, less one: an upper bound of the treewidth.
    """

    query: Variable
    bags: tuple[frozenset[Variable], ...]
    into: tuple[int, ...]

    @property
    def width(self) -> int:
        """The size of the largest bag, less one."""
        return max(map(len, self.bags)) - 1

    def entries(self, values: Mapping[Variable, int], parts: Mapping[Variable, tuple[Variable, ...]]) -> list[int]:
        """At most how many entries the table of each bag has.

        values : how many values each variable has
        parts : for a variable that is determined by others: which
        """
        free = ([x for x in bag if not (x in parts and bag.issuperset(parts[x]))] for bag in self.bags)
        return [prod(values[x] for x in variables) for variables in free]


def plan(scopes: Sequence[Sequence[Variable]], query: Variable) -> Plan:
    """An order in which to eliminate all variables of the scopes but ``query``.

    >>> plan([("a",), ("a", "b"), ("b", "c")], "c").width
    1
    """
    # networkx takes a fifth of a second to import
    import networkx
    from networkx.algorithms.approximation import treewidth_min_fill_in

    moral = networkx.Graph()
    moral.add_node(query)
    for scope in scopes:
        moral.add_nodes_from(scope)
        moral.add_edges_from((x, y) for k, x in enumerate(scope) for y in scope[:k])
    _, tree = treewidth_min_fill_in(moral)
    root = next(bag for bag in tree if query in bag)
    bags = list(networkx.dfs_postorder_nodes(tree, root))
    place = {bag: k for k, bag in enumerate(bags)}
    parent = {below: above for above, below in networkx.dfs_edges(tree, root)}
    return Plan(query, tuple(bags), tuple(place[parent[bag]] for bag in bags[:-1]))


def eliminate(factors: Sequence[Factor], order: Plan) -> dict[int, Any]:
    """sum over all variables but the query of the product of the factors, as {value of the query: number}.

    >>> coin = Factor(("a",), {(0,): 1, (1,): 2})
    >>> copy = Factor(("a", "b"), {(0, 0): 5, (1, 0): 7, (1, 1): 1})
    >>> eliminate([coin, copy], plan([coin.scope, copy.scope], "b"))
    {0: 19, 1: 2}
    """
    waiting: list[list[Factor]] = [[] for _ in order.bags]
    for factor in factors:
        home = next(k for k, bag in enumerate(order.bags) if bag.issuperset(factor.scope))
        waiting[home].append(factor)
    for k, above in enumerate(order.into):
        if waiting[k]:
            waiting[above].append(_product(waiting[k]).summed(order.bags[k] & order.bags[above]))
    result = _product(waiting[-1]).summed(frozenset({order.query}))
    return {values[0]: number for values, number in result.table.items()}


def _product(factors: Sequence[Factor]) -> Factor:
    """The product, always joined with the factor that shares most variables, so that tables stay sparse."""
    waiting = sorted(factors, key=lambda factor: len(factor.table))
    result = waiting.pop(0)
    while waiting:
        best = max(waiting, key=lambda factor: len(set(factor.scope) & set(result.scope)))
        waiting.remove(best)
        result = result * best
    return result
