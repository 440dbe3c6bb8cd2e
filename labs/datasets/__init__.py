"""Data sets: what there is, what is here, and bringing the rest."""

from labs.datasets.fetching import fetch, fetch_or_instead
from labs.datasets.progress import Progress, Stage
from labs.datasets.published import DataSet, catalogue, data_set
from labs.datasets.ready import locate, locate_all

__all__ = [
    "DataSet",
    "Progress",
    "Stage",
    "catalogue",
    "data_set",
    "fetch",
    "fetch_or_instead",
    "locate",
    "locate_all",
]
