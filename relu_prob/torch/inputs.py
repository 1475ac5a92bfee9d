"""Data for a module: arrays, tensors and batches, checked, on its device and in its type of numbers."""

from __future__ import annotations

from typing import Any

import torch

from relu_prob import checks

ALLOWED = "an array or tensor of finite numbers, one input a row, at least one"


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
    try:
        tensor = torch.as_tensor(value).detach()
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must be {ALLOWED}, got {_short(value)}") from None
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise TypeError(f"{name} must be {ALLOWED}, got {tensor.dtype}")
    if not tensor.ndim or not tensor.numel():
        raise ValueError(f"{name} must be {ALLOWED}, got shape {tuple(tensor.shape)}")
    if not torch.isfinite(tensor).all():
        raise ValueError(f"{name} must be {ALLOWED}, got {int((~torch.isfinite(tensor)).sum())} that are not finite")
    return tensor


def has_embedding(module: torch.nn.Module) -> bool:
    """Whether the module reads integers, as numbers of words."""
    return any(isinstance(m, torch.nn.Embedding | torch.nn.EmbeddingBag) for m in module.modules())


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{type(value).__name__}"
