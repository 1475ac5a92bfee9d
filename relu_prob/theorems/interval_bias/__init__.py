"""Biases and one input dimension: as long as one neuron is alive in a layer, what it passes on is an interval."""

from relu_prob.theorems.interval_bias.chain import ONE_NEURON_CHAIN
from relu_prob.theorems.interval_bias.layer_two import LAYER_TWO_ONE_NEURON

__all__ = ["LAYER_TWO_ONE_NEURON", "ONE_NEURON_CHAIN"]
