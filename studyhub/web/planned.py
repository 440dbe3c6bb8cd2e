"""What the learner planned, in lines for today: exams ahead, breaks, more due than a day takes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from quizzes.selectors.memory import today_of
from quizzes.selectors.plans import breaks_ahead, plan_settings
from quizzes.selectors.standings import exam_standings
from quizzes.web.plan_view import rest_words, standing_words
from studyhub.base import words


@dataclass(frozen=True)
class PlannedLine:
    """`name` is what it is about; `url` and `action` are empty where there is nothing to do."""

    name: str
    said: str
    url: str = ""
    action: str = ""


def planned(user: Any, session: Any, now: datetime) -> list[PlannedLine]:
    """The soonest first; more than a day takes comes before all."""
    lines = []
    over = session.counts["beyond_limit"]
    if over:
        pace = max(1, plan_settings(user).reviews_per_day)
        lines.append(
            PlannedLine(
                "Behind",
                f"{words.counted(over, 'review')} more than today has room for. The most at risk "
                "come first; the others can be spread over the coming days.",
                f"{reverse('plan-backlog')}?{urlencode({'a_day': pace})}",
                "See how long it would take",
            )
        )
    today = today_of(user, now)
    for rest in breaks_ahead(user, now=now):
        lines.append(PlannedLine("Break", rest_words(rest, today)))
    for row in exam_standings(user, now=now):
        name = f"{row.exam.title}, {words.day(row.exam.day)}"
        lines.append(PlannedLine(name, standing_words(row)))
    return lines
