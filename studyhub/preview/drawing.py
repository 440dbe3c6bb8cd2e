"""What the site's templates need, made from files where the site takes it from its database."""

import logging
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.template.loader import render_to_string
from django.urls import reverse

from content.domain.course import Chapter, PlacedPrompt, Section, sections_of_prompts
from content.domain.problems import Problem
from content.domain.prompts import ClozeAnswer, NumericAnswer
from content.format.markdown import Page
from content.format.rendering import (
    RenderedPrompt,
    minutes,
    render_inline,
    render_key,
    render_prompt,
    render_section,
    section_key,
)
from quizzes.web.inputs import NAMES, field_context
from studyhub.preview.findings import Findings
from studyhub.preview.keeping import Shown
from studyhub.web import chapter_view

log = logging.getLogger(__name__)
Row = TypeVar("Row")
KEPT = 4_000


@dataclass(frozen=True)
class Rows(Generic[Row]):
    """What a template asks for as `.all`."""

    rows: Sequence[Row]

    def all(self) -> Sequence[Row]:
        return self.rows


@dataclass(frozen=True)
class Named:
    slug: str
    title: str


@dataclass(frozen=True)
class DrawnSection:
    slug: str
    title: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class DrawnPrompt:
    """With the names that the site's own rows have."""

    pk: str
    kind: str
    chapter: Named
    section: Named | None
    question_html: str
    answer_html: str
    explanation_html: str
    choices: Sequence[Mapping[str, str]]
    option_notes: Mapping[str, str]
    answer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DrawnChapter:
    slug: str
    number: int
    title: str
    summary: str
    lead_html: str
    deck: Mapping[str, str]
    sections: Rows[DrawnSection]


def finding_html(problems: Sequence[Problem]) -> str:
    return render_to_string("studyhub/preview/findings.html", {"problems": problems})


def chapter_of(
    shown: Shown, findings: Findings, title: str, licence: str
) -> tuple[DrawnChapter, dict[str, DrawnPrompt]]:
    """A chapter and its prompts by id; the findings in the notes stand between the blocks."""
    chapter = shown.chapter
    page = Page(chapter.title, chapter.slug, chapter.figures)
    drawn = DrawnChapter(
        slug=chapter.slug,
        number=chapter.number,
        title=chapter.title,
        summary=chapter.summary,
        lead_html=_guarded(lambda: render_inline(chapter.lead, page), "the lead", ""),
        deck={"title": title, "licence": licence},
        sections=Rows([_section(section, chapter, findings) for section in chapter.sections]),
    )
    return drawn, prompts_of(chapter)


def reading_minutes(chapter: Chapter) -> int:
    return sum(minutes(section) for section in chapter.sections)


def _section(section: Section, chapter: Chapter, findings: Findings) -> DrawnSection:
    source = {"type": "html", "html": "<p>This section cannot be drawn. See the terminal.</p>"}
    drawn = _guarded(
        lambda: _kept(section_key(section, chapter), lambda: render_section(section, chapter)),
        f"section {section.slug}",
        [source],
    )
    blocks = _found(findings.notes.get(section.place.line, ()))
    for at, block in enumerate(drawn):
        if at < len(section.blocks):
            blocks += _found(findings.notes.get(section.blocks[at].line, ()))
        if block["type"] == "prompt":
            blocks += _found(findings.prompts.get(block["id"], ()))
        blocks.append(block)
    return DrawnSection(section.slug, section.title, blocks)


def _found(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [{"type": "html", "html": finding_html(problems)}] if problems else []


def prompts_of(chapter: Chapter) -> dict[str, DrawnPrompt]:
    titles = {section.slug: section.title for section in chapter.sections}
    place = sections_of_prompts(chapter)
    drawn = {}
    for placed in chapter.prompts:
        slug = place.get(placed.prompt.id, "")
        section = Named(slug, titles[slug]) if slug in titles else None
        drawn[placed.prompt.id] = _prompt(placed, chapter, section)
    return drawn


def _prompt(placed: PlacedPrompt, chapter: Chapter, section: Named | None) -> DrawnPrompt:
    prompt = placed.prompt
    nothing = RenderedPrompt("<p>This prompt cannot be drawn.</p>", "", "", "", [], {})
    html = _guarded(
        lambda: _kept(
            render_key(prompt, chapter.slug, chapter.figures),
            lambda: render_prompt(prompt, chapter.slug, chapter.figures),
        ),
        prompt.id,
        nothing,
    )
    asked: dict[str, Any] = {}
    if isinstance(prompt.answer, ClozeAnswer):
        asked["gaps"] = prompt.answer.gaps
    if isinstance(prompt.answer, NumericAnswer):
        asked["unit"] = prompt.answer.unit
    return DrawnPrompt(
        pk=prompt.id,
        kind=prompt.kind.value,
        chapter=Named(chapter.slug, chapter.title),
        section=section,
        question_html=html.question_html,
        answer_html=html.answer_html,
        explanation_html=html.explanation_html,
        choices=html.choices,
        option_notes=html.option_notes,
        answer=asked,
    )


def sheets(shown: Shown, findings: Findings) -> list[dict[str, Any]]:
    """Every prompt of the chapter as reviews and quizzes ask it, and what comes after."""
    placed = {entry.prompt.id: entry for entry in shown.chapter.prompts}
    return [
        {
            "prompt": prompt,
            "kind_name": NAMES[prompt.kind],
            "source": placed[id_].prompt,
            "line": placed[id_].place.line,
            "problems": findings.prompts.get(id_, ()),
            "old": id_ in shown.old,
            "notes": [
                (choice["html"], prompt.option_notes[choice["id"]])
                for choice in prompt.choices
                if choice["id"] in prompt.option_notes
            ],
            **field_context(prompt),
        }
        for id_, prompt in prompts_of(shown.chapter).items()
    ]


def lab_cards(labs: Sequence[str], exercises: Path) -> dict[str, chapter_view.LabCard]:
    """The labs that a chapter names; one without an exercise yet has its slug as its title."""
    return {slug: _lab_card(slug, exercises) for slug in labs}


def _lab_card(slug: str, exercises: Path) -> chapter_view.LabCard:
    try:
        spec = tomllib.loads((exercises / slug / "lab.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        spec = {}
    title, summary = spec.get("title"), spec.get("summary")
    return chapter_view.LabCard(
        slug=slug,
        title=title if isinstance(title, str) else slug,
        summary=summary if isinstance(summary, str) else "There is no such lab on this site yet.",
        url=reverse("lab", args=(slug,)),
        best="Not tried yet",
    )


def sections(
    drawn: DrawnChapter,
    prompts: Mapping[str, DrawnPrompt],
    labs: Mapping[str, chapter_view.LabCard],
    now: datetime,
) -> list[chapter_view.SectionView]:
    return chapter_view.sections(drawn, prompts, {}, labs, now)


Made = TypeVar("Made")


def _guarded(make: Callable[[], Made], what: str, otherwise: Made) -> Made:
    """What was made, or `otherwise`: renderers are built for texts that passed the checks, and
    here they get half-written ones."""
    try:
        return make()
    except Exception:
        log.exception("%s cannot be drawn", what)
        return otherwise


@lru_cache(maxsize=KEPT)
def _box(key: str) -> dict[str, Any]:
    return {}


def _kept(key: str, make: Callable[[], Made]) -> Made:
    """Equal keys promise equal renderings, so that a save draws again only what it changed."""
    box = _box(key)
    if "made" not in box:
        box["made"] = make()
    made: Made = box["made"]
    return made
