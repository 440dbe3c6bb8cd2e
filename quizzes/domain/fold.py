"""A card's state as a pure fold of its events.

The order of arrival and repetitions do not matter: events are taken in their total order
`(effective_at, device, seq, id)`. A voided event counts as never having happened; taking back a
void has no effect. Memory is folded with the newest parameters, while each due date keeps the
parameters and desired retention that were in force at its review, so that a new fit does not
move anybody's calendar.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from quizzes.domain import fsrs, fuzz
from quizzes.domain.days import day_start
from quizzes.domain.events import WITHOUT_CARD, Kind, Order, ReviewEvent
from quizzes.domain.fsrs import AGAIN, Memory, Weights
from quizzes.domain.scheduler import Phase, Position, Scheduling, previews, reviewed
from quizzes.domain.timeline import ALWAYS_DEFAULT, Timeline


class CardState(msgspec.Struct, frozen=True, gc=False):
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
    if not in_force:
        return None
    schedulings = [settings.at(event.order) for event in in_force]
    card = _Card(_blank(in_force[0]))
    newest = settings.newest.weights
    last_use = {
        scheduling.weights: place
        for place, (event, scheduling) in enumerate(zip(in_force, schedulings, strict=True))
        if event.kind is Kind.REVIEW
    }
    last_use[newest] = len(in_force)
    # One memory for each set of weights that a later due date, or the end, is worked out with.
    memories: dict[Weights, Memory | None] = dict.fromkeys(last_use)
    for place, (event, scheduling) in enumerate(zip(in_force, schedulings, strict=True)):
        if len(memories) > 1:
            if event.kind is Kind.REVIEW:
                card.memory = memories[scheduling.weights]
            memories = {
                weights: _remembered(memory, card, event, weights)
                for weights, memory in memories.items()
                if last_use[weights] > place
            }
            card.take(event, scheduling, chapter)
            if len(memories) == 1:
                card.memory = memories[newest]
        else:
            card.take(event, scheduling, chapter)
    return card.state()


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
    if len(events) > 1:
        events = sorted({event.id: event for event in events}.values(), key=lambda e: e.order)
    scheduling, last = settings.newest, settings.orders[-1] if settings.orders else None
    head = state.head if state is not None else None
    card: _Card | None = None
    for event in events:
        if event.kind in WITHOUT_CARD:
            continue
        order = event.order
        if (head is not None and order <= head) or (last is not None and order <= last):
            return None
        if card is None:
            card = _Card(state or _blank(event))
        card.take(event, scheduling, chapter)
        head = order
    return state if card is None else card.state()


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
    card = _Card(state or _blank(event))
    card.take(event, scheduling, chapter)
    return card.state()


def _blank(event: ReviewEvent) -> CardState:
    if event.prompt is None:
        raise ValueError(f"{event.kind} must name a card")
    return CardState(event.prompt)


def interval_previews(
    state: CardState, day: date, scheduling: Scheduling, chapter: str | None = None
) -> dict[int, int]:
    """Seconds until the card would be due for each rating given on study day `day`."""
    position = _position(
        state.prompt, state.phase, state.step, state.interval, state.memory, state.reps,
        _elapsed(state.last_day, day),
    )  # fmt: skip
    return previews(position, scheduling, chapter)


class _Card:
    """A card while it is folded: changed in place, since copying frozen states took a third of
    the time of a fold."""

    __slots__ = (
        "buried_until", "due", "due_base", "first_day", "flag", "head", "interval", "lapses",
        "last_day", "last_review", "memory", "phase", "prompt", "reps", "step", "suspended",
    )  # fmt: skip

    def __init__(self, state: CardState) -> None:
        self._set(state)

    def _set(self, state: CardState) -> None:
        self.prompt = state.prompt
        self.phase = state.phase
        self.memory = state.memory
        self.step = state.step
        self.interval = state.interval
        self.due = state.due
        self.due_base = state.due_base
        self.last_review = state.last_review
        self.last_day = state.last_day
        self.first_day = state.first_day
        self.reps = state.reps
        self.lapses = state.lapses
        self.suspended = state.suspended
        self.buried_until = state.buried_until
        self.flag = state.flag
        self.head = state.head

    def state(self) -> CardState:
        stability, difficulty = self.memory or (None, None)
        return CardState(
            self.prompt,
            self.phase,
            stability,
            difficulty,
            self.step,
            self.interval,
            self.due,
            self.due_base,
            self.last_review,
            self.last_day,
            self.first_day,
            self.reps,
            self.lapses,
            self.suspended,
            self.buried_until,
            self.flag,
            self.head,
        )

    def take(self, event: ReviewEvent, scheduling: Scheduling, chapter: str | None) -> None:
        """Applies one more event, which must be later than all before it."""
        match event.kind:
            case Kind.REVIEW:
                self._review(event, scheduling, chapter)
            case Kind.SUSPEND | Kind.UNSUSPEND:
                self.suspended = event.kind is Kind.SUSPEND
            case Kind.FLAG:
                self.flag = event.flag or 0
            case Kind.BURY:
                self.buried_until = event.until
            case Kind.SET_DUE:
                self.due = max(event.due, event.effective_at) if event.due else self.due
            case Kind.RESET:
                self._set(CardState(self.prompt, suspended=self.suspended, flag=self.flag))
            case _:
                raise ValueError(f"unknown kind {event.kind}")
        self.head = event.order

    def _review(self, event: ReviewEvent, scheduling: Scheduling, chapter: str | None) -> None:
        rating = event.rating or AGAIN
        day, last_day, at = event.day, self.last_day, event.effective_at
        position = _position(
            self.prompt, self.phase, self.step, self.interval, self.memory, self.reps,
            _elapsed(last_day, day),
        )  # fmt: skip
        outcome = reviewed(position, rating, scheduling, chapter)
        # The day counts on from the latest study day seen, so westward travel never shortens it.
        latest = day if last_day is None or day > last_day else last_day
        if outcome.wait is not None:
            due = at + outcome.wait
        else:
            due = day_start(latest + timedelta(days=outcome.days), event.tz, event.rollover)
            # Some zones set their clocks back across the rollover, so that a day starts twice.
            due = max(due, at + _MOMENT)
        if rating == AGAIN and self.phase is Phase.REVIEW:
            self.lapses += 1
        self.phase = outcome.phase
        self.memory = outcome.memory
        self.step = outcome.step
        self.interval = outcome.days or self.interval
        self.due = self.due_base = due
        self.last_review = at
        self.last_day = latest
        self.first_day = self.first_day or day
        self.reps += 1
        self.buried_until = None


_MOMENT = timedelta(milliseconds=1)


def _position(
    prompt: str,
    phase: Phase,
    step: int,
    interval: int,
    memory: Memory | None,
    reps: int,
    elapsed: int,
) -> Position:
    noise = fuzz.mix(fuzz.card_key(prompt), reps)
    return Position(phase, step, interval, memory, elapsed, noise)


def _elapsed(last_day: date | None, day: date) -> int:
    """Study days since the last review; never negative, also when the learner flew west."""
    return 0 if last_day is None else max((day - last_day).days, 0)


def _remembered(
    memory: Memory | None, before: _Card, event: ReviewEvent, weights: Weights
) -> Memory | None:
    if event.kind is Kind.RESET:
        return None
    if event.kind is not Kind.REVIEW:
        return memory
    return fsrs.after(weights, memory, event.rating or AGAIN, _elapsed(before.last_day, event.day))
