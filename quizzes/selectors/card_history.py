"""One card with all that happened to it, and how its recall fell and rose."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from content.models import Prompt
from quizzes.domain import fsrs
from quizzes.domain.errors import QuizNotFound
from quizzes.domain.events import Kind, ReviewEvent
from quizzes.domain.fold import CardState, effective, fold
from quizzes.domain.timeline import Timeline
from quizzes.models import Card
from quizzes.selectors.acts import Act, act_of, undoable
from quizzes.selectors.memory import (
    CardView,
    events_of_cards,
    owned_by,
    timeline_of,
    today_of,
    view_of,
)
from studyhub.accounts.models import User

#: Every state is folded from the beginning, so only so many of the newest are told.
STATES_TOLD = 60
EVENTS_TOLD = 200


@dataclass(frozen=True)
class HistoryRow:
    """One event; `due` is the card's due date after it (None: not worked out, or none), `voided`
    that it was taken back."""

    event: ReviewEvent
    voided: bool
    phase: str = ""
    due: datetime | None = None


@dataclass(frozen=True)
class Stretch:
    """From a review on: `stability` in days until the next review at `end` (today for the last),
    both counted in study days since the first review."""

    start: int
    end: int
    stability: float
    rating: int

    def recall(self, day: float, weights: fsrs.Weights) -> float:
        return fsrs.retrievability(weights, self.stability, day - self.start)


@dataclass(frozen=True)
class CardHistory:
    """`rows` newest first; `stretches` oldest first, with the newest weights, empty for a new
    card. `desired` is the retention that the card is held to, `undo` its last act of this study
    day that can be taken back."""

    prompt: Prompt
    view: CardView
    own: bool
    added: bool
    leech_kept: int
    rows: list[HistoryRow]
    more: int
    first_day: date | None
    stretches: list[Stretch]
    weights: fsrs.Weights
    desired: float
    undo: Act | None


def card_history(user: User, prompt_id: str, *, now: datetime) -> CardHistory:
    """Raises QuizNotFound where the learner has no such card."""
    card = (
        Card.objects.filter(user=user, prompt_id=prompt_id, removed=False)
        .select_related("prompt__chapter", "prompt__section")
        .filter(prompt__in=Prompt.objects.filter(owned_by(user.pk)))
        .first()
    )
    if card is None:
        raise QuizNotFound("That is no card of yours.", cure="Answer it in the notes first.")
    settings = timeline_of(user.pk)
    events = events_of_cards(user.pk, [prompt_id])[prompt_id]
    chapter = card.prompt.chapter.slug if card.prompt.chapter else None
    today = today_of(user, now)
    rows = _rows(events, settings, chapter)
    first_day, stretches = _stretches(events, settings.newest.weights, today)
    last = undoable(user, now).filter(prompt_id=prompt_id).order_by("-effective_at", "-seq").first()
    return CardHistory(
        prompt=card.prompt,
        view=view_of(card.state(), today, settings.newest),
        own=card.prompt.owner_id == user.pk,
        added=card.added,
        leech_kept=card.leech_kept,
        rows=rows[:EVENTS_TOLD],
        more=max(len(rows) - EVENTS_TOLD, 0),
        first_day=first_day,
        stretches=stretches,
        weights=settings.newest.weights,
        desired=settings.newest.retention_for(chapter),
        undo=act_of(last) if last is not None else None,
    )


def _rows(events: list[ReviewEvent], settings: Timeline, chapter: str | None) -> list[HistoryRow]:
    voided = {event.target for event in events if event.kind is Kind.VOID}
    told = [event for event in events if event.kind is not Kind.VOID]
    states = _states(events, settings, chapter)
    rows = []
    for event in sorted(told, key=lambda event: event.order, reverse=True):
        state = states.get(event.id)
        rows.append(
            HistoryRow(
                event=event,
                voided=event.id in voided,
                phase=str(state.phase) if state else "",
                due=state.due if state else None,
            )
        )
    return rows


def _states(
    events: list[ReviewEvent], settings: Timeline, chapter: str | None
) -> dict[UUID, CardState]:
    """The card after each of its newest events, by event id."""
    in_force = effective(events)
    first = max(len(in_force) - STATES_TOLD, 0)
    found = {}
    for end in range(first, len(in_force)):
        state = fold(in_force[: end + 1], settings, chapter)
        if state is not None:
            found[in_force[end].id] = state
    return found


def _stretches(
    events: list[ReviewEvent], weights: fsrs.Weights, today: date
) -> tuple[date | None, list[Stretch]]:
    """Since the last reset; several reviews of one study day are one stretch, after the last."""
    memory: fsrs.Memory | None = None
    days: list[tuple[date, float, int]] = []
    for event in effective(events):
        if event.kind is Kind.RESET:
            memory, days = None, []
        if event.kind is not Kind.REVIEW or event.rating is None:
            continue
        day = max(event.day, days[-1][0]) if days else event.day
        elapsed = (day - days[-1][0]).days if days else 0
        memory = fsrs.after(weights, memory, event.rating, elapsed)
        if days and days[-1][0] == day:
            days.pop()
        days.append((day, memory.stability, event.rating))
    if not days:
        return None, []
    first = days[0][0]
    ends = [*(day for day, _, _ in days[1:]), max(today, days[-1][0])]
    return first, [
        Stretch((day - first).days, (end - first).days, stability, rating)
        for (day, stability, rating), end in zip(days, ends, strict=True)
    ]
