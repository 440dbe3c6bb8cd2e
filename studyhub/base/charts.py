"""Charts as SVG markup, drawn by the server.

x and widths are per cent, y is pixels: text keeps its size on every width. Position is by
attribute only, never by style, so the pages hold a strict content security policy. Every
text that comes from a learner (metric names) is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

THIN_SPACE = "\u202f"
GRADES = ("pass", "good", "excellent")


def percent(share: float, digits: int = 1) -> str:
    """0.943 -> "94.3 %" with a narrow no-break space; never rounds a miss up to 100."""
    value = round(100 * share, digits)
    if value >= 100 and share < 1:
        value = 100 - 10**-digits
    return f"{value:.{digits}f}{THIN_SPACE}%"


def _text(x: str, y: float, words: str, classes: str = "") -> str:
    return f'<text class="{classes}" x="{x}" y="{y:g}">{escape(words)}</text>'


# --- where you stand -------------------------------------------------------------------


def recall_bar(share: float | None) -> str:
    """A bar that grows leftwards from the middle; dots alone where nothing was started."""
    dots = '<path class="s-dots" d="M0 7h2000"/>'
    if share is None:
        return f'<svg aria-hidden="true">{dots}</svg>'
    width = max(2.0, min(100.0, 100 * share))
    left = 100 - width
    return (
        f'<svg aria-hidden="true">{dots}'
        f'<rect class="f-ground" x="{left:.1f}%" width="{width:.1f}%" height="14"/>'
        f'<rect class="f-recall" x="{left:.1f}%" width="{width:.1f}%" height="14" rx="7"/></svg>'
    )


def skill_bar(grade: str | None, *, started: bool) -> str:
    """Three steps for pass, good and excellent; dots where no lab was started."""
    if grade is None and not started:
        return '<svg aria-hidden="true"><path class="s-dots" d="M0 7h2000"/></svg>'
    reached = GRADES.index(grade) + 1 if grade in GRADES else 0
    steps = "".join(
        f'<rect class="{"f-skill" if step < reached else "f-line"}"'
        f' x="{33.6 * step:.1f}%" width="32.8%" height="14"/>'
        for step in range(3)
    )
    return f'<svg aria-hidden="true">{steps}</svg>'


# --- the year --------------------------------------------------------------------------

WEEKS = 53
SIZES = (3, 7, 9, 11, 13)


def _level(count: int, full: int) -> int:
    return 0 if count <= 0 else min(4, 1 + int(4 * (count - 1) / max(1, full)))


def heat_map(counts: Mapping[date, int], today: date) -> str:
    """One square per day of the last 53 weeks; size and shade both grow with the reviews."""
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    studied = sorted(n for day, n in counts.items() if n > 0 and first <= day <= today)
    full = studied[int(0.9 * (len(studied) - 1))] if studied else 1
    marks: list[str] = []
    month_at = -4
    for week in range(WEEKS):
        monday = first + timedelta(weeks=week)
        if monday.day <= 7 and week - month_at >= 3 and week < WEEKS - 1:
            marks.append(f'<text x="{2 + 15 * week}" y="11">{monday:%b}</text>')
            month_at = week
        for weekday in range(7):
            day = monday + timedelta(days=weekday)
            if day > today:
                break
            level = _level(counts.get(day, 0), full)
            size = SIZES[level]
            x, y = 8.5 + 15 * week - size / 2, 24.5 + 14.5 * weekday - size / 2
            marks.append(
                f'<rect class="h{level}" x="{x:g}" y="{y:g}"'
                f' width="{size}" height="{size}" rx="1.5"/>'
            )
    total, days = sum(studied), len(studied)
    label = (
        f"Reviews per day over the last twelve months: {days} days with study, {total:,} reviews"
    )
    return (
        '<svg class="heat chart" viewBox="0 0 800 120" preserveAspectRatio="xMaxYMid slice"'
        f' role="img" aria-label="{label}">{"".join(marks)}</svg>'
    )


# --- the next two weeks ----------------------------------------------------------------


def forecast_bars(days: Sequence[tuple[date, int]]) -> str:
    """Cards due per day; the first day and the fullest one carry their number."""
    peak = max((count for _, count in days), default=0)
    fullest = next((i for i, (_, count) in enumerate(days) if count == peak and count), 0)
    slot = 100 / max(1, len(days))
    parts = ['<line class="grid" x1="0" x2="100%" y1="112.5" y2="112.5"/>']
    for i, (day, count) in enumerate(days):
        middle = slot * (i + 0.5)
        height = 88 * count / peak if peak else 0
        strong = " strong" if i == 0 else ""
        if count:
            parts.append(
                f'<rect class="{"f-recall" if i == 0 else "h2"}" x="{middle - 0.36 * slot:.2f}%"'
                f' y="{112 - height:.1f}" width="{0.72 * slot:.2f}%" height="{height:.1f}" rx="3"/>'
            )
        if count and i in (0, fullest):
            parts.append(_text(f"{middle:.2f}%", 106 - height, str(count), "mid" + strong))
        parts.append(_text(f"{middle:.2f}%", 132, f"{day:%a}"[0], "mid" + strong))
    first = days[0][1] if days else 0
    label = f"Cards due per day for {len(days)} days: {first} today, at most {peak}"
    return f'<svg class="chart" height="138" role="img" aria-label="{label}">{"".join(parts)}</svg>'


# --- the bar of a lab ------------------------------------------------------------------


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
            return f"{value:.3f}".rstrip("0").rstrip(".")
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
    for name, value in bar.good_marks.items():
        x = f"{scale(value):.1f}%"
        parts.append(f'<line class="s-ink" x1="{x}" x2="{x}" y1="42" y2="70"/>')
        parts.append(_text(x, 17, name.capitalize(), "mid strong"))
        parts.append(_text(x, 34, bar.words(value), "mid"))
    low_row = _below(bar, scale)
    parts += low_row.parts
    spoken = ", ".join(f"{name} {bar.words(value)}" for name, value in _spoken(bar))
    label = escape(f"{metric.capitalize()} scale: {spoken}")
    return (
        f'<svg class="chart" height="{low_row.height}" role="img"'
        f' aria-label="{label}">{"".join(parts)}</svg>'
    )


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
        self.left = math.log2(1.35 * max(marks + base))
        room = 3.2 if bar.is_share else 1.12
        self.right = math.log2(min(marks) / room)

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
    for name, value, half in (("Baseline", bar.baseline, 9.5), ("Reference", bar.reference, 11.0)):
        if value is None:
            continue
        x = scale(value)
        parts.append(f'<circle class="f-sheet s-ink" cx="{x:.1f}%" cy="58" r="5.5"/>')
        at, anchor = _label(x, half)
        parts += [
            _text(at, 92, name, anchor),
            _text(at, 109, bar.words(value), anchor),
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
            parts.append(f'<line class="grid" x1="{x:.1f}%" x2="{x:.1f}%" y1="68" y2="118"/>')
        parts.append(
            f'<svg x="{x:.1f}%" y="58" overflow="visible">'
            '<path class="f-sheet s-ink" d="M0-9 9 0 0 9-9 0z"/></svg>'
        )
        parts += [
            _text(at, 92 + drop, "You", anchor + " strong"),
            _text(at, 109 + drop, bar.words(bar.you), anchor + " strong"),
        ]
    return _LowRow(parts, height)


def _label(x: float, half: float) -> tuple[str, str]:
    """Where a label goes and how it is anchored, so that it never leaves the chart."""
    if x < half:
        return "0%", ""
    if x > 100 - half:
        return "100%", "last"
    return f"{x:.1f}%", "mid"
