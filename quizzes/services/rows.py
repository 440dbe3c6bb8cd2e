"""The raw SQL of the log: any number of events or cards in one statement.

`bulk_create` and `bulk_update` spend 400 µs an event, mostly on model objects and on preparing one
value after the other. Here the rows travel as one JSON text to PostgreSQL (4 µs a row of our time;
COPY takes 13, arrays for `unnest` 12 to 38) and by `executemany` to SQLite. The caller holds the
learner's row lock, in whose transaction all of it is written.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection

from quizzes.domain.events import ReviewEvent, details, payload_hash
from quizzes.domain.fold import CardState
from quizzes.models import Card, ReviewEventRow

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
Row = Sequence[Any]


def insert_events(
    user_id: int, events: Iterable[tuple[ReviewEvent, int]], received: datetime
) -> None:
    """Adds events, each with its change number, to the log; an id that is there is an error."""
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
            details(event),
            payload_hash(event),
            received,
            change_seq,
        )
        for event, change_seq in events
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
        f"{_quoted(name)} = excluded.{_quoted(name)}" for name in _CARD_COLUMNS if name not in _KEPT
    )
    otherwise = f" ON CONFLICT (user_id, prompt_id) DO UPDATE SET {changing}"
    _insert(Card._meta.db_table, _CARD_COLUMNS, rows, otherwise)


def _insert(
    table: str, columns: Mapping[str, str], rows: Sequence[Row], otherwise: str = ""
) -> None:
    if not rows:
        return
    names = ", ".join(map(_quoted, columns))
    into = f"INSERT INTO {_quoted(table)} ({names})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            typed = ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns.items())
            body = msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows])
            cursor.execute(
                f"{into} SELECT {names} FROM json_to_recordset(%s) AS sent({typed}){otherwise}",
                [body.decode()],
            )
        else:
            written = [_FOR_SQLITE.get(kind) for kind in columns.values()]
            cursor.executemany(
                f"{into} VALUES ({', '.join(['%s'] * len(columns))}){otherwise}",
                [_written(row, written) for row in rows],
            )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


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
    "jsonb": json.dumps,
}
