"""Parts of a whole, as one bar per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studyhub.base.charts.marks import chart, percent, text

TONES = ("h0", "h1", "h2", "f-recall")
#: What a percentage and a letter take of the narrowest chart (320 px), in per cent.
NUMBER, LETTER = 9.0, 2.4


@dataclass(frozen=True)
class Stack:
    """A row: its name, words about its size, and the shares of its parts (together 1)."""

    name: str
    words: str
    shares: Sequence[float]


def stacks(rows: Sequence[Stack], parts: Sequence[str], said: str) -> str:
    """`parts` names the parts from left to right; each is named below its piece of the bar."""
    drawn: list[str] = []
    for index, row in enumerate(rows):
        y = 64 * index
        drawn.append(text("0%", y + 14, row.name, "strong"))
        drawn.append(text("100%", y + 14, row.words, "last"))
        left = 0.0
        for part, share, tone in zip(parts, row.shares, TONES, strict=False):
            width = 100 * share
            if width > 0.2:
                drawn.append(
                    f'<rect class="{tone}" x="{left:.2f}%" y="{y + 22}"'
                    f' width="{max(width - 0.4, 0.2):.2f}%" height="14"/>'
                )
            if width >= NUMBER:
                named = width >= NUMBER + LETTER * (len(part) + 1)
                words = f"{part} {percent(share, 0)}" if named else percent(share, 0)
                drawn.append(text(f"{left:.2f}%", y + 51, words))
            left += width
    return chart(64 * len(rows) - 8, said, drawn)
