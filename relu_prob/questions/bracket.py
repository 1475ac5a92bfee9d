"""The bracket: two laws that enclose the law of the counts, for any network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from relu_prob import checks
from relu_prob.layer_graph import LayerGraph
from relu_prob.network import Network
from relu_prob.questions import arguments
from relu_prob.questions.bracket_ends import LOWERS, UPPERS, Lower, Upper, best_lower_law, best_upper_law
from relu_prob.results import CountLaw
from relu_prob.theorems import bracket as chains
from relu_prob.theorems.bracket import Arithmetic
from relu_prob.theorems.theorem import Masks


@dataclass(frozen=True)
class Bracket:
    """``low.sf(j) <= P(masks, N_l > j) <= high.sf(j)`` for all j, jointly in the layers below."""

    low: CountLaw
    high: CountLaw

    @property
    def method(self) -> str:
        """What the two laws are."""
        return f"between '{self.low.method}' and '{self.high.method}'"

    @property
    def source(self) -> str:
        """Where both are proved."""
        return "; ".join(dict.fromkeys([self.low.source, self.high.source]))

    def __str__(self) -> str:
        return f"{self.low!r}\n<= N_{self.low.layer} <=\n{self.high!r}"


def bracket(
    network: Network | LayerGraph,
    *,
    layer: int | str | None = None,
    allowed: Sequence[Iterable[int] | None] | Mapping[str, Iterable[int]] | None = None,
    lower: Lower = "quick",
    upper: Upper = "sharpest",
    digits: int | None = None,
    force: bool = False,
) -> Bracket:
    """Two laws between which the number of active neurons lies stochastically, jointly in the layers below.

    Each is the law of a layer that a theorem has, carried on by a chain. ``low`` counts neurons that fire at one input
    (the ray chain) or, where biases are zero, at two inputs as far apart as the domain allows (two rays: rational in
    layer 2, with a numerical error bound in deeper ones, for Gaussian weights). ``high`` leaves out the neurons that no
    input can make fire (the sign chain), and with zero biases knows that a single live neuron passes on one ray.

    Parameters
    ----------
    network, layer, allowed : as for count_law; the sets must be thresholds {m, ..., n}, because only probabilities
        of thresholds are bounded
    lower : "quick": the best for P(N_l > 0) of those that take a second at most; "sharpest": of all, which may take
        10 s for each width above 24; "ray": the ray chain alone, always exact. The same for a LayerGraph that is not a
        path, where ``low`` is the ray chain
    upper : "sharpest": from layer 1 or from the last layer with an exact law, following also what two neurons pass on;
        "sign-ray": from layer 1, following what one neuron passes on; "sign": the sign chain alone.
        The same for a LayerGraph that is not a path, where ``high`` is the sign chain
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
    >>> around = bracket(Network((3, 4, 4, 4, 1)), lower="ray")
    >>> around.low.pmf(0).fraction, around.high.pmf(0).decimal(6)
    (Fraction(721, 4096), '0.000215024')
    >>> bracket(Network((3, 5, 4, 1))).low.pmf(0)
    Probability(31/4096 = 0.007568359375, exact)

    Possible issues: the first network with more than two hidden layers computes a table of integrals, for about 40 s,
    and keeps it. Where ``low.guarantee`` is numerical, the lower end is a value minus a bound of its error that was
    computed, not proved.
    """
    checks.choice("lower", lower, LOWERS)
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
    return bracket_laws(net, l, masks, Arithmetic(digits, force), upper, lower)


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


def bracket_laws(
    net: Network,
    l: int,
    masks: Masks,
    arithmetic: Arithmetic,
    upper: Upper = "sharpest",
    lower: Lower = "quick",
    at: int = 1,
) -> Bracket:
    """The bracket, for arguments that are already checked; its laws are the best known for ``P(N_l >= at)``."""
    high = best_upper_law(net, l, masks, arithmetic, upper, at)  # first: it may be refused
    return Bracket(best_lower_law(net, l, masks, lower, at), high)
