"""The initializations that E4 compares, and what their features are like before any training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from e4_problems import Problem
from numpy.typing import NDArray
from scipy.linalg import lstsq

from relu_prob import ConcreteNetwork, Network, Normal, RandomizedAsymmetric, data_dependent, diagnose

Array = NDArray[np.float64]
EPS = float(np.finfo(float).eps)


def he(problem: Problem, rng: np.random.Generator) -> ConcreteNetwork:
    """He-normal weights, zero biases."""
    return ConcreteNetwork.draw(Network(problem.widths), rng)


def he_with_biases(problem: Problem, rng: np.random.Generator) -> ConcreteNetwork:
    """He-normal weights, biases N(0, 1), about as large as the rest of a pre-activation of standardized inputs."""
    return ConcreteNetwork.draw(Network(problem.widths, biases=Normal(1)), rng)


def asymmetric(problem: Problem, rng: np.random.Generator) -> ConcreteNetwork:
    """The randomized asymmetric initialization of Lu, Shin, Su and Karniadakis (arXiv 1903.06733)."""
    return ConcreteNetwork.draw(Network(problem.widths, weights=RandomizedAsymmetric()), rng)


def unit_variance(problem: Problem, rng: np.random.Generator) -> ConcreteNetwork:
    """LSUV of Mishkin and Matas (arXiv 1511.06422), by their package: orthogonal weights, scaled layer by layer until
    the pre-activations on the data have variance 1; zero biases."""
    import torch
    from lsuv import lsuv_with_singlebatch

    # PyTorch draws from a global generator, which is left as it was
    with torch.random.fork_rng(devices=[]):
        layers: list[torch.nn.Module] = []
        for below, n in zip(problem.widths[:-1], problem.widths[1:], strict=True):
            layers += [torch.nn.Linear(below, n, dtype=torch.float64), torch.nn.ReLU()]
        module = torch.nn.Sequential(*layers[:-1])
        torch.manual_seed(int(rng.integers(2**63)))
        lsuv_with_singlebatch(module, torch.from_numpy(problem.x), device=torch.device("cpu"), verbose=False)
    linear = [layer for layer in module if isinstance(layer, torch.nn.Linear)]
    return ConcreteNetwork([a.weight.detach().numpy() for a in linear], [a.bias.detach().numpy() for a in linear])


def by_data(problem: Problem, rng: np.random.Generator, noise: float = 0.1) -> ConcreteNetwork:
    """``relu_prob.data_dependent``, with the noise that is its default."""
    made = data_dependent(problem.x, problem.y, problem.hidden, noise=noise, rng=rng)
    return ConcreteNetwork(made.weights, made.biases)


def by_data_noisier(problem: Problem, rng: np.random.Generator) -> ConcreteNetwork:
    """The same with ten times the noise: neurons fire further away from their own points."""
    return by_data(problem, rng, noise=1.0)


STARTS: dict[str, Callable[[Problem, np.random.Generator], ConcreteNetwork]] = {
    "data-dependent": by_data,
    "He, zero bias": he,
    "He, random bias": he_with_biases,
    "RAI": asymmetric,
    "LSUV": unit_variance,
    "data-dependent, noise 1": by_data_noisier,
}


@dataclass(frozen=True)
class Features:
    """The features of a network on the data before training (activations of the last hidden layer, an m x n matrix).

    Attributes
    ----------
    dead : how many hidden neurons are dead on the data
    output : the mean square of the outputs, relative to that of the labels
    rank : how many singular values exceed the rounding error
    condition : of the largest and the m-th singular value; infinite where the rank is below m
    """

    dead: int
    output: float
    rank: int
    condition: float


def features(problem: Problem, net: ConcreteNetwork) -> Features:
    """Look at the features of a network on a problem's data."""
    h = last_hidden(net, problem.x)
    singular = np.linalg.svd(h, compute_uv=False)
    rank = int(np.sum(singular > singular[0] * max(h.shape) * EPS)) if singular[0] > 0 else 0
    return Features(
        dead=sum(net.hidden_widths) - sum(diagnose(net, problem.x, progress=False).active),
        output=float(np.sum(net(problem.x) ** 2) / np.sum(problem.y**2)),
        rank=rank,
        condition=float(singular[0] / singular[problem.m - 1]) if rank == problem.m else float("inf"),
    )


def least_squares(h: Array, y: Array) -> tuple[float, bool]:
    """The smallest loss of an output layer, |H v - y|^2 / |y|^2, and whether it is 0 but for the solver's rounding.

    Solved by a QR factorization with column pivoting, which knows nothing of singular values. It is backward stable: v
    solves (H + E) v = y with |E| of at most max(m, n) eps |H| times a small factor, here 8. So |H v - y| <= |E| |v|
    counts as 0.
    """
    size = max(h.shape)
    solution = lstsq(h, y, cond=size * EPS, lapack_driver="gelsy")[0]
    residual, norm = np.linalg.norm(h @ solution - y), np.linalg.norm(y)
    rounding = 8 * size * EPS * (np.linalg.norm(h) * np.linalg.norm(solution) + norm)
    return float((residual / norm) ** 2), bool(residual <= rounding)


def last_hidden(net: ConcreteNetwork, x: Array) -> Array:
    """The activations of the last hidden layer."""
    *_, z = net.preactivations(x)
    return np.maximum(z, 0.0)


def output_layer_alone(problem: Problem, net: ConcreteNetwork, steps: NDArray[np.int64]) -> Array:
    """The loss, relative to the labels' mean square, after so many steps of gradient descent on the output weights.

    The loss |H v - y|^2 is quadratic. With the learning rate 1/L, L the largest eigenvalue of its Hessian, which never
    diverges, the residual along the i-th left singular vector shrinks in each step by the factor 1 - s_i^2 / s_1^2, and
    what is orthogonal to all of them stays: no steps have to be taken.
    """
    h = last_hidden(net, problem.x)
    u, s, _ = np.linalg.svd(h, full_matrices=False)
    start = problem.y - net(problem.x)
    along = ((u.T @ start) ** 2).sum(axis=1)
    beside = max(0.0, float((start**2).sum() - along.sum()))
    # log1p: where s_i is small the factor is next to 1
    shrink = np.exp(2 * steps[:, None] * np.log1p(-np.minimum((s / s[0]) ** 2, 1 - EPS)))
    return np.asarray((shrink @ along + beside) / (problem.y**2).sum())
