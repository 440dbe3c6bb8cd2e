"""Where you stand: recall and skill by chapter, the year, the next two weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from studyhub.base import words
from studyhub.base.charts import Column, columns, heat_map, percent
from studyhub.web.plan import SECONDS_A_CARD, Standing


@dataclass(frozen=True)
class StandRow:
    chapter: Any
    recall: float | None
    recall_words: str
    grade: str | None
    started: bool
    skill_words: str


def stand_rows(standing: Standing) -> list[StandRow]:
    return [_row(chapter, standing) for chapter in standing.chapters]


def _row(chapter: Any, standing: Standing) -> StandRow:
    recall = standing.recall.get(chapter.slug)
    known = recall is not None and recall.cards > 0
    labs = [lab for lab in standing.labs if lab.slug in chapter.labs]
    grade = _best_grade(labs, standing)
    started = any(lab.pk in standing.started for lab in labs)
    skill = "not started" if labs else "no lab"
    if grade is not None and grade != "fail":
        skill = grade.capitalize()
    elif started:
        skill = "Started"
    return StandRow(
        chapter,
        recall.recalled if known else None,
        f"{percent(recall.recalled, 0)} recalled" if known else "not started",
        grade,
        started,
        skill,
    )


def _best_grade(labs: Sequence[Any], standing: Standing) -> str | None:
    """Of several labs of a chapter, the one that went best tells; None before any grade."""
    runs = [standing.best[lab.slug] for lab in labs if lab.slug in standing.best]
    best = max(runs, key=lambda run: run.grade.score, default=None)
    return best.grade.grade if best is not None else None


def charts(stats: Any) -> dict[str, Any]:
    """The charts, each only once there is something to draw: not on the first day."""
    shown: dict[str, Any] = {}
    total, days = sum(n for _, n in stats.heat), sum(n > 0 for _, n in stats.heat)
    if total:
        shown["year"] = heat_map(dict(stats.heat), stats.heat[-1][0])
        shown["year_words"] = f"{words.counted(total, 'answer')} on {words.counted(days, 'day')}."
    if any(count for _, count in stats.forecast):
        shown["forecast"] = stats.forecast
        shown["forecast_svg"] = forecast_bars(stats.forecast)
        shown["forecast_words"] = _fullest(stats.forecast)
        shown["sticks"] = _sticks(stats)
    return shown


def forecast_bars(days: Sequence[tuple[date, int]]) -> str:
    """Cards due per day; the first day and the fullest one carry their number."""
    counts = [count for _, count in days]
    return columns(
        [Column(count, strong=at == 0) for at, count in enumerate(counts)],
        f"Cards due per day for {len(days)} days: {counts[0]} today, at most {max(counts)}",
        below={at: f"{day:%a}"[0] for at, (day, _) in enumerate(days)},
        numbers={at: str(counts[at]) for at in (0, counts.index(max(counts))) if counts[at]},
    )


def _fullest(forecast: Sequence[tuple[Any, int]]) -> str:
    at, (day, count) = max(enumerate(forecast), key=lambda pair: (pair[1][1], -pair[0]))
    name = "today" if at == 0 else "tomorrow" if at == 1 else f"{day:%A} {day.day} {day:%B}"
    cost = words.minutes(count * SECONDS_A_CARD)
    return f"The fullest day is {name}: {words.counted(count, 'card')}, {cost}."


def _sticks(stats: Any) -> list[tuple[str, str]]:
    retention = stats.retention
    aim = percent(stats.desired_retention, 0)
    if retention.reviews:
        recalled = percent(retention.recalled / retention.reviews, 0)
        kept = f"{recalled} of {retention.reviews}, you aim for {aim}"
    else:
        kept = f"Known once a card has come back on a later day. You aim for {aim}"
    counts = stats.counts
    found = [("Recalled, last 30 days", kept), ("Cards", words.counted(counts["all"], "card"))]
    if counts.get("suspended"):
        found.append(("Suspended", words.counted(counts["suspended"], "card")))
    return [*found, ("Answered today", str(stats.reviews_today))]
