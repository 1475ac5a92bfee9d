"""A forward pass over data of any size, which finds out who stays silent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob.concrete.network import ConcreteNetwork, affine

Array = NDArray[np.float64]

BATCH_BYTES = 2**26
"""About how much memory the widest layer of a batch takes by default."""

FIRST_BATCH = 64
"""A few inputs show most of the neurons that fire at all; what is left to find out then costs less."""


def batch_rows(network: ConcreteNetwork) -> int:
    """The number of inputs in a batch by default."""
    return max(FIRST_BATCH, BATCH_BYTES // (8 * max(network.widths[:-1])))


def largest(network: ConcreteNetwork, data: Array, batch_size: int, progress: bool | None) -> list[Array]:
    """The largest pre-activation that was seen of every neuron, for each hidden layer.

    For a neuron that is silent (that is, of pre-activation <= 0) on all of the data it is the maximum over the data. Of
    others it is some positive value: nothing more is computed of them than the layers above need.

    Raises
    ------
    FloatingPointError
        Where a pre-activation overflows.
    """
    found = [np.full(n, -np.inf) for n in network.hidden_widths]
    with tqdm(total=len(data), unit="input", disable=None if progress is None else not progress) as bar:
        start, size = 0, min(FIRST_BATCH, batch_size)
        while start < len(data) and any((top <= 0).any() for top in found):
            batch = data[start : start + size]
            _look(network, batch, found)
            bar.update(len(batch))
            start, size = start + len(batch), batch_size
        bar.update(len(data) - start)
    return found


def _look(network: ConcreteNetwork, batch: Array, found: list[Array]) -> None:
    """Raise ``found`` to what one batch shows, up to the highest layer in which somebody has not fired yet."""
    top = max(l for l, seen in enumerate(found) if (seen <= 0).any())
    h = batch
    for l, (w, b) in enumerate(network.hidden[: top + 1]):
        if l:
            firing = np.flatnonzero(h.any(axis=0))
            # columns of zeros add nothing; leaving them out pays where they are many
            if len(firing) < 0.9 * h.shape[1]:
                h, w = h[:, firing], w[:, firing]
        wanted = np.flatnonzero(found[l] <= 0) if l == top else np.arange(len(w))
        z = affine(h, w, b) if len(wanted) == len(w) else affine(h, w[wanted], b[wanted])
        if not np.isfinite(z).all():
            raise FloatingPointError(f"a pre-activation of hidden layer {l + 1} overflows the range of float64")
        found[l][wanted] = np.maximum(found[l][wanted], z.max(axis=0))
        h = np.maximum(z, 0.0, out=z)
