"""A course as its files say it: chapters, sections, blocks and prompts, with line numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from content.domain.prompts import Prompt


@dataclass(frozen=True)
class Place:
    """Where something stands; `file` is relative to the course folder."""

    file: str
    line: int


@dataclass(frozen=True)
class Fact:
    """One thing the course must teach. A fact on the topic "link" needs no prompt."""

    id: str
    topic: str
    text: str

    @property
    def group(self) -> str:
        return self.id.rpartition("-")[0]


@dataclass(frozen=True)
class TextBlock:
    """Markdown between two directives."""

    text: str
    line: int


@dataclass(frozen=True)
class PromptBlock:
    prompt_id: str
    line: int


@dataclass(frozen=True)
class LabBlock:
    lab: str
    line: int


Block: TypeAlias = TextBlock | PromptBlock | LabBlock


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    place: Place
    source: str
    """The section's Markdown as written, below its heading and facts line."""


@dataclass(frozen=True)
class PlacedPrompt:
    """A prompt with the places of its heading and of the texts in it."""

    prompt: Prompt
    place: Place
    question_line: int
    answer_line: int
    explanation_line: int
    answer_source: str
    """The answer's Markdown as written; it begins in `answer_line`."""
    section_line: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """What its header says, key and value."""


@dataclass(frozen=True)
class Figure:
    """A picture file of a chapter; `name` is relative to its `figures` folder."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Chapter:
    folder: str
    slug: str
    number: int
    title: str
    lead: str
    summary: str
    labs: tuple[str, ...]
    facts: tuple[str, ...]
    """Groups (C4) or single facts (L8-03) that this chapter must teach."""
    sections: tuple[Section, ...]
    prompts: tuple[PlacedPrompt, ...]
    figures: Mapping[str, Figure]
    lines: Mapping[str, int]
    """Where each key of chapter.toml stands."""

    def place(self, key: str) -> Place:
        return Place(f"{self.folder}/chapter.toml", self.lines.get(key, 1))


@dataclass(frozen=True)
class Course:
    slug: str
    title: str
    licence: str
    facts: Mapping[str, Fact]
    chapters: tuple[Chapter, ...]


def sections_of_prompts(chapter: Chapter) -> dict[str, str]:
    """The section that a prompt comes from, by prompt id: the one its header names, else the one
    whose notes place it, else the first that teaches one of its facts."""
    placed = {
        block.prompt_id: section.slug
        for section in chapter.sections
        for block in section.blocks
        if isinstance(block, PromptBlock)
    }
    teaching: dict[str, str] = {}
    for section in chapter.sections:
        for fact in section.facts:
            teaching.setdefault(fact, section.slug)
    found: dict[str, str] = {}
    for prompt in (entry.prompt for entry in chapter.prompts):
        taught = next((teaching[fact] for fact in prompt.facts if fact in teaching), None)
        section_slug = prompt.section or placed.get(prompt.id) or taught
        if section_slug is not None:
            found[prompt.id] = section_slug
    return found
