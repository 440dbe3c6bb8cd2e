"""Small pictures of inputs, as PNG."""

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {2: 0, 3: 2}  # dimensions of the array -> grey or RGB
LARGEST_SIDE = 512


def is_picture(example: NDArray[Any]) -> bool:
    """Whether an array is an image: bytes, (height, width) or (height, width, 3), and small."""
    return (
        example.dtype == np.uint8
        and (example.ndim == 2 or (example.ndim == 3 and example.shape[2] == 3))
        and min(example.shape[:2]) > 0
        and max(example.shape[:2]) <= LARGEST_SIDE
    )


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The image losslessly; see the PNG specification, sections 5.3 and 11.2."""
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels).reshape(height, -1)
    unfiltered = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[pixels.ndim], 0, 0, 0)
    return (
        _SIGNATURE
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(unfiltered.tobytes(), 9))
        + _chunk(b"IEND", b"")
    )


def png_base64(pixels: NDArray[np.uint8]) -> str:
    return base64.b64encode(png(pixels)).decode("ascii")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
