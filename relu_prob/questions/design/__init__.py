"""Widths and depths for a target trainability: the smallest width, the largest depth, and proposed designs.

``ranges`` brackets the smallest equal width and the largest depth, ``propose`` designs by what is guaranteed. In it
``widths`` and ``paths`` find the optimal widths for a bound that is a product over the layers; ``local`` improves them.
"""

from relu_prob.questions.design.propose import Design, design
from relu_prob.questions.design.ranges import DesignRange, largest_depth, smallest_width

__all__ = ["Design", "DesignRange", "design", "largest_depth", "smallest_width"]
