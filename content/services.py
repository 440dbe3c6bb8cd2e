"""Brings the course's files into the database: all of it in one transaction, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.db import models, transaction

from content.domain import course as files
from content.domain.checks import facts_of
from content.domain.coverage import course_coverage
from content.domain.coverage_page import coverage_page
from content.domain.problems import Problem, ProblemList
from content.domain.prompts import answer_to_json, content_hash
from content.format.course import load_course, place_of
from content.format.execution import execution_problems
from content.format.figures import served_name
from content.format.markdown import Page
from content.format.questions import section_starts
from content.format.rendering import (
    minutes,
    render_inline,
    render_key,
    render_prompt,
    render_section,
    section_key,
)
from content.format.sources import read_text
from content.models import Chapter, Deck, Fact, Figure, Prompt, Section

Row = TypeVar("Row", Chapter, Section, Prompt)
BATCH = 200
RENDERED = [
    "question_html",
    "answer_html",
    "explanation_html",
    "question_text",
    "choices",
    "option_notes",
]
_OWN = {"id", "retired_at", "updated_at"}
COLUMNS = {
    model.__name__: [f.attname for f in model._meta.concrete_fields if f.attname not in _OWN]
    for model in (Chapter, Section, Prompt)
}
"""What is compared and written; the rest says when."""


@dataclass
class SyncReport:
    """What a sync did. Chapters are named by slug, sections `chapter#section`, prompts by id.

    With problems nothing was changed. A prompt whose facts or place changed counts as changed
    although its version stays.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()


def check_course(course_dir: Path, *, execute: bool = False) -> tuple[Problem, ...]:
    """Every problem of the course's files; with `execute`, of what its code gives too."""
    loaded = load_course(course_dir)
    if not execute:
        return loaded.problems
    return tuple(sorted([*loaded.problems, *execution_problems(loaded.course)]))


def prompt_ids(course_dir: Path) -> frozenset[str]:
    """The ids of the prompts that the course's files have, sound or not; reads nothing else."""
    names: set[str] = set()
    for file in course_dir.glob("*/questions.md"):
        text = read_text(file.parent, file.name, ProblemList())
        lines = (text or "").split("\n")
        names.update(lines[at][2:].strip() for at in section_starts(lines))
    return frozenset(names)


def coverage_text(course_dir: Path) -> str:
    """The page docs/coverage.md of a course's files, whether or not they have problems."""
    course = load_course(course_dir).course
    return coverage_page(course.title, course_coverage(course))


def sync_course(course_dir: Path, *, now: datetime, execute: bool = False) -> SyncReport:
    """Makes the database say what the files say.

    Idempotent: where nothing changed nothing is written. A prompt keeps its row when its text
    changes (its version rises), and is retired, not deleted, when it leaves the files. Personal
    prompts are left alone.
    """
    loaded = load_course(course_dir)
    problems = list(loaded.problems)
    if execute:
        problems += execution_problems(loaded.course)
    if not problems:
        with transaction.atomic():
            return _Sync(loaded.course, now).run()
    return SyncReport(problems=tuple(sorted(problems)))


def _facts_in(chapter: files.Chapter) -> set[str]:
    named = {fact for section in chapter.sections for fact in section.facts}
    return named | {fact for placed in chapter.prompts for fact in placed.prompt.facts}


class _Sync:
    """One run: compares rows with files, collects what to write, writes it in bulk."""

    def __init__(self, course: files.Course, now: datetime) -> None:
        self.course, self.now = course, now
        self.report = SyncReport()

    def run(self) -> SyncReport:
        taken = self._taken()
        if taken:
            return SyncReport(problems=taken)
        deck = self._deck()
        chapters = self._chapters(deck)
        sections = self._sections(deck, chapters)
        self._prompts(deck, chapters, sections)
        self._facts(deck, chapters)
        self._figures()
        return self.report

    def _taken(self) -> tuple[Problem, ...]:
        """Ids and slugs that belong to a person or to another course."""
        ids = [p.prompt.id for chapter in self.course.chapters for p in chapter.prompts]
        others = models.Q(owner__isnull=False) | ~models.Q(deck__slug=self.course.slug)
        found = []
        for id_ in Prompt.objects.filter(others, pk__in=ids).values_list("pk", flat=True):
            place = place_of(self.course, id_)
            cure = "Give this one another id."
            found.append(Problem(place.file, place.line, f"{id_} is in use in another deck", cure))
        slugs = {chapter.slug: chapter for chapter in self.course.chapters}
        rows = Chapter.objects.filter(slug__in=slugs).exclude(deck__slug=self.course.slug)
        for slug in rows.values_list("slug", flat=True):
            place = slugs[slug].place("number")
            message = f"Another course has a chapter {slug!r}"
            found.append(Problem(place.file, place.line, message, "Rename this folder."))
        found += self._taken_facts()
        return tuple(sorted(found))

    def _taken_facts(self) -> list[Problem]:
        """A fact's id is looked up without its course: who learns both would see them mixed."""
        own = {fact: chapter for chapter in self.course.chapters for fact in _facts_in(chapter)}
        others = Section.objects.filter(retired_at=None, chapter__retired_at=None)
        others = others.exclude(chapter__deck__slug=self.course.slug)
        taken = {fact for facts in others.values_list("facts", flat=True) for fact in facts}
        cure = "Give the facts of this course another group, in facts.tsv and where they are named."
        found: dict[files.Place, Problem] = {}
        for fact in sorted(taken.intersection(own)):
            place = own[fact].place("facts")
            message = f"Another course has a fact {fact}"
            found.setdefault(place, Problem(place.file, place.line, message, cure))
        return list(found.values())

    def _deck(self) -> Deck:
        """The course's deck, locked, so that two syncs take turns."""
        deck, _ = Deck.objects.select_for_update().get_or_create(
            slug=self.course.slug,
            owner=None,
            defaults={"title": self.course.title, "licence": self.course.licence},
        )
        if (deck.title, deck.licence) != (self.course.title, self.course.licence):
            deck.title, deck.licence = self.course.title, self.course.licence
            deck.save(update_fields=["title", "licence"])
        return deck

    def _chapters(self, deck: Deck) -> dict[str, Chapter]:
        rows = {chapter.slug: chapter for chapter in deck.chapters.all()}
        wanted = {}
        for position, chapter in enumerate(self.course.chapters):
            page = Page(chapter.title, chapter.slug, chapter.figures)
            wanted[chapter.slug] = Chapter(
                pk=rows[chapter.slug].pk if chapter.slug in rows else None,
                deck=deck,
                slug=chapter.slug,
                number=chapter.number,
                title=chapter.title,
                lead=chapter.lead,
                lead_html=render_inline(chapter.lead, page),
                summary=chapter.summary,
                labs=list(chapter.labs),
                position=position,
            )
        return self._write(Chapter, rows, wanted)

    def _sections(self, deck: Deck, chapters: Mapping[str, Chapter]) -> dict[str, Section]:
        existing = Section.objects.filter(chapter__deck=deck).select_related("chapter")
        rows = {f"{row.chapter.slug}#{row.slug}": row for row in existing}
        wanted = {}
        for chapter in self.course.chapters:
            for position, section in enumerate(chapter.sections):
                name = f"{chapter.slug}#{section.slug}"
                old, key = rows.get(name), section_key(section, chapter)
                fresh = old is None or old.render_key != key
                wanted[name] = Section(
                    pk=old.pk if old else None,
                    chapter=chapters[chapter.slug],
                    slug=section.slug,
                    title=section.title,
                    facts=list(section.facts),
                    position=position,
                    blocks=render_section(section, chapter) if fresh or not old else old.blocks,
                    notes=section.source,
                    minutes=minutes(section),
                    render_key=key,
                )
        return self._write(Section, rows, wanted)

    def _prompts(
        self, deck: Deck, chapters: Mapping[str, Chapter], sections: Mapping[str, Section]
    ) -> None:
        rows = {row.pk: row for row in deck.prompts.filter(owner=None)}
        wanted = {}
        for chapter in self.course.chapters:
            section_of = files.sections_of_prompts(chapter)
            for position, placed in enumerate(chapter.prompts):
                id_ = placed.prompt.id
                slug = section_of.get(id_)
                wanted[id_] = self._prompt(placed, chapter, rows.get(id_))
                wanted[id_].deck = deck
                wanted[id_].chapter = chapters[chapter.slug]
                wanted[id_].section = sections[f"{chapter.slug}#{slug}"] if slug else None
                wanted[id_].position = position
        self._write(Prompt, rows, wanted)

    def _prompt(
        self, placed: files.PlacedPrompt, chapter: files.Chapter, old: Prompt | None
    ) -> Prompt:
        prompt = placed.prompt
        text, key = content_hash(prompt), render_key(prompt, chapter.slug, chapter.figures)
        row = Prompt(
            pk=prompt.id,
            kind=prompt.kind.value,
            version=1 if old is None else old.version + (old.content_hash != text),
            question=prompt.question,
            explanation=prompt.explanation,
            answer=answer_to_json(prompt.answer),
            facts=list(prompt.facts),
            requires=list(prompt.requires),
            source=prompt.source,
            content_hash=text,
            render_key=key,
        )
        if old is not None and old.render_key == key:
            for name in RENDERED:
                setattr(row, name, getattr(old, name))
        else:
            rendered = render_prompt(prompt, chapter.slug, chapter.figures)
            for name in RENDERED:
                setattr(row, name, getattr(rendered, name))
        return row

    def _facts(self, deck: Deck, chapters: Mapping[str, Chapter]) -> None:
        """What each chapter must teach, written anew where it changed: nothing points at it."""
        wanted = {
            (chapters[chapter.slug].pk, id_): (position, fact.topic, fact.text)
            for chapter in self.course.chapters
            for position, id_ in enumerate(facts_of(chapter, self.course))
            for fact in [self.course.facts[id_]]
        }
        rows = Fact.objects.filter(chapter__deck=deck)
        columns = ("chapter_id", "code", "position", "topic", "text")
        if {row[:2]: row[2:] for row in rows.values_list(*columns)} == wanted:
            return
        rows.delete()
        Fact.objects.bulk_create(
            Fact(chapter_id=chapter, code=code, position=position, topic=topic, text=text)
            for (chapter, code), (position, topic, text) in wanted.items()
        )

    def _figures(self) -> None:
        """Adds new pictures; old ones stay for pages that a phone or a proxy still keeps."""
        wanted = {
            (chapter.slug, served_name(figure)): figure.data
            for chapter in self.course.chapters
            for figure in chapter.figures.values()
            if figure.name.endswith(".png")
        }
        there = set(Figure.objects.values_list("chapter_slug", "name")) if wanted else set()
        Figure.objects.bulk_create(
            Figure(chapter_slug=slug, name=name, data=data)
            for (slug, name), data in wanted.items()
            if (slug, name) not in there
        )

    def _write(
        self, model: type[Row], rows: Mapping[str, Row], wanted: Mapping[str, Row]
    ) -> dict[str, Row]:
        """Creates, updates, retires and restores rows; returns the live ones by name."""
        columns: list[str] = COLUMNS[model.__name__]
        create: list[Row] = []
        update: list[Row] = []
        live: dict[str, Row] = {}
        for name, row in wanted.items():
            old = rows.get(name)
            live[name] = row
            row.updated_at = self.now
            if old is None:
                create.append(row)
                self.report.created.append(name)
            elif old.retired_at is not None:
                update.append(row)
                self.report.restored.append(name)
            elif any(getattr(old, column) != getattr(row, column) for column in columns):
                update.append(row)
                self.report.changed.append(name)
            else:
                live[name] = old
                self.report.unchanged.append(name)
        for name, old in rows.items():
            if name not in wanted and old.retired_at is None:
                old.retired_at = old.updated_at = self.now
                update.append(old)
                self.report.retired.append(name)
        manager = model._default_manager
        manager.bulk_create(create, batch_size=BATCH)
        manager.bulk_update(update, [*columns, "retired_at", "updated_at"], batch_size=BATCH)
        return live
