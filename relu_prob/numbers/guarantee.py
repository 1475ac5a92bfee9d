"""What is known about the error of a number."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Guarantee(IntEnum):
    """The four guarantees, strongest first.

    - ``EXACT``: a rational or a closed form;
    - ``CERTIFIED``: an interval proved to contain the number;
    - ``NUMERICAL``: a value with an error bound computed a posteriori, not proved;
    - ``STATISTICAL``: a confidence interval and its level.

    >>> Guarantee.weakest([Guarantee.EXACT, Guarantee.STATISTICAL])
    <Guarantee.STATISTICAL: 4>
    >>> print(Guarantee.EXACT)
    exact
    """

    EXACT = 1
    CERTIFIED = 2
    NUMERICAL = 3
    STATISTICAL = 4

    @classmethod
    def weakest(cls, guarantees: Iterable[Guarantee]) -> Guarantee:
        """The guarantee of a number computed from numbers with these guarantees."""
        return max(guarantees, default=cls.EXACT)

    def __str__(self) -> str:
        return self.name.lower()
