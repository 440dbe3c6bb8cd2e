"""What a learner does to own cards: write, edit, move, delete, restore."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from content.domain.errors import CardConflict, CardInvalid
from content.domain.own import FinishedPrompt, OwnPrompt, import_id, own_id
from content.domain.prompts import Kind, TextAnswer
from content.format.own import FieldProblems, OwnFields, finish, hint, read_own
from content.models import Prompt
from quizzes.selectors.decks import addresses_for, as_own, own_prompt, owned_deck
from quizzes.services.intake import locked_memory
from quizzes.services.own_cards import Written, put_prompts, retire
from studyhub.accounts.models import User


@dataclass(frozen=True)
class Preview:
    """A card as it would be kept; None with `problems` per field where it would not."""

    card: FinishedPrompt | None
    problems: dict[str, list[str]] = field(default_factory=dict)
    hint: str = ""


def preview_card(user: User, fields: OwnFields) -> Preview:
    """Checks and renders what was typed; keeps nothing."""
    problems = FieldProblems()
    own = read_own(fields, "my-preview", problems.add)
    if own is None:
        return Preview(None, problems.errors)
    return Preview(_finished(user, own), hint=hint(own))


def write_card(
    user: User,
    deck_slug: str,
    fields: OwnFields,
    *,
    now: datetime,
    chosen: UUID,
    reverse: bool = False,
) -> str:
    """Keeps a new card in a deck and gives its id, which `chosen` fixes.

    Sending it again changes nothing, also where the card was edited or deleted meanwhile. With
    `reverse`, a basic card gets a twin that asks the other way round.
    Raises CardInvalid, DeckNotFound, CardConflict.
    """
    own = _read(fields, own_id(chosen))
    made = [own]
    if reverse and own.kind is Kind.BASIC:
        made = _twins(user, own)
    with transaction.atomic():
        memory = locked_memory(user)
        deck = owned_deck(user, deck_slug)
        if Prompt.objects.filter(owner=user, pk=own.id).exists():
            return own.id
        finished = [_finished(user, one) for one in made]
        put_prompts(memory, deck, finished, now=now)
        memory.save()
    return own.id


def _twins(user: User, own: OwnPrompt) -> list[OwnPrompt]:
    """The card and its reverse; the shared fact keeps them apart in a session."""
    assert isinstance(own.answer, TextAnswer)
    back = replace(
        own,
        id=import_id(user.pk, f"reverse of {own.id}"),
        question=own.answer.text,
        answer=TextAnswer(own.question),
    )
    return [replace(one, facts=(own.id,)) for one in (own, back)]


def edit_card(
    user: User, prompt_id: str, fields: OwnFields, *, deck_slug: str, now: datetime
) -> Written:
    """Changes the card's text, tags and deck. Its history stays; a new text is a new version.

    The text of a card that came from an Anki note belongs to the note: only its tags and its deck
    change here. Raises CardInvalid, CardConflict, DeckNotFound.
    """
    with transaction.atomic():
        memory = locked_memory(user)
        row, deck = own_prompt(user, prompt_id), owned_deck(user, deck_slug)
        own = _read(fields, prompt_id)
        if row.note_id is not None:
            if replace(own, tags=(), facts=()) != replace(as_own(row), tags=(), facts=()):
                raise CardConflict(
                    "This card was made from a note of Anki, which its text belongs to.",
                    cure="Change it in Anki and import it again, or write a card of your own.",
                )
            row.deck, row.tags = deck, list(own.tags)
            row.updated_at, row.change_seq = now, memory.next_seq()
            row.save(update_fields=["deck", "tags", "updated_at", "change_seq"])
            written = Written(changed=[prompt_id])
        else:
            own = replace(own, facts=tuple(row.facts))
            written = put_prompts(memory, deck, [_finished(user, own)], now=now)
        memory.save()
    return written


def delete_cards(user: User, prompt_ids: Sequence[str], *, now: datetime) -> int:
    """Deletes own cards, so that they can be restored; gives how many. Others are left alone."""
    with transaction.atomic():
        memory = locked_memory(user)
        rows = Prompt.objects.filter(owner=user, pk__in=list(prompt_ids), retired_at=None)
        return retire(memory, list(rows), now, now=now)


def restore_cards(user: User, prompt_ids: Sequence[str], *, now: datetime) -> int:
    """Brings deleted own cards back, but those of a deck that is deleted itself."""
    with transaction.atomic():
        memory = locked_memory(user)
        rows = Prompt.objects.filter(owner=user, pk__in=list(prompt_ids), deck__retired_at=None)
        return retire(memory, list(rows.exclude(retired_at=None)), None, now=now)


def move_cards(user: User, prompt_ids: Sequence[str], deck_slug: str, *, now: datetime) -> int:
    """Puts own cards into another deck; gives how many moved. Cards of the course stay there."""
    with transaction.atomic():
        memory = locked_memory(user)
        deck = owned_deck(user, deck_slug)
        rows = list(
            Prompt.objects.filter(owner=user, pk__in=list(prompt_ids), retired_at=None).exclude(
                deck=deck
            )
        )
        for row in rows:
            row.deck, row.updated_at, row.change_seq = deck, now, memory.next_seq()
        Prompt.objects.bulk_update(rows, ["deck", "updated_at", "change_seq"], batch_size=500)
        memory.save()
        return len(rows)


def _read(fields: OwnFields, prompt_id: str) -> OwnPrompt:
    problems = FieldProblems()
    own = read_own(fields, prompt_id, problems.add)
    if own is None:
        raise CardInvalid("The card cannot be kept like this.", errors=problems.errors)
    return own


def _finished(user: User, own: OwnPrompt) -> FinishedPrompt:
    texts = [own.question, own.explanation]
    if isinstance(own.answer, TextAnswer):
        texts.append(own.answer.text)
    return finish(own, addresses_for(user, *texts))
