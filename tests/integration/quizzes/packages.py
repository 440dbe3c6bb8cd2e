"""Packages made by hand: legacy and modern ones, and ones that are wrong in a chosen way."""

import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import zstandard

from quizzes.anki import definitions, stock, wire
from quizzes.anki.rows import AnkiDeck

CREATED = 1_760_000_400  # 9 October 2025, 9:00 UTC
DAY = 86_400
MODEL, DECK, NOTE, CARD = 1_700_000_000_100, 1_700_000_000_200, 1_000, 2_000
FIRST_REVIEW = (CREATED + 10 * DAY) * 1000


def model(**parts: Any) -> dict[str, Any]:
    """Two cards a note: forward and back."""
    made = stock.note_type(
        MODEL, "Pair", ["Front", "Back"], "{{Front}}", "{{FrontSide}}<hr id=answer>{{Back}}"
    )
    back = {**made["tmpls"][0], "name": "Back", "ord": 1, "qfmt": "{{Back}}", "afmt": "{{Front}}"}
    made["tmpls"].append(back)
    return {**made, **parts}


@dataclass
class Made:
    """A collection of one note with two cards, of which one has three reviews."""

    model: dict[str, Any] = field(default_factory=model)
    notes: list[list[Any]] = field(
        default_factory=lambda: [
            [NOTE, "guid-1", MODEL, CREATED, -1, " tag ", "Why?\x1fBecause.", "", 0, 0, ""]
        ]
    )
    cards: list[list[Any]] = field(
        default_factory=lambda: [
            [CARD, NOTE, DECK, 0, CREATED + 20 * DAY, -1, 2, 2, 30, 8, 2500, 3, 0, 0, 0, 0, 0, ""],
            [CARD + 1, NOTE, DECK, 1, CREATED, -1, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, ""],
        ]
    )
    revlog: list[list[Any]] = field(
        default_factory=lambda: [
            [FIRST_REVIEW, CARD, -1, 3, -600, 0, 0, 5000, 0],
            [FIRST_REVIEW + 600_000, CARD, -1, 3, 2, -600, 2500, 4000, 0],
            [FIRST_REVIEW + 2 * DAY * 1000, CARD, -1, 3, 8, 2, 2500, 3000, 1],
        ]
    )
    media: dict[str, bytes] = field(default_factory=dict)
    preset: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    deck: str = "Box"
    created: int = CREATED
    version: int | None = None


def collection(
    made: Made, modern: bool = False, spoil: Callable[[Any], None] | None = None
) -> bytes:
    """The SQLite file. `spoil` gets the open database before it is written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collection"
        database = sqlite3.connect(path)
        database.create_collation("unicase", lambda a, b: (a > b) - (a < b))
        database.executescript(stock.SCHEMA_18 if modern else stock.SCHEMA_11)
        config = {**stock.settings(0, 4), **made.config}
        preset = {**stock.preset_json(), **made.preset}
        decks = [AnkiDeck(1, "Default"), AnkiDeck(DECK, made.deck)]
        if modern:
            texts = [""] * 5
            _modern(database, made, config, decks)
        else:
            texts = [
                json.dumps(config),
                json.dumps({str(MODEL): made.model}),
                json.dumps({str(d.id): stock.deck_json(d.id, d.name, "", None) for d in decks}),
                json.dumps({"1": preset}),
                "{}",
            ]
        version = made.version or (18 if modern else 11)
        database.execute(
            "INSERT INTO col VALUES (1, ?, 0, 0, ?, 0, 0, 0, ?, ?, ?, ?, ?)",
            (made.created, version, *texts),
        )
        for table, rows in (("notes", made.notes), ("cards", made.cards), ("revlog", made.revlog)):
            for row in rows:
                marks = ",".join("?" * len(row))
                database.execute(f"INSERT INTO {table} VALUES ({marks})", row)
        if spoil is not None:
            spoil(database)
        database.commit()
        database.close()
        return path.read_bytes()


def _modern(database: Any, made: Made, config: dict[str, Any], decks: list[AnkiDeck]) -> None:
    for key, value in config.items():
        database.execute(
            "INSERT INTO config VALUES (?, 0, 0, ?)", (key, json.dumps(value).encode())
        )
    m = made.model
    row = (MODEL, m["name"], m["mod"], -1, definitions.note_type_to_wire(m))
    database.execute("INSERT INTO notetypes VALUES (?, ?, ?, ?, ?)", row)
    for place, part in enumerate(m["flds"]):
        database.execute(
            "INSERT INTO fields VALUES (?, ?, ?, ?)",
            (MODEL, place, part["name"], definitions.field_to_wire(part)),
        )
    for place, part in enumerate(m["tmpls"]):
        database.execute(
            "INSERT INTO templates VALUES (?, ?, ?, 0, -1, ?)",
            (MODEL, place, part["name"], definitions.template_to_wire(part)),
        )
    for deck in decks:
        database.execute(
            "INSERT INTO decks VALUES (?, ?, 0, -1, x'', ?)",
            (deck.id, deck.name.replace("::", "\x1f"), definitions.deck_to_wire(deck)),
        )
    database.execute("INSERT INTO deck_config VALUES (1, 'Default', 0, 0, x'')")


def package(made: Made, modern: bool = False, spoil: Callable[[Any], None] | None = None) -> bytes:
    """The whole package."""
    found = collection(made, modern, spoil)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        if modern:
            pack = zstandard.ZstdCompressor().compress
            target.writestr("meta", wire.put_whole(1, 3))
            target.writestr("collection.anki21b", pack(found))
            entries = b"".join(
                wire.put_message(1, wire.put_text(1, name) + wire.put_whole(2, len(data)))
                for name, data in made.media.items()
            )
            target.writestr("media", pack(entries))
            for place, data in enumerate(made.media.values()):
                target.writestr(str(place), pack(data))
        else:
            target.writestr("collection.anki2", found)
            names = {str(place): name for place, name in enumerate(made.media)}
            target.writestr("media", json.dumps(names))
            for place, data in enumerate(made.media.values()):
                target.writestr(str(place), data)
    return out.getvalue()
