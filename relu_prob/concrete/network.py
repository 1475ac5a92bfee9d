"""A given fully connected ReLU network: its weights and biases as numbers, not as a law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks
from relu_prob.initialization import sample_layer
from relu_prob.network import Network

Array = NDArray[np.float64]
Rng = np.random.Generator | np.random.SeedSequence | int | None


@dataclass(frozen=True, eq=False, repr=False)
class ConcreteNetwork:
    """A fully connected network with given weights: hidden layers ``relu(W h + b)``, then an affine output layer.

    Parameters
    ----------
    weights : at least two matrices; that of layer l has shape (n_l, n_{l-1}), the last one is the output layer's
    biases : one vector of shape (n_l,) for each matrix, or None for a layer without; None for a network without any

    Raises
    ------
    TypeError, ValueError
        Where these are not finite real numbers of matching shapes, naming argument, value and what is allowed.

    Notes
    -----
    Arrays are copied and made read-only, float32 stays float32 and everything else becomes float64; all computations
    are in float64. Networks compare by value.

    Examples
    --------
    >>> net = ConcreteNetwork([[[1.0], [-1.0]], [[1.0, 1.0]]])
    >>> print(net)
    1-2-1, without biases
    >>> net([[3.0], [-2.0]])
    array([[3.],
           [2.]])
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def __init__(self, weights: Sequence[Any], biases: Sequence[Any] | None = None) -> None:
        allowed = "a sequence of at least 2 matrices, one for each hidden layer and one for the output layer"
        matrices = [_array(f"weights[{k}]", w, 2) for k, w in enumerate(checks.sequence("weights", weights, allowed))]
        if len(matrices) < 2:
            raise ValueError(f"weights must be {allowed}, got {len(matrices)}")
        for k, (below, above) in enumerate(pairwise(matrices), 1):
            if above.shape[1] != below.shape[0]:
                raise ValueError(
                    f"weights[{k}] must have {below.shape[0]} columns, one for each row of weights[{k - 1}], "
                    f"got shape {above.shape}"
                )
        text = f"None or a sequence of {len(matrices)} vectors, one for each matrix of weights"
        vectors = [None] * len(matrices) if biases is None else checks.sequence("biases", biases, text)
        if len(vectors) != len(matrices):
            raise ValueError(f"biases must be {text}, got {len(vectors)}")
        object.__setattr__(self, "weights", tuple(matrices))
        object.__setattr__(
            self, "biases", tuple(_bias(k, b, len(w)) for k, (w, b) in enumerate(zip(matrices, vectors, strict=True)))
        )

    @classmethod
    def draw(cls, network: Network, rng: Rng = None) -> ConcreteNetwork:
        """A random draw of a network at initialization.

        Parameters
        ----------
        network : widths and laws; its domain does not matter
        rng : a Generator, a SeedSequence, an integer seed, or None for fresh entropy

        >>> ConcreteNetwork.draw(Network((1, 4, 4, 1)), rng=0) == ConcreteNetwork.draw(Network((1, 4, 4, 1)), rng=0)
        True
        """
        net = checks.instance("network", network, Network, "a relu_prob.Network")
        random = checks.generator("rng", rng)
        drawn = [sample_layer(net.weights, net.biases, random, 1, *fans) for fans in pairwise(net.widths)]
        return cls([w[0] for w, _ in drawn], None if net.zero_bias else [b[0] for _, b in drawn])

    @property
    def widths(self) -> tuple[int, ...]:
        """(d, n_1, ..., n_{L-1}, d_out), as of a Network."""
        return (self.weights[0].shape[1], *(len(w) for w in self.weights))

    @property
    def input_dimension(self) -> int:
        """d = widths[0]."""
        return self.widths[0]

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """(n_1, ..., n_{L-1})."""
        return self.widths[1:-1]

    @property
    def depth(self) -> int:
        """The number of hidden layers."""
        return len(self.weights) - 1

    @property
    def hidden(self) -> tuple[tuple[Array, Array], ...]:
        """(W, b) of every hidden layer, from the first."""
        return tuple(zip(self.weights[:-1], self.biases[:-1], strict=True))

    @property
    def without_biases(self) -> bool:
        """Whether every bias is 0."""
        return not any(b.any() for b in self.biases)

    def preactivations(self, inputs: Any) -> Iterator[Array]:
        """W h + b of every hidden layer in turn, for inputs of shape (m, d): arrays of shape (m, n_l)."""
        h = self.inputs("inputs", inputs)
        for w, b in self.hidden:
            z = affine(h, w, b)
            yield z
            h = np.maximum(z, 0.0)

    def __call__(self, inputs: Any) -> Array:
        """The outputs at inputs of shape (m, d): an array of shape (m, d_out)."""
        *_, z = self.preactivations(inputs)
        return affine(np.maximum(z, 0.0), self.weights[-1], self.biases[-1])

    def inputs(self, name: str, value: Any) -> Array:
        """``value`` as inputs of this network: floats of shape (m, d), m >= 1, all finite."""
        array = _array(name, value, 2)
        if not len(array) or array.shape[1] != self.input_dimension:
            raise ValueError(
                f"{name} must have shape (m, {self.input_dimension}) with m >= 1: one input a row, as wide as the "
                f"network's input; got shape {array.shape}"
            )
        return np.asarray(array, dtype=np.float64)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConcreteNetwork):
            return NotImplemented
        return self.widths == other.widths and all(
            np.array_equal(x, y)
            for mine, theirs in ((self.weights, other.weights), (self.biases, other.biases))
            for x, y in zip(mine, theirs, strict=True)
        )

    def __hash__(self) -> int:
        # equal networks may differ in the types and in the signs of zeros, which tobytes would see
        return hash((self.widths, *(float(np.sum(w, dtype=np.float64)) for w in self.weights)))

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.widths))}, {'without' if self.without_biases else 'with'} biases"

    def __repr__(self) -> str:
        return f"<ConcreteNetwork: {self}>"


def affine(h: Array, w: Array, b: Array) -> Array:
    """W h + b for every row of h."""
    z = h @ np.asarray(w, dtype=np.float64).T
    z += b
    return z


def _array(name: str, value: Any, dimensions: int) -> Array:
    shape = "(rows, columns)" if dimensions == 2 else "(n,)"
    allowed = f"an array of finite real numbers of shape {shape}"
    try:
        array = np.array(value)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name} must be {allowed}, got rows of different lengths") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be {allowed}, got {array.dtype} of shape {array.shape}")
    if array.ndim != dimensions or (dimensions == 2 and 0 in array.shape[1:]):
        raise ValueError(f"{name} must be {allowed}, got shape {array.shape}")
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be {allowed}, got {np.count_nonzero(~np.isfinite(array))} that are not finite")
    array.setflags(write=False)
    return array


def _bias(k: int, value: Any, width: int) -> Array:
    vector = _array(f"biases[{k}]", np.zeros(width) if value is None else value, 1)
    if len(vector) != width:
        raise ValueError(
            f"biases[{k}] must have shape ({width},), one for each row of weights[{k}], got shape {vector.shape}"
        )
    return vector
