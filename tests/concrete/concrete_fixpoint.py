"""Permanent death by its definition: the greatest fixpoint, by deleting until nothing changes. Slow and simple."""

import numpy as np


def silent_for_ever(layers, points):
    """Of every layer, the greatest set that satisfies the rules; layers are pairs (W, b), points of shape (m, d)."""
    outputs = [points]
    for w, b in layers:
        outputs.append(np.maximum(outputs[-1] @ w.T + b, 0))
    depth = len(layers)
    zero = [~h.any(axis=0) for h in outputs[1:]]
    dead_now = [z.copy() for z in zero]
    frozen, blind = ([np.ones(len(z), dtype=bool) for z in zero] for _ in range(2))
    while True:
        before = [a.copy() for a in (*zero, *frozen, *blind)]
        for layer in range(depth):
            w, b = layers[layer]
            blind[layer] &= zero[layer] | (layer + 1 < depth and blind[layer + 1].all())
            below_frozen = frozen[layer - 1] if layer else np.ones(points.shape[1], dtype=bool)
            inputs_frozen = ~((w != 0) & ~below_frozen).any(axis=1)
            frozen[layer] &= zero[layer] | (blind[layer] & inputs_frozen)
            excited = ((w > 0) & ~below_frozen).any(axis=1)
            fixed = (outputs[layer] * below_frozen) @ w.T + b
            zero[layer] &= dead_now[layer] & ~excited & (fixed <= 0).all(axis=0)
        if all((a == b).all() for a, b in zip(before, (*zero, *frozen, *blind), strict=True)):
            return zero
