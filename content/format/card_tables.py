"""Tables of own cards: CSV as spreadsheets write it, in any of the usual spellings."""

import csv
import io
import re
from collections.abc import Iterable

from content.domain.own import OwnPrompt, one_line
from content.domain.prompts import Kind
from content.format.card_files import CardFile, FileCard
from content.format.own import OwnFields
from content.format.own_answers import plain_answer

COLUMNS = ("id", "kind", "deck", "question", "answer", "explanation", "tags")
NAMES = {
    **{name: name for name in COLUMNS},
    "guid": "id",
    "type": "kind",
    "front": "question",
    "back": "answer",
    "extra": "explanation",
    "notes": "explanation",
    "note": "explanation",
    "term": "question",
    "definition": "answer",
}
WITHOUT_HEADER = ("question", "answer", "tags")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# A spreadsheet runs a cell that begins like this; an apostrophe before it makes it text (OWASP).
_RUNS = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_HELD = re.compile(r"'+[=+\-@\t\r＝＋－＠]")
_ANKI = re.compile(r"#(?P<key>separator|html|deck|tags|notetype|columns|guid)\b[^:]*:(?P<value>.*)")


def read_table(text: str) -> CardFile:
    """The cards of a table; every problem is said with the line it stands in."""
    read = CardFile()
    text = text.replace("\x00", "")
    text, skipped, told = _without_anki_header(text)
    delimiter = told or _delimiter(text)
    read.notes.append(f"columns parted by {DELIMITERS.get(delimiter, 'another sign')}")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str] | None = None
    line = skipped + 1
    try:
        for cells in rows:
            at, line = line, skipped + rows.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells)
                if columns is not None:
                    continue
                columns = list(WITHOUT_HEADER)
                read.notes.append("no header, so question, answer and tags in this order")
            read.add(_card(dict(zip(columns, map(_freed, cells), strict=False)), at))
    except csv.Error as problem:
        cure = "Most often a quotation mark before it is not closed."
        read.problems.append((line, f"From here on the table cannot be read ({problem}). {cure}"))
    return read


def _card(cells: dict[str, str], line: int) -> FileCard:
    question, answer = cells.get("question", ""), cells.get("answer", "")
    kind = cells.get("kind", "").strip().casefold()
    if not kind:
        kind = Kind.CLOZE if "{{" in question and not answer.strip() else Kind.BASIC
    fields = OwnFields(kind, question, answer, cells.get("explanation", ""), cells.get("tags", ""))
    name = one_line(cells.get("id", ""))[:80]
    return FileCard(line, name, one_line(cells.get("deck", "")), fields)


def _columns(cells: list[str]) -> list[str] | None:
    """The columns that a first row names; None where it is a card."""
    names = [NAMES.get(cell.strip().casefold().lstrip("\ufeff"), "") for cell in cells]
    return names if "question" in names else None


def _without_anki_header(text: str) -> tuple[str, int, str]:
    """The text without the `#key:value` lines of Anki's text files, how many they were, and the
    separator they name."""
    told, skipped = "", 0
    while match := _ANKI.match(text):
        line, _, rest = text.partition("\n")
        if match["key"] == "separator":
            name = match["value"].strip().casefold()
            told = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(name, name[:1])
        text, skipped = rest, skipped + 1
        if not line:
            break
    return text, skipped, told if told in DELIMITERS else ""


def _delimiter(text: str) -> str:
    """The sign that stands most often in the first lines, outside of quotation marks."""
    sample = re.sub(r'"[^"]*"', "", text[:20_000])
    first = next((line for line in sample.split("\n") if line.strip()), "")
    if any(sign in first for sign in DELIMITERS):
        return max(DELIMITERS, key=first.count)
    return max(DELIMITERS, key=sample.count) if any(s in sample for s in DELIMITERS) else ","


def write_table(deck: str, prompts: Iterable[OwnPrompt]) -> str:
    """The deck as CSV that `read_table` reads as the same cards, and no spreadsheet runs."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for own in prompts:
        answer = plain_answer(own.kind, own.question, own.answer)
        tags = " ".join(own.tags)
        cells = (own.id, own.kind.value, deck, own.question, answer, own.explanation, tags)
        rows.writerow([_held(cell) for cell in cells])
    return out.getvalue()


def _held(cell: str) -> str:
    return f"'{cell}" if _RUNS.match(cell) else cell


def _freed(cell: str) -> str:
    return cell[1:] if _HELD.match(cell) else cell
