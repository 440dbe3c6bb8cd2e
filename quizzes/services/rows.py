"""The raw SQL of the log: any number of events or cards in one statement.

`bulk_create` and `bulk_update` spend 400 µs an event, mostly on model objects and on preparing one
value after the other. Here each column travels to PostgreSQL as the text of one array (3 µs a row
of our time; COPY takes 13, arrays that the driver adapts 12 to 38), and rows go to SQLite by
`executemany`. The caller holds the learner's row lock, in whose transaction all of it is written.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from content.models import Chapter, Prompt
from quizzes.domain.events import ReviewEvent, details
from quizzes.domain.fold import CardState
from quizzes.domain.scheduler import Phase
from quizzes.models import Card, ReviewEventRow, UserMemory

_EVENT_COLUMNS = {
    "user_id": "bigint",
    "event_id": "uuid",
    "device": "uuid",
    "seq": "bigint",
    "kind": "text",
    "prompt_id": "text",
    "at": "timestamptz",
    "effective_at": "timestamptz",
    "day": "date",
    "tz": "text",
    "rollover": "smallint",
    "rating": "smallint",
    "duration_ms": "integer",
    "version": "integer",
    "target": "uuid",
    "reason": "text",
    "details": "jsonb",
    "payload_hash": "text",
    "received_at": "timestamptz",
    "change_seq": "bigint",
}
_CARD_COLUMNS = {
    "user_id": "bigint",
    "prompt_id": "text",
    "new_order": "bigint",
    "leech_kept": "integer",
    "added": "boolean",
    "removed": "boolean",
    "change_seq": "bigint",
    "phase": "text",
    "stability": "double precision",
    "difficulty": "double precision",
    "step": "smallint",
    "interval": "integer",
    "due": "timestamptz",
    "due_base": "timestamptz",
    "last_review": "timestamptz",
    "last_day": "date",
    "first_day": "date",
    "reps": "integer",
    "lapses": "integer",
    "suspended": "boolean",
    "buried_until": "timestamptz",
    "flag": "smallint",
    "head_at": "timestamptz",
    "head_device": "uuid",
    "head_seq": "bigint",
    "head_id": "uuid",
}
#: Set when a card is made, and kept when it changes.
_KEPT = ("user_id", "prompt_id", "new_order", "leech_kept")
_NO_HEAD = (None, None, None, None)
WORTH_A_PIPELINE = 50
Row = Sequence[Any]


class Met(NamedTuple):
    """What the log says about an event with an id that was met before."""

    hash: str
    effective_at: datetime
    prompt: str | None


def met(user_id: int, ids: Collection[UUID]) -> tuple[dict[UUID, Met], set[str | None]]:
    """Which of these events are in the log, and the cards whose voids there name one of them."""
    if not ids:
        return {}, set()
    among, listed = _listed(list(ids), "uuid")
    table = ReviewEventRow._meta.db_table
    known: dict[UUID, Met] = {}
    voided: set[str | None] = set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT event_id, payload_hash, effective_at, prompt_id FROM {table}"
            f" WHERE user_id = %s AND event_id {among}"
            f" UNION ALL SELECT NULL, NULL, NULL, prompt_id FROM {table}"
            f" WHERE user_id = %s AND target IS NOT NULL AND target {among}",
            [user_id, listed, user_id, listed],
        )
        for event_id, text, effective_at, prompt in cursor.fetchall():
            if event_id is None:
                voided.add(prompt)
            elif isinstance(event_id, UUID):
                known[event_id] = Met(text, effective_at, prompt)
            else:  # SQLite, which has neither UUIDs nor time zones
                known[UUID(event_id)] = Met(text, effective_at.replace(tzinfo=UTC), prompt)
    return known, voided


def _listed(values: Sequence[Any], kind: str) -> tuple[str, str]:
    """The SQL that finds a column among these UUIDs or names, and its one parameter."""
    if connection.vendor == "postgresql":
        return f"= ANY(%s::{kind}[])", _array(values)
    listed = msgspec.json.encode(values).decode()
    listed = listed.replace("-", "") if kind == "uuid" else listed
    return "IN (SELECT value FROM json_each(%s))", listed


def _array(values: Sequence[Any]) -> str:
    """The values as the text of a PostgreSQL array.

    JSON spells nearly everything alike, and msgspec writes it at once. Only control signs differ:
    JSON names them, an array takes them as they are.
    """
    text = msgspec.json.encode(values).decode()
    if "\\" in text:
        text = _ESCAPED.sub(_in_array, text)
    return f"{{{text[1:-1]}}}"


_ESCAPED = re.compile(r"\\(u[0-9a-f]{4}|.)")


def _in_array(escaped: re.Match[str]) -> str:
    kept = escaped[1] in ('"', "\\")
    return escaped[0] if kept else str(json.loads(f'"{escaped[0]}"'))


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


_STATE = (*Card.STATE_FIELDS, *Card.HEAD_FIELDS)


def places_and_cards(
    user_id: int, prompts: Collection[str]
) -> tuple[dict[str, Place], dict[str, StoredCard]]:
    """Those of these prompts that the learner may see (the course's and their own, retired ones
    included), and the learner's cards of them, removed ones included."""
    if not prompts:
        return {}, {}
    among, listed = _listed(sorted(prompts), "text")
    state = ", ".join(f'c."{name}"' for name in _STATE)
    if connection.vendor == "postgresql":
        # As one text, of which msgspec makes all values at once; the driver takes three times as
        # long, one by one.
        state = f"json_build_array({state})::text"
    places: dict[str, Place] = {}
    cards: dict[str, StoredCard] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT p.id, p.position, h.number, h.slug, c.added, c.removed, c.new_order, {state}
FROM {Prompt._meta.db_table} p LEFT JOIN {Chapter._meta.db_table} h ON h.id = p.chapter_id
LEFT JOIN {Card._meta.db_table} c ON c.user_id = %s AND c.prompt_id = p.id
WHERE p.id {among} AND (p.owner_id IS NULL OR p.owner_id = %s)""",
            [user_id, listed, user_id],
        )
        for prompt, position, number, chapter, added, removed, order, *fields in cursor.fetchall():
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


def read_locked(user_id: int) -> UserMemory | None:
    """The learner's row, locked until the transaction ends; None where there is none yet.

    Written out as each push begins with it: the query builder takes as long as all else here.
    """
    # SQLite locks the whole file as its transaction begins.
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    table = UserMemory._meta.db_table
    sql = f"SELECT * FROM {table} WHERE user_id = %s{lock}"
    return next(iter(UserMemory.objects.raw(sql, [user_id])), None)


@contextmanager
def sending(count: int) -> Iterator[None]:
    """While inside, PostgreSQL works on what it was sent as we go on to the next statement.

    The log is then written, and its keys checked, as its cards are folded, which saves a quarter
    of the time of a call of a thousand. For a few events the set-up costs more than it saves.
    """
    if connection.vendor != "postgresql" or count < WORTH_A_PIPELINE:
        yield
        return
    with connection.connection.pipeline(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield


def save_cursor(user_id: int, cursor: int) -> None:
    """The learner's change number alone: what most calls change in their row."""
    with connection.cursor() as statement:
        statement.execute(
            f"UPDATE {UserMemory._meta.db_table} SET cursor = %s WHERE user_id = %s",
            [cursor, user_id],
        )


def insert_events(
    user_id: int, events: Iterable[tuple[ReviewEvent, str, int]], received: datetime
) -> None:
    """Adds events, each with its payload's hash and its change number, to the log; an id that is
    there already is an error."""
    rows = [
        (
            user_id,
            event.id,
            event.device,
            event.seq,
            event.kind.value,
            event.prompt,
            event.at,
            event.effective_at,
            event.day,
            event.tz,
            event.rollover,
            event.rating,
            event.duration_ms,
            event.version,
            event.target,
            event.reason,
            json.dumps(found) if (found := details(event)) else "{}",
            text,
            received,
            change_seq,
        )
        for event, text, change_seq in events
    ]
    _insert(ReviewEventRow._meta.db_table, _EVENT_COLUMNS, rows)


def card_row(
    user_id: int, state: CardState, *, added: bool, removed: bool, new_order: int, change_seq: int
) -> Row:
    """A card as `upsert_cards` takes it."""
    return (
        user_id,
        state.prompt,
        new_order,
        0,
        added,
        removed,
        change_seq,
        state.phase.value,
        state.stability,
        state.difficulty,
        state.step,
        state.interval,
        state.due,
        state.due_base,
        state.last_review,
        state.last_day,
        state.first_day,
        state.reps,
        state.lapses,
        state.suspended,
        state.buried_until,
        state.flag,
        *(state.head or _NO_HEAD),
    )


def upsert_cards(rows: Sequence[Row]) -> None:
    """Makes the cards that are not there and brings the others to these states."""
    changing = ", ".join(
        f'"{name}" = excluded."{name}"' for name in _CARD_COLUMNS if name not in _KEPT
    )
    otherwise = f" ON CONFLICT (user_id, prompt_id) DO UPDATE SET {changing}"
    _insert(Card._meta.db_table, _CARD_COLUMNS, rows, otherwise)


def _insert(
    table: str, columns: Mapping[str, str], rows: Sequence[Row], otherwise: str = ""
) -> None:
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    into = f"INSERT INTO {table} ({names})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
            cursor.execute(
                f"{into} SELECT * FROM unnest({arrays}){otherwise}",
                [_array(values) for values in zip(*rows, strict=True)],
            )
        else:
            written = [_FOR_SQLITE.get(kind) for kind in columns.values()]
            cursor.executemany(
                f"{into} VALUES ({', '.join(['%s'] * len(columns))}){otherwise}",
                [_written(row, written) for row in rows],
            )


def _written(row: Row, by_column: Sequence[Callable[[Any], Any] | None]) -> list[Any]:
    return [
        value if write is None or value is None else write(value)
        for value, write in zip(row, by_column, strict=True)
    ]


def _sqlite_time(moment: datetime) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None))


#: How Django spells in SQLite what SQLite has no type for.
_FOR_SQLITE: Mapping[str, Callable[[Any], Any]] = {
    "uuid": lambda value: value.hex,
    "timestamptz": _sqlite_time,
    "date": str,
}
