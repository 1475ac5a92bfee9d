"""The law of the angle: how far the images of two rays of inputs are apart after a layer."""

from __future__ import annotations

from relu_prob.network import Network
from relu_prob.questions import arguments
from relu_prob.questions.catalogue import NotCovered
from relu_prob.results.angle_law import AngleLaw
from relu_prob.theorems.two_ray import angle
from relu_prob.theorems.two_ray.theorem import TWO_RAY


def angle_law(network: Network, *, layer: int | None = None) -> AngleLaw:
    """The law of the angle theta_l between the images of the two rays of inputs after layer l.

    For inputs on two rays (an interval around 0 in one dimension, or points on two rays in any), zero biases and
    Gaussian weights, everything that the layers above l see of the inputs is whether layer l is dead, one ray is left,
    or two rays at the angle theta_l are: ``N_{l+1} ~ Bin(n, (pi + theta_l)/(2 pi))`` given the latter. With depth the
    angle collapses to 0 and the network forgets what it was asked.

    Parameters
    ----------
    network : the random network
    layer : the hidden layer l, counted from 1; by default the last

    Returns
    -------
    AngleLaw
        The masses (exact after the first two layers over an interval), the mean angle, expectations of functions of
        the angle with error bounds, and a smoothed density.

    Raises
    ------
    NotCovered
        Where the hypotheses do not hold: it names the one that fails.
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Source: docs/theory.md, section 'Two rays'.

    Examples
    --------
    >>> from relu_prob import Network, angle_law
    >>> deep = Network((1, *[5] * 20, 1))
    >>> for l in (2, 5, 20):
    ...     law = angle_law(deep, layer=l)
    ...     print(l, law.two_rays.decimal(5), law.mean.decimal(5))
    2 0.87524 1.1374
    5 0.64377 0.57018
    20 0.049071 0.087272
    """
    net = arguments.network(network)
    l = arguments.layer(net, layer)
    failure = angle.missing(net, l)
    if failure is not None:
        raise NotCovered(f"no theorem has the law of the angle after layer {l} of {net}: {failure}")
    return AngleLaw(angle.after(net, l), layer=l, method=TWO_RAY.name, source=angle.SOURCE)
