"""Numbers that were answered beside what turned out to be true."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from studyhub.base.charts.marks import chart, text
from studyhub.base.charts.shares import GUTTER

TOP, FLOOR, HEIGHT = 28.0, 216.0, 258.0
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Answered:
    """A group of examples: its mean answer, and what was true with an interval of confidence."""

    answer: float
    actual: float
    low: float
    high: float


def answered_against_true(shown: Sequence[Answered], said: str) -> str:
    """Dots at (answered, true); on the slanted line answers are right on average."""
    values = [value for dot in shown for value in (dot.answer, dot.actual, dot.low, dot.high)]
    ticks = _ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]

    def x(value: float) -> float:
        return GUTTER + (97 - GUTTER) * (value - low) / (high - low)

    def y(value: float) -> float:
        return FLOOR - (FLOOR - TOP) * (value - low) / (high - low)

    parts = []
    for tick in ticks:
        ends = f'x1="{GUTTER}%" x2="100%" y1="{y(tick):.1f}" y2="{y(tick):.1f}"'
        parts.append(f'<line class="grid" {ends}/>')
        parts.append(text("0%", y(tick) + 4, f"{tick:g}"))
        parts.append(text(f"{x(tick):.2f}%", 234, f"{tick:g}", "mid"))
    parts.append(
        f'<line class="s-ink dashed" x1="{GUTTER}%" x2="97%" y1="{FLOOR:g}" y2="{TOP:g}"/>'
    )
    for dot in shown:
        at = f"{x(dot.answer):.2f}%"
        ends = f'x1="{at}" x2="{at}" y1="{y(dot.low):.1f}" y2="{y(dot.high):.1f}"'
        parts.append(f'<line class="whisker" {ends}/>')
        parts.append(f'<circle class="f-skill" cx="{at}" cy="{y(dot.actual):.1f}" r="4.5"/>')
    parts.append(text("0%", 10, "true"))
    parts.append(text("100%", 252, "answered", "last"))
    return chart(HEIGHT, said, parts)


def _ticks(low: float, high: float) -> list[float]:
    """Four to seven round numbers that hold everything between them."""
    span = (high - low) or max(abs(high), 1.0)
    rough = span / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * part for part in STEPS if power * part >= rough)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [round(place * step, 12) for place in range(first, last + 1)]
