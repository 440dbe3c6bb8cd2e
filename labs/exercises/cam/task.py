"""Square crops of photos that put the animal anywhere, and where it is in them.

On whole photos a blob in the middle points at the animal nine times of ten. So crops are drawn at
random, several dozen for each photo, and chosen together: so that over all hidden crops each
place of the square lies on an animal equally often. A map that does not look at the photo is then
right as often as chance, wherever it points. Trimaps stay outside of every sandbox.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FITTING = (0.03, 0.35)  # share of a photo that is animal: of a close-up no crop has it aside
SIDE = (0.5, 0.9)  # of a crop, in short sides of the photo
SHARE = (0.06, 0.45)  # of a crop that is animal
VISIBLE = 0.3  # of the animal, at least
DRAWN = 400  # crops of a photo; of those that fit, so many are chosen from:
OFFERED = 50
CELLS = 14  # along a side, in which places are counted
ROUNDS = 6
MASK = 56  # pixels along a side of a mask
KEPT = (0.85, 0.97)  # of a training photo's sides
LIGHT = 0.06  # of each colour, as a logarithm, each way
NOISE = 4  # steps of 1/255, up or down
QUALITY = (80, 92)  # of JPEG
ANIMAL, BACKGROUND, OUTLINE = 1, 2, 3  # in a trimap
WEIGHTS = "tf_efficientnet_lite0.safetensors"

Rows = NDArray[np.intp]


class Crop(NamedTuple):
    left: float
    top: float
    side: float
    mirrored: bool


@dataclass(frozen=True)
class Photos:
    """`names` and `labels` of all photos; the first ones, as many as `ids`, can be asked.

    `crops` are those of the hidden photos, by row, once `inputs` has chosen them.
    """

    ids: Sequence[str]
    names: Sequence[str]
    labels: NDArray[np.int64]
    classes: Sequence[str]
    archive: Path
    weights: Path
    crops: dict[int, Crop] = field(default_factory=dict)

    def photos(self, rows: Sequence[int] | Rows) -> Iterator[bytes]:
        """The published JPEG files."""
        with zipfile.ZipFile(self.archive) as archive:
            for row in rows:
                yield archive.read(f"images/{self.names[row]}.jpg")

    def trimaps(self, rows: Rows) -> Iterator[NDArray[np.uint8]]:
        with zipfile.ZipFile(self.archive) as archive:
            for row in rows:
                yield _pixels(archive.read(f"trimaps/{self.names[row]}.png"))


def load(files: Mapping[str, Path]) -> Photos:
    archive = files["photos.zip"]
    with zipfile.ZipFile(archive) as opened:
        index = list(csv.DictReader(io.TextIOWrapper(opened.open("index.csv"), "utf-8")))
        trimaps = (_pixels(opened.read(f"trimaps/{row['id']}.png")) for row in index)
        animal = [float((trimap == ANIMAL).mean()) for trimap in trimaps]
    fits = [FITTING[0] <= share <= FITTING[1] for share in animal]
    classes = sorted({row["breed"] for row in index})
    order = sorted(range(len(index)), key=lambda row: not fits[row])
    return Photos(
        ids=[f"cam/{index[row]['id']}" for row in order if fits[row]],
        names=[index[row]["id"] for row in order],
        labels=np.array([classes.index(index[row]["breed"]) for row in order]),
        classes=classes,
        archive=archive,
        weights=files[WEIGHTS],
    )


def _pixels(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as opened:
        return np.asarray(opened)


def training(pool: Photos, rows: Rows, random: np.random.Generator) -> dict[str, object]:
    """Whole photos, nearly: also those of which no crop could be asked."""
    shown = random.permutation([*rows, *range(len(pool.ids), len(pool.names))])
    seeds = random.integers(2**63, size=len(shown))
    with ThreadPoolExecutor() as threads:
        photos = list(threads.map(_training_photo, pool.photos(shown), seeds))
    return {
        "train_x": photos,
        "train_y": pool.labels[shown],
        "classes": [name.replace("_", " ") for name in pool.classes],
        "weights": pool.weights,
    }


def _training_photo(published: bytes, seed: int) -> bytes:
    random = np.random.default_rng(seed)
    photo = Image.open(io.BytesIO(published)).convert("RGB")
    size = np.array(photo.size) * random.uniform(*KEPT)
    left, top = random.uniform(0, np.array(photo.size) - size)
    box = (left, top, left + size[0], top + size[1])
    moved = photo.resize(tuple(np.rint(size).astype(int)), Image.Resampling.BICUBIC, box=box)
    return disguise(moved, random.random() < 0.5, random)


def inputs(pool: Photos, rows: Rows, random: np.random.Generator) -> dict[str, object]:
    found = [_fitting_crops(trimap == ANIMAL, random) for trimap in pool.trimaps(rows)]
    chosen = balanced([covered for _, covered in found], random)
    pool.crops.update(
        {row: crops[at] for row, (crops, _), at in zip(rows, found, chosen, strict=True)}
    )
    seeds = random.integers(2**63, size=len(rows))
    with ThreadPoolExecutor() as threads:
        crops = [pool.crops[row] for row in rows]
        photos = list(threads.map(_hidden_photo, pool.photos(rows), crops, seeds))
    return {"photos": photos, "labels": pool.labels[rows]}


def _hidden_photo(published: bytes, crop: Crop, seed: int) -> bytes:
    left, top, side, mirrored = crop
    box = (left, top, left + side, top + side)
    size = (round(side), round(side))
    photo = Image.open(io.BytesIO(published)).convert("RGB")
    square = photo.resize(size, Image.Resampling.BICUBIC, box=box)
    return disguise(square, mirrored, np.random.default_rng(seed))


def truth(pool: Photos, rows: Rows) -> NDArray[np.uint8]:
    """(m, MASK, MASK): 1 the animal, 0 the background, 2 its outline, which counts as neither."""
    seen = zip(pool.trimaps(rows), rows, strict=True)
    return np.stack([_mask(trimap, pool.crops[row]) for trimap, row in seen])


def _mask(trimap: NDArray[np.uint8], crop: Crop) -> NDArray[np.uint8]:
    steps = (np.arange(MASK) + 0.5) / MASK * crop.side
    across, along = (crop.left + steps).astype(int), (crop.top + steps).astype(int)
    seen = trimap[np.ix_(along, across[::-1] if crop.mirrored else across)]
    return np.where(seen == OUTLINE, 2, seen == ANIMAL).astype(np.uint8)


def _fitting_crops(
    animal: NDArray[np.bool_], random: np.random.Generator
) -> tuple[list[Crop], NDArray[np.float64]]:
    """Crops of one photo with a fair part of the animal, and what share of each cell it covers."""
    high, wide = animal.shape
    sums = np.zeros((high + 1, wide + 1))
    sums[1:, 1:] = animal.cumsum(0).cumsum(1)
    side = random.uniform(*SIDE, DRAWN) * min(high, wide)
    left, top = random.uniform(0, 1, (2, DRAWN)) * (np.array([[wide], [high]]) - side)
    edges = np.arange(CELLS + 1) / CELLS * side[:, None]
    across = np.rint(left[:, None] + edges).astype(int)
    along = np.rint(top[:, None] + edges).astype(int)
    corners = sums[along[:, :, None], across[:, None, :]]
    counts = np.diff(np.diff(corners, axis=1), axis=2)
    covered = counts / (np.diff(along)[:, :, None] * np.diff(across)[:, None, :])
    share, visible = covered.mean((1, 2)), counts.sum((1, 2)) / animal.sum()
    fits = (share >= SHARE[0]) & (share <= SHARE[1]) & (visible >= VISIBLE)
    if not fits.any():  # the one that comes nearest
        fits[np.argmin(abs(share - np.mean(SHARE)) + (visible < VISIBLE))] = True
    some = np.flatnonzero(fits)[:OFFERED]
    crops = [Crop(left[n], top[n], side[n], mirrored) for mirrored in (False, True) for n in some]
    return crops, np.concatenate([covered[some], covered[some][:, :, ::-1]])


def balanced(covered: Sequence[NDArray[np.float64]], random: np.random.Generator) -> list[int]:
    """One crop of each photo, so that together they cover all cells as evenly as can be.

    Twice: by how often a cell lies on an animal, which the pointing game rewards, and with each
    animal weighed by its size, as the area under the curve does. Photo by photo, the crop that
    evens the sums most, several times round.
    """
    features = []
    for cells in covered:
        share = cells.mean((1, 2), keepdims=True)
        both = np.stack([cells, cells / (5 * share * (1 - share))], axis=1)
        features.append(both.reshape(len(cells), 2, -1))
    chosen = [int(random.integers(len(each))) for each in features]
    total = sum(each[at] for each, at in zip(features, chosen, strict=True))
    for _ in range(ROUNDS):
        for photo in random.permutation(len(features)):
            others = total - features[photo][chosen[photo]]
            spread = (others + features[photo]).var(axis=2).sum(axis=1)
            chosen[photo] = int(spread.argmin())
            total = others + features[photo][chosen[photo]]
    return chosen


def disguise(image: Image.Image, mirrored: bool, random: np.random.Generator) -> bytes:
    """The photo lit a little differently, noisy, and encoded anew as JPEG."""
    if mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = np.asarray(image) * np.exp(random.uniform(-LIGHT, LIGHT, 3))
    noisy = pixels + random.integers(-NOISE, NOISE, pixels.shape, endpoint=True)
    encoded = io.BytesIO()
    plain = Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    plain.save(encoded, "JPEG", quality=int(random.integers(*QUALITY)))
    return encoded.getvalue()
