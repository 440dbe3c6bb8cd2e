"""The course that this repository ships."""

from pathlib import Path

from content.format.course import load_course

COURSE = Path(__file__).resolve().parents[3] / "content" / "course"


def test_the_course_has_no_problem() -> None:
    assert [str(problem) for problem in load_course(COURSE).problems] == []
