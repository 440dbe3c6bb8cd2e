"""Coverage in the database and `manage.py coverage_page`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from content import selectors
from content.domain.coverage import course_coverage
from content.format.course import load_course
from content.models import Fact
from tests.integration.content.conftest import Syncs

pytestmark = pytest.mark.django_db


def test_the_database_says_what_the_files_say(course: Syncs) -> None:
    assert not course.sync().problems
    ((deck, chapters),) = selectors.coverage()
    assert deck.title == "How computers see"
    assert tuple(chapters) == course_coverage(load_course(course.folder.path).course)


def test_facts_follow_their_file(course: Syncs) -> None:
    course.sync()
    course.folder.edit("facts.tsv", "A grey picture is a grid", "A grey photo is a grid")
    course.sync()
    assert Fact.objects.get(code="S1-01").text.startswith("A grey photo")
    assert Fact.objects.count() == 3


def test_a_sync_without_change_leaves_facts_alone(course: Syncs) -> None:
    course.sync()
    before = set(Fact.objects.values_list("pk", flat=True))
    course.sync()
    assert set(Fact.objects.values_list("pk", flat=True)) == before


def test_coverage_costs_four_queries(course: Syncs, django_assert_num_queries) -> None:
    course.sync()
    with django_assert_num_queries(4):
        selectors.coverage()


def test_the_page_is_written_and_then_up_to_date(course: Syncs, tmp_path: Path) -> None:
    page = tmp_path / "coverage.md"
    arguments = ["--course", str(course.folder.path), "--page", str(page)]
    call_command("coverage_page", *arguments, stdout=StringIO())
    call_command("coverage_page", *arguments, "--check", stdout=StringIO())
    course.folder.edit("facts.tsv", "A grey picture", "A grey photo")
    with pytest.raises(CommandError, match="Type `python manage.py coverage_page`"):
        call_command("coverage_page", *arguments, "--check", stdout=StringIO())
    assert "A grey picture" in page.read_text(encoding="utf-8")


def test_a_missing_page_is_not_up_to_date(course: Syncs, tmp_path: Path) -> None:
    page = tmp_path / "gone.md"
    arguments = ["--course", str(course.folder.path), "--page", str(page), "--check"]
    with pytest.raises(CommandError, match=r"gone\.md"):
        call_command("coverage_page", *arguments, stdout=StringIO())
