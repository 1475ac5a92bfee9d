"""Looking at a module without leaving a trace: everything is afterwards as it was before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")


@contextmanager
def quiet(module: torch.nn.Module) -> Iterator[None]:
    """In evaluation mode and without gradients; then modes, buffers and random numbers are restored, come what may."""
    modes = [(m, m.training) for m in module.modules()]
    buffers = [(m, dict(m._buffers)) for m in module.modules()]
    numbers = [(b, b.clone()) for b in module.buffers()]
    devices = sorted({t.device.index or 0 for t in _tensors(module) if t.device.type == "cuda"})
    fast = torch.backends.mha.get_fastpath_enabled()
    with torch.random.fork_rng(devices), torch.no_grad():
        try:
            # one by one, because modules may do more than that in their method train
            for m, _ in modes:
                m.training = False
            # a layer of a transformer as one operation would hide its ReLU
            torch.backends.mha.set_fastpath_enabled(False)
            yield
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
            for m, training in modes:
                m.training = training
            for m, known in buffers:
                m._buffers.clear()
                m._buffers.update(known)
            for buffer, value in numbers:
                if not torch.equal(buffer, value):
                    buffer.copy_(value)


def eagerly(function: Callable[..., T]) -> Callable[..., T]:
    """The function, with everything that is compiled inside run as it is written, operation by operation."""
    disabled: Callable[..., T] = torch.compiler.disable(function)  # type: ignore[no-untyped-call]
    return disabled


def _tensors(module: torch.nn.Module) -> Iterator[torch.Tensor]:
    yield from module.parameters()
    yield from module.buffers()
