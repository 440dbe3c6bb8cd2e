"""Loads a whole course and finds every problem that its files show without being run."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from content.domain.checks import check_course
from content.domain.course import Chapter, Course, Figure, Place, PlacedPrompt, TextBlock
from content.domain.problems import Problem, ProblemList
from content.domain.prompts import ClozeAnswer, CodeAnswer, NumericAnswer, ShortAnswer
from content.format.figures import LARGEST, NAME
from content.format.linting import LintContext, lint
from content.format.manifests import read_chapter_head, read_course_head, read_facts
from content.format.notes import parse_notes
from content.format.questions import parse_questions
from content.format.sources import read_bytes, read_text
from content.format.spans import SpanKind, split
from content.format.spelling import read_speller

FOLDER = re.compile(r"(?P<number>\d\d)-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)")
LinkProblem = Callable[[str], str | None]


@dataclass(frozen=True)
class Loaded:
    """The course as far as it could be read; trust it only where there are no problems."""

    course: Course
    problems: tuple[Problem, ...]


def load_course(folder: Path) -> Loaded:
    """Reads everything below `folder`. Never raises for what stands in the files."""
    problems = ProblemList()
    if not folder.is_dir():
        problems.add(".", 1, f"There is no folder {folder}", "Name the course's folder.")
        return Loaded(Course("", "", "", {}, ()), problems.sorted())
    head = read_course_head(folder, problems)
    facts = read_facts(folder, problems)
    chapters = []
    for name in _chapter_folders(folder, problems):
        chapter = _chapter(folder, name, problems)
        if chapter is not None:
            chapters.append(chapter)
    course = Course(head.deck, head.title, head.licence, facts, tuple(chapters))
    check_course(course, problems)
    speller = read_speller(folder, problems)
    for chapter in course.chapters:
        context = LintContext(chapter.figures, _links(course, chapter), spelling=speller.problem)
        _lint_chapter(chapter, context, problems)
    return Loaded(course, problems.sorted())


def _chapter_folders(folder: Path, problems: ProblemList) -> list[str]:
    names = []
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.name.startswith((".", "_")):
            continue
        if FOLDER.fullmatch(path.name):
            names.append(path.name)
        else:
            cure = "Name it by number and slug, such as 04-mnist-basics."
            problems.add(path.name, 1, "This folder's name is no chapter's", cure)
    if not names:
        cure = "Make a folder such as 01-intro with chapter.toml, notes.md and questions.md."
        problems.add("course.toml", 1, "This course has no chapter", cure)
    return names


def _chapter(course: Path, folder: str, problems: ProblemList) -> Chapter | None:
    head = read_chapter_head(course, folder, problems)
    notes_name, questions_name = f"{folder}/notes.md", f"{folder}/questions.md"
    notes = read_text(course, notes_name, problems)
    questions = read_text(course, questions_name, problems)
    sections = parse_notes(notes, notes_name, problems) if notes is not None else ()
    prompts = parse_questions(questions, questions_name, problems) if questions is not None else ()
    figures = _figures(course, folder, problems)
    if head is None:
        return None
    match = FOLDER.fullmatch(folder)
    return Chapter(
        folder=folder,
        slug=match["slug"] if match else folder,
        number=head.number,
        title=head.title,
        lead=head.lead,
        summary=head.summary,
        labs=head.labs,
        facts=head.facts,
        sections=sections,
        prompts=prompts,
        figures=figures,
        lines=head.lines,
    )


def _figures(course: Path, folder: str, problems: ProblemList) -> dict[str, Figure]:
    figures = {}
    path = course / folder / "figures"
    for file in sorted(path.iterdir()) if path.is_dir() else []:
        name = f"{folder}/figures/{file.name}"
        if file.suffix not in {".svg", ".png"}:
            continue  # the scripts that draw the figures may lie beside them
        if not NAME.fullmatch(file.name):
            problems.add(name, 1, "This figure's name has odd characters", "Use a-z, 0-9 and -.")
            continue
        data = read_bytes(course, name, problems)
        if data is None:
            continue
        if len(data) > LARGEST:
            problems.add(name, 1, "This figure is larger than 400 kB", "Make it smaller.")
        else:
            figures[file.name] = Figure(file.name, data)
    return figures


def _lint_chapter(chapter: Chapter, context: LintContext, problems: ProblemList) -> None:
    lint(chapter.lead, *_at(chapter.place("lead")), replace(context, figures={}), problems)
    lint(chapter.summary, *_at(chapter.place("summary")), replace(context, figures={}), problems)
    notes = replace(context, headings=True)
    for section in chapter.sections:
        lint(section.title, *_at(section.place), context, problems)
        for block in section.blocks:
            if isinstance(block, TextBlock):
                lint(block.text, section.place.file, block.line, notes, problems)
    for placed in chapter.prompts:
        _lint_prompt(placed, context, problems)


def _at(place: Place) -> tuple[str, int]:
    return place.file, place.line


def _lint_prompt(placed: PlacedPrompt, context: LintContext, problems: ProblemList) -> None:
    file = placed.place.file
    prompt = placed.prompt
    cloze = isinstance(prompt.answer, ClozeAnswer)
    lint(prompt.question, file, placed.question_line, replace(context, gaps=cloze), problems)
    lint(prompt.explanation, file, placed.explanation_line, context, problems)
    if isinstance(prompt.answer, ShortAnswer):
        for wording in prompt.answer.accepted[:1]:
            lint(wording, file, placed.answer_line, context, problems)
    elif not isinstance(prompt.answer, CodeAnswer | NumericAnswer):
        lint(placed.answer_source, file, placed.answer_line, context, problems)
    if isinstance(prompt.answer, CodeAnswer) and not code_of(prompt.question):
        message = f"{prompt.id}: The question shows no Python code"
        problems.add(file, placed.question_line, message, "Put it between ```python and ```.")
    if isinstance(prompt.answer, CodeAnswer):
        fenced = f"```text\n{prompt.answer.output}\n```"
        shift = 0 if placed.answer_source.startswith(("`", "~")) else 1
        lint(fenced, file, placed.answer_line - shift, context, problems)


def code_of(question: str) -> str:
    """The Python code that a question shows, its blocks joined; empty when there is none."""
    blocks = [
        span.text
        for span in split(question)
        if span.kind is SpanKind.FENCE and span.info.split()[:1] in (["python"], ["py"])
    ]
    return "\n".join(blocks)


def _links(course: Course, here: Chapter) -> LinkProblem:
    sections = {c.slug: {section.slug for section in c.sections} for c in course.chapters}
    labs = {lab for chapter in course.chapters for lab in chapter.labs}

    def problem(target: str) -> str | None:
        if target.startswith(("https://", "http://")):
            return None
        kind, _, name = target.partition(":")
        if kind == "lab":
            return None if name in labs else f"No chapter names a lab {name!r}"
        slug, _, section = target.partition("#")
        if kind == "chapter":
            slug, _, section = name.partition("#")
        elif slug:
            return f"{target!r} is no link"
        slug = slug or here.slug
        if slug not in sections:
            return f"There is no chapter {slug!r}"
        if section and section not in sections[slug]:
            return f"There is no section {section!r} in {slug}"
        return None if section or kind == "chapter" else f"{target!r} is no link"

    return problem


def place_of(course: Course, prompt_id: str) -> Place:
    """Where a prompt of the course stands."""
    for chapter in course.chapters:
        for placed in chapter.prompts:
            if placed.prompt.id == prompt_id:
                return placed.place
    return Place("course.toml", 1)
