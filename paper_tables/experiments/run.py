"""Run experiments and keep what they find: python paper_tables/experiments/run.py [NAME ...] [--processes N]

NAME is one of e1 to e5; by default all of them run. Results go to paper_tables/experiments/results/, from where the
tables and figures of the same names are drawn. They are those of the seeds in the scripts, whatever the number of
processes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
EXPERIMENTS = {
    "e1": "e1_absolute_value",
    "e2": "e2_more_neurons",
    "e3": "e3_two_dimensions",
    "e4": "e4_initializations",
    "e5": "e5_revival",
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PACKAGES = ("numpy", "scipy", "numba", "torch", "lsuv", "scikit-learn")


def text(result: dict[str, Any]) -> str:
    """JSON with a line for each entry, and for each row of what is a list of rows."""
    lines = []
    for key, value in result.items():
        if isinstance(value, list):
            entry = "[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]"
        else:
            entry = json.dumps(value)
        lines.append(f"{json.dumps(key)}: {entry}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def run(name: str, processes: int | None) -> Path:
    """Run one experiment and write its results."""
    start = time.perf_counter()
    with ProcessPoolExecutor(processes) as executor:
        result = import_module(EXPERIMENTS[name]).run(executor)
    result["seconds"] = round(time.perf_counter() - start)
    result["versions"] = {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}}
    path = RESULTS / f"{name}.json"
    path.write_text(text(result), encoding="utf-8", newline="\n")
    return path


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(EXPERIMENTS)} (default: all)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N", help="default: %(default)s")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(EXPERIMENTS))
    if unknown:
        parser.error(f"NAME must be one of {', '.join(EXPERIMENTS)}, got {', '.join(unknown)}")
    # before NumPy is imported: the processes use all cores, so that threads of the linear algebra would only compete
    os.environ.update(dict.fromkeys(THREADS, "1"))
    for name in options.names or EXPERIMENTS:
        print(run(name, options.processes), file=sys.stderr)


if __name__ == "__main__":
    main()
