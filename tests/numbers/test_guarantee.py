"""The weakest guarantee that entered wins."""

from itertools import product

from relu_prob.numbers.guarantee import Guarantee

E, C, N, S = Guarantee


def test_there_are_four_and_they_print_as_words():
    assert list(map(str, Guarantee)) == ["exact", "certified", "numerical", "statistical"]


def test_the_weakest_of_two():
    for x, y in product(Guarantee, repeat=2):
        assert Guarantee.weakest([x, y]) is Guarantee.weakest([y, x]) is (x if x.value >= y.value else y)


def test_the_weakest_of_many_and_of_none():
    assert Guarantee.weakest([E, C, N, S, E]) is S
    assert Guarantee.weakest(iter([E, C, E])) is C
    assert Guarantee.weakest([]) is E
