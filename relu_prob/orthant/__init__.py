"""The probability that a centred Gaussian vector has no positive coordinate: the solid angle of a polyhedral cone.

``cells`` has all sign patterns of up to three coordinates, for whole arrays of them. ``orthant_probability`` takes any
vector: ``cones`` reduces it, ``planar`` knows three dimensions, ``plackett`` up to five rows; beyond, ``sequential``,
``tilting`` and ``randomised`` estimate it. ``choose`` picks among them.
"""

from relu_prob.orthant.choose import known_probability, orthant_probability
from relu_prob.orthant.result import OrthantProbability

__all__ = ["OrthantProbability", "known_probability", "orthant_probability"]
