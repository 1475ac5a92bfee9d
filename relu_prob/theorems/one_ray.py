"""All inputs on one ray: the counts are a fair-coin chain, exactly, at any depth."""

from __future__ import annotations

import sympy
from flint import fmpq

from relu_prob.domains import Points
from relu_prob.network import Network
from relu_prob.numbers.chain import ExactLaw, FairStep, SurvivingSignStep, run_exact
from relu_prob.numbers.real import Rational, Real
from relu_prob.theorems.theorem import Masks, SymbolicEntry, Theorem

_SOURCE = "docs/theory.md, section 'One ray'"


class OneRay(Theorem):
    """Every hidden layer sees the inputs on one ray from 0, so a neuron fires on all of them or on none.

    A neuron whose layer below is not dead has a symmetric pre-activation without atoms: it fires with probability
    1/2, independently of the other neurons of its layer. Hence N_l ~ Bin(n_l, 1/2) until a layer is dead. The neurons
    are independent also where the rows of a weight matrix are not, as long as the sign of each may be flipped alone:
    so for orthogonal ones.
    """

    name = "one ray"
    statement = "N_l ~ Bin(n_l, 1/2) as long as no layer below is dead"
    source = _SOURCE

    def missing(self, network: Network, layer: int) -> str | None:
        if not network.symmetric:
            laws = f"weights {network.weights!r}, biases {network.biases!r}"
            return f"the laws must be symmetric under a change of sign of any entry ({laws})"
        if not network.continuous:
            return f"pre-activations must have no ties (weights {network.weights!r}, biases {network.biases!r})"
        if _one_point(network) or (network.zero_bias and _one_ray(network)):
            return None
        if not network.zero_bias:
            return f"with biases the domain must be a single point, got {network.domain!r}"
        return f"the inputs of every layer from some layer on must lie on one ray, got {network.domain!r}"

    def masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
        steps = [FairStep(n) for n in network.hidden_widths[1:layer]]
        return tuple(map(Rational, run_exact(_first_layer(network), steps, masks).masses()))

    def symbolic(self, network: Network, layer: int) -> SymbolicEntry:
        i, j, n = sympy.symbols("i j n", integer=True, nonnegative=True)
        fair = sympy.binomial(n, j) / 2**n
        if layer == 1:
            if _one_neuron_wide(network) and not _domain_on_ray(network):
                return SymbolicEntry(sympy.KroneckerDelta(j, n), (j, n), "the first layer, of n = 1 neuron")
            return SymbolicEntry(fair, (j, n), "the first layer, of n neurons")
        entry = sympy.Piecewise((fair, i > 0), (sympy.KroneckerDelta(j, 0), True))
        return SymbolicEntry(entry, (i, j, n), "i active neurons below, a layer of n neurons")

    def permanent_masses(self, network: Network, layer: int, masks: Masks) -> tuple[Real, ...] | None:
        """law[s] = P(S_1 in A_1, ..., S_l = s, no layer up to l entirely dead), S_l the neurons not sign-dead.

        Given s > 0 neurons of the layer below that are not sign-dead, some of them firing, a neuron fires with
        probability 1/2 and is sign-dead with probability 2^-s, which excludes firing; the first does not depend on
        how many fire. None where the rows, and with them the neurons that are sign-dead, depend on each other.
        """
        if not (network.weights.independent_rows or layer == 1):
            return None
        start = _first_layer(network).masked(frozenset(range(1, network.hidden_widths[0] + 1)))
        offset = 0 if network.zero_bias else 1
        steps = [SurvivingSignStep(n, offset) for n in network.hidden_widths[1:layer]]
        return tuple(map(Rational, run_exact(start, steps, masks).masses()))


def _one_point(network: Network) -> bool:
    return isinstance(network.domain, Points) and len(set(network.domain.points)) == 1


def _domain_on_ray(network: Network) -> bool:
    return network.domain.single_ray(network.input_dimension)


def _one_neuron_wide(network: Network) -> bool:
    """One neuron in layer 1 that certainly fires somewhere: what it passes on lies on one ray."""
    return network.hidden_widths[0] == 1 and network.domain.surrounds_zero


def _one_ray(network: Network) -> bool:
    return _domain_on_ray(network) or _one_neuron_wide(network)


def _first_layer(network: Network) -> ExactLaw:
    if _domain_on_ray(network) or _one_point(network):
        return FairStep(network.hidden_widths[0]).exact(ExactLaw.from_masses([fmpq(0), fmpq(1)]))
    return ExactLaw.from_masses([fmpq(0), fmpq(1)])  # the one neuron of layer 1 is certainly active


ONE_RAY = OneRay()
