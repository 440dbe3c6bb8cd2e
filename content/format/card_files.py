"""Files of own cards: which kind they are, and Markdown in the same form as `questions.md`.

A learner's file needs less than the course's: `## any-name`, a blank line, the question, `---`, the
answer, and `> the explanation` where there is one. `Q:` and `A:` in front of lines work too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from content.domain.errors import CardFileInvalid
from content.domain.own import OwnPrompt, one_line, plain
from content.domain.problems import ProblemList
from content.domain.prompts import Kind
from content.format.own import OwnFields
from content.format.own_answers import LEAST_OPTIONS, course_answer
from content.format.questions import Dialect, parse_questions, section_starts

FILE_MAX = 5_000_000
CARDS_MAX = 10_000
OWN = Dialect(
    id=re.compile(r"\S(?:.{0,78}\S)?"),
    id_cure="Write `## ` and a name of your own, at most 80 letters.",
    keys=("kind", "tags", "deck", "facts", "source", "requires", "section", "compute"),
    needed=(),
    default_kind=Kind.BASIC,
    unexplained=frozenset(Kind),
    least_options=LEAST_OPTIONS,
    judged=False,
)
_TITLE = re.compile(r"# +(?P<title>.+)")
_QUESTION = re.compile(r"^(?:Q|Question)\s*[:.]\s?(?P<text>.*)$", re.IGNORECASE)
_ANSWER = re.compile(r"^(?:A|Answer)\s*[:.]\s?(?P<text>.*)$", re.IGNORECASE)


@dataclass(frozen=True)
class FileCard:
    """One card as a file has it: its first line, what it is called there (or empty), its deck's
    title (or empty), its texts, and what is wrong with it so far. `lines` says where its question
    and answer begin, where that is not the first line."""

    line: int
    name: str
    deck: str
    fields: OwnFields
    facts: tuple[str, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()
    lines: tuple[tuple[str, int], ...] = ()

    def line_of(self, name: str, at: int) -> int:
        """The line of the file that a problem in that text, `at` lines down, stands in."""
        places = dict(self.lines)
        return places[name] + at if name in places else self.line


@dataclass
class CardFile:
    """What was read. `problems` (line, sentence) belong to no single card; `notes` say what was
    found out about the file, such as its encoding."""

    cards: list[FileCard] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, card: FileCard) -> None:
        if len(self.cards) >= CARDS_MAX:
            raise CardFileInvalid(
                f"There are more than {CARDS_MAX:,} cards in the file.", cure="Cut it into several."
            )
        self.cards.append(card)


def refuse_package(head: bytes) -> None:
    """Raises CardFileInvalid where a file begins as a zip file or a database: as Anki's do."""
    if head.startswith((b"PK\x03\x04", b"SQLite format 3\0")):
        raise CardFileInvalid(
            "This is no text file. It looks like a package from Anki.",
            cure="Import it under “Import from Anki”, or choose a .csv, .tsv, .txt or .md file.",
        )


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Raises CardFileInvalid for what is no text."""
    refuse_package(data)
    if len(data) > FILE_MAX:
        raise CardFileInvalid(
            f"The file is larger than {FILE_MAX // 1_000_000} MB.", cure="Cut it into several."
        )
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding.removesuffix("-sig")
    if data[:400].count(0) > len(data[:400]) // 4:
        little = data[1:400:2].count(0) >= data[0:400:2].count(0)
        encoding = "utf-16-le" if little else "utf-16-be"
        return data.decode(encoding, "replace"), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if sum(sign < " " and sign not in "\t\n\r" for sign in text[:4000]) > 20:
        raise CardFileInvalid(
            "This is no text file.", cure="Choose a .csv, .tsv, .txt or .md file."
        )
    return text, "latin-1"


def read_markdown(text: str) -> CardFile:
    """The cards of a Markdown text; each in the form of questions.md or as Q: and A:."""
    text = plain(text)
    lines = text.split("\n")
    if not any(re.match(r"##(?!#)", line) for line in lines):
        return _questions_and_answers(lines)
    read, problems = CardFile(), ProblemList()
    title = next((_TITLE.match(line) for line in lines if line.strip()), None)
    deck = one_line(title["title"]) if title else ""
    placed = parse_questions(text, "", problems, OWN)
    wrong: dict[int, list[tuple[int, str]]] = {}
    # Also of sections that are no card: what is wrong with one is not its neighbour's.
    starts = [at + 1 for at in section_starts(lines)]
    for problem in problems.sorted():
        owner = max((line for line in starts if line <= problem.line), default=0)
        said = (problem.line, f"{problem.message}. {problem.cure}")
        wrong.setdefault(owner, []).append(said)
    for one in placed:
        header = dict(one.headers)
        prompt = one.prompt
        fields = OwnFields(
            kind=prompt.kind,
            question=prompt.question,
            answer=one.answer_source,
            explanation=prompt.explanation,
            tags=header.get("tags", ""),
        )
        read.add(
            FileCard(
                one.place.line,
                prompt.id,
                one_line(header.get("deck", "")) or deck,
                fields,
                tuple(prompt.facts),
                tuple(wrong.pop(one.place.line, ())),
                (("question", one.question_line), ("answer", one.answer_line)),
            )
        )
    read.problems = [problem for some in wrong.values() for problem in some]
    return read


def _questions_and_answers(lines: list[str]) -> CardFile:
    """`Q:` begins a card, `A:` its answer; what follows belongs to the part it stands in."""
    read = CardFile()
    at, question, answer = 0, list[str](), list[str]()
    part: list[str] | None = None

    def close() -> None:
        if part is not None:
            problems = () if answer else ((at, "There is no line `A:` after this question."),)
            text, said = "\n".join(question).strip(), "\n".join(answer).strip()
            kind = Kind.CLOZE if "{{" in text and not said else Kind.BASIC
            fields = OwnFields(kind, text, said)
            read.add(FileCard(at, "", "", fields, problems=() if kind is Kind.CLOZE else problems))

    for number, line in enumerate(lines, start=1):
        asked, told = _QUESTION.match(line), _ANSWER.match(line)
        if asked:
            close()
            at, question, answer = number, [asked["text"]], []
            part = question
        elif told and part is question:
            answer.append(told["text"])
            part = answer
        elif part is not None:
            part.append(line)
        elif line.strip() and not line.startswith("#"):
            said = "This stands before the first card. Begin cards with `## name` or with `Q:`."
            read.problems.append((number, said))
            break
    close()
    return read


def write_markdown(title: str, prompts: Iterable[OwnPrompt]) -> str:
    """The deck as a file that `read_markdown` reads as the same cards."""
    parts = [f"# {title}\n"]
    for own in prompts:
        header = [f"## {own.id}", f"kind: {own.kind}"]
        if own.tags:
            header.append(f"tags: {' '.join(own.tags)}")
        if own.facts:
            header.append(f"facts: {' '.join(own.facts)}")
        body = "\n".join(header) + f"\n\n{own.question}\n\n---\n{course_answer(own.answer)}\n"
        if own.explanation:
            why = "\n".join(f"> {line}" if line else ">" for line in own.explanation.split("\n"))
            body += f"\n{why}\n"
        parts.append(body)
    return "\n".join(parts)
