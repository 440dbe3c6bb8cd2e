"""Cloze deletions: `{{c1::text::hint}}`, nested and with several numbers, as Anki's manual says."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"\{\{c(\d{1,3}(?:,\d{1,3}){0,20})::|\}\}|::")
DEEPEST = 8


@dataclass
class _Deletion:
    """`parts` are texts and deletions; `hint` those after the second `::`, None without one."""

    numbers: frozenset[int]
    opening: str
    parts: list["str | _Deletion"] = field(default_factory=list)
    hint: list["str | _Deletion"] | None = None

    def add(self, part: "str | _Deletion") -> None:
        (self.parts if self.hint is None else self.hint).append(part)


def clozed(value: str, number: int, answer: bool, *, only: bool = False) -> str:
    """The field with deletion `number` hidden, or shown and marked on the answer side.

    With `only`, nothing but the deleted texts.
    """
    root = _parsed(value)
    if only:
        return ", ".join(_contents(root, number))
    return "".join(_shown(part, number, answer) for part in root.parts)


def with_gaps(value: str, number: int) -> str:
    """The field with deletion `number` as gaps of our own notation, hints in brackets behind."""
    return "".join(_gapped(part, number) for part in _parsed(value).parts)


def _gapped(part: str | _Deletion, number: int) -> str:
    if isinstance(part, str):
        return part
    if number not in part.numbers:
        return "".join(_gapped(inner, number) for inner in part.parts)
    words = re.sub(r"[{}|]", " ", "".join(_bare(inner) for inner in part.parts))
    hint = "".join(inner for inner in part.hint or [] if isinstance(inner, str))
    return f"{{{{{words}}}}}" + (f" ({hint})" if hint.strip() else "") if words.strip() else ""


def _parsed(value: str) -> _Deletion:
    root = _Deletion(frozenset(), "")
    stack = [root]
    at = 0
    for token in _TOKEN.finditer(value):
        stack[-1].add(value[at : token.start()])
        at = token.end()
        if token[1]:
            if len(stack) > DEEPEST:
                stack[-1].add(token[0])
                continue
            numbers = frozenset(int(part) for part in token[1].split(","))
            stack.append(_Deletion(numbers, token[0]))
        elif len(stack) == 1:
            root.add(token[0])
        elif token[0] == "}}":
            done = stack.pop()
            stack[-1].add(done)
        elif stack[-1].hint is None:
            stack[-1].hint = []
        else:
            stack[-1].add(token[0])
    stack[-1].add(value[at:])
    while len(stack) > 1:  # what is not closed is text
        open_ = stack.pop()
        for part in (open_.opening, *open_.parts, *(["::", *open_.hint] if open_.hint else [])):
            stack[-1].add(part)
    return root


def _shown(part: str | _Deletion, number: int, answer: bool) -> str:
    if isinstance(part, str):
        return part
    if number not in part.numbers:
        return "".join(_shown(inner, number, answer) for inner in part.parts)
    if answer:
        inside = "".join(_shown(inner, number, answer) for inner in part.parts)
    else:
        hint = "".join(inner for inner in part.hint or [] if isinstance(inner, str))
        inside = f"[{hint or '...'}]"
    return f'<span class="cloze">{inside}</span>'


def _contents(deletion: _Deletion, number: int) -> list[str]:
    found: list[str] = []
    for part in deletion.parts:
        if isinstance(part, str):
            continue
        if number in part.numbers:
            found.append("".join(_bare(inner) for inner in part.parts))
        else:
            found += _contents(part, number)
    return found


def _bare(part: str | _Deletion) -> str:
    return part if isinstance(part, str) else "".join(_bare(inner) for inner in part.parts)
