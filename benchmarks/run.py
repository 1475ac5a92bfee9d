"""All benchmarks: ``make bench``, or ``python benchmarks/run.py [two_ray] [sign_chain] ...``."""

from __future__ import annotations

import argparse
import importlib

NAMES = ("two_ray", "sign_chain", "orthant", "function_space", "estimator", "diagnose", "training")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    for name in arguments.names or NAMES:
        if name not in NAMES:
            parser.error(f"NAME must be one of {', '.join(NAMES)}, got {name!r}")
        module = importlib.import_module(name)  # a peer need only be installed for its own benchmark
        print(f"{module.__doc__}\n{module.table(arguments.repeats)}\n")


if __name__ == "__main__":
    main()
