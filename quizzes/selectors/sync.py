"""What changed for a learner since a cursor, for devices that study offline.

A cursor has two parts: the learner's change number (cards, events, settings, own prompts) and the
last change of a text of the course, `updated_at` in microseconds and id. To programs it is opaque.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from content.models import Prompt
from quizzes.domain.events import moment_text, payload
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.selectors.memory import timeline_of
from studyhub.accounts.models import User
from studyhub.base.errors import CursorInvalid
from studyhub.base.statements import Rows, Statement

LIMIT_MAX = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAN_FIELDS = (
    "new_per_day",
    "reviews_per_day",
    "new_order",
    "easy_days",
    "balance",
    "leech_lapses",
    "leech_suspend",
)
_CURSOR = re.compile(r"(\d{1,18})(?:\.(\d{1,18})\.([^\x00]*))?")


@dataclass(frozen=True)
class Change:
    """`type` is card, prompt, event, settings or removed; `id` the prompt's or the event's."""

    type: str
    id: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Changes:
    """`cursor` continues after these changes; `more` says that there are some already."""

    changes: list[Change]
    cursor: str
    more: bool


@dataclass(frozen=True)
class Cursor:
    seq: int = 0
    texts_at: datetime = _EPOCH
    texts_id: str = ""

    def __str__(self) -> str:
        micros = (self.texts_at - _EPOCH) // timedelta(microseconds=1)
        return f"{self.seq}.{micros}.{self.texts_id}"


def read_cursor(text: str | None) -> Cursor:
    """The cursor that was given out; empty text is the beginning. Raises CursorInvalid."""
    if not text:
        return Cursor()
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise CursorInvalid("since")
    micros = min(int(match[2] or 0), 10**16)
    return Cursor(int(match[1]), _EPOCH + timedelta(microseconds=micros), match[3] or "")


def newest_text() -> Statement:
    """Asks where the texts of the course end, for `cursor_after`."""
    return Statement(
        f"SELECT updated_at, id FROM {Prompt._meta.db_table} WHERE owner_id IS NULL"
        " ORDER BY updated_at DESC, id DESC LIMIT 1"
    )


def cursor_after(seq: int, texts: Rows) -> str:
    """The cursor after change number `seq` and the newest text."""
    if not texts:
        return str(Cursor(seq))
    [(at, pk)] = texts
    return str(Cursor(seq, at if at.tzinfo else at.replace(tzinfo=UTC), pk))


def changes(user: User, since: str | None, limit: int = 500) -> Changes:
    """At most `limit` changes after `since`: prompts first, so that no card comes without its text.

    A card appears once, in its newest state, however often it changed. What is removed is a card
    whose only events were taken back, or an own prompt that was deleted. Own prompts whose newest
    text is still ahead come beyond `limit`, before the page's cards, and again in their place.
    """
    limit = max(1, min(limit, LIMIT_MAX))
    cursor = read_cursor(since)
    prompts = list(_changed_prompts(cursor)[: limit + 1])
    found = [_prompt_change(prompt) for prompt in prompts[:limit]]
    if found:
        last = prompts[len(found) - 1]
        cursor = Cursor(cursor.seq, last.updated_at, last.pk)
    if len(prompts) > limit:
        return Changes(found, str(cursor), more=True)
    room = limit - len(found)
    mine = list(islice(_own_changes(user, cursor.seq, room + 1), room + 1))
    if mine[:room]:
        cursor = Cursor(mine[:room][-1][0], cursor.texts_at, cursor.texts_id)
    page = sorted((change for _, change in mine[:room]), key=lambda change: change.type != "prompt")
    ahead = _own_texts_ahead(user, page, cursor.seq)
    return Changes([*found, *ahead, *page], str(cursor), more=len(mine) > room)


def _changed_prompts(cursor: Cursor) -> QuerySet[Prompt]:
    """Texts of the course after the cursor. All texts of one sync have the same time, so only a
    comparison of pairs lets the index begin after the last one that was pulled."""
    place = Tuple(F("updated_at"), F("pk"))
    later = TupleGreaterThan(place, (cursor.texts_at, cursor.texts_id))
    course = Prompt.objects.filter(later, owner=None)
    return course.select_related("chapter", "deck").order_by("updated_at", "pk")


def _own_changes(user: User, seq: int, limit: int) -> Iterator[tuple[int, Change]]:
    """Numbered changes after `seq`, up to the number that was the newest before they are read.

    The bound matters: each table is read by a query of its own, and a push between two of them
    would otherwise move the cursor past rows that the earlier query could not see yet.
    """
    newest = UserMemory.objects.filter(user=user).values_list("cursor", flat=True).first() or 0
    span = (seq + 1, newest)
    events = ReviewEventRow.objects.filter(user=user, change_seq__range=span).order_by("change_seq")
    cards = Card.objects.filter(user=user, change_seq__range=span).order_by("change_seq")
    settings = UserMemory.objects.filter(user=user, settings_seq__range=span)
    texts = _own_prompts(user).filter(change_seq__range=span).order_by("change_seq")
    return merge(
        ((text.change_seq or 0, _own_prompt_change(text)) for text in texts[:limit]),
        ((row.change_seq, _event_change(row)) for row in events[:limit]),
        ((card.change_seq, _card_change(card)) for card in cards[:limit]),
        ((memory.settings_seq, _settings_change(memory)) for memory in settings),
        key=lambda numbered: numbered[0],
    )


def _own_prompts(user: User) -> QuerySet[Prompt]:
    return Prompt.objects.filter(owner=user).select_related("chapter", "deck")


def _own_texts_ahead(user: User, page: list[Change], seq: int) -> list[Change]:
    """Texts of the page's cards that were edited after everything in it."""
    cards = [change.id for change in page if change.type == "card"]
    if not cards:
        return []
    ahead = _own_prompts(user).filter(pk__in=cards, change_seq__gt=seq, retired_at=None)
    return [_prompt_change(prompt) for prompt in ahead]


def _own_prompt_change(prompt: Prompt) -> Change:
    if prompt.retired_at is not None:
        return Change("removed", prompt.pk, {"type": "prompt"})
    return _prompt_change(prompt)


def _event_change(row: ReviewEventRow) -> Change:
    data = {**payload(row.event()), "effective_at": moment_text(row.effective_at)}
    return Change("event", str(row.event_id), data)


def _card_change(card: Card) -> Change:
    if card.removed:
        return Change("removed", card.prompt_id, {"type": "card"})
    data: dict[str, Any] = {"prompt": card.prompt_id, "added": card.added}
    for name in card.STATE_FIELDS:
        value = getattr(card, name)
        if isinstance(value, datetime):
            data[name] = moment_text(value)
        else:
            data[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return Change("card", card.prompt_id, data)


def _settings_change(memory: UserMemory) -> Change:
    scheduling = asdict(timeline_of(memory.user_id).newest)
    scheduling["parameters"] = scheduling.pop("weights")
    scheduling["scheduler_version"] = scheduling.pop("version")
    scheduling["chapter_retention"] = dict(scheduling["chapter_retention"])
    plan = {name: getattr(memory, name) for name in _PLAN_FIELDS}
    refold = {"done": memory.refold_done, "total": memory.refold_total}
    waiting = None if memory.refold_wanted is None else refold
    return Change("settings", "settings", {**plan, **scheduling, "refold": waiting})


def _prompt_change(prompt: Prompt) -> Change:
    """All that a device needs to ask and grade the prompt without the server."""
    data = {
        "id": prompt.pk,
        "version": prompt.version,
        "kind": prompt.kind,
        "chapter": prompt.chapter.slug if prompt.chapter else None,
        "deck": prompt.deck.slug,
        "own": prompt.owner_id is not None,
        "tags": prompt.tags,
        "question_html": prompt.question_html,
        "answer_html": prompt.answer_html,
        "explanation_html": prompt.explanation_html,
        "choices": prompt.choices,
        "answer": prompt.answer,
        "facts": prompt.facts,
        "requires": prompt.requires,
        "source": prompt.source,
        "position": prompt.position,
        "retired": prompt.retired_at is not None,
    }
    return Change("prompt", prompt.pk, data)
