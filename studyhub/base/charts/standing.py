"""Where you stand: recall grows to the left, skill in steps to the right."""

from __future__ import annotations

GRADES = ("pass", "good", "excellent")


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
