"""The layers of a layer graph: what each reads, and through which of its weights.

Every hidden layer computes ``relu(W h + b)``, h the concatenation of what it reads, its rows independent and
identically distributed. Two things may come to that: an identity stream, ``h_add + relu(W h + b)``, and a fixed mask.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from relu_prob import checks

Mask = Literal["neurons", "weights"]
MASKS = ("neurons", "weights")

Taps = tuple[tuple[tuple[int, int], ...], ...]


class Shape(NamedTuple):
    """The units of a layer: ``channels`` neurons, each at ``positions`` places of a signal (1 for a dense layer)."""

    channels: int
    positions: int

    @property
    def units(self) -> int:
        """The number of values; unit (c, t) has the index ``c * positions + t``."""
        return self.channels * self.positions

    def __str__(self) -> str:
        return str(self.channels) if self.positions == 1 else f"{self.channels}x{self.positions}"


@dataclass(frozen=True)
class Layer(ABC):
    """What all layers have in common.

    name : of the layer; "input" is that of the inputs
    channels : the number of its neurons; a neuron is one row of weights, of a convolution one filter
    reads : the names of the layers whose outputs it reads, concatenated
    add : the name of a layer of the same shape that is added to the output, or None
    keep : the probability that a neuron, or a weight, is not masked
    mask : what the mask, drawn once and then fixed, sets to 0: whole "neurons" (their output ``relu(W h + b)``; not
        what is added to it) or single "weights", each independently of the others
    """

    name: str
    channels: int
    reads: tuple[str, ...]
    add: str | None
    keep: Fraction
    mask: Mask

    def _set(self, name: Any, channels: Any, reads: Any, add: Any, keep: Any, mask: Any, width: str) -> None:
        _name("name", name)
        text = "a non-empty sequence of names of layers"
        names = checks.sequence("reads", reads, text)
        if not names:
            raise ValueError(f"reads must be {text}, got {reads!r}")
        if len(set(names)) < len(names):
            raise ValueError(f"reads must name every layer once, got {reads!r}")
        share = checks.real("keep", keep, positive=True)
        if share > 1:
            raise ValueError(f"keep must be a probability > 0 and <= 1, got {keep!r}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "channels", checks.integer(width, channels, low=1))
        object.__setattr__(self, "reads", tuple(_name("reads", r) for r in names))
        object.__setattr__(self, "add", None if add is None else _name("add", add))
        object.__setattr__(self, "keep", share)
        object.__setattr__(self, "mask", checks.choice("mask", mask, MASKS))

    @property
    def parents(self) -> tuple[str, ...]:
        """What it reads and what is added to it, each once."""
        return tuple(dict.fromkeys((*self.reads, *([] if self.add is None else [self.add]))))

    @abstractmethod
    def shape(self, read: tuple[Shape, ...]) -> Shape:
        """The shape of the output, from the shapes of the layers that it reads; ValueError where they do not fit."""

    @abstractmethod
    def taps(self, positions: int) -> Taps:
        """For each position of the output the pairs (tap, position of the layers below) that it reads there."""

    def __str__(self) -> str:
        kind = f"{self._kind()}({', '.join(self.reads)})"
        if self.add is not None:
            kind = f"{self.add} + {kind}"
        if self.keep != 1:
            kind += f" keeping {checks.number_text(self.keep)} of its {self.mask}"
        return f"{self.name} = {kind}"

    @abstractmethod
    def _kind(self) -> str:
        """Its kind and size, to print."""


@dataclass(frozen=True)
class Dense(Layer):
    """``relu(W h + b)``, W of shape (channels, all values that it reads).

    >>> print(Dense("b", 8, reads=("input", "a")))
    b = dense 8(input, a)
    >>> print(Dense("c", 8, reads=("b",), add="b"))
    c = b + dense 8(b)
    """

    def __init__(
        self,
        name: str,
        width: int,
        reads: Any,
        *,
        add: str | None = None,
        keep: float | Fraction = 1,
        mask: Mask = "neurons",
    ) -> None:
        self._set(name, width, reads, add, keep, mask, "width")

    def shape(self, read: tuple[Shape, ...]) -> Shape:
        return Shape(self.channels, 1)

    def taps(self, positions: int) -> Taps:
        return (tuple((t, t) for t in range(positions)),)

    def _kind(self) -> str:
        return f"dense {self.channels}"


@dataclass(frozen=True)
class Convolution(Layer):
    """A convolution in one dimension: output t reads the positions ``t * stride - padding + k``, k = 0..taps-1.

    Outside the signal there are zeros. The filter of a channel has the shape (channels that it reads, taps), and is
    the same at every position.

    >>> layer = Convolution("a", 4, 3, reads=("input",), padding=1)
    >>> print(layer)
    a = convolution 4 (3 taps, padding 1)(input)
    >>> layer.taps(3)
    (((1, 0), (2, 1)), ((0, 0), (1, 1), (2, 2)), ((0, 1), (1, 2)))
    """

    size: int
    stride: int
    padding: int

    def __init__(
        self,
        name: str,
        channels: int,
        taps: int,
        reads: Any,
        *,
        stride: int = 1,
        padding: int = 0,
        add: str | None = None,
        keep: float | Fraction = 1,
        mask: Mask = "neurons",
    ) -> None:
        self._set(name, channels, reads, add, keep, mask, "channels")
        size = checks.integer("taps", taps, low=1)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "stride", checks.integer("stride", stride, low=1))
        # more padding would add positions that read nothing
        object.__setattr__(self, "padding", checks.integer("padding", padding, low=0, high=size - 1))

    def shape(self, read: tuple[Shape, ...]) -> Shape:
        positions = {shape.positions for shape in read}
        if len(positions) > 1:
            raise ValueError(
                f"reads must name layers with one number of positions, got {sorted(positions)} for {self.reads!r}"
            )
        below = positions.pop()
        count = (below + 2 * self.padding - self.size) // self.stride + 1
        if count < 1:
            raise ValueError(
                f"taps must be at most the positions and the padding, {below} + 2 * {self.padding}, got {self.size} "
                f"in the convolution {self.name!r}"
            )
        return Shape(self.channels, count)

    def taps(self, positions: int) -> Taps:
        count = self.shape((Shape(1, positions),)).positions
        starts = [t * self.stride - self.padding for t in range(count)]
        return tuple(tuple((k, start + k) for k in range(self.size) if 0 <= start + k < positions) for start in starts)

    def _kind(self) -> str:
        parts = [f"{self.size} taps"]
        parts += [f"stride {self.stride}"] if self.stride > 1 else []
        parts += [f"padding {self.padding}"] if self.padding else []
        return f"convolution {self.channels} ({', '.join(parts)})"


def _name(argument: str, value: Any) -> str:
    name = checks.instance(argument, value, str, "the name of a layer")
    if not name:
        raise ValueError(f"{argument} must be the name of a layer, not empty, got {value!r}")
    return name
