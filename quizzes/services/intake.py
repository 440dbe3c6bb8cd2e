"""Takes review events in: inserts them and brings the cards they touch up to date, in one go.

Everything here runs inside the caller's transaction and under the learner's row lock, so an event
that was acknowledged is in the log and in its card's state, or neither.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from quizzes.domain.events import Kind, ReviewEvent, payload_hash
from quizzes.domain.fold import CardState, extended
from quizzes.domain.timeline import ALWAYS_DEFAULT, Timeline
from quizzes.models import UserMemory
from quizzes.selectors.memory import timeline_of
from quizzes.services.folding import folded, write_states
from quizzes.services.refold import settings_changed
from quizzes.services.rows import insert_events, save_cursor
from quizzes.services.stored import Met, Place, Stored, locked, locked_and_stored, stored
from studyhub.accounts.models import User
from studyhub.base.statements import Outgoing, Rows, Statement, outgoing

CREATED, DUPLICATE, CONFLICT, INVALID = "created", "duplicate", "conflict", "invalid"
#: Events and cards are sent to the database in parts, so that it writes as the next are worked out.
EVENTS_PART, CARDS_PART = 200, 60


class EventResult(msgspec.Struct, frozen=True, gc=False):
    """What became of one sent event; `reason` says what to do where it was not taken in.

    `id` is None, or as it was sent, where it is no UUID. `effective_at` is the time that the event
    counts from, also for a duplicate.
    """

    id: UUID | str | None
    status: str
    reason: str = ""
    effective_at: datetime | None = None


def locked_memory(user: User) -> UserMemory:
    """The learner's row, locked until the transaction ends."""
    return locked(user.pk) or _made(user)


def opened(
    user: User, events: Sequence[ReviewEvent], also: Statement
) -> tuple[UserMemory, Stored, Rows]:
    """`locked_memory`, what is stored of the events, and the rows of another statement: all that
    taking them in begins with, in one wait."""
    ids, prompts = _named(events)
    memory, found, rows = locked_and_stored(user.pk, ids, prompts, also)
    if memory is None:
        memory = _made(user)
        found = stored(user.pk, ids, prompts)  # what was read before was not locked
    return memory, found, rows


def _made(user: User) -> UserMemory:
    UserMemory.objects.get_or_create(user=user)
    return UserMemory.objects.select_for_update().get(user=user)


def _named(events: Sequence[ReviewEvent]) -> tuple[set[UUID], set[str]]:
    ids = {event.id for event in events} | {event.target for event in events if event.target}
    return ids, {event.prompt for event in events if event.prompt}


def append(
    memory: UserMemory,
    events: Sequence[ReviewEvent],
    *,
    received: datetime,
    found: Stored | None = None,
) -> list[EventResult]:
    """One result per event, in their order; nothing that is refused holds the others up.

    Saves what the log keeps in `memory`; other changes of it are the caller's to save. `found` is
    what is stored of the events, where the caller has read it under the lock.
    """
    found = found or stored(memory.user_id, *_named(events))
    known = dict(found.known)
    created = []
    results = []
    # Settings touch many tables; what follows from them is told row by row, outside a pipeline.
    settings = any(event.prompt is None for event in events)
    with outgoing(0 if settings else len(events)) as out:
        log = _Log(out, memory, received)
        for event in events:
            if event.id in known:
                results.append(_met_before(event, known[event.id]))
                continue
            target_prompt = known[event.target].prompt if event.target in known else ""
            event, refusal = _placed(event, found.places, target_prompt)
            if refusal:
                results.append(EventResult(event.id, INVALID, refusal))
                continue
            text = payload_hash(event)
            created.append(event)
            log.add(event, text)
            known[event.id] = Met(text, event.effective_at, event.prompt)
            results.append(EventResult(event.id, CREATED, effective_at=event.effective_at))
        if created:
            _bring_up_to_date(memory, created, found, log, out)
    return results


class _Log:
    """Created events on their way to the log, the first part at once."""

    def __init__(self, out: Outgoing, memory: UserMemory, received: datetime) -> None:
        self.out, self.memory, self.received = out, memory, received
        self.created: list[tuple[ReviewEvent, str, int]] = []
        self.sent = 0

    def add(self, event: ReviewEvent, text: str) -> None:
        self.created.append((event, text, self.memory.next_seq()))
        if len(self.created) == EVENTS_PART:
            self.send_part()

    def send_part(self) -> None:
        self._send(self.sent + EVENTS_PART)

    def send(self) -> None:
        self._send(len(self.created))

    def _send(self, end: int) -> None:
        part = self.created[self.sent : end]
        self.sent += len(part)
        insert_events(self.out, self.memory.user_id, part, self.received)


def _met_before(event: ReviewEvent, known: Met) -> EventResult:
    if event.kind is Kind.VOID and event.prompt is None:
        event = replace(event, prompt=known.prompt)  # stored with the card that its target named
    if payload_hash(event) == known.hash:
        return EventResult(event.id, DUPLICATE, effective_at=known.effective_at)
    reason = (
        "this id already belongs to an event that says something else, which is kept; "
        "give a new event an id of its own"
    )
    return EventResult(event.id, CONFLICT, reason, known.effective_at)


def _placed(
    event: ReviewEvent, places: Mapping[str, Place], target_prompt: str | None
) -> tuple[ReviewEvent, str]:
    """The event with its card, or why it cannot have one. `target_prompt` is "" when unknown."""
    if event.kind is Kind.VOID and event.prompt is None:
        if target_prompt == "":
            return event, "target: not received yet; name its prompt, or send it first"
        return replace(event, prompt=target_prompt), ""
    if event.kind is Kind.VOID and target_prompt not in ("", event.prompt):
        return event, f"prompt: the target belongs to {target_prompt or 'no card'}; name that"
    if event.prompt is not None and event.prompt not in places:
        return event, f"prompt: there is no {event.prompt!r} here; pull the changes and use its id"
    return event, ""


def _bring_up_to_date(
    memory: UserMemory, events: Sequence[ReviewEvent], found: Stored, log: _Log, out: Outgoing
) -> None:
    """Folds and saves the cards of these events. Meanwhile the log goes out part by part."""
    by_card: dict[str, list[ReviewEvent]] = defaultdict(list)
    for event in events:
        if event.prompt is not None and event.kind is not Kind.PRACTICE:
            by_card[event.prompt].append(event)
    of_settings = [event for event in events if event.prompt is None]
    stale = False
    if of_settings:
        log.send()
        out.flush()
        stale = settings_changed(memory, of_settings, set(by_card))
    # Until all cards are folded with the newest parameters, none can be trusted to be extended.
    stale = stale or memory.refold_wanted is not None
    # Without a change of settings there is no event of theirs either.
    settings = timeline_of(memory.user_id) if memory.settings_seq else ALWAYS_DEFAULT
    unsure: list[str] = []
    for part in _parts([] if stale else sorted(by_card)):
        log.send_part()
        grown = {prompt: _grown(by_card[prompt], found, settings) for prompt in part}
        unsure += [prompt for prompt, state in grown.items() if state is None]
        sure = {prompt: state for prompt, state in grown.items() if state is not None}
        write_states(out, memory, sure, found.cards, found.places)
    log.send()
    again = sorted(by_card) if stale else unsure
    if again:
        out.flush()
        write_states(out, memory, folded(memory, again, settings), found.cards, found.places)
    if of_settings:
        memory.save()
    else:
        save_cursor(out, memory.user_id, memory.cursor)


def _grown(fresh: Sequence[ReviewEvent], found: Stored, settings: Timeline) -> CardState | None:
    """The stored card with its new events; None where only a fold of all its events will do, as
    the new ones are not the last, or one was taken back before it arrived."""
    prompt = str(fresh[0].prompt)
    if prompt in found.taken_back:
        return None
    card = found.cards.get(prompt)
    known = card.state if card is not None and not card.removed else None
    return extended(known, fresh, settings, found.places[prompt].chapter)


def _parts(prompts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(prompts), CARDS_PART):
        yield prompts[start : start + CARDS_PART]
