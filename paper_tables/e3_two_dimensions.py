"""E3: success rates for [|x_1 + x_2|, |x_1 - x_2|] by one hidden layer, beside the trainability for four neurons.

Drawn from what experiments/e3_two_dimensions.py left in experiments/results/e3.json.
"""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import success_rates as rates
from shared import experiment, main, write_tables

from relu_prob import plots
from relu_prob.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = ("e3_success",)


def build(result: rates.Result) -> list[Table]:
    """A row for every kind of biases, width and optimizer."""
    task = (
        f"[|x_1 + x_2|, |x_1 - x_2|] on a grid of {result['settings']['points']} points of the square "
        "[-sqrt 3, sqrt 3]^2, corners included"
    )
    return [rates.shallow_table("[|x_1 + x_2|, |x_1 - x_2|]", task, result, result["rows"])]


def figure(result: rates.Result) -> Figure:
    """Zero and random biases side by side."""
    return rates.figure(rates.by_biases(result["rows"]))


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the table and the figure and write them into a folder."""
    result = experiment("e3")
    return [*write_tables(build(result), NAMES, folder), *plots.save(figure(result), folder, "e3_success")]


if __name__ == "__main__":
    main(write, __doc__)
