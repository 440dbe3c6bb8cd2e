"""Checks one Markdown text: everything that would render wrongly, or not at all."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from content.domain.course import Figure
from content.domain.problems import ProblemList
from content.domain.spelling import WORD
from content.format.figures import FigureError, png_size, svg_element
from content.format.maths import MathsError, mathml
from content.format.spans import Span, SpanKind, split

CODE_COLUMNS = 68
RAW_HTML = re.compile(r"<(?!https?://[^\s>]*>)[A-Za-z/!?][^>\n]*>?")
IMAGE = re.compile(r'!\[(?P<alt>[^\]]*)\]\((?P<src>[^)\s]*)(?P<title>\s+"[^"]*")?\s*\)')
LIKE_IMAGE = re.compile(r"!\[[^\]]*\]")
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]*)[^)]*\)")
CALLOUT = re.compile(r"^>\s*\[!(?P<name>[^\]]*)\]", re.MULTILINE)
HEADING = re.compile(r"^ {0,3}(?P<marks>#{1,6})\s", re.MULTILINE)
STRAY_DOLLAR = re.compile(r"(?<!\\)\$")
BLANK_BEFORE = re.compile(r"(?:\A|\n[ \t]*\n)[ \t]*\Z")
BLANK_AFTER = re.compile(r"[ \t]*(?:\n?[ \t]*\Z|\n[ \t]*\n)")
LIST_OR_TABLE = re.compile(r"(?:[-*+]|1\.)\s+\S|\|")
BRACES = re.compile(r"\{\{|\}\}")
INFO = re.compile(r'(?:[A-Za-z0-9_+#.-]+)?(?:\s+title="[^"]*")?\s*')
UNREAD = re.compile(
    r"\]\([^)\s]*|<?https?://[^\s>)]*|\[!\w+\]|\\.|&\w+;"  # addresses and marks
    r"|\w+(?:\.\w+)+|\w*@\w+"  # dotted names
    r"|\|[^{}|]*(?:\|[^{}|]*)*(?=\}\})"  # other wordings of a gap
)
"""What is no prose of ours."""
MASK = "\x00"


@dataclass(frozen=True)
class LintContext:
    """What a text may refer to, and which shapes it may use."""

    figures: Mapping[str, Figure] = field(default_factory=dict)
    link_problem: Callable[[str], str | None] = lambda target: None
    """Says what is wrong with a link's target, or None."""
    headings: bool = False
    gaps: bool = False
    spelling: Callable[[str], tuple[str, str] | None] = lambda word: None
    """Says what is wrong with a word and how to mend it, or None."""


def lint(text: str, file: str, line: int, context: LintContext, problems: ProblemList) -> None:
    """Adds every problem of a text that begins in `line` of `file`."""
    spans = split(text, line)
    for span in spans:
        for at, message, cure in _span_problems(span, context):
            problems.add(file, at, message, cure)
    masked = _masked(text, spans)
    found = chain(_prose_problems(masked, context), _display_problems(text, spans))
    for offset, message, cure in found:
        problems.add(file, line + text.count("\n", 0, offset), message, cure)


def _span_problems(span: Span, context: LintContext) -> list[tuple[int, str, str]]:
    match span.kind:
        case SpanKind.FENCE:
            return _fence_problems(span)
        case SpanKind.MATHS | SpanKind.DISPLAY:
            if context.gaps and "{{" in span.text:
                return [(span.line, "A gap stands inside maths", "Let the gap be around words.")]
            try:
                mathml(span.text.strip(), display=span.kind is SpanKind.DISPLAY)
            except MathsError as error:
                cure = "Mend the LaTeX; for a dollar sign write \\$."
                return [(span.line, f"The formula {_short(span.text)} is broken: {error}", cure)]
            return []
        case _:
            return []


def _fence_problems(span: Span) -> list[tuple[int, str, str]]:
    found = []
    if not span.closed:
        found.append((span.line, "This code block has no end", "Close it with a line ```."))
    language = span.info.split()[0] if span.info.split() else ""
    if not INFO.fullmatch(span.info):
        cure = 'Write ```python title="What it shows".'
        found.append((span.line, f"{_short(span.info)} does not open a code block", cure))
    elif language and not language.startswith("title="):
        try:
            get_lexer_by_name(language)
        except ClassNotFound:
            cure = "Write python, text, console or another language that Pygments knows."
            found.append((span.line, f"There is no language {language!r}", cure))
    for number, row in enumerate(span.text.split("\n"), start=span.line + 1):
        if len(row.rstrip()) > CODE_COLUMNS:
            message = f"This line of code has {len(row.rstrip())} columns, over {CODE_COLUMNS}"
            found.append((number, message, "Break it: phones show it without scrolling."))
        if "\t" in row:
            found.append((number, "There is a tab in this code", "Indent with spaces."))
    return found


def _masked(text: str, spans: list[Span]) -> str:
    """The text with code and maths blanked out; offsets and line ends stay."""
    masked = list(re.sub(r"[^\n]", MASK, text))
    for span in spans:
        if span.kind is SpanKind.PROSE:
            masked[span.start : span.end] = span.text
    return "".join(masked)


def _display_problems(text: str, spans: list[Span]) -> Iterator[tuple[int, str, str]]:
    for span in spans:
        if span.kind is SpanKind.DISPLAY and not (
            BLANK_BEFORE.search(text[: span.start - 2]) and BLANK_AFTER.match(text[span.end + 2 :])
        ):
            message = f"The display formula {_short(span.text)} runs into the text around it"
            yield span.start, message, "Put a blank line before and after $$ ... $$."


def _prose_problems(masked: str, context: LintContext) -> Iterator[tuple[int, str, str]]:
    for match in RAW_HTML.finditer(masked):
        cure = "Write Markdown; put code into `backticks`, and a space after a less-than sign."
        yield match.start(), f"{_short(match[0])} is raw HTML, which is not allowed", cure
    for match in STRAY_DOLLAR.finditer(masked):
        cure = "Write $...$ without spaces inside the dollars, or \\$ for the sign itself."
        yield match.start(), "This dollar sign opens no formula", cure
    for match in HEADING.finditer(masked):
        marks = match["marks"]
        if not context.headings:
            yield match.start(), "There is a heading inside a prompt", "Write plain text."
        elif len(marks) not in {3, 4}:
            cure = "Inside a section use ### or ####; `## Title {#slug}` begins a new one."
            yield match.start(), f"A heading with {marks} cannot stand here", cure
    for match in CALLOUT.finditer(masked):
        if not context.headings or match["name"] != "aside":
            cure = "Write `> [!aside]`, in notes only."
            yield match.start(), f"[!{match['name']}] is unknown here", cure
    if not context.gaps:
        for match in BRACES.finditer(masked):
            cure = "Prompts and labs stand on lines of their own in notes, gaps in cloze prompts."
            yield match.start(), "Double braces mean nothing here", cure
    yield from _spelling_problems(masked, context)
    yield from _block_problems(masked)
    yield from _image_problems(masked, context)
    for match in LINK.finditer(masked):
        problem = context.link_problem(match["target"])
        if problem:
            cure = "Write https://..., chapter:SLUG, chapter:SLUG#section, lab:SLUG or #section."
            yield match.start(), problem, cure
        if not match["text"].strip():
            yield match.start(), "This link has no text", "Say between [ and ] where it leads."


def _spelling_problems(masked: str, context: LintContext) -> Iterator[tuple[int, str, str]]:
    prose = UNREAD.sub(lambda match: MASK * len(match[0]), masked)
    for match in WORD.finditer(prose):
        told = context.spelling(match[0])
        if told:
            yield match.start(), *told


def _block_problems(masked: str) -> Iterator[tuple[int, str, str]]:
    """Lists and tables that run on from a paragraph: Markdown takes them for its next line."""
    before = ""
    offset = 0
    for row in masked.split("\n"):
        begins = LIST_OR_TABLE.match(row)
        inside = LIST_OR_TABLE.match(before) or before.startswith((" ", MASK))
        if begins and before.strip() and not inside:
            cure = "Put a blank line before it."
            yield offset, "A list or table runs on from the paragraph above", cure
        before = row
        offset += len(row) + 1


def _image_problems(masked: str, context: LintContext) -> Iterator[tuple[int, str, str]]:
    images = {match.start(): match for match in IMAGE.finditer(masked)}
    for match in LIKE_IMAGE.finditer(masked):
        if match.start() not in images:
            cure = 'Write ![what it shows](figures/name.svg "caption").'
            yield match.start(), "This is no image", cure
    for at, match in images.items():
        alt, src = match["alt"].strip(), match["src"]
        if not alt:
            cure = "Say between [ and ] what it shows to someone who cannot see it."
            yield at, f"The figure {src} has no alternative text", cure
        before = masked[:at].rpartition("\n\n")[2]
        after = masked[at:].partition("\n\n")[0]
        if IMAGE.sub("", before + after).strip():
            cure = "Put blank lines around it; several images on lines of their own make a row."
            yield at, f"The figure {src} stands inside a text", cure
        figure = context.figures.get(src.removeprefix("figures/"))
        if figure is None or not src.startswith("figures/"):
            cure = "Put it into the chapter's folder figures/ and write figures/NAME."
            yield at, f"There is no figure {src!r}", cure
            continue
        try:
            if figure.name.endswith(".svg"):
                svg_element(figure, alt)
            else:
                png_size(figure)
        except FigureError as error:
            yield at, error.message, error.cure


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 40 else flat[:39] + "…")
