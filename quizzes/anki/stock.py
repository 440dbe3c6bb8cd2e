"""What every collection has: the tables of both schemas, and the parts that we write by default.

The tables are the file format itself; the note types are our own.
"""

from typing import Any

BASIC, CLOZE = 1_700_000_000_001, 1_700_000_000_002

_ROWS = """
CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL,
  mod integer NOT NULL, usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL,
  sfld integer NOT NULL, csum integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL,
  ord integer NOT NULL, mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL,
  queue integer NOT NULL, due integer NOT NULL, ivl integer NOT NULL, factor integer NOT NULL,
  reps integer NOT NULL, lapses integer NOT NULL, left integer NOT NULL, odue integer NOT NULL,
  odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL,
  ease integer NOT NULL, ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL,
  time integer NOT NULL, type integer NOT NULL);
CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL,
  scm integer NOT NULL, ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL,
  ls integer NOT NULL, conf text NOT NULL, models text NOT NULL, decks text NOT NULL,
  dconf text NOT NULL, tags text NOT NULL);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
"""
SCHEMA_11 = (
    _ROWS
    + """
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
"""
)
SCHEMA_18 = (
    _ROWS
    + """
CREATE TABLE graves (oid integer NOT NULL, type integer NOT NULL, usn integer NOT NULL,
  PRIMARY KEY (oid, type)) WITHOUT ROWID;
CREATE TABLE deck_config (id integer PRIMARY KEY NOT NULL, name text NOT NULL COLLATE unicase,
  mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL);
CREATE TABLE config (KEY text NOT NULL PRIMARY KEY, usn integer NOT NULL,
  mtime_secs integer NOT NULL, val blob NOT NULL) WITHOUT ROWID;
CREATE TABLE fields (ntid integer NOT NULL, ord integer NOT NULL,
  name text NOT NULL COLLATE unicase, config blob NOT NULL, PRIMARY KEY (ntid, ord)) WITHOUT ROWID;
CREATE TABLE templates (ntid integer NOT NULL, ord integer NOT NULL,
  name text NOT NULL COLLATE unicase, mtime_secs integer NOT NULL, usn integer NOT NULL,
  config blob NOT NULL, PRIMARY KEY (ntid, ord)) WITHOUT ROWID;
CREATE TABLE notetypes (id integer NOT NULL PRIMARY KEY, name text NOT NULL COLLATE unicase,
  mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL);
CREATE TABLE decks (id integer PRIMARY KEY NOT NULL, name text NOT NULL COLLATE unicase,
  mtime_secs integer NOT NULL, usn integer NOT NULL, common blob NOT NULL, kind blob NOT NULL);
CREATE TABLE tags (tag text NOT NULL PRIMARY KEY COLLATE unicase, usn integer NOT NULL,
  collapsed boolean NOT NULL, config blob NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX idx_fields_name_ntid ON fields (name, ntid);
CREATE UNIQUE INDEX idx_templates_name_ntid ON templates (name, ntid);
CREATE INDEX idx_templates_usn ON templates (usn);
CREATE UNIQUE INDEX idx_notetypes_name ON notetypes (name);
CREATE INDEX idx_notetypes_usn ON notetypes (usn);
CREATE UNIQUE INDEX idx_decks_name ON decks (name);
CREATE INDEX idx_notes_mid ON notes (mid);
CREATE INDEX idx_cards_odid ON cards (odid) WHERE odid != 0;
CREATE INDEX idx_graves_pending ON graves (usn);
"""
)
_CSS = """.card { font-family: sans-serif; font-size: 20px; line-height: 1.5; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.cloze { font-weight: bold; color: #06c; }
"""


def note_type(id_: int, name: str, fields: list[str], question: str, answer: str) -> dict[str, Any]:
    """A note type with one template."""
    return {
        "id": id_,
        "name": name,
        "type": int(id_ == CLOZE),
        "mod": 0,
        "usn": -1,
        "sortf": 0,
        "did": None,
        "tmpls": [
            {"name": name, "ord": 0, "qfmt": question, "afmt": answer, "bqfmt": "", "bafmt": "",
             "did": None, "bfont": "", "bsize": 0, "id": None},
        ],
        "flds": [
            {"name": field, "ord": place, "sticky": False, "rtl": False, "font": "Arial",
             "size": 20, "description": "", "plainText": False, "collapsed": False,
             "excludeFromSearch": False, "id": None, "tag": None, "preventDeletion": False}
            for place, field in enumerate(fields)
        ],
        "css": _CSS,
        "latexPre": "\\documentclass[12pt]{article}\n\\usepackage{amssymb,amsmath}\n"
        "\\begin{document}\n",
        "latexPost": "\\end{document}",
        "latexsvg": False,
        "req": [[0, "any", [0]]],
        "originalStockKind": 0,
    }  # fmt: skip


def own_note_types() -> dict[int, dict[str, Any]]:
    """For cards that were made here: question and answer, and gaps."""
    basic = note_type(
        BASIC, "StudyHub", ["Front", "Back"], "{{Front}}", "{{FrontSide}}\n<hr id=answer>\n{{Back}}"
    )
    cloze = note_type(
        CLOZE, "StudyHub Cloze", ["Text", "Extra"], "{{cloze:Text}}", "{{cloze:Text}}\n{{Extra}}"
    )
    return {BASIC: basic, CLOZE: cloze}


def settings(offset: int, rollover: int) -> dict[str, Any]:
    """The collection's settings; scheduler 2, so that ratings of learning cards stay."""
    return {
        "activeDecks": [1],
        "addToCur": True,
        "collapseTime": 1200,
        "creationOffset": offset,
        "curDeck": 1,
        "curModel": BASIC,
        "dayLearnFirst": False,
        "dueCounts": True,
        "estTimes": True,
        "newSpread": 0,
        "nextPos": 1,
        "rollover": rollover,
        "sched2021": True,
        "schedVer": 2,
        "sortBackwards": False,
        "sortType": "noteFld",
        "timeLim": 0,
    }


def deck_json(
    id_: int, name: str, description: str, filtered: dict[str, Any] | None
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": id_, "mod": 0, "name": name, "usn": -1, "lrnToday": [0, 0], "revToday": [0, 0],
        "newToday": [0, 0], "timeToday": [0, 0], "collapsed": False, "browserCollapsed": False,
        "desc": description,
    }  # fmt: skip
    if filtered is None:
        return {**made, "dyn": 0, "conf": 1, "extendNew": 0, "extendRev": 0}
    empty = {"resched": True, "terms": [], "delays": None, "separate": True, "previewDelay": 10}
    kept = {key: value for key, value in filtered.items() if key not in ("id", "name")}
    return {**made, "dyn": 1, **empty, **kept}


def preset_json() -> dict[str, Any]:
    return {
        "id": 1, "mod": 0, "name": "Default", "usn": 0, "maxTaken": 60, "autoplay": True,
        "timer": 0, "replayq": True, "dyn": False,
        "new": {"bury": False, "delays": [1.0, 10.0], "initialFactor": 2500, "ints": [1, 4, 0],
                "order": 1, "perDay": 20},
        "rev": {"bury": False, "ease4": 1.3, "ivlFct": 1.0, "maxIvl": 36500, "perDay": 200,
                "hardFactor": 1.2},
        "lapse": {"delays": [10.0], "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0.0},
    }  # fmt: skip
