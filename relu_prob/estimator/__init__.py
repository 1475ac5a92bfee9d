"""A sequential estimator of masked count laws on at most three points, stratified over the points that survive.

It knows what a network is, and neither the theorems nor the simulation, so that its agreement with both is evidence.
"""

from relu_prob.estimator.run import Estimates, estimate, missing

__all__ = ["Estimates", "estimate", "missing"]
