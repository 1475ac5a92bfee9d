"""T3: the probability of being born dead, by width and depth, between what is certain and what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
from shared import SIMULATED, WIDTH, level, main, simulation_note, write_tables

from relu_prob import Guarantee, Network, NotCovered, Probability, born_dead, bracket, plots, simulate
from relu_prob.numbers.real import Rational
from relu_prob.results.masses import proportion
from relu_prob.tables import Cell, Row, Table, decimal_cell, estimate_cells, exact_cell, words

SEED = 1907_09696_3
WIDTHS = tuple(range(2, 11))
DEPTHS = (2, 3, 5, 10, 20, 50)
DEEPEST = 20  # the simulation leaves deeper networks to the theory
SAMPLES = 100_000
FIGURE_WIDTHS = (2, 3, 5, 10)
FIGURE_DEPTHS = (2, 3, 4, 5, 6, 8, 10, 14, 20, 28, 40, 50)
NAMES = ("t3_bracket", "t3_simulation")
LU = "Lu, Shin, Su, Karniadakis, Dying ReLU (arXiv 1903.06733)"
DEPTH = words("depth")


@lru_cache(maxsize=1024)
def lu_chain(width: int, depth: int) -> tuple[Fraction, Fraction, Fraction]:
    """The law of (two rays, one ray, dead) after ``depth`` layers if the two rays were at a right angle after each.

    Layer 1 has neurons on both rays with probability 1 - 2^(1-n). At a right angle each of n neurons fires on ray A
    only, on B only, on both or not at all, with probability 1/4 each. Two rays remain with probability
    a2 = 1 - 2^(1-n) - (n-1) 4^-n: otherwise a ray is silent, or a single neuron fires on both. One ray remains with
    probability a1 = 1 - 2^-n.
    """
    half, quarter = Fraction(1, 2**width), Fraction(1, 4**width)
    if depth == 1:
        return 1 - 2 * half, 2 * half, Fraction(0)
    two, one, dead = lu_chain(width, depth - 1)
    stay_two, stay_one = 1 - 2 * half - (width - 1) * quarter, 1 - half
    return two * stay_two, two * (1 - stay_two - quarter) + one * stay_one, two * quarter + one * half + dead


def lu_lower_bound(width: int, depth: int) -> Probability:
    """A lower bound of the probability to be born dead: it grows as the angle between the rays shrinks from pi/2."""
    return Probability(Rational(lu_chain(width, depth)[2]), method="two rays at a right angle", source=LU)


@dataclass(frozen=True)
class BornDead:
    """What is known of P(N_depth = 0) of a network with ``depth`` hidden layers of one width."""

    width: int
    depth: int
    theorem: Probability | None
    sign: Probability
    sign_ray: Probability
    lu: Probability
    ray: Probability
    seen: Probability | None

    @property
    def low(self) -> Probability:
        """The best lower bound."""
        return max(self.sign, self.sign_ray, self.lu, key=lambda p: p.low)

    @property
    def ends(self) -> tuple[Probability, Probability]:
        """The exact value, twice, where a theorem gives it; otherwise the best bounds."""
        return (self.low, self.ray) if self.theorem is None else (self.theorem, self.theorem)


def measure(
    widths: Sequence[int] = WIDTHS,
    depths: Sequence[int] = DEPTHS,
    samples: int = SAMPLES,
    executor: Executor | None = None,
) -> list[BornDead]:
    """Every bound and a simulation; one simulation of a width serves all its depths."""
    rng = np.random.default_rng(SEED)
    shallow = [depth for depth in depths if depth <= DEEPEST]
    confidence = level(len(widths) * len(shallow))
    results = []
    for width in widths:
        runs = simulate(network(width, max(shallow)), samples=samples, rng=rng, executor=executor, progress=False)
        for depth in depths:
            seen = None
            if depth in shallow:
                dead = int(runs.counts(depth)[0])
                seen = Probability(proportion(dead, samples, confidence), method="simulation")
            results.append(bounds(width, depth, seen))
    return results


def network(width: int, depth: int) -> Network:
    """One input in [-1, 1], He-normal weights, zero biases."""
    return Network((1, *[width] * depth, 1))


def bounds(width: int, depth: int, seen: Probability | None = None) -> BornDead:
    """All that theory says, and what was seen."""
    net = network(width, depth)
    around = bracket(net, lower="ray", upper="sign-ray")
    sign = bracket(net, upper="sign").high.pmf(0)
    lu = lu_lower_bound(width, depth)
    return BornDead(width, depth, exact(net), sign, around.high.pmf(0), lu, around.low.pmf(0), seen)


def exact(net: Network) -> Probability | None:
    """The value itself, where a theorem gives it."""
    try:
        return born_dead(net, method="exact")
    except NotCovered:
        return None


def build(
    widths: Sequence[int] = WIDTHS,
    depths: Sequence[int] = DEPTHS,
    samples: int = SAMPLES,
    executor: Executor | None = None,
) -> list[Table]:
    """The bounds, and the simulation between the best of them."""
    return tables(measure(widths, depths, samples, executor), samples)


def tables(results: Sequence[BornDead], samples: int) -> list[Table]:
    """The bounds, and the simulation between the best of them."""
    return [_bounds_table(results), _simulation_table(results, samples)]


TITLE = "Born dead, one input, zero biases"


def _bounds_table(results: Sequence[BornDead]) -> Table:
    rows: list[Row] = [
        (
            x.width,
            x.depth,
            *map(_short, (x.sign, x.sign_ray, x.lu, x.ray)),
            words("") if x.theorem is None else _short(x.theorem),
        )
        for x in results
    ]
    columns = (WIDTH, DEPTH, "sign chain", "sign, then ray", "Lu et al.", "ray chain", "theorem")
    caption = (
        "Bounds of the probability that some layer is entirely dead, by width n and number of hidden layers: three "
        "lower bounds, an upper bound (ray chain), and the value where a theorem has it. The bounds are computed "
        "exactly, the values exactly or with an error far below the digits shown; they are written as fractions "
        f"where these are short, otherwise rounded. Lu et al.: {LU}."
    )
    return Table(TITLE, caption, columns, rows)


def _short(probability: Probability) -> Cell:
    """The exact value in a narrow column, otherwise decimals."""
    exact = exact_cell(probability)
    return exact if 0 < len(exact.text) <= 14 else decimal_cell(probability, 7)


def _simulation_table(results: Sequence[BornDead], samples: int) -> Table:
    rows, compared = [], []
    for x in results:
        if x.seen is None:
            continue
        low, high = x.ends
        compared.append((low, high, x.seen))
        guarantee = Guarantee.CERTIFIED if x.theorem is None else x.theorem.guarantee
        ends = decimal_cell(low, 7), decimal_cell(high, 7), words(str(guarantee))
        rows.append((x.width, x.depth, *ends, *estimate_cells(x.seen)))
    columns = (WIDTH, DEPTH, "at least", "at most", "guarantee", *SIMULATED)
    caption = (
        "The probability that some layer is entirely dead, between its best bounds; they meet where a theorem has it. "
        + simulation_note(samples, len(rows), compared)
    )
    return Table(TITLE + ": theory and simulation", caption, columns, rows)


def curves(results: Sequence[BornDead], widths: Sequence[int] = FIGURE_WIDTHS) -> list[plots.Curve]:
    """One curve for each width: the bounds and the value at the depths of the figure, and the simulated points."""
    depths = [depth for depth in FIGURE_DEPTHS if depth <= max(x.depth for x in results)]
    found = []
    for width in widths:
        known = [bounds(width, depth) for depth in depths]
        seen = [(x.depth, x.seen) for x in results if x.width == width]
        found.append(
            plots.Curve(
                label=f"width {width}",
                x=tuple(x.depth for x in known),
                low=tuple(float(x.low) for x in known),
                high=tuple(float(x.ray) for x in known),
                value=tuple(float(x.theorem) for x in known if x.theorem is not None),
                points=tuple(plots.Point.of(depth, estimate) for depth, estimate in seen if estimate is not None),
            )
        )
    return found


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and the figure and write them into a folder."""
    results = measure(executor=executor)
    figure = plots.born_dead(curves(results))
    return [*write_tables(tables(results, SAMPLES), NAMES, folder), *plots.save(figure, folder, "t3_bracket")]


if __name__ == "__main__":
    main(write, __doc__)
