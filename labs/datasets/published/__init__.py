"""The data sets that labs use, one module each: where they come from, and how they are read."""

from labs.datasets.descriptions import Archive, DataSet, SourceFile
from labs.datasets.published.adult import ADULT
from labs.datasets.published.efficientnet import EFFICIENTNET
from labs.datasets.published.imdb import IMDB
from labs.datasets.published.mnist import MNIST
from labs.datasets.published.movielens import MOVIELENS
from labs.datasets.published.pets import PETS, PETS_THREE
from labs.domain.errors import DatasetUnknown

__all__ = ["Archive", "DataSet", "SourceFile", "catalogue", "data_set"]

_CATALOGUE = (MNIST, IMDB, ADULT, MOVIELENS, EFFICIENTNET, PETS, PETS_THREE)


def catalogue() -> tuple[DataSet, ...]:
    return _CATALOGUE


def data_set(name: str) -> DataSet:
    """Raises DatasetUnknown, with the names there are."""
    for known in _CATALOGUE:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in _CATALOGUE)
    raise DatasetUnknown(f"There is no data set '{name}'.", cure=f"Known are: {names}.")
