"""Designs: against brute force, by their certificates, and how they grow with what is asked."""

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from flint import fmpq
from hypothesis import given, settings, strategies as st

from relu_prob import (
    Guarantee,
    Network,
    Normal,
    Rademacher,
    bracket,
    design,
    smallest_width,
    trainability,
)
from relu_prob.numbers.balls import mpf_fraction
from relu_prob.questions.design.local import fewer, larger
from relu_prob.questions.design.widths import Problem, fewest_parameters, largest_product, parameters

WIDEST = 7


def fair(n, m):
    return fmpq(sum(comb(n, j) for j in range(m, n + 1)), 2**n)


def steep(n, m):
    """Another factor that grows: 1 from m + 2 on."""
    return fmpq(min(n - m + 1, 3), 3)


@st.composite
def problems(draw):
    need = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    shapes = draw(st.lists(st.sampled_from([fair, steep]), min_size=len(need), max_size=len(need)))
    factors = tuple(lambda n, m=m, f=f: f(n, m) for f, m in zip(shapes, need, strict=True))
    return Problem(draw(st.integers(1, 9)), draw(st.integers(1, 4)), factors, need, (WIDEST,) * len(need))


def choices(problem):
    return product(*[range(m, WIDEST + 1) for m in problem.narrowest])


@given(problems(), st.data())
@settings(max_examples=80)
def test_fewest_parameters_against_all_widths(problem, data):
    some = data.draw(st.sampled_from(list(choices(problem))))
    target = data.draw(st.sampled_from([problem.product(some), fmpq(data.draw(st.integers(1, 99)), 100)]))
    enough = [(problem.cost(h), -problem.product(h)) for h in choices(problem) if problem.product(h) >= target]
    found = fewest_parameters(problem, target)
    if not enough:
        assert found is None
    else:
        assert (problem.cost(found), -problem.product(found)) == min(enough)


@given(problems(), st.data())
@settings(max_examples=80)
def test_the_largest_product_against_all_widths(problem, data):
    least = problem.cost(problem.narrowest)
    budget = data.draw(st.integers(least - 2, problem.cost([WIDEST] * len(problem.narrowest)) + 2))
    fitting = [(-problem.product(h), problem.cost(h)) for h in choices(problem) if problem.cost(h) <= budget]
    found = largest_product(problem, budget)
    if not fitting:
        assert found is None
    else:
        assert (-problem.product(found), problem.cost(found)) == min(fitting)


def test_parameters_by_hand():
    assert parameters((784, 5, 5, 10)) == 785 * 5 + 6 * 5 + 6 * 10
    assert design(Network((784, 1, 10)), depth=2, target=0.9).parameters == parameters((784, 2, 2, 10))


def test_local_search_stops_where_no_change_is_better():
    cost = parameters

    def good(hidden):
        return min(hidden) >= 1 and sum(hidden) >= 9

    found = fewer((5, 5, 5), cost, good, 1)
    assert good(found)
    for i in range(3):
        lower = tuple(n - (k == i) for k, n in enumerate(found))
        assert not (good(lower) and cost(lower) < cost(found))
    best = larger((1, 1, 1), lambda h: min(h), lambda h: sum(h) <= 9, 2)
    assert sum(best) <= 9


NETS = [Network((4, 1, 2)), Network((2, 1, 1, 1)), Network((3, 1, 1), weights=Normal(1), biases=Normal(1))]


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("need", [1, 2])
def test_a_certificate_is_a_bound_that_reaches_the_target(net, need, equal):
    found = design(net, depth=3, need=need, failure=1e-2, equal=equal)
    assert mpf_fraction(found.certificate.low) >= found.target == 1 - Fraction(1e-2)
    around = trainability(found.network, need=[need] * 3, method="bracket")
    assert around.low <= found.certificate.low <= around.high
    assert found.parameters == parameters((net.widths[0], *found.widths, net.widths[-1]))
    assert len(found.widths) == 3
    assert (len(set(found.widths)) == 1) or not equal


@pytest.mark.parametrize("net", NETS, ids=str)
def test_a_budget_is_kept(net):
    equal, unequal = (design(net, depth=2, need=2, budget=90, equal=equal) for equal in (True, False))
    assert max(equal.parameters, unequal.parameters) <= 90
    assert equal.certificate.low <= unequal.certificate.low
    with pytest.raises(ValueError, match="budget must be at least"):
        design(net, depth=2, need=2, budget=3)


def test_optimal_for_the_ray_chain():
    """Against all widths up to 9, with exact bounds of the ray chain."""
    net, target = Network((2, 1, 1)), Fraction(9, 10)
    found = design(net, depth=2, need=(1, 2), target=target, equal=False, lower="ray")
    reaching = [h for h in product(range(1, 10), range(2, 10)) if float(fair(h[0], 1) * fair(h[1], 2)) >= 0.9]
    assert found.parameters == min(parameters((2, *h, 1)) for h in reaching)
    assert found.certificate.fraction >= target
    assert found.optimality == "optimal for the ray chain"
    law = bracket(found.network, lower="ray", allowed=[range(1, found.widths[0] + 1)]).low
    assert found.certificate.fraction == law.sf(1).fraction


@given(st.integers(1, 12), st.integers(1, 3), st.integers(1, 4), st.lists(st.integers(1, 999), min_size=2, max_size=2))
@settings(max_examples=25, deadline=None)
def test_more_is_not_cheaper(inputs, need, depth, thousandths):
    low, high = (Fraction(x, 1000) for x in sorted(thousandths))
    net = Network((inputs, 1, 1))
    for equal in (True, False):
        cheap, dear = (
            design(net, depth=depth, need=need, target=t, equal=equal, lower="ray").parameters for t in (low, high)
        )
        assert cheap <= dear
    assert design(net, depth=depth, need=need, target=high, equal=False, lower="ray").parameters <= dear


def test_an_equal_design_is_the_upper_end_of_the_smallest_width():
    net = Network((5, *[1] * 4, 1))
    found = design(net, failure=1e-3)
    assert found.widths == (smallest_width(net, failure=1e-3).high,) * 4
    assert found.certificate.guarantee is Guarantee.NUMERICAL
    assert design(net, failure=1e-3, lower="ray").certificate.guarantee is Guarantee.EXACT
    assert "hidden widths" in str(found)
    assert found == design(net, failure=1e-3)


BAD = [
    ({"target": 0.9, "failure": 0.1}, ValueError, "exactly one of target, failure and budget"),
    ({}, ValueError, "exactly one of target, failure and budget"),
    ({"target": 0.9, "budget": 100}, ValueError, "exactly one of target, failure and budget"),
    ({"target": 1}, ValueError, "target must be"),
    ({"budget": 0}, ValueError, "budget must be an integer >= 1"),
    ({"target": 0.9, "need": 0}, ValueError, "need must be an integer >= 1"),
    ({"target": 0.9, "need": (1, 1, 1)}, ValueError, "need must be an integer or 2 of them"),
    ({"target": 0.9, "need": "12"}, TypeError, "need must be"),
    ({"target": 0.9, "depth": 0}, ValueError, "depth must be an integer >= 1"),
    ({"target": 0.9, "lower": "best"}, ValueError, "lower must be one of"),
    ({"target": 0.9, "equal": 1}, TypeError, "equal must be True or False"),
    ({"target": 0.9, "limit": 0}, ValueError, "limit must be an integer >= 1"),
    ({"failure": 1e-9, "limit": 3}, ValueError, "target must be within reach of widths up to limit = 3"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD, ids=lambda x: str(x))
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        design(Network((2, 3, 3, 1)), **arguments)


def test_laws_without_a_lower_bound_are_refused():
    with pytest.raises(ValueError, match="target must be within reach"):
        design(Network((2, 3, 3, 1), weights=Rademacher()), target=0.9, limit=30)
    with pytest.raises(ValueError, match=r"ray chain is a lower bound.*: pre-activations must have no ties"):
        design(Network((2, 3, 3, 1), weights=Rademacher()), target=0.9, equal=False)
