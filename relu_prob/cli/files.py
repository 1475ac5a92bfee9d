"""Given networks and their inputs in files. Nothing is unpickled: that would run whatever program is in the file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from relu_prob.cli import values
from relu_prob.concrete.network import ConcreteNetwork

PICKLES = frozenset((".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"))


def network(text: str) -> ConcreteNetwork:
    """The network in an .onnx or .npz file."""
    suffix = Path(text).suffix
    if suffix in PICKLES:
        raise ValueError(
            f"network must be an .onnx or .npz file, got {text!r}: loading it could run any program. Write it by "
            "torch.onnx.export(module.eval(), (inputs,), 'network.onnx', dynamo=False)"
        )
    if suffix != ".onnx":
        from relu_prob.concrete.files import read_npz

        return read_npz(text)
    from relu_prob.concrete.onnx_file import read_onnx

    try:
        return read_onnx(text)
    except ImportError as error:
        raise ValueError(str(error)) from None


def inputs(text: str, *, flat: bool = False) -> Any:
    """The inputs in a file, one a row: a memory map of an .npy file, the array of an .npz file or the numbers of a .csv
    file; ``flat`` ones of any shape (m, ...) as (m, d)."""
    path = Path(text)
    if path.suffix in PICKLES:
        raise ValueError(
            f"data must be an .npy, .npz or .csv file, got {text!r}: loading it could run any program. Write it by "
            "numpy.save('data.npy', tensor.numpy())"
        )
    if path.suffix == ".csv":
        return [[float(x) for x in row] for row in values.csv_rows(path)]
    try:
        array = _one_array(path) if path.suffix == ".npz" else np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"data must be a file of one array of numbers, got {text!r} ({error})") from None
    return array.reshape(len(array), -1) if flat and array.ndim > 2 else array


def _one_array(path: Path) -> Any:
    # opened here, because NumPy leaves a file open that it cannot read
    with path.open("rb") as stream:
        file = np.load(stream, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            return file
        if len(file.files) != 1:
            raise ValueError(f"it has {len(file.files)}: {', '.join(file.files)}")
        return file[file.files[0]]
