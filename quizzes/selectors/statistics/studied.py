"""A learner's answers of a period, each with what stood before it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Min

from quizzes.domain.days import study_day
from quizzes.domain.events import Kind
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.statistics import Judged, Period, judged, period
from quizzes.domain.timeline import Timeline
from quizzes.models import ReviewEventRow
from quizzes.selectors.memory import timeline_of, today_of
from quizzes.selectors.statistics.answers import answers
from studyhub.accounts.models import User

#: A learner who answers nothing for so long has no period before it.
LONGEST_DAYS = 3650


@dataclass(frozen=True)
class Studied:
    """A learner's answers of a period, of one chapter or (None) of all.

    `fitted_on` is the study day on which the weights in force came; None for the defaults.
    """

    period: Period
    chapter: str | None
    answers: list[Judged]
    scheduling: Scheduling
    tz: str
    fitted_on: date | None

    @property
    def desired_retention(self) -> float:
        return self.scheduling.retention_for(self.chapter)


def studied(user: User, *, now: datetime, days: int | None, chapter: str | None = None) -> Studied:
    """The answers of the last `days` study days, or of all (None)."""
    today, timeline = today_of(user, now), timeline_of(user.pk)
    chosen = period(days, today, _begun(user, today))
    rows = answers(user, chosen.first, chapter)
    found = judged(rows, timeline.newest.weights, chosen.first, chosen.last)
    fitted_on = _weights_since(timeline, user)
    return Studied(chosen, chapter, found, timeline.newest, user.time_zone, fitted_on)


def _begun(user: User, today: date) -> date:
    """The study day of the learner's first answer, at most LONGEST_DAYS ago."""
    first = ReviewEventRow.objects.filter(
        user=user, kind__in=(Kind.REVIEW, Kind.PRACTICE)
    ).aggregate(first=Min("day"))["first"]
    return max(first or today, today - timedelta(days=LONGEST_DAYS))


def _weights_since(timeline: Timeline, user: User) -> date | None:
    """The study day on which the newest weights came; None where they are the defaults."""
    came = None
    for order, settings in zip(reversed(timeline.orders), reversed(timeline.settings), strict=True):
        if settings.weights != timeline.newest.weights:
            break
        came = order[0]
    if came is None or timeline.newest.weights == DEFAULT_WEIGHTS:
        return None
    return study_day(came, user.time_zone, user.rollover_hour)
