"""The course that this repository ships."""

from pathlib import Path

import pytest

from content.format.course import load_course

COURSE = Path(__file__).resolve().parents[3] / "content" / "course"


@pytest.mark.skipif(not COURSE.is_dir(), reason="there is no content/course")
def test_the_course_has_no_problem() -> None:
    assert [str(problem) for problem in load_course(COURSE).problems] == []
