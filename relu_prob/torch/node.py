"""What a forward pass consists of: tensors, and the operations that made them from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

LIKE = {"zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "lift_fresh", "lift_fresh_copy"}
"""What makes constants after the shape of a tensor, whatever its numbers."""

RANDOM = {
    "rand",
    "randn",
    "randint",
    "randperm",
    "normal",
    "empty",
    "rand_like",
    "randn_like",
    "empty_like",
    "bernoulli",
}
RANDOM |= {"new_empty", "native_dropout", "multinomial", "uniform", "exponential", "rrelu_with_noise", "empty_strided"}


@dataclass(eq=False, repr=False)
class Node:
    """A tensor of the pass, and what made it.

    Attributes
    ----------
    op : the name of the operation; of what the pass starts with "input", "parameter", "buffer" or "unknown"
    args : what the operation was given, with nodes in the place of tensors
    shape, dtype : of the tensor
    name : of a parameter or buffer (one of its names)
    module : the name of the innermost module that was at work
    index : which of the operation's results it is
    call : the operation and what it was called with, with nodes in the place of tensors, where it can be repeated
    value : the numbers, where they do not depend on the inputs
    varies, learned, unknown : whether it depends on the inputs; on parameters; on random numbers or on tensors that are
        no inputs, parameters or buffers
    """

    op: str
    args: tuple[Any, ...] = ()
    shape: tuple[int, ...] = ()
    dtype: torch.dtype = torch.float32
    name: str = ""
    module: str = ""
    index: int = 0
    call: tuple[Any, tuple[Any, ...], dict[str, Any]] | None = None
    value: torch.Tensor | None = None
    varies: bool = False
    learned: bool = False
    unknown: bool = False

    @property
    def inputs(self) -> list[Node]:
        """The nodes it was made from."""
        return [leaf for leaf in tree_leaves(self.args) if isinstance(leaf, Node)]

    @property
    def fixed(self) -> bool:
        """Whether it is certainly the same at all inputs and at all times."""
        return not (self.varies or self.learned or self.unknown)

    def __str__(self) -> str:
        return f"{self.op} (in module {self.module!r})" if self.module else self.op
