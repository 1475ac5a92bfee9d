"""What the table scripts share: the command line, results of experiments, simultaneous levels, and the comparison."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from relu_prob import Quantity
from relu_prob.tables import Table, formula

HERE = Path(__file__).parent
OUT = HERE / "out"
CONFIDENCE = 0.99  # that all intervals of a script's tables hold together

Write = Callable[[Path, Executor | None], list[Path]]

SIMULATED = ("simulated", "low", "high")
WIDTH = formula("n", "n")


def experiment(name: str) -> dict[str, Any]:
    """What the experiment ``name`` left in experiments/results/."""
    path = HERE / "experiments" / "results" / f"{name}.json"
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def level(intervals: int) -> float:
    """The confidence level of each of so many intervals that holds them all with ``CONFIDENCE``, by Bonferroni."""
    return 1 - (1 - CONFIDENCE) / intervals


def simulation_note(samples: int, intervals: int, compared: Iterable[tuple[Quantity, Quantity, Quantity]]) -> str:
    """A sentence about the simulation; ``compared`` has (low, high, estimate), what theory says and what was seen."""
    verdicts = [
        float(low.low) <= float(seen.high) and float(seen.low) <= float(high.high) for low, high, seen in compared
    ]
    met = "all" if all(verdicts) else str(sum(verdicts))
    return (
        f"Simulation: {samples} networks each; the {intervals} intervals [low, high] hold together with "
        f"{100 * CONFIDENCE:g}% confidence, and {met} of the {len(verdicts)} shown here agree with the theory."
    )


def write_tables(tables: Sequence[Table], names: Sequence[str], folder: Path) -> list[Path]:
    """Write each table under its name."""
    return [path for table, name in zip(tables, names, strict=True) for path in table.write(folder, name)]


def main(write: Write, description: str) -> None:
    """The command line of one script: write its tables into a folder and say where they are."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER", help="where to write (default: %(default)s)")
    for path in write(parser.parse_args().out, None):
        print(path, file=sys.stderr)
