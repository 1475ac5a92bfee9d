"""The bracket: two laws that enclose the law of the counts, for any network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from relu_prob import checks
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Real
from relu_prob.questions import arguments, catalogue
from relu_prob.results import CountLaw
from relu_prob.results.masses import RealMasses
from relu_prob.theorems import bracket as chains
from relu_prob.theorems.bracket import Arithmetic
from relu_prob.theorems.theorem import Masks, point_mass

Upper = Literal["sharpest", "sign"]
UPPERS = ("sharpest", "sign")


@dataclass(frozen=True)
class Bracket:
    """``low.sf(j) <= P(masks, N_l > j) <= high.sf(j)`` for all j, jointly in the layers below."""

    low: CountLaw
    high: CountLaw

    @property
    def method(self) -> str:
        """The two chains."""
        return f"between {self.low.method} and {self.high.method}"

    def __str__(self) -> str:
        return f"{self.low!r}\n<= N_{self.low.layer} <=\n{self.high!r}"


def bracket(
    network: Network | LayerGraph,
    *,
    layer: int | str | None = None,
    allowed: Sequence[Iterable[int] | None] | Mapping[str, Iterable[int]] | None = None,
    upper: Upper = "sharpest",
    digits: int | None = None,
    force: bool = False,
) -> Bracket:
    """Two laws between which the number of active neurons lies stochastically: ``N^ray_l <= N_l <= N^sign_l``.

    ``low`` counts the neurons that fire at one input; ``high`` leaves out those that no input can make fire, and with
    ``upper="sharpest"`` and zero biases knows that a single live neuron passes on one ray. ``high`` starts from the
    exact law of N_1 where a theorem has it, otherwise from all n_1 neurons.

    Parameters
    ----------
    network, layer, allowed : as for count_law; the sets must be thresholds {m, ..., n}, because only probabilities
        of thresholds are bounded
    upper : "sharpest" or "sign"; the same for a LayerGraph that is not a path, where ``high`` is the sign chain
    digits : certified balls with so many digits, instead of exact rationals
    force : compute exactly however long it takes

    Raises
    ------
    CostError
        Where the exact chain would take very long and neither ``digits`` nor ``force`` is given.
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Examples
    --------
    >>> from relu_prob import Network, bracket
    >>> around = bracket(Network((3, 4, 4, 4, 1)))
    >>> around.low.pmf(0).fraction, around.high.pmf(0).decimal(6)
    (Fraction(721, 4096), '0.000215024')
    """
    checks.choice("upper", upper, UPPERS)
    if digits is not None:
        checks.integer("digits", digits, low=1)
    if isinstance(network, LayerGraph):
        from relu_prob.questions import graph as graphs  # which imports this file

        question = graphs.asked(network, layer, allowed)
        path = question.path
        if path is None:
            return graphs.bracket(question, Arithmetic(digits, force))
        net, l, masks = path
    else:
        net = arguments.network(network)
        l = arguments.layer(net, layer)
        masks = arguments.masks(net, l, allowed)
    require_bracketed(net, masks)
    return bracket_laws(net, l, masks, Arithmetic(digits, force), upper)


def is_bracketed(net: Network, masks: Masks) -> bool:
    """Whether every mask is a threshold."""
    return all(chains.is_threshold(mask, n) for mask, n in zip(masks, net.hidden_widths, strict=False))


def require_bracketed(net: Network, masks: Masks) -> None:
    """Raise ValueError where a mask is not a threshold."""
    if not is_bracketed(net, masks):
        shown = [None if mask is None else sorted(mask) for mask in masks]
        raise ValueError(
            f"allowed must be thresholds {{m, ..., n}} (or None), because the bracket bounds nothing else, got {shown}"
        )


def bracket_laws(net: Network, l: int, masks: Masks, arithmetic: Arithmetic, upper: Upper = "sharpest") -> Bracket:
    """The bracket, for arguments that are already checked."""
    return Bracket(_lower(net, l, masks), _upper(net, l, masks, arithmetic, upper))


def _lower(net: Network, l: int, masks: Masks) -> CountLaw:
    if chains.ray_missing(net) is None:
        return _law(l, chains.ray_masses(net, l, masks), "the ray chain")
    return _law(l, chains.certain(net, l, masks, dead=True), "no active neuron")


def _upper(net: Network, l: int, masks: Masks, arithmetic: Arithmetic, upper: Upper) -> CountLaw:
    if chains.sign_missing(net) is not None:
        return _law(l, chains.certain(net, l, masks, dead=False), "all neurons active")
    first = first_layer(net)
    if upper == "sharpest" and net.zero_bias and chains.ray_missing(net) is None:
        masses = chains.sign_ray_masses(net, l, masks, first, arithmetic)
        return _law(l, masses, "the sign chain, then the ray chain")
    return _law(l, chains.sign_masses(net, l, masks, first, arithmetic), "the sign chain")


def first_layer(net: Network) -> tuple[Real, ...]:
    """The law of N_1, or all neurons active where no theorem has it for certain (an upper bound, stochastically)."""
    theorem = catalogue.covering(net, 1)
    width = net.hidden_widths[0]
    certain = theorem is not None and theorem.guarantee <= Guarantee.CERTIFIED
    return theorem.masses(net, 1, ()) if theorem is not None and certain else point_mass(width, width)


def _law(l: int, masses: tuple[Real, ...], method: str) -> CountLaw:
    return CountLaw(RealMasses(masses), layer=l, method=method, source=chains.SOURCE)
