"""Brings cards to what their events say, under the learner's row lock."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from content.models import Prompt
from quizzes.domain.fold import CardState, fold
from quizzes.domain.session_order import ORDERS_A_CHAPTER
from quizzes.domain.timeline import Timeline
from quizzes.models import Card, UserMemory
from quizzes.selectors.memory import chapters_of, events_of_cards
from quizzes.services import rows
from quizzes.services.stored import Place, StoredCard
from studyhub.base.statements import Outgoing

PERSONAL_ORDER = 10**9  # personal prompts come after the course in the queue of new cards
NO_PLACES: Mapping[str, Place] = MappingProxyType({})


def folded(
    memory: UserMemory, prompts: Iterable[str], settings: Timeline
) -> dict[str, CardState | None]:
    """Full folds of these cards, from all events in the log."""
    chosen = list(prompts)
    if not chosen:
        return {}
    events, chapters = events_of_cards(memory.user_id, chosen), chapters_of(chosen)
    return {prompt: fold(events[prompt], settings, chapters.get(prompt)) for prompt in chosen}


def write_states(
    out: Outgoing,
    memory: UserMemory,
    states: Mapping[str, CardState | None],
    cards: Mapping[str, StoredCard],
    places: Mapping[str, Place] = NO_PLACES,
) -> None:
    """Saves the states that changed; a card that no event makes any more is marked as removed.

    `cards` is what is stored of them; `places` has those that are not stored yet.
    """
    changed = []
    for prompt, state in sorted(states.items()):
        card = cards.get(prompt)
        if card is None:
            if state is None:
                continue
            added, order = False, _queue_order(places[prompt])
        else:
            added, order = card.added, card.new_order
        removed = state is None and not added
        target = state or CardState(prompt)
        if card is not None and card.removed == removed and card.state == target:
            continue
        changed.append(
            rows.card_row(
                memory.user_id,
                target,
                added=added,
                removed=removed,
                new_order=order,
                change_seq=memory.next_seq(),
            )
        )
    rows.upsert_cards(out, changed)


def new_order(prompt: Prompt) -> int:
    """The place of a prompt in the queue of new cards: by chapter, then as the chapter has it."""
    chapter = prompt.chapter
    number, slug = (chapter.number, chapter.slug) if chapter else (None, None)
    return _queue_order(Place(prompt.position, number, slug))


def _queue_order(place: Place) -> int:
    start = PERSONAL_ORDER if place.number is None else place.number * ORDERS_A_CHAPTER
    return start + place.position


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
