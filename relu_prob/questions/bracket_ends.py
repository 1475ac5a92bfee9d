"""The two ends of the bracket: a law as far as a theorem has one, then a chain that bounds what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise
from typing import Literal

from flint import arb

from relu_prob.network import Network
from relu_prob.numbers import balls
from relu_prob.numbers.guarantee import Guarantee
from relu_prob.numbers.real import Ball, Rational, Real, enclosure, total
from relu_prob.questions import catalogue
from relu_prob.questions.widest_pair import widest_pair
from relu_prob.results import CountLaw
from relu_prob.results.masses import DeferredMasses, RealMasses
from relu_prob.theorems import bracket as chains
from relu_prob.theorems.bracket import Arithmetic
from relu_prob.theorems.layer_two.quadrant import above_pair
from relu_prob.theorems.theorem import Masks, Theorem, allows, point_mass

Lower = Literal["quick", "sharpest", "ray"]
Upper = Literal["sharpest", "sign-ray", "sign"]
LOWERS = ("quick", "sharpest", "ray")
UPPERS = ("sharpest", "sign-ray", "sign")

SOURCE = "docs/theory/brackets.md"
MOST_BITS = 2**15
"""An exact law of a layer above the first is not started from where its numbers may have more bits."""


@dataclass(frozen=True)
class _Known:
    """The last layer of a network whose law a theorem has."""

    network: Network
    theorem: Theorem
    layer: int

    @property
    def numerical(self) -> bool:
        return self.theorem.guarantee > Guarantee.CERTIFIED


def best_lower_law(net: Network, l: int, masks: Masks, lower: Lower, at: int = 1) -> CountLaw:
    """Of the laws below N_l the one with the largest lower end of P(masks, N_l >= at)."""
    laws = lower_laws(net, l, masks, lower)
    return laws[0] if len(laws) == 1 else max(laws, key=lambda law: law.event(range(at, law.n + 1)).low)


def lower_laws(net: Network, l: int, masks: Masks, lower: Lower) -> list[CountLaw]:
    """Laws that lie stochastically below N_l, jointly in the layers below; none of them need be below another.

    - The network itself as far as a theorem has its law, then the neurons that fire at one input.
    - The network on the two inputs of its domain that are farthest apart, as far as a theorem has its law (at any
      depth with Gaussian weights), then at one input. ``lower="quick"`` leaves out what takes more than a second.
    """
    if lower == "ray":
        return [_ray(net, l, masks)]
    exact = _last_known(net, l, _proved)
    laws = [_ray(net, l, masks) if exact is None else _from(exact, net, l, masks, exact.theorem.name)]
    last = 0 if exact is None else exact.layer
    on_all = _last_known(net, l, partial(_accepted, lower))
    if on_all is not None and on_all.layer > last:
        laws.append(_from(on_all, net, l, masks, on_all.theorem.name))
        last = on_all.layer
    pair = widest_pair(net)
    on_two = None if pair is None else _last_known(pair.network, min(l, pair.until), partial(_accepted, lower))
    # a law known further up on all inputs is above that on two
    if pair is not None and on_two is not None and on_two.layer > last:
        laws.append(_from(on_two, net, l, masks, f"two rays, {pair.angle}"))
    return laws


def best_upper_law(net: Network, l: int, masks: Masks, arithmetic: Arithmetic, upper: Upper, at: int = 1) -> CountLaw:
    """Of the laws above N_l the one with the smallest upper end of P(masks, N_l >= at)."""
    law = _upper_law(net, l, masks, arithmetic, upper, l if upper == "sharpest" else 1)
    if not _follows_pairs(net, upper) or catalogue.covering(net, l) is not None:
        return law
    # a known layer does not tell which of its pairs of neurons read pairs: the chain from layer 1 may be the better one
    other = _upper_law(net, l, masks, arithmetic, upper, 1)
    return min(law, other, key=lambda known: known.event(range(at, known.n + 1)).high)


def _follows_pairs(net: Network, upper: Upper) -> bool:
    """Whether the chain knows what two neurons pass on: a part of a quadrant."""
    return upper == "sharpest" and net.zero_bias and net.weights.gaussian


def _upper_law(net: Network, l: int, masks: Masks, arithmetic: Arithmetic, upper: Upper, until: int) -> CountLaw:
    """A law stochastically above N_l: from the active neurons of a layer whose law is known, by the sign chain.

    That is the last layer up to ``until`` with an exact or certified law. With zero biases two neurons pass on a
    quadrant at most (Gaussian weights, "sharpest"), and one passes on a ray (not "sign").
    """
    found = _last_known(net, until, _proved)
    first = None if found is None else found.theorem.masses(net, found.layer, masks[: found.layer - 1])
    if first is None or found is None or Guarantee.weakest(x.guarantee for x in first) > Guarantee.CERTIFIED:
        at, width = 1, net.hidden_widths[0]  # all neurons of layer 1
        first, begin, source = point_mass(width, width), "", chains.SOURCE
    else:
        at = found.layer
        begin = f"{found.theorem.name}, then " if at > 1 else ""
        source = chains.SOURCE if at == 1 else f"{SOURCE}, section 'From a known layer'"
        if at == l and l > 1:
            return _law(l, RealMasses(first), found.theorem.name, found.theorem.source)
    if chains.sign_missing(net) is not None:
        if at == l:
            return _law(l, RealMasses(first), "the first layer", source)
        return _law(l, RealMasses(chains.certain(net, l, masks, dead=False)), "all neurons active", source)
    above, rest = net.with_hidden_widths(net.hidden_widths[at - 1 :]), masks[at - 1 :]
    if upper != "sign" and net.zero_bias and chains.ray_missing(net) is None:
        if _follows_pairs(net, upper):
            masses = chains.sign_ray_masses(above, l - at + 1, rest, first, arithmetic, above_pair)
            quadrant = f"{SOURCE}, section 'Two neurons and a quadrant'"
            return _law(l, RealMasses(masses), f"{begin}the sign chain, then quadrant and ray", quadrant)
        masses = chains.sign_ray_masses(above, l - at + 1, rest, first, arithmetic)
        return _law(l, RealMasses(masses), f"{begin}the sign chain, then the ray chain", source)
    masses = chains.sign_masses(above, l - at + 1, rest, first, arithmetic)
    return _law(l, RealMasses(masses), f"{begin}the sign chain", source)


def _proved(known: _Known) -> bool:
    return not known.numerical


def _accepted(lower: Lower, known: _Known) -> bool:
    return lower == "sharpest" or known.theorem.seconds(known.network, known.layer) <= 1


def _last_known(net: Network, l: int, accepted: Callable[[_Known], bool]) -> _Known | None:
    """The last layer up to l whose law a theorem has, among those that are accepted."""
    for layer in range(l, 0, -1):
        theorem = catalogue.covering(net, layer)
        if theorem is None:
            continue
        known = _Known(net, theorem, layer)
        if _bits(known) <= MOST_BITS and accepted(known):
            return known
    return None


def _bits(known: _Known) -> int:
    """What the numbers of an exact law above the first layer may grow to, as those of the sign chain do."""
    if known.numerical or known.layer == 1:
        return 0
    return sum(a * b for a, b in pairwise(known.network.hidden_widths[: known.layer]))


def _ray(net: Network, l: int, masks: Masks) -> CountLaw:
    if chains.ray_missing(net) is None:
        return _law(l, RealMasses(chains.ray_masses(net, l, masks)), "the ray chain", chains.SOURCE)
    return _law(l, RealMasses(chains.certain(net, l, masks, dead=True)), "no active neuron", chains.SOURCE)


def _from(known: _Known, net: Network, l: int, masks: Masks, name: str) -> CountLaw:
    """The law of the known layer, and from there on that of the neurons that fire at one input."""
    theorem, on, at = known.theorem, known.network, known.layer
    source = theorem.source if on is net else f"{SOURCE}, section 'Two inputs'"
    if at == l:
        if not known.numerical:
            return _law(l, RealMasses(theorem.masses(on, l, masks)), name, source)
        compute, event = partial(theorem.masses, on, l, masks), partial(theorem.event, on, l, masks)
        return _law(l, DeferredMasses(net.hidden_widths[l - 1], compute, event, theorem.guarantee), name, source)
    if chains.ray_missing(net) is not None:
        return _ray(net, l, masks)
    live, dead = _live_and_dead(known, masks)
    masses = chains.then_ray(net, l, masks, at, live, dead)
    until = name if on is net else f"{name}, to layer {at}"
    return _law(l, RealMasses(masses), f"{until}, then the ray chain", f"{SOURCE}, section 'From a known layer'")


def _live_and_dead(known: _Known, masks: Masks) -> tuple[Real, Real]:
    """Masked probabilities that the known layer has an active neuron, and that it has none."""
    net, at = known.network, known.layer
    # without the layers above: searches over widths ask for the same layers again and again
    return _kept_live_and_dead(replace(known, network=net.with_hidden_widths(net.hidden_widths[:at])), masks[:at])


@lru_cache(maxsize=256)
def _kept_live_and_dead(known: _Known, masks: Masks) -> tuple[Real, Real]:
    net, at, below = known.network, known.layer, masks[: known.layer - 1]
    counts = [j for j in range(net.hidden_widths[at - 1] + 1) if allows(masks[at - 1], j)]
    if known.numerical:
        live, dead = (known.theorem.event(net, at, below, s) for s in ([j for j in counts if j], [0]))
        return live, dead if 0 in counts else Rational(0)
    masses = known.theorem.masses(net, at, below)
    return _sum([masses[j] for j in counts if j]), _sum([masses[j] for j in counts if not j])


def _sum(numbers: list[Real]) -> Real:
    """Of rationals exactly, otherwise as a ball: a sum of many closed forms would be a very long one."""
    if all(isinstance(x, Rational) for x in numbers):
        return total(numbers)

    def refine(digits: int) -> arb:
        parts = [enclosure(x, digits) for x in numbers]
        with balls.precision(digits):
            return sum(parts, arb(0))

    return Ball(refine(30), refine)


def _law(l: int, masses: RealMasses, method: str, source: str) -> CountLaw:
    return CountLaw(masses, layer=l, method=method, source=source)
