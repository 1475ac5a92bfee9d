"""Keep the tables in the user's cache directory: keyed by their parameters, checked on load, written atomically.

The directory is ``$RELU_PROB_CACHE_DIR`` if that is set, else the platform's directory for caches. A file is complete
from the moment it has its name, so several processes may read and write at once; the worst that can happen is that two
of them compute the same table. A table for large counts serves smaller ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import platformdirs
from tqdm import tqdm

from relu_prob.theorems.two_ray.integrals import Rule, rule_for
from relu_prob.theorems.two_ray.nodes import sigma_nodes, theta_nodes
from relu_prob.theorems.two_ray.precision import Array, Wide, join, split
from relu_prob.theorems.two_ray.table import Table, build_table

FORMAT = 2  # raise it whenever the formulas or the nodes change meaning
SIZES = (16, 24, 32, 48, 64, 96, 128)
LARGEST_TABLE = SIZES[-1]
"""Where all counts of a layer are needed at once, the widest: time and memory grow with it, and the accuracy falls."""

T = TypeVar("T")

_memory: dict[str, Any] = {}
_lock = threading.RLock()


def cache_directory() -> Path:
    """``$RELU_PROB_CACHE_DIR`` if set, else the platform's user cache."""
    chosen = os.environ.get("RELU_PROB_CACHE_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("relu_prob"))


def table_size(top: int) -> int:
    """The smallest table that serves counts up to ``top``: 16, 24, 32, 48, 64, 96, 128, then powers of two.

    >>> [table_size(top) for top in (1, 16, 20, 100, 129)]
    [16, 16, 24, 128, 256]
    """
    return next((size for size in SIZES if size >= top), 1 << (top - 1).bit_length())


def get_table(top: int, rule: Rule | None = None, workers: int | None = None) -> Table:
    """The smallest table at hand for k <= ``top``, in memory or on disk; else :func:`table_size` is built and stored.

    Warns (RuntimeWarning) of a stored table that is damaged, and of one that cannot be stored.
    """
    size = table_size(top)
    sigma, theta = sigma_nodes(), theta_nodes()

    def place(size: int) -> tuple[str, Path]:
        key = _key(size, sigma, theta, rule or rule_for(size))
        return key, cache_directory() / f"two_ray_{size}_{key}.npz"

    places = [place(serves) for serves in [size, *(larger for larger in SIZES if larger > size)]]

    def build() -> Table:
        return _build(size, sigma, theta, rule or rule_for(size), workers or cores(), places[0][1])

    return kept(places, load, build, save)


def kept(
    places: Sequence[tuple[str, Path]],
    load: Callable[[Path], T | None],
    build: Callable[[], T],
    save: Callable[[T, Path], None],
) -> T:
    """The first table at hand, in memory or on disk, of those that serve; else the first is built and stored.

    ``places`` are keys and files. Warns (RuntimeWarning) of a table that cannot be stored.
    """
    with _lock:
        for key, path in places:
            table = _memory.get(key) or load(path)
            if table is not None:
                return _memory.setdefault(key, table)  # type: ignore[no-any-return]
        key, path = places[0]
        table = build()
        try:
            save(table, path)
        except OSError as reason:
            warnings.warn(
                f"the two-ray table cannot be stored in {path.parent} ({reason}), so every process will compute it "
                "anew; set RELU_PROB_CACHE_DIR to a directory that can be written",
                RuntimeWarning,
                stacklevel=3,
            )
        return _memory.setdefault(key, table)  # type: ignore[no-any-return]


def save(table: Table, path: Path) -> None:
    """Write to a temporary file in the same directory, flush, then rename over ``path``."""
    arrays: dict[str, Array] = {"error": table.error}
    for name in ("sigma", "theta", "values"):
        arrays[name], arrays[name + "_low"] = split(getattr(table, name))
    write(arrays, path)


def write(arrays: Mapping[str, Array], path: Path) -> None:
    """Arrays and their checksum, complete from the moment that the file has its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as stream:
            np.savez(stream, allow_pickle=False, checksum=np.array(_checksum(arrays)), **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(path: Path) -> Table | None:
    """The stored table; None if there is no file, and None with a warning if it is damaged in any way."""

    def table(arrays: Mapping[str, Array]) -> Table:
        both = {name: join(arrays[name], arrays[name + "_low"]) for name in ("sigma", "theta", "values")}
        return Table(both["sigma"], both["theta"], both["values"], arrays["error"])

    return read(path, table)


def read(path: Path, made: Callable[[Mapping[str, Array]], T]) -> T | None:
    """What is ``made`` of stored arrays; None if there is no file, and None with a warning if it is damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        checksum = str(arrays.pop("checksum"))
        if checksum != _checksum(arrays):
            raise ValueError("wrong checksum")
        return made(arrays)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as reason:  # whatever zip and numpy make of foreign bytes
        warnings.warn(
            f"the stored two-ray table {path} is damaged ({reason!r}) and is not used", RuntimeWarning, stacklevel=5
        )
        return None


def _build(size: int, sigma: Array, theta: Array, rule: Rule, workers: int, path: Path) -> Table:
    seconds = 2 * (10 + 1.9 * size) / workers  # measured with two workers
    with announced(len(theta), f"in layers of up to {size} neurons", seconds, path) as progress:
        return build_table(size, sigma, theta, rule, workers, progress)


@contextmanager
def announced(angles: int, what: str, seconds: float, path: Path) -> Iterator[Callable[[], object]]:
    """A progress bar, and before it what is computed, how long that takes and where it is kept; on a terminal only."""
    # disable=None: a bar on a terminal, nothing elsewhere
    with tqdm(total=angles, desc="two-ray table", unit="angle", disable=None) as bar:
        if not bar.disable:
            bar.write(
                f"Computing the integrals for two rays {what}: about {seconds:.0f} s, once; kept in {path}",
                file=sys.stderr,
            )
        yield bar.update


def cores() -> int:
    """Those that this process may use, at most 8."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 8)


def _key(top: int, sigma: Array, theta: Array, rule: Rule) -> str:
    digest = hashlib.sha256()
    described = {
        "format": FORMAT,
        "top": top,
        "eps": float(np.finfo(Wide).eps),
        "rule": {k: repr(v) for k, v in asdict(rule).items()},
    }
    digest.update(json.dumps(described, sort_keys=True).encode())
    for nodes in (sigma, theta):
        for part in split(nodes):
            digest.update(part.tobytes())
    return digest.hexdigest()[:24]


def _checksum(arrays: Mapping[str, Array]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name}{arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
