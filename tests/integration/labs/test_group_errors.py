"""The error by group on a run's page: shown where the lab names groups, and read rightly."""

import re

import pytest
from django.test import Client

from labs.web.group_errors import group_errors
from tests.lab_runs import graded_run, make_lab


def group(name: str, examples: int, mistakes: int) -> dict[str, object]:
    error = round(mistakes / examples, 4)
    return {"name": name, "examples": examples, "mistakes": mistakes, "error": error}


FAR_APART = [{"by": "sex", "groups": [group("Male", 2000, 320), group("Female", 1000, 70)]}]
LEVEL = [{"by": "race", "groups": [group("one", 400, 52), group("two", 300, 41)]}]
ONE_UNSURE = [
    {"by": "race", "groups": [group("a", 2738, 375), group("b", 310, 25), group("c", 92, 13)]}
]
FEW = [{"by": "race", "groups": [group("many", 400, 52), group("few", 12, 0)]}]


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        (FAR_APART, "It is clearly wrong more often about Male, 16.0 %, than about Female, 7.0 %."),
        (LEVEL, "The groups are about level: their intervals overlap."),
        (ONE_UNSURE, "It is clearly wrong more often about a, 13.7 %, than about b, 8.1 %."),
        (FEW, ""),
    ],
    ids=["far apart", "level", "one unsure", "too few to compare"],
)
def test_a_sentence_compares_what_can_be_compared(tables, sentence) -> None:
    found = group_errors({"error_by_group": tables})[0]
    assert found.sentence.replace("\u202f", " ").replace("\u2009", " ") == sentence


def test_answers_that_are_numbers_and_labs_without_groups_show_none() -> None:
    squares = [{"by": "film", "groups": [{"name": "old", "examples": 9, "error": 0.8}]}]
    assert group_errors({"error_by_group": squares}) == []
    assert group_errors({"error_by_group": []}) == []
    assert group_errors({}) == []  # graded before labs named groups


@pytest.mark.django_db
def test_the_page_shows_each_group_with_its_size_and_interval(ada) -> None:
    run = graded_run(ada, make_lab(), 0.97)
    hostile = [{"by": "sex", "groups": [group("Male", 2000, 320), group("<b>Other", 90, 9)]}]
    run.grade.feedback |= {"error_by_group": hostile}
    run.grade.save()
    browser = Client()
    browser.force_login(ada)
    html = browser.get(f"/runs/{run.pk}/").content.decode()
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u202f", " ")
    assert "Wrong about whom?" in page
    assert "Male 2,000 16.0 % 14.5 to 17.7 %" in page.replace("\u2009", " ")
    assert "<b>Other" not in html
    assert html.count("<h4>By sex</h4>") == 1


@pytest.mark.django_db
def test_a_lab_without_groups_has_no_such_section(ada) -> None:
    run = graded_run(ada, make_lab(), 0.97)
    browser = Client()
    browser.force_login(ada)
    assert "Wrong about whom?" not in browser.get(f"/runs/{run.pk}/").content.decode()
