"""A collection read from a stranger's file into a scratch database of our own.

Each table is read once, in whatever order it lies; each row is checked on its own, and one that
is no good is left out and reported. Everything later asks the scratch database, which has indexes
whatever the file has, so memory stays small.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from quizzes.anki import definitions, wire
from quizzes.anki.archive import Package
from quizzes.anki.database import Database, damaged, read_json
from quizzes.anki.limits import LIMITS, Limits
from quizzes.anki.rows import AnkiDeck, CardRow, Findings, NoteRow, Preset, RevlogRow
from quizzes.domain.errors import PackageInvalid, PackageTooNew

LEGACY_SCHEMA, NEWEST_SCHEMA = 11, 18
_SCRATCH = """
CREATE TABLE notes (id INTEGER PRIMARY KEY, guid TEXT UNIQUE, mid INT, mod INT, tags TEXT,
  flds TEXT);
CREATE TABLE cards (id INTEGER PRIMARY KEY, nid INT, did INT, ord INT, mod INT, type INT, queue INT,
  due INT, ivl INT, factor INT, reps INT, lapses INT, left INT, odue INT, odid INT, flags INT,
  data TEXT, UNIQUE (nid, ord));
CREATE TABLE revlog (id INTEGER PRIMARY KEY, cid INT, ease INT, ivl INT, lastIvl INT, factor INT,
  time INT, type INT);
CREATE TABLE places (place INTEGER PRIMARY KEY, id INT);
CREATE INDEX revlog_cid ON revlog (cid, id);
"""
_PLACES = """
INSERT INTO places (id) SELECT notes.id FROM notes LEFT JOIN cards
  ON cards.nid = notes.id AND cards.type = 0 GROUP BY notes.id ORDER BY min(cards.due), notes.id
"""
_GUID_MAX, _TAGS_MAX, _DATA_MAX = 200, 20_000, 20_000
_ORD_MAX = 32_000
_EARLIEST_MS, _LATEST_MS = 946_684_800_000, 7_258_118_400_000  # 2000 to 2200
_INT32 = 2**31


@dataclass
class Collection:
    """`created` is in seconds, `offset` minutes west of UTC then (None: not said), `rollover` an
    hour, `scheduler` 1 or 2 (in 1, learning cards had three buttons)."""

    created: int
    offset: int | None
    rollover: int | None
    scheduler: int
    note_types: dict[int, dict[str, Any]]
    decks: dict[int, AnkiDeck]
    presets: dict[int, Preset]
    findings: Findings
    _scratch: sqlite3.Connection
    counts: dict[str, int] = field(default_factory=dict)
    """Rows that were taken, by table."""

    def deck_of(self, deck_id: int) -> AnkiDeck:
        return self.decks.get(deck_id) or AnkiDeck(deck_id, "Default")

    def note_batches(self, size: int = 500) -> Iterator[list[NoteRow]]:
        """All notes, in the order in which Anki would bring up their new cards."""
        for start in range(0, self.counts["notes"], size):
            found = self._scratch.execute(
                "SELECT notes.* FROM places JOIN notes USING (id) "
                "WHERE place > ? AND place <= ? ORDER BY place",
                (start, start + size),
            )
            yield [NoteRow(*row) for row in found]

    def notes_of(self, numbers: Sequence[int]) -> list[NoteRow]:
        """These notes, in that same order."""
        query = "SELECT notes.* FROM places JOIN notes USING (id) WHERE id IN ({}) ORDER BY place"
        return [NoteRow(*row) for row in self._among(query, numbers)]

    def cards_of(self, notes: Iterable[NoteRow]) -> dict[int, list[CardRow]]:
        """Cards by note id, in the order of their templates."""
        grouped: dict[int, list[CardRow]] = {note.id: [] for note in notes}
        query = "SELECT * FROM cards WHERE nid IN ({}) ORDER BY nid, ord"
        for row in self._among(query, list(grouped)):
            grouped[row[1]].append(CardRow(*row))
        return grouped

    def reviews_of(self, cards: Iterable[int]) -> dict[int, list[RevlogRow]]:
        """Reviews by card id, oldest first."""
        grouped: dict[int, list[RevlogRow]] = {card: [] for card in cards}
        query = "SELECT * FROM revlog WHERE cid IN ({}) ORDER BY cid, id"
        for row in self._among(query, list(grouped)):
            grouped[row[1]].append(RevlogRow(*row))
        return grouped

    def _among(self, query: str, ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            yield from self._scratch.execute(query.format(",".join("?" * len(some))), some)


@contextmanager
def opened(
    package: Package, findings: Findings, limits: Limits = LIMITS, folder: Path | None = None
) -> Iterator[Collection]:
    """The package's collection. Raises PackageInvalid, PackageTooLarge or PackageTooNew."""
    with TemporaryDirectory(prefix="anki-", dir=folder) as scratch:
        source = Path(scratch) / "collection"
        package.unpack_collection(source)
        target = sqlite3.connect(Path(scratch) / "scratch", isolation_level=None)
        try:
            target.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCRATCH)
            database = Database(source, limits)
            try:
                collection = _read(database, target, findings, limits)
            finally:
                database.close()
            source.unlink()
            yield collection
        finally:
            target.close()


def _read(
    database: Database, target: sqlite3.Connection, findings: Findings, limits: Limits
) -> Collection:
    head = next(database.rows("col", "ver, crt, conf, models, decks, dconf", 1), None)
    if head is None or not isinstance(head[0], int) or not _whole(head[1]):
        raise damaged()
    version, created, *texts = head
    if version > NEWEST_SCHEMA:
        raise PackageTooNew(
            f"A later Anki wrote this collection (schema {version}).",
            cure="In Anki's export window tick “Support older Anki versions”.",
        )
    if version < LEGACY_SCHEMA or not 0 <= created < 2**33:
        raise PackageInvalid(
            "The collection is of a kind that no Anki since 2012 writes.",
            cure="Open it in a current Anki and export it again.",
        )
    try:
        if "notetypes" in database.tables:
            config, parts = _modern(database, findings, limits)
        else:
            config, parts = _legacy(texts, findings, limits)
    except wire.WireError as problem:
        raise damaged() from problem
    collection = Collection(
        created=created,
        offset=_within(config.get("creationOffset"), -16 * 60, 16 * 60),
        rollover=_within(config.get("rollover"), 0, 23),
        scheduler=1 if definitions.number(config.get("schedVer")) < 2 else 2,
        note_types=parts[0],
        decks=parts[1],
        presets=parts[2],
        findings=findings,
        _scratch=target,
    )
    target.execute("BEGIN")
    _copy(database, target, collection, limits)
    target.execute(_PLACES)
    target.execute("COMMIT")
    for table in ("notes", "cards", "revlog"):
        [(collection.counts[table],)] = target.execute(f"SELECT count(*) FROM {table}")
    return collection


_Parts = tuple[dict[int, dict[str, Any]], dict[int, AnkiDeck], dict[int, Preset]]


def _legacy(
    texts: Sequence[Any], findings: Findings, limits: Limits
) -> tuple[dict[str, Any], _Parts]:
    names = ("settings", "note types", "decks", "presets")
    config, models, decks, presets = (
        _object(read_json(text or "{}", name), name)
        for text, name in zip(texts, names, strict=True)
    )
    return config, (
        _checked(
            {definitions.number(key): model for key, model in models.items()}, findings, limits
        ),
        {
            definitions.number(key): definitions.deck_from_json(definitions.number(key), deck)
            for key, deck in list(decks.items())[: limits.decks]
            if isinstance(deck, dict)
        },
        {
            definitions.number(key): definitions.preset_from_json(preset)
            for key, preset in presets.items()
            if isinstance(preset, dict)
        },
    )


def _modern(
    database: Database, findings: Findings, limits: Limits
) -> tuple[dict[str, Any], _Parts]:
    config: dict[str, Any] = {}
    for key, value in database.rows("config", "key, val", 10_000):
        if key in ("creationOffset", "rollover", "schedVer"):
            config[key] = read_json(value, f"setting {key}")
    most = limits.note_types * 100
    fields: dict[int, list[tuple[int, str, bytes]]] = {}
    templates: dict[int, list[tuple[int, str, bytes]]] = {}
    for table, parts in (("fields", fields), ("templates", templates)):
        for ntid, ord_, name, value in database.rows(table, "ntid, ord, name, config", most):
            if _whole(ntid) and _whole(ord_) and isinstance(name, str):
                parts.setdefault(ntid, []).append((ord_, name, _blob(value)))
    models: dict[int, Any] = {}
    columns = "id, name, mtime_secs, config"
    for id_, name, mtime, value in database.rows("notetypes", columns, limits.note_types):
        if _whole(id_) and isinstance(name, str) and _whole(mtime):
            made = definitions.note_type_from_wire(
                id_, name, mtime, _blob(value), fields.get(id_, []), templates.get(id_, [])
            )
            models[id_] = read_json(_dumped(made), "note types")
    decks = {}
    for id_, name, value in database.rows("decks", "id, name, kind", limits.decks):
        if _whole(id_) and isinstance(name, str):
            decks[id_] = definitions.deck_from_wire(id_, name.replace("\x1f", "::"), _blob(value))
    presets = {}
    for id_, name, value in database.rows("deck_config", "id, name, config", limits.decks):
        if _whole(id_) and isinstance(name, str):
            presets[id_] = definitions.preset_from_wire(name, _blob(value))
    return config, (_checked(models, findings, limits), decks, presets)


def _checked(
    models: dict[int, Any], findings: Findings, limits: Limits
) -> dict[int, dict[str, Any]]:
    """Note types that cards can be made of."""
    good: dict[int, dict[str, Any]] = {}
    for id_, model in list(models.items())[: limits.note_types]:
        problem = _problem_with(model, limits)
        if problem:
            name = model.get("name") if isinstance(model, dict) else None
            findings.add(f"note type: {problem}", str(name or id_))
        else:
            good[id_] = model
    return good


def _problem_with(model: Any, limits: Limits) -> str:
    if not isinstance(model, dict):
        return "it is damaged"
    fields, templates = model.get("flds"), model.get("tmpls")
    if not isinstance(fields, list) or not isinstance(templates, list) or not fields:
        return "it has no fields"
    for part in (*fields, *templates):
        if not isinstance(part, dict) or not isinstance(part.get("name"), str):
            return "a field or template has no name"
    for template in templates:
        if not all(isinstance(template.get(side), str) for side in ("qfmt", "afmt")):
            return "a template is damaged"
    if not templates or not isinstance(model.get("name"), str):
        return "it has no name or no template"
    if len(_dumped(model)) > limits.definition:
        return "it is too large"
    return ""


def _copy(
    database: Database, target: sqlite3.Connection, collection: Collection, limits: Limits
) -> None:
    findings = collection.findings
    columns = "id, guid, mid, mod, tags, flds"
    for row in map(_tidied, database.rows("notes", columns, limits.notes)):
        problem = _problem_with_note(row, collection.note_types, limits)
        if not problem and not _inserted(target, "notes", row):
            problem = "its id or guid comes twice; the first was taken"
        if problem:
            findings.add(f"note: {problem}", f"note {row[0]!r}")
    notes = {row[0] for row in target.execute("SELECT id FROM notes")}
    columns = (
        "id, nid, did, ord, mod, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, "
        "flags, data"
    )
    for row in map(_tidied, database.rows("cards", columns, limits.cards)):
        problem = _problem_with_card(row, notes)
        if not problem and not _inserted(target, "cards", row):
            problem = "its id or its template of the note comes twice; the first was taken"
        if problem:
            findings.add(f"card: {problem}", f"card {row[0]!r}")
    cards = {row[0] for row in target.execute("SELECT id FROM cards")}
    columns = "id, cid, ease, ivl, lastIvl, factor, time, type"
    for row in map(_tidied, database.rows("revlog", columns, limits.reviews)):
        problem = _problem_with_review(row, cards)
        if not problem and not _inserted(target, "revlog", _upgraded(row, collection.scheduler)):
            problem = "its time comes twice; the first was taken"
        if problem:
            findings.add(f"review: {problem}", f"review {row[0]!r}")


def _tidied(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Some clients and add-ons wrote numbers with a fraction, and nothing for empty text."""
    return tuple(
        int(value) if isinstance(value, float) and abs(value) < _INT32**2 else value
        for value in row
    )


def _inserted(target: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> bool:
    marks = ",".join("?" * len(row))
    return target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row).rowcount == 1


def _upgraded(row: tuple[Any, ...], scheduler: int) -> tuple[Any, ...]:
    """With scheduler 1, learning cards had three buttons: Anki itself moves Good from 2 to 3 and
    Easy from 3 to 4 when it opens such a collection."""
    id_, cid, ease, *middle, kind = row
    if scheduler == 1 and kind in (0, 2) and ease in (2, 3):
        ease += 1
    return (id_, cid, ease, *middle, kind)


def _problem_with_note(
    row: tuple[Any, ...], note_types: dict[int, dict[str, Any]], limits: Limits
) -> str:
    id_, guid, mid, mod, tags, flds = row
    if not (_whole(id_) and _whole(mid) and _whole(mod)):
        return "a number is none"
    if not isinstance(guid, str) or not 0 < len(guid) <= _GUID_MAX:
        return "it has no guid, or one that is too long"
    if not isinstance(tags, str) or len(tags) > _TAGS_MAX or not isinstance(flds, str):
        return "its texts are damaged"
    if len(flds) > limits.note_text:
        return f"it has more than {limits.note_text:,} characters"
    if mid not in note_types:
        return "its note type is missing or damaged"
    return "" if 0 <= mod < 2**33 else "its time is impossible"


def _problem_with_card(row: tuple[Any, ...], notes: set[int]) -> str:
    if not all(_whole(value) for value in row[:16]) or not isinstance(row[16], str):
        return "a number is none"
    if row[1] not in notes:
        return "its note is missing"
    if not 0 <= row[3] <= _ORD_MAX:
        return "its template is none"
    if not 0 <= row[4] < 2**33 or len(row[16]) > _DATA_MAX:
        return "its time or data is impossible"
    if not all(-_INT32 <= value < 2**33 for value in (*row[5:14], row[15])):
        return "a number is impossible"
    return ""


def _problem_with_review(row: tuple[Any, ...], cards: set[int]) -> str:
    if not all(_whole(value) for value in row):
        return "a number is none"
    if row[1] not in cards:
        return "its card is not in the package"
    if not _EARLIEST_MS < row[0] < _LATEST_MS:
        return "its time is not between 2000 and 2200"
    if not all(-_INT32 <= value < 2**33 for value in row[2:]):
        return "a number is impossible"
    return ""


def _within(value: Any, low: int, high: int) -> int | None:
    return value if isinstance(value, int) and low <= value <= high else None


def _whole(value: Any) -> bool:
    return isinstance(value, int)


def _blob(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    return value if isinstance(value, bytes) else b""


def _object(found: Any, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise PackageInvalid(
            f"The collection's {name} cannot be read.", cure="Export it from Anki again."
        )
    return found


def _dumped(found: Any) -> str:
    return json.dumps(found)
