"""MovieLens 100k: which films people liked, from 1 to 5, in 1997 and 1998.

F. M. Harper, J. A. Konstan: The MovieLens Datasets, ACM TiiS 5(4), 2015.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from labs.datasets.conversion import save_columns
from labs.datasets.descriptions import Archive, DataSet, SourceFile

_KINDS: Mapping[str, Mapping[str, DTypeLike]] = {
    "ratings": {"user": np.int32, "item": np.int32, "rating": np.float32, "timestamp": np.int64},
    "items": {"item": np.int32, "title": np.str_, "year": np.int32, "genres": np.str_},
    "users": {
        "user": np.int32,
        "age": np.int32,
        "gender": np.str_,
        "occupation": np.str_,
        "zip": np.str_,
    },
}
_FILES = {"ratings": "ml-100k.inter", "items": "ml-100k.item", "users": "ml-100k.user"}


def convert(files: Mapping[str, Path], folder: Path) -> None:
    """ratings.npz, items.npz and users.npz, a column per name in _KINDS; times in Unix seconds.

    `genres` are words with a space between; `year` is 0 where the film's is not known.
    """
    for table, name in _FILES.items():
        with files[name].open(encoding="utf-8", newline="") as stream:
            _, *rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        columns = dict(zip(_KINDS[table], zip(*rows, strict=True), strict=True))
        if table == "items":
            columns["year"] = tuple(year if year.isdigit() else "0" for year in columns["year"])
        arrays = {key: np.array(columns[key], dtype=kind) for key, kind in _KINDS[table].items()}
        save_columns(folder / f"{table}.npz", arrays)


def _file(name: str, sha256: str, size: int) -> SourceFile:
    return SourceFile(
        name=name,
        sha256=sha256,
        size=size,
        archive=Archive(
            requirement="recbole==1.2.1",
            name="recbole-1.2.1-py3-none-any.whl",
            sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
            member=f"recbole/dataset_example/ml-100k/{name}",
            size=2_130_151,
        ),
    )


MOVIELENS = DataSet(
    name="movielens",
    title="MovieLens 100k",
    licence="for research, not to be passed on (GroupLens, University of Minnesota)",
    rows="100,000 ratings of 1,682 films by 943 people",
    files=(
        _file(
            "ml-100k.inter",
            "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
            1_979_230,
        ),
        _file(
            "ml-100k.item",
            "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
            66_632,
        ),
        _file(
            "ml-100k.user",
            "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
            22_697,
        ),
    ),
    convert=convert,
    products=("ratings.npz", "items.npz", "users.npz"),
)
