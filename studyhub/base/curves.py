"""Line charts of what a training run logged, as SVG markup (see charts.py for the rules)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

HEIGHT = 210
TOP, BOTTOM = 14.0, 186.0
GUTTER = 0.09
MOST_POINTS = 240
MOST_LINES = 3
LARGEST, SMALLEST = 1e150, 1e-150
SCORES = ("acc", "auc", "f1", "score", "precision", "recall")
RATES = ("lr", "learning_rate", "rate")


@dataclass(frozen=True)
class Series:
    """One named line: points are (step, value), steps ascending."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Panel:
    """One chart: series that share a scale, and a sentence that says what it shows."""

    title: str
    svg: str
    series: tuple[Series, ...]

    def rows(self, most: int = 12) -> list[tuple[str, list[str]]]:
        """The same as a table: at most `most` steps, one cell for each series."""
        steps = sorted({step for line in self.series for step, _ in line.points})
        if len(steps) > most:
            last = len(steps) - 1
            steps = sorted({steps[round(i * last / (most - 1))] for i in range(most)})
        known = [dict(line.points) for line in self.series]
        return [
            (f"{step:g}", [_number(values[step]) if step in values else "" for values in known])
            for step in steps
        ]


def panels(series: Iterable[Series]) -> list[Panel]:
    """Losses in one chart, scores in another; learning rates stay in the log."""
    kept = [_finite(line) for line in series if line.name.lower() not in RATES]
    kept = [line for line in kept if line.points]
    scores = [line for line in kept if any(word in line.name.lower() for word in SCORES)]
    losses = [line for line in kept if line not in scores]
    return [
        Panel(title, draw(title, lines[:MOST_LINES]), tuple(lines[:MOST_LINES]))
        for title, lines in (("Loss", losses), ("Score", scores))
        if lines
    ]


def draw(title: str, lines: Sequence[Series]) -> str:
    """An SVG with a horizontal grid, the lines, and each line's name and last value at its end."""
    first = min(line.points[0][0] for line in lines)
    last = max(line.points[-1][0] for line in lines)
    values = [value for line in lines for _, value in line.points]
    low, high, ticks = _scale(min(values), max(values))

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low)

    span = (last - first) or 1.0
    parts = []
    for tick in ticks:
        at = y(tick)
        parts.append(f'<line class="grid" x1="0" x2="100%" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="0" y="{at - 4:.1f}">{_number(tick, 6)}</text>')
    drawn = []
    for line in lines:
        points = " ".join(f"{step - first:g},{y(value):.1f}" for step, value in _thin(line.points))
        drawn.append(f'<polyline class="line {_stroke(line, lines)}" points="{points}"/>')
    left, width = -GUTTER * span / (1 - GUTTER), span / (1 - GUTTER)
    parts.append(
        f'<svg x="0" y="0" width="100%" height="{HEIGHT}" viewBox="{left:g} 0 {width:g} {HEIGHT}"'
        f' preserveAspectRatio="none">{"".join(drawn)}</svg>'
    )
    for line in lines:
        if len(line.points) == 1:
            at = y(line.points[0][1])
            tone = "f-recall" if _is_valid(line) else "f-skill"
            parts.append(f'<circle class="{tone}" cx="{100 * GUTTER:g}%" cy="{at:.1f}" r="4.5"/>')
    ends = _apart([(y(line.points[-1][1]), line) for line in lines])
    for at, line in ends:
        words = f"{line.name} {_number(line.points[-1][1])}"
        tone = _tone(line, lines)
        parts.append(
            f'<text class="last strong {tone}" x="99.6%" y="{at:.1f}">{escape(words)}</text>'
        )
    parts.append(f'<text x="9%" y="206">step {first:g}</text>')
    if last > first:
        parts.append(f'<text class="last" x="100%" y="206">{last:g}</text>')
    said = ", ".join(f"{line.name} now {_number(line.points[-1][1])}" for line in lines)
    return (
        f'<svg class="chart" height="{HEIGHT}" role="img"'
        f' aria-label="{escape(title)} while training: {escape(said)}">{"".join(parts)}</svg>'
    )


def trend(line: Series) -> str:
    """ "falling", "rising" or "flat" over the last quarter of a line, for a sentence beside it."""
    tail = [value for _, value in line.points[-max(4, len(line.points) // 4) :]]
    if len(tail) < 4:
        return "flat"
    half = len(tail) // 2
    before, after = sum(tail[:half]) / half, sum(tail[half:]) / (len(tail) - half)
    change = (after - before) / max(abs(before), 1e-9)
    return "falling" if change < -0.02 else "rising" if change > 0.02 else "flat"


def _finite(line: Series) -> Series:
    """Without what no scale holds: NaN, infinities, and numbers so large that a span overflows."""
    kept = tuple(p for p in line.points if abs(p[0]) < LARGEST and abs(p[1]) < LARGEST)
    return Series(line.name[:24], kept)


def _is_valid(line: Series) -> bool:
    return any(word in line.name.lower() for word in ("val", "test"))


def _stroke(line: Series, lines: Sequence[Series]) -> str:
    return {"t-recall": "s-recall", "t-skill": "s-skill", "": "s-ink"}[_tone(line, lines)]


def _tone(line: Series, lines: Sequence[Series]) -> str:
    """Validation is the blue thread, training the ochre one; a third line is ink."""
    valid = next((other for other in lines if _is_valid(other)), None)
    train = next((other for other in lines if other is not valid), None)
    return "t-recall" if line is valid else "t-skill" if line is train else ""


def _thin(points: Sequence[Point]) -> Sequence[Point]:
    if len(points) <= MOST_POINTS:
        return points
    last = len(points) - 1
    return [points[round(i * last / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]


def _apart(ends: list[tuple[float, Series]], gap: float = 15) -> list[tuple[float, Series]]:
    """Where the labels at the line ends go: the upper line's above it, the others' below theirs
    while there is room down there, else above as well; never over one another."""
    first, *rest = sorted(ends, key=lambda end: end[0])
    below: list[tuple[float, Series]] = []
    for at, line in rest:
        floor = below[-1][0] + gap if below else 0.0
        below.append((max(at + gap, floor), line))
    if below and below[-1][0] > BOTTOM - 3:
        above = first[0] - 8 - gap * len(rest)
        stacked = [(above + gap * i, line) for i, (_, line) in enumerate([first, *rest])]
        return [(max(TOP + gap * i, at), line) for i, (at, line) in enumerate(stacked)]
    return [(max(TOP, first[0] - 8), first[1]), *below]


def _scale(low: float, high: float) -> tuple[float, float, list[float]]:
    """A round scale with about four steps; it starts at zero unless the values are far from it."""
    start = 0.0 if 0 <= low <= 0.6 * high or low == high >= 0 else low
    span = high - start
    step = _round_step((span if span > SMALLEST else max(abs(high), 1.0)) / 4)
    start = math.floor(start / step + 1e-9) * step
    count = max(1, math.ceil((high - start) / step - 1e-9))
    ticks = [start + i * step for i in range(count + 1)]
    return ticks[0], ticks[-1], ticks


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)


def _number(value: float, places: int = 3) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 1000 or abs(value) < 0.001:
        return f"{value:.2g}"
    return f"{value:.{places}f}".rstrip("0").rstrip(".")
