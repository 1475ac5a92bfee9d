"""Given networks in files of NumPy arrays."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np

from relu_prob.concrete.network import ConcreteNetwork

ALLOWED = "an .npz file of the arrays weights_0, biases_0, weights_1, ... (biases may be missing) and no others"


def read_npz(path: Path | str) -> ConcreteNetwork:
    """The network in an .npz file: ``weights_k`` of shape (n_{k+1}, n_k), ``biases_k`` of shape (n_{k+1},), k >= 0.

    The last weights are those of the affine output layer. Nothing is unpickled.

    Raises
    ------
    ValueError
        Where the file is no such file, or its arrays are not those of a network of ReLU layers.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "net.npz"
    >>> np.savez(path, weights_0=[[1.0], [-1.0]], biases_0=[0.0, 1.0], weights_1=[[1.0, 1.0]])
    >>> print(read_npz(path))
    1-2-1, with biases
    """
    try:
        file = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"network must be {ALLOWED}, got {str(path)!r} ({error})") from None
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise ValueError(f"network must be {ALLOWED}, got {str(path)!r}, which is a single array")
    with file:
        layers = sum(re.fullmatch(r"weights_\d+", name) is not None for name in file.files)
        weights = [f"weights_{k}" for k in range(layers)]
        biases = [f"biases_{k}" for k in range(layers)]
        for name in [*(n for n in file.files if n not in {*weights, *biases}), *(n for n in weights if n not in file)]:
            what = "has" if name in file else "lacks"
            raise ValueError(f"network must be {ALLOWED}, got {str(path)!r}, which {what} {name!r}")
        try:
            return ConcreteNetwork([file[name] for name in weights], [file.get(name) for name in biases])
        except (TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"network must be {ALLOWED}, got {str(path)!r}: {error}") from None
