"""Takes review events in: inserts them and brings the cards they touch up to date, in one go.

Everything here runs inside the caller's transaction and under the learner's row lock, so an event
that was acknowledged is in the log and in its card's state, or neither.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from quizzes.domain.events import Kind, ReviewEvent, payload_hash
from quizzes.domain.fold import CardState, extended
from quizzes.domain.timeline import ALWAYS_DEFAULT
from quizzes.models import UserMemory
from quizzes.selectors.memory import timeline_of
from quizzes.services.folding import folded, write_states
from quizzes.services.refold import settings_changed
from quizzes.services.rows import (
    Met,
    Place,
    StoredCard,
    insert_events,
    met,
    places_and_cards,
    read_locked,
    save_cursor,
    sending,
)
from studyhub.accounts.models import User

CREATED, DUPLICATE, CONFLICT, INVALID = "created", "duplicate", "conflict", "invalid"
#: Events are sent to the database in parts, so that it writes while the next ones are judged.
PART = 200


class EventResult(msgspec.Struct, frozen=True):
    """What became of one sent event; `reason` says what to do where it was not taken in.

    `effective_at` is the time that it counts from, also for a duplicate.
    """

    id: str | None
    status: str
    reason: str = ""
    effective_at: datetime | None = None


def locked_memory(user: User) -> UserMemory:
    """The learner's row, locked until the transaction ends."""
    found = read_locked(user.pk)
    if found is None:
        UserMemory.objects.get_or_create(user=user)
        return UserMemory.objects.select_for_update().get(user=user)
    return found


def append(
    memory: UserMemory, events: Sequence[ReviewEvent], *, received: datetime
) -> list[EventResult]:
    """One result per event, in their order; nothing that is refused holds the others up.

    Saves what the log keeps in `memory`; other changes of it are the caller's to save.
    """
    ids = {event.id for event in events} | {event.target for event in events if event.target}
    known, taken_back = met(memory.user_id, ids)
    named = {event.prompt for event in events} | {row.prompt for row in known.values()}
    places, cards = places_and_cards(memory.user_id, {prompt for prompt in named if prompt})
    created: list[tuple[ReviewEvent, str, int]] = []
    stored = 0
    results = []
    with sending(len(events)):
        for event in events:
            if event.id in known:
                results.append(_met_before(event, known[event.id]))
                continue
            target_prompt = known[event.target].prompt if event.target in known else ""
            event, refusal = _placed(event, places, target_prompt)
            if refusal:
                results.append(EventResult(str(event.id), INVALID, refusal))
                continue
            text = payload_hash(event)
            created.append((event, text, memory.next_seq()))
            known[event.id] = Met(text, event.effective_at, event.prompt)
            results.append(EventResult(str(event.id), CREATED, effective_at=event.effective_at))
            if len(created) - stored == PART:
                insert_events(memory.user_id, created[stored:], received)
                stored = len(created)
        if created:
            insert_events(memory.user_id, created[stored:], received)
            _bring_up_to_date(memory, [event for event, *_ in created], places, cards, taken_back)
    return results


def _met_before(event: ReviewEvent, known: Met) -> EventResult:
    if event.kind is Kind.VOID and event.prompt is None:
        event = replace(event, prompt=known.prompt)  # stored with the card that its target named
    if payload_hash(event) == known.hash:
        return EventResult(str(event.id), DUPLICATE, effective_at=known.effective_at)
    reason = (
        "this id already belongs to an event that says something else, which is kept; "
        "give a new event an id of its own"
    )
    return EventResult(str(event.id), CONFLICT, reason, known.effective_at)


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
    memory: UserMemory,
    events: Sequence[ReviewEvent],
    places: Mapping[str, Place],
    cards: Mapping[str, StoredCard],
    taken_back: Collection[str | None],
) -> None:
    """`taken_back` has the cards of which a new event was taken back before it arrived."""
    by_card: dict[str, list[ReviewEvent]] = defaultdict(list)
    for event in events:
        if event.prompt is not None and event.kind is not Kind.PRACTICE:
            by_card[event.prompt].append(event)
    of_settings = [event for event in events if event.prompt is None]
    stale = settings_changed(memory, of_settings, set(by_card)) if of_settings else False
    # Until all cards are folded with the newest parameters, none can be trusted to be extended.
    stale = stale or memory.refold_wanted is not None
    # Without a change of settings there is no event of theirs either.
    settings = timeline_of(memory.user_id) if memory.settings_seq else ALWAYS_DEFAULT
    states: dict[str, CardState | None] = {}
    unsure: list[str] = []
    for prompt, fresh in by_card.items():
        card = cards.get(prompt)
        known = card.state if card is not None and not card.removed else None
        grown = None
        if not stale and prompt not in taken_back:
            grown = extended(known, fresh, settings, places[prompt].chapter)
        if grown is None:
            unsure.append(prompt)
        else:
            states[prompt] = grown
    states.update(folded(memory, unsure, settings))
    write_states(memory, states, cards, places)
    if of_settings:
        memory.save()
    else:
        save_cursor(memory.user_id, memory.cursor)
