"""Given networks in files of NumPy arrays."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from relu_prob import checks
from relu_prob.concrete.network import ConcreteNetwork

ALLOWED = "an .npz file of the arrays weights_0, biases_0, weights_1, ... (biases may be missing) and no others"


def read_npz(path: Path | str) -> ConcreteNetwork:
    """The network in an .npz file: ``weights_k`` of shape (n_{k+1}, n_k), ``biases_k`` of shape (n_{k+1},), k >= 0.

    The last weights are those of the affine output layer. Nothing is unpickled.

    Raises
    ------
    TypeError
        Where ``path`` is neither text nor a Path.
    ValueError
        Where the file is no such file, or its arrays are not those of a network of ReLU layers.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "net.npz"
    >>> np.savez(path, weights_0=[[1.0], [-1.0]], biases_0=[0.0, 1.0], weights_1=[[1.0, 1.0]])
    >>> print(read_npz(path))
    1-2-1, with biases
    """
    file = checks.path("path", path)
    try:
        # opened here, because NumPy leaves a file open that it cannot read
        with file.open("rb") as stream:
            return _network(np.load(stream, allow_pickle=False))
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"network must be {ALLOWED}, got {str(path)!r} ({error})") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"network must be {ALLOWED}, got {str(path)!r}: {error}") from None


def _network(file: Any) -> ConcreteNetwork:
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise ValueError("this is a single array")
    layers = sum(re.fullmatch(r"weights_\d+", name) is not None for name in file.files)
    weights = [f"weights_{k}" for k in range(layers)]
    biases = [f"biases_{k}" for k in range(layers)]
    for name in weights:
        if name not in file:
            raise ValueError(f"it lacks {name!r}")
    for name in file.files:
        if name not in {*weights, *biases}:
            raise ValueError(f"it has {name!r}")
    return ConcreteNetwork([file[name] for name in weights], [file.get(name) for name in biases])
