"""Rows spelled as the database takes them, so that writing them under a lock is one statement
for thousands.

Columns and their types are the models' own. The spelled values are plain (text, numbers, None),
so they can wait in a scratch file until the lock is there.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, models

from content.models import Note, Prompt
from quizzes.models import Card, ReviewEventRow
from quizzes.services.own_cards import UPDATED
from quizzes.services.rows import CARD_CHANGES, CARD_COLUMNS, EVENT_COLUMNS

AT_ONCE = 2_000
Spell = Callable[[Any], Any]


class Table:
    """The columns of a model that are written, and what happens to a row that is there already."""

    def __init__(
        self,
        model: type[models.Model],
        columns: Sequence[str],
        key: Sequence[str] = (),
        updated: Sequence[str] = (),
        guard: str = "",
    ) -> None:
        self.columns = tuple(columns)
        self._name = model._meta.db_table
        fields = [model._meta.get_field(column) for column in columns]
        self._fields = [field for field in fields if isinstance(field, models.Field)]
        self._spelling = {
            name: _spelling(field) for name, field in zip(columns, self._fields, strict=True)
        }
        self._otherwise = ""
        if key:
            changing = ", ".join(f'"{name}" = excluded."{name}"' for name in updated)
            self._otherwise = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changing}"
        if guard:
            self._otherwise += f" WHERE {self._name}.{guard} = excluded.{guard}"

    def spelled(self, columns: Iterable[str], values: Iterable[Any]) -> list[Any]:
        """Values of some columns as the database takes them."""
        return [
            value if value is None or (spell := self._spelling[column]) is None else spell(value)
            for column, value in zip(columns, values, strict=True)
        ]

    def write(self, rows: Sequence[Sequence[Any]]) -> int:
        """Writes spelled rows, in the caller's transaction; gives how many were written."""
        if not rows:
            return 0
        names = ", ".join(f'"{name}"' for name in self.columns)
        into = f"INSERT INTO {self._name} ({names})"
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"{into} {self._records()}{self._otherwise}", [self._sent(rows)])
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(f"{into} VALUES ({marks}){self._otherwise}", rows)
            return int(cursor.rowcount)

    def _sent(self, rows: Sequence[Sequence[Any]]) -> str:
        named = [dict(zip(self.columns, row, strict=True)) for row in rows]
        return msgspec.json.encode(named).decode()

    def _records(self) -> str:
        """The rows of one JSON text as a query."""
        columns, types = [], []
        for name, field in zip(self.columns, self._fields, strict=True):
            kind = field.db_type(connection)
            spelled = "text" if kind == "jsonb" else kind
            types.append(f'"{name}" {spelled}')
            columns.append(f'"{name}"::{kind}' if kind == "jsonb" else f'"{name}"')
        return f"SELECT {', '.join(columns)} FROM json_to_recordset(%s) AS r({', '.join(types)})"


def _spelling(field: "models.Field[Any, Any]") -> Spell | None:
    if isinstance(field, models.JSONField):
        return json.dumps
    if isinstance(field, models.UUIDField):
        return lambda value: value.hex
    if isinstance(field, models.DateTimeField):
        return moment
    if isinstance(field, models.DateField):
        return str
    return int if isinstance(field, models.BooleanField) else None


def moment(value: datetime) -> str:
    """UTC as the database in use spells it; SQLite has no type for it and Django no zone there."""
    utc = value.astimezone(UTC)
    return str(utc if connection.vendor == "postgresql" else utc.replace(tzinfo=None))


NOTES = Table(
    Note,
    ["owner_id", "note_type_id", "guid", "anki_id", "fields", "tags", "modified_at"],
    key=["owner_id", "guid"],
    updated=["note_type_id", "anki_id", "fields", "tags", "modified_at"],
)
PROMPTS = Table(
    Prompt,
    [
        "id", "owner_id", "deck_id", "kind", "version", "question", "explanation", "answer",
        "question_html", "answer_html", "explanation_html", "question_text", "choices",
        "option_notes", "facts", "requires", "source", "tags", "note_id", "template", "anki",
        "change_seq", "position", "content_hash", "render_key", "retired_at", "updated_at",
    ],
    key=["id"],
    updated=[f"{name}_id" if name in ("deck", "note") else name for name in UPDATED],
    guard="owner_id",
)  # fmt: skip
EVENTS = Table(ReviewEventRow, list(EVENT_COLUMNS))
CARDS = Table(Card, list(CARD_COLUMNS), key=["user_id", "prompt_id"], updated=CARD_CHANGES)
