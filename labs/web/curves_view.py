"""The curves of a run: its own lines, other runs under them, smoothed as the reader asks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import urlencode

from django.http import QueryDict

from labs import selectors
from labs.domain.events import NumberedEvent
from labs.web.lab_view import metric_words
from labs.web.run_words import headline
from studyhub.base.curves import MOST_BESIDE, Beside, Panel, Series, panels

OFFERED = 8
SMOOTHEST = 95  # per cent; beyond it a curve of some hundred points is its mean


@dataclass(frozen=True)
class CurveChoice:
    """What the reader asked for: `smooth` in per cent, and the runs to lay under this one."""

    smooth: int = 0
    beside: tuple[int, ...] = ()

    @property
    def query(self) -> str:
        asked = [("beside", number) for number in self.beside]
        return urlencode([*asked, ("smooth", self.smooth)] if self.smooth else asked)


@dataclass(frozen=True)
class Offer:
    """Another run that can be laid under this one."""

    number: int
    words: str
    chosen: bool


@dataclass(frozen=True)
class Curves:
    panels: Sequence[Panel]
    offers: Sequence[Offer]
    choice: CurveChoice
    most: int = MOST_BESIDE

    @property
    def note(self) -> str:
        said = "As your code logs it. It is yours to look at and never counts for the grade."
        compared = [panel.compared for panel in self.panels if panel.beside]
        if compared:
            said += f" Thin lines are “{'” and “'.join(compared)}” of other runs."
        if self.choice.smooth:
            said += f" Smoothed by {self.choice.smooth} %; pale is what was logged."
        return said


def asked_choice(query: QueryDict) -> CurveChoice:
    """Anything unreadable in the address counts as not asked."""
    numbers = [_number(text) for text in query.getlist("beside")]
    known = dict.fromkeys(number for number in numbers if number)
    smooth = min(_number(query.get("smooth", "")), SMOOTHEST)
    return CurveChoice(smooth, tuple(known)[:MOST_BESIDE])


def curves_of(run: Any, choice: CurveChoice) -> Curves:
    """Only runs of the same learner and lab are laid under it, whatever the address asks."""
    others = selectors.runs_with_curves(run, most=OFFERED)
    chosen = {other.pk: other for other in others if other.pk in choice.beside}
    beside = [Beside(f"run {number}", series_of(_points(number))) for number in sorted(chosen)]
    drawn = panels(series_of(_points(run.pk)), beside, smoothing=choice.smooth / 100)
    offers = [Offer(other.pk, _words(other), other.pk in chosen) for other in others]
    return Curves(drawn, offers, CurveChoice(choice.smooth, tuple(sorted(chosen))))


def series_of(events: Iterable[NumberedEvent]) -> tuple[Series, ...]:
    """Metric points as lines, in the order in which their names first came."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for event in events:
        step = event.data.get("step")
        for name, value in event.data.items():
            if name == "step" or not _is_number(value):
                continue
            at = float(step) if _is_number(step) else float(len(points[name]))
            points[name].append((at, float(value)))
    return tuple(Series(name, tuple(sorted(line))) for name, line in points.items())


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _points(run_id: int) -> tuple[NumberedEvent, ...]:
    return selectors.run_events_of(run_id, "metric")


def _words(run: Any) -> str:
    grade = getattr(run, "grade", None)
    value = ""
    if grade is not None:
        value = metric_words(grade.metrics, grade.thresholds, selectors.spread_of(run))
    return f"Run {run.pk}, {value}" if value else headline(run.pk, run.state)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
