"""The exact sign chain beside its peers, measured side by side in one run.

The chain: zero biases, 11 to 51 hidden layers, transitions from N_1 = n certainly. Peers: icepool (dice
probabilities in integers), sympy's rational Matrix, fractions.Fraction, and a float64 chain, which underflows.
Ratios of medians are what to quote; absolute times depend on the machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from math import comb

import icepool
import numpy as np
import sympy
import tabulate

from relu_prob import Network, bracket


def exact(width: int, layers: int) -> str:
    """relu_prob, exact integers over one denominator."""
    return bracket(_network(width, layers), upper="sign", force=True).high.pmf(0).decimal(11)


def balls(width: int, layers: int) -> str:
    """relu_prob, certified balls with 50 digits (its table is built anew)."""
    from relu_prob.numbers import chain

    chain._sign_powers.cache_clear()
    return bracket(_network(width, layers), upper="sign", digits=50).high.pmf(0).decimal(11)


def with_icepool(width: int, layers: int) -> str:
    """icepool: a Die of counts, mapped to binomial dice."""
    law = icepool.Die([width])
    rows = [icepool.Die([0])] + [
        icepool.Die({j: comb(width, j) * (2**i - 1) ** j for j in range(width + 1)}) for i in range(1, width + 1)
    ]
    for _ in range(layers - 1):
        law = law.map(lambda i, rows=rows: rows[i])
    return _digits(Fraction(law.quantity(0), law.denominator()))


def with_sympy(width: int, layers: int) -> str:
    """sympy: a row vector of rationals times a rational Matrix."""
    matrix = sympy.Matrix(width + 1, width + 1, lambda i, j: _entry(i, j, width, sympy.Rational))
    law = sympy.Matrix(1, width + 1, [0] * width + [1])
    for _ in range(layers - 1):
        law = law * matrix
    return _digits(Fraction(int(law[0].p), int(law[0].q)))


def with_fractions(width: int, layers: int) -> str:
    """fractions.Fraction, a plain vector-matrix product."""
    matrix = [[_entry(i, j, width, Fraction) for j in range(width + 1)] for i in range(width + 1)]
    law = [Fraction(0)] * width + [Fraction(1)]
    for _ in range(layers - 1):
        law = [sum((v * row[j] for v, row in zip(law, matrix, strict=True)), Fraction(0)) for j in range(width + 1)]
    return _digits(law[0])


def with_float64(width: int, layers: int) -> str:
    """NumPy in double precision."""
    matrix = np.array([[float(_entry(i, j, width, Fraction)) for j in range(width + 1)] for i in range(width + 1)])
    law = np.zeros(width + 1)
    law[-1] = 1
    for _ in range(layers - 1):
        law = law @ matrix
    return f"{law[0]:.10e}"


def _network(width: int, layers: int) -> Network:
    return Network((1, *[width] * layers, 1))


def _entry(i: int, j: int, n: int, number: type) -> Fraction:
    if i == 0:
        return number(int(j == 0), 1)
    return number(comb(n, j) * (2**i - 1) ** j, 2 ** (i * n))


def _digits(value: Fraction) -> str:
    from flint import arb, fmpq

    return str(arb(fmpq(value.numerator, value.denominator)).str(11, radius=False))


def measure(run: Callable[[int, int], str], width: int, layers: int, repeats: int) -> tuple[float, str]:
    """(median seconds, P(N_last = 0))."""
    times, result = [], ""
    for _ in range(repeats):
        start = time.perf_counter()
        result = run(width, layers)
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def table(repeats: int) -> str:
    """All cases, in about a minute; the peers would take minutes each at width 100."""
    slow = {with_icepool, with_sympy, with_fractions}
    cases = [
        (10, 11, [exact, balls, with_float64, with_icepool, with_sympy, with_fractions]),
        (30, 21, [exact, balls, with_float64, with_icepool, with_sympy, with_fractions]),
        (60, 41, [exact, balls, with_float64, with_icepool, with_sympy]),
        (100, 51, [exact, balls, with_float64]),
        (1000, 51, [balls]),
    ]
    rows = []
    for width, layers, runs in cases:
        base = None
        for run in runs:
            seconds, value = measure(run, width, layers, 1 if run in slow else repeats)
            base = base or seconds
            assert run.__doc__ is not None
            rows.append((f"{width} x {layers}", run.__doc__.split(":")[0].rstrip("."), seconds, seconds / base, value))
    headers = ["width x layers", "method", "seconds", "ratio to the first", "P(N_last = 0)"]
    return tabulate.tabulate(rows, headers=headers, floatfmt=".3g", disable_numparse=[4])
