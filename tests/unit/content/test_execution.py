"""Answers that code gives are compared with what it really gives."""

from content.format.course import load_course
from content.format.execution import execution_problems, running
from tests.unit.content.courses import CourseFolder

QUESTIONS = "01-pixels/questions.md"


def found(course: CourseFolder, seconds: float = 60) -> list[str]:
    loaded = load_course(course.path)
    assert loaded.problems == ()
    return [problem.message for problem in execution_problems(loaded.course, seconds)]


def test_right_answers_pass(course: CourseFolder) -> None:
    assert found(course) == []


def test_a_wrong_output_is_shown_beside_the_real_one(course: CourseFolder) -> None:
    course.edit(QUESTIONS, "= (3, 2)", "= (2, 3)")
    assert found(course) == ["c01-shape-code: The code prints '(3, 2)', the answer says '(2, 3)'"]


def test_a_wrong_number_is_shown_beside_the_real_one(course: CourseFolder) -> None:
    course.edit(QUESTIONS, "= 0.8 ± 0.02", "= 0.9 ± 0.02")
    assert found(course) == ["c01-pixel-count: compute: gives 0.784, the answer says 0.9"]


def test_a_sum_that_is_no_number_is_reported(course: CourseFolder) -> None:
    course.edit(QUESTIONS, "28 * 28 / 1000", "28 / 0")
    (message,) = found(course)
    assert "ZeroDivisionError" in message


def test_the_last_line_of_an_error_is_part_of_the_output(course: CourseFolder) -> None:
    course.edit(QUESTIONS, "print((len(rows), len(rows[0])))", 'print("so far")\nrows[3]')
    course.edit(QUESTIONS, "= (3, 2)", "```\nso far\nIndexError: list index out of range\n```")
    assert found(course) == []


def test_code_that_does_not_end_is_stopped(course: CourseFolder) -> None:
    course.edit(QUESTIONS, "print((len(rows), len(rows[0])))", "while True:\n    pass")
    messages = found(course, seconds=1)
    assert any("did not end within 1 seconds" in message for message in messages)


def test_usual_names_need_no_import() -> None:
    with running(60) as run:
        assert run("print(math.floor(2.5), np.ones(2).sum())") == ("2 2.0", "")


def test_no_code_sees_what_other_code_did() -> None:
    with running(60) as run:
        assert run("import math; math.pi = 3; open('kept', 'w').close()") == ("", "")
        assert run("print(math.pi > 3)") == ("True", "")
        assert "kept" not in run("import os\nprint(os.listdir())")[0]


def test_code_that_ends_itself_has_printed_what_it_printed() -> None:
    with running(60) as run:
        assert run("print('so far'); raise SystemExit") == ("so far", "")
        assert run("print('so far', end=''); import os; os.abort()")[0] == ""
        assert run("print('next')") == ("next", "")
