"""The report on a network that was initialized from data: what it is like on them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from relu_prob.concrete.data_layers import Layers

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DataReport:
    """What was drawn, looked at on the data.

    Attributes
    ----------
    dead : for each hidden layer the number of neurons that fire at no data point; zeros by construction
    before : the same before the initialization, of a module; None where there was none
    neurons : for each hidden layer its width
    points : for each hidden layer the indices of the data points that have neurons of their own
    chosen : how they were chosen: "all", "without replacement" (fewer neurons than points), "k-means++" or "leverage";
        of layers that differ, that of the first one that has not all
    lifted : how many neurons had a noise below the rounding error, so that it was replaced by a bound on that
    label_moment : the mean over the data of ``|y_i|^2``; the mean of ``output_moment`` over all draws is the same
    output_moment : the mean over the data of ``|output|^2``
    given_features, deviation : mean and standard deviation of ``output_moment`` over the output weights, given the
        hidden layers that were drawn
    rank, condition : of the features (activations of the last hidden layer at the m data points, an m x n matrix), by
        their singular values in floating-point numbers: how many exceed the rounding error, and the ratio of the
        largest and the m-th one (infinite where the rank is below m)
    """

    dead: tuple[int, ...]
    before: tuple[int, ...] | None
    neurons: tuple[int, ...]
    points: tuple[tuple[int, ...], ...] = field(repr=False)
    chosen: str
    lifted: int
    label_moment: float
    output_moment: float
    given_features: float
    deviation: float
    rank: int
    condition: float

    def __str__(self) -> str:
        before = "" if self.before is None else f" (before: {sum(self.before)})"
        places = _range([len(points) for points in self.points])
        lines = [
            f"dead on the data: {sum(self.dead)} of {sum(self.neurons)} hidden neurons{before}",
            f"neurons at {places} points ({self.chosen})",
            f"mean squared output {self.output_moment:.4g}, of the labels {self.label_moment:.4g}",
            f"features of rank {self.rank}, condition {self.condition:.3g}",
        ]
        if self.lifted:
            lines.append(f"noise below the rounding error: {self.lifted} neurons")
        return "\n".join(lines)


def report(
    layers: Layers,
    output: Floats,
    variance: float,
    label_moment: float,
    how: str,
    before: tuple[int, ...] | None = None,
) -> DataReport:
    """The report on layers that output ``output`` at the data; ``how`` tells how a part of the points was chosen."""
    m = len(layers.features)
    points = tuple(tuple(np.unique(own).tolist()) for own in layers.owners)
    eps = float(np.finfo(layers.weights[0].dtype).eps)
    singular = np.linalg.svd(layers.features, compute_uv=False)
    rank = int(np.sum(singular > singular[0] * max(layers.features.shape) * eps))
    # A quadratic form c' G c of independent N(0, v) has mean v tr G and variance 2 v^2 tr G^2; here G = H' H / m
    squares, outputs = singular**2 / m, output.shape[1]
    return DataReport(
        dead=layers.dead,
        before=before,
        neurons=tuple(len(own) for own in layers.owners),
        points=points,
        chosen="all" if all(len(p) == m for p in points) else how,
        lifted=layers.lifted,
        label_moment=label_moment,
        output_moment=float(np.mean(np.sum(output**2, axis=1))),
        given_features=outputs * variance * float(squares.sum()),
        deviation=variance * float(np.sqrt(2 * outputs * np.sum(squares**2))),
        rank=rank,
        condition=float(singular[0] / singular[-1]) if rank == m else float("inf"),
    )


def _range(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"
