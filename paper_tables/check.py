"""Compare built tables with their golden copies: python paper_tables/check.py [--out FOLDER] [--expected FOLDER]

Prints a unified diff and exits with 1 where they differ. ``--accept`` makes what was built the golden copies.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from difflib import unified_diff
from pathlib import Path

from shared import HERE, OUT

EXPECTED = HERE / "expected"
SUFFIXES = {".csv", ".md", ".tex"}


def tables(folder: Path) -> dict[str, Path]:
    """The table files of a folder by name; figures are not compared."""
    return {path.name: path for path in sorted(folder.glob("*")) if path.suffix in SUFFIXES}


def differences(out: Path, expected: Path) -> list[str]:
    """The lines of a unified diff from the golden copies to what was built; empty where they are equal."""
    built, golden = tables(out), tables(expected)
    lines: list[str] = []
    for name in sorted({*built, *golden}):
        before, after = (_lines(files.get(name)) for files in (golden, built))
        lines += unified_diff(before, after, f"{expected.name}/{name}", f"{out.name}/{name}", lineterm="")
    return lines


def _lines(path: Path | None) -> list[str]:
    """The lines of a file, line ends included in what is compared; none where there is no file."""
    return [] if path is None else path.read_bytes().decode("utf-8").split("\n")


def accept(out: Path, expected: Path) -> int:
    """Replace the golden copies by what was built; returns how many there are."""
    for path in tables(expected).values():
        path.unlink()
    expected.mkdir(parents=True, exist_ok=True)
    for path in tables(out).values():
        shutil.copyfile(path, expected / path.name)
    return len(tables(expected))


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER")
    parser.add_argument("--expected", type=Path, default=EXPECTED, metavar="FOLDER")
    parser.add_argument("--accept", action="store_true", help="make what was built the golden copies")
    options = parser.parse_args(arguments)
    if not tables(options.out):
        print(f"no tables in {options.out}: run paper_tables/build.py first", file=sys.stderr)
        return 1
    if options.accept:
        print(f"{accept(options.out, options.expected)} golden copies in {options.expected}", file=sys.stderr)
        return 0
    lines = differences(options.out, options.expected)
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
