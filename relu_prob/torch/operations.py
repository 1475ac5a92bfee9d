"""Operations as the rules of permanent death see them, repeated on sets of entries in the place of numbers.

A set of entries of a tensor is a tensor of the same shape. Where an operation makes every entry a sum, a mean or a
maximum of entries with weights >= 0, the operation itself, given 1 for what is outside a set, gives 0 exactly for those
entries that are made of nothing but members; and its derivative tells which entries each one flows into.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_map

from relu_prob.torch.node import Node

ROWS = 5
"""How many inputs the pass that is reasoned about has: a number that shapes of layers are seldom multiples of."""

SHAPES = {"view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "expand", "repeat"}
ALONG_AXES = {"slice", "select", "split", "split_with_sizes", "chunk", "unbind", "cat", "stack", "flip", "roll"}
ALONG_AXES |= {"permute", "transpose", "t", "mean", "sum", "amax"}
SPATIAL = {"avg_pool1d", "avg_pool2d", "avg_pool3d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d"}
SPATIAL |= {"upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "upsample_bilinear2d", "pixel_shuffle"}
SPATIAL |= {"reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d"}
MAXIMA = {"max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool3d"}
IDENTITIES = {"clone", "alias", "detach", "contiguous", "_to_copy", "lift_fresh"}
AFFINE = {"addmm", "mm", "convolution"}
POINTWISE = {"add", "sub", "rsub", "mul", "div", "neg", "abs", "exp", "log", "sqrt", "rsqrt", "pow", "reciprocal"}
POINTWISE |= {"tanh", "sigmoid", "gelu", "silu", "elu", "softplus", "leaky_relu", "hardtanh", "hardswish", "clamp"}
POINTWISE |= {"clamp_min", "clamp_max", "minimum", "maximum", "threshold", "erf", "sin", "cos", "sign", "_to_copy"}
POINTWISE |= {"native_layer_norm", "native_group_norm", "embedding", "where", "gt", "lt", "ge", "le", "eq", "ne"}
"""What computes every row of its result from the same rows of what it is given, and from nothing else."""

Mask = torch.Tensor


def kind(node: Node) -> str:
    """What the rules know of an operation: relu, affine, same, spread (sums, means, shapes), max or other."""
    if node.op == "relu":
        return "relu"
    if node.call is None:
        return "other"
    if node.op in AFFINE:
        return "affine" if _plain_affine(node) else "other"
    if node.op in IDENTITIES:
        return "same" if node.dtype.is_floating_point else "other"
    if node.op in MAXIMA:
        return "max" if node.index == 0 else "other"
    if node.op in ("mul", "div") and isinstance(node.args[1], int | float) and not any(node.args[2:]):
        return "same" if 0 < node.args[1] < float("inf") else "other"
    if node.op == "add":
        return "spread" if node.args[2] in (None, 1) and all(isinstance(a, Node) for a in node.args[:2]) else "other"
    if node.op == "constant_pad_nd":
        return "spread" if node.args[2] in (None, 0) else "other"
    if node.op in SPATIAL or (node.op in SHAPES | ALONG_AXES and (not node.varies or _row_by_row(node))):
        return "spread" if node.dtype.is_floating_point else "other"
    return "other"


def _plain_affine(node: Node) -> bool:
    """Whether the weights do not depend on the inputs, and nothing is multiplied by a factor."""
    _, weight, _ = affine(node)
    factors = node.args[3:5] if node.op == "addmm" else ()
    return not weight.varies and all(f in (None, 1) for f in factors)


def affine(node: Node) -> tuple[Node, Node, Node | None]:
    """What a linear or convolutional layer is applied to, its weights, its bias."""
    if node.op == "addmm":
        bias, a, weight = node.args[:3]
        return a, weight, bias
    return node.args[0], node.args[1], node.args[2] if node.op == "convolution" else None


def _row_by_row(node: Node) -> bool:
    """Whether no input is mixed with another: the rows are multiples of the inputs, and the first axis stays alone."""
    if not node.shape or node.shape[0] % ROWS:
        return False
    if node.op in SHAPES:
        return not (node.op == "repeat" and node.shape[0] != node.inputs[0].shape[0])
    dimensions, args = len(node.inputs[0].shape), node.args
    if node.op == "permute":
        return bool(args[1][0] % dimensions == 0)
    if node.op == "t":
        return False
    dims = args[1:3] if node.op == "transpose" else args[2:3] if node.op == "roll" else args[1:2]
    if node.op in ("split", "split_with_sizes", "chunk"):
        dims = args[2:3]
    listed = [d for part in dims for d in (part if isinstance(part, list | tuple) else [part])]
    if node.op == "stack":
        dimensions += 1
    # a missing axis is the first one, or all of them
    return bool(listed) and all(isinstance(d, int) and d % dimensions for d in listed)


def spread(node: Node, outside: dict[int, Mask]) -> Mask:
    """Entries that are made of something outside: 0 exactly where everything is inside."""
    return _call(node, {key: mask.to(torch.float32) for key, mask in outside.items()}) != 0


def layer(node: Node, a: Mask, weight: Mask, bias: Mask | None = None) -> Mask:
    """Where a linear or convolutional layer of 0 and 1 is not 0."""
    first, second, third = affine(node)
    if not bool(a.any()) and (bias is None or not bool(bias.any())):
        return torch.zeros((), dtype=torch.bool).expand(node.shape)
    zero = torch.zeros((), dtype=torch.float32)
    masks = {id(first): a.to(torch.float32), id(second): weight.to(torch.float32)}
    if third is not None:
        masks[id(third)] = zero.expand(third.shape) if bias is None else bias.to(torch.float32)
    return _call(node, masks) != 0


def pull(node: Node, at: dict[int, Mask], wanted: Mask) -> dict[int, Mask]:
    """For everything an operation was given, the entries that flow into one that is wanted."""
    if kind(node) == "max":
        # the largest of a window may be any entry of it: as if it were any of the channel
        axes = (-2, -1) if "2d" in node.op else (-3, -2, -1)
        (before,) = (n for n in node.inputs)
        return {id(before): wanted.amax(axes, keepdim=True).expand(before.shape)}
    with torch.enable_grad():
        given = {key: mask.to(torch.float32).requires_grad_() for key, mask in at.items()}
        out = _call(node, given)
        found = torch.autograd.grad(out, list(given.values()), wanted.to(torch.float32), allow_unused=True)
    return {key: g != 0 for key, g in zip(given, found, strict=True) if g is not None}


def _call(node: Node, values: dict[int, Mask]) -> torch.Tensor:
    assert node.call is not None
    # what is in order in memory has every shape
    ordered = {key: value.contiguous() for key, value in values.items()}
    function, args, kwargs = tree_map(lambda v: ordered[id(v)] if isinstance(v, Node) else v, node.call)
    result: Any = function(*args, **{k: v for k, v in kwargs.items() if k not in ("dtype", "device", "memory_format")})
    return result[node.index] if isinstance(result, tuple | list) else result  # type: ignore[no-any-return]
