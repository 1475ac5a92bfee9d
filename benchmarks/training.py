"""Thousands of small networks, trained by the experiments' compiled loop beside batched NumPy and batched PyTorch.

1-8-1, 64 points, full-batch Adam, nothing stops early; all on one core. Networks per second are those of 4000 steps,
computed from the median time of 200. The losses of all ways agree.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tabulate
import torch
from clock import seconds

from relu_prob import ConcreteNetwork, Network, Normal

sys.path.append(str(Path(__file__).parents[1] / "paper_tables" / "experiments"))
import full_batch
import small_networks

STEPS, RATE, NETWORKS = 200, 0.01, 256
X = np.linspace(-1, 1, 64)[:, None]
Y = np.abs(X)


def compiled(nets: list[ConcreteNetwork]) -> float:
    """compiled loop"""
    trainer = small_networks.Trainer("Adam", RATE, STEPS)
    return float(np.mean(small_networks.train(nets, X, Y, trainer, 0.0)[0]))


def numpy(nets: list[ConcreteNetwork]) -> float:
    """NumPy, batched"""
    losses, _ = full_batch.fit(nets, X, Y, "Adam", [RATE] * len(nets), STEPS)
    return float(np.mean(losses[-1])) * float(np.mean(Y**2))


def pytorch(nets: list[ConcreteNetwork]) -> float:
    """PyTorch, batched"""
    layers = range(len(nets[0].weights))
    weights = [torch.tensor(np.stack([net.weights[l] for net in nets]), requires_grad=True) for l in layers]
    biases = [torch.tensor(np.stack([net.biases[l][None] for net in nets]), requires_grad=True) for l in layers]
    optimizer = torch.optim.Adam([*weights, *biases], lr=RATE)
    x, y = torch.tensor(X), torch.tensor(Y)

    def losses() -> torch.Tensor:
        h = torch.relu(x @ weights[0].mT + biases[0])
        return ((h @ weights[1].mT + biases[1] - y) ** 2).mean(dim=(1, 2))

    for _ in range(STEPS):
        optimizer.zero_grad()
        losses().sum().backward()
        optimizer.step()
    return float(losses().mean().detach())


def table(repeats: int) -> str:
    """Networks per second, and how many times as many as by batched PyTorch."""
    torch.set_num_threads(1)
    nets = [ConcreteNetwork.draw(Network((1, 8, 1), biases=Normal(1)), rng) for rng in range(NETWORKS)]
    runs = (pytorch, numpy, compiled)
    losses = [run(nets) for run in runs]  # compiles, and warms up
    np.testing.assert_allclose(losses, losses[0], rtol=1e-6)
    times = [seconds(lambda _: run(nets), repeats) for run in runs]  # noqa: B023
    rows = [
        (run.__doc__, NETWORKS / time * STEPS / 4000, f"{times[0] / time:.3g}")
        for run, time in zip(runs, times, strict=True)
    ]
    return tabulate.tabulate(rows, headers=["trainer", "networks/s", "ratio"], floatfmt=".3g")
