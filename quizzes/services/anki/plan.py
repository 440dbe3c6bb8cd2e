"""What an import will write, worked out before the learner's lock is taken.

The rows wait in a scratch file, spelled as the database takes them, so that memory stays small
and writing them is quick. Numbers that only the lock can give are relative: the plan counts from
1, and the writer adds the learner's change number. Ids that the database gives (of new notes,
decks and note types) are joined in when the rows are read.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from content.models import Note, Prompt
from quizzes.domain.events import ReviewEvent, details, payload_hash
from quizzes.domain.fold import CardState
from quizzes.models import Card
from quizzes.services.anki.tables import AT_ONCE, CARDS, EVENTS, NOTES, PROMPTS, Table, moment
from quizzes.services.folding import PERSONAL_ORDER
from quizzes.services.rows import NO_HEAD, event_values

Row = tuple[Any, ...]
_LEFT_OPEN = {"note_type_id", "deck_id", "note_id", "facts", "position", "change_seq", "new_order"}
_SCRATCH = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE met (note_no INT, note_guid TEXT PRIMARY KEY, modified TEXT);
CREATE TABLE places (note_no INT, prompt TEXT PRIMARY KEY);
CREATE TABLE counts (note_no INT, what TEXT, amount INT);
CREATE TABLE notes (note_no INT, mid INT, {notes});
CREATE TABLE prompts (note_no INT, number INT, note_guid TEXT, deck TEXT, deck_id INT, {prompts});
CREATE TABLE kept (note_no INT, number INT, prompt TEXT, anki TEXT);
CREATE TABLE cards (note_no INT, number INT, place INT, new_order INT, {cards});
CREATE TABLE events (note_no INT, number INT, {events});
CREATE TABLE note_ids (note_guid TEXT PRIMARY KEY, id INT);
CREATE TABLE deck_ids (deck TEXT PRIMARY KEY, id INT);
CREATE TABLE type_ids (mid INT PRIMARY KEY, id INT);
"""
_OF_NOTE = ("met", "places", "counts", "notes", "prompts", "kept", "cards", "events")


class Plan:
    """One import's rows. `note` is Anki's number of a note: all that is planned hangs on it, so
    that a note which changed meanwhile can be planned anew on its own."""

    def __init__(self, path: Path, user_id: int, now: datetime) -> None:
        self.last = 0
        """The last relative change number that was given."""
        self._user_id, self._now = user_id, now
        path.unlink(missing_ok=True)
        self._scratch = sqlite3.connect(path, isolation_level=None)
        tables = {"notes": NOTES, "prompts": PROMPTS, "cards": CARDS, "events": EVENTS}
        columns = {
            name: ", ".join(f'"{column}"' for column in _columns(table))
            for name, table in tables.items()
        }
        self._scratch.executescript(_SCRATCH.format(**columns))
        self._scratch.execute("BEGIN")

    def close(self) -> None:
        self._scratch.close()

    # -- planning -----------------------------------------------------------------------------
    def meet(self, note: int, guid: str, stored: datetime | None) -> None:
        """The plan reckons with the note `guid`, stored as of then; None where it is not."""
        modified = moment(stored) if stored else None
        self._scratch.execute("INSERT INTO met VALUES (?, ?, ?)", (note, guid, modified))

    def place(self, note: int, prompt: str) -> bool:
        """The plan reckons with this prompt; False where another note has it already."""
        done = self._scratch.execute("INSERT OR IGNORE INTO places VALUES (?, ?)", (note, prompt))
        return done.rowcount == 1

    def count(self, note: int, counts: Mapping[str, int]) -> None:
        rows = [(note, what, number) for what, number in counts.items()]
        self._scratch.executemany("INSERT INTO counts VALUES (?, ?, ?)", rows)

    def add_note(self, note: int, mid: int, row: Note) -> None:
        self._add("notes", NOTES, (note, mid), row)

    def add_prompt(self, note: int, guid: str, deck: str, deck_id: int | None, row: Prompt) -> int:
        """With `deck_id` None it goes to the deck of the title `deck`. Gives its number."""
        number = self._next()
        self._add("prompts", PROMPTS, (note, number, guid, deck, deck_id), row)
        return number

    def add_kept(self, note: int, prompt: str, anki: str) -> None:
        """A prompt of which only what an export needs changes."""
        row = (note, self._next(), prompt, anki)
        self._scratch.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", row)

    def add_card(
        self,
        note: int,
        state: CardState,
        *,
        added: bool,
        removed: bool,
        place: int | None,
        new_order: int,
    ) -> None:
        """`place` is the number of a prompt that is new; else its card has `new_order`."""
        values = [self._user_id, state.prompt, 0, added, removed]
        values += [getattr(state, name) for name in Card.STATE_FIELDS]
        values += state.head or NO_HEAD
        spelled = CARDS.spelled(_columns(CARDS), values)
        self._insert("cards", (note, self._next(), place, new_order, *spelled))

    def add_events(self, note: int, events: Iterable[ReviewEvent]) -> None:
        for event in events:
            more = (details(event), payload_hash(event), self._now)
            values = (self._user_id, *event_values(event), *more)
            self._insert("events", (note, self._next(), *EVENTS.spelled(_columns(EVENTS), values)))

    def forget(self, notes: Collection[int]) -> None:
        """Takes these notes out of the plan again."""
        listed = json.dumps(sorted(notes))
        for table in _OF_NOTE:
            self._scratch.execute(
                f"DELETE FROM {table} WHERE note_no IN (SELECT value FROM json_each(?))", (listed,)
            )

    def _next(self) -> int:
        self.last += 1
        return self.last

    def _add(self, name: str, table: Table, before: Row, row: Any) -> None:
        columns = _columns(table)
        values = [getattr(row, column) for column in columns]
        self._insert(name, (*before, *table.spelled(columns, values)))

    def _insert(self, table: str, row: Row) -> None:
        marks = ",".join("?" * len(row))
        self._scratch.execute(f"INSERT INTO {table} VALUES ({marks})", row)

    # -- checking -----------------------------------------------------------------------------
    def notes_with(self, prompts: Iterable[str]) -> set[int]:
        """The notes that the plan makes these prompts of, or takes them for."""
        found: set[int] = set()
        for prompt in prompts:
            found |= {
                note
                for (note,) in self._scratch.execute(
                    "SELECT note_no FROM places WHERE prompt = ?1 UNION "
                    "SELECT note_no FROM met WHERE note_guid = ?1",
                    (prompt,),
                )
            }
        return found

    def met(self) -> Iterator[dict[str, tuple[int, str | None]]]:
        """Note and stored time by guid, of all notes that the plan reckons with, in parts."""
        cursor = self._scratch.execute("SELECT note_guid, note_no, modified FROM met")
        while rows := cursor.fetchmany(AT_ONCE // 4):
            yield {guid: (note, modified) for guid, note, modified in rows}

    # -- writing ------------------------------------------------------------------------------
    def counts(self) -> Counter[str]:
        found = self._scratch.execute("SELECT what, sum(amount) FROM counts GROUP BY what")
        return Counter(dict(found.fetchall()))

    def decks(self) -> list[str]:
        """Titles of the decks that new cards go to."""
        found = self._scratch.execute(
            "SELECT deck FROM prompts WHERE deck_id IS NULL GROUP BY deck ORDER BY min(rowid)"
        )
        return [deck for (deck,) in found]

    def set_ids(self, table: str, ids: Iterable[tuple[Any, int]]) -> None:
        """What `note_ids` (by guid), `deck_ids` (by title), `type_ids` (by Anki's id) are here."""
        self._scratch.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", ids)

    def note_rows(self) -> Iterator[list[Row]]:
        opened = {"note_type_id": "(SELECT id FROM type_ids WHERE mid = notes.mid)"}
        return self._rows("notes", NOTES, opened, 0)

    def prompt_rows(self, base: int) -> Iterator[list[Row]]:
        note = "(SELECT id FROM note_ids WHERE note_guid = prompts.note_guid)"
        opened = {
            "deck_id": "coalesce(deck_id, (SELECT id FROM deck_ids WHERE deck = prompts.deck))",
            "note_id": note,
            "facts": f"'[\"note-' || {note} || '\"]'",
            "position": "number + ?1",
            "change_seq": "number + ?1",
        }
        return self._rows("prompts", PROMPTS, opened, base)

    def kept_rows(self, base: int) -> Iterator[list[Row]]:
        """What an export needs, its change number, and the prompt."""
        return self._read("SELECT anki, number + ?1, prompt FROM kept ORDER BY rowid", base)

    def card_rows(self, base: int) -> Iterator[list[Row]]:
        opened = {
            "new_order": f"coalesce(place + ?1 + {PERSONAL_ORDER}, new_order)",
            "change_seq": "number + ?1",
        }
        return self._rows("cards", CARDS, opened, base)

    def event_rows(self, base: int) -> Iterator[list[Row]]:
        return self._rows("events", EVENTS, {"change_seq": "number + ?1"}, base)

    def _rows(
        self, name: str, table: Table, opened: Mapping[str, str], base: int
    ) -> Iterator[list[Row]]:
        columns = ", ".join(opened.get(column, f'"{column}"') for column in table.columns)
        return self._read(f"SELECT {columns} FROM {name} ORDER BY rowid", base)

    def _read(self, query: str, base: int) -> Iterator[list[Row]]:
        cursor = self._scratch.execute(query, (base,) if "?1" in query else ())
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


@cache
def _columns(table: Table) -> tuple[str, ...]:
    """Those whose values are known before the lock."""
    return tuple(column for column in table.columns if column not in _LEFT_OPEN)
