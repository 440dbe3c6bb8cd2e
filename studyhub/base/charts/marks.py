"""Words and marks that all charts share. Every text is escaped here."""

from __future__ import annotations

from html import escape

THIN_SPACE = "\u202f"


def percent(share: float, digits: int = 1) -> str:
    """0.943 -> "94.3 %" with a narrow no-break space; never rounds a miss up to 100."""
    value = round(100 * share, digits)
    if value >= 100 and share < 1:
        value = 100 - 10**-digits
    return f"{value:.{digits}f}{THIN_SPACE}%"


def text(x: str, y: float, words: str, classes: str = "") -> str:
    """A label; `x` is per cent or pixels, `y` the base line in pixels."""
    return f'<text class="{classes}" x="{x}" y="{y:g}">{escape(words)}</text>'


def chart(height: float, said: str, parts: list[str], classes: str = "") -> str:
    """The SVG of a chart; `said` is what it shows, for those who do not see it."""
    return (
        f'<svg class="{f"chart {classes}".strip()}" height="{height:g}" role="img"'
        f' aria-label="{escape(said)}">{"".join(parts)}</svg>'
    )
