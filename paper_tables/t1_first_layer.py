"""T1: the probability that a neuron of the first layer is dead, and the law of the number of active neurons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import sympy
from shared import SIMULATED, level, main, simulation_note, write_tables

from relu_prob import Ball, Box, Network, Normal, NotCovered, PyTorchDefault, born_dead, count_law, transition_matrix
from relu_prob.tables import Cell, Table, estimate_cells, formula, value_cells, words

SEED = 1907_09696_1
DIMENSIONS = (1, 2, 3, 4, 5, 6, 10, 20)
RADII = (0.5, 1, 2, 5)
NETWORKS = {
    "N(0, 1) rows, ball, d = 1, r = 1": Network((1, 4, 1), weights=Normal(1), biases=Normal(1)),
    "N(0, 1) rows, ball, d = 2, r = 0.5": Network((2, 4, 1), weights=Normal(1), biases=Normal(1), domain=Ball(0.5)),
    "PyTorch's default, cube, d = 3, r = 1": Network(
        (3, 4, 1), weights=PyTorchDefault(), domain=Box([-1] * 3, [1] * 3)
    ),
}

P_DEAD = formula("P(dead)", "P(\\mathrm{dead})")
VALUE = (P_DEAD, "decimals", "guarantee", *SIMULATED)
D, R = formula("d", "d"), formula("r", "r")


def ball(d: int, r: float) -> Network:
    """One neuron, weights and biases N(0, 1), the ball of radius r."""
    return Network((d, 1, 1), weights=Normal(1), biases=Normal(1), domain=Ball(r))


def cube(d: int, r: float) -> Network:
    """One neuron, weights and biases N(0, 1), the cube [-r, r]^d."""
    return Network((d, 1, 1), weights=Normal(1), biases=Normal(1), domain=Box([-r] * d, [r] * d))


def pytorch_ball(d: int, r: float) -> Network:
    """One neuron as torch.nn.Linear draws it, the ball of radius r."""
    return Network((d, 1, 1), weights=PyTorchDefault(), domain=Ball(r))


def pytorch_cube(d: int, r: float) -> Network:
    """One neuron as torch.nn.Linear draws it, the cube [-r, r]^d."""
    return Network((d, 1, 1), weights=PyTorchDefault(), domain=Box([-r] * d, [r] * d))


FAMILIES: tuple[tuple[str, str, Callable[[int, float], Network]], ...] = (
    ("t1_ball", "ball of radius r, weights and biases N(0, 1)", ball),
    ("t1_cube", "cube [-r, r]^d, weights and biases N(0, 1)", cube),
    ("t1_pytorch_ball", "ball of radius r, PyTorch's default weights and biases", pytorch_ball),
    ("t1_pytorch_cube", "cube [-r, r]^d, PyTorch's default weights and biases", pytorch_cube),
)
NAMES = ("t1_formula", *(name for name, _, _ in FAMILIES), "t1_counts")


def build(
    dimensions: Sequence[int] = DIMENSIONS,
    radii: Sequence[float] = RADII,
    samples: int = 100_000,
    executor: Executor | None = None,
) -> list[Table]:
    """The formulas by dimension, the families of death probabilities, and the laws of N_1."""
    rng = np.random.default_rng(SEED)
    intervals = len(FAMILIES) * len(dimensions) * len(radii) + sum(
        net.hidden_widths[0] + 1 for net in NETWORKS.values()
    )
    tables = [formulas([d for d in dimensions if d <= 6])]
    for _, domain, network in FAMILIES:
        tables.append(death(domain, network, dimensions, radii, samples, intervals, rng, executor))
    return [*tables, counts(samples, intervals, rng, executor)]


def formulas(dimensions: Sequence[int]) -> Table:
    """The closed form of P(dead) on a ball in the effective radius, by dimension."""
    rows: list[tuple[int, Cell]] = []
    for d in dimensions:
        entry = transition_matrix(ball(d, 1), layer=1, symbolic=True)
        dead = entry(n=1, j=0).doit()
        rows.append((d, formula(str(dead), str(sympy.latex(dead)))))
    caption = words(
        "A neuron dies if its row (w, b) falls into a cone around the negative bias axis. The effective radius r is "
        "the radius times the ratio of the standard deviations of weights and biases."
    )
    return Table("First-layer death on a ball, Gaussian rows", caption, (D, P_DEAD), rows)


def death(
    domain: str,
    network: Callable[[int, float], Network],
    dimensions: Sequence[int],
    radii: Sequence[float],
    samples: int,
    intervals: int,
    rng: np.random.Generator,
    executor: Executor | None,
) -> Table:
    """P(a neuron of layer 1 is dead) by dimension and radius."""
    rows, compared = [], []
    for d in dimensions:
        for r in radii:
            net = network(d, r)
            seen = count_law(
                net,
                method="simulate",
                samples=samples,
                rng=rng,
                level=level(intervals),
                executor=executor,
                progress=False,
            ).pmf(0)
            try:
                theory = born_dead(net, method="exact")
            except NotCovered:
                value = (words(""), words(""), words("no theorem"))
            else:
                value = value_cells(theory)
                compared.append((theory, theory, seen))
            rows.append((d, f"{r:g}", *value, *estimate_cells(seen)))
    caption = "The probability that a neuron of layer 1 is dead, by input dimension d and radius r. "
    caption += simulation_note(samples, intervals, compared)
    return Table(f"First-layer death, {domain}", caption, (D, R, *VALUE), rows)


def counts(samples: int, intervals: int, rng: np.random.Generator, executor: Executor | None) -> Table:
    """The law of N_1 of a few networks: binomial, with the death probability of one neuron."""
    rows, compared = [], []
    for label, net in NETWORKS.items():
        theory = count_law(net, layer=1, method="exact")
        seen = count_law(
            net,
            layer=1,
            method="simulate",
            samples=samples,
            rng=rng,
            level=level(intervals),
            executor=executor,
            progress=False,
        )
        for j in theory.support:
            compared.append((theory.pmf(j), theory.pmf(j), seen.pmf(j)))
            rows.append((label, j, *value_cells(theory.pmf(j)), *estimate_cells(seen.pmf(j))))
    columns = ("network", formula("j", "j"), formula("P(N_1 = j)", "P(N_1 = j)"), *VALUE[1:])
    caption = "The number of active neurons among 4 is binomial. " + simulation_note(samples, intervals, compared)
    return Table("The law of the number of active neurons of layer 1", caption, columns, rows)


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and write them into a folder."""
    return write_tables(build(executor=executor), NAMES, folder)


if __name__ == "__main__":
    main(write, __doc__)
