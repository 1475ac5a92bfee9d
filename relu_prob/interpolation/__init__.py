"""How many ReLU units a network with one input needs to interpolate data, and when random units do.

Knows numbers and results, and nothing of networks, theorems or simulations.
"""
