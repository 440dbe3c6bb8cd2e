"""Reads of a learner's log and cards that services and other selectors build on."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.db.models import Q

from content.models import Prompt
from quizzes.domain import fsrs
from quizzes.domain.days import study_day
from quizzes.domain.events import ReviewEvent
from quizzes.domain.fold import CardState
from quizzes.domain.scheduler import DEFAULT_SCHEDULING, Scheduling
from quizzes.domain.timeline import Timeline, timeline
from quizzes.models import Card, ReviewEventRow, UserMemory
from studyhub.accounts.models import User


@dataclass(frozen=True)
class CardView:
    """A card as pages and clients see it.

    `retrievability` is the predicted probability of recall today; None for a new card, which has
    no memory to predict from. Times are UTC; stability is in days, difficulty 1 to 10.
    """

    prompt: str
    phase: str
    stability: float | None
    difficulty: float | None
    due: datetime | None
    due_base: datetime | None
    last_review: datetime | None
    interval: int
    step: int
    reps: int
    lapses: int
    suspended: bool
    buried_until: datetime | None
    flag: int
    retrievability: float | None


def today_of(user: User, now: datetime) -> date:
    """The learner's study day."""
    return study_day(now, user.time_zone, user.rollover_hour)


def study_days_of(user: User) -> Callable[[datetime], date]:
    """The learner's study day of an instant; for due dates, of which many cards share each."""
    return cache(lambda moment: study_day(moment, user.time_zone, user.rollover_hour))


def memory_of(user: User) -> UserMemory:
    """The learner's row, not locked; the defaults, not stored, where they have none yet."""
    return UserMemory.objects.filter(user=user).first() or UserMemory(user=user)


def recall(
    stability: float | None, last_day: date | None, today: date, scheduling: Scheduling
) -> float | None:
    """Predicted probability of recall on study day `today`; None without a memory."""
    if stability is None or last_day is None:
        return None
    return fsrs.retrievability(scheduling.weights, stability, (today - last_day).days)


def view_of(card: CardState, today: date, scheduling: Scheduling) -> CardView:
    return CardView(
        prompt=card.prompt,
        phase=card.phase,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        due_base=card.due_base,
        last_review=card.last_review,
        interval=card.interval,
        step=card.step,
        reps=card.reps,
        lapses=card.lapses,
        suspended=card.suspended,
        buried_until=card.buried_until,
        flag=card.flag,
        retrievability=recall(card.stability, card.last_day, today, scheduling),
    )


def card_states(user: User, prompt_ids: Collection[str], *, now: datetime) -> dict[str, CardView]:
    """The learner's cards among these prompts, by prompt id; prompts without a card are absent."""
    today, scheduling = today_of(user, now), timeline_of(user.pk).newest
    cards = Card.objects.filter(user=user, prompt_id__in=list(prompt_ids), removed=False)
    return {card.prompt_id: view_of(card.state(), today, scheduling) for card in cards}


def answered_among(user: User, prompt_ids: Collection[str]) -> set[str]:
    """Those of these prompts that the learner has a review of."""
    cards = Card.objects.filter(user=user, prompt_id__in=list(prompt_ids), removed=False)
    return set(cards.filter(reps__gt=0).values_list("prompt_id", flat=True))


def timeline_of(user_id: int) -> Timeline:
    """The learner's scheduling settings over time."""
    return timeline(settings_events(user_id))


def scheduling_of(memory: UserMemory) -> Scheduling:
    """The learner's newest scheduling settings; nothing is read where none were ever changed."""
    return timeline_of(memory.user_id).newest if memory.settings_seq else DEFAULT_SCHEDULING


def settings_events(user_id: int) -> list[ReviewEvent]:
    """The `parameters` events of the learner and what took them back, in no particular order."""
    return [row.event() for row in ReviewEventRow.objects.filter(user_id=user_id, prompt=None)]


@dataclass(frozen=True)
class RefoldProgress:
    """How many cards follow the newest parameters already, of how many that have to."""

    done: int
    total: int


def refold_progress(user: User) -> RefoldProgress | None:
    """How far the cards are folded with new parameters; None where nothing waits."""
    memory = UserMemory.objects.filter(user=user, refold_wanted__isnull=False).first()
    return RefoldProgress(memory.refold_done, memory.refold_total) if memory else None


def events_of_cards(user_id: int, prompts: Iterable[str]) -> dict[str, list[ReviewEvent]]:
    """All events of each of these cards, in no particular order."""
    chosen = list(prompts)
    events: dict[str, list[ReviewEvent]] = {prompt: [] for prompt in chosen}
    if chosen:
        for row in ReviewEventRow.objects.filter(user_id=user_id, prompt_id__in=chosen):
            events[str(row.prompt_id)].append(row.event())
    return events


def chapters_of(prompt_ids: Iterable[str]) -> dict[str, str | None]:
    """The slug of each prompt's chapter; None for a personal prompt."""
    found = Prompt.objects.filter(pk__in=list(prompt_ids))
    return dict(found.order_by().values_list("pk", "chapter__slug"))


def owned_by(user_id: int) -> Q:
    """Prompts that this learner may see: the course's and their own."""
    return Q(owner=None) | Q(owner=user_id)


def prompts_of_chapters(slugs: Collection[str], kinds: Collection[str]) -> dict[str, list[str]]:
    """Ids of the chapters' current prompts of these kinds, by chapter slug."""
    grouped: dict[str, list[str]] = {slug: [] for slug in slugs}
    rows = Prompt.objects.filter(chapter__slug__in=slugs, kind__in=kinds, retired_at=None)
    for slug, prompt in rows.order_by("pk").values_list("chapter__slug", "pk"):
        grouped[slug].append(prompt)
    return grouped
