"""Writes packages that Anki opens: modern (zstd, schema 18) and legacy (schema 11)."""

import hashlib
import html
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import zstandard

from quizzes.anki import definitions, stock, wire
from quizzes.anki.rows import FIELD_END, AnkiDeck, CardRow, NoteRow, RevlogRow
from quizzes.anki.templates import without_tags

_PICTURE = re.compile(r"""<img(?:(?!<img)[^>])+src=["']?([^"'>]+)["']?[^>]*>""", re.IGNORECASE)
_HIDDEN = tuple(
    (re.compile(rf"(?is)<{tag}.*?</{tag}>"), re.compile(rf"(?is).*</{tag}>"))
    for tag in ("script", "style")
)
_CHUNK = 256 * 1024
OLD_READER = (
    "This deck needs Anki 2.1.50 or later. Please export it again from StudyHub in the older form."
)


@dataclass(frozen=True)
class Head:
    """When day 0 began and what time it is, in seconds; `offset` is minutes west of UTC then."""

    created: int
    offset: int
    rollover: int
    now: int


@dataclass
class PackageWriter:
    """Gathers rows in a collection file; `finish` packs it. Use it as a context manager."""

    head: Head
    legacy: bool = False
    _folder: TemporaryDirectory[str] = field(init=False)
    _database: sqlite3.Connection = field(init=False)
    counts: dict[str, int] = field(default_factory=lambda: {"notes": 0, "cards": 0, "reviews": 0})

    def __enter__(self) -> "PackageWriter":
        self._folder = TemporaryDirectory(prefix="anki-")
        self._database = sqlite3.connect(self._path, isolation_level=None)
        self._database.create_collation("unicase", _unicase)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(stock.SCHEMA_11 if self.legacy else stock.SCHEMA_18)
        self._database.execute("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    @property
    def _path(self) -> Path:
        return Path(self._folder.name) / "collection"

    def add_notes(self, notes: Iterable[tuple[NoteRow, int]]) -> None:
        """Notes, each with the place of the field that it is sorted by."""
        rows = [_note(note, sort_field) for note, sort_field in notes]
        self._add("notes", "INSERT INTO notes VALUES (?,?,?,?,-1,?,?,?,?,0,'')", rows)

    def add_cards(self, cards: Iterable[CardRow]) -> None:
        rows = [(*card[:5], -1, *card[5:]) for card in cards]
        self._add("cards", f"INSERT INTO cards VALUES ({','.join('?' * 18)})", rows)

    def add_reviews(self, reviews: Iterable[RevlogRow]) -> None:
        rows = [(*row[:2], -1, *row[2:]) for row in reviews]
        self._add("reviews", f"INSERT INTO revlog VALUES ({','.join('?' * 9)})", rows)

    def _add(self, name: str, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self._database.executemany(statement, rows)
        self.counts[name] += len(rows)

    def finish(
        self,
        target: Path,
        note_types: Mapping[int, Mapping[str, Any]],
        decks: Iterable[AnkiDeck],
        media: Iterable[tuple[str, Path]],
    ) -> None:
        """Writes the package to `target`. `media` are names and the files that hold them."""
        write = self._write_legacy if self.legacy else self._write_modern
        write(note_types, list(decks))
        self._database.execute("COMMIT")
        self._database.execute("ANALYZE")
        self._database.close()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
            if self.legacy:
                package.write(self._path, "collection.anki2", zipfile.ZIP_DEFLATED)
                _pack_media_legacy(package, media)
            else:
                package.writestr("meta", wire.put_whole(1, 3))
                _pack(package, "collection.anki21b", self._path)
                with TemporaryDirectory(prefix="anki-") as folder:
                    package.write(_for_old_readers(Path(folder), self.head), "collection.anki2")
                _pack_media(package, media)

    def _col(self, version: int, *texts: str) -> None:
        now = self.head.now * 1000
        self._database.execute(
            "INSERT INTO col VALUES (1,?,?,?,?,0,0,0,?,?,?,?,?)",
            (self.head.created, now, now, version, *texts),
        )

    def _write_legacy(
        self, note_types: Mapping[int, Mapping[str, Any]], decks: list[AnkiDeck]
    ) -> None:
        self._col(
            11,
            json.dumps(stock.settings(self.head.offset, self.head.rollover)),
            json.dumps({str(id_): {**made, "id": id_} for id_, made in note_types.items()}),
            json.dumps(
                {str(d.id): stock.deck_json(d.id, d.name, d.description, d.filtered) for d in decks}
            ),
            json.dumps({"1": stock.preset_json()}),
            "{}",
        )

    def _write_modern(
        self, note_types: Mapping[int, Mapping[str, Any]], decks: list[AnkiDeck]
    ) -> None:
        self._col(18, "", "", "", "", "")
        run = self._database.executemany
        found = stock.settings(self.head.offset, self.head.rollover)
        run(
            "INSERT INTO config VALUES (?,0,0,?)",
            [(key, json.dumps(value).encode()) for key, value in found.items()],
        )
        names: set[str] = set()
        for id_, made in note_types.items():
            self._write_note_type(id_, _free(str(made["name"]), names), made)
        names = set()
        run(
            "INSERT INTO decks VALUES (?,?,0,-1,?,?)",
            [
                (
                    deck.id,
                    _free(deck.name, names).replace("::", FIELD_END),
                    b"",
                    definitions.deck_to_wire(deck),
                )
                for deck in decks
            ],
        )
        run("INSERT INTO deck_config VALUES (1,'Default',0,0,?)", [(_preset(),)])
        run("INSERT INTO tags VALUES (?,-1,0,NULL)", [(tag,) for tag in self._tags()])

    def _write_note_type(self, id_: int, name: str, made: Mapping[str, Any]) -> None:
        run = self._database.executemany
        mtime = definitions.number(made.get("mod"))
        run(
            "INSERT INTO notetypes VALUES (?,?,?,-1,?)",
            [(id_, name, mtime, definitions.note_type_to_wire(made))],
        )
        run(
            "INSERT INTO fields VALUES (?,?,?,?)",
            [
                (id_, place, part_name, definitions.field_to_wire(part))
                for place, part_name, part in _named(made["flds"])
            ],
        )
        run(
            "INSERT INTO templates VALUES (?,?,?,?,-1,?)",
            [
                (id_, place, part_name, mtime, definitions.template_to_wire(part))
                for place, part_name, part in _named(made["tmpls"])
            ],
        )

    def _tags(self) -> Iterable[str]:
        """The notes' tags, those that differ only in case once."""
        tags = {
            tag
            for (joined,) in self._database.execute("SELECT DISTINCT tags FROM notes")
            for tag in joined.split()
        }
        return {tag.casefold(): tag for tag in sorted(tags)}.values()


def _unicase(first: str, second: str) -> int:
    one, other = first.casefold(), second.casefold()
    return (one > other) - (one < other)


def _free(name: str, taken: set[str]) -> str:
    """The name, or one like it where another part of the same list has it."""
    while name.casefold() in taken:
        name += "+"
    taken.add(name.casefold())
    return name


def _named(parts: Iterable[Mapping[str, Any]]) -> Iterable[tuple[int, str, Mapping[str, Any]]]:
    """A note type's fields or templates with their places and names of their own."""
    taken: set[str] = set()
    for place, part in enumerate(parts):
        yield place, _free(part["name"], taken), part


def _note(note: NoteRow, sort_field: int) -> tuple[Any, ...]:
    fields = note.fields
    first = _stripped(fields[0])
    sorted_by = _stripped(fields[min(sort_field, len(fields) - 1)])
    checksum = int(hashlib.sha1(first.encode(), usedforsecurity=False).hexdigest()[:8], 16)
    return (*note, sorted_by, checksum)


def _stripped(value: str) -> str:
    """As Anki compares and sorts fields: without markup, but with the names of pictures."""
    # Each pattern looks no further than to the last end that it can find: fields are hostile, and
    # to look on from each beginning would take time quadratic in their length.
    for pattern, up_to_last in _HIDDEN:
        found = up_to_last.match(value)
        end = found.end() if found else 0
        value = pattern.sub("", value[:end]) + value[end:]
    tagged, last, rest = value.rpartition(">")
    return html.unescape(without_tags(_PICTURE.sub(r" \1 ", tagged + last) + rest)).strip()


def _preset() -> bytes:
    return b"".join(
        (
            wire.put_floats(1, [1.0, 10.0]),
            wire.put_floats(2, [10.0]),
            wire.put_whole(9, 20),
            wire.put_whole(10, 200),
            wire.put_float(11, 2.5),
            wire.put_float(12, 1.3),
            wire.put_float(13, 1.2),
            wire.put_float(15, 1.0),
            wire.put_whole(16, 36500),
            wire.put_whole(17, 1),
            wire.put_whole(18, 1),
            wire.put_whole(19, 4),
            wire.put_whole(21, 1),
            wire.put_whole(22, 8),
            wire.put_whole(24, 60),
            wire.put_float(37, 0.9),
            wire.put_float(40, 0.9),
        )
    )


def _pack(package: zipfile.ZipFile, member: str, source: Path) -> tuple[int, bytes]:
    """Adds the file, zstd-packed; gives its size and SHA-1."""
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    packer = zstandard.ZstdCompressor().compressobj(size=source.stat().st_size)
    with source.open("rb") as file, package.open(member, "w", force_zip64=False) as out:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
            out.write(packer.compress(piece))
        out.write(packer.flush())
    return size, digest.digest()


def _pack_media(package: zipfile.ZipFile, media: Iterable[tuple[str, Path]]) -> None:
    entries = b""
    for place, (name, source) in enumerate(media):
        size, sha1 = _pack(package, str(place), source)
        entry = wire.put_text(1, name) + wire.put_whole(2, size) + wire.put_bytes(3, sha1)
        entries += wire.put_message(1, entry)
    package.writestr("media", zstandard.ZstdCompressor().compress(entries))


def _pack_media_legacy(package: zipfile.ZipFile, media: Iterable[tuple[str, Path]]) -> None:
    names: dict[str, str] = {}
    for place, (name, source) in enumerate(media):
        package.write(source, str(place))
        names[str(place)] = name
    package.writestr("media", json.dumps(names))


def _for_old_readers(folder: Path, head: Head) -> Path:
    """A collection with one card, for an Anki that cannot read the other one."""
    with PackageWriter(head, legacy=True) as writer:
        note = NoteRow(1, "studyhub-old", stock.BASIC, head.now, "", f"{OLD_READER}{FIELD_END}")
        writer.add_notes([(note, 0)])
        writer.add_cards([CardRow(1, 1, 1, 0, head.now, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, "")])
        target = folder / "package"
        writer.finish(target, stock.own_note_types(), [AnkiDeck(1, "Default")], [])
    with zipfile.ZipFile(target) as package:
        return Path(package.extract("collection.anki2", folder))
