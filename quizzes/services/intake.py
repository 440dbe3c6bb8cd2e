"""Takes review events in: inserts them and brings the cards they touch up to date, in one go.

Everything here runs inside the caller's transaction and under the learner's row lock, so an event
that was acknowledged is in the log and in its card's state, or neither.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from content.models import Prompt
from quizzes.domain.events import Kind, ReviewEvent, payload_hash
from quizzes.domain.fold import CardState, extended, fold
from quizzes.domain.timeline import Timeline
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.selectors.memory import (
    chapters_of,
    events_of_cards,
    timeline_of,
    visible_prompts,
)
from studyhub.accounts.models import User

CREATED, DUPLICATE, CONFLICT, INVALID = "created", "duplicate", "conflict", "invalid"
PERSONAL_ORDER = 10**9  # personal prompts come after the course in the queue of new cards
CHUNK = 500
NOTHING: Mapping[str, Prompt] = MappingProxyType({})


@dataclass(frozen=True)
class EventResult:
    """What became of one sent event; `reason` says what to do where it was not taken in.

    `effective_at` is the time that it counts from, also for a duplicate.
    """

    id: str | None
    status: str
    reason: str = ""
    effective_at: datetime | None = None


def locked_memory(user: User) -> UserMemory:
    """The learner's row, locked until the transaction ends."""
    locked = UserMemory.objects.select_for_update().filter(user=user).first()
    if locked is None:
        UserMemory.objects.get_or_create(user=user)
        locked = UserMemory.objects.select_for_update().get(user=user)
    return locked


def append(
    memory: UserMemory, events: Sequence[ReviewEvent], *, received: datetime
) -> list[EventResult]:
    """One result per event, in their order; nothing that is refused holds the others up."""
    known = {
        row.event_id: _Known(row.payload_hash, row.effective_at, row.prompt_id)
        for row in ReviewEventRow.objects.filter(
            user_id=memory.user_id,
            event_id__in={event.id for event in events}
            | {event.target for event in events if event.target},
        ).only("event_id", "payload_hash", "effective_at", "prompt_id")
    }
    named = {event.prompt for event in events} | {row.prompt for row in known.values()}
    prompts = visible_prompts(memory.user_id, {prompt for prompt in named if prompt})
    created: dict[UUID, ReviewEvent] = {}
    results = []
    for event in events:
        if event.id in known:
            results.append(_met_before(event, known[event.id]))
            continue
        target_prompt = known[event.target].prompt if event.target in known else ""
        event, refusal = _placed(event, prompts, target_prompt)
        if refusal:
            results.append(EventResult(str(event.id), INVALID, refusal))
            continue
        created[event.id] = event
        known[event.id] = _Known(payload_hash(event), event.effective_at, event.prompt)
        results.append(EventResult(str(event.id), CREATED, effective_at=event.effective_at))
    _store(memory, list(created.values()), received)
    _bring_up_to_date(memory, list(created.values()), prompts)
    memory.save()
    return results


class _Known(NamedTuple):
    """What an event with an id that was met before says, as it was stored."""

    hash: str
    effective_at: datetime
    prompt: str | None


def _met_before(event: ReviewEvent, known: _Known) -> EventResult:
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
    event: ReviewEvent, prompts: Mapping[str, Prompt], target_prompt: str | None
) -> tuple[ReviewEvent, str]:
    """The event with its card, or why it cannot have one. `target_prompt` is "" when unknown."""
    if event.kind is Kind.VOID and event.prompt is None:
        if target_prompt == "":
            return event, "target: not received yet; name its prompt, or send it first"
        return replace(event, prompt=target_prompt), ""
    if event.kind is Kind.VOID and target_prompt not in ("", event.prompt):
        return event, f"prompt: the target belongs to {target_prompt or 'no card'}; name that"
    if event.prompt is not None and event.prompt not in prompts:
        return event, f"prompt: there is no {event.prompt!r} here; pull the changes and use its id"
    return event, ""


def _store(memory: UserMemory, events: Sequence[ReviewEvent], received: datetime) -> None:
    ReviewEventRow.objects.bulk_create(
        ReviewEventRow.of(
            event, user_id=memory.user_id, received_at=received, change_seq=memory.next_seq()
        )
        for event in events
    )


def _bring_up_to_date(
    memory: UserMemory, events: Sequence[ReviewEvent], prompts: Mapping[str, Prompt]
) -> None:
    by_card: dict[str, list[ReviewEvent]] = defaultdict(list)
    for event in events:
        if event.prompt is not None and event.kind is not Kind.PRACTICE:
            by_card[event.prompt].append(event)
    if any(event.prompt is None for event in events):
        refold(memory, prompts)
        memory.settings_seq = memory.next_seq()
        return
    settings = timeline_of(memory.user_id)
    cards = _cards(memory, by_card)
    taken_back = _taken_back(memory, events)
    states: dict[str, CardState | None] = {}
    unsure: set[str] = set()
    for prompt, fresh in by_card.items():
        card = cards.get(prompt)
        known = card.state() if card is not None and not card.removed else None
        chapter = _chapter(prompts[prompt])
        grown = None if prompt in taken_back else extended(known, fresh, settings, chapter)
        if grown is None:
            unsure.add(prompt)
        else:
            states[prompt] = grown
    states.update(_folded(memory, unsure, settings))
    _write(memory, states, cards, prompts)


def _taken_back(memory: UserMemory, events: Iterable[ReviewEvent]) -> set[str | None]:
    """Cards of which a new event was taken back before it arrived."""
    voids = ReviewEventRow.objects.filter(
        user_id=memory.user_id, target__in=[event.id for event in events]
    )
    return set(voids.values_list("prompt_id", flat=True))


def refold(memory: UserMemory, touched: Mapping[str, Prompt] = NOTHING) -> int:
    """Folds all cards anew, and those that events `touched`; returns how many were looked at."""
    settings = timeline_of(memory.user_id)
    cards = Card.objects.filter(user_id=memory.user_id, removed=False)
    chosen = sorted({*touched, *cards.values_list("prompt_id", flat=True)})
    for start in range(0, len(chosen), CHUNK):
        some = chosen[start : start + CHUNK]
        _write(memory, _folded(memory, some, settings), _cards(memory, some), touched)
    return len(chosen)


def _folded(
    memory: UserMemory, prompts: Iterable[str], settings: Timeline
) -> dict[str, CardState | None]:
    events = events_of_cards(memory.user_id, prompts)
    chapters = chapters_of(prompts)
    return {prompt: fold(of_card, settings, chapters[prompt]) for prompt, of_card in events.items()}


def _chapter(prompt: Prompt) -> str | None:
    return prompt.chapter.slug if prompt.chapter else None


def _cards(memory: UserMemory, prompts: Iterable[str]) -> dict[str, Card]:
    found = Card.objects.filter(user_id=memory.user_id, prompt_id__in=list(prompts))
    return {card.prompt_id: card for card in found}


def _write(
    memory: UserMemory,
    states: Mapping[str, CardState | None],
    cards: Mapping[str, Card],
    prompts: Mapping[str, Prompt],
) -> None:
    """Saves the states that changed; a card that no event makes any more is marked as removed."""
    changed = []
    for prompt, state in sorted(states.items()):
        card = cards.get(prompt)
        if card is None:
            if state is None:
                continue
            card = Card(
                user_id=memory.user_id, prompt_id=prompt, new_order=new_order(prompts[prompt])
            )
        removed = state is None and not card.added
        target = state or CardState(prompt)
        if card.pk and card.removed == removed and card.state() == target:
            continue
        card.take(target)
        card.removed = removed
        card.change_seq = memory.next_seq()
        changed.append(card)
    save_cards(changed)


def save_cards(cards: Sequence[Card]) -> None:
    """Inserts new cards and updates the others, in one statement per batch."""
    fields = (*Card.STATE_FIELDS, *Card.HEAD_FIELDS, "added", "removed", "change_seq")
    Card.objects.bulk_create([card for card in cards if card.pk is None])
    Card.objects.bulk_create(
        [card for card in cards if card.pk is not None],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(fields),
    )


def new_order(prompt: Prompt) -> int:
    """The place of a prompt in the queue of new cards: by chapter, then as the chapter has it."""
    chapter = prompt.chapter
    start = PERSONAL_ORDER if chapter is None else chapter.number * 100_000
    return start + prompt.position
