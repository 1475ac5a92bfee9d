"""The second route, whose bound of the fit is proved at every angle: it encloses the main path."""

from itertools import pairwise
from math import pi

import numpy as np
import pytest

from relu_prob.theorems.two_ray.enclosure import Enclosure, panels
from relu_prob.theorems.two_ray.laws import last_event
from relu_prob.theorems.two_ray.layers import Values
from relu_prob.theorems.two_ray.precision import HALF_PI, Wide
from relu_prob.theorems.two_ray.representation import kernel


@pytest.fixture(scope="module")
def enclosure():
    return Enclosure()


def test_the_panels_reach_from_a_right_angle_to_below_the_deepest_angle():
    theta, found = panels(1e-6, 3.0, 20)
    assert theta[0] == HALF_PI
    assert np.exp(found[0].high) == pytest.approx(pi / 2, rel=1e-15)
    assert all(a.low == b.high for a, b in pairwise(found))
    assert np.exp(found[-1].low) < 1e-6
    for panel in found:
        assert np.all(np.log(theta[panel.place]) < panel.high)
        assert np.all(np.log(theta[panel.place]) > panel.low)


def test_on_the_ellipses_the_cosine_is_at_most_one():
    _, found = panels()
    for panel in found:
        assert panel.rho > 1.6
        turn = panel.rho * np.exp(1j * np.random.default_rng(5).uniform(0, 2 * pi, 1000))
        s = (panel.low + panel.high) / 2 + (panel.high - panel.low) / 4 * (turn + 1 / turn)
        theta = np.exp(s)
        # 1 - |cos|^2 without cancellation
        assert np.all(np.sin(theta.real) ** 2 - np.sinh(theta.imag) ** 2 >= 0)


def test_the_bound_of_the_fit_holds_between_the_nodes_whatever_the_weights(enclosure):
    # p^4 and its fit, from which some weights are then left out: a bad fit has an honest bound
    sigma, theta = enclosure.table.sigma, enclosure.theta
    between = np.sort(np.exp(np.random.default_rng(7).uniform(np.log(1e-16), np.log(pi / 2), 4000))).astype(Wide)
    chance = lambda t: ((np.pi - t) / (2 * np.pi)) ** 4  # noqa: E731
    nothing = np.zeros(1)
    values = Values(nothing, nothing, chance(theta)[:, None], nothing, nothing)
    fit = enclosure.representation.fit

    def crippled(angle):
        weights, residual = fit(angle)
        weights[::7] = 0
        return weights, residual

    for representation in (fit, crippled):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(enclosure.representation, "fit", representation)
            weights, bound = enclosure.fit(values, 0.5**4, 8 * float(theta[-1]))
        seen = chance(between) - chance(theta[0]) - kernel(sigma, between) @ weights[:, 0]
        assert np.abs(seen).max() <= bound[0]
        assert bound[0] <= 10 * np.abs(seen).max() + 1e-12


def test_born_dead_of_many_networks(enclosure, layers):
    rng = np.random.default_rng(1907)
    for _ in range(40):
        widths = rng.integers(1, 9, rng.integers(2, 13))
        value, bound = enclosure.event(widths, None, [0])
        main, error = last_event(widths, None, [0], layers=layers)
        assert abs(value - float(main)) <= bound + error
        assert 2 * bound < 1e-9, tuple(widths)


def test_joint_events_of_masked_networks(enclosure, layers):
    rng = np.random.default_rng(9696)
    for _ in range(30):
        widths = rng.integers(2, 9, rng.integers(2, 7))
        masks = [rng.random(n + 1) < 0.7 for n in widths[:-1]] + [None]
        counts = np.flatnonzero(rng.random(widths[-1] + 1) < 0.5)
        value, bound = enclosure.event(widths, masks, counts)
        main, error = last_event(widths, masks, counts, layers=layers)
        assert abs(value - float(main)) <= bound + error
        assert bound < 2e-8


@pytest.mark.parametrize("start", [3.0, 1.2, 0.01])
def test_two_rays_at_any_angle(enclosure, layers, start):
    value, bound = enclosure.event((4, 3, 6, 2), None, [0], start=start)
    main, error = last_event((4, 3, 6, 2), None, [0], start=start, layers=layers)
    assert abs(value - float(main)) <= bound + error
    assert bound < 1e-10
