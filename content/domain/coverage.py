"""Which section teaches a fact and which prompts ask for it, chapter by chapter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from content.domain.checks import LINK_TOPIC, facts_of
from content.domain.course import Course, Fact
from content.domain.prompts import Kind


@dataclass(frozen=True)
class FactCover:
    """A fact of a chapter with what names it there: slugs of sections, ids of prompts."""

    fact: Fact
    sections: tuple[str, ...]
    prompts: tuple[str, ...]

    @property
    def is_link(self) -> bool:
        """A link has to stand in the notes; nobody has to know it by heart."""
        return self.fact.topic == LINK_TOPIC

    @property
    def complete(self) -> bool:
        return bool(self.sections) and (self.is_link or bool(self.prompts))


@dataclass(frozen=True)
class ChapterCover:
    number: int
    slug: str
    title: str
    facts: tuple[FactCover, ...]
    kinds: Mapping[Kind, int]
    """How many prompts of each kind there are."""

    @property
    def in_notes(self) -> int:
        return sum(bool(cover.sections) for cover in self.facts)

    @property
    def to_ask(self) -> int:
        """Facts that need a prompt: all but the links."""
        return sum(not cover.is_link for cover in self.facts)

    @property
    def asked(self) -> int:
        return sum(bool(cover.prompts) and not cover.is_link for cover in self.facts)

    @property
    def prompts(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True)
class Totals:
    """The sums over chapters, under the names of a chapter's."""

    facts: int
    in_notes: int
    to_ask: int
    asked: int
    prompts: int
    kinds: Mapping[Kind, int]

    @property
    def links(self) -> int:
        return self.facts - self.to_ask


def chapter_cover(
    number: int,
    slug: str,
    title: str,
    facts: Iterable[Fact],
    sections: Iterable[tuple[str, Iterable[str]]],
    prompts: Iterable[tuple[str, str, Iterable[str]]],
) -> ChapterCover:
    """From a chapter's facts, its sections (slug, facts) and prompts (id, kind, facts)."""
    taught: dict[str, list[str]] = {}
    asked: dict[str, list[str]] = {}
    kinds = dict.fromkeys(Kind, 0)
    for section, named in sections:
        for fact in named:
            taught.setdefault(fact, []).append(section)
    for prompt, kind, named in prompts:
        kinds[Kind(kind)] += 1
        for fact in named:
            asked.setdefault(fact, []).append(prompt)
    covers = tuple(
        FactCover(fact, tuple(taught.get(fact.id, ())), tuple(asked.get(fact.id, ())))
        for fact in facts
    )
    return ChapterCover(number, slug, title, covers, kinds)


def course_coverage(course: Course) -> tuple[ChapterCover, ...]:
    """Every chapter of a course as its files say it."""
    return tuple(
        chapter_cover(
            chapter.number,
            chapter.slug,
            chapter.title,
            [course.facts[id_] for id_ in facts_of(chapter, course)],
            [(section.slug, section.facts) for section in chapter.sections],
            [
                (placed.prompt.id, placed.prompt.kind, placed.prompt.facts)
                for placed in chapter.prompts
            ],
        )
        for chapter in course.chapters
    )


def totals(chapters: Iterable[ChapterCover]) -> Totals:
    rows = tuple(chapters)
    return Totals(
        facts=sum(len(row.facts) for row in rows),
        in_notes=sum(row.in_notes for row in rows),
        to_ask=sum(row.to_ask for row in rows),
        asked=sum(row.asked for row in rows),
        prompts=sum(row.prompts for row in rows),
        kinds={kind: sum(row.kinds[kind] for row in rows) for kind in Kind},
    )
