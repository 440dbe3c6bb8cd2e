"""Writes docs/coverage.md, for `manage.py coverage_page`."""

from collections.abc import Iterator, Sequence

from content.domain.coverage import ChapterCover, FactCover, totals
from content.domain.prompts import Kind
from studyhub.base.words import counted

HEAD = """\
# What the course covers

Generated from the course's files by `python manage.py coverage_page`; `make check` compares.

A fact counts as *in notes* when a section of its chapter names it, and as *in prompts* when a
prompt of its chapter does. Links (the topic `link` of `facts.tsv`) need no prompt: they count for
the notes only.
"""
NONE = "**none**"


def coverage_page(title: str, chapters: Sequence[ChapterCover]) -> str:
    """The whole page as Markdown: a table of chapters, then every fact with what covers it."""
    sums = totals(chapters)
    lines = [
        HEAD,
        f"{title}: {sums.in_notes} of {counted(sums.facts, 'fact')} stand in notes. Without the "
        f"{counted(sums.links, 'link')}, {sums.asked} of {sums.to_ask} stand in prompts, of which "
        f"there are {sums.prompts:,}.",
        "",
        *_table(chapters),
    ]
    for chapter in chapters:
        lines += ["", f"## {chapter.number}. {chapter.title}", ""]
        lines += ["| fact | sections | prompts |", "|---|---|---|"]
        lines += [_row(cover) for cover in chapter.facts]
    return "\n".join(lines) + "\n"


def _table(chapters: Sequence[ChapterCover]) -> Iterator[str]:
    sums = totals(chapters)
    head = ["chapter", "facts", "in notes", "links", "in prompts", "prompts", *Kind]
    yield f"| {' | '.join(head)} |"
    yield "|---|" + "--:|" * (len(head) - 1)
    for chapter in chapters:
        links = len(chapter.facts) - chapter.to_ask
        cells: list[object] = [len(chapter.facts), chapter.in_notes, links]
        cells += [f"{chapter.asked} of {chapter.to_ask}", chapter.prompts]
        cells += [chapter.kinds[kind] or "" for kind in Kind]
        name = f"[{chapter.number}. {chapter.title}](#{_anchor(chapter)})"
        yield f"| {' | '.join([name, *map(str, cells)])} |"
    cells = [sums.facts, sums.in_notes, sums.links, f"{sums.asked} of {sums.to_ask}"]
    cells += [f"{sums.prompts:,}", *(sums.kinds[kind] for kind in Kind)]
    yield f"| {' | '.join(['together', *map(str, cells)])} |"


def _anchor(chapter: ChapterCover) -> str:
    """As hosts of Markdown name a heading: signs go, blanks become hyphens."""
    heading = f"{chapter.number}. {chapter.title}".lower()
    kept = "".join(sign for sign in heading if sign.isalnum() or sign in " -_")
    return kept.replace(" ", "-")


def _row(cover: FactCover) -> str:
    text = cover.fact.text.replace("|", "\\|").replace("<", "\\<")
    sections = ", ".join(f"`{slug}`" for slug in cover.sections) or NONE
    prompts = ", ".join(f"`{id_}`" for id_ in cover.prompts)
    if not prompts:
        prompts = "a link" if cover.is_link else NONE
    return f"| {cover.fact.id}: {text} | {sections} | {prompts} |"
