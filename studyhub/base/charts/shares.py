"""Shares: a dot for what was seen, and a line for where the truth may lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from studyhub.base.charts.columns import spread_labels
from studyhub.base.charts.marks import chart, percent, text

GUTTER = 11.0  # per cent, for the scale's words
TOP, FLOOR, HEIGHT = 16.0, 176.0, 200.0


@dataclass(frozen=True)
class Share:
    """`low` to `high` is the interval of confidence; `weight` (0 to 1) sets the dot's size."""

    value: float
    low: float
    high: float
    weight: float = 1.0


def shares_over_time(
    shown: Sequence[Share | None], names: Sequence[str], asked: float, said: str
) -> str:
    """One dot per span, none where there is nothing; the share that was asked for as a line."""
    known = [share for share in shown if share is not None]
    scale = _Scale(min([share.value for share in known] + [asked]) - 0.05)
    parts = scale.grid()
    slot = (100 - GUTTER) / max(1, len(shown))
    y = scale(asked)
    parts.append(f'<line class="s-ink dashed" x1="{GUTTER}%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
    for index, share in enumerate(shown):
        if share is not None:
            parts += _dot(share, f"{GUTTER + slot * (index + 0.5):.2f}%", scale)
    parts.append(text("100%", y - 5, f"asked for {percent(asked, 0)}", "last strong"))
    places = spread_labels(len(names), 3)
    for place, index in enumerate(places):
        words = names[index]
        if len(places) > 1 and place == len(places) - 1:
            parts.append(text("100%", HEIGHT - 6, words, "last"))
        elif place == 0:
            parts.append(text(f"{GUTTER}%", HEIGHT - 6, words))
        else:
            x = GUTTER + slot * (index + 0.5)
            parts.append(text(f"{x:.2f}%", HEIGHT - 6, words, "mid"))
    return chart(HEIGHT, said, parts)


def predicted_against_seen(
    shown: Sequence[tuple[float, Share]],
    said: str,
    *,
    across: str = "predicted",
    upwards: str = "recalled",
    tone: str = "f-recall",
) -> str:
    """Dots at (predicted, seen); on the slanted line predictions come true."""
    lows = [min(predicted, share.value) for predicted, share in shown]
    scale = _Scale(min([*lows, 0.85]) - 0.03, top=28.0, floor=216.0)
    parts = scale.grid()

    def x(share: float) -> float:
        return GUTTER + (97 - GUTTER) * (share - scale.low) / (1 - scale.low)

    parts.append(
        f'<line class="s-ink dashed" x1="{GUTTER}%" x2="97%" y1="{scale(scale.low):.1f}"'
        f' y2="{scale(1.0):.1f}"/>'
    )
    for predicted, share in shown:
        parts += _dot(share, f"{x(predicted):.2f}%", scale, tone)
    ticks = scale.ticks()
    for tick in ticks[:: 2 if len(ticks) > 6 else 1]:
        last = tick > 0.999
        at = "100%" if last else f"{x(tick):.2f}%"
        parts.append(text(at, 234, percent(tick, 0), "last" if last else "mid"))
    parts.append(text("0%", 10, upwards))
    parts.append(text("100%", 252, across, "last"))
    return chart(258, said, parts)


@dataclass(frozen=True)
class ShareRow:
    """A row of `share_bars`: a name, the share, and words about it at the right."""

    name: str
    share: Share | None
    words: str


def share_bars(
    rows: Sequence[ShareRow],
    asked: float,
    said: str,
    *,
    most: float = 1.0,
    tone: str = "f-recall",
) -> str:
    """Bars from the left, one below the other, each under its name; a line for what was asked.

    most: the share that a bar over the whole width stands for.
    """
    parts: list[str] = []
    for index, row in enumerate(rows):
        y = 52 * index
        parts.append(text("0%", y + 14, row.name, "strong"))
        parts.append(text("100%", y + 14, row.words, "last"))
        parts.append(f'<rect class="f-line" x="0" y="{y + 22}" width="100%" height="10" rx="5"/>')
        if row.share is not None:
            width = 100 * row.share.value / most
            parts.append(
                f'<rect class="{tone}" x="0" y="{y + 22}" width="{width:.1f}%" height="10" rx="5"/>'
            )
            low, high = (100 * min(end / most, 1) for end in (row.share.low, row.share.high))
            ends = f'x1="{low:.1f}%" x2="{high:.1f}%"'
            parts.append(f'<line class="s-ink" {ends} y1="{y + 35}" y2="{y + 35}"/>')
        x = f"{100 * asked / most:.1f}%"
        parts.append(f'<line class="s-ink" x1="{x}" x2="{x}" y1="{y + 18}" y2="{y + 34}"/>')
    return chart(52 * len(rows) - 10, said, parts)


def _dot(share: Share, x: str, scale: _Scale, tone: str = "f-recall") -> list[str]:
    low, high = scale(share.low), scale(share.high)
    return [
        f'<line class="whisker" x1="{x}" x2="{x}" y1="{low:.1f}" y2="{high:.1f}"/>',
        f'<circle class="{tone}" cx="{x}" cy="{scale(share.value):.1f}"'
        f' r="{2.2 + 3 * math.sqrt(share.weight):.1f}"/>',
    ]


class _Scale:
    """Shares from a round low end to 1, upwards in pixels."""

    def __init__(self, low: float, top: float = TOP, floor: float = FLOOR) -> None:
        self.low = max(0.0, math.floor(10 * low + 1e-9) / 10)
        self.top, self.floor = top, floor

    def __call__(self, share: float) -> float:
        part = (max(share, self.low) - self.low) / (1 - self.low)
        return self.floor - (self.floor - self.top) * part

    def ticks(self) -> list[float]:
        step = 0.1 if self.low >= 0.4 else 0.2
        count = round((1 - self.low) / step + 0.499)
        found = [1 - step * place for place in range(count, -1, -1)]
        return [tick for tick in found if tick >= self.low - 1e-9]

    def grid(self) -> list[str]:
        parts = []
        for tick in self.ticks():
            y = self(tick)
            parts.append(f'<line class="grid" x1="{GUTTER}%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(text("0%", y + 4, percent(tick, 0)))
        return parts
