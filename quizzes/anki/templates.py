"""Anki's card templates: fields, conditions, filters and cloze deletions, to HTML.

What is described here is the behaviour that Anki's manual documents ("Card Templates", "Field
Replacements", "Cloze Deletion"). The HTML that comes out is a stranger's: it goes through
`quizzes.anki.html` before anybody sees it. Field values are never read as templates again, so no
cycle can arise.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizzes.anki.cloze import clozed

DEEPEST = 40
_TAG = re.compile(r"<[^>]*>")
_MEDIA = re.compile(r"<(?:img|audio|video|object|embed|svg)\b", re.IGNORECASE)
_RUBY = re.compile(r" ?([^ >\[\]]{1,100})\[([^\]\[]{1,100})\]")
_ANSWER_LINE = re.compile(r"""<hr\s[^<>]{0,100}\bid\s*=\s*["']?answer["']?[^<>]{0,100}>""", re.I)


class TemplateProblem(ValueError):
    """The template cannot be followed; the text says why."""


@dataclass(frozen=True)
class Sides:
    """The two sides of a card, not sanitised yet. The answer does not repeat the question."""

    question: str
    answer: str


@dataclass(frozen=True)
class _Condition:
    field: str
    wanted: bool
    inside: list[Any]


def fields_of(note_type: Mapping[str, Any], values: Sequence[str]) -> dict[str, str]:
    """Field values by name; what a note has too few of is empty."""
    names = [str(part["name"]) for part in note_type["flds"]]
    return dict(zip(names, [*values, *[""] * len(names)], strict=False))


def template_of(note_type: Mapping[str, Any], ord_: int) -> Mapping[str, Any] | None:
    """The template of a card; all cards of a cloze note type have its first. None: no such one."""
    templates: list[Mapping[str, Any]] = note_type["tmpls"]
    if is_cloze(note_type):
        return templates[0]
    for place, template in enumerate(templates):
        given = template.get("ord")
        if (given if isinstance(given, int) else place) == ord_:
            return template
    return None


def is_cloze(note_type: Mapping[str, Any]) -> bool:
    return bool(note_type.get("type") == 1)


def sides(
    template: Mapping[str, Any],
    fields: Mapping[str, str],
    ord_: int,
    *,
    cloze: bool,
    special: Mapping[str, str],
    longest: int,
) -> Sides:
    """Both sides of a card. `special` has Tags, Type, Deck, Subdeck, Card and CardFlag.

    Raises TemplateProblem.
    """
    values = {**special, **fields}
    if cloze:
        values[f"c{ord_ + 1}"] = "1"
    asked = _Rendering(values, ord_, False, longest)
    question = asked.run(_parsed(template["qfmt"]))
    answered = _Rendering({**values, "FrontSide": ""}, ord_, True, longest)
    answer = answered.run(_parsed(template["afmt"]))
    parts = _ANSWER_LINE.split(answer, maxsplit=1)
    if len(parts) == 2 and not is_empty(parts[1]):
        answer = parts[1]
    return Sides(question, answer)


def is_empty(value: str) -> bool:
    """Whether nothing is to be seen or heard in it, as Anki's conditions mean it."""
    if not value or value.isspace():
        return True
    if _MEDIA.search(value):
        return False
    return not html.unescape(without_tags(value)).replace("\xa0", " ").strip()


def plain(value: str) -> str:
    return html.unescape(without_tags(value.replace("<br", " <br")))


def without_tags(value: str, instead: str = "") -> str:
    """The text between the tags. What follows the last `>` holds none, and looking for one from
    each `<` there would take time quadratic in its length."""
    tagged, end, rest = value.rpartition(">")
    return _TAG.sub(instead, tagged + end) + rest


def _parsed(source: str) -> list[Any]:
    """Texts, replacements as tuples (filters..., field) and conditions, nested."""
    stack: list[tuple[str, bool, list[Any]]] = [("", True, [])]
    at = 0
    while True:
        start = source.find("{{", at)
        comment = source.find("<!--", at, start if start >= 0 else len(source))
        if comment >= 0:
            end = source.find("-->", comment)
            at = len(source) if end < 0 else end + 3
            continue
        end = source.find("}}", start) if start >= 0 else -1
        if start < 0 or end < 0:
            stack[-1][2].append(source[at:])
            break
        stack[-1][2].append(source[at:start])
        inside = source[start + 2 : end].strip("{ \t\r\n")
        at = end + 2 + (source[end + 2 : end + 3] == "}")
        if inside[:1] in ("#", "^"):
            if len(stack) > DEEPEST:
                raise TemplateProblem("its conditions are nested too deeply")
            stack.append((inside[1:].strip(), inside[0] == "#", []))
        elif inside[:1] == "/":
            name, wanted, nodes = stack.pop()
            if not stack or name != inside[1:].strip():
                raise TemplateProblem("its conditions do not close in order")
            stack[-1][2].append(_Condition(name, wanted, nodes))
        elif inside[:1] != "!":
            stack[-1][2].append(tuple(part.strip() for part in inside.split(":")))
    if len(stack) > 1:
        raise TemplateProblem("a condition does not close")
    return stack[0][2]


class _Rendering:
    def __init__(self, values: Mapping[str, str], ord_: int, answer: bool, longest: int) -> None:
        self._values = values
        self._ord = ord_
        self._answer = answer
        self._left = longest

    def run(self, nodes: list[Any]) -> str:
        parts: list[str] = []
        for node in nodes:
            if isinstance(node, _Condition):
                filled = not is_empty(self._values.get(node.field, ""))
                part = self.run(node.inside) if filled is node.wanted else ""
            elif isinstance(node, tuple):
                part = self._replaced(*node)
                self._left -= len(part)
            else:
                part = node
                self._left -= len(part)
            if self._left < 0:
                raise TemplateProblem("the card is too long")
            parts.append(part)
        return "".join(parts)

    def _replaced(self, *parts: str) -> str:
        *filters, name = parts
        value = self._values.get(name)
        if value is None:
            return ""
        for filter_ in reversed(filters):
            value = self._filtered(filter_, value, name, filters)
        return value

    def _filtered(self, filter_: str, value: str, name: str, filters: list[str]) -> str:
        if filter_ in ("cloze", "cloze-only"):
            typed = "type" in filters
            return clozed(value, self._ord + 1, self._answer, only=filter_ != "cloze" or typed)
        if filter_ == "type":
            return value if self._answer else ""
        if filter_ == "hint":
            if is_empty(value):
                return ""
            return f"<details><summary>{html.escape(name)}</summary>{value}</details>"
        if filter_.startswith("tts"):
            return ""
        return _FILTERS.get(filter_, _same)(value)


def _same(value: str) -> str:
    return value


def _ruby(pattern: str) -> Callable[[str], str]:
    return lambda value: _RUBY.sub(pattern, value) if not value.startswith("[sound:") else value


_FILTERS: dict[str, Callable[[str], str]] = {
    "text": lambda value: html.escape(plain(value), quote=False),
    "furigana": _ruby(r"<ruby>\1<rt>\2</rt></ruby>"),
    "kanji": _ruby(r"\1"),
    "kana": _ruby(r"\2"),
}
