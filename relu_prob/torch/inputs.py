"""Data for a module: arrays, tensors and batches, checked, on its device and in its type of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, IterableDataset

from relu_prob import checks
from relu_prob.domains import Points

ALLOWED = "an array or tensor of finite numbers, one input a row, at least one"
BATCHES = f"{ALLOWED}; or an iterable of batches of such, x or (x, y), as a DataLoader is"

BATCH_SIZE = 256
"""The number of inputs that are passed forward together by default."""


def a_module(value: Any) -> torch.nn.Module:
    """``value`` if it is a module; of a compiled one what was compiled."""
    module = checks.instance("module", value, torch.nn.Module, "a torch.nn.Module")
    inner = getattr(module, "_orig_mod", module)
    return inner if isinstance(inner, torch.nn.Module) else module


def as_inputs(module: torch.nn.Module, name: str, value: Any) -> torch.Tensor:
    """``value`` as a tensor of the module's type and on its device; a copy, because a module may write into it."""
    tensor = as_tensor(name, value)
    like = next((p for p in (*module.parameters(), *module.buffers()) if p.is_floating_point()), tensor)
    if has_embedding(module) and not tensor.is_floating_point():
        return tensor.to(device=like.device, copy=True)
    dtype = like.dtype if like.is_floating_point() else torch.get_default_dtype()
    return tensor.to(device=like.device, dtype=dtype, copy=True)


def as_tensor(name: str, value: Any) -> torch.Tensor:
    """``value`` as a tensor, where it is real, finite and not empty."""
    if isinstance(value, np.ndarray) and not value.flags.writeable:
        value = value.copy()
    try:
        # numbers of Python are float64 to NumPy and float32 to PyTorch
        tensor = torch.as_tensor(value if isinstance(value, torch.Tensor) else np.asarray(value)).detach()
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must be {ALLOWED}, got {_short(value)}") from None
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise TypeError(f"{name} must be {ALLOWED}, got {tensor.dtype}")
    if not tensor.ndim or not tensor.numel():
        raise ValueError(f"{name} must be {ALLOWED}, got shape {tuple(tensor.shape)}")
    if not torch.isfinite(tensor).all():
        raise ValueError(f"{name} must be {ALLOWED}, got {int((~torch.isfinite(tensor)).sum())} that are not finite")
    return tensor


def batches(value: Any, batch_size: Any = None) -> Iterator[torch.Tensor]:
    """The inputs, batch by batch, as they are; they are checked when their turn comes.

    >>> [tuple(x.shape) for x in batches(torch.ones(5, 2), 3)]
    [(3, 2), (2, 2)]
    >>> [tuple(x.shape) for x in batches([(torch.ones(3, 2), torch.zeros(3)), (torch.ones(1, 2), torch.zeros(1))])]
    [(3, 2), (1, 2)]
    """
    size = BATCH_SIZE if batch_size is None else checks.integer("batch_size", batch_size, low=1)
    if isinstance(value, Points):
        value = value.array
    if isinstance(value, Dataset) and not isinstance(value, IterableDataset):
        raise TypeError(f"data must be {BATCHES}; got a Dataset: give a DataLoader of it")
    if _in_batches(value):
        return (as_tensor("data", _first(batch)) for batch in _not_empty(value))
    whole = value if isinstance(value, np.ndarray) and value.ndim and len(value) else as_tensor("data", value)
    return (as_tensor("data", whole[k : k + size]) for k in range(0, len(whole), size))


def _in_batches(value: Any) -> bool:
    if isinstance(value, torch.Tensor | np.ndarray | str | bytes) or not isinstance(value, Iterable):
        return False
    if isinstance(value, tuple) and any(isinstance(v, torch.Tensor | np.ndarray) for v in value):
        raise TypeError(f"data must be {BATCHES}; got a tuple: give the inputs alone, or a list of batches")
    if isinstance(value, list | tuple):
        # a list of numbers, or of lists of them, is an array
        return any(isinstance(_first(v), torch.Tensor | np.ndarray) for v in value[:1])
    return True


def _first(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple | list) and batch else batch


def _not_empty(value: Iterable[Any]) -> Iterator[Any]:
    number = 0
    for batch in value:
        number += 1
        yield batch
    if not number:
        raise ValueError(f"data must be {BATCHES}; got no batches")


def has_embedding(module: torch.nn.Module) -> bool:
    """Whether the module reads integers, as numbers of words."""
    return any(isinstance(m, torch.nn.Embedding | torch.nn.EmbeddingBag) for m in module.modules())


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{type(value).__name__}"
