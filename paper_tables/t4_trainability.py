"""T4: trainability of two-layer networks (one hidden layer) for tasks that need m neurons, and the width they need."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from shared import SIMULATED, WIDTH, level, main, simulation_note, write_tables

from relu_prob import (
    Ball,
    Interval,
    Network,
    Normal,
    Probability,
    born_dead,
    count_law,
    plots,
    smallest_width,
    trainability,
)
from relu_prob.tables import Cell, Table, decimal_cell, estimate_cells, exact_cell, formula, value_cells, words

SEED = 1907_09696_4
WIDTHS = tuple(range(2, 13))
NEEDS = (1, 2, 3, 4, 5)
FAILURES = (Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000))
SAMPLES = 100_000
M = formula("m", "m")


@dataclass(frozen=True)
class Setting:
    """A network with one input and one hidden layer, whose width is to be chosen."""

    name: str
    words: str
    network: Network


SETTINGS = (
    Setting("zero_bias", "zero biases, inputs in [-1, 1]", Network((1, 2, 1), weights=Normal(1))),
    Setting(
        "zero_bias_positive",
        "zero biases, inputs in [0, 1]",
        Network((1, 2, 1), weights=Normal(1), domain=Interval(0, 1)),
    ),
    Setting("bias", "biases N(0, 1), inputs in [-1, 1]", Network((1, 2, 1), weights=Normal(1), biases=Normal(1))),
    Setting(
        "bias_wide",
        "biases N(0, 1), inputs in [-2, 2]",
        Network((1, 2, 1), weights=Normal(1), biases=Normal(1), domain=Ball(2)),
    ),
)
NAMES = (*(f"t4_{setting.name}" for setting in SETTINGS), "t4_smallest_width")


@dataclass(frozen=True)
class Trainable:
    """P(N_1 >= need) of one setting and width."""

    setting: Setting
    need: int
    width: int
    theory: Probability
    seen: Probability


def measure(
    widths: Sequence[int] = WIDTHS,
    needs: Sequence[int] = NEEDS,
    samples: int = SAMPLES,
    executor: Executor | None = None,
) -> list[Trainable]:
    """Theory and simulation for every setting, width and need up to the width."""
    rng = np.random.default_rng(SEED)
    pairs = [(need, width) for width in widths for need in needs if need <= width]
    confidence = level(len(SETTINGS) * len(pairs))
    results = []
    for setting in SETTINGS:
        for width in widths:
            net = setting.network.with_hidden_widths([width])
            law = count_law(
                net, method="simulate", samples=samples, rng=rng, level=confidence, executor=executor, progress=False
            )
            for need in (m for m, n in pairs if n == width):
                theory = trainability(net, need=[need], method="exact")
                results.append(Trainable(setting, need, width, theory, law.event(range(need, width + 1))))
    return results


def build(
    widths: Sequence[int] = WIDTHS,
    needs: Sequence[int] = NEEDS,
    samples: int = SAMPLES,
    executor: Executor | None = None,
) -> list[Table]:
    """One table of trainability for each setting, and the smallest widths."""
    return tables(measure(widths, needs, samples, executor), samples)


def tables(results: Sequence[Trainable], samples: int) -> list[Table]:
    """One table of trainability for each setting, and the smallest widths."""
    by_setting = [_trainability_table(setting, results, samples) for setting in SETTINGS]
    return [*by_setting, _width_table(sorted({x.need for x in results}))]


def _trainability_table(setting: Setting, results: Sequence[Trainable], samples: int) -> Table:
    mine = sorted((x for x in results if x.setting == setting), key=lambda x: (x.need, x.width))
    rows = [(x.need, x.width, *value_cells(x.theory), *estimate_cells(x.seen)) for x in mine]
    columns = (M, WIDTH, "trainability", "decimals", "guarantee", *SIMULATED)
    dead = born_dead(setting.network.with_hidden_widths([1]), method="exact")
    caption = words(
        "The probability that at least m of the n hidden neurons are active: one input, weights N(0, 1), "
        f"{setting.words}. A neuron is dead with probability {exact_cell(dead).text}. "
        + simulation_note(samples, len(results), [(x.theory, x.theory, x.seen) for x in mine])
    )
    return Table(f"Trainability of two-layer networks, {setting.words}", caption, columns, rows)


def _width_table(needs: Sequence[int]) -> Table:
    rows: list[list[Cell | str | int]] = []
    for setting in SETTINGS:
        for need in needs:
            row: list[Cell | str | int] = [setting.words, need]
            for failure in FAILURES:
                found = smallest_width(setting.network, need=need, failure=failure)
                row += [str(found), decimal_cell(found.at_low, 6)]
            rows.append(row)
    columns: list[Cell | str] = ["setting", M]
    for failure in FAILURES:
        target = f"{float(1 - failure):g}"
        columns += [words(f"width for {target}"), "trainability"]
    caption = (
        "The smallest width with the given trainability for a task that needs m neurons, and the trainability there."
    )
    return Table("Smallest width of two-layer networks", caption, columns, rows)


def panels(results: Sequence[Trainable]) -> dict[str, list[plots.Curve]]:
    """For each setting one curve for each need; a layer narrower than the need is certainly not enough."""
    narrowest = min(x.width for x in results)
    found: dict[str, list[plots.Curve]] = {}
    for setting in SETTINGS:
        found[setting.words] = []
        for need in sorted({x.need for x in results}):
            mine = sorted((x for x in results if x.setting == setting and x.need == need), key=lambda x: x.width)
            narrow = range(narrowest, need)
            values = (*(0.0 for _ in narrow), *(float(x.theory) for x in mine))
            found[setting.words].append(
                plots.Curve(
                    label=f"m = {need}",
                    x=(*narrow, *(x.width for x in mine)),
                    low=values,
                    high=values,
                    points=tuple(plots.Point.of(x.width, x.seen) for x in mine),
                )
            )
    return found


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and the figure and write them into a folder."""
    results = measure(executor=executor)
    figure = plots.trainability(panels(results))
    return [
        *write_tables(tables(results, SAMPLES), NAMES, folder),
        *plots.save(figure, folder, "t4_trainability"),
    ]


if __name__ == "__main__":
    main(write, __doc__)
