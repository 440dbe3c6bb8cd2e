"""Note types, decks and presets: between Anki's JSON (schema 11) and its protobuf (schema 18).

The JSON is what is kept, since either format can be written from it. What a message holds that
has no name here stands in its `other` field as JSON, and comes back as keys of that JSON.
Field numbers: Anki's public `proto/anki/notetypes.proto`, `decks.proto`, `deck_config.proto`.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from quizzes.anki import wire
from quizzes.anki.rows import AnkiDeck, Preset

OTHER = 255
_REQUIREMENTS = ("none", "any", "all")
_NOTE_TYPE = frozenset(
    [
        "id",
        "name",
        "type",
        "mod",
        "usn",
        "sortf",
        "did",
        "tmpls",
        "flds",
        "css",
        "latexPre",
        "latexPost",
        "latexsvg",
        "req",
        "originalStockKind",
        "originalId",
    ]
)
_FIELD = frozenset(
    [
        "name",
        "ord",
        "sticky",
        "rtl",
        "font",
        "size",
        "description",
        "plainText",
        "collapsed",
        "excludeFromSearch",
        "id",
        "tag",
        "preventDeletion",
    ]
)
_TEMPLATE = frozenset(
    ["name", "ord", "qfmt", "afmt", "bqfmt", "bafmt", "did", "bfont", "bsize", "id"]
)
#: Yes or no of a field, and its number in the message.
_FIELD_FLAGS = {
    "sticky": 1, "rtl": 2, "plainText": 6, "collapsed": 7, "excludeFromSearch": 8,
    "preventDeletion": 11,
}  # fmt: skip


def note_type_from_wire(
    id_: int,
    name: str,
    mtime: int,
    config: bytes,
    fields: list[tuple[int, str, bytes]],
    templates: list[tuple[int, str, bytes]],
) -> dict[str, Any]:
    """The JSON of a note type of schema 18; `fields` and `templates` are (ord, name, config)."""
    found = wire.read(config)
    requirements = []
    for part in found.get(8, []):
        need = wire.read(part if isinstance(part, bytes) else b"")
        kind = _REQUIREMENTS[min(max(wire.whole(need, 2), 0), 2)]
        requirements.append([wire.whole(need, 1), kind, wire.wholes(need, 3)])
    made = {
        **_other(found),
        "id": id_,
        "name": name,
        "type": wire.whole(found, 1),
        "mod": mtime,
        "usn": -1,
        "sortf": wire.whole(found, 2),
        "did": wire.whole(found, 4) or None,
        "tmpls": [_template_from_wire(*part) for part in sorted(templates, key=lambda t: t[0])],
        "flds": [_field_from_wire(*part) for part in sorted(fields, key=lambda f: f[0])],
        "css": wire.text(found, 3),
        "latexPre": wire.text(found, 5),
        "latexPost": wire.text(found, 6),
        "latexsvg": bool(wire.whole(found, 7)),
        "req": requirements,
        "originalStockKind": wire.whole(found, 9),
    }
    if 10 in found:
        made["originalId"] = wire.whole(found, 10)
    return made


def _field_from_wire(ord_: int, name: str, config: bytes) -> dict[str, Any]:
    found = wire.read(config)
    return {
        **_other(found),
        "name": name,
        "ord": ord_,
        "font": wire.text(found, 3),
        "size": wire.whole(found, 4),
        "description": wire.text(found, 5),
        "id": wire.whole(found, 9) if 9 in found else None,
        "tag": wire.whole(found, 10) if 10 in found else None,
        **{key: bool(wire.whole(found, number)) for key, number in _FIELD_FLAGS.items()},
    }


def _template_from_wire(ord_: int, name: str, config: bytes) -> dict[str, Any]:
    found = wire.read(config)
    return {
        **_other(found),
        "name": name,
        "ord": ord_,
        "qfmt": wire.text(found, 1),
        "afmt": wire.text(found, 2),
        "bqfmt": wire.text(found, 3),
        "bafmt": wire.text(found, 4),
        "did": wire.whole(found, 5) or None,
        "bfont": wire.text(found, 6),
        "bsize": wire.whole(found, 7),
        "id": wire.whole(found, 8) if 8 in found else None,
    }


def note_type_to_wire(definition: Mapping[str, Any]) -> bytes:
    needs = b""
    for need in _lists(definition.get("req")):
        ord_, kind, fields = (*need, 0, "none", [])[:3]
        index = _REQUIREMENTS.index(kind) if kind in _REQUIREMENTS else 0
        message = wire.put_whole(1, number(ord_)) + wire.put_whole(2, index)
        message += wire.put_wholes(
            3, [number(field) for field in fields] if _is_list(fields) else []
        )
        needs += wire.put_message(8, message)
    return b"".join(
        (
            wire.put_whole(1, number(definition.get("type"))),
            wire.put_whole(2, number(definition.get("sortf"))),
            wire.put_text(3, text(definition.get("css"))),
            wire.put_whole(4, number(definition.get("did"))),
            wire.put_text(5, text(definition.get("latexPre"))),
            wire.put_text(6, text(definition.get("latexPost"))),
            wire.put_whole(7, int(bool(definition.get("latexsvg")))),
            needs,
            wire.put_whole(9, number(definition.get("originalStockKind"))),
            _whole_or_none(10, definition.get("originalId")),
            _put_other(definition, _NOTE_TYPE),
        )
    )


def field_to_wire(field: Mapping[str, Any]) -> bytes:
    return b"".join(
        (
            *(
                wire.put_whole(number_, int(bool(field.get(key))))
                for key, number_ in _FIELD_FLAGS.items()
            ),
            wire.put_text(3, text(field.get("font"))),
            wire.put_whole(4, number(field.get("size"))),
            wire.put_text(5, text(field.get("description"))),
            _whole_or_none(9, field.get("id")),
            _whole_or_none(10, field.get("tag")),
            _put_other(field, _FIELD),
        )
    )


def template_to_wire(template: Mapping[str, Any]) -> bytes:
    return b"".join(
        (
            wire.put_text(1, text(template.get("qfmt"))),
            wire.put_text(2, text(template.get("afmt"))),
            wire.put_text(3, text(template.get("bqfmt"))),
            wire.put_text(4, text(template.get("bafmt"))),
            wire.put_whole(5, number(template.get("did"))),
            wire.put_text(6, text(template.get("bfont"))),
            wire.put_whole(7, number(template.get("bsize"))),
            _whole_or_none(8, template.get("id")),
            _put_other(template, _TEMPLATE),
        )
    )


def deck_from_wire(id_: int, name: str, kind: bytes) -> AnkiDeck:
    found = wire.read(kind)
    if 2 in found:
        return AnkiDeck(id_, name, filtered=_filtered_from_wire(wire.read(wire.raw(found, 2))))
    normal = wire.read(wire.raw(found, 1))
    return AnkiDeck(id_, name, wire.text(normal, 4), wire.whole(normal, 1, 1))


def _filtered_from_wire(found: wire.Fields) -> dict[str, Any]:
    terms = [wire.read(part) for part in found.get(2, []) if isinstance(part, bytes)]
    return {
        "resched": bool(wire.whole(found, 1)),
        "terms": [[wire.text(t, 1), wire.whole(t, 2), wire.whole(t, 3)] for t in terms],
        "delays": wire.floats(found, 3) or None,
        "previewDelay": wire.whole(found, 4),
        "previewHardSecs": wire.whole(found, 5),
        "previewGoodSecs": wire.whole(found, 6),
        "previewAgainSecs": wire.whole(found, 7),
    }


def deck_to_wire(deck: AnkiDeck) -> bytes:
    if deck.filtered is None:
        normal = wire.put_whole(1, deck.preset) + wire.put_text(4, deck.description)
        return wire.put_message(1, normal)
    filtered = deck.filtered
    body = wire.put_whole(1, int(bool(filtered.get("resched"))))
    for term in _lists(filtered.get("terms")):
        search, limit, order = (*term, 0, 0, 0)[:3]
        message = wire.put_text(1, text(search))
        message += wire.put_whole(2, number(limit)) + wire.put_whole(3, number(order))
        body += wire.put_message(2, message)
    body += wire.put_floats(3, [real(value) for value in filtered.get("delays") or []])
    for number_, key in enumerate(
        ("previewDelay", "previewHardSecs", "previewGoodSecs", "previewAgainSecs"), start=4
    ):
        body += wire.put_whole(number_, number(filtered.get(key)))
    return wire.put_message(2, body)


def deck_from_json(id_: int, found: Mapping[str, Any]) -> AnkiDeck:
    name = text(found.get("name")) or f"Deck {id_}"
    if number(found.get("dyn")):
        kept = ("resched", "terms", "delays", "separate", "previewDelay", "previewHardSecs",
                "previewGoodSecs", "previewAgainSecs")  # fmt: skip
        filtered = {key: found[key] for key in kept if key in found}
        filtered["terms"] = _lists(filtered.get("terms"))
        filtered["delays"] = filtered.get("delays") if _is_list(filtered.get("delays")) else None
        return AnkiDeck(id_, name, filtered=filtered)
    return AnkiDeck(id_, name, text(found.get("desc")), number(found.get("conf")) or 1)


def preset_from_wire(name: str, config: bytes) -> Preset:
    found = wire.read(config)
    wanted = found.get(37, [None])[-1]
    retention = wire.floats({37: [wanted]}, 37)[0] if isinstance(wanted, bytes) else None
    return Preset(name, tuple(wire.floats(found, 6)), retention)


def preset_from_json(found: Mapping[str, Any]) -> Preset:
    weights = found.get("fsrsParams6")
    retention = found.get("desiredRetention")
    return Preset(
        text(found.get("name")),
        tuple(real(value) for value in weights) if isinstance(weights, list) else (),
        real(retention) if isinstance(retention, int | float) else None,
    )


def number(value: Any) -> int:
    """A whole number from hostile JSON; 0 for what is none, or too large for 64 bits."""
    if isinstance(value, str) and value.lstrip("-").isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    whole = isinstance(value, int)
    return int(value) if whole and -(2**63) <= value < 2**63 else 0


def real(value: Any) -> float:
    good = isinstance(value, int | float) and abs(value) < 1e30 and math.isfinite(value)
    return float(value) if good else 0.0


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _lists(value: Any) -> list[list[Any]]:
    return [part for part in value if isinstance(part, list)] if isinstance(value, list) else []


def _other(found: wire.Fields) -> dict[str, Any]:
    kept = wire.raw(found, OTHER)
    try:
        read = json.loads(kept) if kept else {}
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _put_other(found: Mapping[str, Any], named: frozenset[str]) -> bytes:
    kept = {key: value for key, value in found.items() if key not in named}
    return wire.put_bytes(OTHER, json.dumps(kept, ensure_ascii=False).encode()) if kept else b""


def _whole_or_none(number_: int, value: Any) -> bytes:
    """An optional number: there also when it is 0."""
    if value is None:
        return b""
    return wire.put_whole(number_, number(value)) or bytes(_zero(number_))


def _zero(number_: int) -> bytes:
    key = wire.put_whole(number_, 1)
    return key[:-1] + b"\x00"
