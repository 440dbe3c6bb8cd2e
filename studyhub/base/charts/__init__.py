"""Charts as SVG markup, drawn by the server.

x and widths are per cent, y is pixels: text keeps its size on every width. Position is by
attribute only, never by style, so the pages hold a strict content security policy. Every
text that comes from a learner (metric names) is escaped here.
"""

from studyhub.base.charts.forecast import forecast_bars
from studyhub.base.charts.marks import THIN_SPACE, percent
from studyhub.base.charts.standing import GRADES, recall_bar, skill_bar
from studyhub.base.charts.thresholds import Bar, threshold_bar
from studyhub.base.charts.year import heat_map

__all__ = [
    "GRADES",
    "THIN_SPACE",
    "Bar",
    "forecast_bars",
    "heat_map",
    "percent",
    "recall_bar",
    "skill_bar",
    "threshold_bar",
]
