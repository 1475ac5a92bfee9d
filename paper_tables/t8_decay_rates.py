"""T8: how fast things decay with depth: measured between neighbouring layers of the exact laws, and in the limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import mpmath
from shared import WIDTH, main, write_tables
from t3_bracket import network
from t5_born_dead import alive, ratio

from relu_prob import Network, Quantity, angle_law
from relu_prob.numbers.real import Approximation, Rational
from relu_prob.tables import Cell, Row, Table, decimal_cell, formula, words
from relu_prob.theorems.two_ray.spectrum import leading_eigenvalue, shrinking

WIDTHS = tuple(range(2, 11))
DEPTHS = (5, 10, 20, 50, 100)
NAMES = ("t8_alive", "t8_two_rays", "t8_angle")
DIGITS = 6
KNOWN = 1e-8
"""A factor is shown where the relative errors of both values are smaller: some decay faster than their error bounds."""


@dataclass(frozen=True)
class Limit:
    """A rate of decay per layer, and what it is."""

    rate: Quantity
    name: Cell


def build(widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS) -> list[Table]:
    """P(alive), P(two rays) and E theta: factors from one layer to the next, and their limits."""
    return [alive_table(widths, depths), two_rays_table(widths, depths), angle_table(widths, depths)]


def ray_rate(width: int) -> Limit:
    """1 - 2^-n: one ray is alive again after a layer."""
    return Limit(_exact(1 - Fraction(1, 2**width)), formula("1 - 2^-n", "1 - 2^{-n}"))


def survival_rate(width: int) -> Limit:
    """The larger of 1 - (n + 1) 2^-n, at which tiny angles survive, and the rate of the angle itself."""
    survive = Limit(_exact(1 - Fraction(width + 1, 2**width)), formula("1 - (n+1) 2^-n", "1 - (n+1) 2^{-n}"))
    return max(survive, angle_rate(width), key=lambda limit: float(limit.rate))


def angle_rate(width: int) -> Limit:
    """The isolated eigenvalue lambda_1 of one layer, where there is one; else the edge m(1/2) of the others."""
    value, error = leading_eigenvalue(width)
    edge = shrinking(width)
    if value - error > edge:
        number = Approximation(mpmath.mpf(value), mpmath.mpf(error))
        return Limit(Quantity(number, method="Arnoldi's method"), formula("lambda_1", "\\lambda_1"))
    number = Approximation(mpmath.mpf(edge), mpmath.mpf(width * 1e-15))
    return Limit(Quantity(number, method="gamma functions"), formula("m(1/2)", "m(1/2)"))


def _exact(value: Fraction) -> Quantity:
    return Quantity(Rational(value), method="formula")


def alive_table(widths: Sequence[int], depths: Sequence[int]) -> Table:
    """P(N_l > 0)."""
    rows = [_row(n, depths, alive, ray_rate(n)) for n in widths]
    caption = "P(alive after layer l) / P(alive after layer l - 1), and its limit: in the end one ray is left."
    return _table("alive networks", caption, depths, rows)


def two_rays_table(widths: Sequence[int], depths: Sequence[int]) -> Table:
    """P(two rays, not parallel)."""
    rows = [_row(n, depths, lambda net: angle_law(net).two_rays, survival_rate(n)) for n in widths]
    caption = (
        "P(two rays after layer l) / P(two rays after layer l - 1): the images of opposite inputs still span two rays. "
        "In the limit either their angle is tiny and they stay two if two neurons are alive, or it is not, and they "
        "decay like the angle (table 'Decay rates: the angle')."
    )
    return _table("two rays", caption, depths, rows)


def angle_table(widths: Sequence[int], depths: Sequence[int]) -> Table:
    """E theta."""
    rows = [_row(n, depths, lambda net: angle_law(net).moment(1), angle_rate(n)) for n in widths]
    caption = (
        "E theta_l / E theta_(l-1), theta_l the angle between the images of opposite inputs, 0 where they do not span "
        "two rays. The limit is the largest eigenvalue lambda_1 of one layer on functions of the angle that vanish at "
        "0, with the digits that do not change when angles below 1e-8 are left out. From n = 7 on no eigenvalue is "
        "found above the continuous spectrum, which ends at m(1/2) and is approached only slowly."
    )
    return _table("the angle", caption, depths, rows)


def _row(width: int, depths: Sequence[int], value: Callable[[Network], Quantity], limit: Limit) -> Row:
    factors = (_factor_cell(value(network(width, l)), value(network(width, l - 1))) for l in depths)
    return (width, *factors, decimal_cell(limit.rate, 8), limit.name)


def _factor_cell(value: Quantity, before: Quantity) -> Cell:
    if any(float(x.high - x.low) > KNOWN * abs(float(x)) for x in (value, before)):
        return words("")
    return decimal_cell(ratio(value, before), DIGITS)


def _table(what: str, caption: str, depths: Sequence[int], rows: Sequence[Row]) -> Table:
    columns = (WIDTH, *(formula(f"l = {l}", f"l = {l}") for l in depths), "limit", "which is")
    note = " One input in an interval around 0, He-normal weights, zero biases. Blank where the exact law is known too "
    note += (
        "little: the probability itself is then tiny. The quotients are numerical, with error bounds below the digits "
    )
    note += "shown; limits that are polynomials in 2^-n are exact, the others numerical."
    return Table(f"Decay rates: {what}", words(caption + note), columns, rows)


def write(folder: Path, executor: Executor | None = None) -> list[Path]:
    """Build the tables and write them into a folder."""
    return write_tables(build(), NAMES, folder)


if __name__ == "__main__":
    main(write, __doc__)
