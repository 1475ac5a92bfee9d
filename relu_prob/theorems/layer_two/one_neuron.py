"""A second layer of one neuron: its law needs only the probability E p that it is dead, not the law of p."""

from __future__ import annotations

from abc import abstractmethod

import sympy

from relu_prob.network import Network
from relu_prob.numbers.real import ZERO, Real
from relu_prob.theorems.theorem import Masks, SymbolicEntry, Theorem, allows, binomial


class OneNeuron(Theorem):
    """n_2 = 1 behind a first layer whose n_1 neurons are all active: P(N_2 = 0) = E p."""

    @abstractmethod
    def dead(self, network: Network) -> Real:
        """E p, the probability that a neuron of layer 2 is dead."""

    def formula(self) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...], str] | None:
        """(E p, its symbols besides i = n_1, where it holds), where there is one for all widths."""
        return None

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        return binomial(1, self.dead(network)) if allows(masks[0], network.hidden_widths[0]) else (ZERO, ZERO)

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        """law[s] = P(S_1 in A_1, S_2 = s, N_2 > 0): the one neuron, if it is active, is not sign-dead."""
        return (ZERO, self.masses(network, layer, masks)[1])

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry | None:
        known = self.formula()
        if known is None:
            return None
        dead, symbols, meaning = known
        j = sympy.Symbol("j", integer=True, nonnegative=True)
        return SymbolicEntry(dead ** (1 - j) * (1 - dead) ** j, (*symbols, j), meaning)


def one_neuron_missing(network: Network, layer: int, more: int, alternative: str = "") -> str | None:
    """Why layer 2 is not one neuron behind n_1 = d + more; None if it is, or if the layer is not 2."""
    if layer != 2:
        return None
    (first, second), d = network.hidden_widths[:2], network.input_dimension
    if first != d + more:
        return f"the first layer must have width n_1 = d + {more}, got n_1 = {first}, d = {d}"
    if second != 1:
        return f"the second layer must have one neuron{alternative}, got n_2 = {second}"
    return None
