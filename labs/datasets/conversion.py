"""Reads published files without running anything in them, and writes what labs read."""

import errno
import json
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from labs.datasets.transfer import half_written

_reconstruct = np.empty(0).__reduce__()[0]  # its module moved between numpy 1 and 2

# MNIST's pickle of 2012 needs these three names and no other.
_ALLOWED: Mapping[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class ArrayUnpickler(pickle.Unpickler):
    """Rebuilds numpy arrays in plain containers, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"the pickle asks for {module}.{name}, which no array needs"
            ) from None


def load_arrays(stream: Any) -> Any:
    """What a pickle of numpy arrays holds; `latin1` reads what Python 2 wrote."""
    return ArrayUnpickler(stream, encoding="latin1").load()


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write a .npy that appears whole or not at all."""
    with half_written(path) as (part, out):
        try:
            np.lib.format.write_array(out, np.ascontiguousarray(array), allow_pickle=False)
        except OSError as failed:
            if failed.errno is None:  # so numpy says that the disk has no room for all of it
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from failed
            raise
        _finish(part, out, path)


def save_columns(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    """Write an .npz of a table's columns, packed: texts take 4 bytes a character otherwise."""
    with half_written(path) as (part, out):
        np.savez_compressed(out, allow_pickle=False, **columns)
        _finish(part, out, path)


def save_json(path: Path, value: Any) -> None:
    """Write UTF-8 JSON that appears whole or not at all."""
    with half_written(path) as (part, out):
        out.write(json.dumps(value, ensure_ascii=False).encode())
        _finish(part, out, path)


def _finish(part: Path, out: IO[bytes], path: Path) -> None:
    out.flush()
    part.replace(path)
