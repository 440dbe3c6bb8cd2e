"""course.toml, chapter.toml and facts.tsv."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.domain.course import Fact
from content.domain.problems import ProblemList
from content.format.sources import read_text, read_toml

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
FACT_ID = re.compile(r"[A-Z][A-Z0-9]*-[0-9]+")
CHAPTER_KEYS = {"number", "title", "lead", "summary", "labs", "facts"}
KEY_KINDS = {str: "a text in quotes", int: "a whole number", list: "a list of texts"}
FACTS_HEADER = ["id", "lesson_or_chapter", "topic", "fact"]


@dataclass(frozen=True)
class CourseHead:
    deck: str
    title: str
    licence: str


@dataclass(frozen=True)
class ChapterHead:
    number: int
    title: str
    lead: str
    summary: str
    labs: tuple[str, ...]
    facts: tuple[str, ...]
    lines: Mapping[str, int]
    """Where each key stands."""


class _Table:
    """Reads keys of one TOML file and reports what is missing, misplaced or of the wrong kind."""

    def __init__(self, name: str, table: Mapping[str, Any], text: str, problems: ProblemList):
        self.name, self.table, self.text, self.problems = name, table, text, problems

    def line(self, key: str) -> int:
        for number, line in enumerate(self.text.split("\n"), start=1):
            if re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
        return 1

    def refuse(self, key: str, message: str, cure: str) -> None:
        self.problems.add(self.name, self.line(key), message, cure)

    def get(self, key: str, kind: type[Any], default: Any = None) -> Any:
        if key not in self.table:
            if default is None:
                cure = f"Add a line `{key} = ...` with {KEY_KINDS[kind]}."
                self.refuse(key, f"The key {key!r} is missing", cure)
            return kind() if default is None else default
        value = self.table[key]
        fits = type(value) is kind and (
            kind is not list or all(isinstance(entry, str) for entry in value)
        )
        if not fits:
            self.refuse(key, f"The key {key!r} has the wrong kind", f"Give {KEY_KINDS[kind]}.")
            return kind()
        if kind is str:
            value = value.strip()
            if not value:
                self.refuse(key, f"The key {key!r} is empty", "Write its text.")
        return value

    def only(self, known: set[str]) -> None:
        for key in self.table.keys() - known:
            cure = f"Use one of: {', '.join(sorted(known))}."
            self.refuse(key, f"There is no key {key!r} here", cure)


def read_course_head(course: Path, problems: ProblemList) -> CourseHead:
    read = read_toml(course, "course.toml", problems)
    if read is None:
        return CourseHead("", "", "")
    table = _Table("course.toml", *read, problems)
    table.only({"deck", "title", "licence"})
    head = CourseHead(table.get("deck", str), table.get("title", str), table.get("licence", str))
    if head.deck and not SLUG.fullmatch(head.deck):
        table.refuse("deck", f"{head.deck!r} is no slug", "Use a-z, 0-9 and single hyphens.")
    return head


def read_chapter_head(course: Path, folder: str, problems: ProblemList) -> ChapterHead | None:
    name = f"{folder}/chapter.toml"
    read = read_toml(course, name, problems)
    if read is None:
        return None
    table = _Table(name, *read, problems)
    table.only(CHAPTER_KEYS)
    head = ChapterHead(
        number=table.get("number", int),
        title=table.get("title", str),
        lead=table.get("lead", str),
        summary=table.get("summary", str),
        labs=tuple(table.get("labs", list, [])),
        facts=tuple(table.get("facts", list)),
        lines={key: table.line(key) for key in CHAPTER_KEYS},
    )
    if "number" in read[0] and head.number != int(folder[:2]):
        cure = f"Write `number = {int(folder[:2])}` or rename the folder."
        table.refuse("number", f"The folder's name does not say {head.number}", cure)
    for lab in head.labs:
        if not SLUG.fullmatch(lab):
            table.refuse("labs", f"{lab!r} is no lab's slug", "Use the folder's name of the lab.")
    return head


def read_facts(course: Path, problems: ProblemList) -> dict[str, Fact]:
    """The facts of facts.tsv by id, in their order."""
    name = "facts.tsv"
    text = read_text(course, name, problems)
    if text is None:
        return {}
    lines = text.split("\n")
    if lines[0].split("\t")[:4] != FACTS_HEADER:
        cure = f"Begin the file with these columns, tabs between: {' '.join(FACTS_HEADER)}."
        problems.add(name, 1, "The first line does not name the columns", cure)
        return {}
    facts: dict[str, Fact] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 4 or not FACT_ID.fullmatch(cells[0]):
            cure = "Write id (such as C4-01), chapter, topic and fact with tabs between."
            problems.add(name, number, "This line is no fact", cure)
        elif cells[0] in facts:
            problems.add(name, number, f"{cells[0]} stands here twice", "Give it a new id.")
        else:
            facts[cells[0]] = Fact(cells[0], cells[2], cells[3])
    return facts
