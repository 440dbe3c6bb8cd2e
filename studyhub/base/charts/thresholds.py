"""The bar of a lab: thresholds, baseline, reference and you."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from studyhub.base.charts.marks import percent, text
from studyhub.base.words import decimals

#: Marks nearer than this, in per cent, have labels that meet on the narrowest chart (320 px).
CLOSE = 19.0
LIFT, LIFTED = 36, "lifted"
#: Half of what these labels take, in per cent of that chart.
BASELINE_HALF, REFERENCE_HALF = 9.5, 11.0


@dataclass(frozen=True)
class Bar:
    """What the threshold chart shows; None leaves a mark out. `higher` is the good direction."""

    good_marks: Mapping[str, float]
    baseline: float | None = None
    reference: float | None = None
    you: float | None = None
    higher: bool = True
    is_share: bool = True

    def words(self, value: float) -> str:
        if not self.is_share:
            said = decimals(value, 3)
            return said.rstrip("0").rstrip(".") if "e" not in said else said
        exact = abs(100 * value - round(100 * value)) < 1e-9
        return percent(value, 0 if exact and value < 1 else 1)


def threshold_bar(bar: Bar, metric: str) -> str:
    """Drawn by error on a log scale: each equal stretch to the right halves the mistakes."""
    scale = _ErrorScale(bar)
    parts = ['<rect class="f-line" x="0" y="52" width="100%" height="12"/>']
    if bar.you is not None:
        parts.append(
            f'<rect class="f-skill" x="0" y="52" width="{scale(bar.you):.1f}%" height="12"/>'
        )
    places = [scale(value) for value in bar.good_marks.values()]
    leaning = _leaning(places)
    for (name, value), anchor in zip(bar.good_marks.items(), leaning, strict=True):
        x = f"{scale(value):.1f}%"
        parts.append(f'<line class="s-ink" x1="{x}" x2="{x}" y1="42" y2="70"/>')
        above = 34
        if anchor == LIFTED:
            anchor, above = "mid", 34 - LIFT
            parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{above + 5}" y2="42"/>')
        parts.append(text(x, above - 17, name.capitalize(), f"{anchor} strong".strip()))
        parts.append(text(x, above, bar.words(value), anchor))
    low_row = _below(bar, scale)
    parts += low_row.parts
    height = low_row.height
    if LIFTED in leaning:
        height += LIFT
        parts = [f'<svg y="{LIFT}" overflow="visible">', *parts, "</svg>"]
    spoken = ", ".join(f"{name} {bar.words(value)}" for name, value in _spoken(bar))
    label = escape(f"{metric.capitalize()} scale: {spoken}")
    return (
        f'<svg class="chart" height="{height}" role="img"'
        f' aria-label="{label}">{"".join(parts)}</svg>'
    )


def _leaning(places: Sequence[float]) -> list[str]:
    """How each label stands at its mark: where two would meet on a phone they lean apart, and one
    between two others stands above them."""
    close = [after - before < CLOSE for before, after in pairwise(places)]
    anchors = []
    for index in range(len(places)):
        before = index > 0 and close[index - 1]
        after = index < len(close) and close[index]
        anchors.append(LIFTED if before and after else "" if before else "last" if after else "mid")
    return anchors


def _spoken(bar: Bar) -> list[tuple[str, float]]:
    marks = [*bar.good_marks.items()]
    for name, value in (
        ("baseline", bar.baseline),
        ("reference", bar.reference),
        ("your run", bar.you),
    ):
        if value is not None:
            marks.append((name, value))
    return sorted(marks, key=lambda mark: mark[1], reverse=not bar.higher)


class _ErrorScale:
    """Value -> per cent of the width. Anything worse or better than the ends stands at the end."""

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        marks = [self.error(value) for value in bar.good_marks.values()]
        base = [self.error(bar.baseline)] if bar.baseline is not None else []
        if bar.is_share:
            self.left = math.log2(1.35 * max(marks + base))
            self.right = math.log2(min(marks) / 3.2)
            return
        # Errors without an upper end lie close together: what is named fills the width.
        best = [self.error(bar.reference)] if bar.reference is not None else []
        named = [math.log2(error) for error in marks + base + best]
        margin = 0.12 * ((max(named) - min(named)) or 1.0)
        self.left, self.right = max(named) + margin, min(named) - margin

    def error(self, value: float) -> float:
        return max(1e-6, (1 - value) if self.bar.higher else value)

    def __call__(self, value: float) -> float:
        at = (self.left - math.log2(self.error(value))) / (self.left - self.right)
        return max(1.5, min(98.5, 100 * at))


@dataclass(frozen=True)
class _LowRow:
    parts: list[str]
    height: int


def _below(bar: Bar, scale: _ErrorScale) -> _LowRow:
    """Baseline, reference and you under the bar; where labels would meet, yours moves down."""
    parts: list[str] = []
    taken: list[tuple[float, float]] = []
    apart = _apart(bar, scale)
    for name, value, half, aside in (
        ("Baseline", bar.baseline, BASELINE_HALF, -apart),
        ("Reference", bar.reference, REFERENCE_HALF, apart),
    ):
        if value is None:
            continue
        x = scale(value)
        parts.append(f'<circle class="f-sheet s-ink" cx="{x:.1f}%" cy="58" r="5.5"/>')
        x += aside
        at, anchor = _label(x, half)
        parts += [
            text(at, 92, name, anchor),
            text(at, 109, bar.words(value), anchor),
        ]
        centre = min(max(x, half), 100 - half)
        taken.append((centre - half, centre + half))
    height = 116
    if bar.you is not None:
        x = scale(bar.you)
        low = any(left < x + 8 and x - 8 < right for left, right in taken)
        drop = 40 if low else 0
        height += drop
        at, anchor = _label(x, 8)
        if low:
            parts.append(f'<line class="grid" x1="{x:.1f}%" x2="{x:.1f}%" y1="113" y2="119"/>')
        parts.append(
            f'<svg x="{x:.1f}%" y="58" overflow="visible">'
            '<path class="f-sheet s-ink" d="M0-9 9 0 0 9-9 0z"/></svg>'
        )
        parts += [
            text(at, 92 + drop, "You", anchor + " strong"),
            text(at, 109 + drop, bar.words(bar.you), anchor + " strong"),
        ]
    return _LowRow(parts, height)


def _apart(bar: Bar, scale: _ErrorScale) -> float:
    """How far baseline's and reference's labels step aside, where they would meet; below 0 where
    the reference stands on the left."""
    if bar.baseline is None or bar.reference is None:
        return 0.0
    gap = scale(bar.reference) - scale(bar.baseline)
    return math.copysign(max(0.0, BASELINE_HALF + REFERENCE_HALF + 1.5 - abs(gap)) / 2, gap)


def _label(x: float, half: float) -> tuple[str, str]:
    """Where a label goes and how it is anchored, so that it never leaves the chart."""
    if x < half:
        return "0%", ""
    if x > 100 - half:
        return "100%", "last"
    return f"{x:.1f}%", "mid"
