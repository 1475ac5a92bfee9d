"""Estimates with confidence intervals that sum or integrate exactly whatever they can.

``sequential`` estimates masked count laws on at most three points, layer after layer; it knows neither the theorems nor
the simulation, so that its agreement with both is evidence. ``first_layer`` has the death probability of a neuron on
any finite data, ``sign_group`` that of a neuron of layer 2 by averaging over signs, ``polyline`` its moments behind one
input with biases.
"""

from relu_prob.estimator.sequential import Estimates, estimate, missing

__all__ = ["Estimates", "estimate", "missing"]
