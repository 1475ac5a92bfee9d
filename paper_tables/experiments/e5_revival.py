"""E5: which dead neurons come back. Networks are diagnosed, trained in four ways, and watched after every step.

Of the neurons that the diagnosis calls permanently dead none may ever fire on the data. How many of the tentatively
dead ones do depends on the trainer, the depth and the biases.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import watched_training
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob import ConcreteNetwork, Network, Normal, diagnose
from relu_prob.concrete.permanence import Reason

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SEED = 1907_09696_15
DEPTHS = (1, 2, 3, 4, 5)
DIMENSIONS = (1, 2, 3)
WIDTH = 3
POINTS = 6
NETWORKS = 1000
STEPS = 250
BIAS = 0.3
LABELS = 3.0
CURVE = 60
"""The most points of a curve that are kept."""

TENTATIVE = (Reason.EXCITED, Reason.BIASED)
SILENT_FOR_EVER = (Reason.FIRST_LAYER, Reason.NEVER_EXCITED, Reason.FROZEN)


@dataclass(frozen=True)
class Case:
    """Networks of one shape: what is drawn, diagnosed and then trained by every trainer."""

    depth: int
    dimension: int
    with_biases: bool
    networks: int
    steps: int
    seed: np.random.SeedSequence


def run(
    executor: Executor | None = None,
    *,
    depths: Sequence[int] = DEPTHS,
    dimensions: Sequence[int] = DIMENSIONS,
    networks: int = NETWORKS,
    steps: int = STEPS,
    seed: int = SEED,
) -> dict[str, Any]:
    """Train everything: settings, a row for every depth, input dimension, kind of biases and trainer, and for every
    trainer with and without biases how many tentatively dead neurons have fired by which step."""
    shapes = [(depth, d, with_biases) for depth in depths for d in dimensions for with_biases in (False, True)]
    seeds = np.random.SeedSequence(seed).spawn(len(shapes))
    cases = [Case(*shape, networks, steps, own) for shape, own in zip(shapes, seeds, strict=True)]
    found = map(measure, cases) if executor is None else executor.map(measure, cases)
    rows = [row for several in tqdm(found, total=len(cases), unit="case", disable=None) for row in several]
    curves: dict[tuple[str, bool], Indices] = {}
    for row in rows:
        key = row["trainer"], row["biases"]
        curves[key] = curves.get(key, 0) + np.array(row.pop("curve"))
    return {
        "seed": seed,
        "settings": {
            "width": WIDTH,
            "points": POINTS,
            "networks": networks,
            "steps": steps,
            "bias standard deviation": BIAS,
            "label standard deviation": LABELS,
            "rates": watched_training.RATES,
            "steps of the curves": curve_steps(steps).tolist(),
        },
        "rows": rows,
        "curves": [
            {"trainer": trainer, "biases": biases, "revived": curve.tolist()}
            for (trainer, biases), curve in curves.items()
        ],
    }


def curve_steps(steps: int) -> Indices:
    """At most 60 steps, evenly spaced by their logarithms, from the first to the last."""
    return np.unique(np.round(np.geomspace(1, steps, min(CURVE, steps))).astype(np.int64))


def measure(case: Case) -> list[dict[str, Any]]:
    """Draw and diagnose the networks of one shape, and train copies of them with every trainer."""
    draw, *seeds = case.seed.spawn(1 + len(watched_training.TRAINERS))
    rng = np.random.default_rng(draw)
    law = Network((case.dimension, *[WIDTH] * case.depth, 1), biases=Normal(BIAS) if case.with_biases else None)
    nets = [ConcreteNetwork.draw(law, rng) for _ in range(case.networks)]
    x = rng.standard_normal((case.networks, POINTS, case.dimension))
    y = LABELS * rng.standard_normal((case.networks, POINTS, 1))
    diagnoses = [diagnose(net, data, progress=False) for net, data in zip(nets, x, strict=True)]
    reasons = np.array([[layer.reasons for layer in found.layers] for found in diagnoses])
    chosen = one_of_each(np.isin(reasons, TENTATIVE).reshape(case.networks, -1), rng)
    rows = []
    for trainer, own in zip(watched_training.TRAINERS, seeds, strict=True):
        seen = watch(nets, x, y, reasons == Reason.BEHIND, trainer, case, np.random.default_rng(own))
        shape = {"depth": case.depth, "dimension": case.dimension, "biases": case.with_biases, "trainer": trainer}
        rows.append(shape | counts(reasons, chosen, *seen, case.steps))
    return rows


def one_of_each(marked: NDArray[np.bool_], rng: np.random.Generator) -> Indices:
    """Of every row the index of one marked entry, all equally likely, or -1 where there is none.

    Neurons of one network share their fate, neurons of different networks do not: intervals are computed from these.
    """
    order = np.where(marked, rng.random(marked.shape), -1.0)
    return np.where(marked.any(axis=1), order.argmax(axis=1), -1)


def watch(
    nets: Sequence[ConcreteNetwork],
    x: Array,
    y: Array,
    behind: NDArray[np.bool_],
    trainer: str,
    case: Case,
    rng: np.random.Generator,
) -> tuple[Indices, NDArray[np.bool_], int]:
    """Train. The first step after which each neuron fires on the data (0: never), who fires after the last one, and how
    many of the neurons ``behind`` a dead layer ever had outputs that are not the same at all data.

    Arrays have the shape (networks, depth, width). Neurons that fire at the beginning count from the first step on.
    """
    weights = [np.stack([net.weights[l] for net in nets], axis=-1) for l in range(case.depth + 1)]
    biases = [np.stack([net.biases[l][:, None] for net in nets], axis=-1) for l in range(case.depth + 1)]
    x, y = (np.ascontiguousarray(a.T) for a in (x, y))
    first = np.zeros(behind.shape, dtype=np.int64)
    fires, varied = np.zeros_like(behind), np.zeros_like(behind)
    steps = watched_training.training(
        weights, biases, x, y, trainer, steps=case.steps, rng=rng, with_biases=case.with_biases
    )
    for step, (hidden, _, _) in enumerate(steps, 1):
        outputs = np.stack(hidden[1:]).transpose(3, 0, 1, 2)
        if not np.isfinite(outputs).all():
            raise FloatingPointError(f"training by {trainer} overflowed in step {step}")
        fires = (outputs > 0).any(axis=3)
        first[fires & (first == 0)] = step
        varied |= behind & (outputs != outputs[..., :1]).any(axis=3)
    return first, fires, int(varied.sum())


def counts(
    reasons: NDArray[np.int8],
    chosen: Indices,
    first: Indices,
    fires: NDArray[np.bool_],
    varied: int,
    steps: int,
) -> dict[str, Any]:
    """What was seen, as numbers of neurons and of networks."""
    tentative = np.isin(reasons, TENTATIVE)
    having = chosen >= 0
    drawn = np.take_along_axis(first.reshape(len(first), -1), chosen[:, None], axis=1)[having, 0]
    revived_at = np.sort(first[tentative & (first > 0)])
    for_ever = {
        reason.name.lower(): [int((reasons == reason).sum()), int((first[reasons == reason] > 0).sum())]
        for reason in SILENT_FOR_EVER
    }
    return {
        "neurons": reasons.size,
        "permanent": for_ever,
        "behind": [int((reasons == Reason.BEHIND).sum()), varied],
        "tentative": int(tentative.sum()),
        "revived": len(revived_at),
        "firing at the end": int((tentative & fires).sum()),
        "networks with tentative": int(having.sum()),
        "of one each revived": int((drawn > 0).sum()),
        "curve": np.searchsorted(revived_at, curve_steps(steps), side="right").tolist(),
    }
