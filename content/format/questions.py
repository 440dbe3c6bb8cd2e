"""questions.md: the prompts of a chapter."""

import re
from dataclasses import dataclass, field

from content.domain.course import Place, PlacedPrompt
from content.domain.problems import ProblemList
from content.domain.prompts import Kind, Prompt
from content.format.answers import LEAST_OPTIONS, parse_answer
from content.format.spans import fenced_lines

PROMPT_ID = re.compile(r"c(?P<chapter>\d\d)-[a-z0-9]+(?:-[a-z0-9]+)*")
HEADER = re.compile(r"^(?P<key>[A-Za-z_]+)\s*:\s*(?P<value>.*)$")
KEYS = ("kind", "facts", "source", "requires", "section", "compute")


@dataclass(frozen=True)
class Dialect:
    """What a file of prompts may and must say; the course is stricter than a learner's own file.

    `needed` maps a header that may not be missing to an example; `default_kind` stands where a
    prompt names none.
    """

    id: re.Pattern[str] = PROMPT_ID
    id_cure: str = (
        "Name it by chapter and idea, such as `## c04-l2-distance`; ids are never reused."
    )
    keys: tuple[str, ...] = KEYS
    needed: tuple[tuple[str, str], ...] = (
        ("facts", "facts: C4-09 C4-10"),
        ("source", "source: chapter 4"),
    )
    default_kind: Kind | None = None
    unexplained: frozenset[Kind] = frozenset()
    least_options: int = LEAST_OPTIONS
    judged: bool = True
    """Whether answers are judged here; a learner's own are judged later, and more kindly."""


COURSE = Dialect()


@dataclass
class _Draft:
    """One prompt's lines while it is being read; lines count from `place.line`."""

    id: str
    place: Place
    lines: list[str]
    fenced: list[bool]
    problems: ProblemList
    dialect: Dialect
    header: dict[str, str] = field(default_factory=dict)
    header_lines: dict[str, int] = field(default_factory=dict)

    def refuse(self, at: int, message: str, cure: str) -> None:
        self.problems.add(self.place.file, self.place.line + at, f"{self.id}: {message}", cure)


def parse_questions(
    text: str, file: str, problems: ProblemList, dialect: Dialect = COURSE
) -> tuple[PlacedPrompt, ...]:
    """The prompts of a questions.md. Never raises; `problems` says what was left out and why."""
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    starts = section_starts(lines)
    for at in range(starts[0] if starts else len(lines)):
        if lines[at].strip() and not re.match(r"# ", lines[at]):
            cure = "Begin each prompt with `## its-id`."
            problems.add(file, at + 1, "There is text before the first prompt", cure)
            break
    prompts = []
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        name = lines[start][2:].strip()
        place = Place(file, start + 1)
        draft = _Draft(name, place, lines[start:end], fenced[start:end], problems, dialect)
        placed = _prompt(draft)
        if placed is not None:
            prompts.append(placed)
    return tuple(prompts)


def section_starts(lines: list[str]) -> list[int]:
    """The indices of the lines `## id`, those in blocks of code left out."""
    fenced = fenced_lines(lines)
    return [at for at, line in enumerate(lines) if not fenced[at] and re.match(r"##(?!#)", line)]


def _prompt(draft: _Draft) -> PlacedPrompt | None:
    dialect = draft.dialect
    if not dialect.id.fullmatch(draft.id) or len(draft.id) > 80:
        draft.problems.add(
            draft.place.file, draft.place.line, f"{draft.id!r} is no prompt id", dialect.id_cure
        )
        return None
    body_at = _read_header(draft)
    kind = _kind(draft)
    if kind is None:
        return None
    rule_at = _rule(draft, body_at)
    if rule_at is None:
        return None
    question_at = _first_filled(draft.lines, body_at, rule_at)
    question = "\n".join(draft.lines[body_at:rule_at]).strip("\n").rstrip()
    if not question:
        draft.refuse(rule_at, "There is no question", "Write it above `---`.")
    explanation_at = _explanation_at(draft, rule_at + 1)
    explanation = "\n".join(
        line[1:].removeprefix(" ") for line in draft.lines[explanation_at:]
    ).rstrip()
    if not explanation and kind not in dialect.unexplained:
        cure = "End it with a line `> why the answer is right`."
        draft.refuse(0, "The explanation is missing", cure)

    def refuse(at: int, message: str, cure: str) -> None:
        if draft.dialect.judged:
            draft.refuse(rule_at + 1 + at, message, cure)

    answer = parse_answer(
        kind,
        question,
        draft.lines[rule_at + 1 : explanation_at],
        refuse,
        least_options=dialect.least_options,
    )
    prompt = Prompt(
        id=draft.id,
        kind=kind,
        version=None,
        question=question,
        answer=answer,
        explanation=explanation,
        facts=_words(draft.header.get("facts", "")),
        source=draft.header.get("source", ""),
        requires=_words(draft.header.get("requires", "")),
        section=draft.header.get("section") or None,
        compute=draft.header.get("compute", ""),
    )
    line = draft.place.line
    section_at = draft.header_lines.get("section")
    answer_at = _first_filled(draft.lines, rule_at + 1, explanation_at)
    return PlacedPrompt(
        prompt,
        draft.place,
        question_line=line + question_at,
        answer_line=line + answer_at,
        explanation_line=line + explanation_at,
        answer_source="\n".join(draft.lines[answer_at:explanation_at]).rstrip(),
        section_line=None if section_at is None else line + section_at,
        headers=tuple(draft.header.items()),
    )


def _read_header(draft: _Draft) -> int:
    """Fills the header; returns the index of the line after it."""
    at = _first_filled(draft.lines, 1, len(draft.lines))
    if not draft.dialect.needed and at > 1 and not _is_header(draft, at):
        return at
    while at < len(draft.lines) and draft.lines[at].strip():
        match = HEADER.match(draft.lines[at])
        if match is None:
            names = ", ".join(draft.dialect.keys)
            cure = f"Write `key: value` with {names}, then a blank line, the question."
            draft.refuse(at, f"{draft.lines[at].strip()!r} is no header line", cure)
            return at
        key = match["key"]
        if key not in draft.dialect.keys:
            cure = f"Use one of: {', '.join(draft.dialect.keys)}."
            draft.refuse(at, f"There is no header {key!r}", cure)
        elif key in draft.header:
            draft.refuse(at, f"The header {key!r} stands here twice", "Delete one of them.")
        else:
            draft.header[key] = match["value"].strip()
            draft.header_lines[key] = at
        at += 1
    for key, example in draft.dialect.needed:
        if not draft.header.get(key):
            draft.refuse(0, f"The header {key!r} is missing", f"Add a line `{example}`.")
    if draft.header.get("compute") and draft.header.get("kind") != Kind.NUMERIC:
        message = "Only a numeric answer can be computed"
        draft.refuse(draft.header_lines["compute"], message, "Delete the line `compute:`.")
    return at


def _is_header(draft: _Draft, at: int) -> bool:
    match = HEADER.match(draft.lines[at])
    return match is not None and match["key"] in draft.dialect.keys


def _kind(draft: _Draft) -> Kind | None:
    name = draft.header.get("kind", "")
    if name in set(Kind):
        return Kind(name)
    if not name and draft.dialect.default_kind is not None:
        return draft.dialect.default_kind
    message = f"There is no kind {name!r}" if name else "The header 'kind' is missing"
    draft.refuse(draft.header_lines.get("kind", 0), message, f"Use one of: {', '.join(Kind)}.")
    return None


def _rule(draft: _Draft, body_at: int) -> int | None:
    rules = [
        at
        for at in range(body_at, len(draft.lines))
        if draft.lines[at].rstrip() == "---" and not draft.fenced[at]
    ]
    if not rules:
        cure = "Write a line `---` between question and answer."
        draft.refuse(0, "The answer is missing", cure)
        return None
    for at in rules[1:]:
        draft.refuse(at, "There is a second line `---`", "Keep the one before the answer.")
    return rules[0]


def _explanation_at(draft: _Draft, from_: int) -> int:
    """Where the block of `>` lines begins that ends the prompt; the end when there is none."""
    at = len(draft.lines)
    start = at
    while at > from_ and not draft.fenced[at - 1]:
        line = draft.lines[at - 1]
        if line.startswith(">"):
            start = at - 1
        elif line.strip():
            break
        at -= 1
    if start == len(draft.lines):
        for number in range(from_, len(draft.lines)):
            if draft.lines[number].startswith(">") and not draft.fenced[number]:
                message = "There is text after the explanation"
                draft.refuse(number, message, "Begin each of its lines with `>`, and end with it.")
                break
    return start


def _first_filled(lines: list[str], start: int, end: int) -> int:
    return next((at for at in range(start, end) if lines[at].strip()), min(start, len(lines) - 1))


def _words(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.replace(",", " ").split()))
