"""Random numbers for modules: everything from one generator of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from relu_prob import checks

ALLOWED = "a torch.Generator, an integer >= 0 or None"


def seed_of(generator: Any) -> int:
    """A seed drawn from a generator of PyTorch, by default the global one; an integer is its own seed."""
    if generator is None:
        generator = torch.default_generator
    if not isinstance(generator, torch.Generator):
        try:
            return checks.integer("generator", generator, low=0)
        except (TypeError, ValueError) as error:
            raise type(error)(f"generator must be {ALLOWED}, got {generator!r}") from None
    return int(torch.randint(2**63 - 1, (), generator=generator, device=generator.device))


def numpy_generator(generator: Any) -> np.random.Generator:
    """A generator of NumPy that depends on a generator of PyTorch only.

    >>> numpy_generator(3).random() == np.random.default_rng(3).random()
    True
    """
    return np.random.default_rng(seed_of(generator))
