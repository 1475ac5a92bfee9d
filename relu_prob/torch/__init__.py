"""PyTorch modules: which fully connected network one is, which of its units fire on data, and who is dead for ever.

- ``watch`` : which units of every ReLU fire on data, and how near to firing the others come
- ``diagnose`` : who is dead on data, who for ever, and why
- ``hidden_layers``, ``concrete_network`` : the layers of a fully connected module, and the same as a ConcreteNetwork
- ``data_dependent_`` : initialize a module from data, so that no neuron is dead on them
- ``initialize_``, ``lsuv_`` : initialize a module by any law of relu_prob, and by layer-sequential unit variance

Needs the extra ``torch``.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError("relu_prob.torch needs PyTorch: pip install 'relu_prob[torch]'") from error

from relu_prob.torch.data_dependent import data_dependent_
from relu_prob.torch.diagnosis import diagnose
from relu_prob.torch.initialize import initialize_, lsuv_
from relu_prob.torch.structure import HiddenLayers, LinearLayer, concrete_network, hidden_layers
from relu_prob.torch.watch import Watched, WatchedLayer, watch

__all__ = [
    "HiddenLayers",
    "LinearLayer",
    "Watched",
    "WatchedLayer",
    "concrete_network",
    "data_dependent_",
    "diagnose",
    "hidden_layers",
    "initialize_",
    "lsuv_",
    "watch",
]
