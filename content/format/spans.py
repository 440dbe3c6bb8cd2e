"""Splits Markdown into code, maths and prose, so that checks look only where they should.

The renderer has its own, complete Markdown parser; this is the small part of it that must know
line numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

FENCE = re.compile(r"^(?P<indent>[ ]*)(?P<marks>`{3,}|~{3,})[ ]*(?P<info>.*)$")
# In order: an escaped character, inline code, display maths, inline maths. A dollar opens maths
# only before, and closes it only after, something that is not a space, as in pymdownx.arithmatex.
INLINE = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|\$\$(?P<display>.+?)\$\$"
    r"|\$(?!\s)(?P<maths>(?:\\.|[^\\$])+?)(?<!\s)\$",
    re.DOTALL,
)


class SpanKind(Enum):
    PROSE = "prose"
    FENCE = "fence"
    CODE = "code"
    MATHS = "maths"
    DISPLAY = "display"


GROUPS = tuple((kind, kind.value) for kind in (SpanKind.CODE, SpanKind.DISPLAY, SpanKind.MATHS))


@dataclass(frozen=True)
class Span:
    """`line` counts from the line given to `split`; `start` and `end` are offsets in its text.

    A fence's `text` is the code alone, its offsets cover the fences too, `info` is what follows
    the opening marks.
    """

    kind: SpanKind
    text: str
    line: int
    start: int
    end: int
    info: str = ""
    closed: bool = True


def fenced_lines(lines: list[str]) -> list[bool]:
    """For each line, whether it belongs to a fenced block (its fences included)."""
    inside: str | None = None
    result = []
    for line in lines:
        match = FENCE.match(line)
        if inside is None:
            if match and "`" not in match["info"]:
                inside = match["marks"]
                result.append(True)
            else:
                result.append(False)
        else:
            result.append(True)
            if _closes(line, inside):
                inside = None
    return result


def split(text: str, first_line: int = 1) -> list[Span]:
    """The spans of a Markdown text, in order."""
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    offsets = [0]
    for row in lines:
        offsets.append(offsets[-1] + len(row) + 1)
    spans: list[Span] = []
    at = 0
    while at < len(lines):
        start = at
        at = _fence_end(lines, at) if fenced[at] else _prose_end(fenced, at)
        begin, end = offsets[start], offsets[at] - 1
        if fenced[start]:
            spans.append(_fence(lines[start:at], first_line + start, begin, end))
        else:
            spans.extend(_inline(text, first_line, begin, end))
    return spans


def _prose_end(fenced: list[bool], at: int) -> int:
    while at < len(fenced) and not fenced[at]:
        at += 1
    return at


def _fence_end(lines: list[str], start: int) -> int:
    opening = FENCE.match(lines[start])
    for at in range(start + 1, len(lines)):
        if opening and _closes(lines[at], opening["marks"]):
            return at + 1
    return len(lines)


def _closes(line: str, marks: str) -> bool:
    match = FENCE.match(line)
    return bool(match and match["marks"].startswith(marks) and not match["info"])


def _fence(lines: list[str], line: int, start: int, end: int) -> Span:
    opening = FENCE.match(lines[0])
    marks, info, indent = "", "", 0
    if opening:
        marks, info, indent = opening["marks"], opening["info"], len(opening["indent"])
    closed = len(lines) > 1 and _closes(lines[-1], marks)
    body = lines[1:-1] if closed else lines[1:]
    text = "\n".join(row[min(indent, len(row) - len(row.lstrip(" "))) :] for row in body)
    return Span(SpanKind.FENCE, text, line, start, end, info, closed)


def _inline(text: str, first_line: int, begin: int, end: int) -> Iterator[Span]:
    def span(kind: SpanKind, start: int, stop: int) -> Span:
        return Span(kind, text[start:stop], first_line + text.count("\n", 0, start), start, stop)

    prose_from = begin
    for match in INLINE.finditer(text, begin, end):
        kind = next((k for k, group in GROUPS if match[group] is not None), None)
        if kind is None:
            continue
        if match.start() > prose_from:
            yield span(SpanKind.PROSE, prose_from, match.start())
        yield span(kind, *match.span(kind.value))
        prose_from = match.end()
    if prose_from < end:
        yield span(SpanKind.PROSE, prose_from, end)
