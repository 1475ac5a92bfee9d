"""F1: how the angle between the images of two opposite inputs collapses: masses and means by layer, and densities."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import log, pi, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shared import SIMULATED, WIDTH, level, main, simulation_note, write_tables
from t3_bracket import network

from relu_prob import AngleLaw, Probability, Quantity, angle_law, plots
from relu_prob.initialization import sample_layer
from relu_prob.numbers.real import Sampled
from relu_prob.results.masses import proportion
from relu_prob.tables import Row, Table, decimal_cell, estimate_cells, formula, words

SEED = 1907_09696_9
LAYERS = {3: (2, 3, 4, 6), 10: (2, 3, 5, 10, 20)}
"""The layers that are looked at, by width."""
SAMPLES = 100_000
CHUNK = 10_000
BANDWIDTH = 0.12
POINTS = 81
MARKED = slice(0, None, 8)
BINS = 26
NAMES = ("f1_angle",)
DEAD, SINGLE = -2.0, -1.0
"""What stands for an angle where there are not two rays."""


@dataclass(frozen=True)
class Collapse:
    """The law after one layer, and what became of the simulated networks there."""

    width: int
    law: AngleLaw
    angles: NDArray[np.float64]


def measure(
    layers: dict[int, Sequence[int]] | None = None, samples: int = SAMPLES, executor: Executor | None = None
) -> list[Collapse]:
    """Theory and simulation for every width and layer; one simulation of a width serves all its layers."""
    rng = np.random.default_rng(SEED)
    results = []
    for width, chosen in (layers or LAYERS).items():
        sizes = [min(CHUNK, samples - begin) for begin in range(0, samples, CHUNK)]
        arguments = ([width] * len(sizes), [max(chosen)] * len(sizes), sizes, rng.spawn(len(sizes)))
        parts = list(map(angles, *arguments) if executor is None else executor.map(angles, *arguments))
        seen = np.concatenate(parts, axis=1)
        results += [Collapse(width, angle_law(network(width, l)), seen[l - 1]) for l in chosen]
    return results


def angles(width: int, depth: int, size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The angle between the images of -1 and 1 after every layer of random networks, shape (depth, size).

    The weights are explicit and the angle is measured; ``SINGLE`` and ``DEAD`` stand for other states.
    """
    net = network(width, depth)
    a, b = np.full((size, 1), -1.0), np.full((size, 1), 1.0)
    parallel = np.zeros(size, bool)
    found = np.empty((depth, size))
    for layer in range(depth):
        w, _ = sample_layer(net.weights, net.biases, rng, size, a.shape[1], width)
        a, b = (_unit(np.maximum(np.einsum("snm,sm->sn", w, x), 0.0)) for x in (a, b))
        alive_a, alive_b = a.any(axis=1), b.any(axis=1)
        # images with a single coordinate are parallel, and whatever is parallel stays so
        parallel |= ((a > 0) | (b > 0)).sum(axis=1) == 1
        angle = 2 * np.arctan2(np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1))
        two = alive_a & alive_b & ~parallel
        found[layer] = np.where(two, angle, np.where(alive_a | alive_b, SINGLE, DEAD))
        # no common neuron: the angle is exactly right, whatever the rounding
        found[layer][two & ~((a > 0) & (b > 0)).any(axis=1)] = pi / 2
    return found


def _unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, norm, where=norm > 0, out=np.zeros_like(x))


def build(
    layers: dict[int, Sequence[int]] | None = None, samples: int = SAMPLES, executor: Executor | None = None
) -> list[Table]:
    """The masses and the mean by width and layer."""
    return [table(measure(layers, samples, executor))]


def table(results: Sequence[Collapse]) -> Table:
    """The masses and the mean by width and layer."""
    confidence = level(4 * len(results))
    rows: list[Row] = []
    compared: list[tuple[Quantity, Quantity, Quantity]] = []
    for x in results:
        masses = (
            ("dead", x.law.dead, x.angles == DEAD),
            ("single", x.law.single, x.angles == SINGLE),
            ("right angle", x.law.right_angle, x.angles == pi / 2),
        )
        pairs: list[tuple[str, Quantity, Quantity]] = [
            (name, theory, Probability(proportion(int(hits.sum()), len(hits), confidence), method="simulation"))
            for name, theory, hits in masses
        ]
        pairs.append(("mean angle, 0 if there are not two rays", x.law.moment(1), mean_angle(x.angles, confidence)))
        for name, theory, seen in pairs:
            compared.append((theory, theory, seen))
            guarantee = words(str(theory.guarantee))
            rows.append((x.width, x.law.layer, name, decimal_cell(theory), guarantee, *estimate_cells(seen)))
    columns = (WIDTH, formula("l", "l"), "after layer l", "value", "guarantee", *SIMULATED)
    caption = (
        "What becomes of two opposite inputs: no active neuron (dead), one ray left (single), two rays at a right "
        "angle, and the mean of the angle. One input in an interval around 0, He-normal weights, zero biases, hidden "
        "layers of n neurons. " + simulation_note(len(results[0].angles), len(rows), compared)
    )
    return Table("How the angle collapses, by layer", words(caption), columns, rows)


def mean_angle(angles: NDArray[np.float64], confidence: float) -> Quantity:
    """The mean with Hoeffding's interval, which holds for any law on [0, pi/2]."""
    n = len(angles)
    mean = float(np.maximum(angles, 0.0).mean())
    margin = pi / 2 * sqrt(log(2 / (1 - confidence)) / (2 * n))
    number = Sampled(mean, max(0.0, mean - margin), min(pi / 2, mean + margin), confidence, n)
    return Quantity(number, method="simulation")


def panels(results: Sequence[Collapse]) -> dict[str, list[plots.Density]]:
    """A panel for each width: the smoothed density within its error bound, and the simulation as such and smoothed."""
    at = np.linspace(0, pi / 2, POINTS)
    edges = np.linspace(0, pi / 2, BINS + 1)
    found: dict[str, list[plots.Density]] = {}
    for x in results:
        density = x.law.density(at, bandwidth=BANDWIDTH)
        oblique = x.angles[(x.angles > 0) & (x.angles < pi / 2)]
        heights = np.histogram(oblique, edges)[0] / (len(x.angles) * (edges[1] - edges[0]))
        found.setdefault(f"width {x.width}", []).append(
            plots.Density(
                label=f"layer {x.law.layer}",
                x=tuple(at),
                low=tuple(float(value.low) for value in density),
                high=tuple(float(value.high) for value in density),
                edges=tuple(edges),
                heights=tuple(heights),
                points=tuple((t, smoothed(t, oblique, len(x.angles))) for t in at[MARKED]),
            )
        )
    return found


def smoothed(t: float, oblique: NDArray[np.float64], samples: int) -> float:
    """The kernel estimate at t that the law's density is the limit of: both ends reflect."""
    images = np.array([t, -t, pi - t])
    heights = np.exp(-(((oblique[:, None] - images) / BANDWIDTH) ** 2) / 2)
    return float(heights.sum() / (BANDWIDTH * sqrt(2 * pi) * samples))


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the table and the figure and write them into a folder."""
    results = measure(executor=executor)
    figure = plots.angle_densities(panels(results))
    return [*write_tables([table(results)], NAMES, folder), *plots.save(figure, folder, "f1_angle")]


if __name__ == "__main__":
    main(write, __doc__)
