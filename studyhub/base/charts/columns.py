"""Columns: counts by day, by hour, or by the bins of a histogram."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studyhub.base.charts.marks import chart, text

TOP, FLOOR, HEIGHT = 24.0, 112.0, 138.0


@dataclass(frozen=True)
class Column:
    """`value` is drawn solid; `more` lighter on top of it. `strong` columns are set off."""

    value: float
    more: float = 0.0
    strong: bool = False

    @property
    def total(self) -> float:
        return self.value + self.more


def columns(
    shown: Sequence[Column],
    said: str,
    *,
    below: Mapping[int, str],
    numbers: Mapping[int, str],
    edges: bool = False,
    median_at: float | None = None,
) -> str:
    """Columns of equal width from left to right.

    `below` has words under a column, `numbers` words above one, both by index; where numbers would
    meet, the first of them is kept. With `edges` the
    words stand under the left edge of the column instead: bounds of bins. `median_at` is a place
    counted in columns from the left, marked by a line.
    """
    slot = 100 / max(1, len(shown))
    peak = max((column.total for column in shown), default=0.0) or 1.0
    parts = [f'<line class="grid" x1="0" x2="100%" y1="{FLOOR + 0.5}" y2="{FLOOR + 0.5}"/>']
    for index, column in enumerate(shown):
        parts += _column(column, slot * (index + 0.14), 0.72 * slot, peak)
    if median_at is not None:
        ends = 'x1="{0:.2f}%" x2="{0:.2f}%"'.format(slot * median_at)
        parts.append(f'<line class="s-ink dashed" {ends} y1="16" y2="{FLOOR:g}"/>')
        parts.append(_placed(slot * median_at, 11, "half below", 12.0, "strong"))
    taken = [] if median_at is None else [(slot * median_at, 12.0)]
    for index, words in numbers.items():
        half = _half(words)
        if any(abs(slot * (index + 0.5) - x) < half + other for x, other in taken):
            continue
        taken.append((slot * (index + 0.5), half))
        y = FLOOR - 6 - (FLOOR - TOP) * shown[index].total / peak
        strong = "strong" if shown[index].strong else ""
        parts.append(_placed(slot * (index + 0.5), y, words, half, strong))
    for index, words in below.items():
        x = slot * index if edges else slot * (index + 0.5)
        is_strong = not edges and shown[index].strong
        parts.append(_placed(x, 132, words, _half(words), "strong" if is_strong else ""))
    return chart(HEIGHT, said, parts)


def spread_labels(count: int, most: int) -> list[int]:
    """At most `most` places from 0 to count - 1, first and last included, evenly apart."""
    if count <= most:
        return list(range(count))
    steps = max(1, most - 1)
    return sorted({round(step * (count - 1) / steps) for step in range(steps + 1)})


def _column(column: Column, x: float, width: float, peak: float) -> list[str]:
    parts = []
    lower = (FLOOR - TOP) * column.value / peak
    upper = (FLOOR - TOP) * column.more / peak
    radius = 3 if width > 1.2 else 1
    shape = f'x="{x:.2f}%" width="{width:.2f}%" rx="{radius}"'
    if column.more > 0:
        parts.append(
            f'<rect class="h1" {shape} y="{FLOOR - lower - upper:.1f}" height="{upper:.1f}"/>'
        )
    if column.value > 0:
        tone = "f-recall" if column.strong else "h3"
        parts.append(
            f'<rect class="{tone}" {shape} y="{FLOOR - lower:.1f}" height="{max(lower, 1):.1f}"/>'
        )
    return parts


def _half(words: str) -> float:
    """Half of what these words take of the narrowest chart (320 px), in per cent."""
    return math.ceil(len(words) * 7 / 3.2) / 2


def _placed(x: float, y: float, words: str, half: float, classes: str) -> str:
    """Centred on x; at an end of the chart it leans on the edge instead."""
    if x < half:
        return text("0%", y, words, classes)
    if x > 100 - half:
        return text("100%", y, words, f"last {classes}")
    return text(f"{x:.2f}%", y, words, f"mid {classes}")
