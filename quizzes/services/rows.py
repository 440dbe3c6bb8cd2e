"""The raw SQL of the log: any number of events or cards in one statement.

`bulk_create` and `bulk_update` spend 400 µs an event, mostly on model objects and on preparing one
value after the other. Here each column travels to PostgreSQL as the text of one array (3 µs a row
of our time; COPY takes 13, arrays that the driver adapts 12 to 38), and rows go to SQLite by
`executemany`. The caller holds the learner's row lock, in whose transaction all of it is written.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection

from quizzes.domain.events import ReviewEvent, details
from quizzes.domain.fold import CardState
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.services.arrays import array
from studyhub.base.statements import Outgoing

EVENT_COLUMNS = {
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
CARD_COLUMNS = {
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
#: The others are set when a card is made, and kept when it changes.
CARD_CHANGES = tuple(CARD_COLUMNS)[4:]
NO_HEAD = (None, None, None, None)
Row = Sequence[Any]


def save_cursor(out: Outgoing, user_id: int, cursor: int) -> None:
    """The learner's change number alone: what most calls change in their row."""
    out.add(
        f"UPDATE {UserMemory._meta.db_table} SET cursor = %s WHERE user_id = %s",
        [cursor, user_id],
    )


def insert_events(
    out: Outgoing,
    user_id: int,
    events: Iterable[tuple[ReviewEvent, str, int]],
    received: datetime,
) -> None:
    """Adds events, each with its payload's hash and its change number, to the log; an id that is
    there already is an error."""
    rows = [
        (
            user_id,
            *event_values(event),
            json.dumps(found) if (found := details(event)) else "{}",
            text,
            received,
            change_seq,
        )
        for event, text, change_seq in events
    ]
    _insert(out, ReviewEventRow._meta.db_table, EVENT_COLUMNS, rows)


def event_values(event: ReviewEvent) -> Row:
    """What stands in the columns from the event's id to its reason."""
    return (
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
    )


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
        *(state.head or NO_HEAD),
    )


def upsert_cards(out: Outgoing, rows: Sequence[Row]) -> None:
    """Makes the cards that are not there and brings the others to these states."""
    changing = ", ".join(f'"{name}" = excluded."{name}"' for name in CARD_CHANGES)
    otherwise = f" ON CONFLICT (user_id, prompt_id) DO UPDATE SET {changing}"
    _insert(out, Card._meta.db_table, CARD_COLUMNS, rows, otherwise)


def _insert(
    out: Outgoing,
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Row],
    otherwise: str = "",
) -> None:
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    into = f"INSERT INTO {table} ({names})"
    if connection.vendor == "postgresql":
        if out.pipelined:
            chosen, params = _from_arrays(columns, list(zip(*rows, strict=True)))
        else:
            chosen, params = _from_records(columns, rows)
        out.add(f"{into} SELECT {chosen}{otherwise}", params)
        return
    written = [_FOR_SQLITE.get(kind) for kind in columns.values()]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{into} VALUES ({', '.join(['%s'] * len(columns))}){otherwise}",
            [_written(row, written) for row in rows],
        )


def _from_records(columns: Mapping[str, str], rows: Sequence[Row]) -> tuple[str, list[Any]]:
    """What SELECT takes to give a few rows, as one parameter: each costs our process more than
    PostgreSQL spends on a value of JSON. A column of JSON comes as text, and goes as what it says.
    """
    records = [
        {
            name: msgspec.Raw(value) if kind == "jsonb" else value
            for (name, kind), value in zip(columns.items(), row, strict=True)
        }
        for row in rows
    ]
    types = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    sent = msgspec.json.encode(records).decode()
    return f"sent.* FROM json_to_recordset(%s) AS sent({types})", [sent]


def _from_arrays(
    columns: Mapping[str, str], values: Sequence[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """What SELECT takes to give these columns as rows, and its parameters. A column whose values
    are all alike is said once: PostgreSQL needs 0.3 to 2 µs for each value of an array."""
    said, once, names, arrays, many = [], [], [], [], []
    for (name, kind), column in zip(columns.items(), values, strict=True):
        if column[0] == column[-1] and column.count(column[0]) == len(column):
            said.append(f"%s::{kind}")
            once.append(column[0])
        else:
            said.append(f'sent."{name}"')
            names.append(f'"{name}"')
            arrays.append(f"%s::{kind}[]")
            many.append(array(column))
    if not arrays:  # a single row: several differ in their ids
        return ", ".join(said), once
    sent = f"unnest({', '.join(arrays)}) AS sent({', '.join(names)})"
    return f"{', '.join(said)} FROM {sent}", [*once, *many]


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
