"""Data-dependent initialization of a module in place: no hidden neuron is dead on the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from relu_prob.concrete.data_dependent import labels_of, planned
from relu_prob.concrete.data_layers import draw_layers
from relu_prob.concrete.data_report import DataReport, report
from relu_prob.torch.inputs import a_module, as_inputs, as_tensor
from relu_prob.torch.quiet import eagerly, quiet
from relu_prob.torch.randomness import numpy_generator
from relu_prob.torch.structure import HiddenLayers, LinearLayer, hidden_layers
from relu_prob.torch.watch import watch

Floats = NDArray[np.float64]

DTYPES: dict[torch.dtype, np.dtype[Any]] = {torch.float32: np.dtype(np.float32), torch.float64: np.dtype(np.float64)}


def data_dependent_(
    module: torch.nn.Module,
    x: Any,
    y: Any,
    *,
    copies: int | None = None,
    noise: float | Sequence[float] = 0.1,
    weight_scale: float | Sequence[float] | None = None,
    points: int | None = None,
    choose: str = "k-means++",
    generator: torch.Generator | int | None = None,
) -> DataReport:
    """Initialize a fully connected ReLU module from data, in place: every hidden neuron fires at a point of its own.

    The laws are those of ``relu_prob.data_dependent``, for the widths of the module: ``w_j ~ N(0, s^2 I)``,
    ``b_j = -w_j . h_k(j) + |eps_j|``, ``eps_j ~ N(0, e^2)``, where ``h_k`` is what the layer below makes of point k
    with the weights that it has been given; output weights N(0, s_out^2) such that the expected mean squared output
    over the data is the labels' mean square; output biases 0.

    Parameters
    ----------
    module : linear layers with ReLUs between, however written (``relu_prob.torch.hidden_layers`` says which modules
        are), in float32 or float64, every hidden layer with a bias. Of a compiled module the original is initialized
    x : data, one input a row; numbers in a row are inputs of one number each
    y : labels of shape (m, d_out), or (m,) where d_out = 1, not all zero; classes as one-hot rows
    copies : attach a layer of n neurons to n // copies data points (all, if there are no more), so that each of these
        has at least so many neurons; by default to all points, or to n drawn ones where there are more points than
        neurons. Two copies or more make it likely that the features have full rank
    noise, weight_scale, points, choose : as for ``relu_prob.data_dependent``
    generator : a torch.Generator, an integer seed, or None for the global generator of PyTorch. It alone determines the
        result; in float64 a seed gives the weights that ``relu_prob.data_dependent`` gives for it

    Returns
    -------
    DataReport
        Among others who was dead on the data before and is after, and the rank and condition of the features.

    Raises
    ------
    TypeError, ValueError
        For bad input, and modules that are no such chain, naming what is allowed. The module is then as it was.
    ArithmeticError
        Where a neuron does not fire in the module's own forward pass: its products are less accurate than its numbers
        (TF32). The module is then as it was.

    Possible issues
    ---------------
    What changes is the numbers in the parameters; they remain the same objects, so that optimizers go on working, but
    what an optimizer has accumulated does not belong to the new ones. All data pass forward as one batch. In other
    batches, on other devices or compiled the layers below are rounded differently; in layer 1 a neuron fires
    nevertheless, above it does unless its noise is as small as that.

    Examples
    --------
    >>> from torch import nn
    >>> net = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 1))
    >>> x = torch.linspace(-1, 1, 10)
    >>> print(data_dependent_(net, x, torch.sin(3 * x), copies=2, generator=0))
    dead on the data: 0 of 40 hidden neurons (before: ...)
    neurons at 10 points (all)
    mean squared output 1.538, of the labels 0.4697
    features of rank 10, condition 15...
    """
    net = a_module(module)
    tensor = as_tensor("x", x)
    inputs = as_inputs(net, "x", tensor[:, None] if tensor.ndim == 1 else tensor)
    found = _structure(net, inputs)
    dtype = _dtype(found)
    data = _numbers(inputs.reshape(len(inputs), -1))
    labels, label_moment = labels_of(_numbers(as_tensor("y", y)), len(data))
    outputs = found.widths[-1]
    if labels.shape[1] != outputs:
        raise ValueError(
            f"y must have {outputs} columns, one for each output of the module (classes as one-hot rows), "
            f"got shape {tuple(np.shape(y))}"
        )
    rng = numpy_generator(generator)
    plan, how = planned(
        data,
        found.widths[1:-1],
        noise=noise,
        weight_scale=weight_scale,
        points=points,
        copies=copies,
        choose=choose,
        dtype=DTYPES[dtype],
        rng=rng,
    )

    def forward(h: Floats, w: NDArray[Any], b: NDArray[Any]) -> Floats:
        numbers = (torch.from_numpy(a).to(inputs.device, dtype) for a in (h, w, b))
        return _numbers(torch.relu(F.linear(*numbers)))

    with torch.no_grad():
        layers, variance = draw_layers(data, plan, outputs, label_moment, forward, rng)
    before = _dead_before(found, inputs)
    with _restored(found):
        _copy(found, layers.weights, layers.biases)
        # once more in the module's own forward pass, however it is written
        silent = [len(layer.silent) for layer in watch(net, inputs, batch_size=len(inputs), progress=False).layers]
        if any(silent):
            raise ArithmeticError(
                f"{sum(silent)} hidden neurons do not fire on the data in the module's own forward pass: are its "
                "matrix products less accurate than its numbers (TF32)?"
            )
        with quiet(net):
            output = _numbers(eagerly(net)(inputs.clone()).reshape(len(inputs), -1))
    return report(replace(layers, dead=tuple(silent)), output, variance, label_moment, how, before)


def _structure(net: torch.nn.Module, inputs: torch.Tensor) -> HiddenLayers:
    try:
        return hidden_layers(net, inputs)
    except RuntimeError as error:
        what = f"inputs that the module takes, one a row, got shape {tuple(inputs.shape)}"
        raise ValueError(f"x must be {what}; in its forward pass: {error}") from error


def _dtype(found: HiddenLayers) -> torch.dtype:
    dtypes = {p.dtype for layer in found.layers for p in _parameters(layer)}
    (dtype, *more) = dtypes
    if more or dtype not in DTYPES:
        got = ", ".join(sorted(map(str, dtypes)))
        raise ValueError(f"module must have parameters all of torch.float32 or all of torch.float64, got {got}")
    for layer in found.hidden:
        if layer.bias is None:
            raise ValueError(
                f"module must have a bias in every hidden layer, got none in {layer.name!r}: without biases a neuron "
                "cannot be made to fire at a given point"
            )
    return dtype


def _dead_before(found: HiddenLayers, inputs: torch.Tensor) -> tuple[int, ...]:
    """How many neurons of each hidden layer fire at no input, with the weights that there are, whatever these are."""
    h, dead = inputs.reshape(len(inputs), -1), []
    with torch.no_grad():
        for layer in found.hidden:
            h = torch.relu(F.linear(h, layer.matrix, layer.bias))
            dead.append(int((~(h > 0).any(dim=0)).sum()))
    return tuple(dead)


def _copy(found: HiddenLayers, weights: Sequence[NDArray[Any]], biases: Sequence[NDArray[Any]]) -> None:
    with torch.no_grad():
        for layer, w, b in zip(found.layers, weights, biases, strict=True):
            layer.matrix.copy_(torch.from_numpy(w))
            if layer.bias is not None:
                layer.bias.copy_(torch.from_numpy(b))


@contextmanager
def _restored(found: HiddenLayers) -> Iterator[None]:
    """If anything is raised inside, also by Ctrl-C, the parameters get back the numbers that they had."""
    known = [(p, p.detach().clone()) for layer in found.layers for p in _parameters(layer)]
    try:
        yield
    except BaseException:
        with torch.no_grad():
            for parameter, value in known:
                parameter.copy_(value)
        raise


def _parameters(layer: LinearLayer) -> list[torch.nn.Parameter]:
    return [layer.weight] if layer.bias is None else [layer.weight, layer.bias]


def _numbers(tensor: torch.Tensor) -> Floats:
    return np.asarray(tensor.detach().cpu().to(torch.float64).numpy())
