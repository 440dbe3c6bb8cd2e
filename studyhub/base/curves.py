"""Line charts of what a program told while it ran, as SVG markup (see charts for the rules).

The lines of a run stand in front; one line of each earlier run can be laid under them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studyhub.base.charts.marks import chart, text

Point = tuple[float, float]

HEIGHT = 210
TOP, BOTTOM = 14.0, 186.0
GUTTER = 0.09
MOST_POINTS = 240
MOST_LINES = 3
MOST_BESIDE = 3
LARGEST, SMALLEST = 1e150, 1e-150
SCORES = ("acc", "auc", "f1", "score", "precision", "recall")
RATES = ("lr", "learning_rate", "rate")
_THREADS = {"valid": "recall", "train": "skill", "": "ink"}
_LABEL_GAP = 15.0


@dataclass(frozen=True)
class Series:
    """One named line: points are (step, value), steps ascending."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Beside:
    """All lines of another run, which `name` tells apart, such as "run 15"."""

    name: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Panel:
    """One chart: series that share a scale, and the lines of other runs under them."""

    title: str
    svg: str
    series: tuple[Series, ...]
    beside: tuple[Series, ...] = ()

    @property
    def compared(self) -> str:
        """The name of the line that other runs lie under."""
        return _lead(self.series).name

    @property
    def columns(self) -> list[str]:
        theirs = [f"{self.compared}, {line.name}" for line in self.beside]
        return [*(line.name for line in self.series), *theirs]

    def rows(self, most: int = 12) -> list[tuple[str, list[str]]]:
        """The same as a table: at most `most` steps, one cell for each line, as it was logged."""
        lines = (*self.series, *self.beside)
        steps = sorted({step for line in lines for step, _ in line.points})
        if len(steps) > most:
            last = len(steps) - 1
            steps = sorted({steps[round(i * last / (most - 1))] for i in range(most)})
        known = [dict(line.points) for line in lines]
        return [
            (f"{step:g}", [_number(values[step]) if step in values else "" for values in known])
            for step in steps
        ]


def panels(
    series: Iterable[Series], beside: Sequence[Beside] = (), *, smoothing: float = 0.0
) -> list[Panel]:
    """Losses in one chart, scores in another; learning rates stay in the log.

    Of each other run one line is laid under each chart: the one that is named like this run's
    validation line, or like its first one. `smoothing` is a weight from 0 to below 1; see `smooth`.
    """
    kept = [_finite(line) for line in series if line.name.lower() not in RATES]
    kept = [line for line in kept if line.points]
    scores = [line for line in kept if any(word in line.name.lower() for word in SCORES)]
    losses = [line for line in kept if line not in scores]
    found = []
    for title, lines in (("Loss", losses[:MOST_LINES]), ("Score", scores[:MOST_LINES])):
        if lines:
            others = _comparable(lines, beside)
            said = f"{title} while training"
            svg = draw(said, lines, others, smoothing=smoothing)
            found.append(Panel(title, svg, tuple(lines), tuple(others)))
    return found


def draw(
    said: str,
    lines: Sequence[Series],
    beside: Sequence[Series] = (),
    *,
    smoothing: float = 0.0,
    across: str = "step",
    threads: bool = True,
) -> str:
    """An SVG with a horizontal grid, the lines, and each line's name and last value at its end.

    `across` names what the horizontal axis counts. Without `threads` lines are ink, on a scale
    from zero: what is drawn are amounts, neither training nor validation.
    """
    every = [*lines, *beside]
    first = min(line.points[0][0] for line in every)
    last = max(line.points[-1][0] for line in every)
    values = [value for line in every for _, value in line.points]
    if not threads:
        values.append(0.0)
    low, high, ticks = _scale(min(values), max(values))

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low)

    span = (last - first) or 1.0

    def polyline(points: Sequence[Point], classes: str) -> str:
        places = " ".join(f"{step - first:g},{y(value):.1f}" for step, value in _thin(points))
        return f'<polyline class="line {classes}" points="{places}"/>'

    parts = []
    for tick in ticks:
        at = y(tick)
        parts.append(f'<line class="grid" x1="0" x2="100%" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(text("0", round(at - 4, 1), _number(tick, 6)))
    drawn = []
    ends = []
    for place, line in enumerate(beside):
        shown = smooth(line.points, smoothing)
        drawn.append(polyline(shown, f"past p{place}"))
        ends.append((y(shown[-1][1]), line, ""))
    for line in lines:
        thread = _THREADS[_role(line, lines)] if threads else "ink"
        shown = smooth(line.points, smoothing)
        if smoothing:
            drawn.append(polyline(line.points, f"raw s-{thread}"))
        drawn.append(polyline(shown, f"s-{thread}"))
        ends.append((y(shown[-1][1]), line, f"t-{thread}" if thread != "ink" else ""))
        if len(line.points) == 1:
            at = y(line.points[0][1])
            tone = "f-recall" if thread == "recall" else "f-skill"
            parts.append(f'<circle class="{tone}" cx="{100 * GUTTER:g}%" cy="{at:.1f}" r="4.5"/>')
    left, width = -GUTTER * span / (1 - GUTTER), span / (1 - GUTTER)
    parts.append(
        f'<svg x="0" y="0" width="100%" height="{HEIGHT}" viewBox="{left:g} 0 {width:g} {HEIGHT}"'
        f' preserveAspectRatio="none">{"".join(drawn)}</svg>'
    )
    for at, line, tone in _apart(ends):
        strong = "" if line in beside else "strong "
        words = f"{line.name} {_number(line.points[-1][1])}"
        parts.append(text("99.6%", round(at, 1), words, f"last {strong}{tone}".strip()))
    parts.append(text("9%", 206, f"{across} {first:g}"))
    if last > first:
        parts.append(text("100%", 206, f"{last:g}", "last"))
    told = ", ".join(f"{line.name} now {_number(line.points[-1][1])}" for line in every)
    return chart(HEIGHT, f"{said}: {told}", parts)


def smooth(points: Sequence[Point], weight: float) -> Sequence[Point]:
    """An exponential moving average without the pull of its start towards zero.

    `weight` from 0 (as it is) to below 1 is the share that the past keeps at each point. The
    correction is that of Adam (Kingma and Ba, 2015, section 3), as TensorBoard draws its curves.
    """
    if not 0 < weight < 1:
        return points
    smoothed: list[Point] = []
    kept, share = 0.0, 0.0
    for step, value in points:
        kept = weight * kept + (1 - weight) * value
        share = weight * share + (1 - weight)
        smoothed.append((step, kept / share))
    return smoothed


def trend(line: Series) -> str:
    """ "falling", "rising" or "flat" over the last quarter of a line, for a sentence beside it."""
    tail = [value for _, value in line.points[-max(4, len(line.points) // 4) :]]
    if len(tail) < 4:
        return "flat"
    half = len(tail) // 2
    before, after = sum(tail[:half]) / half, sum(tail[half:]) / (len(tail) - half)
    change = (after - before) / max(abs(before), 1e-9)
    return "falling" if change < -0.02 else "rising" if change > 0.02 else "flat"


def _comparable(lines: Sequence[Series], beside: Sequence[Beside]) -> list[Series]:
    """The one line of each other run that belongs under these, under the run's name."""
    lead = _lead(lines)
    found = []
    for run in beside[:MOST_BESIDE]:
        same = next((line for line in run.series if line.name[:24] == lead.name), None)
        line = _finite(same) if same is not None else None
        if line is not None and line.points:
            found.append(Series(run.name, line.points))
    return found


def _lead(lines: Sequence[Series]) -> Series:
    """The line that runs are compared by."""
    return next((line for line in lines if _is_valid(line)), lines[0])


def _finite(line: Series) -> Series:
    """Without what no scale holds: NaN, infinities, and numbers so large that a span overflows."""
    kept = tuple(p for p in line.points if abs(p[0]) < LARGEST and abs(p[1]) < LARGEST)
    return Series(line.name[:24], kept)


def _is_valid(line: Series) -> bool:
    return any(word in line.name.lower() for word in ("val", "test"))


def _role(line: Series, lines: Sequence[Series]) -> str:
    """Validation is the blue thread, training the ochre one; a third line is ink."""
    valid = next((other for other in lines if _is_valid(other)), None)
    train = next((other for other in lines if other is not valid), None)
    return "valid" if line is valid else "train" if line is train else ""


def _thin(points: Sequence[Point]) -> Sequence[Point]:
    if len(points) <= MOST_POINTS:
        return points
    last = len(points) - 1
    return [points[round(i * last / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]


def _apart(ends: list[tuple[float, Series, str]]) -> list[tuple[float, Series, str]]:
    """Where the labels at the line ends go: the upper line's above it, the others' below theirs
    while there is room down there, else above as well; never over one another."""
    ordered = sorted(ends, key=lambda end: end[0])
    wanted = [at - 8 if place == 0 else at + _LABEL_GAP for place, (at, _, _) in enumerate(ordered)]
    places: list[float] = []
    for at in wanted:
        places.append(max(at, places[-1] + _LABEL_GAP if places else TOP))
    lowest = BOTTOM - 3
    if len(places) > 1 and places[-1] > lowest:
        highest = max(TOP, ordered[0][0] - 8 - _LABEL_GAP * (len(places) - 1))
        places = [highest + _LABEL_GAP * place for place in range(len(places))]
    return [(at, line, tone) for at, (_, line, tone) in zip(places, ordered, strict=True)]


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
    if abs(value) >= 1e6 or abs(value) < 0.001:
        return f"{value:.2g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{places}f}".rstrip("0").rstrip(".")
