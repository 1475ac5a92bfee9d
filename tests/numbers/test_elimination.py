"""Variable elimination: against the sum over all combinations, in Fractions."""

from fractions import Fraction
from itertools import product
from math import prod

from flint import arb, fmpq
from hypothesis import given, settings, strategies as st

from relu_prob.numbers.elimination import Factor, eliminate, plan


def by_enumeration(factors, sizes, query):
    names = list(sizes)
    result = {}
    for values in product(*(range(sizes[x]) for x in names)):
        at = dict(zip(names, values, strict=True))
        weight = prod((f.table.get(tuple(at[x] for x in f.scope), 0) for f in factors), start=Fraction(1))
        if weight:
            result[at[query]] = result.get(at[query], 0) + weight
    return result


@st.composite
def problems(draw):
    """(factors over up to 5 variables of up to 3 values, sizes, query); sparse tables, maybe disconnected."""
    sizes = {name: draw(st.integers(1, 3)) for name in "abcde"[: draw(st.integers(1, 5))]}
    factors = []
    for name in sizes:  # each variable is in a factor, so that the enumeration sums over it as well
        others = draw(st.lists(st.sampled_from(sorted(sizes)), max_size=2, unique=True))
        scope = tuple(dict.fromkeys((name, *others)))
        cells = list(product(*(range(sizes[x]) for x in scope)))
        kept = draw(st.lists(st.sampled_from(cells), unique=True))
        factors.append(Factor(scope, {cell: draw(st.fractions(-2, 2, max_denominator=5)) for cell in kept}))
    return factors, sizes, draw(st.sampled_from(sorted(sizes)))


@given(problems())
@settings(max_examples=200)
def test_elimination_is_the_sum_over_all_combinations(problem):
    factors, sizes, query = problem
    found = eliminate(factors, plan([f.scope for f in factors], query))
    assert {k: v for k, v in found.items() if v} == {
        k: v for k, v in by_enumeration(factors, sizes, query).items() if v
    }


def test_any_numbers_that_add_and_multiply():
    tables = [(("a",), {(0,): 1, (1,): 3}), (("a", "b"), {(0, 0): 2, (1, 0): 1, (1, 1): 5})]
    for number in (int, fmpq, arb):
        factors = [Factor(scope, {k: number(v) for k, v in table.items()}) for scope, table in tables]
        found = eliminate(factors, plan([f.scope for f in factors], "b"))
        assert found == {0: number(5), 1: number(15)}


def test_widths_that_are_known():
    path = [(k, k + 1) for k in range(30)]
    assert plan(path, 30).width == 1
    assert plan([*path, (30, 0)], 0).width == 2
    grid = [((i, j), (i + di, j + dj)) for i in range(4) for j in range(4) for di, dj in ((0, 1), (1, 0))]
    inside = [(u, v) for u, v in grid if max(v) < 4]
    assert plan(inside, (0, 0)).width == 4
    assert plan([tuple("abcdef")], "a").width == 5


def test_entries_count_only_what_is_free():
    order = plan([("a",), ("b",), ("s", "a", "b")], "s")
    assert max(order.entries({"a": 3, "b": 4, "s": 6}, {"s": ("a", "b")})) == 12
    assert max(order.entries({"a": 3, "b": 4, "s": 6}, {})) == 72


def test_the_bags_form_a_tree_decomposition():
    scopes = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("e",)]
    order = plan(scopes, "c")
    assert order.query in order.bags[-1]
    assert all(any(bag.issuperset(scope) for bag in order.bags) for scope in scopes)
    assert all(k < above for k, above in enumerate(order.into))
    for x in "abcde":  # the bags with a variable are connected: all but the last lead to another
        holding = [k for k, bag in enumerate(order.bags) if x in bag]
        assert all(x in order.bags[order.into[k]] for k in holding[:-1])
