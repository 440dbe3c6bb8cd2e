"""What the feedback part shows: confusion, worst examples, calibration, as the grader stored it."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from studyhub.base.charts import percent

NOTABLE = 8
MANY = 25
MOST_CLASSES = 12  # a wider table would not fit a phone
SHOWN = 8


@dataclass(frozen=True)
class Cell:
    text: str
    classes: str


@dataclass(frozen=True)
class Row:
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Confusion:
    """`weakest` names the class with the fewest right, such as "7, 89 % right"."""

    names: list[str]
    rows: list[Row]
    weakest: str
    examples: int


@dataclass(frozen=True)
class Worst:
    truth: str
    said: str
    sure: str
    image_url: str
    words: str = ""  # the example as text, or what the lab calls it


def confusion_of(feedback: Mapping[str, Any]) -> Confusion | None:
    table = feedback.get("confusion")
    if not table or len(table["labels"]) > MOST_CLASSES:
        return None
    names, matrix = [str(name) for name in table["labels"]], table["matrix"]
    shares = [(line[i] / sum(line), names[i]) for i, line in enumerate(matrix) if sum(line)]
    share, name = min(shares, default=(1.0, ""))
    return Confusion(
        names,
        [
            Row(names[i], [_cell(count, line, i == j) for j, count in enumerate(line)])
            for i, line in enumerate(matrix)
        ],
        f"{name}, {percent(share)} right" if name and share < 1 else "",
        sum(sum(line) for line in matrix),
    )


def _cell(count: int, line: list[int], diagonal: bool) -> Cell:
    if diagonal:
        total = sum(line)
        return Cell(_whole_percent(count, total) if total else "·", "d")
    classes = "c2" if count >= MANY else "c1" if count >= NOTABLE else ""
    return Cell(str(count) if count else "·", classes)


def _whole_percent(count: int, total: int) -> str:
    """100 only where all are right, 0 only where none is."""
    rounded = round(100 * count / total)
    return str(min(max(rounded, int(count > 0)), 100 - int(count < total)))


@dataclass(frozen=True)
class Pair:
    """Two classes that were taken for one another, and how often."""

    truth: str
    said: str
    count: int


def most_confused(feedback: Mapping[str, Any]) -> list[Pair]:
    """The pairs that are confused most, the worst first."""
    return [
        Pair(str(pair["actual"]), str(pair["predicted"]), int(pair["count"]))
        for pair in feedback.get("most_confused", [])
    ]


def worst_of(feedback: Mapping[str, Any], run_id: int) -> list[Worst]:
    return [
        Worst(
            str(example["actual"]),
            str(example["predicted"]),
            percent(example["confidence"], 0) if example.get("confidence") is not None else "",
            reverse("run-worst", args=(run_id, place)) if example.get("picture") else "",
            str(example.get("caption") or ""),
        )
        for place, example in enumerate(feedback.get("worst", [])[:SHOWN])
    ]


def picture(feedback: Mapping[str, Any], place: int) -> bytes | None:
    """The PNG of one worst example; None where there is none."""
    worst = feedback.get("worst", [])
    encoded = worst[place].get("picture") if place < len(worst) else None
    if not encoded:
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
