"""A prompt: one question with its right answer, the unit of memory and of quizzes."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from content.domain.answers import (
    Answer,
    ChoiceAnswer,
    ClozeAnswer,
    CodeAnswer,
    Item,
    NumericAnswer,
    Option,
    OrderingAnswer,
    ShortAnswer,
    TextAnswer,
    answer_from_json,
    answer_to_json,
    text_id,
)

__all__ = [
    "Answer",
    "ChoiceAnswer",
    "ClozeAnswer",
    "CodeAnswer",
    "Item",
    "Kind",
    "NumericAnswer",
    "Option",
    "OrderingAnswer",
    "Prompt",
    "ShortAnswer",
    "TextAnswer",
    "answer_from_json",
    "answer_to_json",
    "content_hash",
    "text_id",
]


class Kind(StrEnum):
    BASIC = "basic"
    CLOZE = "cloze"
    CHOICE = "choice"
    MULTIPLE = "multiple"
    NUMERIC = "numeric"
    SHORT = "short"
    ORDERING = "ordering"
    CODE = "code"


@dataclass(frozen=True)
class Prompt:
    """Question and explanation are Markdown. `version` is None before the prompt was synced."""

    id: str
    kind: Kind
    version: int | None
    question: str
    answer: Answer
    explanation: str
    facts: tuple[str, ...]
    source: str
    requires: tuple[str, ...] = ()
    section: str | None = None
    compute: str = ""
    """A Python expression that gives the number, for `sync_course --execute`; or empty."""


def content_hash(prompt: Prompt) -> str:
    """Changes when, and only when, what a learner reads or must answer changes."""
    text = [prompt.kind, prompt.question, answer_to_json(prompt.answer), prompt.explanation]
    return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()
