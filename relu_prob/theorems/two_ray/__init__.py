"""Two rays of inputs, zero biases, Gaussian weights: exact laws of the active-neuron counts at any depth.

One input dimension is the case of two opposite rays. The state after a layer is dead, single (one ray is left), or an
angle; ``layers`` is the one-layer operator on functions of the state, ``integrals`` and ``table`` the double integrals
that it is made of, ``laws`` carries them through a network, ``rational`` is layer 3 behind a layer of width 2.
"""

from relu_prob.theorems.two_ray.theorem import LAYER_THREE_RATIONAL, TWO_RAY

__all__ = ["LAYER_THREE_RATIONAL", "TWO_RAY"]
