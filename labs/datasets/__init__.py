"""Data sets: what there is, what is here, and bringing the rest."""

from labs.datasets.catalogue import DataSet, catalogue, data_set
from labs.datasets.fetching import fetch, locate, locate_all
from labs.datasets.progress import Progress, Stage

__all__ = ["DataSet", "Progress", "Stage", "catalogue", "data_set", "fetch", "locate", "locate_all"]
