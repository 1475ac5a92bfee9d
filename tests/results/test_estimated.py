"""Masses estimated by replicates: intervals that cover as they promise, ratios, and nothing of width 0."""

import numpy as np
import pytest
from scipy.stats import binomtest

from relu_prob import CountLaw, Guarantee, Probability
from relu_prob.results.estimated import EstimatedMasses, confidence

LAW = np.array([0.2, 0.3, 0.5])


def replicates(number, seed=0, spread=0.1):
    return LAW * (1 + spread * np.random.default_rng(seed).standard_normal((number, 3)))


@pytest.mark.parametrize("draw", ["normal", "exponential", "lognormal", "bernoulli"])
def test_intervals_cover(draw):
    """At level 0.9, also where the replicates are skewed, 64 of them."""
    rng = np.random.default_rng(1)
    runs = 2000
    if draw == "normal":
        values, mean = 1 + 0.2 * rng.standard_normal((runs, 64)), 1.0
    elif draw == "exponential":
        values, mean = rng.standard_exponential((runs, 64)), 1.0
    elif draw == "lognormal":
        values, mean = rng.lognormal(0, 0.8, (runs, 64)), np.exp(0.32)
    else:
        values, mean = (rng.random((runs, 64)) < 0.3) * 1.0, 0.3
    numbers = [confidence(row, 1, 0.9) for row in values]
    covered = sum(number.low <= mean <= number.high for number in numbers)
    assert binomtest(covered, runs, 0.9, "less").pvalue > 1e-6


def test_by_hand():
    """0.1, 0.2, 0.3, 0.2: deviation sqrt(0.02/3), quantile of Student's law with 3 degrees of freedom 2.353."""
    number = confidence(np.array([0.1, 0.2, 0.3, 0.2]), 7, 0.8)
    half = 2.3533634 * (0.02 / 3) ** 0.5 / 2
    assert (number.estimate, number.samples, number.level) == (pytest.approx(0.2), 7, 0.8)
    assert (number.low, number.high) == (pytest.approx(0.2 - half), pytest.approx(0.2 + half))
    assert number.effective == pytest.approx(0.16 / (0.02 / 3 / 4))


def test_the_long_tail_has_the_longer_side():
    values = np.array([1.0] * 60 + [5.0] * 4)
    number = confidence(values, 64, 0.99)
    assert number.high - number.estimate > 1.2 * (number.estimate - number.low)
    mirrored = confidence(6 - values, 64, 0.99)
    assert mirrored.estimate - mirrored.low == pytest.approx(number.high - number.estimate)


def test_what_is_the_same_in_all_replicates_is_known_up_to_rounding():
    number = confidence(np.full(64, 1e-12), 64, 0.99, 1e-13)
    assert 0 < number.high - number.low == pytest.approx(2e-25, rel=1e-3)
    zero = confidence(np.zeros(64), 64, 0.99, 1e-13)
    assert zero.low == 0 < zero.high < 1e-300


def test_masses_far_below_1_do_not_underflow():
    values = 1e-250 * (1 + 0.1 * np.random.default_rng(0).standard_normal(64))
    number = confidence(values, 64, 0.99)
    assert 0.9e-250 < number.low < number.estimate < number.high < 1.1e-250


def test_events_and_moments_are_those_of_the_law():
    masses = EstimatedMasses(replicates(4000), 4000, 1 - 1e-6)
    for counts in ([0], [1, 2], [0, 1, 2]):
        number = masses.event(counts)
        assert number.low <= LAW[counts].sum() <= number.high
    mean, variance = masses.moments()
    assert mean.low <= 1.3 <= mean.high
    assert variance.low <= 0.61 <= variance.high
    assert mean.high - mean.low < 0.02
    assert masses.guarantee is Guarantee.STATISTICAL


def test_a_ratio_is_better_known_than_its_parts():
    """All masses of a replicate are too large or too small together: then their ratios are exact."""
    common = 1 + 0.3 * np.random.default_rng(2).standard_normal((64, 1))
    given = EstimatedMasses(0.1 * common * LAW, 64, 0.99).given()
    for j, p in enumerate(LAW):
        number = given.event([j])
        assert number.estimate == pytest.approx(p)
        assert number.high - number.low < 1e-14
    with pytest.raises(ZeroDivisionError, match="probability 0"):
        EstimatedMasses(np.zeros((64, 3)), 64, 0.99).given().event([1])


def test_laws_of_estimates():
    law = CountLaw(EstimatedMasses(replicates(64), 640, 0.99), layer=1, method="m")
    assert law == CountLaw(EstimatedMasses(replicates(64), 640, 0.99), layer=1, method="m")
    assert law != CountLaw(EstimatedMasses(replicates(64, seed=1), 640, 0.99), layer=1, method="m")
    assert law.quantile(0.3) == 1
    assert law.conditional().total.number.estimate == pytest.approx(1)
    text = str(law.pmf(0))
    assert "from 640 networks (worth" in text
    assert law.pmf(0).to_dict()["effective_samples"] > 640


def test_an_estimate_shows_what_it_is_worth():
    certain = Probability(confidence(np.full(64, 0.5), 64, 0.99, 1e-13), method="m")
    assert "worth" not in str(certain)
    assert "effective_samples" not in certain.to_dict()
