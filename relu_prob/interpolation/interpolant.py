"""A network with one input, one hidden layer of ReLU units and rational parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq

from relu_prob import checks


@dataclass(frozen=True)
class Interpolant:
    """x -> output_bias + sum_j outputs_j relu(weights_j x + biases_j), in exact rationals.

    >>> tent = Interpolant((Fraction(1), Fraction(1)), (Fraction(0), Fraction(-1)), (Fraction(1), Fraction(-2)))
    >>> tent.units, tent(1), tent(Fraction(3, 2))
    (2, Fraction(1, 1), Fraction(1, 2))
    """

    weights: tuple[Fraction, ...]
    biases: tuple[Fraction, ...]
    outputs: tuple[Fraction, ...]
    output_bias: Fraction = Fraction(0)

    @property
    def units(self) -> int:
        """The number of hidden units."""
        return len(self.weights)

    def __call__(self, x: float | Fraction) -> Fraction:
        value = checks.real("x", x)
        rows = zip(self.weights, self.biases, self.outputs, strict=True)
        return self.output_bias + sum((v * max(w * value + b, Fraction(0)) for w, b, v in rows), Fraction(0))

    def __repr__(self) -> str:
        return f"Interpolant({self.units} units)"


Unit = tuple[fmpq, fmpq, fmpq]


def right(at: fmpq, change: fmpq) -> Unit:
    """change * relu(x - at), as weight, bias and output weight."""
    return (fmpq(1), -at, change)


def left(at: fmpq, change: fmpq) -> Unit:
    """change * relu(at - x): the slope changes by ``change`` here, too."""
    return (fmpq(-1), at, change)


def assembled(units: Sequence[Unit], output_bias: fmpq) -> Interpolant:
    """The network of units; those without an effect are left out."""
    kept = [tuple(map(as_fraction, unit)) for unit in units if unit[2] != 0]
    weights, biases, outputs = zip(*kept, strict=True) if kept else ((), (), ())
    return Interpolant(weights, biases, outputs, as_fraction(output_bias))


def as_fraction(value: fmpq) -> Fraction:
    """The same number for Python."""
    return Fraction(int(value.p), int(value.q))
