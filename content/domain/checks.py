"""Checks that need the whole course in view: ids, references, order of learning, coverage, and
how the prompts are written."""

import re
from collections.abc import Callable, Iterator

from content.domain.balance import unbalanced
from content.domain.course import Chapter, Course, LabBlock, Place, PlacedPrompt, PromptBlock
from content.domain.duplicates import near_duplicates
from content.domain.guessing import echoes, guessable, habits, habits_of_chapter
from content.domain.leaks import leak
from content.domain.lengths import too_long
from content.domain.problems import ProblemList
from content.domain.prompts import ClozeAnswer

LINK_TOPIC = "link"
Report = Callable[[Place, str, str], None]


def check_course(course: Course, problems: ProblemList) -> None:
    """Adds what is wrong between the files; each file's own form was checked by its parser."""

    def report(place: Place, message: str, cure: str) -> None:
        problems.add(place.file, place.line, message, cure)

    _unique_chapters(course, report)
    prompts = _unique_prompts(course, report)
    for chapter in course.chapters:
        _placements(chapter, prompts, report)
        for placed in chapter.prompts:
            _one_prompt(placed, chapter, prompts, report)
    _cycles(prompts, report)
    _known_facts(course, report)
    _homeless(course, report)
    _coverage(course, report)
    _writing(course, problems)


def _writing(course: Course, problems: ProblemList) -> None:
    """What makes a prompt a bad one although it can be shown and answered."""
    prompts = [placed for chapter in course.chapters for placed in chapter.prompts]
    for placed in prompts:
        problems.extend(too_long(placed))
        problems.extend(guessable(placed))
    for chapter in course.chapters:
        problems.extend(habits_of_chapter(chapter))
        problems.extend(unbalanced(chapter))
    problems.extend(habits(prompts, "course.toml", "the course"))
    problems.extend(echoes(prompts))
    problems.extend(near_duplicates(prompts))


def _unique_chapters(course: Course, report: Report) -> None:
    seen: dict[object, Chapter] = {}
    for chapter in course.chapters:
        for key, what in ((chapter.number, "number"), (chapter.slug, "slug")):
            if key in seen:
                message = f"{seen[key].folder} has the same {what}, {key}"
                report(chapter.place("number"), message, "Rename one of the two folders.")
            seen.setdefault(key, chapter)


def _unique_prompts(course: Course, report: Report) -> dict[str, PlacedPrompt]:
    prompts: dict[str, PlacedPrompt] = {}
    questions: dict[str, str] = {}
    for placed in (placed for chapter in course.chapters for placed in chapter.prompts):
        id_ = placed.prompt.id
        if id_ in prompts:
            first = prompts[id_].place
            message = f"{id_}: This id stands also in {first.file}:{first.line}"
            report(placed.place, message, "Give this prompt an id of its own.")
            continue
        prompts[id_] = placed
        question = " ".join(placed.prompt.question.casefold().split())
        if question and question in questions:
            message = f"{id_}: {questions[question]} asks the same question"
            report(placed.place, message, "Delete one, or ask for something else.")
        questions.setdefault(question, id_)
    return prompts


def _placements(chapter: Chapter, prompts: dict[str, PlacedPrompt], report: Report) -> None:
    own = {placed.prompt.id: placed for placed in chapter.prompts}
    seen: dict[str, int] = {}
    for section in chapter.sections:
        for block in section.blocks:
            if isinstance(block, LabBlock) and block.lab not in chapter.labs:
                cure = f"Add it to labs in {chapter.folder}/chapter.toml, or mend the name."
                place = Place(section.place.file, block.line)
                report(place, f"This chapter has no lab {block.lab!r}", cure)
            if not isinstance(block, PromptBlock):
                continue
            place = Place(section.place.file, block.line)
            id_ = block.prompt_id
            if id_ in seen:
                message = f"{id_} stands in the notes already, in line {seen[id_]}"
                report(place, message, "Keep the better place.")
            elif id_ not in own:
                where = "belongs to another chapter" if id_ in prompts else "does not exist"
                cure = "Mend the id, or write the prompt in questions.md."
                report(place, f"The prompt {id_} {where}", cure)
            elif own[id_].prompt.section not in (None, section.slug):
                line = own[id_].section_line or own[id_].place.line
                message = f"{id_}: The notes place it in {section.slug!r}"
                cure = f"Delete the line `section: {own[id_].prompt.section}`."
                report(Place(own[id_].place.file, line), message, cure)
            seen.setdefault(id_, block.line)


def _one_prompt(
    placed: PlacedPrompt, chapter: Chapter, prompts: dict[str, PlacedPrompt], report: Report
) -> None:
    prompt = placed.prompt
    prefix = f"c{chapter.number:02}-"
    if not prompt.id.startswith(prefix):
        cure = f"Begin it with {prefix}, the number of its chapter."
        report(placed.place, f"{prompt.id}: The id belongs to another chapter", cure)
    if prompt.section is not None and prompt.section not in {s.slug for s in chapter.sections}:
        line = placed.section_line or placed.place.line
        cure = "Use the slug in {#...} of a heading in notes.md."
        message = f"{prompt.id}: There is no section {prompt.section!r}"
        report(Place(placed.place.file, line), message, cure)
    for needed in prompt.requires:
        if needed not in prompts:
            message = f"{prompt.id}: It requires {needed}, which does not exist"
            report(placed.place, message, "Mend the id, or delete it from `requires:`.")
    if isinstance(prompt.answer, ClozeAnswer) and not prompt.answer.gaps:
        cure = "Write {{word}} around what the learner must fill in."
        report(
            Place(placed.place.file, placed.question_line),
            f"{prompt.id}: This cloze has no gap",
            cure,
        )
    told = leak(prompt)
    if told:
        place = Place(placed.place.file, placed.question_line)
        message = f"{prompt.id}: The question gives the answer away: {told!r}"
        report(place, message, "Reword the question.")


def _cycles(prompts: dict[str, PlacedPrompt], report: Report) -> None:
    """Reports each prompt that, by way of what it requires, requires itself."""
    done: set[str] = set()
    for start in prompts:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            path.append(start)
            stack.append((start, iter(prompts[start].prompt.requires)))
        while stack:
            here, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.add(here)
                stack.pop()
                path.pop()
            elif following in path:
                circle = " -> ".join([*path[path.index(following) :], following])
                message = f"{here}: What it requires leads back to it: {circle}"
                report(prompts[here].place, message, "Delete one `requires:` of the circle.")
            elif following in prompts and following not in done:
                path.append(following)
                stack.append((following, iter(prompts[following].prompt.requires)))


def _known_facts(course: Course, report: Report) -> None:
    if not course.facts:
        return  # facts.tsv itself is missing or broken, and that was said
    groups = {fact.group for fact in course.facts.values()}
    cure = "Use an id of facts.tsv."
    for chapter in course.chapters:
        for fact in chapter.facts:
            if fact not in groups and fact not in course.facts:
                message = f"facts.tsv has no group and no fact {fact!r}"
                report(chapter.place("facts"), message, "Write a group (C4) or an id (C4-01).")
        for section in chapter.sections:
            for fact in section.facts:
                if fact not in course.facts:
                    report(section.place, f"There is no fact {fact!r}", cure)
        for placed in chapter.prompts:
            for fact in placed.prompt.facts:
                if fact not in course.facts:
                    message = f"{placed.prompt.id}: There is no fact {fact!r}"
                    report(placed.place, message, cure)


def facts_of(chapter: Chapter, course: Course) -> tuple[str, ...]:
    """The facts a chapter must teach. A fact that another chapter names by id is that chapter's."""
    elsewhere = {fact for other in course.chapters if other is not chapter for fact in other.facts}
    return tuple(
        fact.id
        for fact in course.facts.values()
        if fact.id in chapter.facts or (fact.group in chapter.facts and fact.id not in elsewhere)
    )


def _homeless(course: Course, report: Report) -> None:
    """Facts that no chapter has: nothing else would miss them."""
    homes = {fact for chapter in course.chapters for fact in facts_of(chapter, course)}
    cure = "Name its group, or the fact itself, in the `facts` of a chapter.toml."
    lost: dict[str, list[str]] = {}
    for fact in course.facts.values():
        if fact.id not in homes:
            lost.setdefault(fact.group, []).append(fact.id)
    for ids in lost.values():
        said = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        report(Place("facts.tsv", 1), f"No chapter teaches {said}", cure)


def _coverage(course: Course, report: Report) -> None:
    for chapter in course.chapters:
        taught = {fact for section in chapter.sections for fact in section.facts}
        asked = {fact for placed in chapter.prompts for fact in placed.prompt.facts}
        for id_ in facts_of(chapter, course):
            fact = course.facts[id_]
            said = re.sub(r"(.{60}).+", r"\1…", fact.text)
            if id_ not in taught:
                cure = "Teach it in notes.md and name it in that section's `facts:`."
                message = f"No section teaches {id_} ({said})"
                report(Place(f"{chapter.folder}/notes.md", 1), message, cure)
            if id_ not in asked and fact.topic != LINK_TOPIC:
                cure = "Write a prompt and name the fact in its `facts:`."
                message = f"No prompt asks for {id_} ({said})"
                report(Place(f"{chapter.folder}/questions.md", 1), message, cure)
