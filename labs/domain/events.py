"""What a run tells while it lives: states, log lines, metric points, progress, figures, its use.

Everything but states and use comes out of a learner's program, so it is cleaned and capped here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from labs.domain.jobs import LOG_BYTES

MAX_LINES = 2_000
MAX_POINTS = 5_000
MAX_FIGURES = 20
MAX_USAGES = 5_000
MAX_LINE_LENGTH = 1_000
MAX_NAMES = 32  # in one metric point, the step among them
_NOTICES = {
    "log": f"Only the first {MAX_LINES:,} lines are shown live; the end is kept with the result.",
    "metric": f"Only the first {MAX_POINTS:,} metric points are kept.",
    "usage": f"Only the first {MAX_USAGES:,} measurements are kept.",
    "figure": f"Only the first {MAX_FIGURES} figures are kept.",
}
_CAPS = {"log": MAX_LINES, "metric": MAX_POINTS, "figure": MAX_FIGURES, "usage": MAX_USAGES}


@dataclass(frozen=True)
class Event:
    kind: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class NumberedEvent:
    """An event as stored; `seq` counts from 1 within its run."""

    seq: int
    at: datetime
    kind: str
    data: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"seq": self.seq, "at": at, "kind": self.kind, "data": self.data}


@dataclass(frozen=True)
class EventPage:
    """Some events in order; `done` says that none will follow."""

    events: tuple[NumberedEvent, ...]
    done: bool

    def to_json(self) -> dict[str, Any]:
        return {"events": [event.to_json() for event in self.events], "done": self.done}


def clean_text(text: str, limit: int = MAX_LINE_LENGTH) -> str:
    """Text that every database and browser takes: no zero bytes, no lone surrogates, no flood."""
    tidy = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return tidy if len(tidy) <= limit else tidy[: limit - 1] + "…"


def clean_value(value: object, depth: int = 3) -> Any:
    """JSON without NaN and infinities, which neither PostgreSQL nor browsers read."""
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) < 2**63 else None
        case float():
            return value if math.isfinite(value) else None
        case str():
            return clean_text(value)
        case Mapping() if depth:
            pairs = list(value.items())[:MAX_NAMES]
            return {clean_text(str(key), 60): clean_value(item, depth - 1) for key, item in pairs}
        case list() | tuple() if depth:
            return [clean_value(item, depth - 1) for item in value[:1_000]]
        case _:
            return clean_text(str(value))


def _clean_figure(data: Mapping[str, Any]) -> dict[str, str]:
    """Name and SVG in full: the sandbox's reader has capped both, and half an SVG is none."""
    texts = {name: str(text) for name, text in data.items()}
    return {name: clean_text(text, limit=len(text)) for name, text in texts.items()}


def tail(log: str, limit: int = LOG_BYTES) -> str:
    """The last `limit` bytes of a log, cut at a line where there is one."""
    cleaned = clean_text(log, limit=len(log))
    encoded = cleaned.encode()
    if len(encoded) <= limit:
        return cleaned
    kept = encoded[-limit:].decode("utf-8", "ignore")
    _, newline, rest = kept.partition("\n")
    return rest if newline and rest else kept


@dataclass
class EventBuffer:
    """Collects a run's events between two writes, and stops at the caps with one notice."""

    counts: dict[str, int] = field(default_factory=dict)
    waiting: list[Event] = field(default_factory=list)
    progress: Event | None = None  # only the newest counts

    def add(self, kind: str, data: Mapping[str, Any], at: datetime) -> None:
        if kind == "progress":
            self.progress = Event(kind, clean_value(data), at)
            return
        if kind not in _CAPS:
            return
        seen = self.counts[kind] = self.counts.get(kind, 0) + 1
        if seen <= _CAPS[kind]:
            cleaned = _clean_figure(data) if kind == "figure" else clean_value(data)
            self.waiting.append(Event(kind, cleaned, at))
        elif seen == _CAPS[kind] + 1:
            self.waiting.append(Event("log", {"line": _NOTICES[kind], "notice": True}, at))

    def put_back(self, events: Sequence[Event]) -> None:
        """Events of `drain` that could not be written: they come first in the next one."""
        self.waiting[:0] = [event for event in events if event.kind != "progress"]
        drained = [event for event in events if event.kind == "progress"]
        if self.progress is None and drained:
            self.progress = drained[-1]

    def drain(self) -> list[Event]:
        events = self.waiting + ([self.progress] if self.progress else [])
        self.waiting, self.progress = [], None
        return events
