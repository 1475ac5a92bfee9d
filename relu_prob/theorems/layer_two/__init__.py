"""Layer 2, and what follows from it for layer 3: one file for each shape of what the first layer passes on."""

from relu_prob.theorems.layer_two.narrow import LAYER_TWO_NARROW
from relu_prob.theorems.layer_two.one_dimension import LAYER_TWO_ONE_DIMENSION
from relu_prob.theorems.layer_two.one_more import LAYER_TWO_ONE_MORE, LAYER_TWO_ONE_MORE_GAUSSIAN
from relu_prob.theorems.layer_two.quadrant_theorems import LAYER_THREE_QUADRANT, LAYER_TWO_QUADRANT
from relu_prob.theorems.layer_two.two_more import LAYER_TWO_TWO_MORE
from relu_prob.theorems.layer_two.whole_space import WHOLE_SPACE_NARROW, WHOLE_SPACE_ONE_MORE

__all__ = [
    "LAYER_THREE_QUADRANT",
    "LAYER_TWO_NARROW",
    "LAYER_TWO_ONE_DIMENSION",
    "LAYER_TWO_ONE_MORE",
    "LAYER_TWO_ONE_MORE_GAUSSIAN",
    "LAYER_TWO_QUADRANT",
    "LAYER_TWO_TWO_MORE",
    "WHOLE_SPACE_NARROW",
    "WHOLE_SPACE_ONE_MORE",
]
