"""Reads of a learner's scheduling settings, what they cost, and what is being changed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.core.cache import cache
from django.db.models import F, IntegerField, QuerySet, Value
from django.db.models.functions import Mod

from content.models import Chapter
from quizzes.domain.events import Kind, Reason
from quizzes.domain.fsrs import Memory
from quizzes.domain.rescheduling import RetentionCost, rescheduled, retention_costs
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.models import Card, OpenTask
from quizzes.selectors.acts import standing
from quizzes.selectors.due_cards import awake, due_cards, in_review
from quizzes.selectors.memory import timeline_of, today_of
from quizzes.selectors.moves import plans_behind
from studyhub.accounts.models import User

RETENTIONS = (0.8, 0.85, 0.9, 0.95)
UNDO_DAYS = 7
#: Of larger collections about this many cards, evenly drawn, stand for all.
SAMPLE = 500
COSTS_SECONDS = 86_400
#: Keys times an odd number, by a power of two, fall evenly into as many parts.
_SPREAD, _PARTS = 40_503, 65_536


@dataclass(frozen=True)
class Progress:
    done: int
    total: int


@dataclass(frozen=True)
class ToReschedule:
    """How many due dates "reschedule now" would set; `about` so many in a large collection."""

    cards: int
    about: bool = False


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
    """What each retention would cost with this learner's cards; empty without a reviewed card.

    Worked out once a study day, unless settings change or cards are met for the first time: an
    answer moves them less than they are exact to.
    """
    today, scheduling = today_of(user, now), scheduling_of(user)
    rows, scale, held = _drawn(awake(user).exclude(phase=Phase.NEW))
    asked = repr((user.pk, today, held, scheduling, sorted(retentions)))
    key = f"retention-costs:{sha256(asked.encode()).hexdigest()}"
    known: list[RetentionCost] | None = cache.get(key)
    if known is None:
        known = _costs(rows, scale, scheduling, today, retentions)
        cache.set(key, known, COSTS_SECONDS)
    return known


def _costs(
    rows: QuerySet[Card],
    scale: float,
    scheduling: Scheduling,
    today: date,
    retentions: tuple[float, ...],
) -> list[RetentionCost]:
    cards = [
        (Memory(stability, difficulty), max((today - last).days, 0))
        for stability, difficulty, last in rows.values_list("stability", "difficulty", "last_day")
        if stability is not None and difficulty is not None and last is not None
    ]
    return [
        RetentionCost(cost.retention, cost.reviews_a_day * scale, cost.recalled)
        for cost in retention_costs(cards, scheduling, sorted(retentions))
    ]


def chapters_of(user: User) -> list[ChapterRetention]:
    """The chapters that the learner has cards of, in the order of the courses."""
    own = dict(scheduling_of(user).chapter_retention)
    with_cards = Card.objects.filter(user=user, removed=False).values("prompt__chapter")
    chapters = Chapter.objects.filter(pk__in=with_cards, retired_at=None).order_by(
        "deck", "position"
    )
    return [
        ChapterRetention(slug, title, own.get(slug))
        for slug, title in chapters.values_list("slug", "title")
    ]


def to_reschedule(user: User, *, now: datetime) -> ToReschedule:
    rows, scale, _ = _drawn(in_review(user))
    cards, today = due_cards(user, rows), today_of(user, now)
    moves = rescheduled(cards, scheduling_of(user), today, plans_behind(user, cards, today))
    return ToReschedule(round(len(moves) * scale), about=scale > 1)


def _drawn(cards: QuerySet[Card]) -> tuple[QuerySet[Card], float, int]:
    """All of the cards, or about SAMPLE of them, the same each time; for how many each of them
    stands; and how many there are."""
    held = cards.count()
    if held <= SAMPLE:
        return cards, 1.0, held
    share = Mod(F("pk") * _SPREAD, Value(_PARTS), output_field=IntegerField())
    drawn = cards.annotate(share=share).filter(share__lt=_PARTS * SAMPLE // held)
    return drawn, held / max(drawn.count(), 1), held


def reschedule_progress(user: User) -> Progress | None:
    """How many cards a rescheduling has gone through; None where none runs."""
    task = OpenTask.objects.filter(user=user, kind=OpenTask.Kind.RESCHEDULE).first()
    return Progress(min(task.done, task.total), task.total) if task else None


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
