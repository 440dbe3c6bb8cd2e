"""Writes a learner's finished prompts: rows, cards, and the numbers that devices pull by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from content.domain.errors import CardConflict
from content.domain.own import FinishedPrompt
from content.domain.prompts import answer_to_json, content_hash
from content.models import Deck, Prompt
from quizzes.models import Card, UserMemory
from quizzes.services.folding import PERSONAL_ORDER, save_cards

BATCH = 500
WRITTEN = (
    "deck_id",
    "kind",
    "version",
    "question",
    "explanation",
    "answer",
    "question_html",
    "answer_html",
    "explanation_html",
    "question_text",
    "choices",
    "option_notes",
    "facts",
    "source",
    "tags",
    "note_id",
    "template",
    "anki",
    "content_hash",
)
"""Columns that are compared; the rest of a row says when and in what order."""
UPDATED = [name.removesuffix("_id") for name in WRITTEN] + [
    "change_seq",
    "retired_at",
    "updated_at",
]


@dataclass
class Written:
    """Prompt ids by what became of them. `restored` ones had been deleted; `changed` ones that got
    another text count a version more."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)


def put_prompts(
    memory: UserMemory,
    deck: Deck,
    prompts: Iterable[FinishedPrompt],
    *,
    now: datetime,
    restore: bool = True,
) -> Written:
    """Creates or updates these prompts in the learner's deck, and makes a card of each new one.

    Runs in the caller's transaction, under the lock that `memory` stands for; the caller saves
    `memory` afterwards. Idempotent by id: what says the same again is not written. A changed text
    keeps its history and counts the version up. With `restore`, one that was deleted comes back.
    Raises CardConflict where an id is not this learner's.
    """
    written = Written()
    chosen = {prompt.own.id: prompt for prompt in prompts}
    ids = list(chosen)
    for start in range(0, len(ids), BATCH):
        some = {id_: chosen[id_] for id_ in ids[start : start + BATCH]}
        _put(memory, deck, some, now, restore, written)
    return written


def _put(
    memory: UserMemory,
    deck: Deck,
    prompts: dict[str, FinishedPrompt],
    now: datetime,
    restore: bool,
    written: Written,
) -> None:
    rows = Prompt.objects.in_bulk(list(prompts))
    create: list[Prompt] = []
    update: list[Prompt] = []
    back: list[str] = []
    for id_, finished in prompts.items():
        old = rows.get(id_)
        if old is not None and old.owner_id != memory.user_id:
            raise CardConflict("This id is taken.", cure="Choose another one, a random UUID.")
        row = prompt_row(finished, old)
        row.deck = deck
        if old is None:
            row.owner_id = memory.user_id
            row.position = row.change_seq = memory.next_seq()
            create.append(row)
            written.created.append(id_)
        elif restore and old.retired_at is not None:
            update.append(row)
            back.append(id_)
        elif any(getattr(old, name) != getattr(row, name) for name in WRITTEN):
            row.retired_at = old.retired_at
            update.append(row)
            written.changed.append(id_)
        else:
            written.unchanged.append(id_)
        row.updated_at = now
    for row in update:
        row.owner_id, row.position = memory.user_id, rows[row.pk].position
        row.change_seq = memory.next_seq()
    Prompt.objects.bulk_create(create)
    Prompt.objects.bulk_create(
        update, update_conflicts=True, unique_fields=["id"], update_fields=UPDATED
    )
    add_cards(memory, [*create, *update])
    _pull_again(memory, back)
    written.restored += back


def prompt_row(finished: FinishedPrompt, old: Prompt | None) -> Prompt:
    """The unsaved row of a prompt that takes the place of `old`; its owner, deck and numbers are
    the caller's to set."""
    own = finished.own
    text = content_hash(own.prompt())
    fields: dict[str, Any] = {
        "kind": own.kind.value,
        "question": own.question,
        "explanation": own.explanation,
        "answer": answer_to_json(own.answer),
        "question_html": finished.question_html,
        "answer_html": finished.answer_html,
        "explanation_html": finished.explanation_html,
        "question_text": finished.question_text[:500],
        "choices": finished.choices,
        "option_notes": finished.option_notes,
        "facts": list(own.facts),
        "source": finished.source,
        "tags": list(own.tags),
        "note_id": finished.note_id,
        "template": finished.template,
        "anki": finished.anki,
        "content_hash": text,
    }
    same = old is None or (old.content_hash, old.question_html, old.answer_html) == (
        text,
        finished.question_html,
        finished.answer_html,
    )
    version = 1 if old is None else old.version + (not same)
    return Prompt(id=own.id, version=version, **fields)


def add_cards(memory: UserMemory, prompts: Sequence[Prompt]) -> None:
    """Makes a card of each prompt that is none yet, in the order of their places in the queue."""
    ids = [prompt.pk for prompt in prompts]
    cards = {
        card.prompt_id: card
        for card in Card.objects.filter(user_id=memory.user_id, prompt_id__in=ids)
    }
    changed = []
    for prompt in prompts:
        card = cards.get(prompt.pk)
        if card is None:
            order = PERSONAL_ORDER + (prompt.position or 0)
            card = Card(user_id=memory.user_id, prompt=prompt, new_order=order)
        elif card.added and not card.removed:
            continue
        card.added, card.removed = True, False
        card.change_seq = memory.next_seq()
        changed.append(card)
    save_cards(changed)


def retire(
    memory: UserMemory, prompts: Sequence[Prompt], retired_at: datetime | None, *, now: datetime
) -> int:
    """Retires prompts, or restores them where `retired_at` is None; devices pull the change.

    A device forgets the card of a prompt that is gone, so a restored one sends its card again.
    """
    for prompt in prompts:
        prompt.retired_at, prompt.updated_at = retired_at, now
        prompt.change_seq = memory.next_seq()
    Prompt.objects.bulk_update(prompts, ["retired_at", "updated_at", "change_seq"], batch_size=500)
    if retired_at is None:
        _pull_again(memory, [prompt.pk for prompt in prompts])
    memory.save()
    return len(prompts)


def _pull_again(memory: UserMemory, prompt_ids: Sequence[str]) -> None:
    for start in range(0, len(prompt_ids), BATCH):
        some = list(prompt_ids[start : start + BATCH])
        cards = list(Card.objects.filter(user_id=memory.user_id, prompt_id__in=some))
        for card in cards:
            card.change_seq = memory.next_seq()
        Card.objects.bulk_update(cards, ["change_seq"])
