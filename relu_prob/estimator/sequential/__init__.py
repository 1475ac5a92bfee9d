"""A sequential estimator of masked count laws on at most three points, stratified over the points that survive."""

from relu_prob.estimator.sequential.run import Estimates, estimate, missing

__all__ = ["Estimates", "estimate", "missing"]
