"""How the answer part of a prompt is read, and that answers survive a trip through JSON."""

import json

import pytest

from content.domain.prompts import (
    ClozeAnswer,
    CodeAnswer,
    Kind,
    NumericAnswer,
    ShortAnswer,
    TextAnswer,
    answer_from_json,
    answer_to_json,
    content_hash,
    text_id,
)
from content.format.course import load_course
from tests.unit.content.courses import CourseFolder


@pytest.fixture
def prompts(course: CourseFolder):  # type: ignore[no-untyped-def]
    (chapter,) = load_course(course.path).course.chapters
    return {placed.prompt.kind: placed.prompt for placed in chapter.prompts}


def test_the_example_has_every_kind(prompts) -> None:
    assert set(prompts) == set(Kind)


def test_each_kind_has_its_right_answer(prompts) -> None:
    assert prompts[Kind.BASIC].answer == TextAnswer("How bright it is: 0 is black, 255 is white.")
    assert prompts[Kind.CLOZE].answer == ClozeAnswer((("shape", "form"), ("length", "size")))
    assert prompts[Kind.NUMERIC].answer == NumericAnswer(0.8, 0.02, "thousand")
    assert prompts[Kind.SHORT].answer == ShortAnswer(("pixel", "a pixel", "picture element"))
    assert prompts[Kind.CODE].answer == CodeAnswer("(3, 2)")
    assert [item.text for item in prompts[Kind.ORDERING].answer.items] == [
        "Picture",
        "Row",
        "Column",
    ]


def test_options_know_whether_and_why(prompts) -> None:
    choice = prompts[Kind.CHOICE].answer
    assert [(o.text, o.right, o.why) for o in choice.options] == [
        ("Pictures", True, ""),
        ("Colours", False, "The pictures are grey: one number a pixel."),
        ("Rows", False, "The rows are counted by the second axis."),
    ]
    assert choice.right_ids == {text_id("Pictures")}
    multiple = prompts[Kind.MULTIPLE].answer
    assert multiple.right_ids == {text_id("0"), text_id("255")}


def test_answers_survive_json(prompts) -> None:
    for prompt in prompts.values():
        data = json.loads(json.dumps(answer_to_json(prompt.answer)))
        assert answer_from_json(data) == prompt.answer


def test_an_unknown_answer_type_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown answer type 'song'"):
        answer_from_json({"type": "song"})


def test_headers_reach_the_prompt(prompts) -> None:
    assert prompts[Kind.CHOICE].requires == ("c01-shape-cloze",)
    assert prompts[Kind.CODE].section == "shapes"
    assert prompts[Kind.NUMERIC].compute == "28 * 28 / 1000"
    assert prompts[Kind.CLOZE].facts == ("S1-02",)
    assert prompts[Kind.CLOZE].source == "chapter 1"


@pytest.mark.parametrize(
    ("written", "value", "tolerance", "unit"),
    [
        ("= 3", 3, 0, ""),
        ("= -3.5 ± 0.5", -3.5, 0.5, ""),
        ("= −3.5 +- .5 °C", -3.5, 0.5, "°C"),
        ("= 95 ± 1 %", 95, 1, "%"),
        ("= 1e-3 +/- 1e-4", 0.001, 0.0001, ""),
        ("=7px", 7, 0, "px"),
    ],
)
def test_numbers_are_read_as_people_write_them(
    course: CourseFolder, written: str, value: float, tolerance: float, unit: str
) -> None:
    course.edit("01-pixels/questions.md", "= 0.8 ± 0.02 thousand", written)
    loaded = load_course(course.path)
    assert loaded.problems == ()
    numeric = [p.prompt for p in loaded.course.chapters[0].prompts if p.prompt.kind == "numeric"]
    assert numeric[0].answer == NumericAnswer(value, tolerance, unit)


def test_output_may_stand_in_a_fenced_block(course: CourseFolder) -> None:
    course.edit("01-pixels/questions.md", "= (3, 2)", "```\n(3, 2)  \nand more\n```")
    loaded = load_course(course.path)
    assert loaded.problems == ()
    code = [p.prompt for p in loaded.course.chapters[0].prompts if p.prompt.kind == "code"]
    assert code[0].answer == CodeAnswer("(3, 2)\nand more")


def test_the_text_hash_ignores_what_learners_do_not_read(course: CourseFolder, prompts) -> None:
    before = content_hash(prompts[Kind.BASIC])
    course.edit("01-pixels/questions.md", "source: chapter 1", "source: chapter 1, page 2")
    course.edit("01-pixels/questions.md", "facts: S1-01", "facts: S1-01 S1-02")
    (chapter,) = load_course(course.path).course.chapters
    assert content_hash(chapter.prompts[0].prompt) == before
    course.edit("01-pixels/questions.md", "0 is black", "zero is black")
    (chapter,) = load_course(course.path).course.chapters
    assert content_hash(chapter.prompts[0].prompt) != before
