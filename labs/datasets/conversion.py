"""Turns published files into ones that can be read without running anything in them."""

import gzip
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

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


def load_arrays(stream: BinaryIO | gzip.GzipFile) -> Any:
    """What a pickle of numpy arrays holds; `latin1` reads what Python 2 wrote."""
    return ArrayUnpickler(stream, encoding="latin1").load()


def convert_mnist(files: Mapping[str, Path], folder: Path) -> None:
    """images.npy uint8 (70000, 28, 28) and labels.npy uint8 (70000,), in the published order.

    The pickle holds three (images, labels) pairs, pixels as float32 in steps of 1/256.
    """
    with gzip.open(files["mnist.pkl.gz"]) as stream:
        pairs = load_arrays(stream)
    images = np.concatenate([_pixels(pixels) for pixels, _ in pairs])
    labels = np.concatenate([labels for _, labels in pairs]).astype(np.uint8)
    save_array(folder / "images.npy", images)
    save_array(folder / "labels.npy", labels)


def _pixels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(values * 256).astype(np.uint8).reshape(-1, 28, 28)


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write a .npy that appears whole or not at all."""
    with half_written(path) as (part, out):
        np.lib.format.write_array(out, np.ascontiguousarray(array), allow_pickle=False)
        out.flush()
        part.replace(path)


CONVERTERS: Mapping[str, Callable[[Mapping[str, Path], Path], None]] = {"mnist": convert_mnist}
