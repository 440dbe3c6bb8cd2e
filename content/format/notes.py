"""notes.md: sections of Markdown with prompts and labs between the paragraphs."""

import re
from collections.abc import Iterator

from content.domain.course import Block, LabBlock, Place, PromptBlock, Section, TextBlock
from content.domain.problems import ProblemList
from content.format.manifests import SLUG
from content.format.spans import fenced_lines

HEADING = re.compile(r"^##(?!#)\s*(?P<title>.*?)\s*(?:\{#(?P<slug>[^}]*)\}\s*)?$")
DIRECTIVE = re.compile(r"^\{\{(?P<what>prompt|lab) (?P<name>[a-z0-9-]+)\}\}$")
LIKE_DIRECTIVE = re.compile(r"^\s*\{\{.*\}\}\s*$")
DIRECTIVE_CURE = "Write {{prompt ID}} or {{lab SLUG}} on a line of its own, without indentation."


def slugify(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


def parse_notes(text: str, file: str, problems: ProblemList) -> tuple[Section, ...]:
    """The sections of a notes.md. Never raises; `problems` says what was left out and why."""
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    starts = [i for i, line in enumerate(lines) if not fenced[i] and HEADING.match(line)]
    for at in range(starts[0] if starts else len(lines)):
        if lines[at].strip():
            cure = "Begin with `## Title {#slug}`; title and lead are in chapter.toml."
            problems.add(file, at + 1, "There is text before the first section", cure)
            break
    if not starts:
        cure = "Write `## Title {#slug}`, then `facts: ...`, then the text."
        problems.add(file, 1, "There is no section here", cure)
    sections = []
    seen: dict[str, int] = {}
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        section = _section(lines[start:end], fenced[start:end], Place(file, start + 1), problems)
        if section.slug in seen:
            message = f"The section {section.slug!r} stands also in line {seen[section.slug]}"
            problems.add(file, start + 1, message, "Give it a slug of its own.")
        else:
            seen[section.slug] = start + 1
            sections.append(section)
    return tuple(sections)


def _section(lines: list[str], fenced: list[bool], place: Place, problems: ProblemList) -> Section:
    heading = HEADING.match(lines[0])
    title = heading["title"] if heading else ""
    slug = (heading["slug"] if heading else None) or ""
    if not title:
        problems.add(place.file, place.line, "This section has no title", "Write one after ##.")
    if not SLUG.fullmatch(slug):
        wanted = slugify(title) or "its-slug"
        cure = f"End the heading with {{#{wanted}}} and keep that slug for good: links use it."
        problems.add(place.file, place.line, "This heading has no slug", cure)
        slug = wanted
    facts, body_at = _facts(lines, place, problems)
    blocks = tuple(_blocks(lines, fenced, body_at, place, problems))
    if not any(isinstance(block, TextBlock) for block in blocks):
        problems.add(place.file, place.line, "This section has no text", "Write it.")
    source = "\n".join(lines[body_at:]).strip("\n") + "\n"
    return Section(slug, title, facts, blocks, place, source)


def _facts(lines: list[str], place: Place, problems: ProblemList) -> tuple[tuple[str, ...], int]:
    """The section's facts and the index of the line after them."""
    for at in range(1, len(lines)):
        if not lines[at].strip():
            continue
        key, colon, rest = lines[at].partition(":")
        if key.strip() == "facts" and colon:
            facts = tuple(rest.replace(",", " ").split())
            if facts:
                return facts, at + 1
            break
        break
    cure = "Below the heading write `facts: C4-03 C4-04`, the ids that this section teaches."
    problems.add(place.file, place.line, "This section names no facts", cure)
    return (), 1


def _blocks(
    lines: list[str], fenced: list[bool], body_at: int, place: Place, problems: ProblemList
) -> Iterator[Block]:
    text_from = body_at
    for at in range(body_at, len(lines) + 1):
        directive = None
        if at < len(lines):
            if fenced[at] or not LIKE_DIRECTIVE.match(lines[at]):
                continue
            directive = DIRECTIVE.match(lines[at].rstrip())
        text = "\n".join(lines[text_from:at])
        if text.strip():
            blank = len(text) - len(text.lstrip("\n"))
            yield TextBlock(text.strip("\n"), place.line + text_from + blank)
        text_from = at + 1
        if at == len(lines):
            return
        line = place.line + at
        if directive is None:
            message = f"{lines[at].strip()} is no prompt and no lab"
            problems.add(place.file, line, message, DIRECTIVE_CURE)
        elif directive["what"] == "prompt":
            yield PromptBlock(directive["name"], line)
        else:
            yield LabBlock(directive["name"], line)
