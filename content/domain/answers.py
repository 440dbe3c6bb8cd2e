"""Right answers, by kind, as plain values that survive a trip through JSON.

Options and items are known by a short hash of their text: an id says nothing about being right,
and stays the same when the order of the file changes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


def text_id(text: str) -> str:
    """Eight hexadecimal digits that stand for this text, whatever its spacing."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class TextAnswer:
    """An answer in Markdown that the learner compares with their own."""

    text: str


@dataclass(frozen=True)
class ClozeAnswer:
    """Per gap, the words that count, the one to show first; `text` adds to the shown answer."""

    gaps: tuple[tuple[str, ...], ...]
    text: str = ""


@dataclass(frozen=True)
class Option:
    """One option of a choice; `why` says in Markdown why it is wrong (or right), or is empty."""

    id: str
    text: str
    right: bool
    why: str = ""


@dataclass(frozen=True)
class ChoiceAnswer:
    """Options of the kinds choice (exactly one right) and multiple (one or more right)."""

    options: tuple[Option, ...]

    @property
    def right_ids(self) -> frozenset[str]:
        return frozenset(option.id for option in self.options if option.right)


@dataclass(frozen=True)
class NumericAnswer:
    """Right within value - tolerance .. value + tolerance, both ends included."""

    value: float
    tolerance: float
    unit: str = ""


@dataclass(frozen=True)
class ShortAnswer:
    """Wordings that count; the first is the one to show."""

    accepted: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    id: str
    text: str


@dataclass(frozen=True)
class OrderingAnswer:
    """Items in their right order."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class CodeAnswer:
    """What the question's code prints."""

    output: str


Answer: TypeAlias = (
    TextAnswer
    | ClozeAnswer
    | ChoiceAnswer
    | NumericAnswer
    | ShortAnswer
    | OrderingAnswer
    | CodeAnswer
)


def answer_to_json(answer: Answer) -> dict[str, Any]:
    match answer:
        case TextAnswer():
            return {"type": "text", "text": answer.text}
        case ClozeAnswer():
            return {"type": "cloze", "gaps": [list(g) for g in answer.gaps], "text": answer.text}
        case ChoiceAnswer():
            options = [
                {"id": o.id, "text": o.text, "right": o.right, "why": o.why} for o in answer.options
            ]
            return {"type": "choice", "options": options}
        case NumericAnswer():
            return {
                "type": "numeric",
                "value": answer.value,
                "tolerance": answer.tolerance,
                "unit": answer.unit,
            }
        case ShortAnswer():
            return {"type": "short", "accepted": list(answer.accepted)}
        case OrderingAnswer():
            items = [{"id": item.id, "text": item.text} for item in answer.items]
            return {"type": "ordering", "items": items}
        case CodeAnswer():
            return {"type": "code", "output": answer.output}


def answer_from_json(data: Mapping[str, Any]) -> Answer:
    """The inverse of `answer_to_json`. Raises ValueError for an unknown type."""
    match data.get("type"):
        case "text":
            return TextAnswer(data["text"])
        case "cloze":
            return ClozeAnswer(tuple(tuple(gap) for gap in data["gaps"]), data.get("text", ""))
        case "choice":
            return ChoiceAnswer(
                tuple(
                    Option(o["id"], o["text"], bool(o["right"]), o.get("why", ""))
                    for o in data["options"]
                )
            )
        case "numeric":
            return NumericAnswer(
                float(data["value"]), float(data["tolerance"]), data.get("unit", "")
            )
        case "short":
            return ShortAnswer(tuple(data["accepted"]))
        case "ordering":
            return OrderingAnswer(tuple(Item(i["id"], i["text"]) for i in data["items"]))
        case "code":
            return CodeAnswer(data["output"])
        case unknown:
            raise ValueError(f"unknown answer type {unknown!r}")
