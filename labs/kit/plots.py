"""Curves as SVG text: what `run.figure` shows, and what any browser opens from a file."""

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 28, 48
_COLOURS = ("#1f6feb", "#c2410c", "#15803d", "#7c3aed", "#525252")

Points = Sequence[tuple[float, float]]


def line_plot(
    curves: Mapping[str, Points],
    *,
    across: str,
    up: str,
    marks: Mapping[str, float] | None = None,
    logarithmic: bool = False,
) -> str:
    """Named curves of (x, y) over one another; marks: named upright lines at some x.

    logarithmic: the x axis by powers of ten. Points that are not finite are left out.
    """
    shown = {
        name: [(math.log10(x) if logarithmic else x, y) for x, y in points if math.isfinite(y)]
        for name, points in curves.items()
    }
    everything = [point for points in shown.values() for point in points]
    if not everything:
        raise ValueError("There is no finite point to draw.")
    x_of = _scale([x for x, _ in everything], _LEFT, _WIDTH - _RIGHT)
    y_of = _scale([y for _, y in everything], _HEIGHT - _BOTTOM, _TOP)
    parts = [_axes(everything, logarithmic), _names(across, up)]
    for position, (name, points) in enumerate(shown.items()):
        colour = _COLOURS[position % len(_COLOURS)]
        path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(_text(_LEFT + 8 + 130 * position, 16, name, colour=colour))
    for position, (name, x) in enumerate((marks or {}).items()):
        at = x_of(math.log10(x) if logarithmic else x)
        line = f'x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"'
        parts.append(f'<line {line} stroke="#525252" stroke-dasharray="4 3"/>')
        parts.append(_text(at + 4, _TOP + 14 + 16 * position, f"{name} {x:.2g}"))
    frame = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return f'<svg {frame} font-family="sans-serif" font-size="12">{"".join(parts)}</svg>'


class _scale:
    """From values to pixels."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, high = min(values), max(values)
        self.start = start
        self.factor = (end - start) / ((high - self.low) or 1.0)

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * self.factor


def _axes(points: Points, logarithmic: bool) -> str:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    path = f"M{_LEFT} {_TOP}V{bottom}H{right}"
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low, high = (10**x if logarithmic else x for x in (min(xs), max(xs)))
    return (
        f'<path d="{path}" fill="none" stroke="#525252"/>'
        + _text(_LEFT, bottom + 16, f"{low:.3g}")
        + _text(right, bottom + 16, f"{high:.3g}", anchor="end")
        + _text(_LEFT - 6, bottom, f"{min(ys):.3g}", anchor="end")
        + _text(_LEFT - 6, _TOP + 10, f"{max(ys):.3g}", anchor="end")
    )


def _names(across: str, up: str) -> str:
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return _text(middle, _HEIGHT - 12, across, anchor="middle") + _text(4, 16, up)


def _text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = "#525252") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {at}>{escape(words)}</text>"
