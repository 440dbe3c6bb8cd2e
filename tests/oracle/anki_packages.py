"""Makes and opens packages with the real Anki. Run as a program, in its own process.

`make FOLDER` builds a collection with every kind of review, cloze, media and a filtered deck, and
exports it as `modern.apkg` and `legacy.apkg`; `open PACKAGE...` imports each into an empty
collection of its own, with scheduling. Both write what the collection then holds to stdout, as
one JSON object. `anki` is AGPL: nothing of the product imports it.
"""

import hashlib
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["TZ"] = "UTC"
time.tzset()

from anki.collection import Collection  # noqa: E402
from anki.import_export_pb2 import (  # noqa: E402
    ExportAnkiPackageOptions,
    ExportLimit,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)
from anki_memory import memory_of, switch_on_fsrs  # noqa: E402

DAY = 86_400
DEFAULT_WEIGHTS = [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
    1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
]  # fmt: skip
LEARN, REVIEW, RELEARN, FILTERED, MANUAL, RESCHEDULED = range(6)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763"
    "f8cfc00000030101 00c9fe92ef0000000049454e44ae426082".replace(" ", "")
)


def main() -> None:
    command, *arguments = sys.argv[1:]
    if command == "make":
        json.dump(make(Path(arguments[0])), sys.stdout)
    else:
        json.dump([opened(Path(path)) for path in arguments], sys.stdout)


def make(folder: Path) -> dict[str, Any]:
    chance = random.Random(3)
    col = Collection(str(folder / "source.anki2"))
    now = int(time.time())
    col.db.execute("update col set crt = ?", now - now % DAY - 400 * DAY + 4 * 3600)
    col.close()
    col = Collection(str(folder / "source.anki2"))
    basic, cloze = col.models.by_name("Basic"), col.models.by_name("Cloze")
    reverse = col.models.by_name("Basic (and reversed card)")
    decks = [col.decks.id(name) for name in ("Big::Small", "Big::Other", "Ünïcode 漢字")]
    picture = col.media.write_data("a picture ü.png", PNG)
    sound = col.media.write_data("tone.mp3", b"ID3\x03" + bytes(range(200)))
    odd = col.media.write_data("_script.js", b"alert(1)")
    for number in range(120):
        note = col.new_note((basic, reverse, cloze)[number % 3])
        if number % 3 == 2:
            note["Text"] = f"A {{{{c1::one{number}::hint}}}} and {{{{c2::two {{{{c3::three}}}}}}}}"
        else:
            note["Front"] = f'Why {number}? <img src="{picture}"> \\(x^2\\) [$]\\frac12[/$]'
            note["Back"] = f"<b>Because</b> {number} [sound:{sound}]<script>alert(1)</script>"
        note.tags = [f"tag{number % 7}", "all::of::them"]
        col.add_note(note, decks[number % 3])
    del odd
    cards = sorted(col.find_cards(""))
    taken: set[int] = set()
    rows = []
    for place, card in enumerate(cards[:150]):
        rows += reviews(chance, card, place, now, taken)
    for row in rows:
        col.db.execute("insert into revlog values (?,?,-1,?,?,?,?,?,?)", *row)
    states(col, chance, cards, rows, now)
    col.sched.suspend_cards(cards[3:8])
    col.sched.bury_cards(cards[8:12])
    col.set_user_flag_for_cards(3, cards[10:20])
    col.sched.set_due_date(cards[20:23], "5")
    col.sched.schedule_cards_as_new(cards[23:26])
    filtered = col.decks.new_filtered("Cram")
    deck = col.decks.get(filtered)
    deck["terms"] = [["is:review tag:tag1", 10, 0]]
    col.decks.save(deck)
    col.sched.rebuild_filtered_deck(filtered)
    held = dump(col)
    for legacy in (False, True):
        col.export_anki_package(
            out_path=str(folder / ("legacy.apkg" if legacy else "modern.apkg")),
            options=ExportAnkiPackageOptions(
                with_scheduling=True, with_deck_configs=True, with_media=True, legacy=legacy
            ),
            limit=ExportLimit(whole_collection={}),
        )
    col.close()
    return held


def reviews(
    chance: random.Random, card: int, place: int, now: int, taken: set[int]
) -> list[tuple[int, ...]]:
    """A card's rows: learning, reviews, a lapse, cramming, a reset for some, rescheduling."""
    at, kind, ivl = now - 390 * DAY + place * 60, LEARN, 0
    rows = []
    for number in range(chance.randint(12, 22)):
        ease, factor, last = chance.choice([1, 2, 3, 3, 3, 4]), 2500, ivl
        if kind == LEARN:
            ivl = 1 if ease > 2 else -600
        else:
            ivl = 1 if ease == 1 else max(int(ivl * 1.4), 1) + 1
        written = kind
        if number > 3 and chance.random() < 0.15:
            written = chance.choice([FILTERED, FILTERED, MANUAL, RESCHEDULED])
            factor = 0 if written == FILTERED and chance.random() < 0.5 else 2500
            if written in (MANUAL, RESCHEDULED):
                ease = 0
            if written == MANUAL and chance.random() < 0.3:
                factor = 0
        stamp = at * 1000 + chance.randint(0, 999)
        while stamp in taken:
            stamp += 1
        taken.add(stamp)
        time_taken = chance.randint(500, 60_000)
        rows.append((stamp, card, ease, ivl, last, factor, time_taken, written))
        if written == MANUAL and factor == 0:
            kind, ivl = LEARN, 0
        elif kind == LEARN:
            kind = REVIEW if ease > 2 else LEARN
        else:
            kind = RELEARN if ease == 1 else REVIEW
        at += max(ivl, 0) * DAY * 2 // 3 + chance.randint(60, DAY // 2)
        if at > now - DAY:
            break
    return rows


def states(
    col: Collection, chance: random.Random, cards: list[int], rows: list[Any], now: int
) -> None:
    today = col.sched.today
    last: dict[int, Any] = {row[1]: row for row in rows}
    for card, row in last.items():
        if row[7] == MANUAL and row[5] == 0:
            continue  # new again
        ivl = max(row[3], 1)
        due = today - (now - row[0] // 1000) // DAY + ivl
        data = json.dumps({"s": 3.5, "d": 5.2, "dr": 0.9, "decay": 0.154, "lrt": row[0] // 1000})
        col.db.execute(
            "update cards set type = 2, queue = 2, due = ?, ivl = ?, factor = 2500, reps = ?, "
            "lapses = ?, mod = ?, data = ? where id = ?",
            due, ivl, sum(r[1] == card for r in rows), chance.randint(0, 2), row[0] // 1000 + 1,
            data, card,
        )  # fmt: skip
    for card in cards[150:155]:  # in learning, without a history
        col.db.execute(
            "update cards set type = 1, queue = 1, due = ?, left = 2002, reps = 1 where id = ?",
            now + 300, card,
        )  # fmt: skip


def opened(path: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        col = Collection(str(Path(folder) / "target.anki2"))
        col.import_anki_package(
            ImportAnkiPackageRequest(
                package_path=str(path),
                options=ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=False),
            )
        )
        held = {**dump(col), "integrity": col.db.scalar("pragma integrity_check")}
        switch_on_fsrs(col, DEFAULT_WEIGHTS)
        held["memory"] = memories(col)
        col.close()
        return held


def memories(col: Collection) -> dict[str, list[float]]:
    """Stability and difficulty that Anki computes from each card's reviews."""
    studied = col.db.all(
        "select id, (select guid from notes where id = nid), ord from cards "
        "where id in (select cid from revlog)"
    )
    return {f"{guid}:{ord_}": memory_of(col, card) for card, guid, ord_ in studied}


def dump(col: Collection) -> dict[str, Any]:
    """Everything in terms that do not depend on ids or on when the collection was created."""
    today = col.sched.today
    names = {deck.id: deck.name for deck in col.decks.all_names_and_ids()}
    filtered = {deck["id"] for deck in col.decks.all() if deck["dyn"]}
    models = {model["id"]: model for model in col.models.all()}
    notes, guids = [], {}
    for id_, guid, mid, tags, flds in col.db.all("select id, guid, mid, tags, flds from notes"):
        guids[id_] = guid
        notes.append([guid, models[mid]["name"], sorted(tags.split()), flds])
    cards, keys = [], {}
    for row in col.db.all(
        "select id, nid, ord, did, odid, type, queue, due, odue, ivl, factor, reps, lapses, "
        "left, flags, data from cards"
    ):
        id_, nid, ord_, did, odid, type_, queue, due, odue, *others = row
        keys[id_] = [guids[nid], ord_]
        days = type_ == 2 and due < 1_000_000_000
        cards.append(
            {
                "key": keys[id_],
                "home": names[odid or did],
                "held": names[did] if did in filtered else "",
                "type": type_,
                "queue": queue,
                "due": due - today if days and not odid else due,
                "odue": odue - today if odid and odue else odue,
                "numbers": others[:-1],
                "data": json.loads(others[-1] or "{}"),
            }
        )
    rows = [
        [*row[:1], keys.get(row[1]), *row[2:]]
        for row in col.db.all(
            "select id, cid, ease, ivl, lastIvl, factor, time, type from revlog order by id"
        )
    ]
    folder = Path(col.media.dir())
    media = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    used = {mid for (mid,) in col.db.all("select distinct mid from notes")}
    types = {
        models[mid]["name"]: {
            "fields": [field["name"] for field in models[mid]["flds"]],
            "templates": [[t["name"], t["qfmt"], t["afmt"]] for t in models[mid]["tmpls"]],
            "css": models[mid]["css"],
        }
        for mid in used
    }
    decks = {deck["name"]: deck.get("terms") for deck in col.decks.all() if deck["dyn"]}
    return {
        "notes": sorted(notes),
        "cards": sorted(cards, key=lambda card: card["key"]),
        "reviews": rows,
        "media": media,
        "types": types,
        "filtered": decks,
    }


if __name__ == "__main__":
    main()
