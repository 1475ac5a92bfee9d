"""Initialization of modules in place: any law that a Network can have, and layer-sequential unit variance."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch

from relu_prob import checks
from relu_prob.initialization import Law, sample_layer
from relu_prob.network import Network
from relu_prob.torch.inputs import a_module, as_inputs
from relu_prob.torch.quiet import quiet
from relu_prob.torch.randomness import seed_of

Rng = np.random.Generator | np.random.SeedSequence | int | None


def initialize_(module: torch.nn.Module, weights: Law | None = None, biases: Law | None = None, *, rng: Rng) -> None:
    """Draw the weights and biases of all linear layers of a module from laws of relu_prob, in place.

    Parameters
    ----------
    module : its parameters must be those of ``nn.Linear`` modules. They are drawn in the order in which the module has
        them; for a chain in this order the result is ``ConcreteNetwork.draw`` with the same ``rng``
    weights : a law of weights, by default HeNormal()
    biases : a law of biases; by default Zero(), or what the weight law brings with it
    rng : a Generator, a SeedSequence, an integer seed, or None for fresh entropy

    Raises
    ------
    TypeError, ValueError
        For laws that do not go together, biases that the module has not, and other modules with parameters.

    Examples
    --------
    >>> from relu_prob import RandomizedAsymmetric
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    >>> initialize_(net, rng=0)
    >>> net[0].bias.tolist()
    [0.0, 0.0, 0.0]
    >>> initialize_(net, RandomizedAsymmetric(), rng=0)
    """
    layers = _linear(a_module(module))
    # a network of any widths, which checks that the laws go together
    laws = Network((1, 1, 1), weights=weights, biases=biases)
    for name, parameters in layers.items():
        if "bias" not in parameters and not laws.zero_bias:
            raise ValueError(f"biases must be Zero() for {name!r}, which has no bias, got {laws.biases!r}")
    generator = checks.generator("rng", rng)
    drawn = []
    for parameters in layers.values():
        fan_out, fan_in = parameters["weight"].shape
        drawn.append(sample_layer(laws.weights, laws.biases, generator, 1, fan_in, fan_out))
    with torch.no_grad():
        for parameters, (w, b) in zip(layers.values(), drawn, strict=True):
            parameters["weight"].copy_(torch.from_numpy(w[0]))
            if "bias" in parameters:
                parameters["bias"].copy_(torch.from_numpy(b[0]))


def lsuv_(module: torch.nn.Module, x: Any, *, generator: torch.Generator | int | None = None, **options: Any) -> None:
    """Layer-sequential unit variance (Mishkin and Matas, arXiv 1511.06422), by the package ``lsuv``, in place.

    Weights are random orthogonal matrices, biases 0; then, from the first layer on, weights are divided by the standard
    deviation of what the layer puts out for the data, before its ReLU, until it is 1 up to a tolerance. It is
    ``lsuv.lsuv_with_singlebatch(module, x)``, which by itself draws from the global generator, moves the module to the
    CPU and prints; here ``generator`` alone determines the result, and the module stays where and, if anything is
    raised, as it was.

    Parameters
    ----------
    module : any module that ``lsuv`` takes: with linear and convolutional layers and attention
    x : data, which pass forward as one batch
    generator : a torch.Generator, an integer seed, or None for the global generator of PyTorch
    options : of ``lsuv.lsuv_with_singlebatch``: needed_std (1.0), std_tol (0.1), max_attempts (10), do_orthonorm (True)

    Raises
    ------
    TypeError, ValueError
        For bad input.
    RuntimeError
        By PyTorch, where the module does not take the data.
    FloatingPointError
        Where that did not succeed, for instance because a layer puts out the same for all data.

    Examples
    --------
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 30), torch.nn.ReLU(), torch.nn.Linear(30, 1))
    >>> x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    >>> lsuv_(net, x, generator=0)
    >>> 0.9 <= float(net(x).detach().std()) <= 1.1
    True
    """
    try:
        from lsuv import lsuv_with_singlebatch
    except ImportError as error:
        raise ImportError("lsuv_ needs the package lsuv: pip install 'relu_prob[train]'") from error
    net = a_module(module)
    inputs = as_inputs(net, "x", x)
    seed = seed_of(generator)
    devices = sorted({p.device.index or 0 for p in net.parameters() if p.device.type == "cuda"})
    twin = copy.deepcopy(net)  # where it raises it leaves hooks behind
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        lsuv_with_singlebatch(twin, inputs, **{"verbose": False, "device": inputs.device} | options)
    needed, tolerance = options.get("needed_std", 1.0), options.get("std_tol", 0.1)
    for name, found in _deviations(twin, inputs).items():
        if not abs(found - needed) <= tolerance:
            raise FloatingPointError(
                f"LSUV did not bring the standard deviation of layer {name!r} to {needed} within {tolerance}, got "
                f"{found:.3g} (do its outputs differ over the data?)"
            )
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), twin.parameters(), strict=True):
            parameter.copy_(value)


def _deviations(net: torch.nn.Module, inputs: torch.Tensor) -> dict[str, float]:
    """The standard deviations of what the layers with weights put out, all numbers of a layer together."""
    kinds = (torch.nn.Linear, torch.nn.modules.conv._ConvNd)
    seen: dict[str, float] = {}
    hooks = [
        part.register_forward_hook(lambda _, __, z, name=name: seen.update({name: float(z.std())}))
        for name, part in net.named_modules()
        if isinstance(part, kinds)
    ]
    with quiet(net):
        net(inputs.clone())
    for hook in hooks:
        hook.remove()
    return seen


def _linear(net: torch.nn.Module) -> dict[str, dict[str, torch.nn.Parameter]]:
    """The parameters of the linear layers, which must be all that there are, by the layers' names."""
    allowed = "a module whose parameters are those of torch.nn.Linear modules"
    found = {}
    for name, part in net.named_modules():
        own = dict(part.named_parameters(recurse=False))
        if isinstance(part, torch.nn.Linear) and own.keys() in ({"weight"}, {"weight", "bias"}):
            found[name] = own
        elif own:
            raise ValueError(f"module must be {allowed}, got {type(part).__name__} {name!r} with {', '.join(own)}")
    if not found:
        raise ValueError(f"module must be {allowed}, got {type(net).__name__} without any")
    return found
