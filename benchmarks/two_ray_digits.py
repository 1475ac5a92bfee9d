"""The two-ray theorem with more than 20 digits, held against the fast path and against the series of layer 3.

``python benchmarks/two_ray_digits.py``: minutes, where the larger table is not stored yet.
"""

from __future__ import annotations

import time

import flint
import mpmath
import numpy as np
import tabulate
from flint import arb

from relu_prob.theorems.two_ray import digits, digits_table, laws, series
from relu_prob.theorems.two_ray.precision import split

NETWORKS = 200
EQUAL = ((2, 4), (2, 10), (4, 6), (4, 7), (4, 12), (6, 6), (6, 12), (8, 6), (8, 12))


def table(repeats: int) -> str:
    """Born-dead probabilities of equal widths with their bounds, and the two comparisons."""
    start = time.perf_counter()
    digits_table.get_table(digits.LARGEST_WIDTH)
    lines = [f"the table: {time.perf_counter() - start:.1f} s"]
    rows = []
    for width, depth in EQUAL:
        digits.last_law.cache_clear()
        start = time.perf_counter()
        value, error = digits.last_law((width,) * depth, (None,) * (depth - 1))[0]
        with mpmath.workdps(40):
            rows.append((width, depth, mpmath.nstr(value, 24), error, time.perf_counter() - start))
    headers = ["width", "layers", "P(born dead)", "error bound", "seconds"]
    lines.append(tabulate.tabulate(rows, headers, floatfmt=("", "", "", ".1e", ".2f"), disable_numparse=[2]))
    rng = np.random.default_rng(repeats)
    found = [_against_the_fast_path(rng) for _ in range(NETWORKS)]
    lines.append(
        f"{NETWORKS} random networks, widths up to 8, 3 to 12 layers, random masks: largest error bound "
        f"{max(x[1] for x in found):.1e}, largest difference to the fast path {max(x[0] for x in found):.1e}, "
        f"or {max(x[2] for x in found):.3f} of the sum of the two bounds"
    )
    gaps = [_against_the_series(n1, n2, n3) for n1, n2, n3 in ((3, 2, 3), (4, 4, 4), (5, 8, 6), (2, 6, 8))]
    lines.append(f"layer 3: largest difference to the series {max(gaps):.1e}")
    return "\n\n".join(lines)


def _against_the_fast_path(rng: np.random.Generator) -> tuple[float, float, float]:
    """Largest difference, largest bound, and largest difference as a part of both bounds."""
    widths = tuple(int(n) for n in rng.integers(1, 9, rng.integers(3, 13)))
    flags = [rng.random(n + 1) < (0.8 if rng.random() < 0.6 else 2) for n in widths[:-1]]
    law = digits.last_law(widths, tuple(frozenset(np.flatnonzero(f).tolist()) for f in flags))
    values, errors = laws.last_law(widths, [*flags, None])
    with mpmath.workdps(50):
        gaps = [
            float(abs(value - mpmath.mpf(float(high)) - mpmath.mpf(float(low))))
            for (value, _), high, low in zip(law, *split(values), strict=True)
        ]
    bounds = [bound for _, bound in law]
    part = [g / (b + e) for g, b, e in zip(gaps, bounds, errors, strict=True) if g]
    return max(gaps), max(bounds), max(part, default=0.0)


def _against_the_series(n1: int, n2: int, n3: int) -> float:
    law = digits.last_law((n1, n2, n3), (None, None))
    with flint.ctx.workprec(300):
        exact = [value for value, _ in series.third_layer(n1, n2, n3)]
        found = [arb(mpmath.nstr(value, 60)) for value, _ in law]
        return max(abs(float((x - y).mid())) for x, y in zip(found, exact, strict=True))


if __name__ == "__main__":
    print(table(1))
