"""The days to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from studyhub.base.charts.marks import text


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
            parts.append(text(f"{middle:.2f}%", 106 - height, str(count), "mid" + strong))
        parts.append(text(f"{middle:.2f}%", 132, f"{day:%a}"[0], "mid" + strong))
    first = days[0][1] if days else 0
    label = f"Cards due per day for {len(days)} days: {first} today, at most {peak}"
    return f'<svg class="chart" height="138" role="img" aria-label="{label}">{"".join(parts)}</svg>'
