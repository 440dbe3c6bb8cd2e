"""`manage.py sync_course` as people and CI type it."""

from io import StringIO

import pytest
from django.core.management import call_command

from content.models import Prompt
from tests.integration.content.conftest import Syncs

pytestmark = pytest.mark.django_db

QUESTIONS = "01-pixels/questions.md"


def sync(*arguments: str) -> tuple[int, str, str]:
    out, errors = StringIO(), StringIO()
    try:
        call_command("sync_course", *arguments, stdout=out, stderr=errors)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), errors.getvalue()
    return 0, out.getvalue(), errors.getvalue()


def test_it_says_what_it_did(course: Syncs) -> None:
    folder = str(course.folder.path)
    assert sync("--course", folder) == (
        0,
        "Course synced: 11 created, 0 changed, 0 retired, 0 restored, 0 unchanged.\n",
        "",
    )
    assert (
        "0 created, 0 changed, 0 retired, 0 restored, 11 unchanged" in sync("--course", folder)[1]
    )


def test_check_changes_nothing(course: Syncs) -> None:
    assert sync("--course", str(course.folder.path), "--check")[:2] == (
        0,
        "The course is in order.\n",
    )
    assert not Prompt.objects.exists()


@pytest.mark.parametrize("check", [[], ["--check"]])
def test_problems_are_listed_with_line_and_cure(course: Syncs, check: list[str]) -> None:
    course.folder.edit(QUESTIONS, "kind: basic", "kind: riddle")
    course.folder.edit("01-pixels/chapter.toml", "number = 1", "number = 7")
    code, out, errors = sync("--course", str(course.folder.path), *check)
    assert (code, out) == (1, "")
    lines = errors.strip().split("\n")
    assert len(lines) >= 3
    assert any(f"{QUESTIONS}:2: c01-brightest: There is no kind 'riddle'. Use" in x for x in lines)
    assert lines[-1].endswith("nothing was changed.")
    assert not Prompt.objects.exists()


def test_execute_compares_code_with_its_answer(course: Syncs) -> None:
    course.folder.edit(QUESTIONS, "= (3, 2)", "= (2, 3)")
    folder = str(course.folder.path)
    assert sync("--course", folder, "--check")[0] == 0
    code, _, errors = sync("--course", folder, "--execute")
    assert code == 1
    assert "The code prints '(3, 2)'" in errors
    assert not Prompt.objects.exists()


def test_a_missing_course_is_a_sentence(tmp_path) -> None:
    code, _, errors = sync("--course", str(tmp_path / "gone"))
    assert code == 1
    assert "There is no folder" in errors
    assert "Traceback" not in errors
