"""Reads what a learner's `predict` returned: bytes that nobody vouches for.

Size, type and shape are those that the lab asks for; the bytes only get to say whether they agree.
Nothing is unpickled, and no array is made before its length is known to fit.
"""

import io
import tokenize
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from labs.domain.errors import PredictionsRejected
from labs.domain.exercise import AnswerKind, AnswerSpec
from labs.grading.preparation import Prepared

HEADER_BYTES = 4_096
LARGEST_EXTENT = 2**40
WIDEST_ITEM = 8
SMALLEST_MAP, LARGEST_MAP = 7, 56  # cells along a side
LARGEST_NUMBER = 1e100  # whose square is still a number
SHOWN = 5

# What numpy's header reader raises on hostile bytes (found by fuzzing it).
_UNREADABLE = (
    ValueError,
    TypeError,
    SyntaxError,
    KeyError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)


@dataclass(frozen=True)
class Predictions:
    """One answer per hidden input, (m,) or (m, h, h) of maps, and the (m, classes) probabilities
    where given."""

    values: NDArray[Any]
    probabilities: NDArray[np.float64] | None = None


def parse_predictions(raw: bytes, prepared: Prepared) -> Predictions:
    """Raises PredictionsRejected, worded for the learner who wrote `predict`."""
    answer = prepared.answer
    asked = _Asked(prepared.count, answer)
    array = _read_array(raw, asked)
    _check_shape(array, asked)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise _not_finite(array)
    if answer.kind is not AnswerKind.LABELS:
        _check_size(array)
        return Predictions(array.astype(np.float64))
    if array.ndim == 2:
        probabilities = array.astype(np.float64)
        return Predictions(np.array(answer.values)[probabilities.argmax(axis=1)], probabilities)
    return Predictions(_labels(array, answer))


@dataclass(frozen=True)
class _Asked:
    """What must come: so many answers of this kind."""

    count: int
    answer: AnswerSpec

    @property
    def is_maps(self) -> bool:
        return self.answer.kind is AnswerKind.MAPS

    @property
    def numbers(self) -> int:
        """The most that an answer of this kind may hold."""
        return LARGEST_MAP**2 if self.is_maps else max(1, len(self.answer.values))

    @property
    def axes(self) -> int:
        return 3 if self.is_maps else 2

    def fits(self, shape: tuple[int, ...]) -> bool:
        if self.is_maps:
            side = shape[-1] if shape else 0
            return shape == (self.count, side, side) and SMALLEST_MAP <= side <= LARGEST_MAP
        return shape == (self.count,) or (
            self.answer.kind is AnswerKind.LABELS and shape == (self.count, self.numbers)
        )

    @property
    def expected(self) -> str:
        if self.is_maps:
            return (
                f"Return one square map per input, in the order of the inputs: shape ({self.count},"
                f" h, h), with h from {SMALLEST_MAP} to {LARGEST_MAP}."
            )
        said = f"Return one answer per input, in the order of the inputs: shape ({self.count},)"
        if self.numbers > 1:
            said += f", or ({self.count}, {self.numbers}) for probabilities"
        return f"{said}."


def _read_array(raw: bytes, asked: _Asked) -> NDArray[Any]:
    """The array in the bytes, if it is plain numbers of exactly the size that its header names."""
    most = asked.count * asked.numbers
    if len(raw) > HEADER_BYTES + most * WIDEST_ITEM:
        raise PredictionsRejected(
            "too-large",
            f"predict returned {len(raw):,} bytes, far more than {asked.count:,} answers need.",
            detail=asked.expected,
        )
    stream = io.BytesIO(raw)
    try:
        version = npy.read_magic(stream)
        if version == (1, 0):
            shape, fortran, dtype = npy.read_array_header_1_0(stream, max_header_size=HEADER_BYTES)
        elif version == (2, 0):
            shape, fortran, dtype = npy.read_array_header_2_0(stream, max_header_size=HEADER_BYTES)
        else:
            raise ValueError(f"version {version}")
    except _UNREADABLE as broken:
        raise PredictionsRejected(
            "not-an-array",
            "What predict returned did not arrive as an array.",
            detail="Return a numpy array, a torch tensor or a list of numbers.",
        ) from broken
    if dtype.kind not in "biuf" or dtype.itemsize > WIDEST_ITEM:
        raise PredictionsRejected(
            "wrong-type",
            f"predict returned an array of {_type_name(dtype)}.",
            detail="Return plain numbers, such as np.array(labels, dtype=int).",
        )
    if not all(0 <= extent <= LARGEST_EXTENT for extent in shape):
        raise _wrong_shape((0,), asked)
    size = 1
    for extent in shape:
        size *= extent
    body = raw[stream.tell() :]
    if len(shape) > asked.axes or size > most or len(body) != size * dtype.itemsize:
        raise _wrong_shape(shape, asked)
    return np.frombuffer(body, dtype=dtype).reshape(shape, order="F" if fortran else "C")


def _check_shape(array: NDArray[Any], asked: _Asked) -> None:
    if not asked.fits(array.shape):
        raise _wrong_shape(array.shape, asked)


def _check_size(array: NDArray[Any]) -> None:
    largest = float(np.abs(array.astype(np.float64)).max(initial=0.0))
    if largest > LARGEST_NUMBER:
        raise PredictionsRejected(
            "too-large-numbers",
            f"predict returned numbers up to {largest:.3g}.",
            detail="The training has probably diverged: try a lower learning rate, and log the"
            " loss. np.clip keeps answers in the range that the brief names.",
        )


def _labels(array: NDArray[Any], answer: AnswerSpec) -> NDArray[np.int64]:
    strange = array[~np.isin(array, answer.values)]
    if len(strange):
        found = ", ".join(f"{value:g}" for value in np.unique(strange)[:SHOWN].astype(float))
        allowed = _listed(answer.values)
        raise PredictionsRejected(
            "unknown-labels",
            f"predict returned other labels than {allowed}: {found}.",
            detail=f"{len(strange):,} of {len(array):,} predictions are not {allowed}. Turn class"
            " numbers or outputs of a network into labels before you return them.",
        )
    return array.astype(np.int64)


def _not_finite(array: NDArray[Any]) -> PredictionsRejected:
    nan, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    found = [f"{nan:,} NaN"] * (nan > 0) + [f"{infinite:,} infinite"] * (infinite > 0)
    return PredictionsRejected(
        "not-finite",
        f"predict returned {' and '.join(found)} among {array.size:,} values.",
        detail="The training has probably diverged: try a lower learning rate, and log the loss.",
    )


def _wrong_shape(shape: tuple[int, ...], asked: _Asked) -> PredictionsRejected:
    count = asked.count
    if len(shape) == 1:
        values = "1 value" if shape[0] == 1 else f"{shape[0]:,} values"
        message = f"predict returned {values}, {count:,} inputs were given."
    else:
        message = f"predict returned an array of shape {shape}, {count:,} inputs were given."
    detail = asked.expected
    if shape == (count, 1) and not asked.is_maps:
        detail += " Drop the last axis with .squeeze(1)."
    return PredictionsRejected("wrong-shape", message, detail=detail)


def _type_name(dtype: np.dtype[Any]) -> str:
    return {"O": "Python objects", "U": "texts", "S": "bytes", "c": "complex numbers"}.get(
        dtype.kind, str(dtype)[:60]
    )


def _listed(values: tuple[int, ...]) -> str:
    names = [str(value) for value in values]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
