"""What a question returns: probabilities, laws, and transition matrices, each with its guarantee."""

from relu_prob.numbers.guarantee import Guarantee
from relu_prob.results.angle_law import AngleLaw
from relu_prob.results.count_law import CountLaw
from relu_prob.results.probability import Probability, Quantity
from relu_prob.results.transition_matrix import SymbolicEntry, TransitionMatrix

__all__ = ["AngleLaw", "CountLaw", "Guarantee", "Probability", "Quantity", "SymbolicEntry", "TransitionMatrix"]
