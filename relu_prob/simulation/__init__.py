"""Random networks with explicit weights and explicit inputs, in which death is decided by looking.

This room knows what a network is and nothing of the theory, so that its agreement with a theorem is evidence.
"""

from relu_prob.simulation.counts import SimulatedCounts
from relu_prob.simulation.graph_counts import GraphCounts
from relu_prob.simulation.run import simulate, simulate_graph

__all__ = ["GraphCounts", "SimulatedCounts", "simulate", "simulate_graph"]
