"""The last good state: what an author broke is shown as it was before, until it can be read again.

A text with a finding in it can be read and is shown as it is now. Kept is what is gone because its
file, or its form, cannot be read at all: a chapter, the notes of one, or a single prompt.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from content.domain.course import Chapter, PlacedPrompt
from content.domain.problems import Problem

NOTES, QUESTIONS, HEAD = "notes.md", "questions.md", "chapter.toml"
NAMED = re.compile(r"(?P<id>c\d\d-[a-z0-9-]+): ")


@dataclass(frozen=True)
class Shown:
    """A chapter as it is shown. `old` names what is not as the files are now: chapter.toml,
    notes.md, questions.md, and ids of prompts."""

    chapter: Chapter
    old: frozenset[str] = field(default_factory=frozenset)


def prompt_named(problem: Problem) -> str | None:
    """The id of the prompt that a finding begins with."""
    match = NAMED.match(problem.message)
    return match["id"] if match else None


def shown_now(
    chapters: Sequence[Chapter], problems: Sequence[Problem], before: Mapping[str, Shown]
) -> dict[str, Shown]:
    """The chapters by folder, in the order of their folders. `before` is what was shown last."""
    now = {chapter.folder: _shown(chapter, problems, before) for chapter in chapters}
    broken = {problem.file for problem in problems}
    for folder, was in before.items():
        if folder not in now and f"{folder}/{HEAD}" in broken:
            now[folder] = replace(was, old=was.old | {HEAD})
    return dict(sorted(now.items()))


def _shown(chapter: Chapter, problems: Sequence[Problem], before: Mapping[str, Shown]) -> Shown:
    was = before.get(chapter.folder)
    if was is None:
        return Shown(chapter)
    notes, questions = f"{chapter.folder}/{NOTES}", f"{chapter.folder}/{QUESTIONS}"
    old: set[str] = set()
    sections, prompts = chapter.sections, chapter.prompts
    if not sections and was.chapter.sections and any(p.file == notes for p in problems):
        sections = was.chapter.sections
        old.add(NOTES)
    in_questions = [problem for problem in problems if problem.file == questions]
    if not prompts and was.chapter.prompts and in_questions:
        prompts = was.chapter.prompts
        old.add(QUESTIONS)
    else:
        prompts, kept = _prompts(prompts, was.chapter.prompts, in_questions)
        old |= kept
    return Shown(replace(chapter, sections=sections, prompts=prompts), frozenset(old))


def _prompts(
    now: tuple[PlacedPrompt, ...], before: tuple[PlacedPrompt, ...], problems: Sequence[Problem]
) -> tuple[tuple[PlacedPrompt, ...], set[str]]:
    """With those that still have a heading but no form, where they stood."""
    there = {placed.prompt.id for placed in now}
    lines: dict[str, int] = {}
    for problem in problems:
        id_ = prompt_named(problem)
        if id_ is not None and id_ not in there:
            lines.setdefault(id_, problem.line)
    kept = [
        replace(placed, place=replace(placed.place, line=lines[placed.prompt.id]))
        for placed in before
        if placed.prompt.id in lines
    ]
    both = sorted([*now, *kept], key=lambda placed: placed.place.line)
    return tuple(both), {placed.prompt.id for placed in kept}
