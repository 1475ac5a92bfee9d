"""Where a layer of two neurons sees a quadrant: layer 2 over a quadrant of inputs, layer 3 behind two neurons."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from relu_prob.domains import Box, Orthant
from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Rational, Real
from relu_prob.theorems.layer_two.hypotheses import zero_bias_missing
from relu_prob.theorems.layer_two.quadrant import T, chances, following, surviving
from relu_prob.theorems.theorem import Mask, Masks, SymbolicEntry, Theorem, allows

SOURCE = "docs/theory/layer_two.md, section 'A quadrant of inputs'"


class LayerTwoQuadrant(Theorem):
    """Zero biases, Gaussian weights, n_1 = 2, inputs in a quadrant or a rectangle with a corner at 0.

    >>> from relu_prob.network import Network
    >>> LAYER_TWO_QUADRANT.masses(Network((2, 2, 1, 1), domain=Orthant()), 2, (None,))[0].fraction
    Fraction(29, 64)
    """

    name = "layer 2 of two neurons over a quadrant"
    statement = "N_2 ~ E Bin(n_2, (2 + t)/4), t = 0, 1, uniform or triangular on [0, 1] with rational probabilities"
    source = SOURCE

    def missing(self, network: Network, layer: int) -> str | None:
        if layer != 2:
            return f"the layer must be 2, got {layer}"
        if not _quadrant(network):
            return f"the domain must be a quadrant or a rectangle with a corner at 0, got {network.domain!r}"
        if network.input_dimension != 2:
            return f"the input dimension must be 2, got {network.input_dimension}"
        if network.hidden_widths[0] != 2:
            return f"the first layer must have width 2, got {network.hidden_widths[0]}"
        return _laws_missing(network)

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        return _sum(following, network.hidden_widths[1], masks[0])

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(S_1 in A_1, S_2 = s, no layer entirely dead); S_1 = N_1."""
        return _sum(surviving, network.hidden_widths[1], masks[0])

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry:
        return _symbolic("i = 0, 1 or 2 active neurons in layer 1, n neurons in layer 2")


class LayerThreeQuadrant(Theorem):
    """Zero biases, Gaussian weights, n_1 = n_2 = 2 <= d, all directions of inputs: layer 1 fills the quadrant R_+^2.

    So layer 2 is over layer 1 what a first layer is over a quadrant of inputs, and layer 3 what a second one is.

    >>> from relu_prob.network import Network
    >>> LAYER_THREE_QUADRANT.masses(Network((3, 2, 2, 1, 1)), 3, (None, None))[0].fraction
    Fraction(29, 64)
    """

    name = "layer 3 behind two layers of width 2"
    statement = "N_3 ~ E Bin(n_3, (2 + t)/4), t = 0, 1, uniform or triangular on [0, 1] with rational probabilities"
    source = SOURCE

    def missing(self, network: Network, layer: int) -> str | None:
        if layer != 3:
            return f"the layer must be 3, got {layer}"
        if network.hidden_widths[:2] != (2, 2):
            return f"the layers below must have width 2, got {network.hidden_widths[:2]}"
        if network.input_dimension < 2:
            return f"the input dimension must be at least 2, got {network.input_dimension}"
        return zero_bias_missing(network, 2) or _laws_missing(network)

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        n = network.hidden_widths[2]
        return _sum(following, n, masks[1]) if allows(masks[0], 2) else (ZERO,) * (n + 1)

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(S_1 in A_1, S_2 in A_2, S_3 = s, no layer entirely dead): in layer 2 dead is sign-dead."""
        n = network.hidden_widths[2]
        return _sum(surviving, n, masks[1]) if allows(masks[0], 2) else (ZERO,) * (n + 1)

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry:
        return _symbolic("i = 0, 1 or 2 active neurons in layer 2, n neurons in layer 3")


def _quadrant(network: Network) -> bool:
    domain = network.domain
    if isinstance(domain, Box):
        return all(low == 0 or high == 0 for low, high in zip(domain.low, domain.high, strict=True))
    return isinstance(domain, Orthant)


def _laws_missing(network: Network) -> str | None:
    if not network.zero_bias:
        return f"the biases must be zero, got {network.biases!r}"
    if not network.weights.gaussian:
        return f"the weights must be Gaussian, got {network.weights!r}"
    return None


def _sum(law: Callable[[int, int], tuple[Fraction, ...]], n: int, mask: Mask) -> tuple[Real, ...]:
    """The law on the allowed numbers of active neurons of the layer of two."""
    parts = [law(n, active) for active in (0, 1, 2) if allows(mask, active)]
    return tuple(Rational(sum((part[j] for part in parts), Fraction(0))) for j in range(n + 1))


def _symbolic(meaning: str) -> SymbolicEntry:
    i, j, n = sympy.symbols("i j n", integer=True, nonnegative=True)

    def law(t: Any) -> sympy.Expr:
        p = (2 - t) / sympy.Integer(4)
        return sympy.binomial(n, j) * p ** (n - j) * (1 - p) ** j

    weight = {kind: sympy.Rational(c.numerator, c.denominator) for kind, c in chances().items()}
    both = weight["triangular"] * sympy.Integral(2 * (1 - T) * law(T), (T, 0, 1))
    both += weight["uniform"] * sympy.Integral(law(T), (T, 0, 1)) + weight["right"] * law(sympy.Integer(1))
    both /= weight["triangular"] + weight["uniform"] + weight["right"]
    dead, one = sympy.KroneckerDelta(j, 0), law(sympy.Integer(0))
    cases = ((dead, sympy.Eq(i, 0)), (one, sympy.Eq(i, 1)), (both, sympy.Eq(i, 2)))
    text = "t is the angle that the outputs of the layer below span, in right angles"
    return SymbolicEntry(sympy.Piecewise(*cases), (i, j, n), f"{meaning}; {text}")


LAYER_TWO_QUADRANT = LayerTwoQuadrant()
LAYER_THREE_QUADRANT = LayerThreeQuadrant()
