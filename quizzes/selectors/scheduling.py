"""Reads of a learner's scheduling settings, what they cost, and what is being changed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache

from content.models import Chapter
from quizzes.domain.events import Kind, Reason
from quizzes.domain.fsrs import Memory
from quizzes.domain.rescheduling import RetentionCost, rescheduled, retention_costs
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.models import Card
from quizzes.selectors.acts import standing
from quizzes.selectors.due_cards import awake, due_cards
from quizzes.selectors.memory import timeline_of, today_of
from studyhub.accounts.models import User

RETENTIONS = (0.8, 0.85, 0.9, 0.95)
UNDO_DAYS = 7
#: The progress of a task that died is not shown for longer.
PROGRESS_SECONDS = 600
#: Of larger collections this many cards, evenly drawn, stand for all.
SAMPLE = 2_000


@dataclass(frozen=True)
class Progress:
    done: int
    total: int


@dataclass(frozen=True)
class LastReschedule:
    batch: UUID
    day: date
    at: datetime


@dataclass(frozen=True)
class ChapterRetention:
    """A chapter that the learner has cards of; `retention` is None where it has none of its own."""

    slug: str
    title: str
    retention: float | None


def scheduling_of(user: User) -> Scheduling:
    """The settings in force for a review given now."""
    return timeline_of(user.pk).newest


def costs_of(
    user: User, *, now: datetime, retentions: tuple[float, ...] = RETENTIONS
) -> list[RetentionCost]:
    """What each retention would cost with this learner's cards; empty without a reviewed card."""
    today, scheduling = today_of(user, now), scheduling_of(user)
    rows = awake(user).exclude(phase=Phase.NEW).order_by("pk")
    cards = [
        (Memory(stability, difficulty), max((today - last).days, 0))
        for stability, difficulty, last in rows.values_list("stability", "difficulty", "last_day")
        if stability is not None and difficulty is not None and last is not None
    ]
    step = max(1, len(cards) // SAMPLE)
    sample = cards[::step]
    scale = len(cards) / len(sample) if sample else 1.0
    return [
        RetentionCost(cost.retention, cost.reviews_a_day * scale, cost.recalled)
        for cost in retention_costs(sample, scheduling, sorted(retentions))
    ]


def chapters_of(user: User) -> list[ChapterRetention]:
    """The chapters that the learner has cards of, in the order of the course."""
    own = dict(scheduling_of(user).chapter_retention)
    with_cards = Card.objects.filter(user=user, removed=False).values("prompt__chapter")
    chapters = Chapter.objects.filter(pk__in=with_cards, retired_at=None).order_by("number")
    return [
        ChapterRetention(slug, title, own.get(slug))
        for slug, title in chapters.values_list("slug", "title")
    ]


def to_reschedule(user: User, *, now: datetime) -> int:
    """How many due dates "reschedule now" would set."""
    return len(rescheduled(due_cards(user), scheduling_of(user), today_of(user, now)))


def reschedule_progress(user: User) -> Progress | None:
    """How far a rescheduling is; None where none runs."""
    shown: Any = cache.get(progress_key(user.pk))
    return Progress(*shown) if shown else None


def progress_key(user_id: int) -> str:
    return f"reschedule:{user_id}"


def last_reschedule(user: User, *, now: datetime) -> LastReschedule | None:
    """The newest rescheduling of the last days that was not taken back."""
    last = (
        standing(user.pk)
        .filter(
            kind=Kind.SET_DUE,
            reason=Reason.RESCHEDULE,
            day__gte=today_of(user, now) - timedelta(days=UNDO_DAYS),
        )
        .order_by("-change_seq")
        .first()
    )
    return LastReschedule(last.device, last.day, last.effective_at) if last else None
