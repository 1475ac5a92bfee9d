"""Strata: which of the points still differ, and at which of them some neuron of the last layer fired.

With zero biases a point at which no neuron of a layer fires has the image 0, and is gone; one point that is left is a
ray, whatever happened before. With biases all points at which no neuron fires have one image, and are one from there
on. These events have probabilities of their own, often tiny ones, and everything that follows depends on them; so each
combination is a stratum with particles of its own.
"""

from __future__ import annotations

from typing import NamedTuple

ONE_RAY = (0,)


class Stratum(NamedTuple):
    """Classes of points with equal images, each a set of points as bits, in the order of the particles' arrays.

    They are sorted, but ``silent`` says that the last class is that of the points at which no neuron of the last layer
    fired.
    """

    classes: tuple[int, ...]
    silent: bool = False

    @property
    def size(self) -> int:
        """The number of classes."""
        return len(self.classes)

    def firing(self, union: int) -> list[int]:
        """The positions of the classes of ``union`` (as bits), in the order in which they are kept.

        >>> Stratum((0b010, 0b100, 0b001), silent=True).firing(0b111)
        [2, 0, 1]
        """
        inside = [i for i in range(self.size) if union >> i & 1]
        return sorted(inside, key=lambda i: self.classes[i])

    def after(self, union: int, zero_bias: bool) -> Stratum:
        """The stratum after a layer whose neurons fire at the classes of ``union`` (as bits), and at no others.

        >>> Stratum((0b001, 0b010, 0b100)).after(0b101, zero_bias=True)
        Stratum(classes=(1, 4), silent=False)
        >>> Stratum((0b001, 0b010, 0b100)).after(0b001, zero_bias=False)
        Stratum(classes=(1, 6), silent=True)
        """
        firing = tuple(self.classes[i] for i in self.firing(union))
        if zero_bias:
            return Stratum(firing if len(firing) > 1 else ONE_RAY)
        rest = sum(c for i, c in enumerate(self.classes) if not union >> i & 1)
        return Stratum((*firing, rest), True) if rest else Stratum(firing)


def reachable(points: int, zero_bias: bool) -> set[Stratum]:
    """All strata that a network can reach from so many different points.

    >>> [len(reachable(m, zero_bias)) for m in (2, 3) for zero_bias in (True, False)]
    [2, 3, 5, 13]
    """
    start = Stratum(tuple(1 << i for i in range(points))) if points > 1 or not zero_bias else Stratum(ONE_RAY)
    found, new = {start}, [start]
    while new:
        stratum = new.pop()
        for union in range(1, 2**stratum.size):
            after = stratum.after(union, zero_bias)
            if after not in found:
                found.add(after)
                new.append(after)
    return found
