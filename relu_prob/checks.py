"""What every public function asks of its arguments.

Each check returns the value in canonical form or raises an error that names the argument, the value given
and the values allowed.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Collection, Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")


def integer(name: str, value: Any, *, low: int, high: int | None = None) -> int:
    """``value`` as an int in ``low..high``.

    >>> integer("layer", 3, low=1)
    3
    >>> integer("layer", 0, low=1, high=4)
    Traceback (most recent call last):
    ...
    ValueError: layer must be an integer from 1 to 4, got 0
    """
    allowed = f"an integer >= {low}" if high is None else f"an integer from {low} to {high}"
    if isinstance(value, bool):
        raise TypeError(f"{name} must be {allowed}, got {value!r}")
    try:
        result = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be {allowed}, got {value!r}") from None
    if result < low or (high is not None and result > high):
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return result


def real(name: str, value: Any, *, positive: bool = False, nonzero: bool = False) -> Fraction:
    """``value`` as the exact rational it stands for; a float is the dyadic rational that it stores.

    >>> real("radius", 0.5, positive=True)
    Fraction(1, 2)
    >>> real("radius", -1, positive=True)
    Traceback (most recent call last):
    ...
    ValueError: radius must be a positive finite number, got -1
    """
    allowed = "a positive finite number" if positive else "a non-zero finite number" if nonzero else "a finite number"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be {allowed}, got {value!r}")
    if isinstance(value, numbers.Rational):
        result = Fraction(int(value.numerator), int(value.denominator))
    elif math.isfinite(value):
        result = Fraction(float(value))
    else:
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    if (positive and result <= 0) or (nonzero and result == 0):
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return result


def fraction_between(name: str, value: Any, low: float, high: float) -> float:
    """``value`` as a float strictly between ``low`` and ``high`` (a test level, a confidence level, a target).

    >>> fraction_between("level", 0.99, 0, 1)
    0.99
    """
    result = float(real(name, value))
    if not low < result < high:
        raise ValueError(f"{name} must be a number strictly between {low} and {high}, got {value!r}")
    return result


def choice(name: str, value: T, allowed: Collection[T]) -> T:
    """``value`` if it is one of ``allowed``.

    >>> choice("death", "initial", ("initial", "permanent"))
    'initial'
    """
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value


def instance(name: str, value: Any, kind: type[T], allowed: str) -> T:
    """``value`` if it is an instance of ``kind``; ``allowed`` says in words what would be.

    >>> instance("network", 3, str, "a Network")
    Traceback (most recent call last):
    ...
    TypeError: network must be a Network, got 3
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {allowed}, got {value!r}")
    return value


def path(name: str, value: Any) -> Path:
    """``value`` as a Path; a number is not one, though files can be opened by it.

    >>> path("path", 3)
    Traceback (most recent call last):
    ...
    TypeError: path must be a string or a pathlib.Path, got 3
    """
    if not isinstance(value, str | Path):
        raise TypeError(f"{name} must be a string or a pathlib.Path, got {value!r}")
    return Path(value)


def sequence(name: str, value: Any, allowed: str) -> tuple[Any, ...]:
    """``value`` as a tuple; text and single numbers are not sequences of numbers.

    >>> sequence("need", (2, 2), "a sequence of integers")
    (2, 2)
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be {allowed}, got {value!r}")
    return tuple(value)


def generator(name: str, value: Any) -> np.random.Generator:
    """A Generator from a Generator, a SeedSequence, an integer seed, or None for fresh entropy.

    As everywhere in NumPy, a Generator or SeedSequence is advanced by what is drawn from it.

    >>> int(generator("rng", 1).integers(100))
    47
    >>> generator("rng", -1)
    Traceback (most recent call last):
    ...
    ValueError: rng must be a numpy.random.Generator, a SeedSequence, an integer >= 0 or None, got -1
    """
    # every room imports this module, some of them without NumPy
    import numpy as np

    if value is not None and not isinstance(value, np.random.Generator | np.random.SeedSequence):
        try:
            value = integer(name, value, low=0)
        except (TypeError, ValueError) as error:
            allowed = "a numpy.random.Generator, a SeedSequence, an integer >= 0 or None"
            raise type(error)(f"{name} must be {allowed}, got {value!r}") from None
    return np.random.default_rng(value)


def number_text(value: Fraction) -> str:
    """The shortest text that reads back as exactly ``value``.

    >>> number_text(Fraction(1, 2)), number_text(Fraction(1, 3)), number_text(Fraction(2))
    ('0.5', 'Fraction(1, 3)', '2')
    """
    if value.denominator == 1:
        return str(value.numerator)
    as_float = value.numerator / value.denominator
    return repr(as_float) if Fraction(as_float) == value else repr(value)
