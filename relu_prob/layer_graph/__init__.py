"""Networks whose layers are the nodes of a directed acyclic graph: dense, residual and convolutional layers."""

from relu_prob.layer_graph.graph import INPUT, LayerGraph
from relu_prob.layer_graph.layers import Convolution, Dense, Layer, Shape

__all__ = ["INPUT", "Convolution", "Dense", "Layer", "LayerGraph", "Shape"]
