"""Which data points have neurons of their own: a spread-out or influential part of the data, and who gets how many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

CHOICES = ("k-means++", "leverage")


def chosen_points(data: Floats, number: int, how: str, rng: np.random.Generator) -> Indices:
    """Indices of ``number`` different data points, in the order in which they were drawn; ``how`` is one of CHOICES.

    Of any length, the beginning of such a sequence is a choice of fewer points.
    """
    return spread(data, number, rng) if how == "k-means++" else influential(data, number, rng)


def spread(data: Floats, number: int, rng: np.random.Generator) -> Indices:
    """Points that are far from each other, by k-means++: its starting points, without its iterations.

    The first is uniform, every next one is the best of a few that are drawn with probabilities proportional to the
    squared distance from the nearest of those before. Equal points come last, drawn uniformly.
    """
    try:
        from sklearn.cluster import kmeans_plusplus
    except ImportError as error:
        raise ImportError(
            "choose='k-means++' needs scikit-learn: pip install 'relu_prob[torch]' (or scikit-learn alone)"
        ) from error
    # its distances are |a|^2 - 2 a.b + |b|^2: without the mean and the scale that they have in common they neither
    # cancel nor overflow more than they have to
    size = float(np.abs(data).max()) or 1.0
    centred = data / size - (data / size).mean(axis=0)
    points, inverse, counts = np.unique(
        centred / (float(np.abs(centred).max()) or 1.0), axis=0, return_inverse=True, return_counts=True
    )
    seed = int(rng.integers(2**32))
    _, found = kmeans_plusplus(points, min(number, len(points)), sample_weight=counts.astype(float), random_state=seed)
    mixed = rng.permutation(len(data))  # which one of equal points stands for them
    first = np.empty(len(points), dtype=np.int64)
    first[inverse.reshape(-1)[mixed]] = mixed
    # where all that is left is as near as rounding it may draw points again
    chosen = list(dict.fromkeys(first[found].tolist()))
    left = np.setdiff1d(np.arange(len(data)), chosen)
    return np.array([*chosen, *rng.permutation(left)[: number - len(chosen)]], dtype=np.int64)


def influential(data: Floats, number: int, rng: np.random.Generator) -> Indices:
    """Points drawn one after the other, each with a probability proportional to its leverage among those left."""
    p = leverage(data)
    return np.asarray(rng.choice(len(data), size=number, replace=False, p=p / p.sum()), dtype=np.int64)


def leverage(data: Floats) -> Floats:
    """The leverage scores of the points: how much each one's label moves its own fit by an affine function.

    The squared lengths of the rows of an orthonormal basis of the columns of (1, x): from 1/m to 1, and the sum is the
    rank of (1, x).

    >>> leverage(np.array([[0.0], [0.0], [0.0], [1.0]])).round(6)
    array([0.333333, 0.333333, 0.333333, 1.      ])
    """
    size = float(np.abs(data).max()) or 1.0
    centred = data / size - (data / size).mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    # every entry is rounded by a few units of 1, the size before the mean was taken away
    rounding = np.finfo(float).eps * (max(data.shape) * singular[0] + 4 * data.size**0.5)
    basis = left[:, singular > rounding]
    return np.asarray(1 / len(data) + np.sum(basis**2, axis=1))


def shares(homes: Indices, n: int, rng: np.random.Generator) -> Indices:
    """For each of n neurons its own point: equally many for each point, and one more for some without replacement."""
    h, r = divmod(n, len(homes))
    return np.concatenate([np.tile(homes, h), rng.choice(homes, size=r, replace=False)])
