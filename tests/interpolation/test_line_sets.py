"""Sets of lines: membership, sums, subsets and sections, against elements drawn from them."""

import pytest
from flint import fmpq
from hypothesis import given, strategies as st

from relu_prob.interpolation.breakpoints import ALL, Interval
from relu_prob.interpolation.line_sets import PLANE, LineSet, pencil, through

numbers = st.integers(-6, 6).map(fmpq)
vectors = st.tuples(numbers, numbers)
directions = vectors.filter(lambda v: v != (0, 0))
spans = st.one_of(
    st.just(ALL),
    st.builds(lambda a, b: Interval(min(a, b), max(a, b)), numbers, numbers),
    st.builds(lambda a: Interval(a, None), numbers),
    st.builds(lambda a: Interval(None, a), numbers),
)
parts = st.lists(st.tuples(directions, spans), max_size=3)


def element(base, chosen, weight):
    """An element of a set in its raw form: each interval a part ``weight`` of the way along."""
    line = base
    for u, interval in chosen:
        low = interval.low if interval.low is not None else (interval.high or fmpq(0)) - 3
        high = interval.high if interval.high is not None else low + 3
        t = low + weight * (high - low)
        line = (line[0] + t * u[0], line[1] + t * u[1])
    return line


@given(vectors, parts, st.sampled_from([fmpq(1, 7), fmpq(1, 2), fmpq(9, 10)]))
def test_elements_are_in_the_set(base, chosen, weight):
    assert element(base, chosen, weight) in LineSet.of(base, chosen)


@given(vectors, parts, vectors, parts)
def test_sums_and_differences_of_elements_are_in_those_of_the_sets(base, chosen, other_base, others):
    a, b = LineSet.of(base, chosen), LineSet.of(other_base, others)
    x, y = element(base, chosen, fmpq(1, 3)), element(other_base, others, fmpq(2, 3))
    assert (x[0] + y[0], x[1] + y[1]) in a + b
    assert (x[0] - y[0], x[1] - y[1]) in a - b


@given(vectors, parts, vectors, parts)
def test_subsets_hold_the_elements(base, chosen, other_base, others):
    a, b = LineSet.of(base, chosen), LineSet.of(other_base, others)
    elements = [element(base, chosen, fmpq(k, 12)) for k in range(1, 12)]
    if a.inside(b):
        assert all(x in b for x in elements)
    if not all(x in b for x in elements):
        assert not a.inside(b)
    assert a.inside(a)
    assert a.inside(PLANE)


@given(vectors, parts, vectors, directions)
def test_a_section_is_what_is_in_the_set(base, chosen, origin, u):
    lines = LineSet.of(base, chosen)
    found = lines.along(origin, u)
    for t in [fmpq(k, 3) for k in range(-40, 41)]:
        line = (origin[0] + t * u[0], origin[1] + t * u[1])
        assert (line in lines) == (found is not None and found.contains(t))


def test_a_parallelogram_and_its_boundary():
    unit = Interval(fmpq(0), fmpq(1))
    lines = LineSet.of((fmpq(0), fmpq(0)), [((fmpq(1), fmpq(0)), unit), ((fmpq(1), fmpq(2)), unit)])
    for inside in ((0, 0), (2, 2), (1, 1), (fmpq(1, 2), 1)):
        assert tuple(map(fmpq, inside)) in lines
    for outside in ((0, 1), (2, 1), (1, 3), (-1, 0)):
        assert tuple(map(fmpq, outside)) not in lines


def test_the_same_set_has_one_form():
    up, across, diagonal = (fmpq(0), fmpq(3)), (fmpq(2), fmpq(0)), (fmpq(1), fmpq(1))
    half = Interval(fmpq(0), None)
    assert LineSet.of((fmpq(1), fmpq(5)), [(up, ALL), (diagonal, half)]) == LineSet.of(
        (fmpq(1), fmpq(0)), [(across, half), (up, ALL)]
    )
    assert LineSet.of((fmpq(1), fmpq(5)), [(up, ALL), (diagonal, ALL)]) == PLANE
    assert LineSet.of((fmpq(1), fmpq(5)), [(up, half), (up, Interval(None, fmpq(0))), (diagonal, ALL)]) == PLANE


def test_the_lines_through_a_point():
    point = (fmpq(3), fmpq(4))
    lines = pencil(point, Interval(fmpq(0), fmpq(2)))
    assert through(point, fmpq(1)) == (1, 1)
    assert through(point, fmpq(1)) in lines
    assert through(point, fmpq(2)) in lines
    assert through(point, fmpq(3)) not in lines
    assert (fmpq(1), fmpq(2)) not in lines


@pytest.mark.parametrize(
    "flat", [LineSet((fmpq(1), fmpq(2))), PLANE, LineSet.of((fmpq(1), fmpq(2)), [((fmpq(1), fmpq(1)), ALL)])]
)
def test_flat_sets(flat):
    assert flat.flat
    assert not (flat.parts and LineSet.of(flat.base, [(flat.parts[0][0], Interval(fmpq(0), None))]).flat)
