"""A forward pass over data of any size, which finds out who stays silent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob.concrete.network import ConcreteNetwork, affine
from relu_prob.concrete.screening import Screening

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BATCH_BYTES = 2**26
"""About how much memory the widest layer of a batch takes by default."""

FIRST_BATCH = 64
"""A few inputs show most of the neurons that fire at all; what is left to find out then costs less."""

SCREENED = 3 * 10**11
"""From so many multiplications on, single precision finds out who is clearly silent, in half the time."""


def batch_rows(network: ConcreteNetwork) -> int:
    """The number of inputs in a batch by default."""
    return max(FIRST_BATCH, BATCH_BYTES // (8 * max(network.widths[:-1])))


def largest(network: ConcreteNetwork, data: Array, batch_size: int, progress: bool | None) -> list[Array]:
    """The largest pre-activation that was seen of every neuron, for each hidden layer.

    For a neuron that is silent (that is, of pre-activation <= 0) on all of the data it is the maximum over the data. Of
    others it is some positive value: nothing more is computed of them than the layers above need.

    Where the data are many for so large a network, a pass in single precision comes first. Who stays far from firing in
    it is silent, and the maximum is known in single precision; who does not is looked at in double precision where it
    comes nearest to firing, and on all data where that does not settle it.

    Raises
    ------
    FloatingPointError
        Where a pre-activation overflows.
    """
    found = [np.full(n, -np.inf) for n in network.hidden_widths]
    undecided = [np.full(n, True) for n in network.hidden_widths]
    with tqdm(total=len(data), unit="input", disable=None if progress is None else not progress) as bar:
        start, size = 0, min(FIRST_BATCH, batch_size)
        while start < len(data) and any(map(np.any, undecided)):
            batch = data[start : start + size]
            _look(network, batch, found, undecided)
            bar.update(len(batch))
            large = start == 0 and (len(data) - size) * sum(w.size for w, _ in network.hidden) >= SCREENED
            if large and any(map(np.any, undecided)):
                _screen(network, data, batch_size, found, undecided, bar)
            start, size = start + len(batch), batch_size
        bar.update(bar.total - bar.n)
    return found


def _screen(
    network: ConcreteNetwork,
    data: Array,
    batch_size: int,
    found: list[Array],
    undecided: list[BoolArray],
    bar: Any,
) -> None:
    """Decide, for all of the data, about everybody for whom single precision or a few inputs are enough."""
    screening = Screening(network, data)
    bar.total += len(data)
    for start in range(0, len(data), batch_size):
        batch = data[start : start + batch_size]
        if not screening.look(batch, undecided):
            return
        bar.update(len(batch))
    for rows in screening.second_look(undecided):
        _look(network, data[rows], found, undecided)
    for l, silent in enumerate(screening.silent(undecided)):
        undecided[l] &= ~silent
        found[l][silent] = np.maximum(found[l], screening.peaks(l))[silent]


def _look(network: ConcreteNetwork, batch: Array, found: list[Array], undecided: list[BoolArray]) -> None:
    """Raise ``found`` to what one batch shows, up to the highest layer in which somebody is undecided."""
    top = max((l for l, still in enumerate(undecided) if still.any()), default=-1)
    h = batch
    for l, (w, b) in enumerate(network.hidden[: top + 1]):
        if l and len(h) > len(w) // 4:
            firing = np.flatnonzero(h.any(axis=0))
            # columns of zeros add nothing; leaving them out pays where they are many
            if len(firing) < 0.7 * h.shape[1]:
                h, w = h[:, firing], w[:, firing]
        wanted = np.flatnonzero(undecided[l]) if l == top else np.arange(len(w))
        z = affine(h, w, b) if len(wanted) == len(w) else affine(h, w[wanted], b[wanted])
        if not np.isfinite(z).all():
            raise FloatingPointError(f"a pre-activation of hidden layer {l + 1} overflows the range of float64")
        found[l][wanted] = np.maximum(found[l][wanted], z.max(axis=0))
        undecided[l] &= found[l] <= 0
        h = np.maximum(z, 0.0, out=z)
