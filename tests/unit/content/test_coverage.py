"""Which sections and prompts cover a fact, and the page that says so."""

import pytest

from content.domain.coverage import ChapterCover, course_coverage, totals
from content.domain.coverage_page import coverage_page
from content.domain.prompts import Kind
from content.format.course import load_course
from tests.unit.content.courses import CourseFolder

NOTES, QUESTIONS = "01-pixels/notes.md", "01-pixels/questions.md"


def covers(course: CourseFolder) -> tuple[ChapterCover, ...]:
    return course_coverage(load_course(course.path).course)


def test_a_fact_is_shown_with_its_sections_and_prompts(course: CourseFolder) -> None:
    (chapter,) = covers(course)
    first, _, link = chapter.facts
    assert (first.fact.id, first.sections) == ("S1-01", ("grid",))
    assert first.prompts == ("c01-brightest", "c01-grey-facts", "c01-pixel-count", "c01-grid-word")
    assert (link.sections, link.prompts, link.is_link) == (("shapes",), (), True)


def test_a_link_counts_for_the_notes_only(course: CourseFolder) -> None:
    (chapter,) = covers(course)
    assert (len(chapter.facts), chapter.in_notes) == (3, 3)
    assert (chapter.asked, chapter.to_ask) == (2, 2)
    assert all(cover.complete for cover in chapter.facts)


def test_a_prompt_on_a_link_does_not_stand_in_for_one_on_a_fact(course: CourseFolder) -> None:
    course.write(QUESTIONS, course.read(QUESTIONS).replace("facts: S1-02", "facts: S1-03"))
    (chapter,) = covers(course)
    assert (chapter.asked, chapter.to_ask) == (1, 2)
    assert [cover.fact.id for cover in chapter.facts if not cover.complete] == ["S1-02"]


def test_a_fact_that_only_another_chapter_names_is_not_covered(course: CourseFolder) -> None:
    course.edit(NOTES, "facts: S1-02 S1-03", "facts: S1-02")
    head = course.read("01-pixels/chapter.toml")
    course.write("02-more/chapter.toml", head.replace("number = 1", "number = 2"))
    course.edit("02-more/chapter.toml", '["S1"]', "[]")
    course.write("02-more/notes.md", "## Digits {#digits}\nfacts: S1-03\n\nRead on.\n")
    course.write("02-more/questions.md", "")
    first, second = covers(course)
    assert (first.in_notes, len(first.facts)) == (2, 3)
    assert second.facts == ()


def test_totals_add_up(course: CourseFolder) -> None:
    sums = totals(covers(course) * 2)
    assert (sums.facts, sums.in_notes, sums.links, sums.asked, sums.prompts) == (6, 6, 2, 4, 16)
    assert set(sums.kinds.values()) == {2}


def test_the_page_counts_per_chapter_and_lists_every_fact(course: CourseFolder) -> None:
    page = coverage_page("Seeing", covers(course))
    assert "Seeing: 3 of 3 facts stand in notes. Without the 1 link, 2 of 2" in page
    assert "| [1. Pixels](#1-pixels) | 3 | 3 | 1 | 2 of 2 | 8 |" + " 1 |" * len(Kind) in page
    assert "| S1-03: The MNIST digits are described on Wikipedia | `shapes` | a link |" in page


@pytest.mark.parametrize(
    ("file", "old", "row"),
    [
        (NOTES, "facts: S1-02 S1-03", "lists the length of each axis | **none** | `c01-shape"),
        (QUESTIONS, "facts: S1-02", "each axis | `shapes` | **none** |"),
    ],
)  # fmt: skip
def test_the_page_shows_what_is_missing(
    course: CourseFolder, file: str, old: str, row: str
) -> None:
    course.write(file, course.read(file).replace(old, "facts: S1-01"))
    assert row in coverage_page("Seeing", covers(course))
