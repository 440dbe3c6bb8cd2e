"""What a learner is shown where answers are maps: from the feedback part, never the graded one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labs.grading.maps import pixel_aucs, pointing_hits, resized
from labs.grading.photos import SIDE, picture_base64, small_photo
from labs.grading.predictions import Predictions
from labs.grading.preparation import Truth

WORST = 12
_MARK = 3  # pixels around the highest place
_HEAT = np.array([255, 64, 0], dtype=np.float64)


def map_feedback(truth: Truth, given: Predictions, photos: Sequence[Path] | None) -> dict[str, Any]:
    """Both metrics of the feedback part, and its worst maps laid on their photos, as JSON.

    `worst` begins with the maps that rank the animal's pixels lowest. Its `picture` is a PNG in
    base64, red where the map is high, with a white mark at the highest place; null without photos.
    """
    shown = np.flatnonzero(~truth.final)
    if not len(shown):
        return {}
    hits = pointing_hits(truth.targets[shown], given.values[shown])
    aucs = pixel_aucs(truth.targets[shown], given.values[shown])
    order = np.lexsort((aucs, hits >= 0.5))[:WORST]
    return {
        "examples": len(shown),
        "mistakes": int((hits < 0.5).sum()),
        "pointing_game": round(float(hits.mean()), 4),
        "pixel_auc": round(float(aucs.mean()), 4),
        "worst": [
            {
                "actual": "the animal",
                "predicted": "the background" if hits[row] < 0.5 else "the animal",
                "confidence": None,
                "picture": None if photos is None else _picture(photos[at], given.values[at]),
                "caption": None,
            }
            for row, at in ((row, shown[row]) for row in order)
        ],
    }


def _picture(photo: Path, values: NDArray[np.float64]) -> str | None:
    pixels = small_photo(photo)
    if pixels is None:
        return None
    heat = resized(values[None], SIDE)[0]
    low, high = float(heat.min()), float(heat.max())
    share = ((heat - low) / (high - low or 1.0))[..., None]
    mixed = pixels * (1 - 0.6 * share) + _HEAT * 0.6 * share
    row, column = divmod(int(heat.argmax()), SIDE)
    mark = np.s_[max(0, row - _MARK) : row + _MARK + 1, max(0, column - _MARK) : column + _MARK + 1]
    mixed[mark] = 255
    return picture_base64(np.clip(np.rint(mixed), 0, 255).astype(np.uint8))
