"""Properties: no text breaks the parser, the checks or the renderer; a prompt reads as written."""

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from content.domain.leaks import leak
from content.domain.problems import ProblemList
from content.domain.prompts import Kind
from content.format.course import load_course
from content.format.linting import LintContext, lint
from content.format.markdown import Page
from content.format.notes import parse_notes
from content.format.plain import plain_text
from content.format.questions import parse_questions
from content.format.rendering import render, render_prompt
from content.format.spans import SpanKind, split
from tests.unit.content.courses import CourseFolder, example_files

# Pieces that mean something to the format, so that chance finds its corners.
PIECES = [
    "## ", "## c01-a", "## T {#t}", "---", "> ", "> [!aside]", "kind: ", "kind: cloze",
    "kind: choice", "kind: ordering", "kind: short", "kind: numeric", "kind: code", "kind: basic",
    "facts: S1-01", "source: x", "requires: c01-a", "section: t", "compute: 1", "- [x] ",
    "- [ ] ", "1. ", "= ", "= 3 ± 1", "| ", "|---|", "{{", "}}", "{{prompt c01-a}}", "{{lab x}}",
    "```", "```python", "~~~", "    ", "`", "$", "$$", "\\", "\\frac{1}", "![", "](",
    "![a](figures/x.svg)", "[a](chapter:b)", ")", "<b>", "</", "<!--", "&amp;", "*", "_", "**",
    "\n", "\n\n", "\t", "word", "ü", "\u2028", "\u0000", "\u0002", "\u200b", "𝟙", "#", "###",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).flatmap(
    lambda parts: st.sampled_from(["", "\n", " "]).map(lambda glue: glue.join(parts))
)
words = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(text=texts)
def test_no_text_breaks_the_parsers(text: str) -> None:
    problems = ProblemList()
    parse_notes(text, "notes.md", problems)
    for placed in parse_questions(text, "questions.md", problems):
        assert 1 <= placed.question_line <= text.count("\n") + 1
        assert 1 <= placed.answer_line <= text.count("\n") + 1
        leak(placed.prompt)
        render_prompt(placed.prompt)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems.sorted())


@settings(max_examples=150, deadline=None)
@given(text=texts)
def test_no_text_breaks_the_checks_or_the_renderer(text: str) -> None:
    problems = ProblemList()
    lint(text, "notes.md", 1, LintContext(headings=True), problems)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems.sorted())
    html = render(text, Page("Somewhere"))
    assert not re.search(r"<(script|style|iframe|form)|<[^>]*\s(on\w+|style)\s*=", html)
    plain_text(html)


@settings(max_examples=200, deadline=None)
@given(text=texts)
def test_spans_lie_in_order_and_hold_their_text(text: str) -> None:
    at = 0
    for span in split(text):
        assert at <= span.start <= span.end <= len(text)
        assert span.line == 1 + text.count("\n", 0, span.start)
        if span.kind is not SpanKind.FENCE:
            assert text[span.start : span.end] == span.text
        at = span.end


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(example_files())),
    start=st.floats(0, 1),
    length=st.integers(0, 60),
    inserted=st.binary(max_size=12) | texts.map(str.encode),
)
def test_a_spoiled_course_gives_problems_or_a_course(
    name: str, start: float, length: int, inserted: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        course = CourseFolder(Path(folder))
        data = course.read(name).encode()
        at = int(start * len(data))
        course.write(name, data[:at] + inserted + data[at + length :])
        loaded = load_course(course.path)
        if not loaded.problems:
            for chapter in loaded.course.chapters:
                for placed in chapter.prompts:
                    render_prompt(placed.prompt, chapter.slug, chapter.figures)


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from([Kind.BASIC, Kind.SHORT, Kind.CHOICE, Kind.MULTIPLE, Kind.ORDERING]),
    question=sentences,
    answers=st.lists(sentences, min_size=3, max_size=5, unique_by=str.casefold),
    explanation=st.lists(sentences, min_size=1, max_size=3),
    facts=st.lists(st.sampled_from(["S1-01", "S1-02"]), min_size=1, unique=True),
)
def test_a_prompt_reads_as_it_was_written(
    kind: Kind, question: str, answers: list[str], explanation: list[str], facts: list[str]
) -> None:
    match kind:
        case Kind.BASIC:
            written = "\n".join(answers)
        case Kind.SHORT:
            written = "\n| ".join([f"= {answers[0]}", *answers[1:]])
        case Kind.CHOICE | Kind.MULTIPLE:
            marks = ["x", *" " * (len(answers) - 1)]
            written = "\n".join(f"- [{m}] {a}" for m, a in zip(marks, answers, strict=True))
        case _:
            written = "\n".join(f"{n}. {a}" for n, a in enumerate(answers, start=1))
    quoted = "\n>\n".join(f"> {line}" for line in explanation)
    head = f"## c01-x\nkind: {kind}\nfacts: {' '.join(facts)}\nsource: chapter 1\n"
    problems = ProblemList()
    (placed,) = parse_questions(
        f"{head}\n{question}\n\n---\n{written}\n\n{quoted}\n", "q.md", problems
    )
    assert problems.sorted() == ()
    prompt = placed.prompt
    assert (prompt.kind, prompt.question, prompt.facts) == (kind, question, tuple(facts))
    assert prompt.explanation == "\n\n".join(explanation)
    match prompt.kind:
        case Kind.BASIC:
            assert prompt.answer.text == written
        case Kind.SHORT:
            assert prompt.answer.accepted == tuple(answers)
        case Kind.CHOICE | Kind.MULTIPLE:
            assert [(o.text, o.right) for o in prompt.answer.options] == [
                (answer, at == 0) for at, answer in enumerate(answers)
            ]
        case _:
            assert [item.text for item in prompt.answer.items] == answers
