"""What the page of the day shows: counts, retention, forecast, heat map, chapters."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from content.models import Prompt
from quizzes.domain.days import day_start
from quizzes.domain.events import Kind
from quizzes.domain.scheduler import Phase
from quizzes.domain.statistics import Retention, per_day, workload
from quizzes.domain.statistics import true_retention as retention_of
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors.acts import taken_back
from quizzes.selectors.memory import (
    owned_by,
    recall,
    study_days_of,
    timeline_of,
    today_of,
)
from quizzes.selectors.statistics.answers import lately_answered, of_chapter, voids_of
from studyhub.accounts.models import User

RETENTION_DAYS, FORECAST_DAYS, HEAT_DAYS = 30, 14, 365


@dataclass(frozen=True)
class Stats:
    """`counts`: cards by phase, suspended and all; reviews today."""

    counts: dict[str, int]
    reviews_today: int
    retention: Retention
    desired_retention: float
    forecast: list[tuple[date, int]]
    heat: list[tuple[date, int]]


@dataclass(frozen=True)
class Recall:
    """A chapter's memory. `recalled` is the share (0 to 1) of its prompts that the learner is
    expected to recall today; prompts without a reviewed card count 0. `due` counts cards due."""

    cards: int
    prompts: int
    recalled: float
    due: int


def stats(user: User, *, now: datetime) -> Stats:
    heat = reviews_per_day(user, now=now)
    return Stats(
        counts=_counts(user),
        reviews_today=heat[-1][1],
        retention=true_retention(user, now=now),
        desired_retention=timeline_of(user.pk).newest.desired_retention,
        forecast=forecast(user, now=now),
        heat=heat,
    )


def reviews_per_day(
    user: User, *, now: datetime, days: int = HEAT_DAYS, chapter: str | None = None
) -> list[tuple[date, int]]:
    """Reviews and practice that were not taken back, per study day, today last.

    `chapter` is a slug, or OWN_CARDS; None counts all.
    """
    today = today_of(user, now)
    events = ReviewEventRow.objects.filter(
        user=user, kind__in=(Kind.REVIEW, Kind.PRACTICE), day__gt=today - timedelta(days=days)
    )
    if chapter is not None:
        events = events.filter(of_chapter(chapter))
    # Voids are few: what they took back is counted apart, and the rest in the index alone.
    undone = events.filter(taken_back(), event_id__in=voids_of(user).values("target"))
    counted: Counter[date] = Counter(dict(_by_day(events)))
    counted.subtract(dict(_by_day(undone)))
    return per_day(list(counted.items()), today, days)


def _by_day(events: QuerySet[ReviewEventRow]) -> Iterable[tuple[date, int]]:
    return events.order_by().values("day").annotate(count=Count("*")).values_list("day", "count")


def forecast(user: User, *, now: datetime, days: int = FORECAST_DAYS) -> list[tuple[date, int]]:
    """Cards due per study day from today on; what is overdue counts today."""
    today = today_of(user, now)
    end = day_start(today + timedelta(days=days), user.time_zone, user.rollover_hour)
    due = Card.objects.filter(
        user=user, suspended=False, removed=False, due__lt=end, prompt__retired_at=None
    ).exclude(phase=Phase.NEW)
    day = study_days_of(user)
    moments = due.values_list("due", flat=True)
    return workload((day(moment) for moment in moments if moment is not None), today, days)


def true_retention(user: User, *, now: datetime, days: int = RETENTION_DAYS) -> Retention:
    """Of the reviews of the last days that came a study day or more after the card's last one,
    how many were recalled."""
    today = today_of(user, now)
    since = today - timedelta(days=days - 1)
    return retention_of(lately_answered(user, since), since, today)


def chapter_recall(user: User, *, now: datetime) -> dict[str, Recall]:
    """By slug, for every chapter that has prompts."""
    today, scheduling = today_of(user, now), timeline_of(user.pk).newest
    prompts = dict(
        Prompt.objects.filter(owned_by(user.pk), retired_at=None, chapter__retired_at=None)
        .exclude(chapter=None)
        .order_by()
        .values("chapter__slug")
        .annotate(count=Count("pk"))
        .values_list("chapter__slug", "count")
    )
    rows = Card.objects.filter(
        user=user, removed=False, prompt__retired_at=None, prompt__chapter__slug__in=prompts
    ).values_list("prompt__chapter__slug", "stability", "last_day", "due", "phase", "suspended")
    cards: dict[str, int] = defaultdict(int)
    due: dict[str, int] = defaultdict(int)
    recalled: dict[str, float] = defaultdict(float)
    for slug, stability, last_day, due_at, phase, suspended in rows:
        cards[slug] += 1
        recalled[slug] += recall(stability, last_day, today, scheduling) or 0.0
        waiting = due_at is not None and due_at <= now and phase != Phase.NEW
        due[slug] += int(waiting and not suspended)
    return {
        slug: Recall(cards[slug], count, recalled[slug] / count, due[slug])
        for slug, count in prompts.items()
    }


def _counts(user: User) -> dict[str, int]:
    cards = Card.objects.filter(user=user, removed=False, prompt__retired_at=None)
    by_phase = {phase.value: Count("pk", filter=Q(phase=phase)) for phase in Phase}
    counted = cards.aggregate(
        **by_phase, suspended=Count("pk", filter=Q(suspended=True)), all=Count("pk")
    )
    return {name: int(count) for name, count in counted.items()}
