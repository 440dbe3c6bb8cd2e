"""Small PNG pictures of hidden photos, decoded and encoded anew, for a run's page."""

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

SIDE = 112  # pixels, as the page shows them
_COLOURS = 128  # a palette keeps a dozen pictures in a grade below 150 kB
_UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


def photo_base64(path: Path) -> str | None:
    """The middle square of a photo; None where the file is none."""
    pixels = small_photo(path)
    return None if pixels is None else picture_base64(pixels)


def small_photo(path: Path) -> NDArray[np.uint8] | None:
    """(SIDE, SIDE, 3): the middle square of a photo; None where the file is none."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (SIDE, SIDE))
            return np.array(ImageOps.fit(image.convert("RGB"), (SIDE, SIDE)))
    except _UNREADABLE:
        return None


def picture_base64(pixels: NDArray[np.uint8]) -> str:
    out = io.BytesIO()
    Image.fromarray(pixels).quantize(_COLOURS).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")
