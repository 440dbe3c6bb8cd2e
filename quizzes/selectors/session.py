"""What to study now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db.models import Case, IntegerField, Min, Q, QuerySet, Value, When
from django.db.models.aggregates import Count

from content.models import Prompt
from quizzes.domain.fold import interval_previews
from quizzes.domain.fsrs import AGAIN, EASY, GOOD, HARD
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.domain.session_order import Candidate, arranged
from quizzes.models import Card
from quizzes.selectors.memory import CardView, recall, timeline_of, today_of, view_of
from quizzes.selectors.sync import settings_of
from studyhub.accounts.models import User

LIMIT_MAX = 200
#: Of a large backlog only this many of the longest due are weighed against each other by recall.
WEIGHED = 500
RATING_NAMES = {AGAIN: "again", HARD: "hard", GOOD: "good", EASY: "easy"}
_SESSIONS = UUID("5b9f2b0e-3f5d-4b55-9c0c-6f6a3b1d2a10")


@dataclass(frozen=True)
class SessionCard:
    """`intervals` says for again, hard, good and easy in how many seconds the card would be due."""

    prompt: Prompt
    state: CardView
    intervals: dict[str, int]


@dataclass(frozen=True)
class Session:
    """`counts` has new (what today's limit leaves), learning, review and due (the latter two).

    `next_due` is when the next card that is not due yet will be; None when there is none.
    """

    id: str
    cards: list[SessionCard]
    counts: dict[str, int]
    next_due: datetime | None


def session(
    user: User,
    *,
    now: datetime,
    limit: int = 20,
    chapter: str | None = None,
    kind: str | None = None,
) -> Session:
    """The next cards: learning ones by their due time, then reviews, most at risk first, then new.

    Chapters are mixed and requirements come first. The id is the same all through a study day.
    """
    limit = max(0, min(limit, LIMIT_MAX))
    today, scheduling = today_of(user, now), timeline_of(user.pk).newest
    cards = _awake(user, now)
    if chapter is not None:
        cards = cards.filter(prompt__chapter__slug=chapter)
    if kind is not None:
        cards = cards.filter(prompt__kind=kind)
    due = cards.filter(due__lte=now).exclude(phase=Phase.NEW)
    new = cards.filter(Q(due=None) | Q(due__lte=now), phase=Phase.NEW)
    new_left = _new_left(user, today)
    chosen = _due_cards(due, limit, today, scheduling)
    chosen += list(new.order_by("new_order", "pk")[: min(limit - len(chosen), new_left)])
    return Session(
        id=str(uuid5(_SESSIONS, f"{user.pk}:{today}")),
        cards=_with_prompts(chosen, today, scheduling),
        counts=_counts(due, new, new_left),
        next_due=cards.filter(due__gt=now).aggregate(next=Min("due"))["next"],
    )


def _awake(user: User, now: datetime) -> QuerySet[Card]:
    """Cards that are neither suspended, buried, removed nor about a retired prompt."""
    cards = Card.objects.filter(user=user, suspended=False, removed=False)
    return cards.filter(Q(buried_until=None) | Q(buried_until__lte=now), prompt__retired_at=None)


def _new_left(user: User, today: date) -> int:
    begun = Card.objects.filter(user=user, first_day=today).count()
    return max(settings_of(user)["new_per_day"] - begun, 0)


def _due_cards(due: QuerySet[Card], limit: int, today: date, scheduling: Scheduling) -> list[Card]:
    learning = list(due.exclude(phase=Phase.REVIEW).order_by("due")[:limit])
    reviews = list(due.filter(phase=Phase.REVIEW).order_by("due")[:WEIGHED])
    reviews.sort(key=lambda card: recall(card.stability, card.last_day, today, scheduling) or 0)
    return learning + reviews[: limit - len(learning)]


def _with_prompts(cards: Sequence[Card], today: date, scheduling: Scheduling) -> list[SessionCard]:
    by_id = {card.prompt_id: card for card in cards}
    prompts = Prompt.objects.select_related("chapter").in_bulk(list(by_id))
    order: list[str] = []
    for group in _groups(cards):
        order += arranged([_candidate(prompts[card.prompt_id]) for card in group])
    return [_session_card(prompts[pk], by_id[pk], today, scheduling) for pk in order]


def _groups(cards: Sequence[Card]) -> list[list[Card]]:
    """Learning, due and new cards: each group keeps its place."""
    learning = [c for c in cards if c.phase in (Phase.LEARNING, Phase.RELEARNING)]
    review = [c for c in cards if c.phase == Phase.REVIEW]
    return [learning, review, [c for c in cards if c.phase == Phase.NEW]]


def _candidate(prompt: Prompt) -> Candidate:
    return Candidate(
        prompt.pk, prompt.chapter_id, frozenset(prompt.facts), frozenset(prompt.requires)
    )


def _session_card(prompt: Prompt, card: Card, today: date, scheduling: Scheduling) -> SessionCard:
    seconds = interval_previews(card.state(), today, scheduling)
    intervals = {RATING_NAMES[rating]: value for rating, value in seconds.items()}
    return SessionCard(prompt, view_of(card, today, scheduling), intervals)


def _counts(due: QuerySet[Card], new: QuerySet[Card], new_left: int) -> dict[str, int]:
    in_review = Case(When(phase=Phase.REVIEW, then=Value(1)), output_field=IntegerField())
    counted = due.aggregate(all=Count("pk"), review=Count(in_review))
    return {
        "new": new[:new_left].count() if new_left else 0,
        "learning": counted["all"] - counted["review"],
        "review": counted["review"],
        "due": counted["all"],
    }
