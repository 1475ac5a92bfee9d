"""Text to values: numbers, architectures, laws and domains. A ValueError says what is wrong and what is allowed.

Numbers are read exactly: ``1/3`` is a third and ``0.1`` a tenth, not the floats next to them. The package's modules
are imported when they are needed, so that the parser costs nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relu_prob.domains import Domain
    from relu_prob.initialization import Law

Number = Fraction | int

NUMBER = "a finite number such as 2, 0.5, 1e-6 or 1/3"
WIDTHS = "d-n_1-...-d_out, at least 3 positive integers such as 1-8-8-1"
MOST_DIGITS = 10_000
# text -> (class, parameter)
LAWS = {
    "he": ("HeNormal", ""),
    "lecun": ("LeCunNormal", ""),
    "glorot": ("GlorotNormal", ""),
    "he-uniform": ("HeUniform", ""),
    "pytorch": ("PyTorchDefault", ""),
    "normal": ("Normal", "SIGMA"),
    "uniform": ("Uniform", "B"),
    "sphere": ("SphereUniform", ""),
    "rademacher": ("Rademacher", ""),
    "orthogonal": ("Orthogonal", ""),
    "rai": ("RandomizedAsymmetric", ""),
    "zero": ("Zero", ""),
    "constant": ("Constant", "C"),
}
WEIGHTS = (
    "he", "lecun", "glorot", "normal", "he-uniform", "pytorch", "uniform", "sphere", "rademacher", "orthogonal", "rai"
)  # fmt: skip
BIASES = ("zero", "normal", "uniform", "constant", "pytorch", "sphere", "rai")
DOMAINS = "ball:R, interval:A,B, box:A,B;A,B;..., orthant, space, points:X,Y;X,Y;... or points:FILE(.npy, .csv)"


def number(text: str) -> Number:
    """The exact number that the text says.

    >>> number("0.1"), number("-1/3"), number("2e3")
    (Fraction(1, 10), Fraction(-1, 3), 2000)
    """
    exponent = re.search(r"[eE]([+-]?\d+)\s*$", text)
    try:
        # Fraction would write 1e999999999 in full
        if exponent is not None and abs(int(exponent[1])) > MOST_DIGITS:
            raise ValueError("an exponent beyond all use")
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"must be {NUMBER}, got {_short(text)}") from None
    return value.numerator if value.denominator == 1 else value


def integer(text: str) -> int:
    """An integer >= 0."""
    if not re.fullmatch("[0-9]{1,18}", text):
        raise ValueError(f"must be an integer, got {_short(text)}")
    return int(text)


def positive(text: str) -> int:
    """An integer >= 1."""
    if not re.fullmatch("0*[1-9][0-9]{0,17}", text):
        raise ValueError(f"must be a positive integer, got {_short(text)}")
    return int(text)


def digits(text: str) -> int:
    """A number of decimal digits."""
    value = positive(text)
    if value > MOST_DIGITS:
        raise ValueError(f"must be an integer from 1 to {MOST_DIGITS}, got {_short(text)}")
    return value


def level(text: str) -> float:
    """A number strictly between 0 and 1."""
    value = number(text)
    if not 0 < value < 1:
        raise ValueError(f"must be a number strictly between 0 and 1, got {_short(text)}")
    return float(value)


def share(text: str) -> Number:
    """A number strictly between 0 and 1, exactly."""
    level(text)
    return number(text)


def widths(text: str) -> tuple[int, ...]:
    """The widths of an architecture.

    >>> widths("1-8-8-1")
    (1, 8, 8, 1)
    """
    parts = text.split("-")
    if len(parts) < 3 or not all(re.fullmatch("0*[1-9][0-9]{0,17}", part) for part in parts):
        raise ValueError(f"must be {WIDTHS}, got {_short(text)}")
    return tuple(map(int, parts))


def need(text: str) -> tuple[int, ...]:
    """How many neurons each hidden layer needs.

    >>> need("2,2")
    (2, 2)
    """
    parts = text.split(",")
    if not all(re.fullmatch("[0-9]{1,18}", part) for part in parts):
        raise ValueError(f"must be integers >= 0 with commas between them such as 2,2, got {_short(text)}")
    return tuple(map(int, parts))


def forms(names: tuple[str, ...]) -> str:
    """How the laws are written, in words.

    >>> forms(("zero", "normal"))
    'zero or normal:SIGMA'
    """
    written = [f"{name}:{LAWS[name][1]}" if LAWS[name][1] else name for name in names]
    return f"{', '.join(written[:-1])} or {written[-1]}"


def weights(text: str) -> Law:
    """A law of weights.

    >>> weights("normal:1/3")
    Normal(Fraction(1, 3))
    """
    return _law(text, WEIGHTS)


def biases(text: str) -> Law:
    """A law of biases."""
    return _law(text, BIASES)


def _law(text: str, allowed: tuple[str, ...]) -> Law:
    from relu_prob import initialization

    name, _, value = text.partition(":")
    if name not in allowed or bool(LAWS[name][1]) != (":" in text):
        raise ValueError(f"must be {forms(allowed)}, got {_short(text)}")
    kind = getattr(initialization, LAWS[name][0])
    law: Law = kind(number(value)) if value or LAWS[name][1] else kind()
    return law


def domain(text: str) -> Domain:
    """A domain of inputs.

    >>> domain("box:0,1;-1,1/3")
    Box([0, -1], [1, Fraction(1, 3)])
    """
    from relu_prob import domains

    name, _, value = text.partition(":")
    if name == "ball" and value:
        return domains.Ball(number(value))
    if name == "interval" and value.count(",") == 1:
        low, high = _row(value)
        return domains.Interval(low, high)
    if name == "box" and all(side.count(",") == 1 for side in value.split(";")):
        lows, highs = zip(*map(_row, value.split(";")), strict=True)
        return domains.Box(lows, highs)
    if name == "points" and value:
        return domains.Points(_points(value))
    if text == "orthant":
        return domains.Orthant()
    if text == "space":
        return domains.WholeSpace()
    raise ValueError(f"must be {DOMAINS}, got {_short(text)}")


def _row(text: str) -> list[Number]:
    return [number(part) for part in text.split(",")]


def _points(text: str) -> list[list[Number | float]]:
    path = Path(text)
    if path.suffix == ".npy":
        return _array(path)
    if path.suffix == ".csv":
        return csv_rows(path)
    return [[*_row(row)] for row in text.split(";")]


def csv_rows(path: Path) -> list[list[Number | float]]:
    """The numbers of a CSV file, exactly."""
    import csv

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
        points: list[list[Number | float]] = [[number(cell) for cell in row] for row in rows]
    except (OSError, ValueError, csv.Error) as error:
        raise ValueError(f"must be a CSV file of numbers, one point a line, got {str(path)!r} ({error})") from None
    return _some(path, points)


def _array(path: Path) -> list[list[Number | float]]:
    import numpy as np

    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(f"must be a file of an array of numbers, got {str(path)!r} ({error})") from None
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "iuf":
        shape = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else "several arrays"
        raise ValueError(f"must be a file of an array of numbers of shape (m, d), got {str(path)!r} with {shape}")
    points: list[list[Number | float]] = array.tolist()
    return _some(path, points)


def _some(path: Path, points: list[list[Number | float]]) -> list[list[Number | float]]:
    if not points:
        raise ValueError(f"must be a file with at least one point, got {str(path)!r}, which is empty")
    return points


def _short(text: str) -> str:
    return repr(text) if len(text) <= 60 else repr(text[:57] + "...")
