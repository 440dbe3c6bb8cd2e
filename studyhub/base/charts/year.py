"""The year as squares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

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
