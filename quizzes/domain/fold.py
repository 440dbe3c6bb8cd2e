"""A card's state as a pure fold of its events.

The order of arrival and repetitions do not matter: events are taken in their total order
`(effective_at, device, seq, id)`. A voided event counts as never having happened; taking back a
void has no effect. Memory is folded with the newest parameters, while each due date keeps the
parameters and desired retention that were in force at its review, so that a new fit does not
move anybody's calendar.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from quizzes.domain import fsrs, fuzz
from quizzes.domain.days import day_start
from quizzes.domain.events import WITHOUT_CARD, Kind, Order, ReviewEvent
from quizzes.domain.fsrs import AGAIN, Memory, Weights
from quizzes.domain.scheduler import Phase, Position, Scheduling, previews, reviewed
from quizzes.domain.timeline import ALWAYS_DEFAULT, Timeline


@dataclass(frozen=True)
class CardState:
    """A card as its events left it.

    `due` is when it is to be shown, `due_base` what the scheduler alone would say (they differ
    after `set_due`); both None for a new card. `interval` is in study days, 0 before the first.
    `head` is the order of the last event folded in; None for a card that no event made.
    """

    prompt: str
    phase: Phase = Phase.NEW
    stability: float | None = None
    difficulty: float | None = None
    step: int = 0
    interval: int = 0
    due: datetime | None = None
    due_base: datetime | None = None
    last_review: datetime | None = None
    last_day: date | None = None
    first_day: date | None = None
    reps: int = 0
    lapses: int = 0
    suspended: bool = False
    buried_until: datetime | None = None
    flag: int = 0
    head: Order | None = None

    @property
    def memory(self) -> Memory | None:
        if self.stability is None or self.difficulty is None:
            return None
        return Memory(self.stability, self.difficulty)


def fold(
    events: Iterable[ReviewEvent],
    settings: Timeline = ALWAYS_DEFAULT,
    chapter: str | None = None,
) -> CardState | None:
    """The state that one card's events give; None when none of them makes a card.

    `chapter` is the slug of the chapter that the card's prompt belongs to, for its retention;
    None for a personal card.
    """
    in_force = effective(events)
    weights_used = {settings.newest.weights} | {
        settings.at(event.order).weights for event in in_force if event.kind is Kind.REVIEW
    }
    memories: dict[Weights, Memory | None] = dict.fromkeys(weights_used)
    state: CardState | None = None
    for event in in_force:
        scheduling = settings.at(event.order)
        before = state
        if len(memories) > 1 and state is not None and event.kind is Kind.REVIEW:
            before = _remembering(state, memories[scheduling.weights])
        memories = {
            weights: _remembered(memory, state, event, weights)
            for weights, memory in memories.items()
        }
        state = apply(before, event, scheduling, chapter)
    return state and _remembering(state, memories[settings.newest.weights])


def extended(
    state: CardState | None,
    events: Sequence[ReviewEvent],
    settings: Timeline,
    chapter: str | None = None,
) -> CardState | None:
    """`state` with later events added, or None where only a full fold is right.

    A full fold is needed for an event that is not later than the state's head or than the newest
    parameters, and for a void. `events` must not be voided by any event already stored.
    """
    if any(event.kind is Kind.VOID for event in events):
        return None
    ordered = sorted({event.id: event for event in events}.values(), key=lambda e: e.order)
    for event in ordered:
        if state is not None and state.head is not None and event.order <= state.head:
            return None
        if settings.orders and event.order <= settings.orders[-1]:
            return None
        state = apply(state, event, settings.newest, chapter)
    return state


def effective(events: Iterable[ReviewEvent]) -> list[ReviewEvent]:
    """One card's events that are in force and concern its state, in order, without repetitions."""
    by_id = {event.id: event for event in events}
    if len({event.prompt for event in by_id.values()}) > 1:
        raise ValueError("these events belong to several cards")
    voided = {event.target for event in by_id.values() if event.kind is Kind.VOID}
    kept = (e for e in by_id.values() if e.kind not in WITHOUT_CARD and e.id not in voided)
    return sorted(kept, key=lambda event: event.order)


def apply(
    state: CardState | None,
    event: ReviewEvent,
    scheduling: Scheduling,
    chapter: str | None = None,
) -> CardState | None:
    """The state after one more event, which must be later than all before it."""
    if event.kind in WITHOUT_CARD:
        return state
    if event.prompt is None:
        raise ValueError(f"{event.kind} must name a card")
    card = replace(state or CardState(event.prompt), head=event.order)
    match event.kind:
        case Kind.REVIEW:
            return _after_review(card, event, scheduling, chapter)
        case Kind.SUSPEND | Kind.UNSUSPEND:
            return replace(card, suspended=event.kind is Kind.SUSPEND)
        case Kind.FLAG:
            return replace(card, flag=event.flag or 0)
        case Kind.BURY:
            return replace(card, buried_until=event.until)
        case Kind.SET_DUE:
            due = max(event.due, event.effective_at) if event.due else card.due
            return replace(card, due=due)
        case Kind.RESET:
            return CardState(event.prompt, suspended=card.suspended, flag=card.flag, head=card.head)
    raise ValueError(f"unknown kind {event.kind}")


def interval_previews(
    state: CardState, day: date, scheduling: Scheduling, chapter: str | None = None
) -> dict[int, int]:
    """Seconds until the card would be due for each rating given on study day `day`."""
    return previews(_position(state, day), scheduling, chapter)


def _after_review(
    card: CardState, event: ReviewEvent, scheduling: Scheduling, chapter: str | None
) -> CardState:
    rating = event.rating or AGAIN
    outcome = reviewed(_position(card, event.day), rating, scheduling, chapter)
    if outcome.wait is not None:
        due = event.effective_at + outcome.wait
    else:
        # The day counts on from the latest study day seen, so westward travel never shortens it.
        start = max(event.day, card.last_day or event.day)
        due = day_start(start + timedelta(days=outcome.days), event.tz, event.rollover)
        # Some zones set their clocks back across the rollover, so that a day starts twice.
        due = max(due, event.effective_at + timedelta(milliseconds=1))
    lapsed = card.phase is Phase.REVIEW and rating == AGAIN
    return replace(
        card,
        phase=outcome.phase,
        stability=outcome.memory.stability,
        difficulty=outcome.memory.difficulty,
        step=outcome.step,
        interval=outcome.days or card.interval,
        due=due,
        due_base=due,
        last_review=event.effective_at,
        last_day=max(event.day, card.last_day or event.day),
        first_day=card.first_day or event.day,
        reps=card.reps + 1,
        lapses=card.lapses + int(lapsed),
        buried_until=None,
    )


def _position(card: CardState, day: date) -> Position:
    return Position(
        phase=card.phase,
        step=card.step,
        interval=card.interval,
        memory=card.memory,
        elapsed=_elapsed(card, day),
        noise=fuzz.mix(fuzz.card_key(card.prompt), card.reps),
    )


def _elapsed(card: CardState | None, day: date) -> int:
    """Study days since the last review; never negative, also when the learner flew west."""
    if card is None or card.last_day is None:
        return 0
    return max((day - card.last_day).days, 0)


def _remembered(
    memory: Memory | None, before: CardState | None, event: ReviewEvent, weights: Weights
) -> Memory | None:
    if event.kind is Kind.RESET:
        return None
    if event.kind is not Kind.REVIEW:
        return memory
    return fsrs.after(weights, memory, event.rating or AGAIN, _elapsed(before, event.day))


def _remembering(state: CardState, memory: Memory | None) -> CardState:
    if memory is None:
        return replace(state, stability=None, difficulty=None)
    return replace(state, stability=memory.stability, difficulty=memory.difficulty)
