"""The bracket as a question: reference numbers, arithmetic, and truth between its laws."""

from fractions import Fraction

import naive
import pytest

from relu_prob import (
    Bracket,
    CostError,
    Interval,
    Network,
    Normal,
    Points,
    Rademacher,
    bracket,
    count_law,
)


def fractions_of(law):
    return [law.pmf(j).fraction for j in law.support]


def test_a_number_with_three_thousand_zeros_is_exact():
    law = bracket(Network((1, *[100] * 51, 1)), upper="sign").high
    assert law.pmf(0).decimal(11) == "3.1134292890e-2979"
    assert law.total.fraction == 1


def test_numbers_of_the_theory():
    net = Network((3, *[4] * 5, 1))
    sharp, ray, sign = (bracket(net, lower="ray", upper=upper) for upper in ("sharpest", "sign-ray", "sign"))
    assert sign.low.pmf(0).fraction == 1 - Fraction(15, 16) ** 5
    assert sign.low.pmf(0).decimal(5).startswith("0.2758")
    assert sign.high.pmf(0).decimal(5) == "0.0011563"
    assert ray.high.pmf(0).decimal(5) == "0.0013668"
    assert sharp.high.pmf(0).decimal(5) == "0.0015953"
    assert sharp.low == sign.low


def test_both_laws_by_fraction_matrices():
    net, masks = Network((3, 4, 3, 2, 1)), [{2, 3, 4}, None]
    first = [Fraction(int(j == 4)) for j in range(5)]
    assert fractions_of(bracket(net, allowed=masks, lower="ray").low) == naive.fair_law((4, 3, 2), masks)
    assert fractions_of(bracket(net, allowed=masks, upper="sign-ray").high) == naive.sign_ray_law(
        first, (4, 3, 2), masks
    )
    assert fractions_of(bracket(net, allowed=masks, upper="sign").high) == naive.sign_law(first, (4, 3, 2), masks)


def test_biases_add_a_sign():
    net = Network((1, 3, 2, 1), biases=Normal(1), domain=Points([[1]]))
    expected = naive.sign_law(naive.binomial(3, Fraction(1, 2)), (3, 2), [None], offset=1)
    assert fractions_of(bracket(net, upper="sign").high) == expected


def test_the_upper_law_starts_from_the_exact_first_layer_or_from_all_neurons():
    assert fractions_of(bracket(Network((1, 3, 3, 1), domain=Interval(0, 1)), layer=1).high) == naive.binomial(
        3, Fraction(1, 2)
    )
    rademacher = Network((2, 3, 3, 1), weights=Rademacher(), biases=Normal(1))
    assert fractions_of(bracket(rademacher, layer=1).high) == [0, 0, 0, 1]


def test_balls_around_the_exact_laws():
    net = Network((3, 4, 3, 2, 1))
    exact, balls = bracket(net), bracket(net, digits=40)
    for j in range(3):
        assert balls.high.pmf(j).low <= exact.high.pmf(j).mpf(30) <= balls.high.pmf(j).high
        assert balls.high.pmf(j).mpf(35) == exact.high.pmf(j).mpf(35)
    assert balls.low == exact.low


@pytest.mark.parametrize(
    "net", [Network((1, 3, 3, 1)), Network((3, 2, 3, 1)), Network((1, 3, 3, 2, 1), domain=Interval(0, 1))], ids=str
)
def test_theorems_lie_between(net):
    around, law = bracket(net, lower="ray", upper="sign-ray"), count_law(net, method="exact")
    for j in law.support:
        assert around.low.sf(j).fraction <= law.sf(j).fraction <= around.high.sf(j).fraction


def test_on_one_ray_the_lower_law_is_the_truth():
    net = Network((1, 3, 3, 2, 1), domain=Interval(0, 1))
    law = count_law(net)
    assert [bracket(net).low.pmf(j).number for j in range(3)] == [law.pmf(j).number for j in range(3)]


def test_one_neuron_that_passes_on_a_ray_closes_the_bracket_from_above():
    net = Network((2, 1, 3, 3, 1))
    assert fractions_of(bracket(net).high) == fractions_of(count_law(net, method="exact"))


def test_a_method_and_a_text():
    around = bracket(Network((2, 5, 3, 1)))
    assert isinstance(around, Bracket)
    assert around.method == "between 'two rays, opposite inputs' and 'the sign chain, then quadrant and ray'"
    assert bracket(Network((2, 5, 3, 1)), lower="ray").method.startswith("between 'the ray chain' and")
    assert str(around).count("CountLaw") == 2
    assert around == bracket(Network((2, 5, 3, 1)))
    assert bracket(Network((2, 5, 3, 1), weights=Rademacher())).method.startswith("between 'no active neuron' and")


def test_what_would_take_long_is_refused():
    net = Network((1, *[600] * 60, 1))
    with pytest.raises(CostError, match="digits=50"):
        bracket(net)


def test_death_of_the_exact_first_layer_enters_both():
    """A network that is dead with probability 1/2 in layer 1 already."""
    net = Network((1, 1, 5, 1), domain=Interval(0, 1))
    around = bracket(net)
    assert around.low.pmf(0).fraction == Fraction(1, 2) + Fraction(1, 64)
    assert around.high.pmf(0).fraction == Fraction(1, 2) + Fraction(1, 64)
