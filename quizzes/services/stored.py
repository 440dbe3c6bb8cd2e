"""What the tables say about events that are about to be written: read in one wait, under the lock.

SQL, as every answer begins with it (docs/adr/0025).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from content.models import Chapter, Prompt
from quizzes.domain.fold import CardState
from quizzes.domain.scheduler import Phase
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.services.arrays import listed
from studyhub.base.instances import columns, instance
from studyhub.base.statements import Rows, Statement, together


class Met(NamedTuple):
    """What the log says about an event with an id that was met before."""

    hash: str
    effective_at: datetime
    prompt: str | None


class Place(NamedTuple):
    """Where a prompt stands in the course; a personal one has no chapter."""

    position: int
    number: int | None
    chapter: str | None


class StoredCard(NamedTuple):
    """What the table says about a card, beside what belongs to others."""

    state: CardState
    added: bool
    removed: bool
    new_order: int


class Stored(NamedTuple):
    """What is stored of the events with some ids and of the cards of some prompts.

    `known` has the events that are in the log; `taken_back` the cards whose voids there name one
    of the ids. `places` has those of the prompts that the learner may see (the course's and their
    own, retired ones included), `cards` the learner's cards of them, removed ones included.
    """

    known: dict[UUID, Met]
    taken_back: set[str | None]
    places: dict[str, Place]
    cards: dict[str, StoredCard]


def stored(user_id: int, ids: Collection[UUID], prompts: Collection[str]) -> Stored:
    """Read under the learner's lock."""
    met, places = together([_met(user_id, ids), _places_and_cards(user_id, prompts)])
    return _read(user_id, met, places)


def locked_and_stored(
    user_id: int, ids: Collection[UUID], prompts: Collection[str], also: Statement
) -> tuple[UserMemory | None, Stored, Rows]:
    """The same after the learner's row, which is locked until the transaction ends (None where
    there is none yet), and the rows of another statement, for which nobody need wait again."""
    rows, met, places, others = together(
        [_lock(user_id), _met(user_id, ids), _places_and_cards(user_id, prompts), also]
    )
    return _memory(rows), _read(user_id, met, places), others


def locked(user_id: int) -> UserMemory | None:
    """The learner's row alone, locked until the transaction ends; None where there is none yet."""
    [rows] = together([_lock(user_id)])
    return _memory(rows)


def places_and_cards(
    user_id: int, prompts: Collection[str]
) -> tuple[dict[str, Place], dict[str, StoredCard]]:
    """`places` and `cards` of `Stored`."""
    if not prompts:
        return {}, {}
    [rows] = together([_places_and_cards(user_id, prompts)])
    return _read_cards(rows)


def _lock(user_id: int) -> Statement:
    # SQLite locks the whole file as its transaction begins.
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    table = UserMemory._meta.db_table
    return Statement(
        f"SELECT {columns(UserMemory, 'm')} FROM {table} m WHERE m.user_id = %s{lock}", [user_id]
    )


def _memory(rows: Rows) -> UserMemory | None:
    return instance(UserMemory, rows[0]) if rows else None


def _met(user_id: int, ids: Collection[UUID]) -> Statement:
    among, values = listed(list(ids), "uuid")
    table = ReviewEventRow._meta.db_table
    met = f"SELECT event_id, payload_hash, effective_at, prompt_id FROM {table} WHERE user_id = %s"
    voids = (
        f"SELECT NULL, NULL, NULL, prompt_id FROM {table}"
        f" WHERE user_id = %s AND target IS NOT NULL AND target {among}"
    )
    if connection.vendor != "postgresql":
        return Statement(
            f"{met} AND event_id {among} UNION ALL {voids}", [user_id, values, user_id, values]
        )
    each = _each("uuid", f"{met} AND event_id = sent.value")
    return Statement(
        f"SELECT met.* FROM {each} met UNION ALL {voids}", [values, user_id, user_id, values]
    )


def _read(user_id: int, met: Rows, rows: Rows) -> Stored:
    known: dict[UUID, Met] = {}
    taken_back: set[str | None] = set()
    for event_id, text, effective_at, prompt in met:
        if event_id is None:
            taken_back.add(prompt)
        elif isinstance(event_id, UUID):
            known[event_id] = Met(text, effective_at, prompt)
        else:  # SQLite, which has neither UUIDs nor time zones
            known[UUID(event_id)] = Met(text, effective_at.replace(tzinfo=UTC), prompt)
    places, cards = _read_cards(rows)
    # A void may leave its card to its target.
    others = {row.prompt for row in known.values() if row.prompt and row.prompt not in places}
    more_places, more_cards = places_and_cards(user_id, others)
    return Stored(known, taken_back, places | more_places, cards | more_cards)


_STATE = (*Card.STATE_FIELDS, *Card.HEAD_FIELDS)


def _places_and_cards(user_id: int, prompts: Collection[str]) -> Statement:
    among, values = listed(sorted(prompts), "text")
    state = ", ".join(f'c."{name}"' for name in _STATE)
    these = f"(SELECT * FROM {Prompt._meta.db_table} WHERE id {among})"
    if connection.vendor == "postgresql":
        # As one text, of which msgspec makes all values at once; the driver takes three times as
        # long, one by one.
        state = f"json_build_array({state})::text"
        these = _each("text", f"SELECT * FROM {Prompt._meta.db_table} WHERE id = sent.value")
    return Statement(
        f"""SELECT p.id, p.position, h.number, h.slug, c.added, c.removed, c.new_order, {state}
FROM {these} p LEFT JOIN {Chapter._meta.db_table} h ON h.id = p.chapter_id
LEFT JOIN {Card._meta.db_table} c ON c.user_id = %s AND c.prompt_id = p.id
WHERE p.owner_id IS NULL OR p.owner_id = %s""",
        [values, user_id, user_id],
    )


def _each(kind: str, one: str) -> str:
    """What FROM takes to look `one` row up for each value of an array. The limit makes PostgreSQL
    ask the index each time; left to itself it reads all of a learner's rows against the list, and
    so takes the longer the more there are."""
    return f"unnest(%s::{kind}[]) AS sent(value) CROSS JOIN LATERAL ({one} LIMIT 1)"


def _read_cards(rows: Rows) -> tuple[dict[str, Place], dict[str, StoredCard]]:
    places: dict[str, Place] = {}
    cards: dict[str, StoredCard] = {}
    for prompt, position, number, chapter, added, removed, order, *fields in rows:
        places[prompt] = Place(position, number, chapter)
        if added is not None:
            cards[prompt] = StoredCard(_state(prompt, fields), added, removed, order)
    return places, cards


def _state(prompt: str, fields: list[Any]) -> CardState:
    stored: Sequence[Any]
    if connection.vendor == "postgresql":
        stored = _read_stored(fields[0])
    else:
        stored = [_read_sqlite(value) for value in fields]
        stored[12] = bool(stored[12])
        stored[-3], stored[-1] = (UUID(found) if found else None for found in stored[-3::2])
    head = None if stored[-1] is None else tuple(stored[-4:])
    return CardState(prompt, Phase(stored[0]), *stored[1:-4], head)  # type: ignore[call-arg]


_read_stored = msgspec.json.Decoder(
    tuple[  # as _STATE has them
        Phase, float | None, float | None, int, int,
        datetime | None, datetime | None, datetime | None, date | None, date | None,
        int, int, bool, datetime | None, int,
        datetime | None, UUID | None, int | None, UUID | None,
    ]
).decode  # fmt: skip


def _read_sqlite(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
