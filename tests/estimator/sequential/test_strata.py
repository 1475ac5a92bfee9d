"""Strata: classes of points with equal images."""

from relu_prob.estimator.sequential.strata import ONE_RAY, Stratum, reachable

THREE = Stratum((1, 2, 4))


def test_with_zero_biases_silent_points_are_gone():
    assert THREE.after(0b110, zero_bias=True) == Stratum((2, 4))
    assert Stratum((2, 4)).after(0b11, zero_bias=True) == Stratum((2, 4))
    assert Stratum((2, 4)).after(0b10, zero_bias=True) == Stratum(ONE_RAY)


def test_with_biases_silent_points_are_one():
    assert THREE.after(0b111, zero_bias=False) == THREE
    assert THREE.after(0b110, zero_bias=False) == Stratum((2, 4, 1), True)
    merged = THREE.after(0b010, zero_bias=False)
    assert merged == Stratum((2, 0b101), True)
    assert merged.size == 2
    assert merged.after(0b10, zero_bias=False) == Stratum((0b101, 2), True)


def test_all_that_can_be_reached():
    assert reachable(3, True) == {THREE, Stratum((1, 2)), Stratum((1, 4)), Stratum((2, 4)), Stratum(ONE_RAY)}
    assert reachable(1, True) == {Stratum(ONE_RAY)}
    assert reachable(1, False) == {Stratum((1,))}
    for stratum in reachable(3, False):
        assert sum(stratum.classes) == 7
