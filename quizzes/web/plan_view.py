"""What the pages of the plan show: sentences, charts, and the tables beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict

from content.selectors import chapters
from quizzes.domain.plan_request import TITLE_MAX
from quizzes.selectors import plans, previews
from quizzes.selectors.memory import today_of
from quizzes.selectors.moves import postponed_today
from quizzes.selectors.standings import ExamStanding, exam_standings
from quizzes.web.plan_forms import SHARES
from studyhub.base import words
from studyhub.base.charts import Column, columns, percent, spread_labels

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RECALLS = (80, 85, 90, 95, 97)
ORDERS = (
    ("course", "As the course goes"),
    ("mixed", "Chapters in turn"),
    ("random", "At random"),
)
#: A longer time is drawn by weeks: narrower columns could not be told apart on a phone.
DAYS_DRAWN = 62


@dataclass(frozen=True)
class LoadRow:
    """A day or a week (per day on average) of a chart and its table."""

    name: str
    cards: str
    without: str


def plan_context(user: Any, now: datetime) -> dict[str, Any]:
    settings = plans.plan_settings(user)
    backlog = previews.backlog(user, now=now)
    today = today_of(user, now)
    rests = plans.breaks_ahead(user, now=now)
    return {
        "settings": settings,
        "orders": ORDERS,
        "week": [
            (name, f"{share:g}", _shares(share))
            for name, share in zip(WEEKDAYS, settings.easy_days, strict=True)
        ],
        "backlog": backlog,
        "backlog_days": backlog.due // max(1, settings.reviews_per_day) + 1,
        "postponed": postponed_today(user, now=now),
        "exams": [(row, standing_words(row)) for row in exam_standings(user, now=now)],
        "rests": [(row, rest_words(row, today)) for row in rests],
        "today": today,
        "fields": exam_fields(user, now, QueryDict()),
    }


def exam_fields(user: Any, now: datetime, asked: QueryDict) -> dict[str, Any]:
    """The form of an exam, filled in as it was asked."""
    return {
        "title": asked.get("title", ""),
        "title_max": TITLE_MAX,
        "day": asked.get("day", ""),
        "recalls": RECALLS,
        "retention": asked.get("retention", "90"),
        "chapters": [chapter for chapter in chapters() if chapter.prompt_count],
        "chosen": asked.getlist("chapter"),
        "today": today_of(user, now),
    }


def standing_words(standing: ExamStanding) -> str:
    """ "12 days left. On track: ..."; reviews that wait are no reason to say behind, while the plan
    still leads there."""
    if standing.days_left == 0:
        return "Today. No new cards come; what is due is still yours to review."
    left = f"{words.counted(standing.days_left, 'day')} left."
    if not standing.cards:
        return f"{left} Its chapters have no cards any more."
    caught_up = "On track once you catch up:" if standing.waiting else "On track:"
    parts = [left, caught_up if standing.on_track else "Behind:"]
    if standing.expected is not None:
        parts.append(
            f"about {percent(standing.expected, 0)} recalled on the day if you keep to the plan, "
            f"{percent(standing.exam.retention, 0)} wanted."
        )
    if standing.waiting:
        wait = "wait" if standing.waiting > 1 else "waits"
        parts.append(f"{words.counted(standing.waiting, 'review')} {wait} since earlier days.")
    if standing.new:
        parts.append(
            f"{words.counted(standing.new, 'card')} still to meet, {standing.new_a_day} a day."
        )
    return " ".join(parts)


def rest_words(row: plans.BreakRow, today: date) -> str:
    length = words.counted((row.last_day - row.first_day).days + 1, "day")
    if row.first_day <= today:
        return f"Under way until {words.day(row.last_day)}."
    return f"{length}, from {words.day(row.first_day)} to {words.day(row.last_day)}."


def exam_context(found: previews.ExamPreview) -> dict[str, Any]:
    forecast = found.forecast
    rows = [(day, cards, without) for day, cards, without in forecast.days]
    return {
        "preview": found,
        "forecast": forecast,
        "titles": list(found.chapters.values()),
        "percent": round(100 * found.retention),
        **_load(
            rows,
            said="Expected cards per day until the exam",
            first=f"With the exam, in all {sum(c for _, c, _ in rows):.0f} cards",
        ),
    }


def break_context(found: previews.BreakPreview) -> dict[str, Any]:
    rows = [(day, float(cards), None) for day, cards in found.cleared.days]
    return {
        "preview": found,
        "cleared": found.cleared,
        **_load(rows, said="Cards due per day, with the break"),
    }


def backlog_context(found: previews.BacklogPreview) -> dict[str, Any]:
    postponement = found.postponement
    rows = [(day, float(cards), None) for day, cards in postponement.days]
    return {
        "preview": found,
        "postponement": postponement,
        "days": len(postponement.days),
        "spared": max(0.0, postponement.lost_in_turn - postponement.lost),
        **_load(rows, said="Cards due per day after postponing"),
    }


def _load(
    rows: Sequence[tuple[date, float, float | None]], *, said: str, first: str = ""
) -> dict[str, Any]:
    """The chart and its table: one column a day, or a week where the days are many."""
    weekly = len(rows) > DAYS_DRAWN
    spans = [rows[at : at + 7] for at in range(0, len(rows), 7)] if weekly else [[r] for r in rows]
    shown = []
    table = []
    for span in spans:
        cards = sum(row[1] for row in span) / len(span)
        without = sum(row[2] or 0.0 for row in span) / len(span)
        has_two = span[0][2] is not None
        base = min(cards, without) if has_two else cards
        shown.append(Column(base, max(0.0, cards - base)))
        name = f"Week of {words.short_day(span[0][0])}" if weekly else words.short_day(span[0][0])
        table.append(LoadRow(name, f"{cards:.0f}", f"{without:.0f}" if has_two else ""))
    peak = max(range(len(shown)), key=lambda at: shown[at].total, default=0)
    per = " on average each week" if weekly else ""
    label = f"{said}{per}: at most {shown[peak].total:.0f}" if shown else said
    below = {
        at: f"{spans[at][0][0].day} {spans[at][0][0]:%b}" for at in spread_labels(len(spans), 4)
    }
    numbers = {peak: f"{shown[peak].total:.0f}"} if shown and shown[peak].total else {}
    return {
        "load_svg": columns(shown, label, below=below, numbers=numbers),
        "load_rows": table,
        "load_two": bool(rows) and rows[0][2] is not None,
        "load_weekly": weekly,
        "load_said": first,
    }


def _shares(share: float) -> list[tuple[str, str]]:
    """What a weekday offers; a share that a program set stays among it."""
    known = f"{share:g}"
    if known in {value for value, _ in SHARES}:
        return list(SHARES)
    return [*SHARES, (known, f"{100 * share:.0f} %")]
