"""Every mistake an author can make is reported with its file, its line and a cure."""

from pathlib import Path

import pytest

from content.domain.problems import Problem
from content.format.course import load_course
from tests.unit.content.courses import CourseFolder

NOTES, QUESTIONS, HEAD = "01-pixels/notes.md", "01-pixels/questions.md", "01-pixels/chapter.toml"

# (file, what stands there, what is put in its place, text on the line that is reported, message)
MISTAKES = [
    (HEAD, "number = 1", "number = = 1", "number =", "not TOML"),
    (HEAD, "number = 1", 'number = "1"', "number =", "wrong kind"),
    (HEAD, "number = 1", "number = 2", "number =", "folder's name does not say 2"),
    (HEAD, 'title = "Pixels"\n', "", "number", "'title' is missing"),
    (HEAD, 'title = "Pixels"', 'title = " "', "title", "'title' is empty"),
    (HEAD, "labs =", "lab =", "lab =", "no key 'lab'"),
    (HEAD, '["S1"]', '["S9"]', "facts", "no group and no fact 'S9'"),
    (HEAD, "from that.", "from $x^$ that.", "lead", "broken"),
    ("course.toml", 'deck = "seeing"', 'deck = "See Ing"', "deck", "no slug"),
    ("facts.tsv", "S1-02\t1", "S1-01\t1", "length of each axis", "stands here twice"),
    ("facts.tsv", "S1-02\t1", "two\t1", "length of each axis", "no fact"),
    ("facts.tsv", "id\tlesson", "name\tlesson", "name\t", "does not name the columns"),
    (NOTES, " {#grid}", "", "## A grid", "no slug"),
    (NOTES, "{#shapes}", "{#grid}", "## Shapes", "stands also in line 1"),
    (NOTES, "facts: S1-01\n", "", "## A grid", "names no facts"),
    (NOTES, "facts: S1-01", "facts: S1-77", "## A grid", "no fact 'S1-77'"),
    (NOTES, "facts: S1-02 S1-03", "facts: S1-03", "## A grid", "No section teaches S1-02"),
    (NOTES, "facts: S1-02 S1-03", "facts: S1-02", "## A grid", "No section teaches S1-03"),
    (NOTES, "{{prompt c01-brightest}}", "{{prompt c01-dark}}", "c01-dark", "does not exist"),
    (NOTES, "{{prompt c01-brightest}}", "{{promt c01-x}}", "c01-x", "no prompt and no lab"),
    (NOTES, "{{prompt c01-brightest}}", "Look {{prompt c01-brightest}}", "Look", "Double braces"),
    (NOTES, "{{lab brightness}}", "{{lab darkness}}", "darkness", "no lab 'darkness'"),
    (NOTES, "{{lab brightness}}", "{{lab Bright Ness}}", "{{lab B", "no prompt and no lab"),
    (NOTES, "(figures/ramp.svg", "(figures/gone.svg", "gone", "no figure 'figures/gone.svg'"),
    (NOTES, "![A ramp of four squares, from dark to light]", "![]", "ramp", "no alternative text"),
    (NOTES, '(figures/ramp.svg "Four', "(figures/ramp.svg Four", "ramp", "no image"),
    (NOTES, "Some file formats", "<b>Some</b> formats", "<b>", "raw HTML"),
    (NOTES, "Some file formats", "<script>alert(1)</script>", "<script>", "raw HTML"),
    (NOTES, "$28 \\times", "$28 \\timess", "784$", "command \\timess is unknown"),
    (NOTES, "$28 \\times", "$\\frac{28}$ $\\times", "784$", "a part is missing"),
    (NOTES, "= 784$", "= {784$", "784$", "braces do not match"),
    (NOTES, "= 784$", "= 784", "= 784", "dollar sign opens no formula"),
    (NOTES, "255:\n\n$$", "255:\n$$", "$$", "runs into the text"),
    (NOTES, "```python title", "```pyhton title", "```pyhton", "no language 'pyhton'"),
    (NOTES, "stack.shape   ", "stack.shape" + " " * 50, "stack.shape", "columns, over 68"),
    (NOTES, "28)\n```\n", "28)\n\n", "```python", "has no end"),
    (NOTES, "[the grid](#grid)", "[the grid](#net)", "#net", "no section 'net'"),
    (NOTES, "[the grid](#grid)", "[it](chapter:waves)", "waves", "no chapter 'waves'"),
    (NOTES, "[the grid](#grid)", "[it](javascript:x)", "javascript", "is no link"),
    (NOTES, "[the grid](#grid)", "[it](lab:gone)", "lab:gone", "No chapter names a lab 'gone'"),
    (NOTES, "> [!aside]", "> [!warning]", "[!warning]", "unknown"),
    (NOTES, "\n\n| axis", "\n\nSo:\n| axis", "| axis", "runs on from the paragraph"),
    (NOTES, "## A grid", "Hello\n\n## A grid", "Hello", "text before the first section"),
    (NOTES, "Some file formats", "Some file fromats", "fromats", "'fromats' is no word"),
    (NOTES, "## Shapes", "## Shaeps", "## Shaeps", "'Shaeps' is no word"),
    (NOTES, "A ramp of four squares", "A ramp of four sqares", "sqares", "'sqares' is no word"),
    (HEAD, "Everything else", "Everyting else", "lead", "'Everyting' is no word"),
    (HEAD, "What a computer gets", "What a computter gets", "summary", "'computter' is no"),
    (QUESTIONS, "How bright it is", "What colors it has", "What colors", "'colors' is American"),
    (QUESTIONS, "- [ ] Colours", "- [ ] Coluors", "[ ] Coluors", "'Coluors' is no word"),
    (QUESTIONS, "> From the outside", "> From the outsied", "> From", "'outsied' is no word"),
    (QUESTIONS, "kind: basic", "kind: riddle", "kind: riddle", "no kind 'riddle'"),
    (QUESTIONS, "kind: basic\n", "", "## c01-brightest", "'kind' is missing"),
    (QUESTIONS, "source: chapter 1\n", "", "## c01-brightest", "'source' is missing"),
    (QUESTIONS, "source:", "sauce:", "sauce:", "no header 'sauce'"),
    (QUESTIONS, "facts: S1-01", "facts: S1-99", "## c01-brightest", "no fact 'S1-99'"),
    (QUESTIONS, "## c01-brightest", "## brightest", "## brightest", "no prompt id"),
    (QUESTIONS, "## c01-grid-word", "## c02-grid-word", "## c02", "belongs to another chapter"),
    (QUESTIONS, "## c01-grid-word", "## c01-brightest", "", "stands also in"),
    (
        QUESTIONS,
        "What does the number of a pixel say?\n\n---",
        "What?",
        "## c01-br",
        "answer is miss",
    ),
    (QUESTIONS, "How bright it is: 0 is black, 255 is white.", "", "", "There is no answer"),
    (QUESTIONS, "\n> From the outside in.\n", "", "## c01-reading", "explanation is missing"),
    (QUESTIONS, "\n> One number a pixel is", "\n\nIt", "## c01-br", "explanation is missing"),
    (QUESTIONS, "requires: c01-shape-cloze", "requires: c01-gone", "## c01-axis", "does not exist"),
    (
        QUESTIONS,
        "requires: c01-shape-cloze",
        "requires: c01-axis-choice",
        "## c01-axis",
        "leads back",
    ),
    (
        QUESTIONS,
        "{{shape|form}} of a tensor lists the {{length|size}}",
        "shape",
        "The shape",
        "no gap",
    ),
    (QUESTIONS, "The {{shape|form}}", "The shape {{shape|form}}", "The shape", "gives the answer"),
    (QUESTIONS, "lists the {{length|size}}", "lists ${{x}}$", "lists $", "inside maths"),
    (
        QUESTIONS,
        "- [ ] Colours\n  > The pictures are grey: one number a pixel.\n",
        "",
        "[x] Pic",
        "fewer",
    ),
    (QUESTIONS, "- [x] Pictures", "- [ ] Pictures", "[ ] Pictures", "0 options are marked right"),
    (QUESTIONS, "- [ ] Colours", "- [x] Colours", "[x] Pictures", "2 options are marked right"),
    (QUESTIONS, "- [ ] Colours", "- [ ] Rows", "", "stands here twice"),
    (QUESTIONS, "- [ ] Rows", "+ Rows", "+ Rows", "is no option"),
    (QUESTIONS, "- [x] 0\n- [x] 255", "- [ ] 0\n- [ ] 255", "[ ] 0", "No option is marked right"),
    (QUESTIONS, "= 0.8 ± 0.02 thousand", "= about 0.8", "= about", "no number"),
    (QUESTIONS, "= 0.8 ± 0.02 thousand", "= 1,000", "= 1,000", "no unit"),
    (QUESTIONS, "= 0.8 ± 0.02 thousand", "= 1e999", "= 1e999", "makes no sense"),
    (QUESTIONS, "= pixel", "pixel", "pixel\n", "no wording"),
    (QUESTIONS, "2. Row\n3. Column\n", "", "1. Picture", "fewer than 2"),
    (QUESTIONS, "= (3, 2)", "(3, 2)", "(3, 2)", "no output"),
    (
        QUESTIONS,
        "What do you call one cell of",
        "A pixel is what in",
        "A pixel is",
        "gives the answer",
    ),
    (QUESTIONS, "section: shapes", "section: forms", "section: forms", "no section 'forms'"),
    (QUESTIONS, "compute: 28 * 28 / 1000\n", "compute: 1\ncompute: 2\n", "compute: 2", "twice"),
    (
        QUESTIONS,
        "> 28 × 28 = 784.",
        "> 28 × 28 = 784.\n\nSo there.",
        "> 28",
        "after the explanation",
    ),
    ("01-pixels/figures/ramp.svg", 'height="40"', 'style="fill:red"', "", "'style'"),
    ("01-pixels/figures/ramp.svg", "<rect", "<script>1</script><rect", "", "<script>"),
]


def problems_of(course: CourseFolder) -> tuple[Problem, ...]:
    return load_course(course.path).problems


def test_the_example_has_no_problem(course: CourseFolder) -> None:
    assert problems_of(course) == ()


@pytest.mark.parametrize(("file", "old", "new", "on_line", "message"), MISTAKES)
def test_a_mistake_is_reported_where_it_stands(
    course: CourseFolder, file: str, old: str, new: str, on_line: str, message: str
) -> None:
    course.edit(file, old, new)
    found = problems_of(course)
    assert found, "nothing was reported"
    hits = [p for p in found if message in p.message]
    assert hits, [str(p) for p in found]
    assert all(p.cure and p.line >= 1 for p in found)
    if on_line:
        where = {(p.file, p.line) for p in hits}
        lines = course.read(file).split("\n")
        wanted = {(file, n) for n, text in enumerate(lines, start=1) if on_line.strip() in text}
        assert where & wanted, ([str(p) for p in hits], wanted)


def test_all_problems_are_reported_at_once(course: CourseFolder) -> None:
    course.edit(HEAD, "number = 1", "number = 3")
    course.edit(NOTES, "{{prompt c01-brightest}}", "{{prompt c01-gone}}")
    course.edit(QUESTIONS, "kind: basic", "kind: riddle")
    files = {problem.file for problem in problems_of(course)}
    assert files == {HEAD, NOTES, QUESTIONS}


def test_a_fact_without_prompt_is_named(course: CourseFolder) -> None:
    text = course.read(QUESTIONS).replace("facts: S1-02", "facts: S1-01")
    course.write(QUESTIONS, text)
    messages = [problem.message for problem in problems_of(course)]
    assert any(message.startswith("No prompt asks for S1-02") for message in messages)


def test_a_fact_of_no_chapter_is_named(course: CourseFolder) -> None:
    lines = [f"S{n}-0{n}\t1\tpixel\tA fact\town" for n in (2, 3)]
    course.write("facts.tsv", course.read("facts.tsv") + "\n".join(lines) + "\n")
    assert [(problem.file, problem.message) for problem in problems_of(course)] == [
        ("facts.tsv", "No chapter teaches S2-02"),
        ("facts.tsv", "No chapter teaches S3-03"),
    ]


def test_a_fact_that_a_missing_chapter_named_is_missed(course: CourseFolder) -> None:
    course.edit(HEAD, '["S1"]', '["S1-01", "S1-02"]')
    assert "No chapter teaches S1-03" in [problem.message for problem in problems_of(course)]


def test_a_prompt_stands_in_the_notes_once(course: CourseFolder) -> None:
    course.edit(NOTES, "{{lab brightness}}", "{{prompt c01-brightest}}")
    (problem,) = problems_of(course)
    assert "stands in the notes already" in problem.message
    assert problem.line == len(course.read(NOTES).rstrip().split("\n"))


def test_two_prompts_with_one_question_are_refused(course: CourseFolder) -> None:
    text = course.read(QUESTIONS)
    first = text[: text.index("## c01-shape-cloze")].replace("c01-brightest", "c01-again")
    course.write(QUESTIONS, text + "\n" + first)
    assert any("asks the same question" in p.message for p in problems_of(course))


def test_a_long_circle_of_requirements_is_shown(course: CourseFolder) -> None:
    course.edit(QUESTIONS, "## c01-shape-cloze\n", "## c01-shape-cloze\nrequires: c01-grid-word\n")
    course.edit(QUESTIONS, "## c01-grid-word\n", "## c01-grid-word\nrequires: c01-axis-choice\n")
    circles = [p.message for p in problems_of(course) if "leads back" in p.message]
    assert len(circles) == 1
    assert "c01-axis-choice" in circles[0]
    assert "c01-grid-word" in circles[0]


def test_a_file_that_is_not_utf8_names_the_line(course: CourseFolder) -> None:
    course.write(NOTES, b"## A {#a}\nfacts: S1-01\n\nna\xefve\n")
    (problem,) = [p for p in problems_of(course) if "UTF-8" in p.message]
    assert (problem.file, problem.line) == (NOTES, 4)


@pytest.mark.parametrize("name", ["course.toml", "facts.tsv", HEAD, NOTES, QUESTIONS])
def test_a_missing_file_is_reported(course: CourseFolder, name: str) -> None:
    (course.path / name).unlink()
    assert any(p.file == name and "no such file" in p.message for p in problems_of(course))


def test_a_folder_in_place_of_a_file_is_reported(course: CourseFolder) -> None:
    (course.path / NOTES).unlink()
    (course.path / NOTES).mkdir()
    assert any(p.file == NOTES and "folder" in p.message for p in problems_of(course))


def test_an_unreadable_file_is_reported(course: CourseFolder) -> None:
    notes = course.path / NOTES
    notes.unlink()
    notes.symlink_to(notes.name)  # leads to itself; unlike mode 0, it stops root too
    assert any(p.file == NOTES and "cannot be read" in p.message for p in problems_of(course))


def test_a_missing_course_is_reported(tmp_path: Path) -> None:
    (problem,) = load_course(tmp_path / "gone").problems
    assert "There is no folder" in problem.message


def test_a_folder_with_another_name_is_reported(course: CourseFolder) -> None:
    (course.path / "pixels").mkdir()
    (problem,) = problems_of(course)
    assert (problem.file, problem.message) == ("pixels", "This folder's name is no chapter's")


def test_windows_line_ends_and_a_byte_order_mark_are_fine(course: CourseFolder) -> None:
    for name in (NOTES, QUESTIONS):
        course.write(name, b"\xef\xbb\xbf" + course.read(name).replace("\n", "\r\n").encode())
    assert problems_of(course) == ()


def test_a_fact_named_by_its_id_leaves_the_chapter_of_its_group(course: CourseFolder) -> None:
    course.edit(NOTES, "facts: S1-02 S1-03", "facts: S1-02")
    course.write("02-links/chapter.toml", course.read(HEAD).replace("number = 1", "number = 2"))
    course.edit("02-links/chapter.toml", '["S1"]', '["S1-03"]')
    course.write("02-links/notes.md", "## Digits {#digits}\nfacts: S1-03\n\nRead on.\n")
    course.write("02-links/questions.md", "")
    assert problems_of(course) == ()
