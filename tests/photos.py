"""Real photos of pets, where this machine has them, and fewer of them for quick tests."""

import csv
import io
import zipfile
from pathlib import Path

from labs.datasets import fetch, locate
from labs.domain.errors import LabsError
from tests.revlogs import SHARED

#: Not part of the product; see `require` in conftest for what its absence means.
MIRROR = SHARED / "data"
ABSENT = "neither are the pet photos fetched nor is there a mirror of them"
WEIGHTS = "tf_efficientnet_lite0.safetensors"


def three_breeds(data: Path, home: Path) -> Path | None:
    """`photos.zip` of three breeds: fetched, or brought from the mirror into `home`; else None."""
    for find in (
        lambda: locate("pets-three", data),
        lambda: fetch("pets-three", home, mirror=MIRROR),
    ):
        try:
            return find()["photos.zip"]
        except LabsError:
            continue
    return None


def fewer(photos: Path, target: Path, *, every: int) -> Path:
    """The same archive with one photo of so many."""
    with zipfile.ZipFile(photos) as old, zipfile.ZipFile(target, "w") as new:
        index = list(csv.DictReader(io.StringIO(old.read("index.csv").decode())))[::every]
        rows = "".join(f"{row['id']},{row['breed']}\n" for row in index)
        new.writestr("index.csv", f"id,breed\n{rows}")
        for row in index:
            for member in (f"images/{row['id']}.jpg", f"trimaps/{row['id']}.png"):
                new.writestr(member, old.read(member))
    return target
