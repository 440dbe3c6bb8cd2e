"""A learner's own prompts: what one may hold, and how its texts are tidied before they are kept.

Tidying never changes what a text means. It gives each text one spelling that also survives a
trip through `questions.md`: no line of it can be taken for the line that ends it there.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from content.domain.prompts import Answer, Kind, Prompt

PREFIX = "my-"
TEXT_MAX = 20_000
"""Characters of a question, an answer or an explanation."""
TITLE_MAX, DESCRIPTION_MAX = 200, 2_000
TAGS_MAX, TAG_MAX = 50, 100
GAPS_MAX, OPTIONS_MAX = 50, 50
OWN_ID = re.compile(r"my-[0-9a-f]{32}")
_NAMESPACE = UUID("7a1b6a3e-53cf-4f0e-9d0a-6f5b5f0c2b61")
# Unicode's control and format signs that no text needs; joiners and marks of direction stay.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb]")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029")
_HEADING = re.compile(r"^#{1,2}(?=[ \t]|$)")
_FENCE = re.compile(r"^ *(?P<marks>`{3,}|~{3,}) *(?P<info>.*)$")


@dataclass(frozen=True)
class OwnPrompt:
    """What a learner wrote: question and explanation are Markdown, `facts` name its siblings."""

    id: str
    kind: Kind
    question: str
    answer: Answer
    explanation: str = ""
    tags: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    def prompt(self) -> Prompt:
        return Prompt(
            self.id, self.kind, None, self.question, self.answer, self.explanation, self.facts, ""
        )


@dataclass(frozen=True)
class FinishedPrompt:
    """An own prompt with its HTML, ready to be stored.

    All HTML has passed `content.format.own_html.OwnCleaner`. `choices` and `option_notes` are as
    in the table. A prompt of an imported note names it, with Anki's ordinal as `template`; `anki`
    keeps what only an export needs.
    """

    own: OwnPrompt
    question_html: str
    answer_html: str
    question_text: str
    explanation_html: str = ""
    choices: list[dict[str, str]] = field(default_factory=list)
    option_notes: dict[str, str] = field(default_factory=dict)
    source: str = ""
    note_id: int | None = None
    template: int | None = None
    anki: dict[str, Any] = field(default_factory=dict)


def own_id(chosen: UUID) -> str:
    """The prompt id that stands for a UUID."""
    return f"{PREFIX}{chosen.hex}"


def import_id(owner: int, name: str) -> str:
    """The id that an imported card always has: the same owner and name give the same one."""
    return own_id(uuid5(_NAMESPACE, f"{owner}:{name}"))


def plain(text: str) -> str:
    """The text without control signs, its lines ended by \\n and its letters composed."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def tidy(text: str) -> str:
    """The text in the one spelling that is kept; see the top of this module."""
    lines = [line if line.strip() else "" for line in plain(text).split("\n")]
    marks = ""
    for at, line in enumerate(lines):
        match = _FENCE.match(line)
        if marks:
            if match and match["marks"].startswith(marks) and not match["info"].strip():
                marks = ""
        elif match and "`" not in match["info"]:
            marks = match["marks"]
        else:
            lines[at] = _told_apart(line)
    if marks:
        lines.append(marks)
    return "\n".join(lines).strip("\n").rstrip()


def _told_apart(line: str) -> str:
    """A line that questions.md would take for its own, in another spelling of the same thing."""
    if line.rstrip() == "---":
        return "----"
    if line.startswith(">"):
        return f" {line}"
    return _HEADING.sub("###", line)


def one_line(text: str) -> str:
    """A title: on one line, without control signs."""
    return " ".join(unicodedata.normalize("NFC", _CONTROLS.sub("", text)).split())


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without blanks and commas, each once, as they came."""
    words = (re.sub(r"[\s,]+", "_", one_line(tag).strip(", ")) for tag in tags)
    return tuple(dict.fromkeys(word[:TAG_MAX] for word in words if word))[:TAGS_MAX]


def tags_in(text: str) -> tuple[str, ...]:
    """The tags of a line such as `optics light, exam`."""
    return clean_tags(re.split(r"[\s,]+", text))
