"""Build every table and figure: python paper_tables/build.py [--out FOLDER] [--processes N]"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import e1_absolute_value
import e2_more_neurons
import e3_two_dimensions
import e4_initializations
import e5_revival
import f1_angle
import t1_first_layer
import t2_layer_two
import t3_bracket
import t4_trainability
import t5_born_dead
import t6_count_laws
import t7_safe_region
import t8_decay_rates
import t9_layer_two
from shared import OUT
from tqdm import tqdm

SCRIPTS = (
    t7_safe_region,  # first: it needs the largest table of integrals, which then serves all others
    t1_first_layer,
    t2_layer_two,
    t3_bracket,
    t4_trainability,
    t5_born_dead,
    t6_count_laws,
    t8_decay_rates,
    t9_layer_two,
    f1_angle,
    e1_absolute_value,
    e2_more_neurons,
    e3_two_dimensions,
    e4_initializations,
    e5_revival,
)


def build_all(folder: Path, processes: int) -> list[Path]:
    """Write all tables and figures; the processes share the simulations and do not change their results."""
    paths = []
    with ProcessPoolExecutor(processes) as executor, tqdm(SCRIPTS, unit="table", disable=None) as bar:
        for script in bar:
            bar.set_description(script.__name__)
            paths += script.write(folder, executor)
    return paths


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER", help="where to write (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N", help="default: %(default)s")
    arguments = parser.parse_args()
    paths = build_all(arguments.out, arguments.processes)
    print(f"{len(paths)} files in {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
