"""E1: success rates for |x| by one hidden layer, beside the trainability for two neurons.

Drawn from what experiments/e1_absolute_value.py left in experiments/results/e1.json.
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

NAMES = ("e1_success",)


def build(result: rates.Result) -> list[Table]:
    """A row for every kind of biases, width and optimizer."""
    task = f"|x| at {result['settings']['points']} evenly spaced points of [-sqrt 3, sqrt 3]"
    return [rates.shallow_table("|x|", task, result, result["rows"])]


def figure(result: rates.Result) -> Figure:
    """Zero and random biases side by side."""
    return rates.figure(rates.by_biases(result["rows"]))


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the table and the figure and write them into a folder."""
    result = experiment("e1")
    return [*write_tables(build(result), NAMES, folder), *plots.save(figure(result), folder, "e1_success")]


if __name__ == "__main__":
    main(write, __doc__)
