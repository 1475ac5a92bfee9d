"""Two count laws that enclose the true one, for every architecture: N^ray_l <= N_l <= N^sign_l, all layers at once.

- The *ray* chain counts the neurons that fire at one input x0 != 0: a neuron that fires somewhere is not dead. Its
  law bounds the counts also where each fires with probability at least 1/2 whatever the others do.
- The *sign* chain leaves out only the neurons that cannot fire whatever their input: layer outputs are >= 0, so a
  neuron is dead if every weight from a sign-alive neuron is <= 0 (and its bias too). It starts from the law of N_1.
  Its law needs independent rows.
- The *sign, then ray* chain (zero biases) knows that a single sign-alive neuron passes on one ray, and is exact from
  there on. The *sign, quadrant and ray* chain also knows that two pass on a quadrant at most.

The three live on one probability space, so the bounds hold jointly for thresholds N_1 >= m_1, ..., N_l >= m_l. Each may
start above a layer whose law is known: from an input at which that layer fires, or from the neurons active there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from flint import arb, fmpq

from relu_prob.domains import Box, Interval, Points
from relu_prob.initialization import Constant, RandomizedAsymmetric
from relu_prob.network import Network
from relu_prob.numbers import balls, quadrant_chain
from relu_prob.numbers.chain import (
    AsymmetricSignStep,
    ExactLaw,
    FairStep,
    SignStep,
    masked as masked_balls,
    run_balls,
    run_exact,
)
from relu_prob.numbers.quadrant_chain import Pairs
from relu_prob.numbers.real import ZERO, Ball, Rational, Real, enclosure
from relu_prob.theorems.theorem import CostError as CostError, Mask, Masks, mixture, point_mass

SOURCE = "docs/theory.md, section 'Two chains and a bracket'"
BIT_OPERATIONS_PER_SECOND = 1e11  # measured with FLINT integers on one core; only its order of magnitude matters
LIMIT_SECONDS = 60

AnySignStep = SignStep | AsymmetricSignStep


@dataclass(frozen=True)
class Arithmetic:
    """Exact rationals (digits None), or balls with the given number of digits."""

    digits: int | None = None
    force: bool = False


def ray_missing(network: Network) -> str | None:
    """Why the ray chain is not a lower bound for this network, or None."""
    if network.weights.leans_up:
        if _has_input_above_zero(network):
            return None
        return f"some input must have no negative coordinate for weights {network.weights!r}, got {network.domain!r}"
    if not network.symmetric:
        return f"the laws must be symmetric under a change of sign of any entry, got biases {network.biases!r}"
    if not network.continuous:
        return f"pre-activations must have no ties, got weights {network.weights!r}, biases {network.biases!r}"
    return None


def sign_missing(network: Network) -> str | None:
    """Why the sign chain is not an upper bound for this network, or None."""
    if not network.weights.independent_rows:
        return f"the rows of a weight matrix must be independent, got weights {network.weights!r}"
    if isinstance(network.weights, RandomizedAsymmetric):
        return None
    if not network.weights.symmetric:
        return f"the weights must be symmetric under a change of sign of any entry, got {network.weights!r}"
    if not (network.biases.symmetric or isinstance(network.biases, Constant)):
        return f"the biases must be symmetric or constant, got {network.biases!r}"
    return None


def ray_masses(network: Network, layer: int, masks: Masks) -> tuple[Real, ...]:
    """The masked law of the ray chain; always exact."""
    widths = network.hidden_widths[:layer]
    start = ExactLaw.from_masses([fmpq(0), fmpq(1)])
    law = run_exact(start, [FairStep(n) for n in widths], (None, *masks))
    return tuple(map(Rational, law.masses()))


def then_ray(network: Network, layer: int, masks: Masks, known: int, live: Real, dead: Real) -> tuple[Real, ...]:
    """The masked law of ``layer`` > ``known`` where the neurons that fire at one input are counted above ``known``.

    ``live`` and ``dead`` are the masked probabilities that layer ``known`` has an active neuron, and that it has none.
    """
    widths, above = network.hidden_widths[known:layer], masks[known:]
    start = ExactLaw.from_masses([fmpq(0), fmpq(1)])
    ray = run_exact(start, [FairStep(n) for n in widths], (None, *above)).masses()
    still = all(mask is None or 0 in mask for mask in above)
    return mixture((live, tuple(map(Rational, ray))), (dead if still else ZERO, point_mass(0, widths[-1])))


def sign_masses(
    network: Network, layer: int, masks: Masks, first: Sequence[Real], arithmetic: Arithmetic
) -> tuple[Real, ...]:
    """The masked law of the sign chain, started from the law ``first`` of N_1."""
    steps = _sign_steps(network, layer)
    if arithmetic.digits is None and all(isinstance(x, Rational) for x in first):
        law = ExactLaw.from_masses([x.rational for x in first if isinstance(x, Rational)])
        _check_cost(law, network, layer, arithmetic)
        return tuple(map(Rational, run_exact(law, steps, masks).masses()))
    return _balls(partial(_sign_balls, tuple(first), tuple(steps), masks), arithmetic.digits or 30)


def _sign_steps(network: Network, layer: int) -> list[AnySignStep]:
    widths = network.hidden_widths[:layer]
    if isinstance(network.weights, RandomizedAsymmetric):
        return [AsymmetricSignStep(n, below) for below, n in pairwise(widths)]
    return [SignStep(n, sign_offset(network)) for n in widths[1:]]


def sign_ray_masses(
    network: Network,
    layer: int,
    masks: Masks,
    first: Sequence[Real],
    arithmetic: Arithmetic,
    pairs: Pairs | None = None,
) -> tuple[Real, ...]:
    """The masked law of the chain that is sign until one neuron is left, and ray from there on (zero biases).

    With ``pairs``, the law of a layer above two active neurons that read a quadrant, two neurons are followed, too.
    """
    widths = network.hidden_widths[1:layer]
    if arithmetic.digits is None and all(isinstance(x, Rational) for x in first):
        law = ExactLaw.from_masses([x.rational for x in first if isinstance(x, Rational)])
        _check_cost(law, network, layer, arithmetic)
        if pairs is not None:
            return tuple(map(Rational, quadrant_chain.exact(law, widths, masks, pairs).masses()))
        return tuple(map(Rational, _sign_ray_exact(law, widths, masks).masses()))
    return _balls(partial(_sign_ray_balls, tuple(first), widths, masks, pairs), arithmetic.digits or 30)


def sign_offset(network: Network) -> int | None:
    """P(all i weights and the bias are <= 0) = 2^-(i + offset); None where the bias is positive, so that it is 0.

    Of randomized asymmetric rows, this many bits and a few more: enough to predict the cost.
    """
    if isinstance(network.biases, Constant):
        return None if network.biases.value > 0 else 0
    return 0 if network.zero_bias else 1


def cost(start_bits: int, widths: Sequence[int], offset: int | None) -> tuple[int, float]:
    """(bits that the numbers of the exact sign chain grow to, seconds that it will take, roughly)."""
    bits, work = start_bits, 0
    for previous, n in pairwise(widths):
        operations, bits = SignStep(n, offset).cost(previous, bits)
        work += operations
    return bits, work / BIT_OPERATIONS_PER_SECOND


def predicted_seconds(network: Network) -> float:
    """Roughly what the exact sign chain through all hidden layers will take."""
    return cost(1, network.hidden_widths, sign_offset(network))[1]


def _check_cost(start: ExactLaw, network: Network, layer: int, arithmetic: Arithmetic) -> None:
    """Raise CostError, which says the predicted cost and what to do instead, before anything slow begins."""
    bits, seconds = cost(start.denominator.bit_length(), network.hidden_widths[:layer], sign_offset(network))
    if seconds > LIMIT_SECONDS and not arithmetic.force:
        raise CostError(
            f"the exact chain would take about {seconds:.0f} s because its numbers grow to {bits} bits: "
            "ask for certified balls with digits=50, or insist with force=True"
        )


def _sign_ray_exact(first: ExactLaw, widths: Sequence[int], masks: Masks) -> ExactLaw:
    """Two laws over one denominator: ``spread`` (2 or more sign-alive) and ``ray`` (one ray, or dead)."""
    spread, ray = _split(first)
    for n, mask in zip(widths, masks, strict=True):
        spread, ray = spread.masked(mask), ray.masked(mask)
        grown, rays = SignStep(n, 0).exact(spread), FairStep(n).exact(ray)
        spread, fresh = _split(grown)
        # both steps multiplied one denominator by a power of two: bring them to the larger
        shift = grown.denominator.bit_length() - rays.denominator.bit_length()
        merged = tuple((a << shift) + b for a, b in zip(rays.numerators, fresh.numerators, strict=True))
        ray = ExactLaw(merged, grown.denominator)
    return ExactLaw(tuple(a + b for a, b in zip(spread.numerators, ray.numerators, strict=True)), ray.denominator)


def _split(law: ExactLaw) -> tuple[ExactLaw, ExactLaw]:
    return law.masked(frozenset(range(2, len(law.numerators)))), law.masked(frozenset((0, 1)))


def _sign_balls(first: tuple[Real, ...], steps: tuple[AnySignStep, ...], masks: Masks, digits: int) -> list[arb]:
    start = [enclosure(x, digits) for x in first]
    with balls.precision(digits):
        return run_balls(start, steps, masks)


def _sign_ray_balls(
    first: tuple[Real, ...], widths: tuple[int, ...], masks: Masks, pairs: Pairs | None, digits: int
) -> list[arb]:
    start = [enclosure(x, digits) for x in first]
    with balls.precision(digits):
        if pairs is not None:
            return quadrant_chain.in_balls(start, widths, masks, pairs)
        spread, ray = _split_balls(start)
        for n, mask in zip(widths, masks, strict=True):
            grown = SignStep(n, 0).balls(masked_balls(spread, mask))
            rays = FairStep(n).balls(masked_balls(ray, mask))
            spread, fresh = _split_balls(grown)
            ray = [a + b for a, b in zip(rays, fresh, strict=True)]
        return [a + b for a, b in zip(spread, ray, strict=True)]


def _split_balls(law: Sequence[arb]) -> tuple[list[arb], list[arb]]:
    return masked_balls(law, frozenset(range(2, len(law)))), masked_balls(law, frozenset((0, 1)))


def _balls(run: partial[list[arb]], digits: int) -> tuple[Real, ...]:
    def refine(j: int, more_digits: int) -> arb:
        return run(more_digits)[j]

    return tuple(ZERO if x == 0 else Ball(x, partial(refine, j)) for j, x in enumerate(run(digits)))


def certain(network: Network, layer: int, masks: Masks, *, dead: bool) -> tuple[Real, ...]:
    """The law of a count that is 0 in every layer, or as large as it can be: a bound where no chain gives one."""
    counts = [0 if dead else n for n in network.hidden_widths[:layer]]
    allowed = all(mask is None or count in mask for mask, count in zip(masks, counts, strict=False))
    n = network.hidden_widths[layer - 1]
    return point_mass(counts[-1], n) if allowed else (ZERO,) * (n + 1)


def _has_input_above_zero(network: Network) -> bool:
    """Whether the domain has a point with coordinates >= 0."""
    domain = network.domain
    if isinstance(domain, Points):
        return any(all(x >= 0 for x in point) for point in domain.points)
    if isinstance(domain, Box):
        return all(high >= 0 for high in domain.high)
    return not isinstance(domain, Interval) or domain.high >= 0


def is_threshold(mask: Mask, n: int) -> bool:
    """Whether a mask is {m, ..., n} for some m, so that the bracket bounds its probability."""
    return mask is None or mask == frozenset(range(n + 1 - len(mask), n + 1))
