"""Photos of cats and dogs by breed, each cut, turned and lit a little differently than published.

The breeds of the published photos are known to everybody, and a table of their hashes would know
the hidden ones. So no photo is handed out as it was published: it is cut by a few per cent, turned
by a few degrees, mirrored half the time, lit otherwise, made noisy and encoded anew, without name
or EXIF. Training photos are treated alike, so that a validation set measures the same thing.
"""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KEPT = (0.68, 0.88)  # of each side
STRETCH = 0.04  # of the sides' ratio, as a logarithm, each way
TURN = 8.0  # degrees, each way
LIGHT = 0.06  # of each colour, as a logarithm, each way
NOISE = 4  # steps of 1/255, up or down
QUALITY = (80, 92)  # of JPEG
WEIGHTS = "tf_efficientnet_lite0.safetensors"

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Photos:
    """`ids` name the published photos, `labels` are places in `classes`."""

    ids: Sequence[str]
    labels: NDArray[np.int64]
    classes: Sequence[str]
    archive: Path
    weights: Path

    def member(self, row: int) -> str:
        return f"images/{self.ids[row].removeprefix('pets/')}.jpg"


def load(files: Mapping[str, Path]) -> Photos:
    archive = files["photos.zip"]
    with zipfile.ZipFile(archive) as opened:
        index = list(csv.DictReader(io.TextIOWrapper(opened.open("index.csv"), "utf-8")))
    classes = sorted({row["breed"] for row in index})
    return Photos(
        ids=[f"pets/{row['id']}" for row in index],
        labels=np.array([classes.index(row["breed"]) for row in index]),
        classes=classes,
        archive=archive,
        weights=files[WEIGHTS],
    )


def training(pool: Photos, rows: Rows, random: np.random.Generator) -> dict[str, object]:
    return {
        "train_x": inputs(pool, rows, random),
        "train_y": pool.labels[rows],
        "classes": [name.replace("_", " ") for name in pool.classes],
        "weights": pool.weights,
    }


def inputs(pool: Photos, rows: Rows, random: np.random.Generator) -> list[bytes]:
    """JPEG files. Each has random numbers of its own, so they can be made beside each other."""
    seeds = random.integers(2**63, size=len(rows))
    with zipfile.ZipFile(pool.archive) as archive, ThreadPoolExecutor() as threads:
        published = (archive.read(pool.member(row)) for row in rows)
        return list(threads.map(disguise, published, seeds))


def truth(pool: Photos, rows: Rows) -> NDArray[np.int64]:
    return pool.labels[rows]


def disguise(photo: bytes, seed: int) -> bytes:
    """The JPEG file of another photo of the same animal, as far as its pixels go.

    Cutting, stretching and turning are one affine map, so the photo is interpolated once.
    """
    random = np.random.default_rng(seed)
    with Image.open(io.BytesIO(photo)) as opened:
        image = opened.convert("RGB")
    angle = np.deg2rad(random.uniform(-TURN, TURN))
    cos, sin, side = np.cos(angle), np.sin(angle), random.choice([-1.0, 1.0])
    kept, ratio = random.uniform(*KEPT), np.exp(random.uniform(-STRETCH, STRETCH))
    wide, high = kept * ratio * image.width, kept / ratio * image.height
    across, along = wide * cos + high * abs(sin), wide * abs(sin) + high * cos
    fitting = min(1.0, image.width / across, image.height / along)  # no empty corners
    wide, high, across, along = (fitting * each for each in (wide, high, across, along))
    middle_x = random.uniform(across / 2, image.width - across / 2)
    middle_y = random.uniform(along / 2, image.height - along / 2)
    left = middle_x - (side * cos * wide - sin * high) / 2
    top = middle_y - (side * sin * wide + cos * high) / 2
    moved = image.transform(
        (round(wide), round(high)),
        Image.Transform.AFFINE,
        (side * cos, -sin, left, side * sin, cos, top),
        resample=Image.Resampling.BICUBIC,
    )
    pixels = np.asarray(moved) * np.exp(random.uniform(-LIGHT, LIGHT, 3))
    noisy = pixels + random.integers(-NOISE, NOISE, pixels.shape, endpoint=True)
    encoded = io.BytesIO()
    plain = Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    plain.save(encoded, "JPEG", quality=int(random.integers(*QUALITY)))
    return encoded.getvalue()
