"""How the predicted recall of one card fell after each review and rose with the next."""

from __future__ import annotations

from collections.abc import Sequence

from studyhub.base.charts.marks import chart, percent, text

TOP, FLOOR, HEIGHT = 24.0, 140.0, 166.0
#: Room at the left for the labels of the scale, in per cent of the width.
GUTTER = 13.0
Point = tuple[float, float]


def recall_curve(
    falls: Sequence[Sequence[Point]],
    said: str,
    *,
    days: float,
    today: float,
    aim: float,
    ends: tuple[str, str],
) -> str:
    """One falling line for each review; points are (day since the first, recall 0 to 1).

    `days` is the length of the scale, `today` a place on it, `aim` the desired retention; `ends`
    are the words below the left and the right end.
    """
    low = 0.0 if min((r for fall in falls for _, r in fall), default=1.0) < 0.5 else 0.5

    def x(day: float) -> float:
        return GUTTER + (100 - GUTTER) * day / max(days, 1.0)

    def y(recall: float) -> float:
        return FLOOR - (FLOOR - TOP) * (recall - low) / (1 - low)

    parts = []
    for tick in (low, (1 + low) / 2, 1.0):
        at = f"{y(tick):.1f}"
        parts.append(f'<line class="grid" x1="{GUTTER:g}%" x2="100%" y1="{at}" y2="{at}"/>')
        parts.append(text("0", y(tick) + 4, percent(tick, 0)))
    at = f"{y(aim):.1f}"
    parts.append(f'<line class="s-ink dashed" x1="{GUTTER:g}%" x2="100%" y1="{at}" y2="{at}"/>')
    drawn = "".join(
        '<polyline class="line s-recall" points="'
        + " ".join(f"{day:.2f},{y(recall):.1f}" for day, recall in fall)
        + '"/>'
        for fall in falls
    )
    parts.append(
        f'<svg x="{GUTTER:g}%" y="0" width="{100 - GUTTER:g}%" height="{HEIGHT:g}"'
        f' viewBox="0 0 {max(days, 1.0):g} {HEIGHT:g}" preserveAspectRatio="none">{drawn}</svg>'
    )
    for fall in falls:
        parts.append(
            f'<circle class="f-recall" cx="{x(fall[0][0]):.2f}%" cy="{y(fall[0][1]):.1f}" r="4"/>'
        )
    here = f"{x(today):.2f}%"
    parts.append(f'<line class="s-ink" x1="{here}" x2="{here}" y1="{TOP:g}" y2="{FLOOR:g}"/>')
    middle = 16 < x(today) < 90
    anchor = "mid" if middle else "last" if x(today) >= 90 else ""
    parts.append(text(here, 11, "today", f"{anchor} strong".strip()))
    parts.append(text(f"{GUTTER:g}%", FLOOR + 20, ends[0]))
    parts.append(text("100%", FLOOR + 20, ends[1], "last"))
    return chart(HEIGHT, said, parts)
