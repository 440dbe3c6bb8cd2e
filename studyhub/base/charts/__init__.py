"""Charts as SVG markup, drawn by the server.

x and widths are per cent, y is pixels: text keeps its size on every width. Position is by
attribute only, never by style, so the pages hold a strict content security policy. Every
text that comes from a learner (metric names) is escaped here.
"""

from studyhub.base.charts.columns import Column, columns, spread_labels
from studyhub.base.charts.marks import THIN_SPACE, percent
from studyhub.base.charts.numbers import Answered, answered_against_true
from studyhub.base.charts.shares import (
    Share,
    ShareRow,
    predicted_against_seen,
    share_bars,
    shares_over_time,
)
from studyhub.base.charts.stacks import Stack, stacks
from studyhub.base.charts.standing import GRADES, recall_bar, skill_bar
from studyhub.base.charts.thresholds import Bar, threshold_bar
from studyhub.base.charts.year import heat_map

__all__ = [
    "GRADES",
    "THIN_SPACE",
    "Answered",
    "Bar",
    "Column",
    "Share",
    "ShareRow",
    "Stack",
    "answered_against_true",
    "columns",
    "heat_map",
    "percent",
    "predicted_against_seen",
    "recall_bar",
    "share_bars",
    "shares_over_time",
    "skill_bar",
    "spread_labels",
    "stacks",
    "threshold_bar",
]
