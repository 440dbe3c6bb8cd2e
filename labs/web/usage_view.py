"""What a run used while it ran: memory, processor, GPU, as the sandbox measured it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs import selectors
from studyhub.base.curves import Panel, Series, draw


@dataclass(frozen=True)
class _Chart:
    """A chart's unit, and the names of its lines by their key in the event."""

    unit: str
    lines: Mapping[str, str]


CHARTS = (
    _Chart("MB", {"memory_mb": "memory", "gpu_memory_mb": "GPU memory"}),
    _Chart("%", {"cpu_percent": "processor", "gpu_percent": "GPU"}),
)


def usage_of(run: Any) -> list[Panel]:
    """Charts over the seconds since the first measurement; nothing where none was taken."""
    events = selectors.run_events_of(run.pk, "usage")
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for event in events:
        at = round((event.at - events[0].at).total_seconds(), 1)
        for key, value in event.data.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                points[key].append((at, float(round(value))))
    found = []
    for chart in CHARTS:
        lines = [
            Series(name, tuple(points[key])) for key, name in chart.lines.items() if points[key]
        ]
        if lines:
            names = " and ".join(line.name for line in lines)
            title = f"{names[0].upper()}{names[1:]}, {chart.unit}"
            svg = draw(title, lines, across="second", threads=False)
            found.append(Panel(title, svg, tuple(lines)))
    return found
